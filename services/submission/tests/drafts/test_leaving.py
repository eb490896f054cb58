"""Leaving a competition: who has handed in nothing may go, and then hands in nothing."""

import asyncio
from uuid import UUID

from sqlalchemy import text

from joust_contracts.events import CompetitionEntrantReleased, CompetitionEntrantSnapshotEvent
from joust_contracts.internal.drafts import SubmitDraft
from joust_kit.testing.component import an_actor
from joust_submission.drafts.commands import submit_draft
from joust_submission.entrants import repository
from joust_submission.entrants.commands import release_entrant
from joust_submission.snapshots import AGGREGATES
from services.submission.tests.drafts.desk import Desk, code_of

HAS_HANDED_IN = (409, "CONFLICT")
NOT_AN_ENTRANT = (403, "FORBIDDEN")
ROUNDS = 10


async def released(desk: Desk) -> list[CompetitionEntrantReleased]:
    """What was told of the entrant."""
    told = await desk.service.emitted(CompetitionEntrantReleased)
    return [each for each in told if each.entrant.entry_id == desk.entry.id]


async def test_who_has_handed_in_nothing_is_let_go_once_and_hands_in_nothing_any_more(desk: Desk) -> None:
    draft = await desk.draft()
    for _ in range(2):
        let_go = await desk.release()
        assert (let_go.status_code, let_go.json()["entry_version"]) == (200, 1), let_go.text
    assert code_of(await desk.submit(draft)) == NOT_AN_ENTRANT
    assert code_of(await desk.begin()) == NOT_AN_ENTRANT
    assert [each.entrant.entry_version for each in await released(desk)] == [1]
    await desk.leave()
    assert code_of(await desk.release()) == HAS_HANDED_IN, "there is nothing to leave"


async def test_who_comes_again_hands_in_and_is_let_go_again_after_taking_it_back(desk: Desk) -> None:
    draft = await desk.draft()
    await desk.release()
    await desk.join_again()
    assert (await desk.submit(draft)).status_code == 200
    assert code_of(await desk.release()) == HAS_HANDED_IN
    await desk.ask("POST", f"drafts/{draft}/withdraw")
    assert (await desk.release()).json()["entry_version"] == 3
    told = [(each.entrant.version, each.entrant.entry_version) for each in await released(desk)]
    assert told == [(1, 1), (2, 3)]


async def test_nobody_else_is_let_go_and_nobody_after_the_deadline(desk: Desk) -> None:
    path = f"competitions/{desk.competition.id}/release"
    assert code_of(await desk.ask("POST", path, actor=an_actor())) == (409, "CONFLICT")
    assert code_of(await desk.ask("POST", path, actor=desk.creator)) == (403, "FORBIDDEN")
    await desk.close()
    assert code_of(await desk.release()) == (409, "DEADLINE_PASSED")


async def test_of_handing_in_and_leaving_at_once_one_comes_first_and_the_other_sees_it(desk: Desk) -> None:
    for _ in range(ROUNDS):
        other = await Desk.opened(desk.service)
        draft = await other.draft()
        handed_in, let_go = await asyncio.gather(other.submit(draft), other.release())
        outcome = code_of(handed_in), code_of(let_go)
        assert outcome in {((200, ""), HAS_HANDED_IN), (NOT_AN_ENTRANT, (200, ""))}


async def test_who_hands_in_while_leaving_is_not_over_waits_for_it_and_is_refused(desk: Desk) -> None:
    draft = await desk.draft()
    async with desk.service.database.transaction() as unit:
        await release_entrant(unit, desk.entrant, desk.competition.id)
        handing_in = asyncio.create_task(desk.submit(draft))
        await _somebody_waits(desk)
    assert code_of(await handing_in) == NOT_AN_ENTRANT


async def test_who_leaves_while_handing_in_is_not_over_waits_for_it_and_is_refused(desk: Desk) -> None:
    draft, wanted = UUID(await desk.draft()), SubmitDraft(terms_accepted=True)
    async with desk.service.database.transaction() as unit:
        await submit_draft(unit, desk.entrant, draft, wanted, [])
        leaving = asyncio.create_task(desk.release())
        await _somebody_waits(desk)
    assert code_of(await leaving) == HAS_HANDED_IN


async def test_a_release_can_be_told_anew(desk: Desk) -> None:
    await desk.release()
    (releases,) = (each for each in AGGREGATES if each.event is CompetitionEntrantSnapshotEvent)
    async with desk.service.database.reading() as session:
        (anew,) = await releases.describe(session, [await repository.find(session, desk.entry.id)])
    assert isinstance(anew, CompetitionEntrantSnapshotEvent)
    (told,) = await released(desk)
    assert anew.model_dump_json() == told.model_dump_json()


async def _somebody_waits(desk: Desk) -> None:
    """Until a statement waits for a turn."""
    waiting = text(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE locktype = 'advisory' AND NOT granted AND usename = current_user AND datname = current_database()"
    )
    async with asyncio.timeout(10):
        while True:
            async with desk.service.database.reading() as session:
                if await session.scalar(waiting):
                    return
            await asyncio.sleep(0.01)
