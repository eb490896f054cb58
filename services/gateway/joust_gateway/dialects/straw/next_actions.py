"""What the caller may do now, in answers about tasks and submissions: agents act on it without guessing.

The services decide what is allowed; this only tells of it, so that nobody needs to try.
"""

from collections.abc import Iterable
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message
from joust_contracts.internal.readiness import ReadinessStatus, ReadinessView
from joust_contracts.internal.rejudges import RejudgeView
from joust_contracts.internal.samples import SampleKind, sample_of
from joust_contracts.internal.submissions import QuotaView, SubmissionView
from joust_contracts.internal.tasks import TaskView
from joust_contracts.internal.uploads import PreflightView
from joust_contracts.vocabulary import EvalMode, Scope, SubmissionStatus, TaskStatus
from joust_gateway.access.caller import Caller


class NextAction(Message):
    """Something that the caller may do now."""

    action: str = Field(description="A stable name, the operationId of the endpoint.")
    method: str
    path: str
    why: str


class _Offer(Message):
    scope: Scope
    action: NextAction


def for_task(caller: Caller, task: TaskView, quota: QuotaView | None) -> tuple[NextAction, ...]:
    """What the caller may do with a task."""
    owns = task.owner_id == caller.actor.account_id
    return _within_scopes(caller, _owner_offers(task) if owns else _agent_offers(task, quota))


def for_waiting(caller: Caller, submission_id: UUID) -> tuple[NextAction, ...]:
    """What the caller may do while a submission is not over."""
    path = f"/api/v1/submissions/{submission_id}"
    why = "Be told of each change until the score is there."
    offers = [
        _offer(Scope.PROFILE_READ, "stream_submission", "GET", f"{path}/stream", why),
        _offer(Scope.PROFILE_READ, "get_submission", "GET", path, "Ask again in some 5 seconds."),
    ]
    return _within_scopes(caller, offers)


def for_unfinished(caller: Caller, view: SubmissionView) -> tuple[NextAction, ...]:
    """What the caller may do while a submission goes on: bring its artifact, or wait."""
    submission = view.submission
    waiting = for_waiting(caller, submission.id)
    is_own = submission.account_id == caller.actor.account_id
    if submission.status == SubmissionStatus.REGISTERED and is_own:
        return (*for_registered(caller, submission.id), *waiting)
    return waiting


def for_registered(caller: Caller, submission_id: UUID) -> tuple[NextAction, ...]:
    """What the caller may do while a submission of its own waits for its artifact."""
    path = f"/api/v1/submissions/{submission_id}"
    send = "Send your zip through the API, or PUT it to the URL."
    done = "Have what you uploaded evaluated."
    offers = [
        _offer(Scope.SUBMISSIONS_WRITE, "upload_artifact", "POST", f"{path}/upload", send),
        _offer(Scope.SUBMISSIONS_WRITE, "complete_submission", "POST", f"{path}/complete", done),
        _offer(
            Scope.SUBMISSIONS_WRITE,
            "renew_upload_url",
            "POST",
            f"{path}/upload-url",
            "Get a fresh URL if yours is lost.",
        ),
    ]
    return _within_scopes(caller, offers)


def for_preflight(caller: Caller, task_id: UUID, view: PreflightView) -> tuple[NextAction, ...]:
    """What the caller may do after a check."""
    path = f"/api/v1/tasks/{task_id}"
    if view.would_be_accepted:
        offers = [
            _offer(Scope.SUBMISSIONS_WRITE, "quick_submit", "POST", f"{path}/quick-submit", "Hand in files."),
            _register(task_id),
        ]
    else:
        again = "Mend what was found and check again; it costs no quota."
        offers = [_offer(Scope.SUBMISSIONS_WRITE, "preflight_submission", "POST", f"{path}/preflight", again)]
    return _within_scopes(caller, offers)


def for_finished(caller: Caller, view: SubmissionView, task: TaskView | None) -> tuple[NextAction, ...]:
    """What the caller may do once a submission is over; nothing is offered if its task is not known."""
    if task is None:
        return ()
    if view.submission.account_id != caller.actor.account_id:
        return _within_scopes(caller, _owner_offers(task))
    again, others = _re_evaluation(view, task), _agent_offers(task, view.quota)
    # Of work that was scored a better one is worth more than another opinion.
    has_score = view.submission.status == SubmissionStatus.COMPLETED
    return _within_scopes(caller, [*others, *again] if has_score else [*again, *others])


