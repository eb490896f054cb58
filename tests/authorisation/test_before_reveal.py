"""Before the reveal nobody learns who a rival is, or how it did beyond the leaderboard (row S2).

Every GET route of OpenAPI, every stream and every webhook is looked at by everybody, and searched for what each
rival planted: names, ids, files and scores that stand nowhere else.
"""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from joust_embedded.bounty.client import Party
from joust_embedded.bounty.works import CARELESS, DECENT, THOROUGH
from joust_embedded.stack import Stack
from tests.authorisation.audience import Onlooker, Secret, leaks, onlookers, watching
from tests.authorisation.calls import Calls, a_competition
from tests.authorisation.table import Route
from tests.support.arena import Arena, eventually, scored
from tests.support.dropping import open_drop

OWNER, HOST, AGENT, RIVAL, LATE, STRANGER = "owner", "host", "agent", "rival", "late", "stranger"
"""The host has the competition, and is told which agents of whom take part: it may choose a winner from them."""
AGENTS = (AGENT, RIVAL, LATE)
BOARD = "GET /api/v1/tasks/{task_id}/leaderboard"
BOARDS = {BOARD, f"{BOARD}/stream"}
"""Scores of rivals stand here, beside aliases."""
STATUS = "GET /api/submissions/{submission_id}/status"
"""Whoever knows the id of a submission may know its score; nobody is told one of a rival."""

_NO_DELIVERY = str(UUID(int=0))


@dataclass
class Scene:
    """An open task with three agents, and all who look at it."""

    calls: Calls
    task_id: str
    seen_by: dict[str, Onlooker]
    names: dict[str, str]
    """Under which each agent competes."""
    submissions: dict[str, list[str]]
    keys: dict[str, str]
    """Names in the agents' workspaces."""
    delivery_ids: dict[str, str] = field(default_factory=dict)
    """One from the log of the webhook of each agent who was told anything."""
    drop_id: str = ""
    competition_id: str = ""
    drafts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """What each agent puts together for the competition: the draft, and a file of it."""

    def party(self, name: str) -> Party:
        party = self.seen_by[name].party
        assert party is not None
        return party

    async def compete(self) -> None:
        """Every agent begins work for a competition of the host's; none hands it in."""
        host, terms = self.party(HOST), {"terms_accepted": True}
        self.competition_id = (await host.post("/api/competitions", a_competition()))["id"]
        path = f"/api/competitions/{self.competition_id}"
        await host.post(f"{path}/publish", terms)
        for name in AGENTS:
            agent = self.party(name)
            await agent.post(f"{path}/join", terms)
            draft = await agent.post(f"{path}/submission-drafts", {"title": self.keys[name], **terms})
            files = {"files": [{"filename": self.keys[name], "size": 3_000_000}]}
            (asset,) = (await agent.post(f"/api/submission-drafts/{draft['id']}/assets/presign", files))[
                "assets"
            ]
            self.drafts[name] = draft["id"], asset["asset_upload_id"]

    async def submit(self, name: str, files: Mapping[str, str]) -> None:
        """Hand in, and wait for the score."""
        agent = self.party(name)
        planted = {**files, f"{self.names[name]}.py": f"# by {self.names[name]}\nprint('north')\n"}
        body = {"files": planted, "agent_display_name": self.names[name]}
        made = await agent.post(f"/api/v1/tasks/{self.task_id}/quick-submit", body)
        self.submissions[name].append(made["id"])
        await scored(agent, made["id"])

    def secrets(self) -> list[Secret]:
        """What is an agent's own business until the reveal. The owner may know with which agent, under which
        name, and which submissions; not whose account that is."""
        found = []
        for name in AGENTS:
            agent = self.party(name)
            private = (
                agent.name,
                str(agent.http.headers["Authorization"])[7:],
                self.keys[name],
                *self.drafts[name],
            )
            found += [Secret(text, name) for text in private]
            found += [Secret(agent.account_id, name, {HOST}), Secret(agent.agent_id, name, {OWNER, HOST})]
            shown = (self.names[name], *self.submissions[name])
            found += [Secret(text, name, {OWNER}) for text in shown]
        return found

    def ids(self, name: str) -> dict[str, str]:
        """Whatever of an agent a route could be asked about."""
        return {
            "task_id": self.task_id,
            "job_id": self.drop_id,
            "competition_id": self.competition_id,
            "draft_id": self.drafts[name][0],
            "asset_upload_id": self.drafts[name][1],
            "submission_id": self.submissions[name][-1],
            "agent_id": self.party(name).agent_id,
            "key": self.keys[name],
            "path": self.keys[name],
            "iteration": "1",
            "kind": "reference",
            "webhook_id": self.seen_by[name].webhook_id,
            "delivery_id": self.delivery_ids.get(name, _NO_DELIVERY),
        }

    def routes(self, *, streams: bool) -> list[Route]:
        return [
            route
            for route in self.calls.routes
            if route.method == "GET" and route.path.endswith("/stream") == streams
        ]

    def watches(self) -> list[tuple[Onlooker, str, str]]:
        """Every stream for everybody, of every agent."""
        paths = {
            (str(route), self.calls.address(route, self.ids(name))[0])
            for route in self.routes(streams=True)
            for name in (AGENT, RIVAL)
        }
        return [(who, route, path) for who in self.seen_by.values() for route, path in paths]

    async def look_at_everything(self) -> None:
        """Everybody asks every route about everybody's things."""
        for route in self.routes(streams=False):
            asked = []
            for name in AGENTS:
                path, params = self.calls.address(route, self.ids(name))
                if (path, params) not in asked:
                    asked.append((path, params))
            for path, params in asked:
                for who in self.seen_by.values():
                    await who.ask(str(route), path, params)


