"""Reading a token answer: the token, and how long it is good for. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from ebond.definitions.gateway import TokenAnswer
from ebond.mapping.path import getter
from ebond.secrets import Secret

#: Nothing is trusted for longer: a token that claims a century is renewed once a year.
LONGEST: Final = 366 * 86400.0
#: Renew when a fifth of the lifetime is left, at the latest when ``leeway`` is.
SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Token:
    """A token and when to stop using it, on the clock that never runs backwards."""

    secret: Secret
    received: float
    lifetime: float

    def fresh(self, now: float, leeway: float) -> bool:
        """May the token still be used, keeping clear of its end?

        The leeway shrinks with the lifetime: 60 s of leeway on a token of 30 s would mean one request a call.
        """
        return now < self.received + self.lifetime - min(leeway, self.lifetime * SHARE)


def read_token(body: Any, form: TokenAnswer, *, received: float) -> Token | None:
    """Take the token out of a decoded answer; None where it holds none."""
    token = getter(form.token)(body)
    if not isinstance(token, str) or not token:
        return None
    return Token(Secret(token), received, lifetime(getter(form.expires_in)(body), form))


def lifetime(told: Any, form: TokenAnswer) -> float:
    """Read ``expires_in`` as a number or text; what is absent, zero, negative or nonsense gives the default."""
    if isinstance(told, bool):
        return form.default_ttl
    try:
        seconds = float(told) * (0.001 if form.unit == "ms" else 1.0)
    except (TypeError, ValueError):
        return form.default_ttl
    if not math.isfinite(seconds) or seconds <= 0:
        return form.default_ttl
    return min(seconds, LONGEST)
