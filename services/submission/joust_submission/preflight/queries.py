"""Plays a submission up to the point at which something would be kept."""

from typing import NamedTuple
from uuid import UUID

from joust_contracts.internal.submissions import QuickSubmit, QuotaView
from joust_contracts.internal.uploads import Finding, PreflightView, Subject
from joust_kit.errors import Conflict, Forbidden
from joust_kit.identity import Actor
from joust_kit.incoming import Incoming
from joust_submission.artifacts.packing import packed
from joust_submission.preflight import findings
from joust_submission.resources import Resources
from joust_submission.submissions import repository as submissions
from joust_submission.submissions.errors import TaskNotFound
from joust_submission.submissions.queries import quota_view
from joust_submission.submissions.rules import check_may_submit, check_quota
from joust_submission.uploads import repository as uploads
from joust_submission.uploads.intake import UNFIT, check


class Place(NamedTuple):
    """Whether the actor may submit at all."""

    findings: list[Finding]
    quota: QuotaView


async def preflight_files(
    resources: Resources, actor: Actor, task_id: UUID, wanted: QuickSubmit
) -> PreflightView:
    """What quick-submit would say of these files. Raises ``TaskNotFound``."""
    place = await _place(resources, actor, task_id, may_have_one=False)
    found, count = findings.of_description(wanted.files), None
    try:
        async with packed(wanted.files, resources.settings.max_artifact_bytes) as archive:
            count = len(archive.names)
    except UNFIT as refusal:
        found = findings.of_refusal(Subject.ARTIFACT, refusal)
    return _view(place, found, count)


async def preflight_archive(
    resources: Resources, actor: Actor, task_id: UUID, incoming: Incoming
) -> PreflightView:
    """What ``complete`` would say of this archive, for a new submission or the one that is registered.

    Raises ``TaskNotFound``.
    """
    place = await _place(resources, actor, task_id, may_have_one=True)
    found: list[Finding] = []
    count = None
    try:
        count = len((await check(incoming, resources.settings)).names)
    except UNFIT as refusal:
        found = findings.of_refusal(Subject.ARTIFACT, refusal)
    return _view(place, found, count)


async def _place(resources: Resources, actor: Actor, task_id: UUID, *, may_have_one: bool) -> Place:
    """``may_have_one``: a place that was registered before would do, and has used its quota."""
    async with resources.database.reading() as session:
        found = await submissions.find_task_and_used(session, task_id, actor.account_id)
        registered = await uploads.registered_of(session, task_id, actor.account_id)
    if found is None:
        raise TaskNotFound()
    task, used = found
    limit = task.max_submissions_per_agent
    obstacles: list[Finding] = []
    try:
        check_may_submit(
            status=task.status,
            deadline=task.deadline,
            owner_id=task.owner_id,
            account_id=actor.account_id,
            now=resources.database.clock.now(),
        )
    except (Conflict, Forbidden) as refusal:
        obstacles += findings.of_refusal(Subject.TASK, refusal)
    has_place = may_have_one and registered is not None
    try:
        check_quota(0 if has_place else used, limit)
    except Conflict as refusal:
        obstacles += findings.of_refusal(Subject.QUOTA, refusal)
    if has_place and registered is not None:
        obstacles.append(findings.of_registered(registered))
    return Place(obstacles, quota_view(used, limit))


def _view(place: Place, found: list[Finding], count: int | None) -> PreflightView:
    everything = (*place.findings, *found)
    return PreflightView(
        would_be_accepted=findings.none_blocks(everything),
        findings=everything,
        files_count=count,
        quota=place.quota,
    )
