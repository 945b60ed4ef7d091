"""Files, and up to where those of a link's records were read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file",
        sa.Column("bond", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("file", sa.JSON(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("partner", sa.String(), nullable=True),
        sa.Column("copy_file", sa.JSON(), nullable=True),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("sync_id", sa.String(), nullable=True),
        sa.Column("once_url", sa.String(), nullable=True),
        sa.Column("token", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("bond", "side", "record_id", "id", name=op.f("pk_file")),
    )
    unsettled = "state IN ('waiting', 'open', 'unknown', 'held')"
    op.create_index(
        "ix_file_unsettled",
        "file",
        ["bond", "state"],
        sqlite_where=sa.text(unsettled),
        postgresql_where=sa.text(unsettled),
    )
    op.add_column("link", sa.Column("files_left", sa.String(), nullable=True))
    op.add_column("link", sa.Column("files_right", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("link", "files_right")
    op.drop_column("link", "files_left")
    op.drop_index("ix_file_unsettled", table_name="file")
    op.drop_table("file")
