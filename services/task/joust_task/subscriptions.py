"""What the task service listens to and what it tells."""

from joust_contracts.events import (
    FundingSnapshotEvent,
    TaskClosed,
    TaskCreated,
    TaskDeadlinePassed,
    TaskFundingRequested,
    TaskPayoutRequested,
    TaskPublished,
    TaskRefundRequested,
    TaskSnapshotEvent,
    TaskUpdated,
)
from joust_contracts.services import ServiceName
from joust_kit.messaging.subscriptions import Subscriptions
from joust_task.competitors.handlers import (
    count_competitor_on_submission_received,
    count_competitor_on_submission_snapshot,
)
from joust_task.tasks.handlers import close_task_on_leaderboard_snapshot, close_task_on_ranked

SUBSCRIPTIONS = Subscriptions(
    service=ServiceName.TASK,
    handlers=(
        close_task_on_ranked,
        close_task_on_leaderboard_snapshot,
        count_competitor_on_submission_received,
        count_competitor_on_submission_snapshot,
    ),
    emits=(
        TaskCreated,
        TaskUpdated,
        TaskPublished,
        TaskDeadlinePassed,
        TaskClosed,
        TaskSnapshotEvent,
        TaskFundingRequested,
        TaskPayoutRequested,
        TaskRefundRequested,
        FundingSnapshotEvent,
    ),
)
