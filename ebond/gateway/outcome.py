"""What an answer means: an ordered table over status, header and body. Pure.

A status alone is never enough: a used-up quota arrives as 429, 403, 400, 500 or 503, an expired token as 401, 403
or 410, and errors hide in a 200. The definition's own rows come first, then ebond's; the first match wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

import orjson

from ebond.definitions.gateway import ErrorMatch, ErrorRule
from ebond.mapping.path import getter


class Outcome(StrEnum):
    """What became of a call."""

    APPLIED = "applied"
    ACCEPTED = "accepted"
    """Taken, and done later (202)."""
    NOT_SENT = "not_sent"
    REFUSED = "refused"
    STALE = "stale"
    EXISTS = "exists"
    GONE = "gone"
    MOVED = "moved"
    RATE_LIMITED = "rate_limited"
    REAUTH = "reauth"
    """The token is not taken any more; a new one is."""
    RETRY = "retry"
    """Nothing was done; the same call may be made again."""
    UNKNOWN = "unknown"
    STOP = "stop"
    """Nothing can work until someone acts."""


#: How much of a body is looked at for words.
LOOKED_AT: Final = 2048


@dataclass(frozen=True)
class Evidence:
    """An answer as the table sees it; header names in lower case."""

    method: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    safe: bool
    creating: bool = False
    conditional: bool = False
    """The call carried ``If-None-Match: *``: it must not find anything."""

    @cached_property
    def text(self) -> str:
        return self.content[:LOOKED_AT].decode("utf-8", "replace")

    @cached_property
    def words(self) -> str:
        return self.text.casefold()

    @cached_property
    def body(self) -> Any:
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return None

    @cached_property
    def html(self) -> bool:
        kind = self.headers.get("content-type", "")
        return "html" in kind or self.words.lstrip().startswith(("<!doctype html", "<html"))

    def says(self, *words: str) -> bool:
        return any(word in self.words for word in words)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: where ``when`` holds, the answer means ``outcome``, because of ``why``."""

    when: Callable[[Evidence], bool]
    outcome: Outcome
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means, and why, in words for an operator."""

    outcome: Outcome
    why: str


_QUOTA: Final = (
    "quota", "rate limit", "ratelimit", "rate_limit", "too many requests", "spike arrest", "spikearrest", "throttl",
    "request_limit_exceeded", "limit exceeded", "requests_exceeded", '"code":53', '"code": 53',
)  # fmt: skip
_EXPIRED: Final = (
    "invalid_token", "access_token_expired", "invalid_access_token", "token expired", "token has expired",
    "expired credentials", "token_expired", "invalid_session_id", "expired_token", '"code":42', '"code": 42',
    "incoming token",
)  # fmt: skip
_WRONG_CLIENT: Final = (
    "invalid_client", "invalid client", "client id or secret", "unauthorized_client", '"code":41', '"code": 41',
)  # fmt: skip
_EXISTS: Final = (
    "already exist",
    "already_exist",
    "duplicate",
    "exists already",
    "not unique",
    "must be unique",
)


def _status(*statuses: int) -> Callable[[Evidence], bool]:
    return lambda seen: seen.status in statuses


def _between(low: int, high: int) -> Callable[[Evidence], bool]:
    return lambda seen: low <= seen.status <= high


def _challenge(seen: Evidence) -> str:
    return seen.headers.get("www-authenticate", "").casefold()


def _quota(seen: Evidence) -> bool:
    spent = seen.headers.get("x-ratelimit-remaining") == "0" or seen.headers.get("ratelimit-remaining") == "0"
    return seen.says(*_QUOTA) or "retry-after" in seen.headers or spent


def _expired(seen: Evidence) -> bool:
    return "invalid_token" in _challenge(seen) or seen.says(*_EXPIRED)


#: ebond's own rows, in order.
RULES: Final[tuple[Rule, ...]] = (
    # Success that is none: a login page or a maintenance page answers 200.
    Rule(lambda e: 200 <= e.status < 300 and e.html and e.safe, Outcome.STOP, "a web page came instead of data: a login or maintenance page"),
    Rule(lambda e: 200 <= e.status < 300 and e.html, Outcome.UNKNOWN, "a web page came instead of an answer"),
    Rule(_status(202), Outcome.ACCEPTED, "taken, done later"),
    Rule(_between(200, 299), Outcome.APPLIED, "done"),
    Rule(_status(304), Outcome.APPLIED, "unchanged"),
    Rule(_status(301, 308), Outcome.MOVED, "the record or the API has moved"),
    Rule(_between(300, 399), Outcome.STOP, "redirected, as to a login page; redirects are not followed with credentials"),
    # Who we are. A wrong client must stop at once: gateways lock accounts that hammer.
    Rule(lambda e: e.status == 401 and (e.says(*_WRONG_CLIENT) or "invalid_client" in _challenge(e)), Outcome.STOP, "the gateway does not know this client"),
    Rule(lambda e: e.status in (400, 401, 403, 410, 500) and _expired(e), Outcome.REAUTH, "the token is expired or revoked"),
    Rule(lambda e: "insufficient_scope" in _challenge(e) or (e.status == 403 and e.says("insufficient_scope")), Outcome.STOP, "the token's scope does not allow this"),
    Rule(_status(401), Outcome.REAUTH, "the credentials were not taken"),
    # Quota, in its disguises.
    Rule(_status(429), Outcome.RATE_LIMITED, "the quota is used up"),
    Rule(lambda e: e.status == 403 and _quota(e), Outcome.RATE_LIMITED, "the quota is used up"),
    Rule(lambda e: e.status in (400, 500, 503) and e.says(*_QUOTA), Outcome.RATE_LIMITED, "the quota is used up"),
    Rule(_status(407), Outcome.STOP, "the proxy wants credentials"),
    Rule(lambda e: e.status == 403 and e.says("missing authentication token"), Outcome.STOP, "this path is not known to the gateway"),
    # The record.
    Rule(_status(404, 410), Outcome.GONE, "there is no such record"),
    Rule(lambda e: e.status == 412 and e.conditional, Outcome.EXISTS, "the record exists already"),
    Rule(lambda e: e.status == 409 and e.creating, Outcome.EXISTS, "the record exists already"),
    Rule(lambda e: e.status in (400, 422) and e.creating and e.says(*_EXISTS), Outcome.EXISTS, "the record exists already"),
    Rule(_status(409, 412), Outcome.STALE, "the record changed since it was read"),
    Rule(_status(406, 415), Outcome.STOP, "the system does not speak this media type"),
    Rule(_status(405, 501), Outcome.STOP, "the system does not allow this verb: the contract is wrong"),
    Rule(_status(408, 425), Outcome.RETRY, "the system did not take the call in time"),
    Rule(_between(400, 499), Outcome.REFUSED, "refused"),
    # Trouble. Whether a write was applied before it, nobody knows.
    Rule(lambda e: e.status >= 500 and e.safe, Outcome.RETRY, "the system is in trouble"),
    Rule(lambda e: e.status >= 500, Outcome.UNKNOWN, "the system failed; the call may have been applied all the same"),
)  # fmt: skip

_ELSE: Final = Rule(lambda _: True, Outcome.UNKNOWN, "an answer that fits no rule")


def classify(seen: Evidence, rules: Iterable[Rule] = ()) -> Verdict:
    """Look an answer up: the definition's compiled rows first, then ebond's."""
    for table in (rules, RULES):
        for rule in table:
            if rule.when(seen):
                return Verdict(rule.outcome, rule.why)
    return Verdict(_ELSE.outcome, _ELSE.why)


def compile_rules(rules: Iterable[ErrorRule]) -> tuple[Rule, ...]:
    """Compile the rows of a definition."""
    return tuple(
        Rule(_matcher(rule.when), Outcome(rule.is_), rule.why or f"the contract's own rule: {rule.is_}")
        for rule in rules
    )


def _matcher(when: ErrorMatch) -> Callable[[Evidence], bool]:
    headers = tuple((name.lower(), re.compile(pattern)) for name, pattern in when.header.items())
    body = tuple((getter(pointer), _value_test(value)) for pointer, value in when.body.items())
    text = re.compile(when.text) if when.text else None
    methods = frozenset(method.upper() for method in when.method)

    def matches(seen: Evidence) -> bool:
        return (
            (not when.status or seen.status in when.status)
            and (not methods or seen.method in methods)
            and all(name in seen.headers and pattern.search(seen.headers[name]) for name, pattern in headers)
            and (text is None or text.search(seen.text) is not None)
            and all(test(get(seen.body)) for get, test in body)
        )

    return matches


def _value_test(wanted: str | int) -> Callable[[Any], bool]:
    if isinstance(wanted, str):
        pattern = re.compile(wanted)
        return lambda value: value is not None and pattern.search(str(value)) is not None
    return lambda value: value == wanted and isinstance(value, bool) is isinstance(wanted, bool)
