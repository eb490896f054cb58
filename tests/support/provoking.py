"""Drives a stack into the corners that bounties do not reach: poison, handlers that fail, timers, commands."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from joust_embedded.bounty.client import Party, Refused
from joust_embedded.bounty.receiver import Receiver
from joust_embedded.bounty.works import THOROUGH
from joust_embedded.stack import Stack
from joust_kit.messaging.envelope import Message
from tests.authorisation.calls import a_competition
from tests.support.arena import Arena
from tests.support.artifacts import zipped
from tests.support.bringing import ENDED, TAKEN_OVER, Bringer
from tests.support.checkers import read_topic
from tests.support.commands import run_command
from tests.support.ending_drops import ENDED_BY_THE_CLOCK, Dropper

_COMES_TO_NOTHING = (Refused, httpx2.TransportError, KafkaError, asyncpg.PostgresError, OSError)
"""For once: whoever is asked may be dead, or too busy."""
_LOCK_SECONDS = 2.2
"""Longer than a handler may take, so that it fails, and shorter than its retries last."""
_UNREADABLE = {
    "ce_type": "task.published.v1",
    "ce_source": "/joust/task",
    "ce_time": "2026-01-01T00:00:00Z",
    "ce_aggregateversion": "1",
}
_DEAD_LETTERS = {"after_refusal_before_dead_letter", "after_dead_letter_before_offsets"}
_RETRIES = {
    "after_failure_before_setting_aside",
    "after_setting_aside_before_offsets",
    "after_failed_retry_before_its_count",
    "after_last_retry_before_commit",
    "after_retry_taken_before_effect",
    "after_retried_effect_before_removal",
}
_TIMERS = {
    "after_deadline_before_its_timer_is_done",
    "after_job_taken_before_run",
    "after_job_run_before_done",
}
_FILM_BYTES = 2_000_001
"""One more than comes by one PUT on the stack of all tests."""
_HANDED_IN = {
    "after_uploads_are_begun_before_their_rows",
    "after_parts_are_completed_before_their_row",
    "after_files_are_verified_before_they_are_handed_in",
}
_COMPETITIONS = {"after_competition_moved_before_its_timer_is_done"}
_DELIVERIES = {"before_webhook_is_sent", "after_webhook_before_its_record"}
_TRIALS = {"after_test_delivery_before_its_answer"}
_JOB_FAILURES = {"after_job_failure_before_its_retry"}
_REBUILD = {
    "after_rebuild_lock_before_emptying",
    "after_emptying_before_refilling",
    "after_one_event_refilled",
    "after_wait_before_its_new_job",
}
_FILES = {
    "before_file_is_stored",
    "after_file_is_stored_before_rows",
    "after_commit_of_an_upload_before_answer",
}
_SAMPLES = {
    "after_sample_is_kept_before_needless_is_removed",
    "after_check_is_begun_before_samples_are_judged",
    "after_samples_are_judged_before_readiness",
}
_BUDGETS = {"after_budget_settled_before_its_timer_is_done"}
_PAIRS = {"after_pair_is_judged_before_its_outcome"}
_PAYOUTS = {"after_payout_is_sent_before_it_is_noted"}
_SAMPLES_KNOWN_WITHIN = 40
_PAUSE_BETWEEN_REBUILDS_SECONDS = 0.5
_PRETENDS = {"SUBMISSION.md": THOROUGH["SUBMISSION.md"]}
_SUITE = b'{"test_cases": [{"name": "a", "input": "", "expected_output": "", "match_type": "exact"}]}'
_WORKSPACES = {
    "before_workspace_file_is_stored",
    "after_workspace_file_is_stored_before_its_row",
    "before_replaced_workspace_file_is_removed",
}


@dataclass(frozen=True)
class Trouble:
    """What a provoker does again and again, and the failpoints that need it."""

    make: Callable[[], Awaitable[Any]]
    pause_seconds: float
    reaches: frozenset[str]
    make_good: Callable[[], Awaitable[Any]] | None = None
    """Once it is needed no more: what its last death left half-way would keep others from their failpoints."""


class Provoker:
    """Does what an unlucky day does, on a running stack."""

    def __init__(self, stack: Stack, arena: Arena, receiver: Receiver, producer: AIOKafkaProducer) -> None:
        self._stack = stack
        self._arena = arena
        self._receiver = receiver
        self._producer = producer
        self._sample: Message | None = None
        self._poster: Party | None = None
        self._uploader: Party | None = None
        self._trier: Party | None = None
        self._agent: Party | None = None
        self._saver: Party | None = None
        self._funder: Party | None = None
        self._rivals: list[Party] = []
        self._bringer = Bringer(arena)
        self._dropper = Dropper(arena)
        self._tried: tuple[Party, str] | None = None
        self._creator: Party | None = None
        self._contest: tuple[Party, str] | None = None
        self.timed_tasks: list[str] = []
        """Tasks whose deadline passes by itself; each must close."""

    async def unreadable(self) -> None:
        """An event that no reader of tasks can read."""
        headers = {**_UNREADABLE, "ce_id": str(uuid4()), "ce_subject": str(uuid4()), "ce_partitionkey": "?"}
        await self._send("joust.task", headers, b"?")

    async def impossible(self) -> None:
        """The result of a submission that does not exist: the submission service fails at it each time."""
        if self._sample is None:
            told = await read_topic(self._stack.kafka_bootstrap, "joust.evaluation")
            self._sample = next(each for each in told if each.wire_type == "evaluation.completed.v1")
        data: dict[str, Any] = json.loads(self._sample.value)
        ids = {name: str(uuid4()) for name in ("id", "task_id", "task_owner_id", "account_id", "agent_id")}
        data["submission"] |= ids
        data["evaluation_id"] = str(uuid4())
        own = {
            "ce_id": str(uuid4()),
            "ce_subject": data["evaluation_id"],
            "ce_partitionkey": ids["task_id"],
        }
        await self._send("joust.evaluation", {**self._sample.headers, **own}, json.dumps(data).encode())

    async def locked_tables(self) -> None:
        """Nobody can read or write deliveries and competitions for a while.

        Handlers of the first and timers of the second fail and are tried again.
        """
        admin = await asyncpg.connect(self._stack.database_dsn)
        try:
            async with admin.transaction():
                await admin.execute(
                    "LOCK TABLE webhook.deliveries, task.competitions IN ACCESS EXCLUSIVE MODE"
                )
                await asyncio.sleep(_LOCK_SECONDS)
        finally:
            await admin.close()

    async def timed_task(self) -> None:
        """A task that is over in a moment, whose owner is told by webhooks."""
        if self._poster is None:
            poster = await self._arena.sign_up(f"Poster {uuid4()}")
            registered = await poster.register_webhook(self._receiver.url, ["task.status_changed"])
            self._receiver.secret = registered["secret"]
            self._poster = poster
        deadline = datetime.now(UTC) + timedelta(seconds=2)
        task = await self._poster.create_task(deadline=deadline.isoformat())
        with suppress(Refused):  # its deadline may have passed while a service was down
            await self._poster.publish(task["id"])
            self.timed_tasks.append(task["id"])

    async def timed_competition(self) -> None:
        """A competition whose deadlines pass in a moment, without a winner."""
        if self._creator is None:
            self._creator = await self._arena.sign_up(f"Creator {uuid4()}", cents=1_000_000)
        now = datetime.now(UTC)
        soon = {"submission": now + timedelta(seconds=2), "winner_selection": now + timedelta(seconds=3)}
        deadlines = {name: moment.isoformat() for name, moment in soon.items()}
        with suppress(Refused):  # its deadline may have passed while a service was down
            draft = await self._creator.post("/api/competitions", a_competition(deadlines=deadlines))
            await self._creator.post(f"/api/competitions/{draft['id']}/publish", {"terms_accepted": True})

    async def handed_in(self) -> None:
        """Work with a file in parts is handed in to a competition."""
        if self._contest is None:
            creator, entrant = [await self._arena.sign_up(f"{who} {uuid4()}") for who in ("Host", "Entrant")]
            made = await creator.post("/api/competitions", a_competition())
            await creator.post(f"/api/competitions/{made['id']}/publish", {"terms_accepted": True})
            await entrant.post(f"/api/competitions/{made['id']}/join", {"terms_accepted": True})
            self._contest = entrant, made["id"]
        entrant, contest = self._contest
        body = {"title": "A logo", "terms_accepted": True}
        draft = await entrant.post(f"/api/competitions/{contest}/submission-drafts", body)
        path = f"/api/submission-drafts/{draft['id']}"
        file = {"filename": "film.mp4", "size": _FILM_BYTES}
        (asset,) = (await entrant.post(f"{path}/assets/presign", {"files": [file]}))["assets"]
        (part,) = (await entrant.get(asset["upload"]["parts_url"]))["missing"]
        async with httpx2.AsyncClient(timeout=30) as http:
            put = (await http.put(part["url"], content=b"x" * _FILM_BYTES)).raise_for_status()
        parts = [{"part_number": 1, "etag": put.headers["ETag"].strip('"')}]
        await entrant.post(asset["upload"]["complete_url"], {"parts": parts})
        named = [{"asset_upload_id": asset["asset_upload_id"]}]
        await entrant.post(f"{path}/submit", {"assets": named, "terms_accepted": True})
        await entrant.post(f"{path}/withdraw")

    async def trial(self) -> None:
        """A poster tries a webhook that is never told anything else."""
        if self._tried is None:
            poster = await self._arena.sign_up(f"Trier {uuid4()}")
            registered = await poster.register_webhook("http://127.0.0.1:9/hook", ["deal.created"])
            self._tried = poster, registered["id"]
        poster, webhook_id = self._tried
        await poster.test_webhook(webhook_id)

    async def files(self) -> None:
        """A draft gets an attachment and a test suite; an upload that was cut off is left to its poster."""
        poster = self._uploader
        if poster is None:
            poster = self._uploader = await self._arena.sign_up(f"Uploader {uuid4()}")
        task = await poster.create_task()
        with suppress(httpx2.HTTPError):
            await poster.http.post(
                f"/api/tasks/{task['id']}/attachments",
                files={"file": ("notes.txt", b"notes")},
                data={"field": "description"},
                headers={"Idempotency-Key": str(uuid4())},
            )
            await poster.http.post(
                f"/api/v1/tasks/{task['id']}/test-suite", files={"file": ("suite.json", _SUITE)}
            )

    async def sampled(self) -> None:
        """A draft gets samples, one of them twice, and its judge is tried on them."""
        if self._trier is None:
            self._trier = await self._arena.sign_up(f"Sampler {uuid4()}")
        http, path = self._trier.http, f"/api/v1/tasks/{(await self._trier.create_task())['id']}"
        for kind, work in (("cheat", THOROUGH), ("cheat", _PRETENDS), ("reference", THOROUGH)):
            put = partial(http.put, f"{path}/samples/{kind}", content=zipped(work))
            await _until_taken(put, times=_SAMPLES_KNOWN_WITHIN)
        # Where workers die all the time, the judge hears of the samples late.
        await _until_taken(partial(http.post, f"{path}/readiness"), times=_SAMPLES_KNOWN_WITHIN)

    async def replaced_file(self) -> None:
        """A file in a workspace takes the place of another."""
        if self._agent is None:
            self._agent = await self._arena.sign_up(f"Agent {uuid4()}")
        body = {"path": "a/file", "content_base64": "eA=="}
        await self._agent.post("/api/v1/workspace/files", body)

    async def withdrawn(self) -> None:
        """An account takes a cent out."""
        if self._saver is None:
            saver = await self._arena.sign_up(f"Saver {uuid4()}", cents=100_000)
            account = {"payout_method": "stripe_usd", "payout_address": "acct_1"}
            (await saver.http.put("/api/v1/wallet", json=account)).raise_for_status()
            self._saver = saver
        await self._saver.post("/api/v1/wallet/withdrawals", {"amount_cents": 1})

    async def funded(self) -> None:
        """A task with escrow is closed before anybody hands something in."""
        funder = await self._funded_poster()
        task = await self._arena.open_task(funder, escrow=True, budget_cents=10_000)
        await funder.close_task(task["id"])

    async def contested(self) -> None:
        """A task with escrow is closed after two have worked for it, so the two are compared."""
        funder = await self._funded_poster()
        while len(self._rivals) < 2:
            self._rivals.append(await self._arena.sign_up(f"Rival {uuid4()}"))
        task = await self._arena.open_task(funder, escrow=True, budget_cents=10_000)
        for rival in self._rivals:
            await rival.quick_submit(task["id"], THOROUGH)
        await funder.close_task(task["id"])

    async def _funded_poster(self) -> Party:
        if self._funder is None:
            self._funder = await self._arena.sign_up(f"Funder {uuid4()}", cents=10_000_000)
        return self._funder

    def troubles(self) -> Sequence[Trouble]:
        """All of them."""
        return (
            Trouble(self.unreadable, 0.5, frozenset(_DEAD_LETTERS)),
            Trouble(self.impossible, 0.3, frozenset(_DEAD_LETTERS | _RETRIES)),
            Trouble(self.redriven, 0.2, frozenset({"before_next_letter_put_back"})),
            Trouble(self.timed_task, 0.5, frozenset(_TIMERS | _DELIVERIES)),
            Trouble(self.timed_competition, 0.5, frozenset(_COMPETITIONS | _JOB_FAILURES)),
            Trouble(self.handed_in, 0.2, frozenset(_HANDED_IN)),
            Trouble(self.replaced_file, 0.2, frozenset(_WORKSPACES)),
            Trouble(self.locked_tables, 2.0, frozenset(_JOB_FAILURES)),
            Trouble(self.rebuilt, 0.02, frozenset(_REBUILD), self.made_whole),
            Trouble(self.trial, 0.2, frozenset(_TRIALS)),
            Trouble(self.files, 0.2, frozenset(_FILES)),
            Trouble(self.sampled, 0.2, frozenset(_SAMPLES)),
            Trouble(self.withdrawn, 0.2, frozenset(_PAYOUTS)),
            Trouble(self.funded, 0.3, frozenset(_BUDGETS)),
            Trouble(self.contested, 0.5, frozenset(_PAIRS)),
            Trouble(self._bringer.completed, 0.3, frozenset(TAKEN_OVER)),
            Trouble(self._bringer.abandoned, 0.5, frozenset(ENDED)),
            Trouble(self._dropper.timed, 0.5, frozenset(ENDED_BY_THE_CLOCK)),
        )

    async def redriven(self) -> None:
        """All dead letters of the submission service are put back."""
        await run_command(self._stack, "submission", "dead-letters", "redrive")

    async def rebuilt(self, service: str = "evaluation") -> int:
        """A service's projections are emptied and refilled."""
        return await run_command(self._stack, service, "rebuild")

    async def made_whole(self) -> None:
        """One rebuild comes to its end: the service takes no event while one is cut off half-way."""
        while await self.rebuilt() != 0:
            await asyncio.sleep(_PAUSE_BETWEEN_REBUILDS_SECONDS)

    async def _send(self, topic: str, headers: dict[str, str], value: bytes) -> None:
        pairs = [(name, content.encode()) for name, content in headers.items()]
        await self._producer.send_and_wait(topic, value, key=uuid4().bytes, headers=pairs)