def for_claim(caller: Caller, submission_id: UUID, evaluation_id: UUID) -> tuple[NextAction, ...]:
    """What the owner's judge may do with a submission that it has claimed."""
    score = f"/api/v1/submissions/{submission_id}/external-score"
    extend = f"/api/v1/evaluations/{evaluation_id}/extend"
    offers = [
        _offer(
            Scope.SUBMISSIONS_REVIEW,
            "post_external_score",
            "POST",
            score,
            "Post the score with the callback_token and the lease_id.",
        ),
        _offer(
            Scope.SUBMISSIONS_REVIEW,
            "extend_lease",
            "POST",
            extend,
            "Keep it for longer, if judging takes its time.",
        ),
    ]
    return _within_scopes(caller, offers)


def for_judge(caller: Caller, task_id: UUID) -> tuple[NextAction, ...]:
    """What the owner's judge may do."""
    return _within_scopes(caller, [_claim(task_id)])


def for_sample(caller: Caller, task_id: UUID, kind: SampleKind) -> tuple[NextAction, ...]:
    """What the caller may do with a draft that has a sample."""
    other = SampleKind.CHEAT if kind is SampleKind.REFERENCE else SampleKind.REFERENCE
    why = "Add the other sample, or replace it."
    return _within_scopes(caller, [_put_sample(task_id, other, why), _check_readiness(task_id)])


def for_readiness(caller: Caller, check: ReadinessView) -> tuple[NextAction, ...]:
    """What the caller may do about a check of a draft's judge."""
    path = f"/api/v1/tasks/{check.task_id}"
    if check.finished_at is None:
        why = "Ask again in some 5 seconds."
        offers = [_offer(Scope.COMPETITIONS_WRITE, "get_readiness", "GET", f"{path}/readiness", why)]
    elif check.status is ReadinessStatus.READY and not check.is_stale:
        offers = [_publish(check.task_id)]
    else:
        offers = [_check_readiness(check.task_id)]
    return _within_scopes(caller, offers)


def for_rejudge(caller: Caller, task: TaskView, view: RejudgeView) -> tuple[NextAction, ...]:
    """What the owner may do about a task that is, was or can be judged again."""
    path = f"/api/v1/tasks/{task.id}/rejudge"
    if view.is_running:
        why = "Ask again in some 5 seconds: how far it is, and what it changed."
        return _within_scopes(caller, [_offer(Scope.SUBMISSIONS_REVIEW, "get_rejudge", "GET", path, why)])
    return _within_scopes(caller, [*_rejudge(task), *_looking_on(task)])


def is_over(view: SubmissionView) -> bool:
    """True if nothing more happens to a submission by itself (Straw document, ``terminal_states``)."""
    if view.submission.status == SubmissionStatus.COMPLETED:
        return view.submission.evaluated
    return view.submission.status in {SubmissionStatus.EVALUATION_FAILED, SubmissionStatus.FAILED}


def _owner_offers(task: TaskView) -> list[_Offer]:
    path = f"/api/v1/tasks/{task.id}"
    if task.status == TaskStatus.DRAFT:
        edits = "Change it while nobody else sees it."
        return [
            _publish(task.id),
            _offer(Scope.COMPETITIONS_WRITE, "update_task", "PATCH", path, edits),
            _offer(Scope.COMPETITIONS_WRITE, "replace_rubric", "PUT", f"{path}/rubric", edits),
            *_trying_offers(task),
        ]
    offers = _looking_on(task)
    if task.eval_mode == EvalMode.EXTERNAL:
        # A closed task, too, may have submissions that wait for their score.
        how = "Read the token and the secret of your own judge."
        offers.append(_offer(Scope.SUBMISSIONS_REVIEW, "get_task_judge", "GET", f"{path}/judge", how))
        offers.append(_claim(task.id))
    if task.status == TaskStatus.CLOSED:
        if task.escrow:  # the best are paid as it is
            return offers
        why = "Record a deal with an agent of this task."
        offers.append(_offer(Scope.SUBMISSIONS_REVIEW, "create_deal", "POST", "/api/v1/deals", why))
    else:
        offers += _rejudge(task)
        why = "End the competition now instead of waiting."
        offers.append(_offer(Scope.COMPETITIONS_PUBLISH, "close_task", "POST", f"{path}/close", why))
    return offers


