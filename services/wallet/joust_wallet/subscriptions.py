"""What the wallet service listens to and what it tells."""

from joust_contracts.events import (
    DealCreated,
    DealSettled,
    DealSnapshotEvent,
    EscrowSnapshotEvent,
    FundsHeld,
    FundsRejected,
    FundsReleased,
    PayoutMade,
)
from joust_contracts.services import ServiceName
from joust_kit.messaging.subscriptions import Subscriptions
from joust_wallet.entries.handlers import (
    know_submission_on_completed,
    know_submission_on_failed,
    know_submission_on_re_eval_requested,
    know_submission_on_received,
    know_submission_on_registered,
    know_submission_on_snapshot,
    know_task_on_closed,
    know_task_on_created,
    know_task_on_deadline_passed,
    know_task_on_published,
    know_task_on_snapshot,
    know_task_on_updated,
)
from joust_wallet.escrows.handlers import (
    follow_funding_on_snapshot,
    hold_funds_on_funding_requested,
    pay_winners_on_payout_requested,
    release_funds_on_refund_requested,
)

SUBSCRIPTIONS = Subscriptions(
    service=ServiceName.WALLET,
    handlers=(
        know_task_on_created,
        know_task_on_updated,
        know_task_on_published,
        know_task_on_deadline_passed,
        know_task_on_closed,
        know_task_on_snapshot,
        know_submission_on_registered,
        know_submission_on_received,
        know_submission_on_completed,
        know_submission_on_failed,
        know_submission_on_re_eval_requested,
        know_submission_on_snapshot,
        hold_funds_on_funding_requested,
        pay_winners_on_payout_requested,
        release_funds_on_refund_requested,
        follow_funding_on_snapshot,
    ),
    emits=(
        DealCreated,
        DealSettled,
        DealSnapshotEvent,
        FundsHeld,
        FundsRejected,
        FundsReleased,
        PayoutMade,
        EscrowSnapshotEvent,
    ),
)
