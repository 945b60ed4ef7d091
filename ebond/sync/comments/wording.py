"""The text that a comment becomes on the other side. Pure."""

from __future__ import annotations

from datetime import UTC
from typing import Final

from ebond.comments import Body, CommentState
from ebond.definitions.comments import CommentRule, CommentsWay

#: The text with what the other side has no fields for in front: (author is known, time is known).
_TEMPLATES: Final = {
    (False, False): "{text}",
    (True, False): "{author}:\n{text}",
    (False, True): "{made}:\n{text}",
    (True, True): "{author} ({made}):\n{text}",
}


def worded(one: CommentState, rule: CommentRule, way: CommentsWay, *, system: str, named: bool, internal: bool) -> Body:
    """Return what is written on the other side.

    ``named``: that side takes author and time in fields of their own, so the text does not have to say them.
    """
    body = one.body or Body("")
    text = body.text
    if one.about is not None:
        text = _filled(rule.edited if text else rule.deleted, body, text, system)
    missing = (bool(body.author) and not named, body.made is not None and not named)
    template = way.template or _TEMPLATES[missing]
    return Body(_filled(template, body, text, system), body.author, body.made, internal)


def _filled(template: str, body: Body, text: str, system: str) -> str:
    made = body.made.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if body.made else ""
    return template.format(text=text, author=body.author or system, made=made, system=system)


def shortened(text: str, most: int | None) -> str:
    """Cut a text off where the other side takes no more characters."""
    return text if most is None or len(text) <= most else text[: most - 1] + "…"
