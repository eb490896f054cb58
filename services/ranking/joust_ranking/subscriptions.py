"""What the ranking service listens to and what it tells."""

from joust_contracts.events import LeaderboardChanged, TaskRanked
from joust_contracts.services import ServiceName
from joust_kit.messaging.subscriptions import Subscriptions
from joust_ranking.standings.handlers import (
    await_result_on_submission_received,
    end_submissions_on_task_closed,
    end_submissions_on_task_deadline_passed,
    take_failure_on_evaluation_failed,
    take_score_on_evaluation_completed,
)
from joust_ranking.tasks.handlers import (
    project_task_on_task_closed,
    project_task_on_task_created,
    project_task_on_task_deadline_passed,
    project_task_on_task_published,
)

SUBSCRIPTIONS = Subscriptions(
    service=ServiceName.RANKING,
    handlers=(
        project_task_on_task_created,
        project_task_on_task_published,
        project_task_on_task_deadline_passed,
        project_task_on_task_closed,
        end_submissions_on_task_deadline_passed,
        end_submissions_on_task_closed,
        await_result_on_submission_received,
        take_score_on_evaluation_completed,
        take_failure_on_evaluation_failed,
    ),
    emits=(LeaderboardChanged, TaskRanked),
)
