"""How migrations run: on the connection that ``ebond.store.migrate`` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON

from ebond.store.tables import metadata


def _render(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Name column types so that a generated migration runs without this package's types."""
    if kind == "type" and isinstance(item, JSON):
        return "sa.JSON(none_as_null=True)"
    if kind == "type" and type(item).__name__ == "AutoString":
        return "sa.String()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_item=_render,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
    transactional_ddl=False,
)
context.run_migrations()
