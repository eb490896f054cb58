"""What to send again and again to each POST that takes an Idempotency-Key: a request that is let through, and
another one to say with the same key."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from joust_embedded.bounty.works import THOROUGH
from joust_kit.ids import RandomIds
from joust_wallet.payouts.ethereum import Account, encode_defunct
from tests.authorisation.calls import SUITE, Calls, Request, a_competition
from tests.authorisation.cast import Cast
from tests.authorisation.table import Route, Row, read_table
from tests.support.arena import eventually
from tests.support.contests import Deadline, deadlines_pass

ELSEWHERE = {
    "POST /api/v1/submissions/{submission_id}/upload": "takes no key: it carries bytes",
    "POST /api/jobs/{job_id}/claim": "needs another agent of the caller: "
    "services/task/tests/drops/test_claims_and_cancelling.py",
    "POST /api/v1/wallet/deposits/stripe-events": "takes no key: what Stripe tells twice is credited once, "
    "services/wallet/tests/checkouts",
    "POST /api/v1/tasks/{task_id}/preflight": "takes no key: it changes nothing",
    "POST /api/v1/tasks/{task_id}/rejudge": "needs a judge that changes: "
    "services/submission/tests/rejudges/test_rejudge.py",
    "POST /api/v1/tasks/{task_id}/evaluations/claim": "needs work that waits: "
    "services/evaluation/tests/external/test_claims.py",
}
"""POSTs that are not tried here, and why."""

_IN_PARTS = 3_000_000
"""Bytes of a file that is too large for one PUT on the stack of all tests."""
_LATER = "2026-11-22T12:00:00.000Z"
_ONE = str(RandomIds().new())
_OTHERWISE: dict[str, dict[str, Any]] = {
    "POST /api/v1/accounts": {"display_name": "Somebody else"},
    "POST /api/api-keys": {"name": "for another purpose"},
    "POST /api/v1/agents": {"display_name": "Another"},
    "POST /api/v1/wallet/deposits": {"amount_cents": 77},
    "POST /api/v1/wallet/withdrawals": {"amount_cents": 7},
    "POST /api/v1/webhooks": {"url": "http://127.0.0.1:9/other"},
    "POST /api/v1/webhooks/{webhook_id}/rotate-secret": {"old_secret_seconds": 60},
    "POST /api/v1/webhooks/{webhook_id}/replay": {"since": _LATER},
    "POST /api/v1/webhooks/{webhook_id}/recover": {"since": _LATER},
    "POST /api/v1/tasks": {"title": "Something else"},
    "POST /api/v1/tasks/{task_id}/quick-submit": {"files": THOROUGH},
    "POST /api/v1/tasks/{task_id}/submissions": {"agent_display_name": "Another"},
    "POST /api/jobs/run": {"prompt": "Something else"},
    "POST /api/jobs/{job_id}/submit": {"text": "Something else"},
    "POST /api/v1/deals": {"dealValueCents": 1},
    "POST /api/competitions": {"title": "Something else"},
    "POST /api/competitions/{competition_id}/publish": {"require_funded": True},
    "POST /api/competitions/{competition_id}/winner": {"submission_id": _ONE},
    "POST /api/competitions/{competition_id}/submission-drafts": {"title": "Something else"},
    "POST /api/submission-drafts/{draft_id}/submit": {"run_instructions": "Other ones."},
    "POST /api/submission-drafts/{draft_id}/feedback": {"feedback": "On second thoughts."},
    "POST /api/submission-drafts/{draft_id}/assets/presign": {"files": [{"filename": "a", "size": 1}]},
    "POST /api/assets/{asset_upload_id}/complete": {"parts": [{"part_number": 1, "etag": "1"}]},
    "POST /api/v1/workspace/files": {"content_base64": "eQ=="},
    "POST /api/v1/workspace/files/upload-url": {"expected_size_bytes": 7},
    "POST /api/v1/workspace/files/finalize": {"path": "another"},
    "POST /api/v1/wallet/verify/sign": {"signature": f"0x{'1' * 130}"},
    "POST /api/v1/submissions/{submission_id}/external-score": {"final_score": 1},
    "POST /api/v1/evaluations/{evaluation_id}/extend": {"lease_id": _ONE},
}
"""What differs in another body with the same key. A POST that takes no body has no other."""
_ONE_BODY = {"POST /api/competitions/{competition_id}/join"}
"""POSTs of which every other body is invalid."""
_OTHER_FORMS: dict[str, dict[str, Any]] = {
    "POST /api/tasks/{task_id}/attachments": {
        "files": {"file": ("notes.txt", b"other notes")},
        "data": {"field": "description"},
    },
    "POST /api/v1/tasks/{task_id}/test-suite": {"files": {"file": ("suite.json", SUITE + b"\n")}},
}


@dataclass(frozen=True)
class Post:
    """A request that may come again."""

    caller: str | None
    """``None``: it needs no key."""
    path: str
    body: Any = None
    form: Mapping[str, Any] = field(default_factory=dict)

    async def send(self, http: httpx2.AsyncClient, authorization: str | None, key: str) -> httpx2.Response:
        """Send it with an idempotency key."""
        headers = {"Idempotency-Key": key}
        if authorization is not None:
            headers["Authorization"] = authorization
        return await http.post(self.path, json=self.body, headers=headers, **self.form)


async def _finalize(cast: Cast) -> Post:
    path, base = f"finalized/{RandomIds().new()}", "/api/v1/workspace/files"
    agent = cast.parties["agent"]
    begun = await agent.post(f"{base}/upload-url", {"path": path, "expected_size_bytes": 1})
    async with httpx2.AsyncClient(timeout=30) as http:
        (await http.put(begun["upload_url"], content=b"x")).raise_for_status()
    return Post("agent", f"{base}/finalize", {"path": path})


async def _withdrawal(cast: Cast) -> Post:
    agent = cast.parties["agent"]
    account = {"payout_method": "stripe_usd", "payout_address": "acct_1"}
    (await agent.http.put("/api/v1/wallet", json=account)).raise_for_status()
    await agent.post("/api/v1/wallet/deposits", {"amount_cents": 100})
    return Post("agent", "/api/v1/wallet/withdrawals", {"amount_cents": 70})


async def _challenge(cast: Cast) -> Post:
    await _proof(cast)
    return Post("agent", "/api/v1/wallet/verify/challenge")


async def _sign(cast: Cast) -> Post:
    return Post("agent", "/api/v1/wallet/verify/sign", await _proof(cast))


async def _proof(cast: Cast) -> dict[str, Any]:
    agent, key = cast.parties["agent"], Account.create()
    payout = {"payout_method": "onchain_usdc", "payout_address": key.address, "payout_chain": "base"}
    (await agent.http.put("/api/v1/wallet", json=payout)).raise_for_status()
    challenge = await agent.post("/api/v1/wallet/verify/challenge", {})
    signature = key.sign_message(encode_defunct(text=challenge.pop("message"))).signature
    return {**challenge, "signature": "0x" + bytes(signature).hex()}


async def _score(cast: Cast) -> Post:
    claimed = (await cast.thing("claimed", fresh=True)).ids
    body = {"final_score": 50, "reasoning": "Half.", "lease_id": claimed["lease_id"]}
    token = {"callback_token": claimed["callback_token"]}
    return Post(None, f"/api/v1/submissions/{claimed['submission_id']}/external-score", {**body, **token})


async def _run(cast: Cast) -> Post:
    await cast.parties["poster"].deposit(100)
    return Post("poster", "/api/jobs/run", {"prompt": "Say why", "confirmed": True})


async def _pay(cast: Cast) -> Post:
    poster, price = cast.parties["poster"], 1_000_000
    body = {"prompt": "Say why", "confirmed": True, "price_cents": price}
    unpaid = (await poster.http.post("/api/jobs/run", json=body)).json()
    await poster.deposit(price)
    return Post("poster", f"/api/jobs/{unpaid['id']}/pay")


async def _complete(cast: Cast) -> Post:
    agent, begun = cast.parties["agent"], await cast.thing("begun", fresh=True)
    body = {"files": [{"filename": "film.mp4", "size": _IN_PARTS}]}
    path = f"/api/submission-drafts/{begun.id}/assets/presign"
    (asset,) = (await agent.post(path, body))["assets"]
    parts = []
    async with httpx2.AsyncClient(timeout=60) as http:
        for part in (await agent.get(asset["upload"]["parts_url"]))["missing"]:
            put = (await http.put(part["url"], content=b"x" * part["size_bytes"])).raise_for_status()
            parts.append({"part_number": part["part_number"], "etag": put.headers["ETag"].strip('"')})
    return Post("agent", asset["upload"]["complete_url"], {"parts": parts})


async def _winner(cast: Cast) -> Post:
    poster, agent = cast.parties["poster"], cast.parties["agent"]
    await poster.deposit(50_000)
    draft = await poster.post("/api/competitions", a_competition())
    path = f"/api/competitions/{draft['id']}"
    await poster.post(f"{path}/publish", {"terms_accepted": True, "require_funded": True})
    await agent.post(f"{path}/join", {"terms_accepted": True})
    work = await agent.post(f"{path}/submission-drafts", {"title": "A logo", "terms_accepted": True})
    await agent.post(f"/api/submission-drafts/{work['id']}/submit", {"assets": [], "terms_accepted": True})

    await deadlines_pass(cast.stack, draft["id"], Deadline.SUBMISSION)

    async def is_reviewed() -> bool:
        return bool((await poster.get(path))["status"] == "reviewing")

    await eventually(is_reviewed)
    return Post("poster", f"{path}/winner", {"submission_id": work["id"]})


_MADE: dict[str, Callable[[Cast], Awaitable[Post]]] = {
    "POST /api/jobs/run": _run,
    "POST /api/jobs/{job_id}/pay": _pay,
    "POST /api/v1/workspace/files/finalize": _finalize,
    "POST /api/v1/wallet/withdrawals": _withdrawal,
    "POST /api/v1/wallet/verify/challenge": _challenge,
    "POST /api/v1/wallet/verify/sign": _sign,
    "POST /api/v1/submissions/{submission_id}/external-score": _score,
    "POST /api/assets/{asset_upload_id}/complete": _complete,
    "POST /api/competitions/{competition_id}/winner": _winner,
}
"""What the table of who may do what has no object for."""


def routes() -> list[Route]:
    """All POSTs of the table that are tried here."""
    return list(dict.fromkeys(row.route for row in read_table() if _is_tried(row.route)))


def _is_tried(route: Route) -> bool:
    return route.method == "POST" and str(route) not in ELSEWHERE


async def post_of(route: Route, cast: Cast, calls: Calls) -> Post:
    """A request that is let through. Raises ``LookupError`` for a route that lets nobody through."""
    if (make := _MADE.get(str(route))) is not None:
        return await make(cast)
    row, caller = _let_through(route)
    request: Request = calls.request(route, (await cast.thing(row.thing, fresh=True)).ids)
    return Post(caller if row.scope is not None else None, request.path, request.body, request.form)


def _let_through(route: Route) -> tuple[Row, str]:
    for row in read_table():
        for caller, cell in row.cells.items():
            if row.route == route and not cell.is_refusal:
                return row, caller
    raise LookupError(f"nobody may {route}: say in {__name__} how it is made possible, or where it is tried")


def other_than(post: Post, route: Route, calls: Calls) -> Post | None:
    """Another valid request to the same place; ``None`` if the route takes no body, or one only.

    Raises ``KeyError`` for a route of which it is not known what else could be said.
    """
    if post.form:
        return Post(post.caller, post.path, post.body, _OTHER_FORMS[str(route)])
    if not calls.takes_json(route) or str(route) in _ONE_BODY:
        return None
    return Post(post.caller, post.path, {**(post.body or {}), **_OTHERWISE[str(route)]})
