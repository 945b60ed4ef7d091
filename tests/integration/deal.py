"""Two companies with real systems, an ebond between them, and what can be seen of it from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, Final
from unittest import mock

from ebond.cli.main import run
from ebond.clock import SystemClock
from ebond.definitions import load
from ebond.demo.incidents import Incident, as_document, as_issue, incidents
from ebond.demo.people import KintoPeople, RoundupPeople
from ebond.demo.scene import BOND, write_definitions
from ebond.demo.stack import Stack
from ebond.demo.verify import disagreements
from ebond.gateway.wire import Raw
from ebond.records.resource import ResourceClient
from ebond.store import Store
from ebond.sync.run import RunReport, run_bond
from ebond.sync.workbench import Workbench
from ebond.testing.fault_proxy import FaultProxy, Passed

ITSM, PARTNER = "/itsm/v2", "/partner/v1"
#: What a run with nothing to do costs: one page a side.
IDLE: Final = {"acme-itsm": 1, "partner-desk": 1}


def writes(system: str = "") -> Callable[[Raw], bool]:
    """Match writes to a system's records; the one-time addresses of Roundup are no writes."""
    return lambda raw: raw.method != "GET" and f"{system}/" in raw.url and not raw.url.endswith(("/@poe", "/token"))


def creates(system: str) -> Callable[[Raw], bool]:
    """Match creates on a system."""
    return lambda raw: raw.method in ("POST", "PUT") and writes(system)(raw)


def reads(system: str) -> Callable[[Raw], bool]:
    """Match reads from a system."""
    return lambda raw: raw.method == "GET" and f"{system}/" in raw.url


class WrongClock(SystemClock):
    """The system's clock, so much ahead of (or behind) what everybody else calls now."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Return the wrong time."""
        return super().now() + self.ahead


class Deal:
    """The demo's bond in a folder of its own; ``sync`` runs it in this process, ``cli`` in one of its own."""

    bond = BOND

    def __init__(
        self, stack: Stack, proxy: FaultProxy, roundup: RoundupPeople, partner: KintoPeople, folder: Path
    ) -> None:
        self.stack, self.proxy, self.folder = stack, proxy, folder
        self.roundup, self.partner = roundup, partner
        self.environ = dict(stack.environ)
        self.clock = WrongClock()
        self._incidents = incidents(10_000)
        write_definitions(folder, replace(stack, gateway=proxy.url))
        self.store = Store.open(f"sqlite:///{folder / 'ebond.db'}", migrate=False)
        self._bench: Workbench | None = None

    def __enter__(self) -> Deal:
        return self

    def __exit__(self, *exc: object) -> None:
        self.restart()
        self.store.close()

    # -- definitions --------------------------------------------------------------------------------------

    def define(self, file: str, old: str, new: str) -> None:
        """Change the text of a definition."""
        path = self.folder / f"{file}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}.yaml"
        path.write_text(text.replace(old, new), encoding="utf-8")
        self.restart()

    def restart(self) -> None:
        """Close all connections and forget all tokens, as a new process would."""
        if self._bench is not None:
            self._bench.close()
            self._bench = None

    @property
    def bench(self) -> Workbench:
        if self._bench is None:
            definitions = load(self.folder, environ=self.environ)
            self._bench = Workbench(definitions, self.store, clock=self.clock, environ=self.environ)
        return self._bench

    @property
    def issues(self) -> ResourceClient:
        """ebond's own way to Roundup."""
        return self.bench.resource("acme-itsm/issue")[2]

    @property
    def documents(self) -> ResourceClient:
        """ebond's own way to Kinto."""
        return self.bench.resource("partner-desk/record")[2]

    # -- running ------------------------------------------------------------------------------------------

    def sync(self, *, after: float = 60.0) -> RunReport:
        """Let time pass on ebond's own clock, then run the bond once, in this process."""
        self.clock.ahead += timedelta(seconds=after)
        return run_bond(self.bench.bond(self.bond), owner="a test")

    def arguments(self, *arguments: str) -> list[str]:
        """Return the arguments of ``ebond`` in the folder of this deal."""
        return [*arguments, "--folder", str(self.folder)]

    def cli(self, *arguments: str) -> tuple[int, Any]:
        """Run ``ebond … --json`` as a user would, in this process; return its exit code and what it printed."""
        return self.cli_of(*self.arguments(*arguments))

    def cli_of(self, *arguments: str) -> tuple[int, Any]:
        """Run ``ebond … --json`` without a folder."""
        printed = TextIOWrapper(BytesIO(), encoding="utf-8")
        with mock.patch.dict(os.environ, self.environ), redirect_stdout(printed):
            code = run([*arguments, "--json"])
        printed.seek(0)
        return code, json.loads(printed.read())

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start ``ebond`` in a process of its own, and leave it running."""
        command = [sys.executable, "-m", "ebond.cli.main", *self.arguments(*arguments)]
        quiet, environ = subprocess.DEVNULL, {**os.environ, **self.environ}
        return subprocess.Popen(command, env=environ, stdout=quiet, stderr=quiet)  # noqa: S603  # our own command line

    # -- people -------------------------------------------------------------------------------------------

    def incident(self, **changes: Any) -> Incident:
        """Make up one more incident."""
        return replace(next(self._incidents), **changes)

    def file_issue(self, incident: Incident | None = None, **values: Any) -> str:
        """Have somebody file an issue in Roundup; return its id."""
        return self.roundup.create({**as_issue(incident or self.incident()), **values})

    def file_document(self, incident: Incident | None = None, **values: Any) -> str:
        """Have somebody store a document in Kinto; return its id."""
        return self.partner.create({**as_document(incident or self.incident()), **values})

    def pair(self, **changes: Any) -> tuple[str, str]:
        """Return the ids of an incident that is in step already."""
        issue = self.file_issue(self.incident(**changes))
        assert self.sync().ok
        return issue, self.partner_of(issue)

    def partner_of(self, issue: str) -> str:
        """Return the id of the document that an issue is linked to."""
        return dict(self.store.links_of(self.bond))[issue]

    # -- looking ------------------------------------------------------------------------------------------

    def in_step(self, expected: int) -> None:
        """Assert that both systems hold the same incidents, by their own word."""
        assert list(disagreements(self.roundup, self.partner, expected=expected)) == []

    def quiet(self) -> None:
        """Assert that another run writes nothing and asks for one page a side."""
        with self.counting() as made:
            report = self.sync()
        assert (report.ok, report.calls, [call.line for call in made if call.raw.method != "GET"]) == (True, IDLE, [])

    @contextmanager
    def counting(self) -> Iterator[list[Passed]]:
        """Collect the calls that go over the wire meanwhile, token requests left out."""
        start = len(self.proxy.calls)
        made: list[Passed] = []
        yield made
        made += [call for call in self.proxy.calls[start:] if "/oauth/" not in call.raw.url]

    def held(self) -> list[tuple[str, str | None]]:
        """Return what waits for a human: (what, field)."""
        return [(one["what"], one["field"]) for one in self.store.held(self.bond)]


def wire(call: Passed) -> Mapping[str, Any]:
    """Return the body that a call carried."""
    return dict(json.loads(call.raw.content))
