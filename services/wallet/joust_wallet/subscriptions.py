"""What the wallet service listens to and what it tells."""

from joust_contracts.events import DealCreated, DealSettled
from joust_contracts.services import ServiceName
from joust_kit.messaging.subscriptions import Subscriptions
from joust_wallet.entries.handlers import (
    know_submission_on_completed,
    know_submission_on_failed,
    know_submission_on_received,
    know_task_on_closed,
    know_task_on_created,
    know_task_on_deadline_passed,
    know_task_on_published,
)

SUBSCRIPTIONS = Subscriptions(
    service=ServiceName.WALLET,
    handlers=(
        know_task_on_created,
        know_task_on_published,
        know_task_on_deadline_passed,
        know_task_on_closed,
        know_submission_on_received,
        know_submission_on_completed,
        know_submission_on_failed,
    ),
    emits=(DealCreated, DealSettled),
)
