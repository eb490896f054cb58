"""The table of quota slots that were given back."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from joust_kit.database.columns import moment
from joust_submission.base import Base


class ReturnedSlot(Base, table=True):
    """A submission whose slot was given back; its id is the key, so that this happens once at the most."""

    __tablename__ = "returned_slots"

    submission_id: UUID = Field(primary_key=True, foreign_key="submission.submissions.id")
    task_id: UUID
    account_id: UUID
    returned_at: datetime = moment()
