"""A process of the fleet without database or queue: what the actors and the scheduler look at, set by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from types import SimpleNamespace
from typing import Any

from ebond.definitions.schedule import Schedule
from ebond.errors import EbondError
from ebond.testing.clock import ManualClock


@dataclass
class FakeBells:
    """Remembers what was rung."""

    rung: list[tuple[str, ...]] = field(default_factory=list)

    def scan(self, bond: str) -> bool:
        self.rung.append(("scan", bond))
        return True

    def work(self, bond: str, *, times: int = 1) -> bool:
        self.rung.extend([("work", bond)] * times)
        return True

    def sweep(self) -> bool:
        self.rung.append(("sweep",))
        return True


@dataclass
class FakeStore:
    """What waits, and what was asked for."""

    waiting: list[str] = field(default_factory=list)
    asked: dict[str, datetime] = field(default_factory=dict)
    in_hand: int = 0
    down: bool = False
    told: list[str] = field(default_factory=list)
    """What notices wait for."""

    def overdue(self, *, now: datetime, bond: str | None = None, told: bool = True) -> list[str]:
        return [name for name in (*self.waiting, *(self.told if told else ())) if bond in (None, name)]

    def ask(self, bond: str, slot: datetime) -> bool:
        if self.down:
            raise EbondError("the database is away")
        if bond in self.asked and self.asked[bond] >= slot:
            return False
        self.asked[bond] = slot
        return True

    def last_asked(self) -> dict[str, datetime]:
        if self.down:
            raise EbondError("the database is away")
        return dict(self.asked)

    def prune_due(self, *, now: datetime, again: datetime) -> bool:
        return False

    def count_in_hand(self, bond: str) -> int:
        return self.in_hand


@dataclass
class FakePass:
    """A pass over a bond with so many links to work on."""

    links: int = 0
    found: int = 0
    """Links that opening finds."""
    opens: bool = True
    error: EbondError | None = None
    raises: BaseException | None = None
    done: list[str] = field(default_factory=list)
    slice: int = 1000
    """Links that one turn of work does."""
    bond: Any = field(default_factory=lambda: SimpleNamespace(bond=bond_named("one")))

    def has_work(self) -> bool:
        return self.links > 0

    def joiners(self) -> int:
        return min(self.links, 4)

    def open(self, *, kind: str, work_for: float, due: Any = None) -> Any:
        self.done.append(f"open {kind} {work_for:g}")
        self.links = self.found
        return SimpleNamespace(error=self.error, run_id=1, status="failed") if self.opens else None

    def work(self, *, threads: int, enough: Any) -> EbondError | None:
        if self.raises is not None:
            raise self.raises
        self.done.append("work")
        self.links = max(self.links - self.slice, 0)
        return self.error

    def close(self) -> bool:
        self.done.append("close")
        return True


def bond_named(name: str, **schedule: Any) -> Any:
    return SimpleNamespace(bond=name, schedule=Schedule.model_validate(schedule or {"every": "60s"}))


class FakeRuntime:
    """All of it together."""

    def __init__(self, *bonds: Any, clock: Any = None, **passes: FakePass) -> None:
        self.clock = clock or ManualClock()
        self.stopping = Event()
        self.store: Any = FakeStore()
        self.bench: Any = SimpleNamespace(environ={})
        self.passes = passes
        names = {one.bond: one for one in bonds} or {name: bond_named(name) for name in passes}
        self.definitions: Any = SimpleNamespace(bonds=names)
        self.holder: Any = SimpleNamespace(bury=list)

    def part_in(self, bond: str) -> Any:
        return self.passes[bond]
