"""What the evaluation service listens to and what it tells."""

from joust_contracts.events import (
    DropRankingCompleted,
    DropRankingFailed,
    DropRankingSnapshotEvent,
    EvaluationCompleted,
    EvaluationExternalRequested,
    EvaluationFailed,
    EvaluationSnapshotEvent,
    EvaluationStarted,
    PairwiseComparisonCompleted,
    PairwiseComparisonSnapshotEvent,
)
from joust_contracts.services import ServiceName
from joust_evaluation.drops.handlers import (
    queue_ranking_on_drop_submissions_sealed,
    queue_ranking_on_drop_submissions_snapshot,
)
from joust_evaluation.evaluations.handlers import (
    end_evaluation_on_submission_failed,
    push_evaluation_on_submission_snapshot,
    queue_evaluation_on_submission_re_eval_requested,
    queue_evaluation_on_submission_received,
)
from joust_evaluation.external.handlers import note_no_delivery_on_judge_unreached
from joust_evaluation.pairs.handlers import (
    queue_comparison_on_leaderboard_snapshot,
    queue_comparison_on_task_ranked,
)
from joust_evaluation.tasks.handlers import (
    know_task_on_closed,
    know_task_on_created,
    know_task_on_deadline_passed,
    know_task_on_published,
    know_task_on_snapshot,
    know_task_on_updated,
)
from joust_kit.messaging.subscriptions import Subscriptions

SUBSCRIPTIONS = Subscriptions(
    service=ServiceName.EVALUATION,
    handlers=(
        know_task_on_created,
        know_task_on_updated,
        know_task_on_published,
        know_task_on_deadline_passed,
        know_task_on_closed,
        know_task_on_snapshot,
        queue_evaluation_on_submission_received,
        queue_evaluation_on_submission_re_eval_requested,
        push_evaluation_on_submission_snapshot,
        end_evaluation_on_submission_failed,
        note_no_delivery_on_judge_unreached,
        queue_ranking_on_drop_submissions_sealed,
        queue_ranking_on_drop_submissions_snapshot,
        queue_comparison_on_task_ranked,
        queue_comparison_on_leaderboard_snapshot,
    ),
    emits=(
        EvaluationStarted,
        EvaluationExternalRequested,
        EvaluationCompleted,
        EvaluationFailed,
        EvaluationSnapshotEvent,
        DropRankingCompleted,
        DropRankingFailed,
        DropRankingSnapshotEvent,
        PairwiseComparisonCompleted,
        PairwiseComparisonSnapshotEvent,
    ),
)
