"""The state table of the Straw document, ``submission_lifecycle``, row by row, and every step that it forbids."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from joust_contracts.events.evaluations import Judgement
from joust_contracts.events.submissions import Artifact
from joust_contracts.vocabulary import SubmissionStatus, TaskStatus
from joust_kit.errors import JoustError
from joust_kit.ids import RandomIds
from joust_submission.re_evaluations.errors import NoArtifact, ReEvalCooldown, TaskClosed, WrongStatus
from joust_submission.re_evaluations.rules import check_may_re_evaluate
from joust_submission.submissions.errors import InvalidTransition
from joust_submission.submissions.models import Submission

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ARTIFACT = Artifact(key="artifacts/a", sha256="0" * 64, size_bytes=1, files_count=1)
JUDGEMENT = Judgement(final_score=80, llm_score=80, dimensions=(), reasoning="", judge="offline")
REGISTERED, RUNNING, COMPLETED, EVALUATION_FAILED, FAILED = SubmissionStatus


def a_submission(status: SubmissionStatus) -> Submission:
    """A submission that came to ``status`` by its own steps."""
    ids = [RandomIds().new() for _ in range(5)]
    names = ("id", "task_id", "task_owner_id", "account_id", "agent_id")
    made = Submission(
        **dict(zip(names, ids, strict=True)), agent_display_name="", status=REGISTERED, created_at=NOW
    )
    for step in HOW_TO[status]:
        STEPS[step](made)
    return made


STEPS: dict[str, Any] = {
    "receive": lambda submission: submission.receive(ARTIFACT, NOW),
    "fail": lambda submission: submission.fail("SUBMISSION.md is missing."),
    "complete": lambda submission: submission.complete(JUDGEMENT, NOW),
    "fail_evaluation": lambda submission: submission.fail_evaluation("The judge did not answer."),
    "give_up": lambda submission: submission.give_up("Nobody answered."),
    "re_evaluate": lambda submission: submission.re_evaluate(NOW),
}
HOW_TO: dict[SubmissionStatus, tuple[str, ...]] = {
    REGISTERED: (),
    RUNNING: ("receive",),
    COMPLETED: ("receive", "complete"),
    EVALUATION_FAILED: ("receive", "fail_evaluation"),
    FAILED: ("fail",),
}


class Row(NamedTuple):
    """A state of the document, and where each step leads; a step that is not there is forbidden."""

    status: SubmissionStatus
    evaluated: bool
    has_artifact: bool
    has_error: bool
    steps: dict[str, SubmissionStatus]


TABLE = [
    Row(REGISTERED, False, False, False, {"receive": RUNNING, "fail": FAILED}),
    Row(
        RUNNING,
        False,
        True,
        False,
        {"complete": COMPLETED, "fail_evaluation": EVALUATION_FAILED, "give_up": EVALUATION_FAILED},
    ),
    Row(COMPLETED, True, True, False, {"re_evaluate": RUNNING}),
    Row(EVALUATION_FAILED, False, True, True, {"re_evaluate": RUNNING}),
    Row(FAILED, False, False, True, {}),
]
STEPS_OF_ROWS = [(row, step) for row in TABLE for step in STEPS]


def test_the_table_has_every_status_of_the_document() -> None:
    assert [row.status for row in TABLE] == list(SubmissionStatus)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.status.value)
def test_each_state_shows_what_the_document_says(row: Row) -> None:
    shown = a_submission(row.status).snapshot()
    assert (shown.status, shown.evaluated) == (row.status, row.evaluated)
    assert (shown.final_score is not None) == row.evaluated
    assert (shown.artifact is not None) == row.has_artifact
    assert (shown.error_message is not None) == row.has_error


@pytest.mark.parametrize(("row", "step"), STEPS_OF_ROWS, ids=lambda value: getattr(value, "status", value))
def test_each_step_leads_where_the_table_says_or_is_a_typed_error(row: Row, step: str) -> None:
    submission = a_submission(row.status)
    before = submission.model_dump()
    if step not in row.steps:
        with pytest.raises(InvalidTransition):
            STEPS[step](submission)
        assert submission.model_dump() == before
        return
    STEPS[step](submission)
    assert (submission.status, submission.version) == (row.steps[step], before["version"] + 1)
    assert submission.evaluated == (submission.status is COMPLETED)


def test_what_failed_with_an_artifact_can_be_evaluated_again() -> None:
    submission = a_submission(FAILED)
    submission.artifact = ARTIFACT.model_dump(mode="json")
    submission.re_evaluate(NOW)
    assert (submission.status, submission.iteration) == (RUNNING, 2)


def may_re_evaluate(status: SubmissionStatus, **changes: Any) -> None:
    values = {
        "task_status": TaskStatus.OPEN,
        "deadline": NOW + timedelta(seconds=1),
        "has_artifact": True,
        "requested_at": None,
        "cooldown": timedelta(hours=1),
        "now": NOW,
    }
    check_may_re_evaluate(status=status, **(values | changes))


@pytest.mark.parametrize("status", SubmissionStatus)
def test_a_re_evaluation_is_for_what_is_completed_failed_or_evaluation_failed(
    status: SubmissionStatus,
) -> None:
    if status in {REGISTERED, RUNNING}:
        with pytest.raises(WrongStatus):
            may_re_evaluate(status)
    else:
        may_re_evaluate(status)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"task_status": TaskStatus.DRAFT}, TaskClosed),
        ({"task_status": TaskStatus.EVALUATING}, TaskClosed),
        ({"task_status": TaskStatus.CLOSED}, TaskClosed),
        ({"deadline": NOW}, TaskClosed),
        ({"has_artifact": False}, NoArtifact),
        ({"requested_at": NOW - timedelta(minutes=59, seconds=59)}, ReEvalCooldown),
    ],
)
def test_whatever_else_stands_in_its_way_has_its_own_code(
    changes: dict[str, Any], error: type[JoustError]
) -> None:
    with pytest.raises(error):
        may_re_evaluate(COMPLETED, **changes)


def test_the_cooldown_is_over_after_exactly_its_time() -> None:
    may_re_evaluate(COMPLETED, requested_at=NOW - timedelta(hours=1))
