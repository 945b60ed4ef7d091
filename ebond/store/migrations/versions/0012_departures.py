"""Records that have left their side's scope, and what their partners were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departure",
        sa.Column("link_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("bond", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("was", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("sent", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("link_id", "side", name=op.f("pk_departure")),
    )
    op.create_index("ix_departure_bond", "departure", ["bond"])


def downgrade() -> None:
    op.drop_index("ix_departure_bond", table_name="departure")
    op.drop_table("departure")
