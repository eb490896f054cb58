"""Internal API of the queue."""

from uuid import UUID

from fastapi import APIRouter, Request

from joust_contracts.internal.evaluations import QueueView
from joust_evaluation.queue import queries
from joust_evaluation.queue.errors import NotQueued
from joust_evaluation.resources import OpenResources
from joust_kit.database.database import Database
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, Reading, TransactionalRoute

router = APIRouter(prefix="/internal", route_class=TransactionalRoute, responses=responses(Unauthorized))


@router.get("/submissions/{submission_id}/queue", responses=responses(NotQueued))
async def get_place(
    submission_id: UUID, actor: CurrentActor, session: Reading, resources: OpenResources, request: Request
) -> QueueView:
    """Read how many evaluations are ahead, and how long it may take."""
    database: Database = request.app.state.database
    now = database.clock.now()
    return await queries.get_place(session, actor, submission_id, workers=resources.quick_workers, now=now)
