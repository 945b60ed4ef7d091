"""An index that holds all that a row of a list is compared with."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_record_rest", "record", ["bond", "side", "id", "origin", "gone", "digest", "version"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_record_rest", table_name="record")
