"""What is handed in to drops: who may, which files, how fast, and how it is sealed."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from joust_contracts.events import (
    DropClosed,
    DropCreated,
    DropRankingCompleted,
    DropSnapshotEvent,
    DropSubmissionReceived,
    DropSubmissionsSealed,
    DropUpdated,
)
from joust_contracts.events.drop_rankings import RankedSubmission
from joust_contracts.events.drops import DropClaim, DropFile, DropSnapshot
from joust_contracts.vocabulary import ClaimState, DropGrade, DropPack, DropStatus
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_submission.workspace.files.sweep import WorkspaceSweep
from services.submission.tests.conftest import Arena
from services.submission.tests.ticking import LOOKS, deadline_passes
from services.submission.tests.workspace.shelf import Shelf

new_id = RandomIds().new
HOUR = timedelta(hours=1)


@dataclass
class Window:
    """One open drop, as its events tell of it, and who has a claim."""

    service: ServiceUnderTest
    drop: DropSnapshot

    @classmethod
    async def opened(cls, service: ServiceUnderTest, *agents: Actor, **changes: Any) -> "Window":
        now = service.clock.now().replace(microsecond=0)
        fields: dict[str, Any] = {
            "id": new_id(),
            "version": 2,
            "owner_id": new_id(),
            "status": DropStatus.OPEN,
            "pack": DropPack.WILD,
            "title": "Taglines",
            "prompt": "Three taglines",
            "price_cents": 100,
            "currency": "usd",
            "time_limit_seconds": 300,
            "max_claims": 5,
            "claims": tuple(claim_of(agent, now) for agent in agents),
            "submissions_count": 0,
            "created_at": now,
            "updated_at": now,
            "opened_at": now,
            "closes_at": now + timedelta(minutes=5),
        }
        window = cls(service, DropSnapshot(**{**fields, **changes}))
        await service.deliver(DropUpdated(drop=window.drop))
        return window

    def after(self, **changes: Any) -> DropSnapshot:
        return self.drop.model_copy(update={"version": self.drop.version + 1, **changes})

    async def close(self) -> None:
        await self.service.deliver(DropClosed(drop=self.after(status=DropStatus.RANKING)))

    async def submit(self, agent: Actor, body: Any = None, **headers: str) -> httpx2.Response:
        path = f"/internal/drops/{self.drop.id}/submissions"
        sent = {"text": "Read me, or else."} if body is None else body
        return await self.service.http.post(path, json=sent, headers=self.service.as_actor(agent, **headers))

    async def get(self, actor: Actor, path: str) -> httpx2.Response:
        url = f"/internal/drops/{self.drop.id}/{path}"
        return await self.service.http.get(url, headers=self.service.as_actor(actor))

    @property
    def sender(self) -> Actor:
        return Actor(self.drop.owner_id, self.drop.owner_id, "sender")


def claim_of(agent: Actor, now: datetime, **changes: Any) -> DropClaim:
    fields: dict[str, Any] = {
        "id": new_id(),
        "account_id": agent.account_id,
        "agent_id": agent.agent_id,
        "state": ClaimState.ACTIVE,
        "expires_at": now + timedelta(minutes=5),
    }
    return DropClaim(**{**fields, **changes})


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_work_is_taken_told_and_sealed_with_all_others(arena: Arena) -> None:
    agents = [an_actor() for _ in range(2)]
    window = await Window.opened(arena.service, *agents, max_claims=2)
    answers = [await window.submit(agent) for agent in agents]
    assert [answer.json()["closes_the_window"] for answer in answers] == [False, True]
    received = await arena.service.emitted(DropSubmissionReceived, drop_id=window.drop.id)
    assert [event.submissions_count for event in received] == [1, 2]
    for _ in range(2):
        await window.close()
    (sealed,) = await arena.service.emitted(DropSubmissionsSealed, drop_id=window.drop.id)
    assert sealed.prompt == "Three taglines"
    assert [each.account_id for each in sealed.submissions] == [agent.account_id for agent in agents]
    assert sealed.version == 3


async def test_a_drop_without_work_is_sealed_too_and_takes_nothing_any_more(arena: Arena) -> None:
    agent = an_actor()
    window = await Window.opened(arena.service, agent)
    await window.close()
    (sealed,) = await arena.service.emitted(DropSubmissionsSealed, drop_id=window.drop.id)
    assert sealed.submissions == ()
    assert code_of(await window.submit(agent)) == (409, "DROP_NOT_OPEN")


async def test_a_closed_drop_of_which_word_was_lost_is_sealed_by_its_snapshot(arena: Arena) -> None:
    window = await Window.opened(arena.service)
    await arena.service.deliver(DropSnapshotEvent(drop=window.after(status=DropStatus.RANKING)))
    assert len(await arena.service.emitted(DropSubmissionsSealed, drop_id=window.drop.id)) == 1


async def test_work_is_taken_before_the_window_closes_or_refused_wherever_it_does(arena: Arena) -> None:
    taken = []
    for looks in LOOKS:
        agent = an_actor()
        window = await Window.opened(arena.service, agent)
        closes_at = window.drop.closes_at
        assert closes_at is not None
        with deadline_passes(arena.service, closes_at, after_looks=looks):
            answer = await window.submit(agent)
        taken.append(answer.status_code == 200)
        if taken[-1]:
            assert datetime.fromisoformat(answer.json()["submission"]["created_at"]) < closes_at
        else:
            assert code_of(answer) == (409, "DROP_NOT_OPEN")
    assert (taken[0], taken[-1]) == (False, True)


async def test_an_account_hands_in_once_however_often_it_tries_at_once(arena: Arena) -> None:
    agent = an_actor()
    window = await Window.opened(arena.service, agent)
    answers = await asyncio.gather(*(window.submit(agent) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert {code_of(answer)[1] for answer in answers if answer.status_code == 409} == {"ALREADY_SUBMITTED"}


async def test_there_are_never_more_submissions_than_places_whoever_has_a_claim(arena: Arena) -> None:
    agents = [an_actor() for _ in range(4)]
    window = await Window.opened(arena.service, *agents, max_claims=3)
    answers = await asyncio.gather(*(window.submit(agent) for agent in agents))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 409]
    (refused,) = [answer for answer in answers if answer.status_code == 409]
    assert code_of(refused) == (409, "DROP_NOT_OPEN")
    await window.close()
    (sealed,) = await arena.service.emitted(DropSubmissionsSealed, drop_id=window.drop.id)
    assert len(sealed.submissions) == 3


async def test_work_and_the_end_of_the_window_at_once_leave_nothing_out(arena: Arena) -> None:
    agents = [an_actor() for _ in range(5)]
    window = await Window.opened(arena.service, *agents)
    *answers, _ = await asyncio.gather(*(window.submit(agent) for agent in agents), window.close())
    taken = {answer.json()["submission"]["id"] for answer in answers if answer.status_code == 200}
    (sealed,) = await arena.service.emitted(DropSubmissionsSealed, drop_id=window.drop.id)
    assert {str(each.id) for each in sealed.submissions} == taken


@pytest.mark.parametrize("reason", ["no claim", "expired", "own", "late", "unknown"])
async def test_who_may_not_hand_in_is_refused(arena: Arena, reason: str) -> None:
    agent, now = an_actor(), arena.service.clock.now()
    claims = {"expired": (claim_of(agent, now, expires_at=now),), "no claim": ()}
    changes: dict[str, Any] = {"claims": claims[reason]} if reason in claims else {}
    if reason == "own":
        changes["owner_id"] = agent.account_id
    if reason == "late":
        changes["closes_at"] = now
    window = await Window.opened(arena.service, agent, **changes)
    if reason == "unknown":
        window.drop = window.after(id=new_id())
    expected = {
        "no claim": (409, "NO_CLAIM"),
        "expired": (409, "NO_CLAIM"),
        "own": (403, "FORBIDDEN"),
        "late": (409, "DROP_NOT_OPEN"),
        "unknown": (404, "NOT_FOUND"),
    }
    assert code_of(await window.submit(agent)) == expected[reason]


async def test_an_account_that_hands_in_too_fast_is_told_how_long_to_wait(arena: Arena) -> None:
    agent = an_actor()
    first, second = [await Window.opened(arena.service, agent) for _ in range(2)]
    assert (await first.submit(agent)).status_code == 200
    refused = await second.submit(agent)
    assert code_of(refused) == (429, "SUBMISSION_COOLDOWN")
    with arena.service.clock.ahead(timedelta(seconds=int(refused.headers["Retry-After"]))):
        assert (await second.submit(agent)).status_code == 200


@pytest.mark.parametrize(
    "body", [{}, {"text": "  "}, {"text": "\x00"}, {"text": "\x01" * 30_000}, {"text": "a", "rank": 1}]
)
async def test_nothing_much_or_strange_is_refused(arena: Arena, body: Any) -> None:
    agent = an_actor()
    window = await Window.opened(arena.service, agent)
    assert code_of(await window.submit(agent, body)) == (422, "VALIDATION_ERROR")


async def test_files_are_finished_uploads_of_the_account_with_their_size(arena: Arena, shelf: Shelf) -> None:
    stranger = Shelf(arena.service)
    mine = (await shelf.uploaded("out.md", b"# Out"))["storage_ref"]
    await shelf.finalize("out.md")
    theirs = (await stranger.uploaded("x", b"12345"))["storage_ref"]
    await stranger.finalize("x")
    unfinished = (await shelf.uploaded("later", b"12345"))["storage_ref"]
    window = await Window.opened(arena.service, shelf.actor)
    wrong = [
        (theirs, 5),
        (unfinished, 5),
        (mine, 4),
        ("../../etc/passwd", 5),
        (f"x/{new_id()}/{new_id()}", 5),
    ]
    for key, size in wrong:
        files = [{"key": key, "name": "out.md", "size": size}]
        assert code_of(await window.submit(shelf.actor, {"files": files})) == (422, "VALIDATION_ERROR")
    files = [{"key": mine, "name": "out.md", "size": 5}]
    taken = await window.submit(shelf.actor, {"files": files})
    assert taken.status_code == 200, taken.text
    async with httpx2.AsyncClient() as http:
        assert (await http.get(taken.json()["submission"]["files"][0]["url"])).content == b"# Out"


async def test_what_was_handed_in_stays_when_its_owner_replaces_and_deletes_it(
    arena: Arena, shelf: Shelf
) -> None:
    key = (await shelf.uploaded("out.md", b"first"))["storage_ref"]
    await shelf.finalize("out.md")
    window = await Window.opened(arena.service, shelf.actor)
    body = {"files": [{"key": key, "name": "out.md", "size": 5}]}
    url = (await window.submit(shelf.actor, body)).json()["submission"]["files"][0]["url"]
    await shelf.shelve("out.md", content=b"second")
    await shelf.delete_file("out.md")
    with arena.service.clock.ahead(2 * HOUR):
        await shelf.resources.removals.remove_due()
        await WorkspaceSweep(arena.service.database, shelf.storage, HOUR, HOUR).sweep()
    async with httpx2.AsyncClient() as http:
        assert (await http.get(url)).content == b"first"


async def test_files_beside_a_prompt_are_kept_for_its_sender_and_who_has_claimed_it(
    arena: Arena, shelf: Shelf
) -> None:
    key = (await shelf.uploaded("brief.md", b"brief"))["storage_ref"]
    await shelf.finalize("brief.md")
    agent = an_actor()
    attached = (DropFile(key=key, name="brief.md", size=5),)
    window = await Window.opened(arena.service, agent, owner_id=shelf.actor.account_id, attachments=attached)
    await arena.service.deliver(DropCreated(drop=window.drop))
    await shelf.delete_file("brief.md")
    for reader in (shelf.actor, agent):
        files = (await window.get(reader, "attachments")).json()["files"]
        assert [(file["name"], file["size"]) for file in files] == [("brief.md", 5)]
    assert (await window.get(an_actor(), "attachments")).status_code == 404


async def test_the_sender_sees_all_work_and_an_agent_its_own_with_places_once_ranked(arena: Arena) -> None:
    agents = [an_actor() for _ in range(2)]
    window = await Window.opened(arena.service, *agents)
    ids = [UUID((await window.submit(agent)).json()["submission"]["id"]) for agent in agents]
    ranks = tuple(
        RankedSubmission(
            rank=rank,
            submission_id=id,
            account_id=agent.account_id,
            agent_id=agent.agent_id,
            score=70,
            grade=DropGrade.B,
            rationale=f"place {rank}",
        )
        for rank, (id, agent) in enumerate(zip(ids[::-1], agents[::-1], strict=True), start=1)
    )
    ranked = DropRankingCompleted(
        drop_id=window.drop.id,
        version=2,
        judge="offline",
        ranks=ranks,
        completed_at=arena.service.clock.now(),
    )
    for _ in range(2):
        await arena.service.deliver(ranked)
    listed = (await window.get(window.sender, "submissions")).json()["submissions"]
    assert [(each["rank"], each["id"]) for each in listed] == [(1, str(ids[1])), (2, str(ids[0]))]
    assert (await window.get(window.sender, f"submissions/{ids[1]}")).json()["rank"] == 1
    assert (await window.get(window.sender, f"submissions/{new_id()}")).status_code == 404
    assert (await window.get(agents[0], "own")).json()["rationale"] == "place 2"
    for path in ("submissions", f"submissions/{ids[1]}"):
        assert code_of(await window.get(agents[0], path)) == (403, "FORBIDDEN")
