"""Everything that a folder defines, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from ebond.definitions.bond import Bond
from ebond.definitions.gateway import Gateway
from ebond.definitions.mapping import Mapping as MappingDefinition
from ebond.definitions.nearest import nearest
from ebond.definitions.system import System
from ebond.definitions.yaml_nodes import Place
from ebond.definitions.yaml_source import Document
from ebond.errors import UsageError

#: The key that tells what a document defines, and its model. A later kind may name an earlier one, so the last
#: of these keys that a document has tells its kind.
KINDS: Final[dict[str, type[BaseModel]]] = {
    "gateway": Gateway,
    "system": System,
    "mapping": MappingDefinition,
    "bond": Bond,
}


@dataclass(frozen=True, slots=True)
class Definitions:
    """Gateways, systems, mappings and bonds by name, and where each is written."""

    folder: Path
    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    systems: Mapping[str, System] = field(default_factory=dict)
    mappings: Mapping[str, MappingDefinition] = field(default_factory=dict)
    bonds: Mapping[str, Bond] = field(default_factory=dict)
    sources: Mapping[tuple[str, str], Document] = field(default_factory=dict)
    """(kind, name) → where it is written."""

    def bond(self, name: str) -> Bond:
        """Return a bond; raises UsageError with the nearest known name."""
        if name not in self.bonds:
            raise UsageError(f"there is no bond {name!r} in {self.folder}", todo=nearest(name, self.bonds))
        return self.bonds[name]

    def at(self, kind: str, name: str, *path: str | int) -> Place:
        """Return where a part of a definition is written."""
        return self.sources[kind, name].at(path)
