"""Filling templates of a definition: paths with ids, parameters, places in an answer's Location."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from ebond.definitions.texts import segment
from ebond.mapping.path import setter

#: A key in parentheses, as OData writes it: ``Incidents('7')``, ``incidents(0d1c…)``, ``guid'0d1c…'``.
_IN_PARENTHESES: Final = re.compile(r"[^()]*\((?:[a-z]+(?='))?'?(.*?)'?\)")


def fill_path(template: str, **values: str) -> str:
    """Put values into a path, percent-encoded so that no id can leave its segment."""
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", segment(value))
    return template


def fill(templates: Mapping[str, str], **values: str) -> tuple[tuple[str, str], ...]:
    """Put values into parameters or headers as they are."""
    return tuple((key, _filled(text, values)) for key, text in templates.items())


def id_in_location(location: str | None, read_path: str | None) -> str | None:
    """Return the id in a Location header: its last segment, less what stands around ``{id}`` in a read's path."""
    path = urlsplit((location or "").strip()).path.rstrip("/")
    segment = path.rpartition("/")[2]
    before, _, suffix = (read_path or "").partition("?")[0].partition("{id}")
    keyed = _IN_PARENTHESES.fullmatch(unquote(segment))
    if "(" in before.rpartition("/")[2] and keyed:
        return keyed[1].replace("''", "'") or None
    if suffix and "/" not in suffix:
        segment = segment.removesuffix(suffix)
    return unquote(segment) or None


def fill_body(body: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Put values into the texts of a body; a name that begins with '/' is a place inside."""
    laid: dict[str, Any] = {}
    for name, value in body.items():
        if name.startswith("/"):
            setter(name)(laid, filled(value, known))
        else:
            laid[name] = filled(value, known)
    return laid


def filled(value: Any, known: Mapping[str, Any]) -> Any:
    """Put values into all texts of a value; a whole text such as ``{id}`` becomes the value itself, of its type."""
    if isinstance(value, dict):
        return {name: filled(inner, known) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, known) for inner in value]
    if not isinstance(value, str) or "{" not in value:
        return value
    named = value[1:-1]
    return known[named] if value == f"{{{named}}}" and named in known else _filled(value, known)


def _filled(text: str, values: Mapping[str, Any]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text
