"""A fleet to measure: definitions on disk, PostgreSQL, Valkey, two systems, and processes as people start them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import dramatiq
import orjson
from pydantic import BaseModel
from sqlalchemy import create_engine, text

from ebond.clock import SystemClock
from ebond.definitions import load
from ebond.definitions.bond import Bond
from ebond.shared.vault import VARIABLE, new_key
from ebond.store import RunSummary, Store
from ebond.sync.workbench import Workbench
from ebond.testing.bulk_server import BulkServer
from ebond.testing.servers import PostgresServer, ValkeyServer
from tests.benchmarks.stage import BOND, mapping_between, run
from workers.broker import make_broker

#: Threads of a worker process.
THREADS: Final = 4
#: Whatever takes longer than this is broken.
PATIENCE: Final = 300.0
LOOK: Final = 0.01
SELDOM: Final = 0.1
_ELSEWHERE: Final = "import socket; socket.gethostname = lambda: 'elsewhere'; from ebond.cli.main import main; main()"
_COUNTED: Final = (
    "SELECT sum(calls) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid "
    "WHERE d.datname = current_database() AND s.query NOT LIKE '%pg_stat_statements%'"
)


@contextmanager
def servers() -> Iterator[tuple[PostgresServer, ValkeyServer]]:
    """Start the two servers that all fleets of a measurement use."""
    settings = {"shared_preload_libraries": "pg_stat_statements", "max_connections": "200"}
    with PostgresServer(**settings) as postgres, ValkeyServer() as valkey:
        yield postgres, valkey


@dataclass(frozen=True)
class Ground:
    """What a fleet stands on: a database and a part of Valkey of its own."""

    postgres: PostgresServer
    valkey: ValkeyServer
    number: int

    def database(self) -> str:
        """Make the database and return its URL."""
        name = f"fleet{self.number}"
        engine = create_engine(self.postgres.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.postgres.url.replace("/postgres?", f"/{name}?")

    def redis(self) -> str:
        """Return the URL of the part."""
        return f"{self.valkey.url}?db={self.number}"


@dataclass
class Fleet:
    """A folder, a store, the two systems, and the processes that were started."""

    folder: Path
    database: str
    redis: str
    store: Store
    left: BulkServer
    right: BulkServer
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.environ = {**os.environ, "FAKE_SECRET": "bench", VARIABLE: new_key()}
        self._broker = make_broker(self.redis)
        self._broker.declare_queue("scan")  # type: ignore[no-untyped-call]  # dramatiq types it in part

    # -- processes ----------------------------------------------------------------------------------------

    def worker(self, count: int = 1, *, elsewhere: bool = False) -> None:
        """Start worker processes and wait until they are there; ``elsewhere`` has them look like another machine's."""
        wanted = len(self.holders("worker")) + count
        for _ in range(count):
            self._start("worker", "--threads", str(THREADS), elsewhere=elsewhere)
        wait_for(lambda: len(self.holders("worker")) >= wanted)

    def scheduler(self) -> None:
        """Start a scheduler and wait until it is there."""
        self._start("scheduler")
        wait_for(lambda: len(self.holders("scheduler")) > 0)

    def stop(self) -> None:
        """End all processes in order."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(60)
        self.processes.clear()

    def holders(self, kind: str) -> list[int]:
        """Return the ids of the processes of a kind that are alive, oldest first."""
        return [one.id for one in self.store.alive(now=datetime.now(UTC)) if one.kind == kind]

    def cpu(self) -> float:
        """Return the CPU seconds that the processes have used."""
        ticks = os.sysconf("SC_CLK_TCK")
        used = (Path(f"/proc/{one.pid}/stat").read_text(encoding="ascii").split()[13:15] for one in self.processes)
        return sum(int(one) for times in used for one in times) / ticks

    def _start(self, command: str, *options: str, elsewhere: bool = False) -> None:
        program = ["-c", _ELSEWHERE] if elsewhere else ["-m", "ebond"]
        places = ["--folder", str(self.folder), "--database", self.database, "--redis", self.redis]
        with (self.folder / "log").open("ab") as log:
            self.processes.append(
                subprocess.Popen(  # noqa: S603  # our own command
                    [sys.executable, *program, command, *places, *options],
                    env=self.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                )
            )  # fmt: skip

    # -- work ---------------------------------------------------------------------------------------------

    def ring(self, bond: str = BOND) -> None:
        """Ask for a run of a bond as the scheduler does."""
        self.store.ask(bond, datetime.now(UTC))
        self._broker.enqueue(dramatiq.Message("scan", "scan", (bond,), {}, {}))

    def run(self, bond: str = BOND) -> float:
        """Ask for a run of a bond and return the seconds until it is closed; fails where it is no success."""
        before = {one.id for one in self.store.recent(bond)}
        asked = datetime.now(UTC)
        self.ring(bond)
        # To look more often would be work for the database that is measured.
        done = wait_for(lambda: self._closed(bond, before), every=SELDOM)
        if done.status != "ok" or done.finished is None:
            raise RuntimeError(f"the run is no success: {done}\n{self.told()}")
        return (done.finished - asked).total_seconds()

    def _closed(self, bond: str, before: set[int]) -> RunSummary | None:
        found = [one for one in self.store.recent(bond) if one.id not in before and one.finished]
        return found[0] if found else None

    def told(self) -> str:
        """Return the end of what the processes said."""
        log = self.folder / "log"
        return log.read_text(errors="replace")[-3000:] if log.exists() else ""

    @contextmanager
    def alone(self) -> Iterator[Workbench]:
        """Open the bond as ``ebond sync`` does, with as many threads as one worker process has."""
        definitions = load(self.folder)
        bonds = {name: bond.model_copy(update={"workers": THREADS}) for name, bond in definitions.bonds.items()}
        definitions.bonds.clear()  # type: ignore[attr-defined]  # a dict, as it was loaded
        definitions.bonds.update(bonds)  # type: ignore[attr-defined]  # likewise
        with Workbench(definitions, self.store, clock=SystemClock(), environ=self.environ) as bench:
            yield bench

    def link_all(self) -> None:
        """Make a record on the right for each one on the left, and come to rest."""
        with self.alone() as bench:
            run(bench)
            run(bench)

    def latency(self, milliseconds: float) -> None:
        """Hold back every further answer of both systems so long."""
        for server in (self.left, self.right):
            server.latency(milliseconds)

    def statements(self) -> int:
        """Return how many statements the database was asked so far, BEGIN and COMMIT counted in."""
        with self.store.db.read() as connection:
            return int(connection.execute(text(_COUNTED)).scalar_one() or 0)


@contextmanager
def fleet(
    ground: Ground,
    *,
    records: int,
    bonds: Mapping[str, Mapping[str, Any]] | None = None,
    gateway: Mapping[str, Any] | None = None,
) -> Iterator[Fleet]:
    """Make a fleet without processes yet; they are ended at the end of the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        left, right = stack.enter_context(BulkServer(records)), stack.enter_context(BulkServer())
        _write(folder, {"left": left, "right": right}, bonds or {BOND: {"workers": 64}}, gateway or {})
        database = ground.database()
        store = stack.enter_context(Store.open(database))
        with store.db.write() as connection:
            connection.execute(text("CREATE EXTENSION pg_stat_statements"))
        made = Fleet(folder, database, ground.redis(), store, left, right)
        stack.callback(made.stop)
        yield made


def _write(
    folder: Path,
    systems: Mapping[str, BulkServer],
    bonds: Mapping[str, Mapping[str, Any]],
    gateway: Mapping[str, Any],
) -> None:
    for name, server in systems.items():
        _document(folder / f"gateway-{name}.yaml", server.gateway(name, concurrency=64, **gateway))
        _document(folder / f"system-{name}.yaml", server.system(name, name))
    _document(folder / "mapping.yaml", mapping_between())
    for name, changes in bonds.items():
        bond = Bond.model_validate({"version": 1, "bond": name, "mapping": BOND, **changes})
        _document(folder / f"bond-{name}.yaml", bond)


def _document(path: Path, definition: BaseModel) -> None:
    """Write a definition; JSON is YAML, too."""
    path.write_bytes(orjson.dumps(definition.model_dump(mode="json", by_alias=True, exclude_unset=True)))


def wait_for(look: Callable[[], Any], *, every: float = LOOK) -> Any:
    """Look until there is something to see, and return it."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise RuntimeError("it did not come")
        time.sleep(every)
    return seen
