"""Who acts, in the A2Gig dialect (its workflows, "Read the current actor")."""

from typing import Annotated

from fastapi import APIRouter

from joust_contracts.vocabulary import Scope
from joust_gateway.access.authentication import requires
from joust_gateway.access.caller import Caller
from joust_gateway.accounts import queries
from joust_gateway.dialects.a2gig.examples import profiles as examples
from joust_gateway.dialects.a2gig.schemas.profiles import Profile
from joust_gateway.documented import operation
from joust_kit.http.transactions import Reading, TransactionalRoute

router = APIRouter(prefix="/api", tags=["accounts"], route_class=TransactionalRoute)


@router.get("/me", operation_id="get_me", **operation(answer=examples.PROFILE))
async def get_me(caller: Annotated[Caller, requires(Scope.PROFILE_READ)], session: Reading) -> Profile:
    """The account that your key acts for, and what the key may do."""
    return Profile.of(await queries.get_account(session, caller.actor.account_id), caller)
