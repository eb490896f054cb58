"""Competitions of every kind of end, for the recording."""

from joust_embedded.bounty.client import Json, Party
from joust_embedded.stack import Stack
from tests.authorisation.calls import a_competition
from tests.support.arena import Arena, eventually
from tests.support.contests import Deadline, deadlines_pass, reminder_is_due

_PRIZE = 5_000
_TERMS = {"terms_accepted": True}


async def play_competitions(arena: Arena, stack: Stack) -> None:
    """One that is awarded after a reminder, its prize held from the beginning, and one whose prize is covered
    late and that expires. There is work that is reviewed and work that is taken back; somebody leaves."""
    creator = await arena.sign_up("Creator", cents=_PRIZE)
    entrant, leaver = await arena.sign_up("Entrant"), await arena.sign_up("Leaver")
    await _awarded(stack, creator, entrant, leaver)
    await _expired(stack, creator, entrant)


async def play_leaving(arena: Arena, _stack: Stack) -> None:
    """One that goes on: somebody is let go, somebody stays, and somebody leaves and comes again."""
    creator = await arena.sign_up("Host", cents=_PRIZE)
    guests = [await arena.sign_up(f"Guest {number}") for number in range(3)]
    path = await _published(creator)
    for guest in guests:
        await guest.post(f"{path}/join", _TERMS)
    leaver, _, returner = guests
    for guest in (leaver, returner):
        await guest.post(f"{path}/leave")
    await returner.post(f"{path}/join", _TERMS)
    await _seen(creator, path, prize_status="held")


async def _awarded(stack: Stack, creator: Party, entrant: Party, leaver: Party) -> None:
    path = await _published(creator)
    await _seen(creator, path, prize_status="held")
    for party in (entrant, leaver):
        await party.post(f"{path}/join", _TERMS)
    await leaver.post(f"{path}/leave")
    withdrawn, work = [await _handed_in(entrant, path) for _ in range(2)]
    await entrant.post(f"/api/submission-drafts/{withdrawn}/withdraw")
    await creator.post(f"/api/submission-drafts/{work}/feedback", {"feedback": "A fine beam."})
    await reminder_is_due(stack, path.rpartition("/")[2])
    await _seen(creator, path, status="reviewing")
    await creator.post(f"{path}/winner", {"submission_id": work})
    await _seen(creator, path, prize_status="paid")


async def _expired(stack: Stack, creator: Party, entrant: Party) -> None:
    path = await _published(creator)
    await _seen(creator, path, prize_status="rejected")
    await creator.deposit(_PRIZE)
    await creator.post(f"{path}/fund")
    await _seen(creator, path, prize_status="held")
    await entrant.post(f"{path}/join", _TERMS)
    await deadlines_pass(stack, path.rpartition("/")[2], Deadline.SUBMISSION, Deadline.WINNER)
    await _seen(creator, path, status="expired", prize_status="refunded")


async def _published(creator: Party) -> str:
    prize = {"amount": _PRIZE, "currency": "usd"}
    draft = await creator.post("/api/competitions", a_competition(prize=prize))
    await creator.post(f"/api/competitions/{draft['id']}/publish", _TERMS)
    return f"/api/competitions/{draft['id']}"


async def _handed_in(entrant: Party, path: str) -> str:
    work = await entrant.post(f"{path}/submission-drafts", {"title": "A logo", **_TERMS})
    await entrant.post(f"/api/submission-drafts/{work['id']}/submit", {"assets": [], **_TERMS})
    return str(work["id"])


async def _seen(party: Party, path: str, **expected: str) -> None:
    async def is_so() -> bool:
        seen: Json = await party.get(path)
        return all(seen[name] == value for name, value in expected.items())

    await eventually(is_so)
