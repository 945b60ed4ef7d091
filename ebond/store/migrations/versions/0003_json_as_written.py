"""Keep JSON as it was written, and find what waits without reading all records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_JSON = (
    ("intent", "source_view"), ("intent", "sent"), ("journal", "detail"), ("kept", "value"),
    ("link", "base_left"), ("link", "base_right"), ("link", "unconfirmed_left"), ("link", "unconfirmed_right"),
    ("link", "flips"), ("record", "view"), ("run", "books"),
)  # fmt: skip
#: Name, table, columns, condition, and the condition on PostgreSQL where it differs.
_INDEXES = (
    ("ix_record_unsure", "record", ("bond", "side", "id"), "origin IN ('assumed', 'stub')", None),
    ("ix_record_gone", "record", ("bond",), "gone IS 1", "gone IS true"),
    ("ix_record_held", "record", ("bond",), "held IS NOT NULL", None),
    ("ix_link_parked", "link", ("bond",), "parked IS NOT NULL", None),
)


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        _change_types(postgresql.JSON(), "json")
    for name, table, columns, condition, other in _INDEXES:
        on_postgresql = sa.text(other or condition)
        op.create_index(name, table, columns, sqlite_where=sa.text(condition), postgresql_where=on_postgresql)


def downgrade() -> None:
    for name, table, _, _, _ in _INDEXES:
        op.drop_index(name, table)
    if op.get_context().dialect.name == "postgresql":
        _change_types(postgresql.JSONB(), "jsonb")


def _change_types(kind: sa.types.TypeEngine[object], name: str) -> None:
    for table, column in _JSON:
        op.alter_column(table, column, type_=kind, postgresql_using=f"{column}::{name}")
