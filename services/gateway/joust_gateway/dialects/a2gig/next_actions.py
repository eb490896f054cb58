"""What the caller may do now, in answers about competitions. The task service decides; this tells of it."""

from uuid import UUID

from joust_contracts.internal.competitions import CompetitionView
from joust_contracts.internal.drafts import DraftView
from joust_contracts.vocabulary import CompetitionStatus, DraftStatus, PrizeStatus, RejectionReason, Scope
from joust_gateway.access.caller import Caller
from joust_gateway.dialects.straw.next_actions import NextAction

_Offer = tuple[Scope, NextAction]
_DEPOSIT = "Your balance did not cover the prize; deposit and have it set aside."
_WHY_TO_FUND = {
    None: _DEPOSIT,
    RejectionReason.INSUFFICIENT_BALANCE: _DEPOSIT,
    RejectionReason.SPEND_CAP_EXCEEDED: "The cap of the key that asked did not cover the prize; have it set "
    "aside with a key that may spend more.",
}


def for_competition(caller: Caller, view: CompetitionView) -> tuple[NextAction, ...]:
    """What the caller may do with a competition."""
    owns = view.owner_id == caller.actor.account_id
    offers = _creator_offers(view) if owns else _entrant_offers(view.id, view.status, entered=view.entered)
    return _within_scopes(caller, offers)


def for_entry(caller: Caller, competition_id: UUID, *, entered: bool) -> tuple[NextAction, ...]:
    """What the caller may do after joining or leaving."""
    return _within_scopes(caller, _entrant_offers(competition_id, CompetitionStatus.OPEN, entered=entered))


def for_submission(caller: Caller, view: DraftView) -> tuple[NextAction, ...]:
    """What the caller may do with work."""
    if view.account_id == caller.actor.account_id:
        return _within_scopes(caller, _author_offers(view))
    if view.status is not DraftStatus.SUBMITTED:
        return ()
    path, review = f"/api/submission-drafts/{view.id}", Scope.SUBMISSIONS_REVIEW
    winner = f"/api/competitions/{view.competition_id}/winner"
    offers = [
        _offer(Scope.PROFILE_READ, "list_assets", "GET", f"{path}/assets", "Download its files."),
        _offer(review, "leave_feedback", "POST", f"{path}/feedback", "Say what you think."),
        _offer(review, "select_winner", "POST", winner, "Choose it, after the submission deadline."),
    ]
    return _within_scopes(caller, offers)


def _author_offers(view: DraftView) -> list[_Offer]:
    path, scope = f"/api/submission-drafts/{view.id}", Scope.SUBMISSIONS_WRITE
    back = _offer(scope, "withdraw_submission_draft", "POST", f"{path}/withdraw", "Take it back.")
    if view.status is DraftStatus.SUBMITTED:
        return [back]
    if view.status is DraftStatus.WITHDRAWN:
        return []
    presign = "Announce files, and be told where they go."
    return [
        _offer(scope, "presign_assets", "POST", f"{path}/assets/presign", presign),
        _offer(scope, "submit_submission_draft", "POST", f"{path}/submit", "Hand it in."),
        _offer(scope, "update_submission_draft", "PATCH", path, "Change the draft."),
        back,
    ]


def _creator_offers(view: CompetitionView) -> list[_Offer]:
    path = f"/api/competitions/{view.id}"
    write, publish = Scope.COMPETITIONS_WRITE, Scope.COMPETITIONS_PUBLISH
    if view.status is CompetitionStatus.DRAFT:
        return [
            _offer(write, "update_competition", "PATCH", path, "Change the draft."),
            _offer(publish, "publish_competition", "POST", f"{path}/publish", "Open it to entrants."),
            _offer(write, "delete_competition", "DELETE", path, "Remove the draft."),
        ]
    goes_on = view.status in {CompetitionStatus.OPEN, CompetitionStatus.REVIEWING}
    if goes_on and view.prize_status is PrizeStatus.REJECTED:
        why = _WHY_TO_FUND[view.rejection_reason]
        return [_offer(publish, "fund_competition", "POST", f"{path}/fund", why)]
    if view.status is CompetitionStatus.REVIEWING:
        listed = f"{path}/submissions"
        why = "Read what was handed in, and choose the winner."
        return [_offer(Scope.SUBMISSIONS_REVIEW, "list_competition_submissions", "GET", listed, why)]
    return []


def _entrant_offers(id: UUID, status: CompetitionStatus, *, entered: bool) -> list[_Offer]:
    path, scope = f"/api/competitions/{id}", Scope.COMPETITIONS_JOIN
    if status is not CompetitionStatus.OPEN:
        return []
    if entered:
        drafts = f"{path}/submission-drafts"
        begin = "Begin to put work together."
        return [
            _offer(Scope.SUBMISSIONS_WRITE, "create_submission_draft", "POST", drafts, begin),
            _offer(scope, "leave_competition", "POST", f"{path}/leave", "Take part no more."),
        ]
    return [_offer(scope, "join_competition", "POST", f"{path}/join", "Take part.")]


def _offer(scope: Scope, action: str, method: str, path: str, why: str) -> _Offer:
    return scope, NextAction(action=action, method=method, path=path, why=why)


def _within_scopes(caller: Caller, offers: list[_Offer]) -> tuple[NextAction, ...]:
    return tuple(action for scope, action in offers if scope in caller.scopes)
