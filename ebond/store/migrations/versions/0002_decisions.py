"""What operators decide about held fields."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decision",
        sa.Column("link_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("bond", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("take", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("link_id", "field", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_bond"), "decision", ["bond"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_decision_bond"), table_name="decision")
    op.drop_table("decision")
