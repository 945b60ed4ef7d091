"""Sizes of files as people write them: ``500KB``, ``10MB``, ``1GB``; each unit is 1024 of the one before."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer

from ebond.definitions.base import Misspelt, spelled

_UNITS: Final = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}
_SPELLING: Final = r"[0-9]{1,9}(B|KB|MB|GB)"
_SIZE: Final = re.compile(r"([0-9]{1,9})(B|KB|MB|GB)")
_LOOSE: Final = re.compile(r"([0-9]{1,9})\s*([kmg]?)(?:i?b|bytes?)?", re.IGNORECASE)


def parse_size(value: Any) -> int:
    """Read ``500KB``, ``10MB`` as bytes; a bare number is refused as unclear, and so are parts of a unit."""
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Misspelt("a size is a number with a unit: 500KB, 10MB, 1GB", _meant(value))
    return int(match[1]) * _UNITS[match[2]]


def _meant(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"write {value}B if bytes are meant"
    loose = _LOOSE.fullmatch(value.strip()) if isinstance(value, str) else None
    return f"write {loose[1]}{loose[2].upper()}B" if loose else ""


def show_size(size: int) -> str:
    """Write bytes as ``parse_size`` reads them, in the largest unit that they are a whole number of."""
    unit = next((unit for unit in ("GB", "MB", "KB") if size and size % _UNITS[unit] == 0), "B")
    return f"{size // _UNITS[unit]}{unit}"


Size = Annotated[int, BeforeValidator(parse_size), PlainSerializer(show_size), spelled(_SPELLING)]
