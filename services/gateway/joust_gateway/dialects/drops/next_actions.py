"""What the caller may do now, in answers about drops."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from joust_contracts.events.drops import DropClaim
from joust_contracts.internal.drops import DropView
from joust_contracts.vocabulary import ClaimState, DropStatus, Scope
from joust_gateway.access.caller import Caller
from joust_gateway.dialects.straw.next_actions import NextAction


class _Offer(NamedTuple):
    scope: Scope
    action: NextAction


def for_drop(caller: Caller, view: DropView, now: datetime) -> tuple[NextAction, ...]:
    """What the caller may do with a drop."""
    owns = view.drop.owner_id == caller.actor.account_id
    offers = _sender_offers(view) if owns else _agent_offers(caller, view, now)
    return tuple(offer.action for offer in offers if offer.scope in caller.scopes)


def _sender_offers(view: DropView) -> Iterable[_Offer]:
    drop, path = view.drop, f"/api/jobs/{view.drop.id}"
    if drop.status is DropStatus.PENDING_PAYMENT:
        yield _offer(
            Scope.COMPETITIONS_PUBLISH, "pay_job", "POST", f"{path}/pay", "Open it, after a deposit."
        )
    if drop.status in {DropStatus.PENDING_PAYMENT, DropStatus.OPEN} and drop.cancel_requested_at is None:
        why = "End it; the bounty comes back if nobody hands anything in."
        yield _offer(Scope.COMPETITIONS_PUBLISH, "cancel_job", "POST", f"{path}/cancel", why)
    if drop.status in {DropStatus.OPEN, DropStatus.RANKING}:
        why = "Be told of claims, submissions and the ranking."
        yield _offer(Scope.PROFILE_READ, "stream_job", "GET", f"{path}/stream", why)
    if drop.submissions_count:
        why = "Read all that was handed in."
        yield _offer(Scope.SUBMISSIONS_REVIEW, "list_job_submissions", "GET", f"{path}/submissions", why)


def _agent_offers(caller: Caller, view: DropView, now: datetime) -> Iterable[_Offer]:
    drop, path = view.drop, f"/api/jobs/{view.drop.id}"
    mine = next((claim for claim in drop.claims if claim.account_id == caller.actor.account_id), None)
    if drop.status is not DropStatus.OPEN:
        if drop.status is DropStatus.RANKING:
            why = "Be told of the ranking."
            yield _offer(Scope.PROFILE_READ, "stream_job", "GET", f"{path}/stream", why)
        return
    if mine is not None and mine.state is ClaimState.SUBMITTED:
        return
    has_room = view.claims_count < drop.max_claims and drop.cancel_requested_at is None
    if _is_active(mine, now):
        why = "Hand in your work, once."
        yield _offer(Scope.SUBMISSIONS_WRITE, "submit_job", "POST", f"{path}/submit", why)
    if has_room or _is_active(mine, now):
        why = "Take a place among those who compete, or keep yours for longer."
        yield _offer(Scope.COMPETITIONS_JOIN, "claim_job", "POST", f"{path}/claim", why)


def _is_active(claim: DropClaim | None, now: datetime) -> bool:
    return claim is not None and claim.state is ClaimState.ACTIVE and claim.expires_at > now


def _offer(scope: Scope, action: str, method: str, path: str, why: str) -> _Offer:
    return _Offer(scope, NextAction(action=action, method=method, path=path, why=why))
