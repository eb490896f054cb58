"""How a ranking begins and ends. Each runs in the caller's transaction, which the edge commits."""

from uuid import UUID

from joust_contracts.events.drop_submissions import DropSubmissionSnapshot
from joust_evaluation.drops import repository
from joust_evaluation.drops.jobs import RankDrop, rank_drop
from joust_evaluation.drops.models import DropRanking
from joust_evaluation.drops.rules import RankingStatus
from joust_kit.database.unit_of_work import UnitOfWork


async def queue_ranking(
    unit: UnitOfWork, drop_id: UUID, prompt: str, submissions: tuple[DropSubmissionSnapshot, ...]
) -> None:
    """Have all submissions judged together, once; without a submission there is nothing to judge."""
    if not submissions:
        return
    ranking = DropRanking(
        drop_id=drop_id,
        status=RankingStatus.QUEUED,
        prompt=prompt,
        submissions=[each.model_dump(mode="json") for each in submissions],
        queued_at=unit.now,
    )
    if await repository.add(unit.session, ranking):
        await unit.schedule(rank_drop, RankDrop(drop_id=drop_id), timer_id=str(drop_id))
