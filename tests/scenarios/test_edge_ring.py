"""Edge case 67: three systems, each bonded to the next."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ebond.definitions import Definitions
from ebond.store import Store
from ebond.sync.run import run_bond
from ebond.sync.workbench import Workbench
from ebond.testing.clock import ManualClock
from ebond.testing.wiring import PRESETS, fake_bond, fake_end, fake_mapping
from tests.scenarios.world import SECRETS, _empty_store

RING = (("a", "b"), ("b", "c"), ("c", "a"))
FIELDS = ("title", "description", "urgency")


class Ring:
    """Three ends, three bonds, one store."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.ends = {name: fake_end(PRESETS["plain"](), name=name, clock=self.clock) for name in "abc"}
        mappings = [
            fake_mapping(self.ends[one], self.ends[two], fields=FIELDS, mapping=f"{one}{two}") for one, two in RING
        ]
        bonds = [
            fake_bond(bond=one.mapping, mapping=one.mapping, match={"keys": [["title"]]}, workers=1) for one in mappings
        ]
        shutil.copy(_empty_store(), folder / "ebond.db")
        self.store = Store.open(f"sqlite:///{folder / 'ebond.db'}", migrate=False)
        ends = self.ends.values()
        definitions = Definitions(
            folder,
            {end.gateway_definition.gateway: end.gateway_definition for end in ends},
            {end.definition.system: end.definition for end in ends},
            {one.mapping: one for one in mappings},
            {one.bond: one for one in bonds},
        )
        transports = {end.gateway_definition.gateway: end.transport for end in ends}
        self.bench = Workbench(
            definitions,
            self.store,
            clock=self.clock,
            environ=SECRETS,
            transport_for=lambda gateway: transports[gateway.gateway],
        )

    def round(self) -> int:
        """Run each bond once, one after the other; return how many writes were made."""
        before = self.writes()
        for one, two in RING:
            self.clock.advance(60)
            assert run_bond(self.bench.bond(f"{one}{two}"), owner="a test").ok
        return self.writes() - before

    def writes(self) -> int:
        return sum(sum(end.system.api_writes.values()) for end in self.ends.values())

    def texts(self, name: str) -> set[object]:
        return {end.system.values(one).get(name) for end in self.ends.values() for one in end.system.ids()}


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[Ring]:
    made = Ring(tmp_path)
    yield made
    made.bench.close()
    made.store.close()


def test_a_ring_of_three_systems_is_quiet_after_one_round(ring):
    """67: a record goes round once, and so does an edit on any of the three; nothing comes back as another edit."""
    ring.ends["a"].system.person_creates({"title": "one", "status": "new"})
    assert (ring.round(), ring.round()) == (2, 0)
    assert [len(end.system.ids()) for end in ring.ends.values()] == [1, 1, 1]
    for name, end in ring.ends.items():
        end.system.person_edits(end.system.ids()[0], description=f"by {name}")
        assert ring.round() + ring.round() == 2
        assert ring.round() == 0
        assert ring.texts("description") == {f"by {name}"}
