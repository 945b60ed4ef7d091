"""A fleet at work between two companies: real PostgreSQL, real Redis, real processes, and a supervisor for them."""

from __future__ import annotations

import os
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import func, select, text, update

from ebond.shared.vault import new_key
from ebond.state import Side
from ebond.store import Store
from ebond.store.sqlkit import BOND as BOND_ROW
from ebond.store.sqlkit import INTENT, LINK, RUN, WATERMARK
from ebond.testing.fake_gateway import FakeGateway
from ebond.testing.servers import ValkeyServer
from ebond.testing.wiring import FakeEnd, fake_mapping
from tests.acceptance.desk import BOND, Desk, Done
from tests.acceptance.fleet.doorbell import Doorbell
from tests.acceptance.fleet.members import PATIENCE, Member, until
from tests.scenarios.checks import Tape, check

#: Runs by itself in minutes; beside a whole suite on two cores it would mostly measure the machine.
LONG: Final = pytest.mark.skipif("EBOND_LONG" not in os.environ, reason="takes minutes and both cores; EBOND_LONG=1")
_WRONG_CLOCK: Final = Path(__file__).with_name("wrong_clock.py")
_IN_HAND: Final = """
    SELECT (SELECT count(*) FROM link JOIN holder ON holder.id = link.holder WHERE holder.name = :name)
         + (SELECT count(*) FROM intent JOIN holder ON holder.id = intent.holder WHERE holder.name = :name)"""


