"""Posters and agents who play a bounty, ask again until they know, and remember what they were told."""

import asyncio
import json
import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp

from joust_contracts.vocabulary import SubmissionStatus
from joust_embedded.bounty.client import a_task
from joust_embedded.bounty.works import CARELESS, DECENT, THOROUGH
from tests.simulation.loop import Process
from tests.simulation.world import World
from tests.support.artifacts import zipped

Json = dict[str, Any]
PRICE_CENTS = 10_000
ENDED = frozenset({SubmissionStatus.COMPLETED, SubmissionStatus.EVALUATION_FAILED, SubmissionStatus.FAILED})
_PASSING = {502, 503, 504}
_ASKS_AGAIN = 0.3
"""How likely an agent wants another opinion on its last submission."""
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 300.0
_JUDGES = 0.25
"""How often the poster's own judge says what submissions are worth."""
_BRINGS = 0.3
"""How often an agent brings an artifact instead of sending files."""


class Refused(Exception):
    """The arena said no, for good."""

    def __init__(self, status: int, error: Json) -> None:
        self.status = status
        self.code = str(error.get("code", ""))
        self.details: Json = error.get("details") or {}
        super().__init__(f"{status} {self.code}")


@dataclass(frozen=True)
class Call:
    """One attempt of a client at one request."""

    client: str
    what: str
    key: str
    start: float
    end: float
    outcome: str
    """``ok``, ``refused`` or ``unknown``."""
    code: str


@dataclass
class History:
    """Everything that clients asked and were told."""

    calls: list[Call] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    submissions: list[str] = field(default_factory=list)
    unfinished: set[str] = field(default_factory=set)
    """Those that were registered and, because the deadline passed, never completed."""
    re_evaluations: list[str] = field(default_factory=list)
    """Submissions whose re-evaluation was begun."""
    verdicts: list[tuple[str, float | None]] = field(default_factory=list)
    """What the poster's own judge said and was told to be taken: of which evaluation, and the score if any."""
    deals: list[str] = field(default_factory=list)
    deposits: list[str] = field(default_factory=list)
    deposited_cents: int = 0
    withdrawals: list[str] = field(default_factory=list)
    webhook_since: float | None = None
    """When the poster knew that webhooks are sent from now on."""


class Client:
    """An account, and everything it can do."""

    def __init__(self, world: World, history: History, name: str) -> None:
        self.name = name
        self.account_id = ""
        self.agent_id = ""
        self.process = Process(name)
        self._world = world
        self._history = history
        self._chance = random.Random(f"{name} {world.seed}")
        self._headers = {"content-type": "application/json"}

    async def sign_up(self) -> None:
        """Make the account."""
        made = await self.post("/api/v1/accounts", {"display_name": self.name})
        self._headers["authorization"] = f"Bearer {made['api_key']}"
        self.account_id, self.agent_id = made["id"], made["agent_id"]

    def with_key(self, name: str, key: str) -> "Client":
        """Who acts for the same account with a key of their own."""
        other = Client(self._world, self._history, name)
        other.account_id, other.agent_id = self.account_id, self.agent_id
        other._headers["authorization"] = f"Bearer {key}"
        return other

    async def post(self, path: str, body: Json | None = None) -> Json:
        """Change something, once. Raises ``Refused``."""
        key = f"{self.name}-{self._chance.getrandbits(64):x}"
        content = b"" if body is None else json.dumps(body).encode()
        return await self._insist("POST", path, key, content)

    async def put(self, path: str, body: Json) -> Json:
        """Say how something is from now on. Raises ``Refused``."""
        return await self._insist("PUT", path, "", json.dumps(body).encode())

    async def get(self, path: str, **params: Any) -> Json:
        """Read. Raises ``Refused``."""
        return await self._insist("GET", path, "", b"", urlencode(params))

    async def pause(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds * self._chance.uniform(0.8, 1.2))

    async def _insist(self, method: str, path: str, key: str, body: bytes, query: str = "") -> Json:
        pause = _FIRST_PAUSE_SECONDS
        headers = {**self._headers, "idempotency-key": key} if key else self._headers
        while True:
            start = self._world.scheduler.loop.now
            try:
                answer = await self._world.network.ask(
                    "gateway", method, path, headers, query=query, body=body
                )
                status, told = answer.status, json.loads(answer.body or b"{}")
            except (aiohttp.ClientError, TimeoutError) as error:
                status, told = 503, {"error": {"code": type(error).__name__}}
            code = str(told.get("error", {}).get("code", ""))
            is_passing = status in _PASSING or code == "IDEMPOTENCY_KEY_IN_USE"
            outcome = "unknown" if is_passing else "ok" if status < 300 else "refused"
            end = self._world.scheduler.loop.now
            self._history.calls.append(Call(self.name, f"{method} {path}", key, start, end, outcome, code))
            if outcome == "ok":
                return dict(told)
            if outcome == "refused":
                raise Refused(status, told.get("error", {}))
            await self.pause(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)


