"""Ringing: telling some worker to look at a bond. What cannot be rung now is found by the sweep."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import redis
import structlog
from dramatiq import Actor
from dramatiq.errors import BrokerConnectionError

log = structlog.get_logger("ebond.bell")


#: Seconds for which nobody rings after Redis did not answer: each try would keep its thread waiting.
LEFT_ALONE: Final = 5.0


class Bells:
    """The actors' doorbells."""

    def __init__(
        self,
        scan: Actor,  # type: ignore[type-arg]  # of anything
        work: Actor,  # type: ignore[type-arg]
        sweep: Actor,  # type: ignore[type-arg]
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._scan, self._work, self._sweep = scan, work, sweep
        self._monotonic, self._away_until = monotonic, float("-inf")

    def scan(self, bond: str) -> bool:
        """Have a run of a bond begun; False where Redis is away."""
        return self._ring(self._scan, bond)

    def work(self, bond: str, *, times: int = 1) -> bool:
        """Have so many workers join in the run of a bond; False where Redis is away."""
        return all(self._ring(self._work, bond) for _ in range(times))

    def sweep(self) -> bool:
        """Have what waits in the database rung for; False where Redis is away."""
        return self._ring(self._sweep)

    def _ring(self, actor: Actor, *ids: str) -> bool:  # type: ignore[type-arg]  # of anything
        if self._monotonic() < self._away_until:
            return False
        try:
            actor.send(*ids)
        except (redis.RedisError, BrokerConnectionError) as error:
            self._away_until = self._monotonic() + LEFT_ALONE
            log.warning("not rung", actor=actor.actor_name, bond=ids[0] if ids else None, kind=type(error).__name__)
            return False
        return True
