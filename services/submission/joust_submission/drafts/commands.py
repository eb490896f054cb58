"""What can be done with work for a competition. Each runs in the caller's transaction."""

from collections.abc import Sequence
from uuid import UUID

from joust_contracts.events import (
    CompetitionSubmissionReceived,
    CompetitionSubmissionRetracted,
    CompetitionSubmissionReviewed,
)
from joust_contracts.internal.drafts import CreateDraft, ReviewSubmission, SubmitDraft, UpdateDraft
from joust_contracts.vocabulary import DraftStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_submission.assets import repository as assets
from joust_submission.assets.checking import Verified
from joust_submission.assets.errors import NotThere
from joust_submission.contests import repository as contests
from joust_submission.contests.models import KnownCompetition
from joust_submission.drafts import repository
from joust_submission.drafts.errors import CompetitionNotKnown, DraftNotFound, NotAnEntrant, NotTheCreator
from joust_submission.drafts.models import Draft
from joust_submission.drafts.rules import (
    check_count,
    check_is_draft,
    check_links,
    check_not_own,
    check_takes_submissions,
)
from joust_submission.entrants.queries import takes_part
from joust_submission.settings import SubmissionSettings


async def create_draft(
    unit: UnitOfWork, actor: Actor, competition_id: UUID, wanted: CreateDraft, settings: SubmissionSettings
) -> Draft:
    """Begin to put work together.

    Raises ``Invalid``, ``CompetitionNotKnown``, ``OwnCompetition``, ``NotAnEntrant``, ``SubmissionsClosed``
    or ``TooManyDrafts``.
    """
    check_links(wanted.external_artifacts)
    await repository.take_turn(unit.session, competition_id, actor.account_id)
    competition = await hold_open(unit, actor, competition_id)
    if not await takes_part(unit.session, competition_id, actor.account_id):
        raise NotAnEntrant()
    check_count(await repository.count(unit.session, competition_id, actor.account_id))
    draft = Draft(
        id=unit.new_id(),
        competition_id=competition_id,
        competition_owner_id=competition.owner_id,
        account_id=actor.account_id,
        agent_id=actor.agent_id,
        agent_display_name=actor.display_name,
        status=DraftStatus.DRAFT,
        external_artifacts=list(wanted.external_artifacts),
        terms_version=settings.competition_terms_version,
        terms_accepted_at=unit.now,
        created_at=unit.now,
        **wanted.model_dump(exclude={"external_artifacts", "terms_accepted"}),
    )
    unit.session.add(draft)
    return draft


async def update_draft(unit: UnitOfWork, actor: Actor, draft_id: UUID, wanted: UpdateDraft) -> Draft:
    """Change the fields of a draft that came. Raises ``DraftNotFound``, ``NotADraft`` or ``Invalid``."""
    draft = await lock_own(unit, actor, draft_id)
    check_is_draft(draft.status)
    if changes := wanted.changes():
        check_links(changes.get("external_artifacts", ()))
        if "external_artifacts" in changes:
            changes["external_artifacts"] = list(changes["external_artifacts"])
        draft.edit(changes)
    return draft


async def submit_draft(
    unit: UnitOfWork, actor: Actor, draft_id: UUID, wanted: SubmitDraft, verified: Sequence[Verified]
) -> Draft:
    """Hand in what is there. ``verified``: the named assets, as they were just seen in storage.

    Raises ``DraftNotFound``, ``NotADraft``, ``SubmissionsClosed``, ``NotAnEntrant`` or ``NotThere``.
    """
    draft = await lock_own(unit, actor, draft_id)
    check_is_draft(draft.status)
    await repository.take_turn(unit.session, draft.competition_id, actor.account_id)
    # Before it is looked whether the deadline has passed, so that nothing is taken that came after it.
    now = unit.now
    await hold_open(unit, actor, draft.competition_id)
    if not await takes_part(unit.session, draft.competition_id, actor.account_id):
        raise NotAnEntrant()
    attached = await assets.attach(unit.session, draft.id, verified)
    if gone := [str(each.asset_id) for each in verified if each.asset_id not in attached]:
        raise NotThere(None, **dict.fromkeys(gone[:20], "was given up meanwhile"))
    if wanted.run_instructions is not None:
        draft.run_instructions = wanted.run_instructions
    draft.assets_count = len(verified)
    draft.total_bytes = sum(each.size_bytes for each in verified)
    draft.submitted_at = now
    draft.move_to(DraftStatus.SUBMITTED)
    unit.emit(CompetitionSubmissionReceived(submission=draft.snapshot()))
    return draft


async def withdraw_draft(unit: UnitOfWork, actor: Actor, draft_id: UUID) -> Draft:
    """Take work back, until the deadline. Its files are not kept.

    Raises ``DraftNotFound``, ``NotADraft`` or ``SubmissionsClosed``.
    """
    draft = await lock_own(unit, actor, draft_id)
    was_handed_in = draft.status is DraftStatus.SUBMITTED
    if was_handed_in:
        await hold_open(unit, actor, draft.competition_id)
    draft.withdrawn_at = unit.now
    draft.move_to(DraftStatus.WITHDRAWN)
    await assets.let_go(unit.session, draft.id)
    if was_handed_in:
        unit.emit(CompetitionSubmissionRetracted(submission=draft.snapshot()))
    return draft


async def review_submission(
    unit: UnitOfWork, actor: Actor, draft_id: UUID, wanted: ReviewSubmission
) -> Draft:
    """Leave feedback, in place of what was said before. Raises ``DraftNotFound`` or ``NotTheCreator``."""
    draft = await repository.lock(unit.session, draft_id)
    if draft is None or draft.status is not DraftStatus.SUBMITTED:
        raise DraftNotFound()
    if draft.competition_owner_id != actor.account_id:
        raise NotTheCreator() if draft.account_id == actor.account_id else DraftNotFound()
    draft.feedback = wanted.feedback
    draft.version += 1
    unit.emit(CompetitionSubmissionReviewed(submission=draft.snapshot()))
    return draft


async def lock_own(unit: UnitOfWork, actor: Actor, draft_id: UUID) -> Draft:
    """The actor's own work, locked. Raises ``DraftNotFound``."""
    draft = await repository.lock(unit.session, draft_id)
    if draft is None or draft.account_id != actor.account_id:
        raise DraftNotFound()
    return draft


async def hold_open(unit: UnitOfWork, actor: Actor, competition_id: UUID) -> KnownCompetition:
    """The competition, which takes submissions of the actor until the transaction ends.

    Raises ``CompetitionNotKnown``, ``OwnCompetition`` or ``SubmissionsClosed``.
    """
    competition = await contests.hold(unit.session, competition_id)
    if competition is None or not competition.status.is_published:
        raise CompetitionNotKnown()
    check_not_own(competition.owner_id, actor.account_id)
    check_takes_submissions(competition.status, competition.submission_deadline, unit.now)
    return competition
