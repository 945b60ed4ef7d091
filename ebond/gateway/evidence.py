"""An answer as the outcome table sees it. Pure.

What an error says is taken from where errors say it: codes and messages at the places that gateways and systems
use for them, never from the text as a whole. A refusal often repeats what was sent, and a ticket about an expired
token or a used-up quota must not look like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from ebond.gateway.body import decode, is_web_page

#: How much of a body is looked at for words.
LOOKED_AT: Final = 2048

_CODES: Final = ("code", "errorcode", "error_code", "errorCode", "error", "type", "__type", "name", "reason", "fault")
_MESSAGES: Final = (
    "message", "error", "error_description", "description", "faultstring", "detail", "moreInformation", "httpMessage",
    "errorMessage", "error_message", "reason", "msg", "fault",
)  # fmt: skip
#: Where an error lies inside of an answer; the names of a record's own fields are never entered.
_INSIDE: Final = ("error", "errors", "fault", "detail", "extensions", "Fault", "Envelope", "Body")
#: What stands in an answer that is nothing but an error; a record has an id besides.
_ENVELOPE: Final = frozenset(
    (*_CODES, *_MESSAGES, *_INSIDE, "status", "statusCode", "httpCode", "success", "ok", "title", "instance",
     "result", "data", "meta", "errorMessages", "timestamp", "path", "requestId", "request_id", "referenceError"),
)  # fmt: skip
_FAILED: Final = frozenset({"error", "errors", "failure", "failed", "fail"})
#: The keys of an error that has a number: ``{"code": 42, "message": …, "description": …}``.
_NUMBERED: Final = frozenset({"code", "message", "description", "infoURL", "details"})
_DEEP: Final = 4
_TAG: Final = re.compile(r"<[^>]*>")
_PLAIN: Final = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True)
class Evidence:
    """An answer and what of its call matters; header names in lower case."""

    method: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    safe: bool
    creating: bool = False
    conditional: bool = False
    """The call carried ``If-None-Match: *``: it must not find anything."""
    file: bool = False
    """The call carries a file, either way: a refusal is about that file."""

    @cached_property
    def text(self) -> str:
        """The first 2 KB of the body."""
        return self.content[:LOOKED_AT].decode("utf-8", "replace")

    @cached_property
    def words(self) -> str:
        """The same without case; for words that a record's text does no harm with."""
        return self.text.casefold()

    @cached_property
    def body(self) -> Any:
        """The JSON value; None where the body is none."""
        try:
            return decode(self.content, self.headers.get("content-type", ""))
        except ValueError:
            return None

    @cached_property
    def web_page(self) -> bool:
        """Is this a page for people?"""
        return is_web_page(self.content, self.headers.get("content-type", ""))

    @cached_property
    def challenge(self) -> str:
        """What ``WWW-Authenticate`` says; its quoting is often broken."""
        return self.headers.get("www-authenticate", "").casefold()

    @cached_property
    def codes(self) -> frozenset[str]:
        """The error codes in plain spelling: ``policies.ratelimit.QuotaViolation`` → ``quotaviolation``."""
        told = [self.headers.get("x-amzn-errortype", "").partition(":")[0], *self._found(_CODES)]
        return frozenset(_PLAIN.sub("", re.split(r"[./#]", one)[-1].casefold()) for one in told)

    @cached_property
    def full_codes(self) -> tuple[str, ...]:
        """The error codes as they are written."""
        return tuple(self._found(_CODES))

    @cached_property
    def messages(self) -> tuple[str, ...]:
        """What the error says to people."""
        return tuple(one.strip().casefold() for one in self._found(_MESSAGES))

    @cached_property
    def number(self) -> int | None:
        """The number of an error in Orange's shape; elsewhere a number may mean anything."""
        body = self.body
        if not isinstance(body, dict) or "message" not in body or not _NUMBERED.issuperset(body):
            return None
        code = str(body.get("code"))
        return int(code) if code.isascii() and code.isdigit() and len(code) < 6 else None

    def coded(self, codes: frozenset[str]) -> bool:
        """Is one of the codes there?"""
        return not codes.isdisjoint(self.codes)

    def said(self, pattern: re.Pattern[str]) -> bool:
        """Does a message begin so?"""
        return any(pattern.match(message) for message in self.messages)

    def mentions(self, *words: str) -> bool:
        """Are the words anywhere in the body? Only where a record's own text would do no harm."""
        return any(word in self.words for word in words)

    @cached_property
    def nothing_but_error(self) -> bool:
        """Is the body an error and no record, whatever the status says?"""
        body = self.body
        if not isinstance(body, dict) or not body or not _ENVELOPE.issuperset(body):
            return False
        state = str(body.get("status", "")).casefold()
        denied = body.get("success") is False or body.get("ok") is False
        told = state in _FAILED and any(body.get(key) for key in _MESSAGES)
        return denied or told or any(body.get(key) for key in ("error", "errors", "fault"))

    def _found(self, keys: tuple[str, ...]) -> Iterator[str]:
        if self.body is None:
            # XML, HTML or plain text: each piece between tags may be a code or a message.
            yield from filter(None, map(str.strip, _TAG.split(self.text)))
            return
        yield from _told(self.body, keys, _DEEP)


def _told(value: Any, keys: tuple[str, ...], deep: int) -> Iterator[str]:
    if isinstance(value, list):
        for one in value[:3]:
            yield from _told(one, keys, deep - 1) if deep else ()
    if not isinstance(value, dict):
        return
    for key in keys:
        told = value.get(key)
        if isinstance(told, str | int) and not isinstance(told, bool):
            yield str(told)[:200]
    for key in _INSIDE:
        if deep and isinstance(value.get(key), dict | list):
            yield from _told(value[key], keys, deep - 1)
