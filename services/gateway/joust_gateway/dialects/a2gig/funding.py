"""Waits for the wallet's word on a prize, so that a publication can be answered with its outcome."""

import asyncio
from contextlib import closing
from uuid import UUID

from joust_contracts.internal.competitions import CompetitionView
from joust_contracts.refusals.competitions import PRIZE_OVER_CAP
from joust_contracts.vocabulary import CompetitionStatus, RejectionReason
from joust_gateway.clients.call import Call
from joust_gateway.dialects.a2gig.errors import PrizeNotCovered
from joust_gateway.resources import Resources

PATIENCE_SECONDS = 5.0
"""The longest that an answer waits for an outcome."""
_LOOK_AGAIN_SECONDS = 1.0
"""In case an event was missed."""


async def outcome_of_funding(call: Call, competition_id: UUID, resources: Resources) -> CompetitionView:
    """The competition once the wallet has answered, or as it is after ``PATIENCE_SECONDS``.

    Raises ``PrizeNotCovered``, what the task service refuses with, or ``Unavailable`` if too many wait.
    """
    clock = asyncio.get_running_loop().time
    ends_at = clock() + PATIENCE_SECONDS
    # Listens before the first look, so that no change falls between the two.
    with closing(resources.hub.listen(competition_id)) as listener:
        view = await resources.services.competitions.get(call, competition_id)
        while view.status is CompetitionStatus.FUNDING and not listener.must_end and clock() < ends_at:
            await listener.wait(min(_LOOK_AGAIN_SECONDS, ends_at - clock()))
            view = await resources.services.competitions.get(call, competition_id)
    if view.status is CompetitionStatus.DRAFT:
        raise _not_covered(view)
    return view


def _not_covered(view: CompetitionView) -> PrizeNotCovered:
    is_capped = view.rejection_reason is RejectionReason.SPEND_CAP_EXCEEDED
    return PrizeNotCovered(
        PRIZE_OVER_CAP.message if is_capped else None,
        required=view.prize_cents,
        available=view.available_cents,
        reason=view.rejection_reason,
    )
