"""What the task service listens to and what it tells."""

from joust_contracts.events import (
    DropCancelled,
    DropClosed,
    DropCreated,
    DropFailed,
    DropOpened,
    DropSnapshotEvent,
    DropUpdated,
    DropVerified,
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
from joust_task.budgets.handlers import (
    note_missing_budget_on_funds_rejected,
    note_payouts_on_payout_made,
    note_refund_on_funds_released,
    open_task_on_funds_held,
    take_answer_about_budget_on_escrow_snapshot,
)
from joust_task.competitors.handlers import (
    count_competitor_on_submission_received,
    count_competitor_on_submission_snapshot,
)
from joust_task.drops.handlers import (
    end_drop_on_drop_ranking_snapshot,
    fail_drop_on_drop_ranking_failed,
    note_missing_funds_on_funds_rejected,
    note_sealed_on_drop_submissions_sealed,
    note_submission_on_drop_submission_received,
    note_submissions_on_drop_submissions_snapshot,
    open_drop_on_funds_held,
    take_answer_on_escrow_snapshot,
    verify_drop_on_drop_ranking_completed,
)
from joust_task.tasks.handlers import close_task_on_leaderboard_snapshot, close_task_on_ranked

SUBSCRIPTIONS = Subscriptions(
    service=ServiceName.TASK,
    handlers=(
        close_task_on_ranked,
        close_task_on_leaderboard_snapshot,
        count_competitor_on_submission_received,
        count_competitor_on_submission_snapshot,
        open_drop_on_funds_held,
        note_missing_funds_on_funds_rejected,
        take_answer_on_escrow_snapshot,
        note_submission_on_drop_submission_received,
        note_sealed_on_drop_submissions_sealed,
        note_submissions_on_drop_submissions_snapshot,
        verify_drop_on_drop_ranking_completed,
        fail_drop_on_drop_ranking_failed,
        end_drop_on_drop_ranking_snapshot,
        open_task_on_funds_held,
        note_missing_budget_on_funds_rejected,
        note_payouts_on_payout_made,
        note_refund_on_funds_released,
        take_answer_about_budget_on_escrow_snapshot,
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
        DropCreated,
        DropUpdated,
        DropOpened,
        DropClosed,
        DropVerified,
        DropCancelled,
        DropFailed,
        DropSnapshotEvent,
    ),
)
