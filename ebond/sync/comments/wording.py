"""The text that a comment becomes on the other side. Pure."""

from __future__ import annotations

from datetime import UTC
from typing import Final

from ebond.comments import Body, CommentState
from ebond.definitions.comments import CommentRule, CommentsWay

_PLAIN: Final = "{text}"
_NAMED: Final = "{author} ({made}):\n{text}"


def worded(one: CommentState, rule: CommentRule, way: CommentsWay, *, system: str, named: bool, internal: bool) -> Body:
    """Return what is written on the other side.

    ``named``: that side takes author and time in fields of their own, so the text does not have to say them.
    """
    body = one.body or Body("")
    text = body.text
    if one.about is not None:
        text = _filled(rule.edited if text else rule.deleted, body, text, system)
    template = way.template or (_PLAIN if named or not (body.author or body.made) else _NAMED)
    return Body(_filled(template, body, text, system), body.author, body.made, internal)


def _filled(template: str, body: Body, text: str, system: str) -> str:
    made = body.made.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if body.made else ""
    filled = template.format(text=text, author=body.author or system, made=made, system=system)
    return filled.replace(" ():", ":", 1) if not made else filled


def shortened(text: str, most: int | None) -> str:
    """Cut a text off where the other side takes no more characters."""
    return text if most is None or len(text) <= most else text[: most - 1] + "…"
