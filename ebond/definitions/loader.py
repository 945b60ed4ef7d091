"""Loading a folder of definitions: every problem of a load at once, or none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import ValidationError

from ebond.definitions.base import shown
from ebond.definitions.catalogue import KINDS, Definitions
from ebond.definitions.crosscheck import crosscheck
from ebond.definitions.extends import Bases, Unresolved
from ebond.definitions.folder import yaml_files
from ebond.definitions.nearest import close_to, nearest
from ebond.definitions.problems import problems_of
from ebond.definitions.texts import is_name
from ebond.definitions.yaml_nodes import Place
from ebond.definitions.yaml_source import Document, Reading, inherited, read_yaml
from ebond.errors import DefinitionError, Problem, UsageError

#: A definition's first line, as far as one can see it in a file that cannot be read.
_FIRST_LINE: Final = re.compile(r"""^(gateway|system|mapping|bond):[ ]+["']?([A-Za-z0-9._-]+)""", re.MULTILINE)


def load(folder: Path, *, environ: Mapping[str, str] | None = None) -> Definitions:
    """Load and check all definitions of a folder.

    Raises DefinitionError with every problem found: syntax, unknown keys, wrong values, references that lead
    nowhere, value maps that would lose something; UsageError where the folder holds no definitions. Secrets are not
    looked at; see ``missing_secrets``.
    """
    del environ  # secrets are resolved when they are used
    loading = _Loading(folder)
    loading.read()
    definitions = loading.definitions()
    problems = {*loading.problems, *crosscheck(definitions, loading.broken)}
    if problems:
        # What an extended system has wrong itself, those that extend it need not say again.
        known = {inherited(Place(one.file, one.line, one.column), one.message) for one in problems}
        raise DefinitionError([one for one in problems if one.message not in known])
    if not definitions.sources:
        raise UsageError(f"there are no definitions in {folder}", todo="Make a folder to start from with `ebond init`")
    return definitions


class _Loading:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.broken: set[tuple[str, str]] = set()
        """Definitions that are there but wrong: references to them are no further problem."""
        self.documents: dict[tuple[str, str], Document] = {}
        self.models: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}

    def read(self) -> None:
        for path in yaml_files(self.folder):
            reading = read_yaml(path, str(path))
            self.problems += reading.problems
            for document in reading.documents:
                self._register(document)
            self.broken |= set(_lost(reading)) - self.documents.keys()
        self._extend()
        for (kind, name), document in self.documents.items():
            if (kind, name) not in self.broken:
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
            self.problems.append(_unclear(document))
            return
        name, place = document.data[kind], document.at((kind,))
        if not is_name(name):
            todo = "up to 100 letters, digits, '.', '-' and '_' make a name"
            self.problems.append(place.problem(f"{shown(name)} is no name", todo))
        elif (kind, name) in self.documents:
            first = self.documents[kind, name].at((kind,))
            todo = f"the first is at {first.file}:{first.line}"
            self.problems.append(place.problem(f"the {kind} {name!r} is defined twice", todo))
        else:
            self.documents[kind, name] = document

    def _extend(self) -> None:
        own = {name: document for (kind, name), document in self.documents.items() if kind == "system"}
        bases = Bases(own, {name for kind, name in self.broken if kind == "system"})
        for name, document in own.items():
            try:
                self.documents["system", name] = bases.whole(name, document)
            except Unresolved as error:
                self.broken.add(("system", name))
                self.problems += error.problems

    def _validate(self, kind: str, name: str, document: Document) -> None:
        try:
            # By way of JSON, since strict validation takes its lists for tuples, and nothing else for anything.
            self.models[kind][name] = KINDS[kind].model_validate_json(orjson.dumps(document.data), strict=True)
        except ValidationError as error:
            self.problems += problems_of(error, KINDS[kind], document)
            self.broken.add((kind, name))


def _unclear(document: Document) -> Problem:
    for key in document.data:
        if close_to(key, KINDS):
            return document.at((key,), key=True).problem(f"unknown key {key!r}", nearest(key, KINDS))
    return document.at(()).problem("it is not clear what this defines", f"give one of the keys {', '.join(KINDS)}")


def _lost(reading: Reading) -> Iterator[tuple[str, str]]:
    """Yield the definitions that a faulty file seems to hold."""
    if reading.problems:
        for match in _FIRST_LINE.finditer(reading.text):
            yield match[1], match[2]
