"""Rules of budgets that are held. No I/O, no clock."""

from collections.abc import Sequence

from joust_contracts.events.fundings import WHOLE_BPS, Payee
from joust_contracts.events.pairwise_comparisons import PairwiseComparison
from joust_contracts.events.rankings import RankedEntry
from joust_contracts.vocabulary import BudgetStatus, EvalMode, RefundReason
from joust_kit.errors import Invalid
from joust_task.budgets.errors import BudgetSettled

CURRENCY = "usd"
"""Budgets of tasks have no other (Straw document, ``budget_cents``)."""
TRANSITIONS: dict[BudgetStatus, frozenset[BudgetStatus]] = {
    BudgetStatus.UNFUNDED: frozenset({BudgetStatus.PENDING}),
    BudgetStatus.PENDING: frozenset({BudgetStatus.REJECTED, BudgetStatus.HELD}),
    BudgetStatus.REJECTED: frozenset({BudgetStatus.PENDING}),
    BudgetStatus.HELD: frozenset({BudgetStatus.SETTLING}),
    BudgetStatus.SETTLING: frozenset({BudgetStatus.PAID, BudgetStatus.RELEASED}),
    BudgetStatus.PAID: frozenset(),
    BudgetStatus.RELEASED: frozenset(),
}


def check_transition(now: BudgetStatus, then: BudgetStatus) -> None:
    """Raises ``BudgetSettled`` if a budget in status ``now`` can't go to ``then``."""
    if then not in TRANSITIONS[now]:
        raise BudgetSettled(f"A budget that is {now} can't become {then}.", status=now.value)


def check_shares(*, escrow: bool, shares: Sequence[int]) -> None:
    """Raises ``Invalid`` if shares come without escrow, or do not sum to the whole."""
    if not shares:
        return
    if not escrow:
        raise Invalid(shares="are for tasks with escrow; send escrow: true, or no shares")
    if sum(shares) != WHOLE_BPS:
        raise Invalid(shares=f"must sum to {WHOLE_BPS} basis points; these sum to {sum(shares)}")


def compares_best(eval_mode: EvalMode, test_weight: float, *, has_tests: bool) -> bool:
    """True if a judge who reads makes the ranks alone, so that two of them are worth a second look.

    The evaluation service compares pairs of the same tasks.
    """
    return eval_mode is EvalMode.LLM and (not has_tests or test_weight == 0)


def comparison_of(
    ranks: Sequence[RankedEntry], comparisons: Sequence[PairwiseComparison]
) -> PairwiseComparison | None:
    """The comparison of the best two, if there are two and it is there."""
    best = {each.submission_id for each in sorted(ranks, key=lambda each: each.rank)[:2]}
    return next((each for each in comparisons if len(best) == 2 and set(each.submission_ids) == best), None)


def paid_order(
    ranks: Sequence[RankedEntry], comparisons: Sequence[PairwiseComparison]
) -> tuple[RankedEntry, ...] | None:
    """Who is paid, best first: the best two change places if the second was found better in both orders.

    ``None`` as long as they were not compared. Nobody else moves, so to be paid the first share one has to
    be among the best two by score, and must not be the worse one in both orders.
    """
    order = sorted(ranks, key=lambda each: each.rank)
    if len(order) < 2:
        return tuple(order)
    compared = comparison_of(order, comparisons)
    if compared is None:
        return None
    first, second, *others = order
    if compared.preferred_id != second.submission_id:
        return tuple(order)
    ahead = second.model_copy(update={"rank": first.rank})
    return (ahead, first.model_copy(update={"rank": second.rank}), *others)


def payees_of(ranks: Sequence[RankedEntry], shares: Sequence[int]) -> tuple[Payee, ...]:
    """Who gets which part, best rank first; empty if nobody is ranked.

    Shares for which there is no rank go to the best one, as cents do that can't be split.
    """
    paid = list(zip(sorted(ranks, key=lambda each: each.rank), shares or (WHOLE_BPS,), strict=False))
    rest = WHOLE_BPS - sum(share for _, share in paid)
    return tuple(
        Payee(
            **entry.model_dump(include={"rank", "account_id", "agent_id", "submission_id"}),
            share_bps=share + (rest if place == 0 else 0),
        )
        for place, (entry, share) in enumerate(paid)
    )


def refund_reason(*, competitors: int, closed_early: bool) -> RefundReason:
    """Why nobody is paid. ``closed_early``: by the owner, before the deadline."""
    if competitors:
        return RefundReason.NO_WINNER
    return RefundReason.CANCELLED if closed_early else RefundReason.NO_SUBMISSIONS
