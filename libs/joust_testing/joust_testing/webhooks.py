"""A receiver of webhooks that verifies and keeps them."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from joust_embedded.bounty.receiver import Delivery, Receiver
from joust_testing.loop import LoopThread

_WITHIN_SECONDS = 30.0


class CaughtWebhooks:
    """What came to one endpoint, in order of arrival; a delivery with a wrong signature is answered 401."""

    def __init__(self, loop: LoopThread, host: str) -> None:
        self._loop = loop
        self._receiver = Receiver()
        self._runner: web.AppRunner | None = None
        self._host = host
        self.port = loop.run(self._open())

    @property
    def deliveries(self) -> list[Delivery]:
        """All so far: ``type``, ``timestamp`` and ``data`` of each."""
        return list(self._receiver.deliveries)

    @property
    def types(self) -> list[str]:
        """Types of the deliveries so far."""
        return self._receiver.types()

    @property
    def refused(self) -> int:
        """How many came with a wrong signature."""
        return self._receiver.refused

    def verify_by(self, secret: str) -> None:
        """The secret that the endpoint was registered with."""
        self._receiver.secret = secret

    def wait_for(self, type_: str, *, within_seconds: float = _WITHIN_SECONDS, **data: Any) -> Delivery:
        """The first delivery of a type whose data have these values, or TimeoutError."""

        def found() -> Delivery | None:
            fits = (each for each in self._receiver.deliveries if each["type"] == type_)
            return next((each for each in fits if data.items() <= each["data"].items()), None)

        enough: Callable[[Receiver], bool] = lambda _receiver: found() is not None  # noqa: E731
        try:
            self._loop.run(self._receiver.wait_for(enough, timeout_seconds=within_seconds))
        except TimeoutError:
            raise TimeoutError(
                f"no {type_} with {data} came within {within_seconds:g} s, only {self.types}"
            ) from None
        delivery = found()
        if delivery is None:
            raise AssertionError("what came is gone")
        return delivery

    def close(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            self._loop.run(self._runner.cleanup())

    async def _open(self) -> int:
        app = web.Application()
        app.router.add_post("/hooks", self._receiver.take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, 0).start()
        return int(self._runner.addresses[0][1])
