"""What the webhook service listens to and what it tells."""

from joust_contracts.events import (
    DeliveryFailed,
    DeliverySnapshotEvent,
    DeliverySucceeded,
    EndpointDisabled,
    JudgeUnreached,
)
from joust_contracts.services import ServiceName
from joust_kit.messaging.subscriptions import Subscriptions
from joust_webhook.deliveries.handlers import (
    ANNOUNCE_BY_NAME,
    announce_closing_on_task_closed,
    announce_deadline_on_task_deadline_passed,
    announce_opening_on_task_published,
    announce_submission_on_submission_received,
    announce_task_on_task_matched,
    announce_to_entrants_on_competition_announced,
    ask_judge_on_evaluation_external_requested,
)

SUBSCRIPTIONS = Subscriptions(
    service=ServiceName.WEBHOOK,
    handlers=(
        announce_opening_on_task_published,
        announce_deadline_on_task_deadline_passed,
        announce_closing_on_task_closed,
        announce_task_on_task_matched,
        announce_submission_on_submission_received,
        *ANNOUNCE_BY_NAME,
        announce_to_entrants_on_competition_announced,
        ask_judge_on_evaluation_external_requested,
    ),
    emits=(DeliverySucceeded, DeliveryFailed, DeliverySnapshotEvent, EndpointDisabled, JudgeUnreached),
)
