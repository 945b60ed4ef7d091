"""A small world to try the engine in: two fake systems, a bond between them, people, and a clock that is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from ebond.definitions import Definitions
from ebond.gateway.wire import Raw
from ebond.state import Side
from ebond.store import Store
from ebond.sync.run import RunReport, run_bond
from ebond.sync.workbench import Workbench
from ebond.testing.clock import ManualClock
from ebond.testing.habits import Habits
from ebond.testing.interference import writes
from ebond.testing.manners import Manners
from ebond.testing.preset import Preset
from ebond.testing.wiring import PRESETS, FakeEnd, fake_bond, fake_end, fake_mapping

BOND = "fake-bond"
SECRETS = {"FAKE_SECRET": "s3cret:with/odd%41+chars"}


class Crash(BaseException):
    """The process dies here: nothing after this line runs."""


@cache
def _empty_store() -> Path:
    """Migrate once, copy for every world."""
    path = Path(mkdtemp(prefix="ebond-empty-")) / "empty.db"
    Store.open(f"sqlite:///{path}").close()
    return path


class World:
    """Two ends and a bond; every knob is an argument, every outcome can be read."""

    def __init__(
        self,
        left: str | Preset = "plain",
        right: str | Preset = "plain",
        *,
        mapping: Mapping[str, Any] | None = None,
        bond: Mapping[str, Any] | None = None,
        habits: tuple[Habits | None, Habits | None] = (None, None),
        manners: tuple[Manners | None, Manners | None] = (None, None),
        gateway: Mapping[str, Any] | None = None,
        fields: tuple[str, ...] = ("title", "description", "status", "urgency", "cost"),
    ) -> None:
        self.clock = ManualClock()
        self.left, self.right = (
            fake_end(
                PRESETS[kind]() if isinstance(kind, str) else kind,
                name=name,
                clock=self.clock,
                habits=own,
                manners=manner,
                **(gateway or {}),
            )
            for name, kind, own, manner in zip(("l", "r"), (left, right), habits, manners, strict=True)
        )
        own = dict(mapping or {})
        rules = own.pop("fields", None)
        self.mapping = fake_mapping(self.left, self.right, fields=fields, **own)
        if rules is not None:
            self.mapping = type(self.mapping).model_validate({**self.mapping.model_dump(), "fields": rules})
        self.bond = fake_bond(**{"workers": 1, **(bond or {})})
        self._folder = TemporaryDirectory(prefix="ebond-world-")
        path = Path(self._folder.name) / "ebond.db"
        shutil.copy(_empty_store(), path)
        self.store = Store.open(f"sqlite:///{path}", migrate=False)
        self.bench = self._bench()
        self.reports: list[RunReport] = []

    # -- wiring -------------------------------------------------------------------------------------------

    def _bench(self) -> Workbench:
        ends = (self.left, self.right)
        definitions = Definitions(
            Path(self._folder.name),
            {end.gateway_definition.gateway: end.gateway_definition for end in ends},
            {end.definition.system: end.definition for end in ends},
            {self.mapping.mapping: self.mapping},
            {self.bond.bond: self.bond},
        )
        transports = {end.gateway_definition.gateway: end.transport for end in ends}
        return Workbench(
            definitions,
            self.store,
            clock=self.clock,
            environ=SECRETS,
            transport_for=lambda gateway: transports[gateway.gateway],
        )

    def redefine(self, *, mapping: Mapping[str, Any] | None = None, bond: Mapping[str, Any] | None = None) -> None:
        """An operator changes the definitions between two runs."""
        if mapping:
            self.mapping = type(self.mapping).model_validate({**self.mapping.model_dump(), **mapping})
        if bond:
            self.bond = type(self.bond).model_validate({**self.bond.model_dump(by_alias=True), **bond})
        self.restart()

    def restart(self) -> None:
        """The process ends, or has died, and another one starts on the same database."""
        self.bench.close()
        self.bench = self._bench()

    def close(self) -> None:
        self.bench.close()
        self.store.close()
        self._folder.cleanup()

    def end(self, side: Side) -> FakeEnd:
        return self.left if side is Side.LEFT else self.right

    @property
    def ends(self) -> tuple[FakeEnd, FakeEnd]:
        return self.left, self.right

    # -- time and runs ------------------------------------------------------------------------------------

    def sync(self, *, after: float = 60.0) -> RunReport:
        """Let time pass, then run the bond once."""
        self.clock.advance(after)
        report = run_bond(self.bench.bond(BOND), owner="a test")
        self.reports.append(report)
        return report

    def crashing_sync(self, end: FakeEnd, *, at: int, when: Callable[[Raw], bool] = writes, before: bool) -> bool:
        """Run once and die around the ``at``-th matching call of an end; return whether it came to that."""
        calls = iter(range(at, -1, -1))

        def die(raw: Raw) -> None:
            if when(raw) and next(calls, -1) == 0:
                raise Crash

        if before:
            end.faults.before = die
        else:
            end.faults.after = die
        try:
            self.sync()
        except Crash:
            return True
        finally:
            end.faults.before = end.faults.after = None
            self.after_a_crash()
        return False

    def after_a_crash(self) -> None:
        """Whatever a dead process would not have done is undone: its lease stands until it ends."""
        self.restart()

    def settle(self, *, runs: int = 12) -> None:
        """Run until it is quiet: two runs in a row without a write. Fails where it never is."""
        quiet = 0
        for _ in range(runs):
            before = self.write_count()
            report = self.sync(after=4000.0)
            assert report.ok, (report.status, str(report.error))
            quiet = quiet + 1 if self.write_count() == before else 0
            if quiet == 2:
                return
        raise AssertionError(f"not quiet after {runs} runs: {self.last_writes()}")

    # -- looking ------------------------------------------------------------------------------------------

    def calls(self, end: FakeEnd) -> list[str]:
        """Return all calls that reached an end's gateway, but for tokens, as ``METHOD path``."""
        return [f"{raw.method} {_path(raw)}" for raw in end.transport.calls if "/oauth/" not in raw.url]

    @contextmanager
    def counting(self) -> Iterator[dict[str, list[str]]]:
        """Collect the calls that are made meanwhile, by side."""
        before = [len(self.calls(end)) for end in self.ends]
        made: dict[str, list[str]] = {}
        yield made
        for name, end, start in zip(("left", "right"), self.ends, before, strict=True):
            made[name] = self.calls(end)[start:]

    def write_count(self) -> int:
        """Count the writes that both systems applied."""
        return sum(sum(end.system.api_writes.values()) for end in self.ends)

    def last_writes(self, count: int = 6) -> list[str]:
        return [call for end in self.ends for call in self.calls(end) if not call.startswith("GET")][-count:]

    def links(self) -> dict[str, str]:
        """Return left id → right id, as the store has them."""
        return dict(self.store.links_of(BOND))

    def partner(self, side: Side, record_id: str) -> str:
        links = self.links()
        return links[record_id] if side is Side.LEFT else {right: left for left, right in links.items()}[record_id]

    def value(self, side: Side, record_id: str, name: str) -> Any:
        return self.end(side).system.values(record_id).get(name)

    def pair(self, left_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return both sides' values of a link, in the wire's plain terms."""
        return self.left.system.values(left_id), self.right.system.values(self.partner(Side.LEFT, left_id))

    def held(self) -> list[tuple[str, str | None, str]]:
        """Return what waits for a human: (what, field, reason)."""
        return [(one["what"], one["field"], one["reason"]) for one in self.store.held(BOND)]

    def journal(self) -> list[str]:
        """Return the events of the journal, oldest first."""
        return [line["event"] for line in reversed(self.store.read_journal(BOND, limit=10_000))]

    def watermark(self, side: Side) -> Any:
        mark = self.store.watermark(BOND, side)
        return mark and mark.floor


def changed(preset: str, **changes: Any) -> Preset:
    """Return a preset with parts of its resource replaced: ``changed("plain", lookup=None)``."""
    base = PRESETS[preset]()
    return replace(base, resource=type(base.resource).model_validate({**base.resource.model_dump(), **changes}))


def _path(raw: Raw) -> str:
    return "/" + raw.url.split("://", 1)[1].partition("/")[2]
