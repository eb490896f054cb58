"""What may be read of comparisons, and by whom."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.events.evaluations import JudgeVersion
from joust_contracts.events.pairwise_comparisons import PairOpinion
from joust_contracts.events.submissions import Artifact
from joust_contracts.internal.common import Page
from joust_contracts.internal.records import ComparedSubmission, ComparisonRecord, JudgedArtifact
from joust_evaluation.pairs import repository
from joust_evaluation.pairs.errors import NoSuchTask, NotTheOwner
from joust_evaluation.pairs.models import ComparedPair
from joust_evaluation.tasks.models import KnownTask
from joust_kit.identity import Actor
from joust_kit.paging import Cursor, cut_page


async def list_records(
    session: AsyncSession, actor: Actor, task_id: UUID, limit: int, cursor: str | None
) -> Page[ComparisonRecord]:
    """One page of all that is known of how pairs of a task's submissions were compared, newest first.

    Raises ``NoSuchTask``, ``NotTheOwner`` or, for a cursor that is none, ``Invalid``.
    """
    task = await repository.known_task(session, task_id)
    if task is None:
        raise NoSuchTask()
    if task.owner_id != actor.account_id:
        raise NotTheOwner()
    rows = await repository.list_of_task(session, task_id, limit + 1, Cursor.decode(cursor))
    page, next_cursor = cut_page(rows, limit, lambda row: Cursor(row.completed_at, row.id))
    read = {id for row in page for id in (row.first_id, row.second_id)}
    artifacts = await repository.find_artifacts(session, read)
    return Page(data=tuple(_record(row, task, artifacts) for row in page), next_cursor=next_cursor)


def _record(pair: ComparedPair, task: KnownTask, artifacts: Mapping[UUID, Artifact]) -> ComparisonRecord:
    version = pair.judge_version
    names = {"task_id", "outcome", "preferred_id", "reason", "judge", "started_at", "completed_at"}
    return ComparisonRecord(
        comparison_id=pair.id,
        submissions=tuple(
            ComparedSubmission(submission_id=id, artifact=_shown(artifacts.get(id)))
            for id in (pair.first_id, pair.second_id)
        ),
        opinions=tuple(map(PairOpinion.model_validate, pair.opinions)),
        judge_version=None if version is None else JudgeVersion.model_validate(version),
        # What is published does not change any more.
        rubric=task.rubric(),
        prompts=pair.read_prompts(),
        **pair.model_dump(include=names),
    )


def _shown(artifact: Artifact | None) -> JudgedArtifact | None:
    return None if artifact is None else JudgedArtifact(**artifact.model_dump(exclude={"key"}))