async def _until_taken(request: Callable[[], Awaitable[httpx2.Response]], *, times: int) -> None:
    """Ask again for a while: whoever is to answer may be dead."""
    for _ in range(times):
        with suppress(httpx2.TransportError):
            if (await request()).is_success:
                return
        await asyncio.sleep(0.5)


@asynccontextmanager
async def provoking(stack: Stack, arena: Arena, receiver: Receiver) -> AsyncIterator[Provoker]:
    """A provoker for the length of the block."""
    producer = AIOKafkaProducer(bootstrap_servers=stack.kafka_bootstrap)
    await producer.start()
    try:
        yield Provoker(stack, arena, receiver, producer)
    finally:
        await producer.stop()


@asynccontextmanager
async def making(troubles: Sequence[Trouble], is_needed: Callable[[Trouble], bool]) -> AsyncIterator[None]:
    """Make each trouble in the background of the block, as long as it is needed."""

    async def repeat(trouble: Trouble) -> None:
        while is_needed(trouble):
            with suppress(*_COMES_TO_NOTHING):
                await trouble.make()
            await asyncio.sleep(trouble.pause_seconds)
        if trouble.make_good is not None:
            await trouble.make_good()

    # A trouble that can't be made ends the block at once: what waits for its failpoints would wait in vain.
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(repeat(each)) for each in troubles]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
