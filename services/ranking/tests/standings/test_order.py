"""The end does not depend on the order of events; and everything can be dropped and told again."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from joust_contracts.events import Event, EventData, TaskRanked
from joust_kit.messaging.envelope import Message
from joust_kit.testing.component import ServiceUnderTest, an_actor, message_from

from .arena import START, Arena, Handed, new_id


@dataclass(frozen=True)
class Plan:
    """A submission to be told about; ``score`` ``None`` is a failed evaluation."""

    account: int
    seconds: int
    iterations: tuple[float | None, ...]


plans = st.builds(
    Plan,
    account=st.integers(0, 2),
    seconds=st.integers(0, 1),
    iterations=st.lists(st.sampled_from([None, 0.0, 50.0, 80.0]), min_size=1, max_size=2).map(tuple),
)


def told_in_order(arena: Arena, submissions: list[Plan]) -> list[EventData]:
    """Everything about the task, as it would come if topics had one order."""
    actors = [an_actor(f"agent {number}") for number in range(3)]
    told: list[EventData] = [arena.created(), arena.published()]
    for plan in submissions:
        handed = Handed(actors[plan.account], received_at=START + timedelta(seconds=plan.seconds))
        for score in plan.iterations:
            told.append(arena.received(handed))
            told.append(arena.failed(handed) if score is None else arena.completed(handed, score))
            handed = handed.again()
    return [*told, arena.deadline_passed(), arena.closed()]


def a_message(data: EventData) -> Message:
    event = Event[type(data)].of(data, id=new_id(), time=START)  # type: ignore[misc]
    return message_from(event)


async def fingerprint(arena: Arena) -> str:
    return hashlib.sha256(json.dumps(await arena.state()).encode()).hexdigest()


async def last_ranked(arena: Arena) -> TaskRanked:
    return (await arena.ranked())[-1]


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    # each example is some hundred statements: a failure is shown as it was found, not made smaller
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(data=st.data(), submissions=st.lists(plans, max_size=4))
async def test_any_order_with_every_event_twice_ends_in_the_same_standings_and_the_same_last_word(
    ranking: ServiceUnderTest, data: st.DataObject, submissions: list[Plan]
) -> None:
    arena = Arena(ranking)
    told = told_in_order(arena, submissions)
    await arena.deliver(*told)
    state, ranked = await fingerprint(arena), await last_ranked(arena)
    shuffled = data.draw(st.permutations(told + told))
    await arena.forget()
    await arena.deliver(*shuffled)
    assert await fingerprint(arena) == state
    assert await last_ranked(arena) == ranked


async def test_counters_on_the_board_are_what_a_count_of_the_rows_gives(arena: Arena) -> None:
    submissions = [Plan(0, 0, (None, 50.0)), Plan(1, 1, (80.0,)), Plan(0, 1, (60.0,)), Plan(2, 0, (None,))]
    due = Handed(an_actor())
    await arena.deliver(*told_in_order(arena, submissions), arena.received(due))
    count = text(
        """
        SELECT b.changes - CAST(b.submissions_ended AS int), b.in_flight, b.entries_count,
            (SELECT count(score) + count(*) FILTER (WHERE failed) FROM ranking.results WHERE task_id = b.task_id),
            (SELECT count(*) FROM ranking.results
             WHERE task_id = b.task_id AND received AND NOT failed AND score IS NULL),
            (SELECT count(*) FROM ranking.standings WHERE task_id = b.task_id)
        FROM ranking.boards b WHERE b.task_id = :task_id
        """
    )
    async with arena.ranking.database.reading() as session:
        row = (await session.execute(count, {"task_id": arena.task_id})).one()
    assert tuple(row) == (5, 1, 2, 5, 1, 2)


async def test_dropped_projections_are_the_same_after_everything_was_told_again_in_silence(
    arena: Arena,
) -> None:
    ranking = arena.ranking
    told = told_in_order(arena, [Plan(0, 0, (50.0, 80.0)), Plan(1, 0, (80.0,)), Plan(2, 1, (None,))])
    messages = [a_message(data) for data in told]
    for message in messages:
        await ranking.deliver_message(message)
    board = (await arena.look(arena.owner)).json()
    state, versions = await arena.state(), await arena.versions()
    tables = ", ".join(f"ranking.{name}" for name in (*ranking.service.projections, "inbox"))
    async with ranking.database.transaction() as unit:
        await unit.session.execute(text(f"TRUNCATE {tables}"))
    assert (await arena.look(arena.owner)).status_code == 404
    for message in messages:
        await ranking.runtime.inbox.handle_message(message, timeout_seconds=10, silent=True)
    assert (await arena.look(arena.owner)).json() == board
    assert await arena.state() == state
    assert await arena.versions() == versions
    await arena.score(an_actor(), 99)
    assert min((await arena.versions())[len(versions) :]) > max(versions)


def test_every_table_of_the_service_is_a_projection_but_whom_it_told(ranking: ServiceUnderTest) -> None:
    own = set(ranking.service.tables.metadata.tables) - {
        f"ranking.{kit}"
        for kit in (
            "outbox",
            "inbox",
            "inbox_retries",
            "idempotency_keys",
            "ranking_jobs",
            "ranking_dead_jobs",
        )
    }
    decided_here = {"ranking.matchings", "ranking.matches"}
    assert own - decided_here == {f"ranking.{name}" for name in ranking.service.projections}
    assert decided_here <= own