class Bounty:
    """One task, its poster, and two agents."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.history = History()
        self._chance = random.Random(f"bounty {world.seed}")
        self.poster = Client(world, self.history, "poster")
        self.agents = [Client(world, self.history, name) for name in ("ada", "bob")]
        self.task_id = ""
        self._submissions: list[str] = []
        """To this task; the history has those of others, too."""
        self.ends_by_deadline = self._chance.random() < 0.3
        self._pays_before = self._chance.random() < 0.6
        self._is_patient = self._chance.random() < 0.7
        self.is_judged_by_poster = self._chance.random() < _JUDGES
        self._interested = asyncio.Event()
        self._published = asyncio.Event()
        self._handed_in = [asyncio.Event() for _ in self.agents]

    @property
    def is_open(self) -> bool:
        """True once the task is published."""
        return bool(self.task_id) and self._published.is_set()

    async def play(self) -> None:
        """From the sign-ups to the deal; returns when every client is done."""
        loop = self.world.scheduler.loop
        plays = [loop.create_task(self._post(), context=self.poster.process.context())]
        for agent, done in zip(self.agents, self._handed_in, strict=True):
            plays.append(loop.create_task(self._compete(agent, done), context=agent.process.context()))
        await asyncio.gather(*plays)

    async def _post(self) -> None:
        poster = self.poster
        await poster.sign_up()
        await self._register_webhook()
        if self._pays_before:
            await self._deposit()
        seconds = self._chance.uniform(30, 900) if self.ends_by_deadline else 3 * 86_400
        deadline = self.world.clock.now() + timedelta(seconds=seconds)
        judge = {"eval_mode": "external", "eval_callback_url": "https://judge.example/"}
        own = judge if self.is_judged_by_poster else {}
        try:
            task = await poster.post("/api/v1/tasks", a_task(deadline=deadline.isoformat(), **own))
        except Refused as refusal:
            # Nobody may have answered until the deadline had passed.
            if not self.ends_by_deadline or "deadline" not in refusal.details:
                raise
            self._published.set()
            return
        self.task_id = task["id"]
        self.history.tasks.append(task["id"])
        await self._interested.wait()
        try:
            await poster.post(f"/api/v1/tasks/{self.task_id}/publish")
        except Refused as refusal:
            if refusal.code != "DEADLINE_TOO_SOON" and not self.ends_by_deadline:
                raise
            self.task_id = ""
        self._published.set()
        if self.task_id:
            await self._end()
            await self._reward()

    async def _register_webhook(self) -> None:
        events = ["task.status_changed", "submission.created", "submission.completed", "evaluation.completed"]
        wanted = {"url": "http://127.0.0.1:9/hook", "events": [*events, "submission.failed", "deal.created"]}
        await self.poster.post("/api/v1/webhooks", wanted)
        self.history.webhook_since = self.world.scheduler.loop.now

    async def _deposit(self) -> None:
        made = await self.poster.post("/api/v1/wallet/deposits", {"amount_cents": PRICE_CENTS})
        self.history.deposits.append(made["id"])
        self.history.deposited_cents += PRICE_CENTS

    async def _end(self) -> None:
        """Close the task, or wait until the deadline and the ranks have."""
        for done in self._handed_in:
            await done.wait()
        if not self.ends_by_deadline:
            if self._is_patient:
                await self._wait_for_scores()
            await self.poster.post(f"/api/v1/tasks/{self.task_id}/close")
            return
        pause = 5.0
        while (await self.poster.get(f"/api/v1/tasks/{self.task_id}"))["status"] != "closed":
            await self.poster.pause(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)

    async def _wait_for_scores(self) -> None:
        for id in list(self._submissions):
            await self._wait_for_score(self.poster, id)

    async def _wait_for_score(self, client: Client, id: str) -> None:
        pause = 2.0
        while (await client.get(f"/api/v1/submissions/{id}"))["status"] not in ENDED:
            await client.pause(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)

    async def _reward(self) -> None:
        board = await self.poster.get(f"/api/v1/tasks/{self.task_id}/leaderboard")
        if not board["entries"]:
            return
        best = await self.poster.get(f"/api/v1/submissions/{board['entries'][0]['submissionId']}")
        wanted = {
            "taskId": self.task_id,
            "agentId": best["agent_id"],
            "dealType": "output_purchase",
            "dealValueCents": PRICE_CENTS,
        }
        deal = await self.poster.post("/api/v1/deals", wanted)
        self.history.deals.append(deal["id"])
        if not self._pays_before:
            await self._deposit()

    async def _declare_interests(self, agent: Client) -> None:
        """A webhook comes first: who is found to match has one."""
        wanted = {"url": "http://127.0.0.1:9/hook", "events": ["task.matched"]}
        await agent.post("/api/v1/webhooks", wanted)
        await agent.put(f"/api/v1/agents/{agent.agent_id}/interests", {"categories": ["code"]})
        self._interested.set()

    async def _compete(self, agent: Client, done: asyncio.Event) -> None:
        try:
            await agent.sign_up()
            if agent.name == "ada":
                await self._declare_interests(agent)
            await self._published.wait()
            if not self.task_id:
                return
            work = DECENT if agent.name == "ada" else CARELESS
            for _ in range(self._chance.randint(1, 2)):
                hand_in = self._bring if self._chance.random() < _BRINGS else self._submit
                id = await hand_in(agent, work)
            if self._chance.random() < _ASKS_AGAIN:
                await self._ask_again(agent, id)
        except Refused:
            # Only the deadline may keep an agent out.
            if not self.ends_by_deadline:
                raise
        finally:
            done.set()

    async def _submit(self, agent: Client, work: dict[str, str]) -> str:
        body = {"files": work, "agent_display_name": agent.name}
        taken = await agent.post(f"/api/v1/tasks/{self.task_id}/quick-submit", body)
        self.history.submissions.append(taken["id"])
        self._submissions.append(taken["id"])
        return str(taken["id"])

    async def _bring(self, agent: Client, work: dict[str, str]) -> str:
        """The manual flow; the artifact goes past the services, straight into storage."""
        body = {"agent_display_name": agent.name}
        made = await agent.post(f"/api/v1/tasks/{self.task_id}/submissions", body)
        self.history.submissions.append(made["id"])
        self._submissions.append(made["id"])
        self.history.unfinished.add(made["id"])
        self.world.store.lay(made["upload_path"], zipped({**THOROUGH, **work}))
        await agent.post(f"/api/v1/submissions/{made['id']}/complete")
        self.history.unfinished.discard(made["id"])
        return str(made["id"])

    async def _ask_again(self, agent: Client, id: str) -> None:
        await self._wait_for_score(agent, id)
        await agent.post(f"/api/v1/submissions/{id}/request_re_eval")
        self.history.re_evaluations.append(id)
