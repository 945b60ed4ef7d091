"""How many calls a sync makes, counted by the server; token requests aside, there is one for each gateway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from ebond.testing.bulk_server import BulkServer
from tests.benchmarks.figure import Figure, Scale
from tests.benchmarks.stage import Stage, run

_PAGE: Final = 500


@dataclass(frozen=True)
class Contract:
    """What both systems allow."""

    name: str
    update: Mapping[str, Any]
    create: Mapping[str, Any]
    bodies: bool = True
    reads: int = 0
    """Reads that one update cannot do without."""


_SILENT: Final = {"returns": "nothing"}
_UNNAMED: Final = {"returns": "fields", "id": None}
_CONTRACTS: Final = (
    Contract("if_match, answers the record", {}, {}),
    Contract("if_match, answers nothing", _SILENT, _UNNAMED, bodies=False),
    Contract("version in the body", {"precondition": "body_version", "version_at": "/version"}, {}),
    # Compare-then-write is the contract's own way to guard an update: the read before it is part of it.
    Contract("compare, answers the record", {"precondition": "compare"}, {}, reads=1),
    Contract("compare, answers nothing", {"precondition": "compare", **_SILENT}, _UNNAMED, bodies=False, reads=1),
)


def measure(scale: Scale) -> Iterator[Figure]:
    """``calls.*``: calls made / the least that the contract allows; the worst of several contracts.

    ``initial``: the pages of a full list, one page of an empty one, a create for each record. ``steady``: the pages
    with the edits, one page of the other side, an update for each edit, and a read where updates are guarded by
    nothing else. ``idle``: one page a side.
    """
    found = [_count(contract, scale) for contract in _CONTRACTS]
    for name in ("initial", "steady", "idle"):
        worst = max(found, key=lambda counts: counts[name].ratio)[name]
        yield Figure(f"calls.{name}", worst.ratio, 1.0, f"{worst.made} / {worst.least}, worst: {worst.contract}")


@dataclass(frozen=True)
class _Count:
    contract: str
    made: int
    least: int

    @property
    def ratio(self) -> float:
        return self.made / self.least


def _count(contract: Contract, scale: Scale) -> dict[str, _Count]:
    links, edits = scale.links, scale.edits
    with TemporaryDirectory() as folder, BulkServer(links) as left, BulkServer() as right:
        changes = {"update": contract.update, "create": contract.create}
        stage = Stage(Path(folder) / "ebond.db", left, right, contract=changes)
        for server in (left, right):
            server.bodies(sent=contract.bodies)

        least = {
            "initial": ceil(links / _PAGE) + 1 + links,
            "steady": ceil(edits / _PAGE) + 1 + edits * (1 + contract.reads),
            "idle": 2,
        }
        with stage.opened() as bench:

            def calls() -> int:
                before = _made(left, right)
                run(bench)
                return _made(left, right) - before

            made = {"initial": calls()}
            run(bench)
            left.touch(edits)
            made["steady"] = calls()
            # The next run reads what this one wrote: pages with changes, too.
            run(bench)
            made["idle"] = calls()
        return {name: _Count(contract.name, made[name], least[name]) for name in least}


def _made(*servers: BulkServer) -> int:
    return sum(server.stats()["api_calls"] for server in servers)
