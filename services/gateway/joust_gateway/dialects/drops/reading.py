"""A drop as its reader sees it: put together from the services that know of it."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from joust_contracts.internal.drops import DropView
from joust_contracts.vocabulary import ClaimState
from joust_gateway.clients.call import Call
from joust_gateway.dialects.drops.next_actions import for_drop
from joust_gateway.dialects.drops.schemas import Details, Job, JobFile
from joust_gateway.resources import Resources
from joust_kit.errors import JoustError
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

T = TypeVar("T")


def row_of(call: Call, view: DropView) -> Job:
    """The drop without what other services know of it."""
    return Job.seen(view, for_drop(call.caller, view, call.asked_at))


async def read_details(call: Call, view: DropView, resources: Resources) -> Job:
    """The drop with its files, its output for the sender, and what the caller handed in.

    A drop is told even while these can't be: they are extras.
    """
    drop, services = view.drop, resources.services.drop_submissions
    account_id = call.caller.actor.account_id
    claim = next((each for each in drop.claims if each.account_id == account_id), None)
    details = Details()
    if drop.attachments and view.env_vars is not None:
        found = await _extra(services.attachments(call, drop.id), resources)
        files = () if found is None else tuple(JobFile(**file.model_dump()) for file in found.files)
        details = details.model_copy(update={"attachments": files})
    if drop.result is not None and drop.owner_id == account_id:
        output = await _extra(services.output(call, drop.id, drop.result.submission_id), resources)
        details = details.model_copy(update={"output": output})
    if claim is not None and claim.state is ClaimState.SUBMITTED:
        own = await _extra(services.own(call, drop.id), resources)
        details = details.model_copy(update={"own": own})
    return Job.seen(view, for_drop(call.caller, view, call.asked_at), details)


async def _extra(asked: Awaitable[T], resources: Resources) -> T | None:
    try:
        async with asyncio.timeout(resources.settings.extras_timeout_seconds):
            return await asked
    except (JoustError, TimeoutError) as error:
        log.info("answered without an extra", error=repr(error))
        return None
