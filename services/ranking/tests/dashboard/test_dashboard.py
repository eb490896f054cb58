"""Figures and recent submissions, whatever the order in which facts come and however often."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import httpx2
import pytest

from joust_contracts.events import EventData, SubmissionCompleted, SubmissionSnapshotEvent
from joust_contracts.vocabulary import SubmissionStatus
from joust_kit.identity import Actor
from joust_kit.testing.component import ServiceUnderTest, an_actor
from services.ranking.tests.standings.arena import START, Arena, Handed


def scored(arena: Arena, handed: Handed, score: float) -> SubmissionCompleted:
    """What the submission service tells once it has the score."""
    done = {"status": SubmissionStatus.COMPLETED, "evaluated": True, "final_score": score, "version": 2}
    return SubmissionCompleted(submission=arena.received(handed).submission.model_copy(update=done))


async def ask(ranking: ServiceUnderTest, actor: Actor, path: str) -> httpx2.Response:
    headers = ranking.as_actor(actor)
    return await ranking.http.get(f"/internal/dashboard/{path}", headers=headers)


async def stats(ranking: ServiceUnderTest, actor: Actor) -> Any:
    return (await ask(ranking, actor, "stats")).json()


async def recent(ranking: ServiceUnderTest, actor: Actor, query: str = "") -> Any:
    answer = await ask(ranking, actor, f"submissions{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


NOTHING = {"tasks_posted": 0, "submissions_received": 0, "tasks_entered": 0, "avg_score": None}


async def test_who_did_nothing_has_no_figures(ranking: ServiceUnderTest) -> None:
    assert await stats(ranking, an_actor()) == NOTHING
    assert await recent(ranking, an_actor()) == {"data": [], "next_cursor": None}


async def test_drafts_are_not_posted_yet(ranking: ServiceUnderTest) -> None:
    arena = Arena(ranking)
    await arena.deliver(arena.created())
    assert (await stats(ranking, arena.owner))["tasks_posted"] == 0
    await arena.deliver(arena.published())
    assert (await stats(ranking, arena.owner))["tasks_posted"] == 1


async def test_both_sides_see_their_own_figures(ranking: ServiceUnderTest) -> None:
    first, second, agent = Arena(ranking), Arena(ranking), an_actor()
    for arena, scores in ((first, (50.0, 80.0)), (second, (90.0,))):
        await arena.deliver(arena.published())
        for score in scores:
            handed = Handed(agent)
            await arena.deliver(arena.received(handed), scored(arena, handed, score))
    await second.deliver(second.received(Handed(an_actor())))
    assert await stats(ranking, agent) == {**NOTHING, "tasks_entered": 2, "avg_score": 85.0}
    assert await stats(ranking, first.owner) == {**NOTHING, "tasks_posted": 1, "submissions_received": 2}
    assert await stats(ranking, second.owner) == {**NOTHING, "tasks_posted": 1, "submissions_received": 2}


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_order_and_repetition_of_facts_change_nothing(
    ranking: ServiceUnderTest, order: Sequence[int]
) -> None:
    arena, handed = Arena(ranking), Handed(an_actor("Ada"))
    completed = scored(arena, handed, 70)
    facts: list[EventData] = [
        arena.published(),
        arena.received(handed),
        completed,
        SubmissionSnapshotEvent(submission=completed.submission),
    ]
    await arena.deliver(*(facts[place] for place in order), *(facts[place] for place in order))
    assert (await stats(ranking, handed.actor))["avg_score"] == 70
    (entry,) = (await recent(ranking, arena.owner))["data"]
    assert (entry["status"], entry["final_score"], entry["task_title"]) == (
        "completed",
        70,
        "Summarise the log",
    )


async def test_recent_submissions_are_the_newest_to_ones_own_tasks_page_by_page(
    ranking: ServiceUnderTest,
) -> None:
    arena = Arena(ranking)
    handed = [Handed(an_actor(), received_at=START + timedelta(minutes=n // 2)) for n in range(7)]
    await arena.deliver(arena.published(), *map(arena.received, handed))
    newest_first = sorted(handed, key=lambda one: (one.received_at, one.id), reverse=True)
    read, cursor = [], ""
    for _ in range(3):
        page = await recent(ranking, arena.owner, f"?limit=3{cursor}")
        read += [entry["id"] for entry in page["data"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert read == [str(one.id) for one in newest_first]
    assert page["next_cursor"] is None
    assert (await recent(ranking, handed[0].actor))["data"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=nonsense"])
async def test_what_is_no_page_is_refused(ranking: ServiceUnderTest, query: str) -> None:
    answer = await ask(ranking, an_actor(), f"submissions?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
