"""A receiver on a developer's machine: prints each webhook that comes, verifies it, and may pass it on.

What comes is a stranger's until its signature fits, and is printed so that it can't write to the terminal
anything but text.
"""

import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError
from yarl import URL

from joust_embedded.errors import StackError

Say = Callable[[str], None]

_MAX_BODY_BYTES = 1_000_000
"""More than a message can have."""
_MAX_ANSWER_BYTES = 65_536
"""Passed back of what ``--forward`` answers; Joust keeps less."""
_FORWARD_SECONDS = 14.0
"""A little less than Joust waits, so that it is told why there was no answer."""
_REMEMBERED = 1000
_PASSED_ON = ("content-type", "user-agent", "webhook-id", "webhook-timestamp", "webhook-signature")


class Forwarding:
    """Passes messages on to one URL, as they came."""

    def __init__(self, session: aiohttp.ClientSession, url: URL) -> None:
        self._session = session
        self._url = url

    async def pass_on(self, body: bytes, headers: Mapping[str, str]) -> web.Response:
        """What the URL answers; 502 if it does not."""
        wanted = {name: headers[name] for name in _PASSED_ON if name in headers}
        try:
            async with self._session.post(
                self._url, data=body, headers=wanted, allow_redirects=False
            ) as answer:
                head = await answer.content.read(_MAX_ANSWER_BYTES)
                return web.Response(status=answer.status, body=head)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return web.Response(status=502, text=f"{self._url.host} does not answer: {type(error).__name__}")


class Listener:
    """Takes messages one by one."""

    def __init__(self, say: Say, webhook: Webhook | None, forwarding: Forwarding | None) -> None:
        """``webhook`` holds the secret; ``None`` to verify nothing."""
        self._say = say
        self._webhook = webhook
        self._forwarding = forwarding
        self._seen: OrderedDict[str, None] = OrderedDict()

    async def take(self, request: web.Request) -> web.Response:
        """Print and verify; 401 for what is not signed with the secret, which goes no further."""
        body = await request.read()
        flaw = self._flaw_of(body, request.headers)
        self._say(self._described(body, request.headers, flaw))
        if flaw is not None:
            return web.Response(status=401, text=flaw)
        if self._forwarding is None:
            return web.Response(status=204)
        answer = await self._forwarding.pass_on(body, request.headers)
        self._say(f"    passed on, answered {answer.status}")
        return answer

    def _flaw_of(self, body: bytes, headers: Mapping[str, str]) -> str | None:
        if self._webhook is None:
            return None
        try:
            self._webhook.verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError) as error:
            return f"not signed with this secret: {error}"
        return None

    def _described(self, body: bytes, headers: Mapping[str, str], flaw: str | None) -> str:
        id = headers.get("webhook-id", "no webhook-id")
        if flaw is not None:
            return f"REFUSED  {_plain(id)}  {_plain(flaw)}"
        verified = "not verified" if self._webhook is None else "verified"
        again = ", came before" if self._remember(id) else ""
        message = _message_of(body)
        kind = message.get("type", "no type") if isinstance(message, dict) else "no message"
        return f"{_plain(str(kind))}  {_plain(id)}  {verified}{again}\n{_shown(message)}"

    def _remember(self, id: str) -> bool:
        known = id in self._seen
        self._seen[id] = None
        self._seen.move_to_end(id)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return known


@asynccontextmanager
async def listening(
    say: Say, *, secret: str | None, host: str, port: int, forward_to: str | None
) -> AsyncIterator[str]:
    """Listen at ``port`` (0 for a free one); yields the URL that is to be registered.

    Raises ``StackError`` for a secret or a URL that is none, and for a port that is taken.
    """
    webhook = None if secret is None else _webhook_of(secret)
    async with AsyncExitStack() as opened:
        forwarding = None
        if forward_to is not None:
            url = _url_of(forward_to)
            timeout = aiohttp.ClientTimeout(total=_FORWARD_SECONDS)
            session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
            forwarding = Forwarding(await opened.enter_async_context(session), url)
        app = web.Application(client_max_size=_MAX_BODY_BYTES)
        app.router.add_post("/{path:.*}", Listener(say, webhook, forwarding).take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        opened.push_async_callback(runner.cleanup)
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise StackError(
                f"Can't listen at {host}:{port}: {error.strerror}. Choose another --port."
            ) from error
        yield f"http://{host}:{runner.addresses[0][1]}/"


def _webhook_of(secret: str) -> Webhook:
    try:
        return Webhook(secret)
    except Exception as error:  # the library has a kind of its own for some, and none for others
        raise StackError(
            "That is no secret: give the `whsec_…` that came when the webhook was made."
        ) from error


def _url_of(text: str) -> URL:
    try:
        url = URL(text)
    except ValueError as error:
        raise StackError(f"--forward {text!r} is no URL.") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise StackError("--forward must begin with http:// or https:// and name a host.")
    return url


def _message_of(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode(errors="replace")


def _shown(message: Any) -> str:
    """JSON in ASCII: it escapes whatever a terminal could act on."""
    return json.dumps(message, indent=2)


def _plain(text: str) -> str:
    return ascii(text[:200])[1:-1]