class Yard:
    """What a test of the fleet touches: people on both sides, the processes, and what has to be true at the end."""

    def __init__(self, desk: Desk, database: str, redis: ValkeyServer, store: Store) -> None:
        self.desk, self.redis, self.store = desk, redis, store
        self.doorbell = Doorbell(redis.url)
        self.mapping = fake_mapping(desk.left, desk.right)
        self.environ = {
            **desk.environ,
            "EBOND_DATABASE_URL": database,
            "EBOND_REDIS_URL": redis.url,
            "EBOND_KEY": new_key(),
        }
        self.members: list[Member] = []
        self.born = 0
        self.chance = random.Random(1)
        self.tape = Tape(self)

    # -- two companies ------------------------------------------------------------------------------------

    @property
    def left(self) -> FakeEnd:
        return self.desk.left

    @property
    def right(self) -> FakeEnd:
        return self.desk.right

    def end(self, side: Side) -> FakeEnd:
        return self.left if side is Side.LEFT else self.right

    @property
    def gateways(self) -> list[FakeGateway]:
        return [self.left.gateway, self.right.gateway]

    def people_open(self, count: int, side: Side = Side.LEFT) -> list[str]:
        """Somebody opens so many records; return their ids."""
        system = self.end(side).system
        first, self.born = self.born, self.born + count
        return [
            system.person_creates({"title": f"record {first + number}", "status": "new"}) for number in range(count)
        ]

    def people_edit(self, count: int) -> None:
        """Somebody edits so many records, here and there."""
        for number in range(count):
            system = self.end(self.chance.choice(list(Side))).system
            change = {self.chance.choice(("title", "description")): f"edit {self.chance.random():.9f} {number}"}
            system.person_edits(self.chance.choice(system.ids()), **change)

    def let_left_win(self) -> None:
        """Let the left side win conflicts, instead of holding them for a human; before anything is started."""
        self.desk.redefine("mapping", lambda document: document.update(conflict="left_wins"))
        self.mapping = fake_mapping(self.left, self.right, conflict="left_wins")

    def slow_down(self, seconds: float) -> None:
        """Let both gateways take so long for each answer."""
        for server in self.desk.servers.values():
            server.line.latency = seconds

    def differing(self) -> list[str]:
        """Return the left ids whose partner says something else."""
        return [left for left, right in self.links().items() if self._differs_in(left, right)]

    def writes(self) -> int:
        """Count the writes that both systems applied."""
        return sum(end.system.api_writes.total() for end in (self.left, self.right))

    # -- processes ----------------------------------------------------------------------------------------

    def start(self, *command: str) -> Member:
        """Start ``ebond`` with this command and leave it running."""
        return self.run_beside([sys.executable, "-m", "ebond", *command])

    def run_beside(self, command: list[str]) -> Member:
        """Start any command in the fleet's environment."""
        log = self.desk.folder / f"{len(self.members)}.log"
        self.members.append(Member(command, self.environ, log))
        return self.members[-1]

    def workers(self, count: int, *, threads: int = 4, grace: float = 20.0) -> list[Member]:
        """Start so many workers."""
        return [self.start("worker", "--threads", str(threads), "--grace", str(grace)) for _ in range(count)]

    def scheduler(self) -> Member:
        """Start a scheduler."""
        return self.start("scheduler")

    def with_wrong_clock(self, seconds: float, *command: str, jump: float = 0.0) -> Member:
        """Start ``ebond`` with a clock so many seconds ahead; at a SIGUSR1 it jumps."""
        return self.run_beside([sys.executable, "-P", str(_WRONG_CLOCK), str(seconds), str(jump), *command])

    def run(self, *arguments: str) -> Done:
        """Type a command at the operator's desk."""
        return self.desk.run(*arguments, environ=self.environ)

    def close(self) -> None:
        """End everything."""
        for member in self.members:
            member.close()
        self.doorbell.close()

    def logs(self) -> str:
        """Return all that the processes said."""
        return "\n".join(member.said() for member in self.members)

    # -- the database -------------------------------------------------------------------------------------

    def links(self) -> dict[str, str]:
        """Return left id → right id."""
        return dict(self.store.links_of(BOND))

    def runs(self) -> int:
        """Count the runs that were begun."""
        return self._count(select(func.count()).select_from(RUN))

    def dirty(self) -> int:
        """Count the links that are not in step, parked ones not."""
        return self._count(select(func.count()).where(LINK.c.mark > LINK.c.done, LINK.c.parked.is_(None)))

    def open_creates(self) -> int:
        """Count the creates that nobody knows the end of."""
        return self._count(select(func.count()).select_from(INTENT))

    def in_hand(self, member: Member) -> int:
        """Count the links and creates that a process has in hand."""
        with self.store.db.read() as connection:
            return int(connection.execute(text(_IN_HAND), {"name": member.name}).scalar_one())

    def is_there(self, member: Member) -> bool:
        """Does the database count the process among the living?"""
        with self.store.db.read() as connection:
            found = connection.execute(text("SELECT 1 FROM holder WHERE name = :name"), {"name": member.name})
            return found.first() is not None

    def all_tries_are_due(self) -> None:
        """Let the waiting time after failures pass."""
        with self.store.db.write() as connection:
            connection.execute(update(LINK).where(LINK.c.due_at.is_not(None)).values(due_at=0))

    def in_hand_at_all(self) -> bool:
        """Does any process have a link or create in hand?"""
        return self.store.in_hand(BOND)

    def parked(self) -> list[tuple[int, str]]:
        """Return the links that wait for a human, with the reason."""
        with self.store.db.read() as connection:
            found = connection.execute(select(LINK.c.id, LINK.c.parked).where(LINK.c.parked.is_not(None)))
            return [(row.id, row.parked) for row in found]

    def tries(self, link: int) -> int:
        """Count the failures in a row of a link."""
        return self._count(select(LINK.c.attempts).where(LINK.c.id == link))

    def has_failed_run(self) -> bool:
        """Has a run ended because of a system?"""
        return self._count(select(func.count()).where(RUN.c.status == "failed")) > 0

    def asked(self) -> int:
        """Return the newest slot that was asked for, in microseconds."""
        return self._count(select(BOND_ROW.c.asked).where(BOND_ROW.c.bond == BOND))

    def asked_at_all(self) -> bool:
        """Was a run asked for?"""
        return BOND in self.store.last_asked()

    def floors(self) -> list[datetime]:
        """Return from when on both sides are read the next time."""
        with self.store.db.read() as connection:
            return [datetime.fromtimestamp(row.floor / 1e6, UTC) for row in connection.execute(select(WATERMARK))]

    def seconds_of_runs(self) -> float:
        """Return how long ago the first run began."""
        first = self._count(select(func.min(RUN.c.started)))
        return self.store.time().timestamp() - first / 1_000_000

    def _count(self, statement: Any) -> int:
        with self.store.db.read() as connection:
            return int(connection.execute(statement).scalar_one())

    # -- the end ------------------------------------------------------------------------------------------

    def at_rest(self) -> bool:
        """Is every record linked, and does every link say the same on both sides, but for conflicts that are held?"""
        links, conflicts = self.links(), self.conflicts()
        linked = len(links) == self.born and not self.open_creates()
        return linked and all(self._differs_in(*pair) <= conflicts.get(pair[0], set()) for pair in links.items())

    def conflicts(self) -> dict[str, set[str]]:
        """Return the fields that wait for a human because both sides moved, by left id."""
        found: dict[str, set[str]] = {}
        for one in self.store.held(BOND):
            if one["what"] == "conflict":
                found.setdefault(one["left"], set()).add(one["field"])
        return found

    def come_to_rest(self, *, patience: float = PATIENCE) -> None:
        """Wait until nothing is left to do, then check both systems past ebond."""
        until(self.at_rest, "both sides agree, or a conflict is held", patience=patience)
        until(lambda: not self.dirty(), "no link is left to look at", patience=patience)
        check(self, self.tape, born=self.born)

    def _differs_in(self, left: str, right: str) -> set[str]:
        one, two = self.left.system.values(left), self.right.system.values(right)
        return {name for name in ("title", "description", "status") if one.get(name) != two.get(name)}
