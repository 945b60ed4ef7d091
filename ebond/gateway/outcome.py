"""What an answer means: an ordered table over status, header and body. Pure.

A status alone is never enough: a used-up quota arrives as 429, 403, 400, 500 or 503, an expired token as 401, 403,
400, 410 or 500, and errors hide in a 200. The definition's own rows (``user_rules``) come first, then ebond's; the
first match wins. Where a row would have an unsafe call made again, it wants proof that the gateway itself turned the
call away: a system may fail with any words after it has done what was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ebond.gateway.evidence import Evidence
from ebond.gateway.signs import (
    CAPACITY_SAID,
    NO_PATH_SAID,
    NO_ROUTE_CODES,
    NO_ROUTE_SAID,
    TAKEN,
    TLS_WANTED,
    between,
    done,
    expired,
    says_expired,
    says_quota,
    spent,
    status,
    turned_away,
    unsubscribed,
    wrong_client,
)


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


#: ebond's own rows, in order.
RULES: Final[tuple[Rule, ...]] = (
    # Success that is none: a login page or a maintenance page answers 200, and so do errors.
    Rule(lambda e: e.web_page and e.mentions("the requested url was rejected"), Outcome.REFUSED, "a firewall in between refused what was sent"),
    Rule(lambda e: done(e) and e.web_page and e.safe, Outcome.STOP, "a web page came instead of data: a login or maintenance page"),
    Rule(lambda e: done(e) and e.web_page, Outcome.UNKNOWN, "a web page came instead of an answer"),
    Rule(lambda e: done(e) and e.nothing_but_error and e.safe and says_expired(e), Outcome.REAUTH, "the token is expired or revoked"),
    Rule(lambda e: done(e) and e.nothing_but_error and e.safe and says_quota(e), Outcome.RATE_LIMITED, "the quota is used up"),
    Rule(lambda e: done(e) and e.nothing_but_error and not e.safe, Outcome.UNKNOWN, "the status says done and the body tells of an error"),
    Rule(lambda e: e.status == 207 and not e.safe, Outcome.UNKNOWN, "a mixed answer: some of it was done"),
    Rule(status(202), Outcome.ACCEPTED, "taken, done later"),
    Rule(between(200, 299), Outcome.APPLIED, "done"),
    # Elsewhere. A write that is answered with 'see other' was often done.
    Rule(lambda e: e.status == 304 and e.safe, Outcome.APPLIED, "unchanged"),
    Rule(status(304), Outcome.UNKNOWN, "the system says that nothing changed"),
    Rule(lambda e: e.file and e.safe and 300 <= e.status < 400, Outcome.REFUSED, "the file lies elsewhere; redirects are not followed with credentials"),
    Rule(lambda e: e.status == 303 and not e.safe, Outcome.UNKNOWN, "the answer is elsewhere: the call may have been applied"),
    Rule(lambda e: e.status in (301, 308) and e.creating, Outcome.STOP, "the API has moved"),
    Rule(status(301, 308), Outcome.MOVED, "the record or the API has moved"),
    Rule(status(300), Outcome.REFUSED, "more than one record fits"),
    Rule(between(300, 399), Outcome.STOP, "redirected, as to a login page; redirects are not followed with credentials"),
    # Who we are. A wrong client must stop at once: gateways lock accounts that hammer.
    Rule(wrong_client, Outcome.STOP, "the gateway does not know this client"),
    Rule(unsubscribed, Outcome.STOP, "the client is blocked or not subscribed to this API"),
    Rule(expired, Outcome.REAUTH, "the token is expired or revoked"),
    Rule(lambda e: "insufficient_scope" in e.challenge or (e.status == 403 and "insufficientscope" in e.codes), Outcome.STOP, "the token's scope does not allow this"),
    Rule(status(401), Outcome.REAUTH, "the credentials were not taken"),
    # Quota, in its disguises.
    Rule(status(429), Outcome.RATE_LIMITED, "the quota is used up"),
    Rule(lambda e: e.status == 403 and spent(e), Outcome.RATE_LIMITED, "the quota is used up"),
    Rule(lambda e: e.status == 400 and says_quota(e), Outcome.RATE_LIMITED, "the quota is used up"),
    Rule(lambda e: e.status in (500, 503) and (says_quota(e) or e.said(CAPACITY_SAID)) and turned_away(e), Outcome.RATE_LIMITED, "the quota is used up"),
    # The way there.
    Rule(status(402, 407, 426, 511), Outcome.STOP, "a proxy or the operator of the API wants something first"),
    Rule(lambda e: e.status == 403 and e.said(NO_PATH_SAID), Outcome.STOP, "this path is not known to the gateway"),
    Rule(lambda e: e.status == 400 and e.web_page and e.mentions(*TLS_WANTED), Outcome.STOP, "the gateway wants TLS another way: see 'tls.client_cert' and 'base_url'"),
    Rule(lambda e: e.status == 403 and e.web_page and e.safe, Outcome.STOP, "a firewall or proxy in between turns us away"),
    Rule(lambda e: e.status == 404 and (e.coded(NO_ROUTE_CODES) or e.said(NO_ROUTE_SAID)), Outcome.STOP, "this path is not known to the gateway"),
    # The record.
    Rule(status(404, 410), Outcome.GONE, "there is no such record"),
    Rule(lambda e: e.status == 412 and e.conditional, Outcome.EXISTS, "the record exists already"),
    Rule(lambda e: e.status == 409 and e.creating and e.mentions("idempoten"), Outcome.UNKNOWN, "an earlier try of this create is still under way"),
    Rule(lambda e: e.status == 409 and e.creating, Outcome.EXISTS, "the record exists already"),
    Rule(lambda e: e.status in (400, 422) and e.creating and e.mentions(*TAKEN), Outcome.EXISTS, "the record exists already"),
    Rule(status(409, 412), Outcome.STALE, "the record changed since it was read"),
    Rule(status(428), Outcome.STOP, "the system wants a precondition: see 'update.precondition'"),
    Rule(lambda e: e.file and e.status in (406, 415), Outcome.REFUSED, "files of this type are not taken"),
    Rule(status(406, 415), Outcome.STOP, "the system does not speak this media type"),
    Rule(status(405, 501), Outcome.STOP, "the system does not allow this verb: the contract is wrong"),
    # A gateway says 408 of a system that is slow, too.
    Rule(lambda e: e.status == 425 or (e.status == 408 and e.safe), Outcome.RETRY, "the system did not take the call in time"),
    Rule(status(408), Outcome.UNKNOWN, "the call timed out behind the gateway; it may have been applied all the same"),
    Rule(between(400, 499), Outcome.REFUSED, "refused"),
    # Trouble. Whether a write was applied before it, nobody knows.
    Rule(lambda e: e.status >= 500 and e.safe, Outcome.RETRY, "the system is in trouble"),
    Rule(lambda e: e.status >= 500, Outcome.UNKNOWN, "the system failed; the call may have been applied all the same"),
    Rule(lambda _: True, Outcome.UNKNOWN, "an answer that fits no rule"),
)  # fmt: skip


def classify(seen: Evidence, rules: Iterable[Rule] = ()) -> Verdict:
    """Look an answer up: the definition's compiled rows first, then ebond's."""
    rule = next(rule for table in (rules, RULES) for rule in table if rule.when(seen))
    return Verdict(rule.outcome, rule.why)