@pytest.fixture(scope="module")
async def scene(stack: Stack) -> AsyncIterator[Scene]:
    arena = Arena(stack)
    parties = {
        name: await arena.sign_up(f"account-{name}-{uuid4().hex}")
        for name in (OWNER, HOST, *AGENTS, STRANGER)
    }
    async with (
        onlookers(parties, arena.url) as seen_by,
        httpx2.AsyncClient(base_url=arena.url, timeout=60) as http,
    ):
        calls = Calls((await http.get("/openapi.json")).json())
        task = await arena.open_task(parties[OWNER])
        names = {name: f"canary-{name}-{uuid4().hex}" for name in AGENTS}
        made = Scene(calls, task["id"], seen_by, names, {name: [] for name in AGENTS}, {})
        for name in AGENTS:
            made.keys[name] = key = f"kept-{uuid4().hex}"
            put = await parties[name].http.put(f"/api/v1/workspace/kv/{key}", json={"value": key})
            put.raise_for_status()
            content = b64encode(key.encode()).decode()
            await parties[name].post("/api/v1/workspace/files", {"path": key, "content_base64": content})
        made.drop_id = (await open_drop(parties[OWNER]))["id"]
        for name in (AGENT, RIVAL):
            await parties[name].post(f"/api/jobs/{made.drop_id}/claim", {})
        await made.compete()
        await made.submit(AGENT, CARELESS)
        await made.submit(RIVAL, DECENT)
        registered = {"agent_display_name": names[LATE]}
        late = await parties[LATE].post(f"/api/v1/tasks/{task['id']}/submissions", registered)
        made.submissions[LATE].append(late["id"])
        async with watching(made.watches()):
            await all_begun(made)
            await made.submit(RIVAL, THOROUGH)
            await told_of_the_change(made)
            made.delivery_ids = {name: await delivered_to(made, name) for name in (AGENT, RIVAL)}
            await made.look_at_everything()
        yield made
    await arena.close()


async def all_begun(scene: Scene) -> None:
    """Wait until everybody with a key has seen the leaderboard of now."""
    await eventually(lambda: boards_seen(scene, at_least=1))


async def told_of_the_change(scene: Scene) -> None:
    """Wait until streams and webhooks have told of the rival's better work."""
    latest = scene.submissions[RIVAL][-1]

    async def told() -> bool:
        hooks = [scene.seen_by[name].receiver for name in (OWNER, RIVAL)]
        completed = [
            any(
                each["data"].get("submission_id") == latest
                for each in hook.deliveries
                if "completed" in each["type"]
            )
            for hook in hooks
            if hook is not None
        ]
        return len(completed) == 2 and all(completed) and await boards_seen(scene, at_least=2)

    await eventually(told)


async def delivered_to(scene: Scene, name: str) -> str:
    """A message from the log of an agent's webhook, once there is one."""
    found: list[str] = []

    async def any_delivered() -> bool:
        log = await scene.party(name).get(f"/api/v1/webhooks/{scene.seen_by[name].webhook_id}/deliveries")
        found.extend(each["id"] for each in log["data"])
        return bool(found)

    await eventually(any_delivered)
    return found[0]


async def boards_seen(scene: Scene, at_least: int) -> bool:
    with_keys = [who for who in scene.seen_by.values() if who.party is not None]
    return all(len(who.frames(f"{BOARD}/stream")) >= at_least for who in with_keys)


@pytest.mark.parametrize("name", ["no key", STRANGER, OWNER, HOST, *AGENTS])
async def test_nothing_that_anybody_is_told_says_who_a_rival_is(scene: Scene, name: str) -> None:
    assert len(list(scene.seen_by[name].all_told())) > 50
    assert leaks(scene.seen_by[name], scene.secrets()) == []


@pytest.mark.parametrize("name", ["no key", STRANGER, HOST, *AGENTS])
async def test_a_rivals_score_is_told_by_the_leaderboard_alone(scene: Scene, name: str) -> None:
    scores = await scores_of(scene)
    own = scores.get(name, set())
    rivals = set().union(*scores.values()) - own
    assert rivals
    told = [each for each in scene.seen_by[name].all_told() if each.numbers() & rivals]
    assert {each.where for each in told} <= {*BOARDS, STATUS}
    for each in told:
        assert each.where in BOARDS or any(
            id in each.asked for ids in scene.submissions.values() for id in ids
        )


async def scores_of(scene: Scene) -> dict[str, set[float]]:
    """Final and partial scores of each agent with a fraction, which stand for nothing else."""
    found: dict[str, set[float]] = {}
    for name in (AGENT, RIVAL):
        found[name] = set()
        for id in scene.submissions[name]:
            read: dict[str, Any] = await scene.party(OWNER).submission(id)
            parts = [read["scores"]["final_score"], *(each["score"] for each in read["dimensions"])]
            found[name] |= {float(part) for part in parts if not float(part).is_integer()}
    return found


async def test_who_may_know_is_told_and_at_the_reveal_everybody_is(scene: Scene) -> None:
    """What is looked for can be found: by its owner, by the agents themselves, and by all in the end."""
    as_anybody = [Secret(each.text, "nobody") for each in scene.secrets()]
    for name in (OWNER, RIVAL):
        assert any(scene.names[RIVAL] in leak for leak in leaks(scene.seen_by[name], as_anybody))
    await scene.party(OWNER).close_task(scene.task_id)
    stranger = scene.seen_by[STRANGER]

    async def is_revealed() -> bool:
        await stranger.ask(BOARD, f"/api/v1/tasks/{scene.task_id}/leaderboard", {})
        return any(scene.names[RIVAL] in leak for leak in leaks(stranger, scene.secrets()))

    await eventually(is_revealed)
