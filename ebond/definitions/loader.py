"""Loading a folder of definitions: every problem of a load at once, or none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from ebond.definitions.catalogue import KINDS, Definitions
from ebond.definitions.crosscheck import crosscheck
from ebond.definitions.folder import presets, yaml_files
from ebond.definitions.nearest import nearest
from ebond.definitions.problems import problems_of
from ebond.definitions.yaml_source import Document, read_yaml
from ebond.errors import DefinitionError, Problem

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def load(folder: Path, *, environ: Mapping[str, str] | None = None) -> Definitions:
    """Load and check all definitions of a folder.

    Raises DefinitionError with every problem found: syntax, unknown keys, wrong values, references that lead
    nowhere, value maps that would lose something. Secrets are not looked at; see ``missing_secrets``.
    """
    del environ  # secrets are resolved when they are used
    loading = _Loading(folder)
    loading.read()
    definitions = loading.definitions()
    problems = loading.problems + list(crosscheck(definitions, loading.broken))
    if problems:
        raise DefinitionError(problems)
    return definitions


class _Loading:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.broken: set[tuple[str, str]] = set()
        """Definitions that are there but wrong: references to them are no further problem."""
        self.documents: dict[tuple[str, str], Document] = {}
        self.models: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        self._presets: dict[str, Document] | None = None

    def read(self) -> None:
        for path in yaml_files(self.folder):
            documents, problems = read_yaml(path, str(path))
            self.problems += problems
            for document in documents:
                self._register(document)
        for (kind, name), document in self.documents.items():
            self._validate(kind, name, document)

    def definitions(self) -> Definitions:
        return Definitions(
            self.folder,
            self.models["gateway"],
            self.models["system"],
            self.models["mapping"],
            self.models["bond"],
            self.documents,
        )

    def _register(self, document: Document) -> None:
        kind = next((kind for kind in reversed(KINDS) if kind in document.data), None)
        if kind is None:
            keys = ", ".join(KINDS)
            self.problems.append(
                document.at(()).problem("it is not clear what this defines", f"begin with one of: {keys}")
            )
            return
        name = document.data[kind]
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            place = document.at((kind,))
            self.problems.append(place.problem(f"{name!r} is no name", "letters, digits, '.', '-' and '_' make a name"))
            return
        if (kind, name) in self.documents:
            first = self.documents[kind, name].at((kind,))
            place = document.at((kind,))
            self.problems.append(
                place.problem(f"the {kind} {name!r} is defined twice", f"the first is at {first.file}:{first.line}")
            )
            return
        self.documents[kind, name] = document

    def _validate(self, kind: str, name: str, document: Document) -> None:
        if kind == "system" and "extends" in document.data:
            extended = self._extended(name, document)
            if extended is None:
                self.broken.add((kind, name))
                return
            document = self.documents[kind, name] = extended
        try:
            self.models[kind][name] = KINDS[kind].model_validate(document.data)
        except ValidationError as error:
            self.problems += problems_of(error, KINDS[kind], document)
            self.broken.add((kind, name))

    def _extended(self, name: str, document: Document) -> Document | None:
        base = str(document.data["extends"])
        own = self.documents.get(("system", base))
        if own is not None and base != name and "extends" not in own.data:
            return own.overlay(document)
        preset = self._preset_systems().get(base)
        if preset is None:
            place = document.at(("extends",))
            self.problems.append(
                place.problem(f"there is no system {base!r} to start from", nearest(base, self._preset_systems()))
            )
            return None
        return preset.overlay(document)

    def _preset_systems(self) -> dict[str, Document]:
        if self._presets is None:
            self._presets = {}
            for path in yaml_files(presets() / "systems"):
                for document in read_yaml(path, str(path))[0]:
                    self._presets[str(document.data.get("system"))] = document
        return self._presets
