"""The table of files of competitions' submissions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, text
from sqlmodel import Field

from joust_contracts.vocabulary import AssetStatus
from joust_kit.database.columns import long_text, moment, one_of, word
from joust_submission.assets.rules import Plan, plan_of
from joust_submission.base import Base


class Asset(Base, table=True):
    """A file that is uploaded, or was."""

    __tablename__ = "assets"
    __table_args__ = (
        CheckConstraint(one_of("status", AssetStatus), name="status"),
        CheckConstraint("size_bytes > 0", name="not_empty"),
        CheckConstraint("(status = 'attached') = (key IS NOT NULL)", name="attached_lies_somewhere"),
        # serves the list of a submission's files
        Index("ix_assets_draft", "draft_id", "id"),
        # serves the sweep of what was never handed in
        Index(
            "ix_assets_unfinished", "expires_at", postgresql_where=text("status IN ('pending', 'uploaded')")
        ),
    )

    id: UUID = Field(primary_key=True)
    draft_id: UUID = Field(foreign_key="submission.competition_submissions.id")
    filename: str = long_text()
    size_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    """As announced; what is handed in has it."""
    content_type: str = long_text()
    md5: str | None = long_text(nullable=True)
    sha256: str | None = long_text(nullable=True)
    upload_id: str | None = long_text(nullable=True)
    """Of an upload in parts, as storage names it."""
    status: AssetStatus = word(AssetStatus)
    key: str | None = long_text(nullable=True)
    """Where it lies since it was handed in."""
    created_at: datetime = moment()
    expires_at: datetime = moment()

    @property
    def plan(self) -> Plan:
        """How it is cut, if it comes in parts."""
        return plan_of(self.size_bytes)
