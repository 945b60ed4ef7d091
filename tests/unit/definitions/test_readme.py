"""``mappings/README.md``: its examples load as they stand, and it explains every key and names every preset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from ebond.definitions import load
from ebond.definitions.catalogue import KINDS
from ebond.definitions.folder import presets, yaml_files

TEXT = (presets() / "README.md").read_text(encoding="utf-8")


def test_the_examples_are_one_folder_that_loads(tmp_path: Path) -> None:
    """What is shown can be copied."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    (tmp_path / "all.yaml").write_text("---\n".join(blocks), encoding="utf-8")
    loaded = load(tmp_path)
    assert (set(loaded.gateways), set(loaded.systems)) == ({"acme"}, {"acme-desk", "partner-desk", "partner-tmf"})
    assert (set(loaded.mappings), set(loaded.bonds)) == ({"incidents"}, {"acme-partner"})


def test_every_key_is_explained() -> None:
    """A key that is added is added there, too."""
    unexplained = {key for model in KINDS.values() for key in keys(model, set()) if f"`{key}`" not in TEXT}
    assert unexplained == set()


def test_every_preset_is_named() -> None:
    """A preset that nobody hears of helps nobody."""
    assert [path.stem for path in yaml_files(presets() / "systems") if f"`{path.stem}`" not in TEXT] == []


def keys(model: type[BaseModel], met: set[type[BaseModel]]) -> Iterator[str]:
    """Yield the keys of a model and of all models in it."""
    met.add(model)
    for name, field in model.model_fields.items():
        yield field.alias or name
        for inner in _models(field.annotation):
            if inner not in met:
                yield from keys(inner, met)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)
