"""The table of what keys spent."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Date
from sqlmodel import Field

from joust_kit.database.columns import cents
from joust_wallet.base import Base


class KeySpend(Base, table=True):
    """What a key with a cap spent in a day of UTC; what came back later counts all the same."""

    __tablename__ = "key_spends"
    __table_args__ = (CheckConstraint("spent_cents > 0", name="spent_something"),)

    key_id: UUID = Field(primary_key=True)
    day: date = Field(sa_column=Column(Date, primary_key=True))
    spent_cents: int = cents()
