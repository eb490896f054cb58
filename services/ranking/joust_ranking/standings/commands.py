"""What can happen to a board. Each runs in the caller's transaction and under the board's lock.

The lock puts the emissions of one task in order. Nothing here depends on the order of events, and an event
about what is known already changes nothing.
"""

from uuid import UUID

from joust_contracts.events import LeaderboardChanged, TaskRanked
from joust_contracts.events.evaluations import EvaluatedSubmission, Judgement
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.failpoints import failpoint
from joust_ranking.ranks import repository as ranks
from joust_ranking.ranks.rules import Bucket, buckets_of
from joust_ranking.standings import repository
from joust_ranking.standings.models import Board, Standing
from joust_ranking.standings.rules import Place, best_of, is_final, version_of_change, version_of_ranks


async def await_result(unit: UnitOfWork, submission: SubmissionSnapshot) -> bool:
    """A result of this submission is due, unless it came before the news of it; false if it was known."""
    board = await repository.lock_board(unit.session, submission.task_id)
    result = await repository.find_or_add_result(unit.session, submission)
    if result.received:
        return False
    result.received = True
    board.in_flight += result.is_in_flight
    return True


async def await_every_result(unit: UnitOfWork, submission: SubmissionSnapshot) -> bool:
    """A result of each iteration up to the present one is, or was, due; false if all were known."""
    iterations = range(1, submission.iteration + 1)
    begun = [submission.model_copy(update={"iteration": iteration}) for iteration in iterations]
    return any([await await_result(unit, each) for each in begun])


async def take_score(unit: UnitOfWork, submission: EvaluatedSubmission, judgement: Judgement) -> bool:
    """Count a result, let its account stand by the best that it now has, and tell what changed.

    False if it was counted before.
    """
    board = await repository.lock_board(unit.session, submission.task_id)
    result = await repository.find_or_add_result(unit.session, submission)
    if result.score is not None:
        return False
    board.in_flight -= result.is_in_flight
    board.changes += 1
    result.take(judgement)
    await _stand_by_best(unit, board, submission.account_id)
    await _tell_ranks_if_final(unit, board)
    return True


async def take_failure(unit: UnitOfWork, submission: EvaluatedSubmission | SubmissionSnapshot) -> bool:
    """The submission's result is no longer due; without a score it is not ranked. False if it was known."""
    board = await repository.lock_board(unit.session, submission.task_id)
    result = await repository.find_or_add_result(unit.session, submission)
    if result.failed:
        return False
    board.in_flight -= result.is_in_flight
    board.changes += 1
    result.failed = True
    await _tell_ranks_if_final(unit, board)
    return True


async def end_submissions(unit: UnitOfWork, task_id: UUID) -> None:
    """The task takes no submission any more, because of its deadline or of its owner."""
    board = await repository.lock_board(unit.session, task_id)
    if board.submissions_ended:
        return
    board.submissions_ended = True
    board.changes += 1
    await _tell_ranks_if_final(unit, board)


async def _stand_by_best(unit: UnitOfWork, board: Board, account_id: UUID) -> None:
    """Let the account's entry be its best result, which after a re-evaluation may be worse than before."""
    was = await repository.find_place(unit.session, board.task_id, account_id)
    results = {
        result.place: result
        for result in await repository.list_scored(unit.session, board.task_id, account_id)
    }
    place = best_of(results)
    if place is None or place == was:
        return
    if was is None:
        board.entries_count += 1
    best = Standing.by(results[place])
    await repository.put(unit.session, best)
    if __debug__:
        failpoint("after_standing_before_its_rank")
    await ranks.move(unit.session, board.task_id, _buckets(was), _buckets(place))
    rank = await ranks.rank_of(unit.session, board.task_id, place)
    unit.emit(
        LeaderboardChanged(
            task_id=board.task_id,
            version=version_of_change(board.changes),
            entry=best.entry(rank),
            entries_count=board.entries_count,
        )
    )


def _buckets(place: Place | None) -> tuple[Bucket, ...]:
    return () if place is None else buckets_of(place.score, place.received_at)


async def _tell_ranks_if_final(unit: UnitOfWork, board: Board) -> None:
    """Emit ``task.ranked`` if nothing is due; again with each later result (see ``rules.is_final``)."""
    if not is_final(submissions_ended=board.submissions_ended, in_flight=board.in_flight):
        return
    winner = await repository.find_winner(unit.session, board.task_id)
    unit.emit(
        TaskRanked(
            task_id=board.task_id,
            version=version_of_ranks(board.changes),
            winner=winner.entry(rank=1) if winner else None,
            entries_count=board.entries_count,
        )
    )
