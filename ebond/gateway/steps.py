"""What to do after a verdict: take the answer, try again, or give up. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from ebond.gateway.outcome import Outcome

#: Tries of a call that may be made again, the first included; one more where the token was renewed.
ATTEMPTS: Final = 4
#: Waiting time after the first failure; doubled with each further one.
BACKOFF: Final = 0.25
#: The same where the quota is used up and the answer names no time, and where it says 'at once'.
QUOTA_WAIT: Final = 5.0
QUOTA_LEAST: Final = 1.0


class Do(Enum):
    """What to do next."""

    TAKE = auto()
    """It did what was asked: return the answer."""
    RENEW = auto()
    """Get another token and make the same call again."""
    PAUSE = auto()
    """Have everybody wait, then make the same call again."""
    WAIT = auto()
    """Wait alone, then make the same call again."""
    FAIL = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, and for how long."""

    do: Do
    seconds: float = 0.0


_FAIL: Final = Step(Do.FAIL)


@dataclass(frozen=True, slots=True)
class Tried:
    """A call so far: how often it was made, and what is known of the last try."""

    attempt: int
    safe: bool
    renewed: bool = False
    lasting: bool = False
    """Trying again at once is pointless: a certificate that does not verify."""
    asked: float | None = None
    """The seconds to wait that the answer names."""


def next_step(outcome: Outcome, tried: Tried, *, max_wait: float) -> Step:
    """Choose what to do.

    ======================  ==========================  =================================================
    outcome                 where                       next
    ======================  ==========================  =================================================
    applied, accepted       always                      take it
    reauth                  the first time              renew the token
    rate_limited            the wait is short enough    pause everybody, as long as asked
    not_sent, retry         the wait is short enough    wait, at least as long as asked
    unknown                 the call is safe            the same
    anything else           always                      fail: an unsafe call is never made again blindly
    ======================  ==========================  =================================================
    """
    if outcome in (Outcome.APPLIED, Outcome.ACCEPTED):
        return Step(Do.TAKE)
    if outcome is Outcome.REAUTH:
        return _FAIL if tried.renewed else Step(Do.RENEW)
    if tried.attempt >= ATTEMPTS or tried.lasting:
        return _FAIL
    grown = 2.0 ** (tried.attempt - 1)
    asked = tried.asked or 0.0
    if asked > max_wait:
        return _FAIL
    if outcome is Outcome.RATE_LIMITED:
        least = QUOTA_WAIT if tried.asked is None else QUOTA_LEAST
        return Step(Do.PAUSE, max(asked, min(least * grown, max_wait)))
    harmless = outcome in (Outcome.NOT_SENT, Outcome.RETRY)
    if harmless or (tried.safe and outcome is Outcome.UNKNOWN):
        return Step(Do.WAIT, max(asked, BACKOFF * grown))
    return _FAIL
