"""Bringing a database to the current version of the tables."""

from __future__ import annotations

from dataclasses import dataclass

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ebond.errors import StoreError
from ebond.store.database import Database

#: Any number, the same for all processes: PostgreSQL's lock while tables are changed.
_LOCK = 0x6562_6F6E_64


def config() -> Config:
    """Return the migrations' configuration; there is no alembic.ini."""
    made = Config()
    made.set_main_option("script_location", "ebond.store:migrations")
    return made


@dataclass(frozen=True, slots=True)
class Standing:
    """Of which version a database is, and what this ebond would make of it."""

    current: str | None
    newest: str
    pending: tuple[str, ...]
    """Migrations not made yet, the next one first."""


def standing(database: Database) -> Standing:
    """Return how a database stands. Raises StoreError where it was made by a newer ebond."""
    script = ScriptDirectory.from_config(config())
    with database.read() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    known = [revision.revision for revision in script.walk_revisions()]
    if current is not None and current not in known:
        raise StoreError(
            f"the database is of a version that this ebond does not know ({current})",
            todo="Use the ebond that made it, or a newer one",
        )
    pending = known[: known.index(current)] if current else known
    return Standing(current, known[0], tuple(reversed(pending)))


def upgrade(database: Database) -> None:
    """Create or upgrade the tables; two processes that start at once do it one after the other.

    Raises StoreError where the database was made by a newer ebond.
    """
    if not standing(database).pending:
        return
    settings = config()
    with database.write() as connection:
        _lock(connection)
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
