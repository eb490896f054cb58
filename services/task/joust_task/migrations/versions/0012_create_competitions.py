"""Create competitions, their entries, and who accepted which terms."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | None = "0011"

_PUBLISHED = "status NOT IN ('draft', 'funding')"
_WORDS = "setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', overview), 'B')"
_STATUSES = ("draft", "funding", "open", "reviewing", "awarded", "expired")
_PRIZES = ("unasked", "requested", "rejected", "held", "paid", "refunded")


def upgrade() -> None:
    """Apply."""
    _create_competitions()
    _index_competitions()
    op.create_table(
        "competition_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("terms_version", sa.Text(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["competition_id"],
            ["task.competitions.id"],
            name=op.f("fk_competition_entries_competition_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competition_entries")),
        sa.UniqueConstraint(
            "competition_id", "account_id", name=op.f("uq_competition_entries_competition_id_account_id")
        ),
        schema="task",
    )
    op.create_index(
        "ix_competition_entries_of_account",
        "competition_entries",
        ["account_id", sa.literal_column("joined_at DESC"), sa.literal_column("id DESC")],
        schema="task",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "terms_acceptances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("competition_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("deed", sa.String(length=40), nullable=False),
        sa.Column("terms_version", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_acceptances")),
        schema="task",
    )
    op.create_index(
        "ix_terms_acceptances_competition",
        "terms_acceptances",
        ["competition_id", "account_id"],
        schema="task",
    )


def _create_competitions() -> None:
    op.create_table(
        "competitions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("status", _word("competitionstatus", _STATUSES), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("overview", sa.Text(), nullable=False),
        sa.Column("prize_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("prize_status", _word("prizestatus", _PRIZES), nullable=False),
        sa.Column("available_cents", sa.BigInteger(), nullable=True),
        sa.Column("escrow_version", sa.Integer(), nullable=False),
        sa.Column("submission_deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("winner_deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.String(length=50)), nullable=False),
        sa.Column("entrants", sa.Integer(), nullable=False),
        sa.Column("winner", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("search", postgresql.TSVECTOR(), sa.Computed(_WORDS, persisted=True), nullable=True),
        sa.CheckConstraint(f"status IN {_STATUSES}", name=op.f("ck_competitions_status")),
        sa.CheckConstraint(f"prize_status IN {_PRIZES}", name=op.f("ck_competitions_prize_status")),
        sa.CheckConstraint("prize_cents > 0", name=op.f("ck_competitions_prize_positive")),
        sa.CheckConstraint(
            "winner_deadline > submission_deadline", name=op.f("ck_competitions_deadlines_in_order")
        ),
        sa.CheckConstraint("entrants >= 0", name=op.f("ck_competitions_entrants_not_negative")),
        sa.CheckConstraint(
            "(status = 'awarded') = (winner IS NOT NULL)", name=op.f("ck_competitions_winner_of_awarded")
        ),
        sa.CheckConstraint(
            f"({_PUBLISHED}) = (published_at IS NOT NULL)",
            name=op.f("ck_competitions_published_has_moment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competitions")),
        schema="task",
    )


def _index_competitions() -> None:
    published = sa.text(_PUBLISHED)
    newest = [sa.literal_column("published_at DESC"), sa.literal_column("id DESC")]
    op.create_index(
        "ix_competitions_newest", "competitions", newest, schema="task", postgresql_where=published
    )
    op.create_index(
        "ix_competitions_status_newest",
        "competitions",
        ["status", *newest],
        schema="task",
        postgresql_where=published,
    )
    op.create_index(
        "ix_competitions_tags",
        "competitions",
        ["tags"],
        schema="task",
        postgresql_using="gin",
        postgresql_where=published,
    )
    op.create_index(
        "ix_competitions_of_owner",
        "competitions",
        ["owner_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        schema="task",
    )
    op.create_index(
        "ix_competitions_search",
        "competitions",
        ["search"],
        schema="task",
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 256},
        postgresql_where=published,
    )


def _word(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, schema="task")
