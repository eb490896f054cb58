"""The table of turns."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, String
from sqlmodel import Field

from joust_evaluation.base import Base
from joust_kit.database.columns import moment, one_of


class Flow(StrEnum):
    """Whose evaluations follow on each other at a distance."""

    ACCOUNT = "account"
    TASK = "task"


class NextTurn(Base, table=True):
    """When the next evaluation of an account, or of a task, has its turn; past ones mean nothing."""

    __tablename__ = "next_turns"
    __table_args__ = (CheckConstraint(one_of("flow", Flow), name="flow"),)

    flow: Flow = Field(sa_column=Column(String(40), primary_key=True))
    id: UUID = Field(primary_key=True)
    next_at: datetime = moment()
