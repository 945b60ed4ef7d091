"""Ringing: telling some worker to look at a bond. What cannot be rung now is found by the sweep."""

from __future__ import annotations

import redis
import structlog
from dramatiq import Actor
from dramatiq.errors import BrokerConnectionError

log = structlog.get_logger("ebond.bell")


class Bells:
    """The actors' doorbells."""

    def __init__(self, scan: Actor, work: Actor, sweep: Actor) -> None:  # type: ignore[type-arg]  # of anything
        self._scan, self._work, self._sweep = scan, work, sweep

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
        try:
            actor.send(*ids)
        except (redis.RedisError, BrokerConnectionError) as error:
            log.warning("not rung", actor=actor.actor_name, bond=ids[0] if ids else None, kind=type(error).__name__)
            return False
        return True
