"""What the submission service listens to and what it tells."""

from joust_contracts.events import (
    DropSubmissionReceived,
    DropSubmissionsSealed,
    DropSubmissionsSnapshotEvent,
    SubmissionCompleted,
    SubmissionFailed,
    SubmissionReceived,
    SubmissionReEvalRequested,
    SubmissionRegistered,
    SubmissionSnapshotEvent,
)
from joust_contracts.services import ServiceName
from joust_kit.messaging.subscriptions import Subscriptions
from joust_submission.drops.handlers import (
    learn_drop_on_drop_cancelled,
    learn_drop_on_drop_created,
    learn_drop_on_drop_failed,
    learn_drop_on_drop_opened,
    learn_drop_on_drop_snapshot,
    learn_drop_on_drop_updated,
    learn_drop_on_drop_verified,
    seal_drop_on_drop_closed,
    write_places_on_drop_ranking_completed,
    write_places_on_drop_ranking_snapshot,
)
from joust_submission.stuck.handlers import (
    wait_for_judge_on_evaluation_external_requested,
    wait_longer_on_evaluation_snapshot,
)
from joust_submission.submissions.handlers import (
    complete_submission_on_evaluation_completed,
    end_iteration_on_evaluation_snapshot,
    fail_submission_on_evaluation_failed,
)
from joust_submission.tasks.handlers import (
    learn_task_on_closed,
    learn_task_on_created,
    learn_task_on_deadline_passed,
    learn_task_on_published,
    learn_task_on_snapshot,
    learn_task_on_updated,
)

SUBSCRIPTIONS = Subscriptions(
    service=ServiceName.SUBMISSION,
    handlers=(
        learn_task_on_created,
        learn_task_on_updated,
        learn_task_on_published,
        learn_task_on_deadline_passed,
        learn_task_on_closed,
        learn_task_on_snapshot,
        complete_submission_on_evaluation_completed,
        fail_submission_on_evaluation_failed,
        end_iteration_on_evaluation_snapshot,
        wait_for_judge_on_evaluation_external_requested,
        wait_longer_on_evaluation_snapshot,
        learn_drop_on_drop_created,
        learn_drop_on_drop_updated,
        learn_drop_on_drop_opened,
        seal_drop_on_drop_closed,
        learn_drop_on_drop_verified,
        learn_drop_on_drop_cancelled,
        learn_drop_on_drop_failed,
        learn_drop_on_drop_snapshot,
        write_places_on_drop_ranking_completed,
        write_places_on_drop_ranking_snapshot,
    ),
    emits=(
        SubmissionRegistered,
        SubmissionReceived,
        SubmissionCompleted,
        SubmissionFailed,
        SubmissionReEvalRequested,
        SubmissionSnapshotEvent,
        DropSubmissionReceived,
        DropSubmissionsSealed,
        DropSubmissionsSnapshotEvent,
    ),
)