def _agent_offers(task: TaskView, quota: QuotaView | None) -> list[_Offer]:
    offers = _looking_on(task)
    if task.status == TaskStatus.OPEN and (quota is None or quota.remaining > 0):
        why = "Hand in files; your best score counts."
        if quota is not None:
            why = f"Hand in files, {quota.remaining} of {quota.limit} times left; your best score counts."
        path = f"/api/v1/tasks/{task.id}/quick-submit"
        offers.insert(0, _offer(Scope.SUBMISSIONS_WRITE, "quick_submit", "POST", path, why))
        offers.insert(1, _register(task.id))
    return offers


def _trying_offers(task: TaskView) -> list[_Offer]:
    """What leads to a judge that was tried; an external one is not tried here."""
    if task.eval_mode == EvalMode.EXTERNAL:
        return []
    why = "See whether the judge tells good work from a cheat, before agents do."
    missing = [kind for kind in SampleKind if sample_of(task, kind) is None]
    return [_put_sample(task.id, missing[0], why)] if missing else [_check_readiness(task.id)]


def _publish(task_id: UUID) -> _Offer:
    path = f"/api/v1/tasks/{task_id}/publish"
    return _offer(Scope.COMPETITIONS_PUBLISH, "publish_task", "POST", path, "Open the task to agents.")


def _put_sample(task_id: UUID, kind: SampleKind, why: str) -> _Offer:
    path = f"/api/v1/tasks/{task_id}/samples/{kind.value}"
    return _offer(Scope.COMPETITIONS_WRITE, "put_sample", "PUT", path, why)


def _check_readiness(task_id: UUID) -> _Offer:
    path = f"/api/v1/tasks/{task_id}/readiness"
    why = "Have the judge tried on the reference and the cheat."
    return _offer(Scope.COMPETITIONS_WRITE, "check_readiness", "POST", path, why)


def _rejudge(task: TaskView) -> list[_Offer]:
    if task.status not in {TaskStatus.OPEN, TaskStatus.EVALUATING}:
        return []
    path = f"/api/v1/tasks/{task.id}/rejudge"
    why = "Have every submission judged again, if the judge has changed since."
    return [_offer(Scope.COMPETITIONS_PUBLISH, "rejudge_task", "POST", path, why)]


def _claim(task_id: UUID) -> _Offer:
    path = f"/api/v1/tasks/{task_id}/evaluations/claim"
    why = "Get the next submission for your own judge."
    return _offer(Scope.SUBMISSIONS_REVIEW, "claim_evaluation", "POST", path, why)


def _register(task_id: UUID) -> _Offer:
    path = f"/api/v1/tasks/{task_id}/submissions"
    why = "Or take a place, and bring a zip of up to 100 MB yourself."
    return _offer(Scope.SUBMISSIONS_WRITE, "register_submission", "POST", path, why)


def _looking_on(task: TaskView) -> list[_Offer]:
    path = f"/api/v1/tasks/{task.id}"
    board = f"{path}/leaderboard"
    offers = [_offer(Scope.PROFILE_READ, "get_leaderboard", "GET", board, "See who leads.")]
    if task.status != TaskStatus.CLOSED:
        ranks, changes = "Be told of each change of ranks.", "Be told when the task ends."
        offers += [
            _offer(Scope.PROFILE_READ, "stream_leaderboard", "GET", f"{board}/stream", ranks),
            _offer(Scope.PROFILE_READ, "stream_task", "GET", f"{path}/events/stream", changes),
        ]
    return offers


def _re_evaluation(view: SubmissionView, task: TaskView) -> list[_Offer]:
    submission = view.submission
    if task.status != TaskStatus.OPEN or submission.artifact is None or view.re_eval_available_at is not None:
        return []
    path = f"/api/v1/submissions/{submission.id}/request_re_eval"
    why = "Have the same artifact judged anew; it uses none of your quota."
    return [_offer(Scope.SUBMISSIONS_WRITE, "request_re_eval", "POST", path, why)]


def _offer(scope: Scope, action: str, method: str, path: str, why: str) -> _Offer:
    return _Offer(scope=scope, action=NextAction(action=action, method=method, path=path, why=why))


def _within_scopes(caller: Caller, offers: Iterable[_Offer]) -> tuple[NextAction, ...]:
    return tuple(offer.action for offer in offers if offer.scope in caller.scopes)
