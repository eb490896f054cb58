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
    announce_cancelling_on_drop_cancelled,
    announce_closing_on_task_closed,
    announce_deadline_on_task_deadline_passed,
    announce_deal_on_deal_created,
    announce_end_of_window_on_drop_closed,
    announce_failing_on_drop_failed,
    announce_failure_on_submission_failed,
    announce_opening_on_drop_opened,
    announce_opening_on_task_published,
    announce_result_on_evaluation_completed,
    announce_score_on_submission_completed,
    announce_submission_on_submission_received,
    announce_task_on_task_matched,
    announce_winner_on_drop_verified,
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
        announce_score_on_submission_completed,
        announce_failure_on_submission_failed,
        announce_result_on_evaluation_completed,
        announce_deal_on_deal_created,
        announce_opening_on_drop_opened,
        announce_end_of_window_on_drop_closed,
        announce_winner_on_drop_verified,
        announce_cancelling_on_drop_cancelled,
        announce_failing_on_drop_failed,
        ask_judge_on_evaluation_external_requested,
    ),
    emits=(DeliverySucceeded, DeliveryFailed, DeliverySnapshotEvent, EndpointDisabled, JudgeUnreached),
)
