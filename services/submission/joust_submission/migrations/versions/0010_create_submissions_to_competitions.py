"""Create what is handed in to competitions, its files, and what is known of competitions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0010"
down_revision: str | None = "0009"

_COMPETITION = ("draft", "funding", "open", "reviewing", "awarded", "expired")
_DRAFT = ("draft", "submitted", "withdrawn")
_ASSET = ("pending", "uploaded", "attached", "gone")


def upgrade() -> None:
    """Apply."""
    _create_projections()
    _create_drafts()
    _create_assets()


def _create_projections() -> None:
    op.create_table(
        "competitions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("status", _word("competitionstatus", _COMPETITION), nullable=False),
        sa.Column("submission_deadline", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"status IN {_COMPETITION}", name=op.f("ck_competitions_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competitions")),
        schema="submission",
    )
    op.create_table(
        "competition_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competition_entries")),
        sa.UniqueConstraint(
            "competition_id", "account_id", name=op.f("uq_competition_entries_competition_id_account_id")
        ),
        schema="submission",
    )


def _create_drafts() -> None:
    op.create_table(
        "competition_submissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Uuid(), nullable=False),
        sa.Column("competition_owner_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("agent_display_name", sa.Text(), nullable=False),
        sa.Column("status", _word("draftstatus", _DRAFT), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("run_instructions", sa.Text(), nullable=False),
        sa.Column("assumptions", sa.Text(), nullable=False),
        sa.Column(
            "external_artifacts",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
        ),
        sa.Column("terms_version", sa.Text(), nullable=False),
        sa.Column("terms_accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reserved_files", sa.Integer(), nullable=False),
        sa.Column("reserved_bytes", sa.BigInteger(), nullable=False),
        sa.Column("assets_count", sa.Integer(), nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), nullable=False),
        sa.Column("feedback", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"status IN {_DRAFT}", name=op.f("ck_competition_submissions_status")),
        sa.CheckConstraint(
            "reserved_files BETWEEN 0 AND 10000", name=op.f("ck_competition_submissions_files_in_bounds")
        ),
        sa.CheckConstraint(
            "reserved_bytes BETWEEN 0 AND 2199023255552",
            name=op.f("ck_competition_submissions_bytes_in_bounds"),
        ),
        sa.CheckConstraint(
            "status <> 'submitted' OR submitted_at IS NOT NULL",
            name=op.f("ck_competition_submissions_submitted_has_moment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competition_submissions")),
        schema="submission",
    )
    op.create_index(
        "ix_competition_submissions_handed_in",
        "competition_submissions",
        ["competition_id", sa.literal_column("submitted_at DESC"), sa.literal_column("id DESC")],
        schema="submission",
        postgresql_where=sa.text("status = 'submitted'"),
    )
    op.create_index(
        "ix_competition_submissions_of_account",
        "competition_submissions",
        ["account_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        schema="submission",
    )


def _create_assets() -> None:
    op.create_table(
        "assets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("md5", sa.Text(), nullable=True),
        sa.Column("upload_id", sa.Text(), nullable=True),
        sa.Column("status", _word("assetstatus", _ASSET), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"status IN {_ASSET}", name=op.f("ck_assets_status")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_assets_not_empty")),
        sa.CheckConstraint(
            "(status = 'attached') = (key IS NOT NULL)", name=op.f("ck_assets_attached_lies_somewhere")
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["submission.competition_submissions.id"], name=op.f("fk_assets_draft_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assets")),
        schema="submission",
    )
    op.create_index("ix_assets_draft", "assets", ["draft_id", "id"], schema="submission")
    op.create_index(
        "ix_assets_unfinished",
        "assets",
        ["expires_at"],
        schema="submission",
        postgresql_where=sa.text("status IN ('pending', 'uploaded')"),
    )


def _word(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, schema="submission")
