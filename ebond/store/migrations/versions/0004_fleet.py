"""Processes that show signs of life, and what they hold; slots that ask for runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "holder",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holder")),
    )
    with op.batch_alter_table("bond_state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lease_holder", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("asked", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("begun", sa.BigInteger(), nullable=True))
        batch_op.drop_column("lease_owner")
        batch_op.drop_column("lease_until")
    with op.batch_alter_table("intent", schema=None) as batch_op:
        batch_op.add_column(sa.Column("holder", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.add_column(sa.Column("holder", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("fence", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("worked_in", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("rounds", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch_op.create_index(
            "ix_link_held",
            ["bond", "holder"],
            unique=False,
            sqlite_where=sa.text("holder IS NOT NULL"),
            postgresql_where=sa.text("holder IS NOT NULL"),
        )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "opened",
                sa.JSON(none_as_null=True),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("outcome", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("until", sa.BigInteger(), nullable=True))
        batch_op.create_index(
            "ix_run_open",
            ["bond"],
            unique=False,
            sqlite_where=sa.text("finished IS NULL"),
            postgresql_where=sa.text("finished IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_index("ix_run_open")
        for column in ("until", "outcome", "opened"):
            batch_op.drop_column(column)
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index("ix_link_held")
        for column in ("rounds", "worked_in", "fence", "holder"):
            batch_op.drop_column(column)
    with op.batch_alter_table("intent", schema=None) as batch_op:
        batch_op.drop_column("holder")
    with op.batch_alter_table("bond_state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lease_until", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("lease_owner", sa.String(), nullable=True))
        for column in ("begun", "asked", "lease_holder"):
            batch_op.drop_column(column)
    op.drop_table("holder")
