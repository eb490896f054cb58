"""Keep how each evaluation was judged: inputs, words and timings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    """Apply."""
    document = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
    op.create_table(
        "records",
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("rubric", document, nullable=False),
        sa.Column("files", document, nullable=False),
        sa.Column("files_left_out", sa.Integer(), nullable=False),
        sa.Column("votes", document, nullable=False),
        sa.Column("steps", document, nullable=False),
        sa.Column("instructions", sa.Text(), nullable=True),
        sa.Column("prompt", sa.LargeBinary(), nullable=True),
        sa.Column("prompt_sha256", sa.Text(), nullable=True),
        sa.CheckConstraint("octet_length(prompt) <= 4000000", name=op.f("ck_records_prompt_in_bounds")),
        sa.CheckConstraint(
            "prompt IS NULL OR prompt_sha256 IS NOT NULL", name=op.f("ck_records_prompt_with_hash")
        ),
        sa.CheckConstraint(
            "(instructions IS NULL) = (prompt_sha256 IS NULL)", name=op.f("ck_records_instructions_with_hash")
        ),
        sa.PrimaryKeyConstraint("evaluation_id", name=op.f("pk_records")),
        schema="evaluation",
    )
