"""What answers look like, sign by sign: the words and codes by which gateways and systems tell what is wrong. Pure.

Which sign counts where, and what it means for a call, is the table's matter (``outcome``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ebond.gateway.evidence import Evidence

# Codes in plain spelling: letters and digits of the last part, in lower case.
QUOTA_CODES: Final = frozenset({
    "quotaviolation", "spikearrestviolation", "requestlimitexceeded", "requestsexceeded", "toomanyrequests",
    "toomanyrequestsexception", "throttled", "throttling", "throttlingexception", "ratelimitexceeded", "ratelimited",
    "ratelimit", "userratelimitexceeded", "dailylimitexceeded", "quotaexceeded", "temporaryreducedcapacity",
    "abnormalusagedetected",
})  # fmt: skip
EXPIRED_CODES: Final = frozenset({
    "invalidtoken", "accesstokenexpired", "invalidaccesstoken", "tokenexpired", "expiredtoken",
    "expiredtokenexception", "invalidsessionid",
})  # fmt: skip
CLIENT_CODES: Final = frozenset({
    "invalidclient", "unauthorizedclient", "invalidclientid", "invalidapikey", "failedtoresolveapikey",
})  # fmt: skip
UNSUBSCRIBED_CODES: Final = frozenset({"invalidapicallasnoapiproductmatchfound", "apikeynotapproved"})
NO_ROUTE_CODES: Final = frozenset({"applicationnotfound", "applicationnotfoundforapi"})
#: Policies of the gateway itself: what carries their name never reached the system.
_OWN_POLICY: Final = re.compile(r"(policies\.ratelimit|keymanagement\.service|oauth\.v2)\.", re.IGNORECASE)

# What messages begin with.
_QUOTA_SAID: Final = re.compile(
    r"(?:the |your |api |user |client |hourly |daily |monthly )*"
    r"(?:(?:rate[ -]?limit|call volume|request rate|requests?|calls?|quota)\b.{0,40}?\b"
    r"(?:exceeded|violation|reached|used up|exhausted)"
    r"|rate exceeded|too many (?:requests|calls)|limit exceeded\W*$|out of call volume quota|spike arrest violation"
    r"|you(?: have|'ve)? (?:exceeded|reached|hit) .{0,30}(?:rate limit|quota)"
    r"|totalrequests limit exceeded|concurrentperorglongtxn limit exceeded)"
)
CAPACITY_SAID: Final = re.compile(r"back-?end server is at capacity|service over capacity")
_EXPIRED_SAID: Final = re.compile(
    r"(?:the )?(?:incoming |access |bearer |security |oauth )*token\b.{0,30}?\b(?:expired|revoked|not valid|invalid)"
    r"|expired (?:credentials|(?:access )?token)|invalid (?:access )?token|session expired or invalid"
)
_CLIENT_SAID: Final = re.compile(r"invalid client\b|unknown client\b|client not found")
_UNSUBSCRIBED_SAID: Final = re.compile(
    r"you cannot consume this service|access denied due to (?:missing|invalid) subscription key"
    r"|invalid api call as no apiproduct match found"
)
NO_PATH_SAID: Final = re.compile(r"missing authentication token")
NO_ROUTE_SAID: Final = re.compile(
    r"no route matched|unable to identify proxy|no matching resource found|no context-path matches"
)
#: What nginx and its kin say in a page under 400 where TLS is not as they want it.
TLS_WANTED: Final = ("ssl certificate", "plain http request was sent to https port")
TAKEN: Final = (
    "already exist", "already_exist", "duplicate", "exists already", "not unique", "must be unique",
    "already been taken", "already in use",
)  # fmt: skip


def status(*statuses: int) -> Callable[[Evidence], bool]:
    """Is the status one of these?"""
    return lambda seen: seen.status in statuses


def between(low: int, high: int) -> Callable[[Evidence], bool]:
    """Is the status in this range, both ends included?"""
    return lambda seen: low <= seen.status <= high


def done(seen: Evidence) -> bool:
    """Does the status say that it was done?"""
    return 200 <= seen.status < 300


def says_quota(seen: Evidence) -> bool:
    """Does the error speak of a used-up quota?"""
    return seen.coded(QUOTA_CODES) or seen.said(_QUOTA_SAID)


def spent(seen: Evidence) -> bool:
    """Is the quota what a 403 is about?"""
    headers = seen.headers
    nothing_left = "0" in (headers.get("x-ratelimit-remaining"), headers.get("ratelimit-remaining"))
    return nothing_left or "retry-after" in headers or says_quota(seen) or seen.number == 53


def turned_away(seen: Evidence) -> bool:
    """Did the gateway itself refuse a call that may be unsafe, before the system saw it?"""
    own = any(_OWN_POLICY.match(code) for code in seen.full_codes)
    return seen.safe or own or (seen.status == 503 and seen.said(CAPACITY_SAID))


def says_expired(seen: Evidence) -> bool:
    """Does the error speak of an expired or revoked token?"""
    return "invalid_token" in seen.challenge or seen.coded(EXPIRED_CODES) or seen.said(_EXPIRED_SAID)


def expired(seen: Evidence) -> bool:
    """Is an expired or revoked token what the answer is about?"""
    match seen.status:
        case 400 | 401 | 403:
            return says_expired(seen)
        case 410:
            return says_expired(seen) or seen.number == 42
        case 500:
            return says_expired(seen) and turned_away(seen)
    return False


def wrong_client(seen: Evidence) -> bool:
    """Is the client itself not known, or its secret wrong?"""
    words = "invalid_client" in seen.challenge or seen.coded(CLIENT_CODES) or seen.said(_CLIENT_SAID)
    return seen.status in (401, 403) and (words or (seen.status == 401 and seen.number in (40, 41)))


def unsubscribed(seen: Evidence) -> bool:
    """May this client not use the API at all? Then another token does not help either."""
    if seen.status == 403 and seen.number in (50, 51, 52):
        return True
    return seen.status in (401, 403) and (seen.coded(UNSUBSCRIBED_CODES) or seen.said(_UNSUBSCRIBED_SAID))
