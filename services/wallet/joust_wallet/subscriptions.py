"""What the wallet service listens to and what it tells."""

from joust_contracts.events import DealCreated, DealSettled, DealSnapshotEvent
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
    ),
    emits=(DealCreated, DealSettled, DealSnapshotEvent),
)
