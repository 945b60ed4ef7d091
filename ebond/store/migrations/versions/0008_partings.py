"""What becomes of links of which a record was deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parting",
        sa.Column("link_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bond", sa.String(), nullable=False),
        sa.Column("gone", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("was", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("sent", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_parting")),
    )
    op.create_index("ix_parting_state", "parting", ["bond", "state"])


def downgrade() -> None:
    op.drop_index("ix_parting_state", table_name="parting")
    op.drop_table("parting")
