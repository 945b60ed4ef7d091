"""What systems have notified us of, until it is read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("bond", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bond", "side", "record_id", name=op.f("pk_notice")),
    )
    op.create_index("ix_notice_due", "notice", ["bond", "due_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_notice_due", table_name="notice")
    op.drop_table("notice")
