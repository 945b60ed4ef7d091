"""The store: the database is the truth. Every method is one transaction, and time is an argument.

SQLite (a file, WAL) by default; PostgreSQL with the same code. Nothing outside this package speaks SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ebond.store.absence import Absence
from ebond.store.attachments import FILE_TABLE
from ebond.store.attention import Attention
from ebond.store.awaiting import Awaiting, Named
from ebond.store.bonds import Bonds
from ebond.store.children import Children, ChildTable, Known
from ebond.store.claims import Claims
from ebond.store.comments import COMMENT_TABLE, Comments
from ebond.store.copy import copy_bond
from ebond.store.database import Database
from ebond.store.decisions import Decisions
from ebond.store.departures import Departures
from ebond.store.epochs import Epochs
from ebond.store.farewells import Farewells
from ebond.store.fates import Fates
from ebond.store.gauges import BondGauges, Gauges, LastRun
from ebond.store.holders import Holders, HolderState
from ebond.store.intents import Intents
from ebond.store.journal import Journal
from ebond.store.kept import Kept
from ebond.store.leases import Leases
from ebond.store.links import AlreadyLinked, Links
from ebond.store.lookups import Lookups
from ebond.store.mappings import Mappings
from ebond.store.migrate import Standing, standing, upgrade
from ebond.store.notices import Notice, Notices, Told
from ebond.store.observations import Observations
from ebond.store.pairing import Pairing
from ebond.store.partings import Partings
from ebond.store.pruning import Pruned, Pruning
from ebond.store.runs import Opened, RunAtWork, Runs, RunSummary
from ebond.store.settling import Settling
from ebond.store.status import BondSummary, Status
from ebond.store.strangers import Strangers
from ebond.store.walks import Walks
from ebond.store.watermarks import Watermarks

__all__ = [
    "COMMENT_TABLE",
    "FILE_TABLE",
    "AlreadyLinked",
    "BondGauges",
    "BondSummary",
    "ChildTable",
    "HolderState",
    "Known",
    "LastRun",
    "Named",
    "Notice",
    "Opened",
    "Pruned",
    "RunAtWork",
    "RunSummary",
    "Standing",
    "Store",
    "Told",
]


class Store(
    Observations, Watermarks, Absence, Strangers, Pairing, Intents, Links, Settling, Walks,
    Mappings, Decisions, Fates, Runs, Leases, Bonds, Holders, Claims, Journal, Pruning, Status, Attention,
    Kept, Gauges, Children, Comments, Partings, Farewells, Departures, Epochs, Notices, Lookups, Awaiting,
):  # fmt: skip
    """The state of all bonds; safe to share between threads."""

    def __init__(self, database: Database, *, scratch: TemporaryDirectory[str] | None = None) -> None:
        self.db = database
        self._scratch = scratch

    @classmethod
    def open(cls, url: str, *, migrate: bool = True) -> Store:
        """Open the store, creating and upgrading its tables as needed; raises StoreError."""
        database = Database(url)
        store = cls(database)
        if migrate:
            with _closed_on_error(store):
                upgrade(database)
        return store

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def standing(self) -> Standing:
        """Return of which version the tables are; raises StoreError where a newer ebond made them."""
        return standing(self.db)

    def upgrade(self) -> None:
        """Bring the tables up to date; raises StoreError."""
        upgrade(self.db)

    def close(self) -> None:
        """Close the connections; a scratch store is deleted."""
        self.db.close()
        if self._scratch is not None:
            self._scratch.cleanup()

    def scratch(self, bond: str) -> Store:
        """Return a temporary store with a copy of one bond's state, for a preview."""
        folder = TemporaryDirectory(prefix="ebond-preview-")
        store = Store(Database(f"sqlite:///{Path(folder.name) / 'scratch.db'}"), scratch=folder)
        with _closed_on_error(store):
            upgrade(store.db)
            copy_bond(self.db, store.db, bond)
        return store


@contextmanager
def _closed_on_error(store: Store) -> Iterator[None]:
    """Close a store that could not be made ready."""
    try:
        yield
    except BaseException:
        store.close()
        raise
