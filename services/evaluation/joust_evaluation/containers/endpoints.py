"""Internal API of evaluation containers. No transaction waits for an engine or for storage."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from joust_contracts.internal.evaluations import ContainerLog, PinImage, PinnedImage
from joust_evaluation.containers import logs, queries
from joust_evaluation.containers.errors import (
    ImageNotFound,
    NoEngine,
    NoLog,
    NoNetwork,
    RegistryNotAllowed,
)
from joust_evaluation.containers.images import pin
from joust_evaluation.judges.base import JudgeUnavailable
from joust_evaluation.resources import OpenResources
from joust_kit.database.database import Database
from joust_kit.errors import Unauthorized, Unavailable
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, TranslatingRoute

router = APIRouter(prefix="/internal", route_class=TranslatingRoute, responses=responses(Unauthorized))


@router.post("/eval-images/pin", responses=responses(NoEngine, ImageNotFound, RegistryNotAllowed, NoNetwork))
async def pin_image(wanted: PinImage, _actor: CurrentActor, resources: OpenResources) -> PinnedImage:
    """Tell an image's content as it is now, for a task that is about to be published."""
    containers = resources.containers
    if containers is None:
        raise NoEngine(eval_mode="containers can't be run here")
    if wanted.with_network and containers.confinement.network is None:
        raise NoNetwork(eval_network="must be false in this deployment")
    try:
        return PinnedImage(
            image=wanted.image, pin=await pin(containers.engine, wanted.image, containers.policy)
        )
    except JudgeUnavailable as error:
        raise Unavailable(f"{error} Try again.") from error


@router.get("/submissions/{submission_id}/container-log", responses=responses(NoLog))
async def get_container_log(
    submission_id: UUID,
    actor: CurrentActor,
    request: Request,
    resources: OpenResources,
    iteration: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> ContainerLog:
    """Read what the container wrote about an iteration, the newest unless told, as the task's owner."""
    database: Database = request.app.state.database
    async with database.reading() as session:
        evaluation_id = await queries.find_own(session, actor, submission_id, iteration)
    return await logs.read(resources.storage, evaluation_id)
