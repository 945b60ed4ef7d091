"""What an answer means: an ordered table over status, header and body. Pure.

A status alone is never enough: a used-up quota arrives as 429, 403, 400, 500 or 503, an expired token as 401, 403,
400, 410 or 500, and errors hide in a 200. The definition's own rows (``user_rules``) come first, then ebond's; the
first match wins. Where a row would have an unsafe call made again, it wants proof that the gateway itself turned the
call away: a system may fail with any words after it has done what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ebond.gateway.evidence import Evidence


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


# Codes in plain spelling: letters and digits of the last part, in lower case.
_QUOTA_CODES: Final = frozenset({
    "quotaviolation", "spikearrestviolation", "requestlimitexceeded", "requestsexceeded", "toomanyrequests",
    "toomanyrequestsexception", "throttled", "throttling", "throttlingexception", "ratelimitexceeded", "ratelimited",
    "ratelimit", "quotaexceeded", "temporaryreducedcapacity", "abnormalusagedetected",
})  # fmt: skip
_EXPIRED_CODES: Final = frozenset({
    "invalidtoken", "accesstokenexpired", "invalidaccesstoken", "tokenexpired", "expiredtoken",
    "expiredtokenexception", "invalidsessionid",
})  # fmt: skip
_CLIENT_CODES: Final = frozenset({"invalidclient", "unauthorizedclient", "invalidclientid", "invalidapikey"})
_NO_ROUTE_CODES: Final = frozenset({"applicationnotfound", "applicationnotfoundforapi"})
#: Policies of the gateway itself: what carries their name never reached the system.
_OWN_POLICY: Final = re.compile(r"(policies\.ratelimit|keymanagement\.service|oauth\.v2)\.", re.IGNORECASE)

# What messages begin with.
_QUOTA_SAID: Final = re.compile(
    r"(?:the |your |api |hourly |daily |monthly )*"
    r"(?:(?:rate[ -]?limit|call volume|request rate|requests?|calls?|quota)\b.{0,40}?\b"
    r"(?:exceeded|violation|reached|used up|exhausted)"
    r"|too many (?:requests|calls)|limit exceeded\W*$|out of call volume quota|spike arrest violation"
    r"|you(?: have|'ve)? (?:exceeded|reached|hit) .{0,30}(?:rate limit|quota)"
    r"|totalrequests limit exceeded|concurrentperorglongtxn limit exceeded)"
)
_CAPACITY_SAID: Final = re.compile(r"back-?end server is at capacity|service over capacity")
_EXPIRED_SAID: Final = re.compile(
    r"(?:the )?(?:incoming |access |bearer |security |oauth )*token\b.{0,30}?\b(?:expired|revoked|not valid|invalid)"
    r"|expired (?:credentials|(?:access )?token)|invalid (?:access )?token|session expired or invalid"
)
_CLIENT_SAID: Final = re.compile(r"invalid client\b|unknown client\b|client not found")
_NO_PATH_SAID: Final = re.compile(r"missing authentication token")
_NO_ROUTE_SAID: Final = re.compile(r"no route matched|unable to identify proxy")
_TAKEN: Final = (
    "already exist", "already_exist", "duplicate", "exists already", "not unique", "must be unique",
    "already been taken", "already in use",
)  # fmt: skip


def _status(*statuses: int) -> Callable[[Evidence], bool]:
    return lambda seen: seen.status in statuses


def _between(low: int, high: int) -> Callable[[Evidence], bool]:
    return lambda seen: low <= seen.status <= high


def _done(seen: Evidence) -> bool:
    return 200 <= seen.status < 300


def _says_quota(seen: Evidence) -> bool:
    return seen.coded(_QUOTA_CODES) or seen.said(_QUOTA_SAID)


def _spent(seen: Evidence) -> bool:
    """Is the quota what a 403 is about?"""
    headers = seen.headers
    nothing_left = "0" in (headers.get("x-ratelimit-remaining"), headers.get("ratelimit-remaining"))
    return nothing_left or "retry-after" in headers or _says_quota(seen) or seen.number == 53


def _turned_away(seen: Evidence) -> bool:
    """Did the gateway itself refuse a call that may be unsafe, before the system saw it?"""
    own = any(_OWN_POLICY.match(code) for code in seen.full_codes)
    return seen.safe or own or (seen.status == 503 and seen.said(_CAPACITY_SAID))


def _says_expired(seen: Evidence) -> bool:
    return "invalid_token" in seen.challenge or seen.coded(_EXPIRED_CODES) or seen.said(_EXPIRED_SAID)


def _expired(seen: Evidence) -> bool:
    match seen.status:
        case 400 | 401 | 403:
            return _says_expired(seen)
        case 410:
            return _says_expired(seen) or seen.number == 42
        case 500:
            return _says_expired(seen) and _turned_away(seen)
    return False


def _wrong_client(seen: Evidence) -> bool:
    words = "invalid_client" in seen.challenge or seen.coded(_CLIENT_CODES) or seen.said(_CLIENT_SAID)
    return seen.status in (401, 403) and (words or (seen.status == 401 and seen.number in (40, 41)))


#: ebond's own rows, in order.
RULES: Final[tuple[Rule, ...]] = (
    # Success that is none: a login page or a maintenance page answers 200, and so do errors.
    Rule(lambda e: e.web_page and e.mentions("the requested url was rejected"), Outcome.REFUSED, "a firewall in between refused what was sent"),
    Rule(lambda e: _done(e) and e.web_page and e.safe, Outcome.STOP, "a web page came instead of data: a login or maintenance page"),
    Rule(lambda e: _done(e) and e.web_page, Outcome.UNKNOWN, "a web page came instead of an answer"),
    Rule(lambda e: _done(e) and e.nothing_but_error and e.safe and _says_expired(e), Outcome.REAUTH, "the token is expired or revoked"),
    Rule(lambda e: _done(e) and e.nothing_but_error and e.safe and _says_quota(e), Outcome.RATE_LIMITED, "the quota is used up"),
    Rule(lambda e: _done(e) and e.nothing_but_error and not e.safe, Outcome.UNKNOWN, "the status says done and the body tells of an error"),
    Rule(lambda e: e.status == 207 and not e.safe, Outcome.UNKNOWN, "a mixed answer: some of it was done"),
    Rule(_status(202), Outcome.ACCEPTED, "taken, done later"),
    Rule(_between(200, 299), Outcome.APPLIED, "done"),
    # Elsewhere. A write that is answered with 'see other' was often done.
    Rule(lambda e: e.status == 304 and e.safe, Outcome.APPLIED, "unchanged"),
    Rule(_status(304), Outcome.UNKNOWN, "the system says that nothing changed"),
    Rule(lambda e: e.status == 303 and not e.safe, Outcome.UNKNOWN, "the answer is elsewhere: the call may have been applied"),
    Rule(lambda e: e.status in (301, 308) and e.creating, Outcome.STOP, "the API has moved"),
    Rule(_status(301, 308), Outcome.MOVED, "the record or the API has moved"),
    Rule(_status(300), Outcome.REFUSED, "more than one record fits"),
    Rule(_between(300, 399), Outcome.STOP, "redirected, as to a login page; redirects are not followed with credentials"),
    # Who we are. A wrong client must stop at once: gateways lock accounts that hammer.
    Rule(_wrong_client, Outcome.STOP, "the gateway does not know this client"),
    Rule(_expired, Outcome.REAUTH, "the token is expired or revoked"),
    Rule(lambda e: "insufficient_scope" in e.challenge or (e.status == 403 and "insufficientscope" in e.codes), Outcome.STOP, "the token's scope does not allow this"),
    Rule(_status(401), Outcome.REAUTH, "the credentials were not taken"),
    # Quota, in its disguises.
    Rule(_status(429), Outcome.RATE_LIMITED, "the quota is used up"),
    Rule(lambda e: e.status == 403 and _spent(e), Outcome.RATE_LIMITED, "the quota is used up"),
    Rule(lambda e: e.status == 400 and _says_quota(e), Outcome.RATE_LIMITED, "the quota is used up"),
    Rule(lambda e: e.status in (500, 503) and (_says_quota(e) or e.said(_CAPACITY_SAID)) and _turned_away(e), Outcome.RATE_LIMITED, "the quota is used up"),
    # The way there.
    Rule(_status(402, 407, 511), Outcome.STOP, "a proxy or the operator of the API wants something first"),
    Rule(lambda e: e.status == 403 and e.said(_NO_PATH_SAID), Outcome.STOP, "this path is not known to the gateway"),
    Rule(lambda e: e.status == 403 and e.number in (50, 51, 52), Outcome.STOP, "the client is blocked or not subscribed to this API"),
    Rule(lambda e: e.status == 404 and (e.coded(_NO_ROUTE_CODES) or e.said(_NO_ROUTE_SAID)), Outcome.STOP, "this path is not known to the gateway"),
    # The record.
    Rule(_status(404, 410), Outcome.GONE, "there is no such record"),
    Rule(lambda e: e.status == 412 and e.conditional, Outcome.EXISTS, "the record exists already"),
    Rule(lambda e: e.status == 409 and e.creating and e.mentions("idempoten"), Outcome.UNKNOWN, "an earlier try of this create is still under way"),
    Rule(lambda e: e.status == 409 and e.creating, Outcome.EXISTS, "the record exists already"),
    Rule(lambda e: e.status in (400, 422) and e.creating and e.mentions(*_TAKEN), Outcome.EXISTS, "the record exists already"),
    Rule(_status(409, 412), Outcome.STALE, "the record changed since it was read"),
    Rule(_status(428), Outcome.STOP, "the system wants a precondition: see 'update.precondition'"),
    Rule(_status(406, 415), Outcome.STOP, "the system does not speak this media type"),
    Rule(_status(405, 501), Outcome.STOP, "the system does not allow this verb: the contract is wrong"),
    # A gateway says 408 of a system that is slow, too.
    Rule(lambda e: e.status == 425 or (e.status == 408 and e.safe), Outcome.RETRY, "the system did not take the call in time"),
    Rule(_status(408), Outcome.UNKNOWN, "the call timed out behind the gateway; it may have been applied all the same"),
    Rule(_between(400, 499), Outcome.REFUSED, "refused"),
    # Trouble. Whether a write was applied before it, nobody knows.
    Rule(lambda e: e.status >= 500 and e.safe, Outcome.RETRY, "the system is in trouble"),
    Rule(lambda e: e.status >= 500, Outcome.UNKNOWN, "the system failed; the call may have been applied all the same"),
    Rule(lambda _: True, Outcome.UNKNOWN, "an answer that fits no rule"),
)  # fmt: skip


def classify(seen: Evidence, rules: Iterable[Rule] = ()) -> Verdict:
    """Look an answer up: the definition's compiled rows first, then ebond's."""
    rule = next(rule for table in (rules, RULES) for rule in table if rule.when(seen))
    return Verdict(rule.outcome, rule.why)
