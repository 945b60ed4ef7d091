"""A bond between two bulk systems, and databases to run it on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text

from ebond.clock import SystemClock
from ebond.definitions import Definitions
from ebond.definitions.bond import Bond
from ebond.definitions.mapping import Mapping as MappingDefinition
from ebond.store import Store
from ebond.sync.run import RunReport, run_bond
from ebond.sync.workbench import TransportFor, Workbench
from ebond.testing.bulk_server import BulkServer

BOND: Final = "bench"
WORKERS: Final = 4
_SECRETS: Final = {"FAKE_SECRET": "bench"}
_SAME: Final = (
    "title", "category", "subcategory", "assignee", "group", "caller", "location", "description",
    "urgency", "impact", "priority", "cost", "due", "active",
)  # fmt: skip
_STATUS: Final = ("new", "open", "held", "closed")
_EVERY_TIME: Final = {"every": "1s", "sweep_every": "1ms"}


class Stage:
    """The definitions and a database; ``contract`` changes both systems alike.

    With ``whole`` each sync reads both lists whole, as the slow sweep does.
    """

    def __init__(
        self,
        database: Path,
        left: BulkServer,
        right: BulkServer,
        *,
        contract: Mapping[str, Any] | None = None,
        bond: Mapping[str, Any] | None = None,
        whole: bool = False,
    ) -> None:
        self.database = database
        servers = {"left": left, "right": right}
        schedule = {"schedule": _EVERY_TIME} if whole else {}
        self._definitions = Definitions(
            database.parent,
            {name: server.gateway(name) for name, server in servers.items()},
            {name: server.system(name, name, **(contract or {})) for name, server in servers.items()},
            {BOND: mapping_between()},
            {BOND: Bond.model_validate(
                {"version": 1, "bond": BOND, "mapping": BOND, "workers": WORKERS, **schedule, **(bond or {})}
            )},
        )  # fmt: skip

    @contextmanager
    def opened(self, transport_for: TransportFor | None = None) -> Iterator[Workbench]:
        """Open the database and the connections."""
        with (
            Store.open(f"sqlite:///{self.database}") as store,
            Workbench(
                self._definitions, store, clock=SystemClock(), environ=_SECRETS, transport_for=transport_for
            ) as bench,
        ):
            yield bench

    def sync(self) -> RunReport:
        """Open everything, run the bond once, close everything; fails where the run is no success."""
        with self.opened() as bench:
            return run(bench)

    def keep(self) -> Path:
        """Return a copy of the database as it is now."""
        kept = self.database.with_suffix(".kept")
        shutil.copy(self.database, kept)
        return kept

    def go_back(self, kept: Path) -> None:
        """Put a kept database in place; nothing may have it open."""
        for left_over in self.database.parent.glob(f"{self.database.name}-*"):
            left_over.unlink()
        shutil.copy(kept, self.database)


def run(bench: Workbench) -> RunReport:
    """Run the bond once; fails where the run is no success."""
    report = run_bond(bench.bond(BOND), owner="bench")
    if not report.ok:
        raise RuntimeError(f"the run is no success: {report.status}, {report.error}, {report.books}")
    return report


def link_all(database: Path, server: BulkServer) -> None:
    """Fill a database with a bond whose every record is linked to the record of the same id, and at rest.

    Both sides are scanned as ebond does; the links are made by hand, for to create or match so many takes minutes.
    """
    alone = {"left": {"create": False}, "right": {"create": False}}
    stage = Stage(database, server, server, bond=alone)
    stage.sync()
    with Store.open(f"sqlite:///{database}") as store, store.db.write() as connection:
        for statement in _LINK_ALL:
            connection.execute(text(statement))


_LINK_ALL: Final = (
    """INSERT INTO link (bond, left_id, right_id, base_left, base_right, mark, done, attempts)
       SELECT l.bond, l.id, r.id, l.view, r.view, 1, 1, 0 FROM record l
       JOIN record r ON r.bond = l.bond AND r.side = 'right' AND r.id = l.id WHERE l.side = 'left'""",
    """UPDATE record SET fate = 'unchanged',
       link_id = (SELECT id FROM link WHERE link.bond = record.bond AND link.left_id = record.id)""",
    "DELETE FROM match_key",
)


def mapping_between() -> MappingDefinition:
    rules: list[dict[str, Any]] = [{"left": name, "right": name} for name in _SAME]
    rules.append({"left": "status", "right": "status", "values": [{"left": one, "right": one} for one in _STATUS]})
    ends = {"left": "left/ticket", "right": "right/ticket"}
    return MappingDefinition.model_validate({"version": 1, "mapping": BOND, **ends, "fields": rules})
