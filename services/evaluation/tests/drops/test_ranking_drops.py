"""The ranking of a drop: queued once, judged together, ranks without ties, told once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from joust_contracts.events import DropRankingCompleted, DropRankingFailed, DropSubmissionsSealed
from joust_contracts.events.drop_submissions import DropSubmissionSnapshot, StoredFile
from joust_contracts.vocabulary import DropGrade
from joust_evaluation.drops.jobs import RankDrop, rank_drop
from joust_evaluation.drops.models import DropRanking
from joust_evaluation.drops.rules import GRADES, grade_of, ranked
from joust_evaluation.judges.base import JudgeUnavailable
from joust_evaluation.judges.comparing import Comparison, ComparisonRequest, Opinion
from joust_kit.ids import RandomIds
from joust_kit.jobs import JobContext
from services.evaluation.tests.conftest import Bench

new_id = RandomIds().new
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def handed_in(text: str = "work", *files: StoredFile, after: int = 0) -> DropSubmissionSnapshot:
    return DropSubmissionSnapshot(
        id=new_id(),
        account_id=new_id(),
        agent_id=new_id(),
        agent_display_name="Ada",
        text=text,
        files=files,
        created_at=NOON + timedelta(seconds=after),
    )


def sealed(*submissions: DropSubmissionSnapshot) -> DropSubmissionsSealed:
    return DropSubmissionsSealed(
        drop_id=new_id(), version=1, prompt="Say why", submissions=submissions, sealed_at=NOON
    )


class Scripted:
    """Compares as told, and keeps what it was asked."""

    def __init__(self, *scores: float, failure: Exception | None = None) -> None:
        self.scores = scores
        self.failure = failure
        self.asked: list[ComparisonRequest] = []

    async def judge(self, request: Any) -> Any:
        raise NotImplementedError

    async def compare(self, request: ComparisonRequest) -> Comparison:
        self.asked.append(request)
        if self.failure is not None:
            raise self.failure
        opinions = tuple(Opinion(score, f"worth {score}") for score in self.scores)
        return Comparison(opinions, "scripted")


async def run(bench: Bench, drop_id: UUID, judge: Any = None, *, is_last: bool = False) -> None:
    resources = bench.resources if judge is None else replace(bench.resources, judge=judge)
    context = JobContext(
        database=bench.tested.database,
        resources=resources,
        correlation_id="cause-1",
        attempt=1,
        is_last_attempt=is_last,
    )
    await rank_drop.run(RankDrop(drop_id=drop_id), context)


async def told(bench: Bench, drop_id: UUID) -> list[DropRankingCompleted | DropRankingFailed]:
    events = [event.data for event in await bench.tested.all_emitted()]
    kinds = DropRankingCompleted | DropRankingFailed
    return [data for data in events if isinstance(data, kinds) and data.drop_id == drop_id]


@pytest.mark.parametrize(
    ("score", "grade"),
    [(100, "S"), (90, "S"), (89.99, "A"), (80, "A"), (65, "B"), (50, "C"), (30, "D"), (0, "F")],
)
def test_a_grade_follows_from_the_score(score: float, grade: str) -> None:
    assert grade_of(score) == grade


def test_every_grade_is_on_the_scale() -> None:
    assert [grade for grade, _ in GRADES] == list(DropGrade)


def test_ranks_have_no_ties_and_the_earlier_of_equals_is_better() -> None:
    late, early, best = handed_in(after=2), handed_in(after=1), handed_in(after=3)
    ranks = ranked((early, late, best), [Opinion(60, ""), Opinion(60, ""), Opinion(70, "")])
    assert [(each.rank, each.submission_id) for each in ranks] == [(1, best.id), (2, early.id), (3, late.id)]


async def test_all_submissions_are_judged_together_once_and_the_ranks_are_told_once(bench: Bench) -> None:
    event = sealed(handed_in(), handed_in(after=1))
    for _ in range(2):
        await bench.tested.deliver(event)
    judge = Scripted(40, 92)
    await asyncio.gather(run(bench, event.drop_id, judge), run(bench, event.drop_id, judge))
    await run(bench, event.drop_id, judge)
    (completed,) = await told(bench, event.drop_id)
    assert isinstance(completed, DropRankingCompleted)
    assert [(each.submission_id, each.grade) for each in completed.ranks] == [
        (event.submissions[1].id, "S"),
        (event.submissions[0].id, "D"),
    ]
    assert [len(request.entries) for request in judge.asked] == [2] * len(judge.asked)
    async with bench.tested.database.reading() as session:
        kept = await session.get_one(DropRanking, event.drop_id)
    assert kept.handed_in() == event.submissions
    told_anew = kept.snapshot()
    assert told_anew is not None
    assert (told_anew.version, told_anew.ranks) == (1, completed.ranks)


async def test_the_offline_judge_ranks_the_same_each_time(bench: Bench) -> None:
    texts = ("Because it is short, and nobody reads more than a line.", "No.", "Why why why.")
    orders = []
    for _ in range(2):
        event = sealed(*(handed_in(text) for text in texts))
        await bench.tested.deliver(event)
        await run(bench, event.drop_id)
        (completed,) = await told(bench, event.drop_id)
        assert isinstance(completed, DropRankingCompleted)
        place = {each.submission_id: (each.rank, each.score) for each in completed.ranks}
        orders.append([place[each.id] for each in event.submissions])
    assert orders[0] == orders[1]
    assert orders[0][0][0] == 1


async def test_a_drop_without_work_is_not_ranked(bench: Bench) -> None:
    event = sealed()
    await bench.tested.deliver(event)
    await run(bench, event.drop_id)
    assert await told(bench, event.drop_id) == []


async def test_files_are_read_if_they_are_the_ones_that_were_handed_in(bench: Bench) -> None:
    async def stored(content: bytes, name: str, **changes: Any) -> StoredFile:
        async def body() -> AsyncIterator[bytes]:
            yield content

        key = f"test-files/{new_id()}"
        put = await bench.resources.storage.put(
            key, body(), size_bytes=len(content), content_type="text/plain"
        )
        fields = {"key": key, "name": name, "size_bytes": len(content), "sha256": put.sha256}
        return StoredFile(**{**fields, **changes})

    files = (
        await stored(b"print(1)", "main.py"),
        await stored(b"\xff\x00", "image.png"),
        await stored(b"print(2)", "changed.py", sha256="0" * 64),
    )
    event = sealed(handed_in("", *files))
    await bench.tested.deliver(event)
    judge = Scripted(50)
    await run(bench, event.drop_id, judge)
    (entry,) = judge.asked[0].entries
    assert [(file.name, file.content) for file in entry.texts] == [("main.py", "print(1)")]
    assert [file.name for file in entry.binaries] == ["image.png", "changed.py"]


async def test_a_judge_that_fails_is_asked_again_and_at_last_the_ranking_fails_once(bench: Bench) -> None:
    event = sealed(handed_in())
    await bench.tested.deliver(event)
    broken = Scripted(failure=JudgeUnavailable("The model is down."))
    with pytest.raises(JudgeUnavailable):
        await run(bench, event.drop_id, broken)
    assert await told(bench, event.drop_id) == []
    for _ in range(2):
        await run(bench, event.drop_id, broken, is_last=True)
    (failed,) = await told(bench, event.drop_id)
    assert isinstance(failed, DropRankingFailed)
    assert "The model is down." in failed.reason
