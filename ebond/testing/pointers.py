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
        elif isinstance(document, list) and _place(document, step) < len(document):
            document = document[_place(document, step)]
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
        child = value if last else ([] if following.isdigit() or following[0] == "[" else {})
        inner = _enter(inner, step, child, last=last)
    return document


def _enter(inner: Any, step: str, child: Any, *, last: bool) -> Any:
    if isinstance(inner, list):
        place = _place(inner, step)
        while len(inner) <= place:
            inner.append(_chosen(step))
        if last or not isinstance(inner[place], dict | list):
            inner[place] = child
        return inner[place]
    if last or not isinstance(inner.get(step), dict | list):
        inner[step] = child
    return inner[step]


def _place(items: list[Any], step: str) -> int:
    """Return where a step leads to in a list; its length for a place that is not there."""
    if step.isdigit():
        return int(step)
    wanted = _chosen(step)
    found = (
        at for at, item in enumerate(items) if wanted and isinstance(item, dict) and wanted.items() <= item.items()
    )
    return next(found, len(items))


def _chosen(step: str) -> dict[str, Any]:
    """Return what ``[key=value]`` asks of a list's member."""
    if step[:1] != "[":
        return {}
    key, _, value = step[1:-1].partition("=")
    return {key: int(value) if value.isdigit() else value}
