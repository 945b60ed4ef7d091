"""Filling templates of a definition: paths with ids, parameters, places in an answer's Location."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from ebond.definitions.texts import segment


def fill_path(template: str, **values: str) -> str:
    """Put values into a path, percent-encoded so that no id can leave its segment."""
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", segment(value))
    return template


def fill(templates: Mapping[str, str], **values: str) -> tuple[tuple[str, str], ...]:
    """Put values into parameters or headers as they are."""
    return tuple((key, _filled(text, values)) for key, text in templates.items())


def id_in_location(location: str | None, read_path: str | None) -> str | None:
    """Return the id in a Location header: its last segment, less what follows ``{id}`` in a read's path."""
    path = urlsplit((location or "").strip()).path.rstrip("/")
    segment = path.rpartition("/")[2]
    suffix = (read_path or "").partition("?")[0].partition("{id}")[2]
    if suffix and "/" not in suffix:
        segment = segment.removesuffix(suffix)
    return unquote(segment) or None


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
