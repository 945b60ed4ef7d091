"""The runner: ``python -m tests.benchmarks.run [--only FAMILY] [--quick] [--json FILE]``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import orjson
from rich.console import Console
from rich.table import Table

from tests.benchmarks import calls, fleet, mapping, memory, scan, wire
from tests.benchmarks.figure import FULL, QUICK, Figure, Scale

FAMILIES: Final[dict[str, Callable[[Scale], Iterator[Figure]]]] = {
    "calls": calls.measure,
    "wire": wire.measure,
    "scan": scan.measure,
    "mapping": mapping.measure,
    "memory": memory.measure,
    "fleet": fleet.measure,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table, write the numbers."""
    options = _options(arguments)
    console = Console()
    figures: list[Figure] = []
    for name in options.only or FAMILIES:
        with console.status(f"measuring {name}"):
            figures += FAMILIES[name](QUICK if options.quick else FULL)
    console.print(table(figures))
    options.json.write_bytes(orjson.dumps({one.key: round(one.value, 3) for one in figures}, option=_PRETTY))


_PRETTY: Final = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.run", description=__doc__)
    parser.add_argument("--only", action="append", choices=FAMILIES, help="measure this family (may be repeated)")
    parser.add_argument("--quick", action="store_true", help="only see that everything runs; the numbers mean nothing")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where the numbers go")
    return parser.parse_args(arguments)


def table(figures: Sequence[Figure]) -> Table:
    """Lay the figures out for people."""
    made = Table("figure", title="ebond, measured")
    for column in ("value", "goal"):
        made.add_column(column, justify="right")
    made.add_column("of what")
    for one in figures:
        goal = "" if one.goal is None else f"{one.goal:.2f}"
        colour = {True: "green", False: "red", None: "default"}[one.met]
        made.add_row(one.key, f"[{colour}]{one.value:.2f}[/{colour}]", goal, one.note)
    return made


if __name__ == "__main__":
    main()
