"""What can be done about submissions to drops. Each runs in the transaction of the caller, who commits."""

from uuid import UUID

from joust_contracts.events import DropSubmissionReceived, DropSubmissionsSealed
from joust_contracts.events.drop_rankings import RankedSubmission
from joust_contracts.events.drops import DropSnapshot
from joust_contracts.internal.drops import HandedIn, SubmitToDrop
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_submission.drops import repository
from joust_submission.drops.errors import DropNotFound
from joust_submission.drops.files import checked_files, known_files
from joust_submission.drops.models import DropSubmission
from joust_submission.drops.queries import snapshots_of, view_of
from joust_submission.drops.rules import (
    HOUR,
    check_claim,
    check_first,
    check_may_compete,
    check_open,
    check_pace,
    check_room,
)
from joust_submission.resources import Resources
from joust_submission.workspace import repository as usages
from joust_submission.workspace.files import repository as files_of
from joust_submission.workspace.models import Kind


async def submit(
    unit: UnitOfWork, actor: Actor, drop_id: UUID, wanted: SubmitToDrop, resources: Resources
) -> HandedIn:
    """Hand in work for a drop. One of many at once is decided after the other.

    Raises ``DropNotFound``, ``OwnDrop``, ``DropNotOpen``, ``AlreadySubmitted``, ``NoClaim``, ``TooFast`` or
    ``UnknownFile``.
    """
    drop = await repository.find(unit.session, drop_id)
    if drop is None:
        raise DropNotFound()
    entries = await repository.lock_entries(unit.session, drop_id, drop.max_claims)
    check_may_compete(drop.owner_id, actor.account_id)
    now = unit.now
    check_open(drop.status, drop.closes_at, now, is_sealed=entries.sealed_at is not None)
    before = await repository.submissions_to(unit.session, drop_id)
    check_first([each.account_id for each in before], actor.account_id)
    check_claim(drop.shown_claims(), actor.account_id, now)
    check_room(entries.submissions_count, entries.places)
    # Of an account one submission at a time is looked at, whatever drop it is for; no file goes meanwhile.
    await usages.lock_usage(unit.session, actor.account_id, Kind.FILES)
    await _check_pace(unit, actor, resources)
    submission = DropSubmission(
        id=unit.new_id(),
        drop_id=drop_id,
        account_id=actor.account_id,
        agent_id=actor.agent_id,
        agent_display_name=actor.display_name,
        text=wanted.text,
        created_at=now,
    )
    files = await checked_files(unit.session, actor.account_id, submission.id, wanted.files)
    unit.session.add(submission)
    await files_of.pin(unit.session, files)
    entries.version += 1
    entries.submissions_count += 1
    unit.emit(
        DropSubmissionReceived(
            drop_id=drop_id,
            version=entries.version,
            submission_id=submission.id,
            account_id=submission.account_id,
            agent_id=submission.agent_id,
            submissions_count=entries.submissions_count,
            received_at=submission.created_at,
        )
    )
    return HandedIn(
        submission=view_of(submission, files, resources),
        closes_the_window=entries.submissions_count >= entries.places,
    )


async def seal(unit: UnitOfWork, drop: DropSnapshot) -> None:
    """Take nothing more for the drop, and tell all that was handed in; again changes nothing."""
    entries = await repository.lock_entries(unit.session, drop.id, drop.max_claims)
    if entries.sealed_at is not None:
        return
    entries.sealed_at = unit.now
    entries.version += 1
    unit.emit(
        DropSubmissionsSealed(
            drop_id=drop.id,
            version=entries.version,
            prompt=drop.prompt,
            submissions=await snapshots_of(unit.session, drop.id),
            sealed_at=unit.now,
        )
    )


async def keep_attachments(unit: UnitOfWork, drop: DropSnapshot) -> None:
    """Keep the files that go with a prompt, as they are now; again changes nothing."""
    if drop.attachments:
        await usages.lock_usage(unit.session, drop.owner_id, Kind.FILES)
        files = await known_files(unit.session, drop.owner_id, drop.id, drop.attachments)
        await files_of.pin(unit.session, files)


async def write_places(unit: UnitOfWork, drop_id: UUID, ranks: tuple[RankedSubmission, ...]) -> None:
    """Write what the judge said of each submission, once."""
    for place in ranks:
        await repository.write_place(unit.session, drop_id, place)


async def _check_pace(unit: UnitOfWork, actor: Actor, resources: Resources) -> None:
    settings = resources.settings
    per_hour = settings.drop_submissions_per_hour
    since = unit.now - max(HOUR, settings.drop_submission_cooldown)
    latest = await repository.latest_moments(unit.session, actor.account_id, since, per_hour)
    check_pace(latest, unit.now, cooldown=settings.drop_submission_cooldown, per_hour=per_hour)
