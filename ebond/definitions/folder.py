"""Where definitions lie: an operator's folder, and the presets that ship with ebond."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ebond


def presets() -> Path:
    """Return the folder of the presets: inside an installed package, beside it in a checkout."""
    package = Path(ebond.__file__).parent
    packaged = package / "_mappings"
    return packaged if packaged.is_dir() else package.parent / "mappings"


def yaml_files(folder: Path) -> Iterator[Path]:
    """Yield the YAML files of a folder and its subfolders, hidden ones left out, in a stable order."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix in (".yaml", ".yml") and path.is_file() and not hidden:
            yield path
