"""``extends``: a system that starts from a preset or from another system of the folder."""

from __future__ import annotations

from collections.abc import Mapping

from ebond.definitions.folder import presets, yaml_files
from ebond.definitions.nearest import nearest
from ebond.definitions.yaml_source import Document, read_yaml
from ebond.errors import Problem


class Unresolved(Exception):
    """The system to start from cannot be had; ``problems`` is empty where that has been said already."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__(*map(str, problems))


class Bases:
    """The systems that others can start from: those of the folder first, then the presets."""

    def __init__(self, own: Mapping[str, Document], broken: set[str]) -> None:
        self._own, self._broken = own, broken
        self._presets: dict[str, Document | None] = {}

    def whole(self, name: str, document: Document, via: tuple[str, ...] = ()) -> Document:
        """Return a system's document laid over all that it starts from; raises Unresolved."""
        base = document.data.get("extends")
        if not isinstance(base, str):
            return document
        if base != name and base in self._broken:
            self._broken.add(name)
            raise Unresolved
        if base != name and base in self._own:
            if base in via:
                chain = (*via[via.index(base) :], name)
                self._broken.update(chain)
                message = f"these systems extend each other: {' → '.join((*chain, base))}"
                raise Unresolved(document.at(("extends",)).problem(message))
            return self.whole(base, self._own[base], (*via, name)).overlay(document)
        preset = self._preset(base)
        if preset is None:
            self._broken.add(name)
            raise Unresolved(document.at(("extends",)).problem(*self._nothing_to_start_from(base, name)))
        return preset.overlay(document)

    def _nothing_to_start_from(self, base: str, name: str) -> tuple[str, str]:
        if base == name:
            return "a system cannot extend itself", "start from a preset, or leave 'extends' out"
        known = {*_preset_names(), *self._own} - {name}
        return f"there is no system {base!r} to start from", nearest(base, known)

    def _preset(self, name: str) -> Document | None:
        if name not in self._presets:
            path = next((path for path in yaml_files(presets() / "systems") if path.stem == name), None)
            self._presets[name] = read_yaml(path, str(path)).documents[0] if path else None
        return self._presets[name]


def _preset_names() -> set[str]:
    return {path.stem for path in yaml_files(presets() / "systems")}
