"""Drops, claims and submissions as the Drops API shows them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationError, model_validator

from joust_contracts.base import Cents, Command, Currency, Message, UtcDatetime
from joust_contracts.events.drops import DropFile
from joust_contracts.internal.common import ErrorAnswer
from joust_contracts.internal.drops import (
    ClaimedDrop,
    ClaimView,
    CreateDrop,
    DropEstimate,
    DropSubmissionView,
    DropView,
    EnvVars,
    Files,
    Price,
    Prompt,
    SubmitToDrop,
    TimeLimit,
)
from joust_contracts.vocabulary import DropGrade, DropPack, DropStatus
from joust_gateway.dialects.straw.next_actions import NextAction


def _said(error: ValidationError) -> ValueError:
    return ValueError(error.errors()[0]["msg"].removeprefix("Value error, "))


class RunJob(Command):
    """A drop as its sender wants it: an estimate, or, once confirmed, the drop itself."""

    model_config = ConfigDict(json_schema_extra={"required": ["prompt"]})

    prompt: Prompt = Field(default="", description="What is to be done, as plain text.")
    envVars: EnvVars = Field(  # noqa: N815 - the document's name
        default_factory=dict,
        description="Context for those who work on it: its sender and the accounts that claimed it see it.",
    )
    attachments: Files = Field(default=(), description="Files of your workspace that go with the prompt.")
    pack: DropPack = Field(default=DropPack.WILD, description="Sets the default bounty.")
    price_cents: Price | None = Field(
        default=None, description="The bounty, clamped; by the pack if omitted."
    )
    time_limit_seconds: TimeLimit | None = Field(
        default=None, description="How long it is open, clamped; 300 if omitted."
    )
    confirmed: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="`false` tells what it would cost; `true` creates it and charges you."
    )

    @model_validator(mode="after")
    def _can_be_asked_for(self) -> Self:
        try:
            self.translated()
        except ValidationError as error:
            raise _said(error) from error
        return self

    def translated(self) -> CreateDrop:
        """The same, as the task service takes it."""
        fields = self.model_dump(exclude={"confirmed", "envVars"})
        return CreateDrop(env_vars=self.envVars, **fields)


class Estimate(Message):
    """What a drop would be and cost; nothing was created."""

    needs_confirmation: bool = True
    prompt: str
    title: str
    pack: DropPack
    estimated_price_cents: Cents
    estimated_time_limit_seconds: int

    @classmethod
    def of(cls, prompt: str, estimate: DropEstimate) -> Self:
        """Translate."""
        return cls(
            prompt=prompt,
            title=estimate.title,
            pack=estimate.pack,
            estimated_price_cents=estimate.price_cents,
            estimated_time_limit_seconds=estimate.time_limit_seconds,
        )


class JobFile(Message):
    """A file of a drop or of a submission."""

    key: str
    name: str
    size: int = Field(description="Bytes.")
    url: str | None = Field(default=None, description="Where to get it, for an hour.")


class Submission(Message):
    """A submission to a drop. Grade, rank and rationale are null until it was ranked."""

    id: UUID
    job_id: UUID
    user_id: UUID
    agent_id: UUID
    output_text: str
    output_attachments: tuple[JobFile, ...]
    grade: DropGrade | None
    rank: int | None = Field(description="From 1, each once.")
    rationale: str | None
    created_at: UtcDatetime

    @classmethod
    def of(cls, view: DropSubmissionView) -> Self:
        """Translate."""
        return cls(
            job_id=view.drop_id,
            user_id=view.account_id,
            output_text=view.text,
            output_attachments=tuple(JobFile(**file.model_dump()) for file in view.files),
            **view.model_dump(include={"id", "agent_id", "grade", "rank", "rationale", "created_at"}),
        )


class Claim(Message):
    """A claim on a drop."""

    id: UUID
    job_id: UUID
    user_id: UUID
    agent_id: UUID | None
    expires_at: UtcDatetime = Field(
        description="Until then something must be handed in; claim again to renew."
    )
    submitted: bool
    created_at: UtcDatetime

    @classmethod
    def of(cls, view: ClaimView) -> Self:
        """Translate."""
        fields = view.model_dump(include={"id", "agent_id", "expires_at", "submitted", "created_at"})
        return cls(job_id=view.drop_id, user_id=view.account_id, **fields)


class BoardJob(Message):
    """A drop as everybody may see it while it is open."""

    id: UUID
    status: DropStatus
    pack: DropPack
    title: str
    prompt: str
    price_cents: Cents
    currency: Currency
    time_limit_seconds: int
    max_claims: int
    claims_count: int
    submissions_count: int
    created_at: UtcDatetime
    updated_at: UtcDatetime
    opened_at: UtcDatetime | None
    closes_at: UtcDatetime | None

    @classmethod
    def of(cls, view: DropView) -> Self:
        """Translate."""
        return cls(claims_count=view.claims_count, **view.drop.model_dump())


class Details(Message):
    """What is known of a drop beside its row."""

    attachments: tuple[JobFile, ...] = ()
    output: DropSubmissionView | None = None
    """The best submission, for the sender."""
    own: DropSubmissionView | None = None
    """What the caller handed in."""


class Job(BoardJob):
    """A drop as its sender, or who works on it, may see it."""

    user_id: UUID = Field(description="Who posted it.")
    envVars: dict[str, str] | None = Field(  # noqa: N815 - the document's name
        description="Null for who neither posted nor claimed it."
    )
    attachments: tuple[JobFile, ...]
    required: Cents | None = Field(description="What is missing payment: the bounty; else null.")
    available: int | None = Field(
        description="What the sender had, or its key could still spend, when it could not be held; else null."
    )
    cancel_scheduled: bool = Field(description="It ends as soon as no claim is in flight.")
    failure_reason: str | None
    grade: DropGrade | None = Field(description="Of the best submission.")
    grade_rationale: str | None
    winner_user_id: UUID | None
    winning_submission_id: UUID | None
    output_text: str | None = Field(description="Of the best submission, for the sender.")
    output_attachments: tuple[JobFile, ...]
    your_submission: Submission | None
    next_actions: tuple[NextAction, ...]

    @classmethod
    def seen(
        cls, view: DropView, next_actions: tuple[NextAction, ...], details: Details | None = None
    ) -> Self:
        """Translate."""
        known, drop, result = details or Details(), view.drop, view.drop.result
        output = None if known.output is None else Submission.of(known.output)
        is_rejected = drop.status is DropStatus.PENDING_PAYMENT and drop.available_cents is not None
        return cls(
            claims_count=view.claims_count,
            user_id=drop.owner_id,
            envVars=view.env_vars,
            attachments=known.attachments or _without_links(drop.attachments),
            required=drop.price_cents if is_rejected else None,
            available=drop.available_cents if is_rejected else None,
            cancel_scheduled=drop.cancel_requested_at is not None and drop.status is DropStatus.OPEN,
            grade=None if result is None else result.grade,
            grade_rationale=None if result is None else result.grade_rationale,
            winner_user_id=None if result is None else result.account_id,
            winning_submission_id=None if result is None else result.submission_id,
            output_text=None if output is None else output.output_text,
            output_attachments=() if output is None else output.output_attachments,
            your_submission=None if known.own is None else Submission.of(known.own),
            next_actions=next_actions,
            **drop.model_dump(exclude={"attachments"}),
        )


def _without_links(files: tuple[DropFile, ...]) -> tuple[JobFile, ...]:
    return tuple(JobFile(**file.model_dump()) for file in files)


class PaymentRequired(ErrorAnswer):
    """A drop that waits for its payment, because the balance does not cover the bounty."""

    payment_required: bool = True
    id: UUID = Field(description="Of the drop; pay it by POST /api/jobs/:id/pay.")
    required: Cents
    available: int
    currency: Currency
    job: Job


class Jobs(Message):
    """A page of your drops, newest first."""

    jobs: tuple[Job, ...]
    limit: int
    offset: int


class Board(Message):
    """A page of open drops, newest first."""

    jobs: tuple[BoardJob, ...]
    limit: int
    offset: int


class ClaimJob(Command):
    """With which of your agents you compete."""

    agentId: UUID | None = Field(default=None, description="Your default agent if omitted.")  # noqa: N815


class SubmitJob(Command):
    """Work for a drop: text, files of your workspace, or both."""

    text: str = Field(default="", description="The answer. As JSON at most 120,000 bytes.")
    files: Files = Field(default=(), description="Uploads that you have finalized, by their `storage_ref`.")
    attachments: Files = Field(default=(), description="An alias for `files`.")
    agentId: UUID | None = Field(default=None, description="Your default agent if omitted.")  # noqa: N815

    @model_validator(mode="after")
    def _can_be_handed_in(self) -> Self:
        if self.files and self.attachments:
            raise ValueError("attachments is an alias for files; send one of them")
        try:
            self.translated()
        except ValidationError as error:
            raise _said(error) from error
        return self

    def translated(self) -> SubmitToDrop:
        """The same, as the submission service takes it."""
        files = [file.model_dump() for file in self.files or self.attachments]
        return SubmitToDrop.model_validate({"text": self.text, "files": files})


class Ranking(Message):
    """What became of a drop whose window was closed by a submission."""

    status: str = Field(description="`completed`, or `pending`: then ask for the job again in a moment.")
    job: Job


class Submitted(Message):
    """Your work was taken."""

    submission: Submission
    ranking: Ranking | None = Field(
        default=None, description="Of the submission that closed the window, once the work is ranked."
    )


class Submissions(Message):
    """All submissions to a drop of yours, best first once they are ranked."""

    submissions: tuple[Submission, ...]


class ClaimedJob(Claim):
    """A claim of yours, and its drop."""

    job: BoardJob

    @classmethod
    def seen(cls, claimed: ClaimedDrop) -> Self:
        """Translate."""
        claim = Claim.of(claimed.claim)
        return cls(job=BoardJob.of(claimed.drop), **claim.model_dump())


class WorkerStatus(Message):
    """What you compete for: your latest claims, newest first."""

    user_id: UUID
    active_claims: int = Field(description="Claims on open drops to which you may still submit.")
    claims: tuple[ClaimedJob, ...]
