"""Requests that the API refuses, one for each code of the Straw document; a method is named after its code."""

import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2
from structlog.testing import capture_logs

from joust_contracts.services import ServiceName
from joust_embedded.bounty.client import Json, Party, a_task
from joust_embedded.bounty.works import DECENT
from joust_embedded.stack import Stack
from joust_gateway.bootstrap import OpenServices, create_service
from joust_gateway.clients.services import Services, open_services
from joust_gateway.settings import GatewaySettings
from joust_kit.ids import RandomIds
from joust_kit.testing.component import under_test
from joust_wallet.payouts.ethereum import Account, encode_defunct
from tests.support.arena import Arena, eventually, scored, submit_and_wait
from tests.support.external_judge import claim, say
from tests.support.freezing import frozen

Answer = httpx2.Response
_MAX_FILE_BYTES = 25_000_000
_MAX_FILES, _MAX_BYTES = 1000, 100_000_000
_MAX_ATTACHMENTS = 10


class Provoker:
    """Provokes refusals on a running stack."""

    def __init__(self, arena: Arena, stack: Stack, poster: Party, agent: Party) -> None:
        self._arena = arena
        self._stack = stack
        self._poster = poster
        self._agent = agent

    @classmethod
    async def on(cls, arena: Arena, stack: Stack) -> "Provoker":
        """Sign both sides up."""
        return cls(arena, stack, await arena.sign_up("Poster"), await arena.sign_up("Agent"))

    async def bad_request(self) -> Answer:
        """A body that is no JSON."""
        return await self._poster.http.post("/api/v1/tasks", content="{", headers=_JSON)

    async def validation_error(self) -> Answer:
        """A budget below the least one."""
        return await self._poster.http.post("/api/v1/tasks", json=a_task(budget_cents=9_999))

    async def unauthorized(self) -> Answer:
        """No key."""
        async with httpx2.AsyncClient(base_url=self._arena.url) as anybody:
            return await anybody.get("/api/v1/tasks")

    async def forbidden(self) -> Answer:
        """Somebody else's task."""
        return await self._agent.http.post(f"{await self._open_task()}/close")

    async def not_found(self) -> Answer:
        """An id of nothing."""
        return await self._agent.http.get(f"/api/v1/tasks/{RandomIds().new()}")

    async def conflict(self) -> Answer:
        """A change to what is published."""
        return await self._poster.http.patch(await self._open_task(), json={"title": "Another"})

    async def rate_limited(self) -> Answer:
        """A second request in a minute in which one is allowed, at another gateway of the stack."""
        async with self._gateway(rate_limit_enabled=True, rate_limit_general_per_minute=1) as http:
            await http.get("/api/public/tasks")
            return await http.get("/api/public/tasks")

    async def internal_error(self) -> Answer:
        """A gateway of the stack whose part fails in a way that nobody thought of."""

        @asynccontextmanager
        async def broken(_settings: GatewaySettings, _now: object) -> AsyncIterator[Services]:
            yield None  # type: ignore[misc]

        # The log of a test draws the whole failure, which takes half a minute.
        with capture_logs():
            async with self._gateway(broken) as http:
                return await http.get("/api/public/tasks")

    async def invalid_uuid(self) -> Answer:
        """An id that is none."""
        return await self._agent.http.get("/api/v1/tasks/the-first")

    async def invalid_transition(self) -> Answer:
        """Published twice."""
        return await self._poster.http.post(f"{await self._open_task()}/publish")

    async def invalid_weights(self) -> Answer:
        """Half a rubric."""
        half = [{"name": "Half", "weight": 50, "position": 0}]
        return await self._poster.http.post("/api/v1/tasks", json=a_task(criteria=half))

    async def task_not_open(self) -> Answer:
        """A submission to a closed task."""
        return await self._quick_submit(await self._closed_task())

    async def task_not_closed(self) -> Answer:
        """A deal before the end."""
        return await self._deal(await self._open_task())

    async def submission_in_progress(self) -> Answer:
        """A second place beside one that still waits for its artifact."""
        task = await self._open_task()
        await self._register(task)
        return await self._agent.http.post(f"{task}/submissions", json={})

    async def missing_submission_md(self) -> Answer:
        """An artifact without the required file."""
        submission = await self._register(await self._open_task())
        await self._upload(submission["upload_url"], {"main.py": "print()"})
        return await self._agent.http.post(f"{_at(submission)}/complete")

    async def no_upload_found(self) -> Answer:
        """Complete, though nothing came."""
        submission = await self._register(await self._open_task())
        return await self._agent.http.post(f"{_at(submission)}/complete")

    async def no_submission(self) -> Answer:
        """A deal with an agent that handed nothing in."""
        return await self._deal(await self._closed_task())

    async def deal_exists(self) -> Answer:
        """A second deal."""
        task = await self._closed_task(with_submission=True)
        await self._deal(task)
        return await self._deal(task)

    async def deadline_passed(self) -> Answer:
        """A submission after the deadline and before the event that it has passed."""
        task = await self._open_task()
        passed = "UPDATE submission.tasks SET deadline = now() - interval '1 second' WHERE id = $1 AND status = 'open'"
        await self._execute(passed, task.rpartition("/")[2])
        return await self._quick_submit(task)

    async def file_too_large(self) -> Answer:
        """An attachment of more than 10 MB."""
        return await self._attach(await self._open_task(), "a.txt", b"x" * 10_000_001)

    async def unsupported_file_type(self) -> Answer:
        """A program as an attachment."""
        return await self._attach(await self._open_task(), "a.exe", b"MZ")

    async def attachment_limit(self) -> Answer:
        """One attachment more than a task may have."""
        task = await self._open_task()
        for number in range(_MAX_ATTACHMENTS):
            (await self._attach(task, f"{number}.txt", b"x")).raise_for_status()
        return await self._attach(task, "more.txt", b"x")

    async def quota_exhausted(self) -> Answer:
        """A second submission where one is allowed."""
        task = await self._open_task(max_submissions_per_agent=1)
        (await self._quick_submit(task)).raise_for_status()
        return await self._quick_submit(task)

    async def no_payout_address(self) -> Answer:
        """A challenge without anything to prove."""
        nobody = await self._arena.sign_up("Nobody")
        return await nobody.http.post("/api/v1/wallet/verify/challenge", json={})

    async def challenge_expired(self) -> Answer:
        """A challenge that was used."""
        owner, proof = await self._proof()
        (await owner.http.post(_SIGN, json=proof)).raise_for_status()
        return await owner.http.post(_SIGN, json=proof)

    async def challenge_tampered(self) -> Answer:
        """A challenge whose moment was changed."""
        owner, proof = await self._proof()
        return await owner.http.post(_SIGN, json={**proof, "ts": proof["ts"] + 1})

    async def signature_invalid(self) -> Answer:
        """No signature at all."""
        owner, proof = await self._proof()
        return await owner.http.post(_SIGN, json={**proof, "signature": "0x" + "00" * 65})

    async def address_mismatch(self) -> Answer:
        """Somebody else's signature."""
        owner, proof = await self._proof(by=Account.create())
        return await owner.http.post(_SIGN, json=proof)

    async def finalize_not_found(self) -> Answer:
        """Finalize, though nothing was put."""
        return await self._agent.http.post(f"{_FILES}/finalize", json={"path": "never/put"})

    async def finalize_file_too_large(self) -> Answer:
        """A file of more than 25 MB, past the API."""
        return await self._finalize(b"x" * (_MAX_FILE_BYTES + 1))

    async def finalize_file_quota_exceeded(self) -> Answer:
        """One file more than a workspace may have."""
        return await self._finalize(b"x", files=_MAX_FILES)

    async def finalize_byte_quota_exceeded(self) -> Answer:
        """One byte more than a workspace may have."""
        return await self._finalize(b"x", size=_MAX_BYTES)

    async def upload_url_wrong_status(self) -> Answer:
        """An upload URL for what was evaluated."""
        return await self._agent.http.post(f"{await self._scored_submission()}/upload-url")

    async def upload_url_already_uploaded(self) -> Answer:
        """An upload URL, though the artifact is there."""
        submission = await self._register(await self._open_task())
        await self._upload(submission["upload_url"], DECENT)
        return await self._agent.http.post(f"{_at(submission)}/upload-url")

    async def upload_url_task_closed(self) -> Answer:
        """An upload URL after the end."""
        task = await self._open_task()
        submission = await self._register(task)
        await self._close(task)
        return await self._agent.http.post(f"{_at(submission)}/upload-url")

    async def re_eval_task_closed(self) -> Answer:
        """A re-evaluation after the end."""
        task = await self._open_task()
        submission = await submit_and_wait(self._agent, task.rpartition("/")[2])
        await self._close(task)
        return await self._agent.http.post(f"{_at(submission)}/request_re_eval")

    async def re_eval_wrong_status(self) -> Answer:
        """A re-evaluation of what has no result yet."""
        task = await self._open_task()
        with frozen(self._stack.pid(ServiceName.EVALUATION)):
            submission = await self._agent.quick_submit(task.rpartition("/")[2], DECENT)
            return await self._agent.http.post(f"{_at(submission)}/request_re_eval")

    async def re_eval_no_artifact(self) -> Answer:
        """A re-evaluation of what failed because its artifact was unfit."""
        refused = await self.missing_submission_md()
        submission = refused.url.path.removesuffix("/complete")
        return await self._agent.http.post(f"{submission}/request_re_eval")

    async def re_eval_cooldown(self) -> Answer:
        """A second re-evaluation within the hour."""
        submission = await self._scored_submission()
        (await self._agent.http.post(f"{submission}/request_re_eval")).raise_for_status()
        await scored(self._agent, submission.rpartition("/")[2])
        return await self._agent.http.post(f"{submission}/request_re_eval")

    async def score_validation_error(self) -> Answer:
        """More than the highest score."""
        return await say(self._arena.url, await self._asked(), final_score=101)

    async def score_wrong_eval_mode(self) -> Answer:
        """A score for what a judge of ours has judged."""
        submission = {"submission_id": (await self._scored_submission()).rpartition("/")[2]}
        return await say(self._arena.url, {**submission, "callback_token": "straw_evaltok_"}, final_score=1)

    async def score_invalid_callback_token(self) -> Answer:
        """The token of another task."""
        token = (await self._asked())["callback_token"]
        return await say(self._arena.url, {**await self._asked(), "callback_token": token}, final_score=1)

    async def score_already_scored(self) -> Answer:
        """A second score."""
        asked = await self._asked()
        (await say(self._arena.url, asked, final_score=1)).raise_for_status()
        return await say(self._arena.url, asked, final_score=2)

    async def score_eval_write_failed(self) -> Answer:
        """A score while the evaluation service can't be reached."""
        async with self._gateway(evaluation_url="http://127.0.0.1:9") as http:
            path = f"/api/v1/submissions/{RandomIds().new()}/external-score"
            return await http.post(path, json={"callback_token": "straw_evaltok_", "final_score": 1})

    async def _asked(self) -> Json:
        """What a poster's own judge gets."""
        mode = {"eval_mode": "external", "eval_callback_url": "http://127.0.0.1:9/judge"}
        task = (await self._open_task(**mode)).rpartition("/")[2]
        await self._agent.quick_submit(task, DECENT)
        asked: Json = {}

        async def is_there() -> bool:
            asked.update(await claim(self._poster, task) or {})
            return bool(asked)

        await eventually(is_there)
        return asked

    @asynccontextmanager
    async def _gateway(
        self, open_: OpenServices = open_services, **settings: Any
    ) -> AsyncIterator[httpx2.AsyncClient]:
        """Another gateway of the stack, in this process."""
        prefix = "JOUST_GATEWAY_"
        named = self._stack.env[ServiceName.GATEWAY]
        values = {name.removeprefix(prefix).lower(): value for name, value in named.items() if prefix in name}
        service = create_service(GatewaySettings(**{**values, **settings}), open_services=open_)
        async with under_test(service, values["actor_private_key"]) as gateway:
            yield gateway.http

    async def _open_task(self, **fields: Any) -> str:
        return f"/api/v1/tasks/{(await self._arena.open_task(self._poster, **fields))['id']}"

    async def _closed_task(self, *, with_submission: bool = False) -> str:
        task = await self._open_task()
        if with_submission:
            await submit_and_wait(self._agent, task.rpartition("/")[2])
        await self._close(task)
        return task

    async def _close(self, task: str) -> None:
        (await self._poster.http.post(f"{task}/close")).raise_for_status()
        heard = "SELECT FROM submission.tasks WHERE id = $1 AND status = 'closed'"
        await self._execute(heard, task.rpartition("/")[2])

    async def _quick_submit(self, task: str) -> Answer:
        return await self._agent.http.post(f"{task}/quick-submit", json={"files": DECENT})

    async def _scored_submission(self) -> str:
        task = await self._open_task()
        return _at(await submit_and_wait(self._agent, task.rpartition("/")[2]))

    async def _register(self, task: str) -> Json:
        return await self._agent.post(f"{task}/submissions", {})

    async def _upload(self, url: str, files: dict[str, str]) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        async with httpx2.AsyncClient(timeout=30) as storage:
            (await storage.put(url, content=packed.getvalue())).raise_for_status()

    async def _deal(self, task: str) -> Answer:
        body = {
            "taskId": task.rpartition("/")[2],
            "agentId": self._agent.agent_id,
            "dealType": "agent_hire",
            "dealValueCents": 0,
        }
        return await self._poster.http.post("/api/v1/deals", json=body)

    async def _attach(self, task: str, name: str, content: bytes) -> Answer:
        path = f"{task.replace('/v1', '')}/attachments"
        form = {"field": "description"}
        return await self._poster.http.post(path, files={"file": (name, content)}, data=form)

    async def _proof(self, by: Any = None) -> tuple[Party, Json]:
        owner, key = await self._arena.sign_up("Owner"), Account.create()
        payout = {"payout_method": "onchain_usdc", "payout_address": key.address, "payout_chain": "base"}
        (await owner.http.put("/api/v1/wallet", json=payout)).raise_for_status()
        challenge = await owner.post("/api/v1/wallet/verify/challenge", {})
        signed = (by or key).sign_message(encode_defunct(text=challenge.pop("message")))
        return owner, {**challenge, "signature": "0x" + bytes(signed.signature).hex()}

    async def _finalize(self, content: bytes, *, files: int = 1, size: int = 1) -> Answer:
        """Finalize an upload of an account that uses so much by then, as its workspace has counted."""
        party = await self._arena.sign_up("Hoarder")
        await party.post(_FILES, {"path": "the/first", "content_base64": "eA=="})
        begun = await party.post(f"{_FILES}/upload-url", {"path": "a/file"})
        async with httpx2.AsyncClient(timeout=60) as storage:
            (await storage.put(begun["upload_url"], content=content)).raise_for_status()
        used = "UPDATE submission.workspace_usage SET entries = $2, bytes = $3 WHERE account_id = $1"
        await self._execute(f"{used} AND kind = 'files'", party.account_id, files, size)
        answer = await party.http.post(f"{_FILES}/finalize", json={"path": "a/file"})
        await self._execute(f"{used} AND kind = 'files'", party.account_id, 1, 1)
        return answer

    async def _execute(self, statement: str, *values: Any) -> None:
        """Run a statement on a row of a service that may not have heard of it yet."""
        admin = await asyncpg.connect(self._stack.database_dsn)

        async def meets_its_row() -> bool:
            done: str = await admin.execute(statement, *values)
            return done.endswith(" 1")

        try:
            await eventually(meets_its_row)
        finally:
            await admin.close()


_JSON = {"Content-Type": "application/json"}
_SIGN = "/api/v1/wallet/verify/sign"
_FILES = "/api/v1/workspace/files"


def _at(submission: Json) -> str:
    return f"/api/v1/submissions/{submission['id']}"
