"""What no single model shows: references, capabilities, contradictions, and the proof of value maps."""

from __future__ import annotations

from collections.abc import Iterator

from ebond.definitions.bond_checks import check_bond
from ebond.definitions.catalogue import Definitions
from ebond.definitions.gateway_checks import check_gateway
from ebond.definitions.known import Known
from ebond.definitions.listening_checks import check_paths
from ebond.definitions.mapping_checks import check_mapping
from ebond.definitions.system_checks import check_system
from ebond.errors import Problem


def crosscheck(definitions: Definitions, broken: set[tuple[str, str]]) -> Iterator[Problem]:
    """Yield every problem between definitions; what refers to a broken definition is not blamed for it."""
    known = Known(definitions, frozenset(broken))
    for name, gateway in definitions.gateways.items():
        yield from check_gateway(gateway, known.spot("gateway", name))
    for name, system in definitions.systems.items():
        yield from check_system(system, known, known.spot("system", name))
    yield from check_paths(definitions.systems, {name: known.spot("system", name) for name in definitions.systems})
    unsound = set()
    for name, mapping in definitions.mappings.items():
        problems = list(check_mapping(mapping, known, known.spot("mapping", name)))
        yield from problems
        if problems:
            unsound.add(name)
    for name, bond in definitions.bonds.items():
        yield from check_bond(bond, known, known.spot("bond", name), unsound=unsound)
