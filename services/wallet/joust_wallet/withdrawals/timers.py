"""Sending what is withdrawn, by a durable job: once in effect, however often it is asked for."""

from uuid import UUID

from joust_contracts.base import Command
from joust_kit.failpoints import failpoint
from joust_kit.jobs import JobContext, job
from joust_wallet.resources import resources_of
from joust_wallet.withdrawals.commands import begin_attempt, note_outcome
from joust_wallet.withdrawals.errors import PayoutUnknown
from joust_wallet.withdrawals.providers import Unanswered, ask


class SendWithdrawal(Command):
    """Which withdrawal."""

    withdrawal_id: UUID


@job(
    SendWithdrawal,
    queue="send_withdrawals",
    # Money whose way is unknown is asked after for months, not days; then it is a dead job to look at.
    max_attempts=5000,
    max_delay_seconds=1800,
)
async def send_withdrawal(body: SendWithdrawal, context: JobContext) -> None:
    """Ask the provider, outside of any transaction, and note its answer.

    Raises ``PayoutUnknown`` so that it is asked again, under the same key.
    """
    resources = resources_of(context)
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        order = await begin_attempt(unit, body.withdrawal_id)
    if order is None:
        return
    outcome = await ask(resources.payouts, order, resources.settings.payout_timeout_seconds)
    if __debug__:
        failpoint("after_payout_is_sent_before_it_is_noted")
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        await note_outcome(unit, body.withdrawal_id, outcome)
    if isinstance(outcome, Unanswered):
        raise PayoutUnknown(outcome.reason)
