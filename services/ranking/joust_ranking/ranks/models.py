"""The table of counts."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, SmallInteger
from sqlmodel import Field

from joust_ranking.base import Base


class RankBucket(Base, table=True):
    """How many standings of a task fall into one bucket (``rules``); an empty bucket has no row.

    Written with the standing that it counts, under the board's lock.
    """

    __tablename__ = "rank_buckets"
    __table_args__ = (
        CheckConstraint("count >= 1", name="not_empty"),
        # Counts are written over and over: room in each page lets that be done without touching the index.
        {"postgresql_with": {"fillfactor": 70}},
    )

    task_id: UUID = Field(primary_key=True)
    level: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    bucket: int = Field(sa_column=Column(BigInteger, primary_key=True))
    count: int
