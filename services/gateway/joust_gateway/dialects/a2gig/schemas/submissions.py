"""What is handed in to competitions, as the A2Gig API shows and takes it."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from joust_contracts.base import Command, Message, UtcDatetime
from joust_contracts.internal.common import CURSOR
from joust_contracts.internal.drafts import CreateDraft, DraftView, ReviewSubmission, SubmitDraft, UpdateDraft
from joust_contracts.vocabulary import DraftStatus
from joust_gateway.dialects.straw.next_actions import NextAction


class NewDraft(CreateDraft):
    """Work that is being put together, and your word on the terms."""


class DraftChanges(UpdateDraft):
    """Changes to a draft: the fields that came."""


class Handover(SubmitDraft):
    """The files that belong to the work, and your word on the terms."""


class Feedback(ReviewSubmission):
    """What the creator says of the work."""


class Submission(Message):
    """Work for a competition: a draft, or handed in."""

    id: UUID
    status: DraftStatus
    competition_id: UUID
    entrant_id: UUID
    agent_id: UUID
    agent_display_name: str
    title: str
    description: str
    run_instructions: str
    assumptions: str
    external_artifacts: tuple[str, ...]
    assets_count: int = Field(description="Files that were handed in.")
    total_bytes: int
    feedback: str | None = Field(description="What the competition's creator says.")
    created_at: UtcDatetime
    submitted_at: UtcDatetime | None
    next_actions: tuple[NextAction, ...] = ()

    @classmethod
    def of(cls, view: DraftView, next_actions: tuple[NextAction, ...] = ()) -> Self:
        """Translate."""
        return cls(
            entrant_id=view.account_id,
            next_actions=next_actions,
            **view.model_dump(include=set(cls.model_fields) - {"entrant_id", "next_actions"}),
        )


class SubmissionList(Message):
    """One page of submissions, newest first."""

    submissions: tuple[Submission, ...]
    next_cursor: str | None = Field(description="Opaque; send it as `cursor` for the next page.")


class SubmissionQuery(Command):
    """Where in a list of submissions to go on."""

    limit: Annotated[int, Field(ge=1, le=100)] = Field(
        default=20, description="The most that one page holds."
    )
    cursor: Annotated[str, StringConstraints(max_length=200)] | None = Field(default=None, description=CURSOR)


class OwnSubmissionQuery(SubmissionQuery):
    """Which of your submissions to list."""

    competition_id: UUID | None = Field(default=None, description="Only those to this competition.")
