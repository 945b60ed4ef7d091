"""What systems answered when mappings looked records up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "looked_up",
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("gives", sa.String(), nullable=False),
        sa.Column("fold", sa.Boolean(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("found", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("resource", "by", "gives", "fold", "value", name=op.f("pk_looked_up")),
    )
    op.create_index("ix_looked_up_at", "looked_up", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_looked_up_at", table_name="looked_up")
    op.drop_table("looked_up")
