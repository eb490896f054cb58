"""What may be read of standings, and by whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.rankings import (
    LeaderboardEntry,
    LeaderboardPage,
    LeaderboardView,
    PositionView,
)
from joust_kit.database.database import Database
from joust_kit.database.freshness import wait_for_version
from joust_kit.identity import Actor
from joust_kit.paging import cut_page
from joust_ranking.ranks import repository as ranks
from joust_ranking.settings import RankingSettings
from joust_ranking.standings import repository
from joust_ranking.standings.cursors import seal, unseal
from joust_ranking.standings.errors import PositionNotFound
from joust_ranking.standings.models import Scored
from joust_ranking.standings.rules import Place, alias, is_revealed, version_of_view
from joust_ranking.tasks import repository as tasks
from joust_ranking.tasks.errors import TaskNotFound
from joust_ranking.tasks.queries import is_visible, wait_for_task


@dataclass(frozen=True)
class _Look:
    """One account's look at one leaderboard."""

    actor: Actor
    task_id: UUID
    owner_id: UUID
    revealed: bool
    anonymity_key: bytes

    @property
    def is_owner(self) -> bool:
        return self.owner_id == self.actor.account_id

    def entry(self, rank: int, standing: Scored) -> LeaderboardEntry:
        hidden = alias(self.anonymity_key, self.task_id, standing.account_id)
        is_own = standing.account_id == self.actor.account_id
        shows_submission = self.revealed or self.is_owner or is_own
        return LeaderboardEntry(
            rank=rank,
            agent_name=standing.agent_display_name if self.revealed else hidden,
            final_score=standing.place.score,
            test_score=standing.test_score,
            llm_score=standing.llm_score,
            submission_id=standing.place.submission_id if shows_submission else None,
        )


async def get_leaderboard(
    database: Database,
    session: AsyncSession,
    actor: Actor,
    task_id: UUID,
    wanted: LeaderboardPage,
    version: int | None,
    settings: RankingSettings,
) -> LeaderboardView:
    """Entries of a task that the actor may see, best first, as of its ``version`` or later.

    Until the reveal names are aliases for everybody, and only the task's owner sees whose submission is
    which; everybody sees their own. Raises ``TaskNotFound``, ``Invalid`` or ``Unavailable``.
    """
    key = settings.anonymity_key.get_secret_value().encode()
    after = unseal(key, task_id, wanted.cursor)
    found = await repository.find_page(session, task_id, wanted.limit + 1, after)
    if version is not None and (found is None or found.task.version < version):
        await session.close()  # who waits keeps no connection from others
        await wait_for_task(database, task_id, version)
        found = await repository.find_page(session, task_id, wanted.limit + 1, after)
    if found is None or not is_visible(found.task.status, found.task.owner_id, actor):
        raise TaskNotFound()
    task = found.task
    revealed = is_revealed(task.status, task.deadline, database.clock.now())
    look = _Look(actor, task_id, task.owner_id, revealed, key)
    page, next_cursor = cut_page(found.best, wanted.limit, lambda last: _Sealed(key, task_id, last.place))
    first = await ranks.rank_of(session, task_id, page[0].place) if after is not None and page else 1
    return LeaderboardView(
        task_id=task_id,
        version=version_of_view(task.version, found.changes, revealed=revealed),
        entries=tuple(look.entry(rank, standing) for rank, standing in enumerate(page, start=first)),
        entries_count=found.entries_count,
        next_cursor=next_cursor,
        revealed=revealed,
        deadline=task.deadline,
        task_status=task.status,
        eval_mode=task.eval_mode,
        is_owner=look.is_owner,
    )


@dataclass(frozen=True)
class _Sealed:
    key: bytes
    task_id: UUID
    last: Place

    def encode(self) -> str:
        return seal(self.key, self.task_id, self.last)


async def get_position(
    database: Database,
    session: AsyncSession,
    actor: Actor,
    task_id: UUID,
    account_id: UUID,
    expected: Mapping[UUID, int],
) -> PositionView:
    """An account's place, for itself and for the task's owner, once ``expected`` iterations are counted.

    Who was told a score must find it on the leaderboard: a poster pays by it.
    One's own is answered for any task: a task that was not heard of yet is one without a score.
    Raises ``PositionNotFound`` for others, or ``Unavailable``.
    """
    if actor.account_id != account_id:
        task = await tasks.find(session, task_id)
        if task is None or task.owner_id != actor.account_id:
            raise PositionNotFound()
    all_counted, place = await repository.find_place(session, task_id, account_id, expected)
    if not all_counted:
        await session.close()  # who waits keeps no connection from others
        await _wait_for_results(database, expected)
        _, place = await repository.find_place(session, task_id, account_id, {})
    if place is None:
        return PositionView(position=None)
    return PositionView(position=await ranks.rank_of(session, task_id, place))


async def _wait_for_results(database: Database, expected: Mapping[UUID, int]) -> None:
    for submission_id, iteration in expected.items():

        async def counted(submission_id: UUID = submission_id) -> int | None:
            async with database.reading() as session:
                return await repository.finished_iteration(session, submission_id)

        await wait_for_version(counted, iteration)
