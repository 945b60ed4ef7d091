"""Reading a body: JSON as servers really send it, and what looks like JSON but is a web page. Pure.

The strict and fast reader comes first. What it refuses is read again as other clients would: half of an emoji
that a server cut in two, a bare line break inside of a text, a byte order mark, a charset of its own. Nothing
that is ambiguous is guessed: broken UTF-8, NaN and a truncated document stay errors.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

import orjson

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_WEB_PAGE: Final = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<")
_PAGE_WORDS: Final = (b"<!doctype html", b"<html", b"<head", b"<body")


def decode(content: bytes, content_type: str = "") -> Any:
    """Return the value of a JSON body, None where it is blank; raises ValueError, which quotes nothing of it."""
    if not content or content.isspace():
        return None
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        fault = str(error)
    try:
        text = _as_text(content, content_type)
        return _mended(json.loads(text, strict=False, parse_constant=_refuse, parse_float=_finite))
    except (ValueError, LookupError, RecursionError):
        raise ValueError(fault[:80]) from None


def is_web_page(content: bytes, content_type: str) -> bool:
    """Is this a page for people? An empty body is none, and JSON that is called HTML is none either."""
    if not _WEB_PAGE.match(content):
        return False
    return "html" in content_type.lower() or any(word in content[:2048].lower() for word in _PAGE_WORDS)


def _as_text(content: bytes, content_type: str) -> str:
    declared = _CHARSET.search(content_type)
    charset = declared[1].lower() if declared else json.detect_encoding(content)
    return content.decode("utf-8-sig" if charset in ("utf-8", "utf8") else charset)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _mended(value: Any) -> Any:
    """Put the replacement character for what is no character: half of a pair cannot be stored or sent."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(one) for one in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(one) for name, one in value.items()}
    return value
