"""Paths and query parameters with holes in them, as definitions write them: matching and reading back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote


def path_pattern(template: str) -> re.Pattern[str]:
    """Return the pattern of a path whose ``{name}`` holes hold one segment each."""
    return re.compile(_pattern(template, hole="[^/]+"))


def match_path(pattern: re.Pattern[str], path: str) -> dict[str, str] | None:
    """Return what stands in the holes, decoded, or None."""
    match = pattern.fullmatch(path)
    return None if match is None else {name: unquote(value) for name, value in match.groupdict().items()}


def match_params(templates: Mapping[str, str], params: Mapping[str, str]) -> dict[str, str] | None:
    """Return what stands in the holes of the parameters, or None where one does not match."""
    found: dict[str, str] = {}
    for name, template in templates.items():
        text = params.get(name)
        match = re.fullmatch(_pattern(template, hole=".*"), text, re.DOTALL) if text is not None else None
        if match is None:
            return None
        found |= match.groupdict()
    return found


def names_hole(template: str) -> bool:
    """Tell whether a template has a hole at all."""
    return "{" in template


def _pattern(template: str, *, hole: str) -> str:
    pieces = re.split(r"\{(\w+)\}", template)
    met: set[str] = set()
    pattern = ""
    for place, piece in enumerate(pieces):
        # A hole that comes again holds the same.
        again = piece in met
        pattern += (f"(?P={piece})" if again else f"(?P<{piece}>{hole})") if place % 2 else re.escape(piece)
        met |= {piece} if place % 2 else set()
    return pattern
