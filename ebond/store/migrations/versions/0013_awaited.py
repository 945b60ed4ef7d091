"""What waits for records that it names to be bonded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "awaited",
        sa.Column("bond", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("for_bond", sa.String(), nullable=False),
        sa.Column("for_side", sa.String(), nullable=False),
        sa.Column("for_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint(
            "bond", "side", "record_id", "field", "for_bond", "for_side", "for_id", name=op.f("pk_awaited")
        ),
    )
    op.create_index("ix_awaited_for", "awaited", ["for_bond", "for_side", "for_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_awaited_for", table_name="awaited")
    op.drop_table("awaited")
