"""What the ranking service listens to and what it tells."""

from joust_contracts.events import (
    LeaderboardChanged,
    LeaderboardSnapshotEvent,
    MatchingSnapshotEvent,
    TaskMatched,
    TaskRanked,
)
from joust_contracts.services import ServiceName
from joust_kit.messaging.subscriptions import Subscriptions
from joust_ranking.dashboard.handlers import (
    see_submission_on_completed,
    see_submission_on_failed,
    see_submission_on_re_eval_requested,
    see_submission_on_received,
    see_submission_on_snapshot,
)
from joust_ranking.feed.handlers import show_drop_on_drop_snapshot, show_drop_on_drop_verified
from joust_ranking.matching.handlers import (
    know_competitor_on_submission_received,
    know_competitor_on_submission_snapshot,
    know_interests_on_agent_created,
    know_interests_on_agent_snapshot,
    know_interests_on_agent_updated,
    match_agents_on_task_published,
    match_agents_on_task_snapshot,
)
from joust_ranking.standings.handlers import (
    await_result_on_submission_re_eval_requested,
    await_result_on_submission_received,
    await_results_on_submission_snapshot,
    end_submissions_on_task_closed,
    end_submissions_on_task_deadline_passed,
    end_submissions_on_task_snapshot,
    take_failure_on_evaluation_failed,
    take_failure_on_submission_failed,
    take_result_on_evaluation_snapshot,
    take_score_on_evaluation_completed,
)
from joust_ranking.tasks.handlers import (
    project_task_on_task_closed,
    project_task_on_task_created,
    project_task_on_task_deadline_passed,
    project_task_on_task_published,
    project_task_on_task_snapshot,
    project_task_on_task_updated,
)

SUBSCRIPTIONS = Subscriptions(
    service=ServiceName.RANKING,
    handlers=(
        project_task_on_task_created,
        project_task_on_task_updated,
        project_task_on_task_published,
        project_task_on_task_deadline_passed,
        project_task_on_task_closed,
        project_task_on_task_snapshot,
        end_submissions_on_task_deadline_passed,
        end_submissions_on_task_closed,
        end_submissions_on_task_snapshot,
        await_result_on_submission_received,
        await_result_on_submission_re_eval_requested,
        await_results_on_submission_snapshot,
        take_score_on_evaluation_completed,
        take_failure_on_evaluation_failed,
        take_failure_on_submission_failed,
        take_result_on_evaluation_snapshot,
        see_submission_on_received,
        see_submission_on_completed,
        see_submission_on_failed,
        see_submission_on_re_eval_requested,
        see_submission_on_snapshot,
        # After the handlers above: they need the task to be known, and take their lock after the board's.
        know_interests_on_agent_created,
        know_interests_on_agent_updated,
        know_interests_on_agent_snapshot,
        know_competitor_on_submission_received,
        know_competitor_on_submission_snapshot,
        match_agents_on_task_published,
        match_agents_on_task_snapshot,
        show_drop_on_drop_verified,
        show_drop_on_drop_snapshot,
    ),
    emits=(LeaderboardChanged, TaskRanked, LeaderboardSnapshotEvent, TaskMatched, MatchingSnapshotEvent),
)
