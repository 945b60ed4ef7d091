"""What a definition may refer to, and what to say where a reference leads nowhere."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any

from ebond.definitions.catalogue import Definitions
from ebond.definitions.nearest import nearest
from ebond.definitions.system import Resource, System
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem


@dataclass(frozen=True, slots=True)
class Known:
    """The definitions of a load, and those that are there but broken: nobody is blamed for naming them."""

    definitions: Definitions
    broken: frozenset[tuple[str, str]]

    def spot(self, kind: str, name: str) -> Spot:
        """Return where a definition is written."""
        return self.definitions.sources[kind, name].spot()

    def missing(
        self, kind: str, name: str, among: Iterable[str], spot: Spot, key: str
    ) -> Generator[Problem, None, bool]:
        """Yield a problem where a reference leads nowhere; return whether it does, or leads to something broken."""
        if name in among:
            return False
        if (kind, name) not in self.broken:
            known = {*among, *(other for broken, other in self.broken if broken == kind)}
            yield spot.fault(f"there is no {kind} {name!r}", key, todo=nearest(name, known))
        return True

    def resource(self, reference: str, spot: Spot, key: str) -> Generator[Problem, None, Resource | None]:
        """Return the resource that ``system/resource`` names; yield a problem where there is none."""
        system_name, slash, name = reference.partition("/")
        if not slash or not name or "/" in name:
            yield spot.fault(f"{reference!r} names no resource", key, todo="write system/resource")
            return None
        systems = self.definitions.systems
        if (yield from self.missing("system", system_name, systems, spot, key)):
            return None
        resources = systems[system_name].resources
        if name not in resources:
            yield spot.fault(f"system {system_name!r} has no resource {name!r}", key, todo=nearest(name, resources))
        return resources.get(name)

    def system_of(self, reference: str) -> System | None:
        """Return the system of the resource that a checked reference names."""
        return self.definitions.systems.get(reference.partition("/")[0])

    def resource_of(self, reference: str) -> Resource | None:
        """Return the resource that a checked reference names; None where it leads nowhere."""
        system_name, _, name = reference.partition("/")
        system: Any = self.definitions.systems.get(system_name)
        return system.resources.get(name) if system else None
