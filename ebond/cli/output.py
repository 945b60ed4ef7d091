"""How commands print: tables for people, one JSON document for machines, colour only on a terminal."""

from __future__ import annotations

import io
import sys
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
    return _Console(stderr=error, highlight=False, soft_wrap=True)


class _Console(Console):
    """A console whose reader may go away (``| head``): that is no error."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def settle_streams() -> None:
    """Let output survive what people's machines do: other encodings, and readers that go away."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A character that the terminal does not know becomes "?"; it must not end the command.
            stream.reconfigure(errors="replace")


def print_json(value: Any) -> None:
    """Print one JSON document and nothing else on standard output, in UTF-8 whatever the terminal speaks."""
    text = orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_DATACLASS)
    sys.stdout.flush()
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()


def complain(kind: str, text: str, *, as_json: bool = False) -> None:
    """Say on standard error what went wrong; with ``as_json`` as one JSON document on standard output."""
    if as_json:
        print_json({"error": kind, "message": text, "where": None, "todo": None, "problems": []})
        return
    out = console(error=True)
    out.print(f"[red]{kind}:[/red] ", end="")
    out.print(text, markup=False)


def counted(count: int, noun: str, plural: str = "") -> str:
    """Say how many: ``1 link``, ``2 links``."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


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


def span(seconds: float) -> str:
    """Say how long, in the largest unit that tells: ``12 s``, ``5 min``, ``3 h``, ``2 d``."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def ago(moment: datetime | None, now: datetime) -> str:
    """Say how long ago something was."""
    return "never" if moment is None else f"{span((now - moment).total_seconds())} ago"
