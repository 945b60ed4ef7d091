"""Comments, and up to where those of a link's records were read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comment",
        sa.Column("bond", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("partner", sa.String(), nullable=True),
        sa.Column("copy_digest", sa.LargeBinary(), nullable=True),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("sync_id", sa.String(), nullable=True),
        sa.Column("once_url", sa.String(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("bond", "side", "record_id", "id", name="pk_comment"),
    )
    unsettled = "state IN ('shown', 'waiting', 'open', 'unknown', 'held')"
    op.create_index(
        "ix_comment_unsettled",
        "comment",
        ["bond", "state"],
        sqlite_where=sa.text(unsettled),
        postgresql_where=sa.text(unsettled),
    )
    op.add_column("link", sa.Column("comments_left", sa.String(), nullable=True))
    op.add_column("link", sa.Column("comments_right", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("link", "comments_right")
    op.drop_column("link", "comments_left")
    op.drop_index("ix_comment_unsettled", table_name="comment")
    op.drop_table("comment")
