"""JSON pointers for the fakes, written apart from ebond's own: a fault in one does not hide in both."""

from __future__ import annotations

from typing import Any, Final

ABSENT: Final = object()


def parts(pointer: str) -> tuple[str, ...]:
    """Split a pointer into its unescaped steps."""
    steps = pointer.split("/")[1:]
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)


def look(document: Any, pointer: str) -> Any:
    """Return what stands at ``pointer``, or ABSENT."""
    for step in parts(pointer):
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return ABSENT
    return document


def put(document: Any, pointer: str, value: Any) -> Any:
    """Set ``value`` at ``pointer``, making objects and list places on the way; return the document."""
    steps = parts(pointer)
    if not steps:
        return value
    inner = document
    for step, following in zip(steps, (*steps[1:], ""), strict=True):
        last = following == ""
        child = value if last else ([] if following.isdigit() else {})
        inner = _enter(inner, step, child, last=last)
    return document


def _enter(inner: Any, step: str, child: Any, *, last: bool) -> Any:
    if isinstance(inner, list):
        while len(inner) <= int(step):
            inner.append({})
        if last or not isinstance(inner[int(step)], dict | list):
            inner[int(step)] = child
        return inner[int(step)]
    if last or not isinstance(inner.get(step), dict | list):
        inner[step] = child
    return inner[step]
