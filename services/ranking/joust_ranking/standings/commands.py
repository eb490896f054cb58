"""What can happen to a board. Each runs in the caller's transaction and under the board's lock.

The lock puts the emissions of one task in order. Nothing here depends on the order of events, and an event
about what is known already changes nothing.
"""

from uuid import UUID

from joust_contracts.events import LeaderboardChanged, TaskRanked
from joust_contracts.events.evaluations import EvaluatedSubmission, Judgement
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_kit.database.unit_of_work import UnitOfWork
from joust_ranking.standings import repository
from joust_ranking.standings.models import Board, podium_of
from joust_ranking.standings.rules import best_of, is_final, version_of_change, version_of_ranks


async def await_result(unit: UnitOfWork, submission: SubmissionSnapshot) -> bool:
    """A result of this submission is due, unless it came before the news of it; false if it was known."""
    seen = await repository.see(unit.session, submission, received=True)
    if seen is None:
        return False
    if not (seen.failed or seen.has_score):
        seen.board.in_flight += 1
        await repository.put_board(unit.session, seen.board)
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
    seen = await repository.see(unit.session, submission, judgement=judgement)
    if seen is None:
        return False
    board = seen.board
    board.in_flight -= seen.received and not seen.failed
    board.changes += 1
    await _stand_by_best(unit, board, submission.account_id)
    await _tell_ranks_if_final(unit, board)
    return True


async def take_failure(unit: UnitOfWork, submission: EvaluatedSubmission | SubmissionSnapshot) -> bool:
    """The submission's result is no longer due; without a score it is not ranked. False if it was known."""
    seen = await repository.see(unit.session, submission, failed=True)
    if seen is None:
        return False
    board = seen.board
    board.in_flight -= seen.received and not seen.has_score
    board.changes += 1
    await repository.put_board(unit.session, board)
    await _tell_ranks_if_final(unit, board)
    return True


async def end_submissions(unit: UnitOfWork, task_id: UUID) -> None:
    """The task takes no submission any more, because of its deadline or of its owner."""
    board = await repository.lock_board(unit.session, task_id)
    if board.submissions_ended:
        return
    board.submissions_ended = True
    board.changes += 1
    await repository.put_board(unit.session, board)
    await _tell_ranks_if_final(unit, board)


async def _stand_by_best(unit: UnitOfWork, board: Board, account_id: UUID) -> None:
    """Write the board, and let the account's entry be its best result.

    After a re-evaluation that may be worse than before.
    """
    was, scored = await repository.results_of(unit.session, board.task_id, account_id)
    place = best_of(scored)
    if place is None or place == was:
        await repository.put_board(unit.session, board)
        return
    if was is None:
        board.entries_count += 1
    best = scored[place]
    rank = await repository.stand(unit.session, board, best, was)
    unit.emit(
        LeaderboardChanged(
            task_id=board.task_id,
            version=version_of_change(board.changes),
            entry=best.entry(rank),
            entries_count=board.entries_count,
        )
    )


async def _tell_ranks_if_final(unit: UnitOfWork, board: Board) -> None:
    """Emit ``task.ranked`` if nothing is due; again with each later result (see ``rules.is_final``)."""
    if not is_final(submissions_ended=board.submissions_ended, in_flight=board.in_flight):
        return
    podium = podium_of(await repository.find_best(unit.session, board.task_id))
    unit.emit(
        TaskRanked(
            task_id=board.task_id,
            version=version_of_ranks(board.changes),
            winner=podium[0] if podium else None,
            entries_count=board.entries_count,
            podium=podium,
        )
    )
