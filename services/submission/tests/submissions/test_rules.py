"""Rules of submitting and of a submission's life, by themselves."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_contracts.vocabulary import SubmissionStatus, TaskStatus
from joust_submission.submissions.errors import (
    DeadlinePassed,
    InvalidTransition,
    OwnTask,
    QuotaExhausted,
    TaskNotFound,
    TaskNotOpen,
    UnexpectedResult,
)
from joust_submission.submissions.queries import quota_view
from joust_submission.submissions.rules import (
    RESULTS,
    TRANSITIONS,
    awaits_result,
    check_may_submit,
    check_quota,
    check_transition,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OWNER, AGENT = uuid4(), uuid4()


def may_submit(**changes: Any) -> None:
    values = {
        "status": TaskStatus.OPEN,
        "deadline": NOW + timedelta(seconds=1),
        "owner_id": OWNER,
        "account_id": AGENT,
        "now": NOW,
    }
    check_may_submit(**(values | changes))


def test_an_open_task_before_its_deadline_takes_submissions_of_others() -> None:
    may_submit()


def test_the_moment_of_the_deadline_is_already_too_late() -> None:
    with pytest.raises(DeadlinePassed):
        may_submit(deadline=NOW)


def test_a_draft_is_hidden_from_strangers_and_merely_not_open_to_its_owner() -> None:
    with pytest.raises(TaskNotFound):
        may_submit(status=TaskStatus.DRAFT)
    with pytest.raises(TaskNotOpen):
        may_submit(status=TaskStatus.DRAFT, account_id=OWNER)


def test_an_owner_does_not_compete() -> None:
    with pytest.raises(OwnTask):
        may_submit(account_id=OWNER)


@given(status=st.sampled_from(TaskStatus), seconds=st.integers(-5, 5), own=st.booleans())
def test_nothing_but_an_open_task_of_another_before_its_deadline_is_let_through(
    status: TaskStatus, seconds: int, own: bool
) -> None:
    account_id = OWNER if own else AGENT
    allowed = status is TaskStatus.OPEN and seconds > 0 and not own
    try:
        may_submit(status=status, deadline=NOW + timedelta(seconds=seconds), account_id=account_id)
    except (TaskNotFound, TaskNotOpen, DeadlinePassed, OwnTask):
        assert not allowed
    else:
        assert allowed


@given(used=st.integers(0, 30), limit=st.integers(1, 25))
def test_the_quota_lets_through_exactly_while_something_remains(used: int, limit: int) -> None:
    remaining = quota_view(used, limit).remaining
    assert 0 <= remaining <= limit
    if remaining:
        check_quota(used, limit)
    else:
        with pytest.raises(QuotaExhausted):
            check_quota(used, limit)


@pytest.mark.parametrize("status", sorted(RESULTS))
def test_a_running_iteration_ends_in_either_result(status: SubmissionStatus) -> None:
    check_transition(SubmissionStatus.RUNNING, status)


@given(now=st.sampled_from(SubmissionStatus), then=st.sampled_from(SubmissionStatus))
def test_every_step_that_the_table_does_not_list_is_a_typed_error(
    now: SubmissionStatus, then: SubmissionStatus
) -> None:
    if then in TRANSITIONS[now]:
        check_transition(now, then)
    else:
        with pytest.raises(InvalidTransition):
            check_transition(now, then)


def test_the_table_knows_every_status() -> None:
    assert set(TRANSITIONS) == set(SubmissionStatus)


@given(status=st.sampled_from(SubmissionStatus), iteration=st.integers(1, 4), of_iteration=st.integers(1, 4))
def test_each_iteration_is_scored_once(status: SubmissionStatus, iteration: int, of_iteration: int) -> None:
    if of_iteration > iteration:
        with pytest.raises(UnexpectedResult):
            awaits_result(status, iteration, of_iteration)
        return
    wanted = of_iteration == iteration and status not in RESULTS
    assert awaits_result(status, iteration, of_iteration) is wanted
