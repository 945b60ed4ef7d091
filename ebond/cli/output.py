"""How commands print: tables for people, one JSON document for machines, colour only on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final

import orjson
from rich.console import Console

from ebond.secrets import Secret

#: Longest piece of a value that a table shows.
SHOWN: Final = 60


def console(*, error: bool = False) -> Console:
    """Return a console that colours only on a terminal (rich honours NO_COLOR and TERM=dumb by itself)."""
    return Console(stderr=error, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print one JSON document and nothing else on standard output."""
    text = orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_DATACLASS)
    console().print(text.decode(), markup=False, soft_wrap=True)


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {key: item for key, item in asdict(value).items() if not key.startswith("_")}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    return str(value)


def short(value: Any) -> str:
    """Show a raw value on one line, cut where it is long."""
    if value is None:
        return "∅"
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    text = text.replace("\r", "").replace("\n", "⏎")
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def ago(moment: datetime | None, now: datetime) -> str:
    """Say how long ago something was, in the largest unit that tells."""
    if moment is None:
        return "never"
    seconds = max((now - moment).total_seconds(), 0)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
