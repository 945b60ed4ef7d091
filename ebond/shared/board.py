"""The blackboard in Redis: scripts run there at once and by its clock, and a board that is away is soon given up.

Redis is left alone for a few seconds after it did not answer: a call must not wait for a dead server again and
again. (redis-py's own defaults would wait for half a minute.) Then one asks whether it is back, and the others do not
wait for that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib import resources
from threading import Lock
from typing import Any, Final

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from ebond.errors import Away, UsageError

log = structlog.get_logger("ebond.shared")

#: Seconds that one question may take.
PATIENCE: Final = 1.0
_SAID: Final = "Redis cannot be reached"
#: Seconds for which nobody asks a board that did not answer.
LEFT_ALONE: Final = 5.0
_NEVER: Final = float("-inf")


class Board:
    """A connection to Redis; threads share it.

    ``prefix`` keeps several fleets on one server apart.
    """

    def __init__(self, url: str, *, prefix: str = "ebond", monotonic: Callable[[], float] = time.monotonic) -> None:
        try:
            self.client: redis.Redis = redis.Redis.from_url(
                url,
                socket_timeout=PATIENCE,
                socket_connect_timeout=PATIENCE,
                # A connection that was cut meanwhile is made anew; who did not answer in time is not asked twice.
                retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
            )
        except ValueError:
            # What it says may hold the password.
            raise UsageError("the URL of Redis cannot be read", todo="Give redis://HOST:6379/0") from None
        self._prefix, self._monotonic = prefix, monotonic
        self._lock = Lock()
        self._away_until = _NEVER
        self._scripts: dict[str, Any] = {}

    def key(self, *parts: str) -> str:
        """Return the key of something on the board."""
        return ":".join((self._prefix, *parts))

    def run(self, script: str, keys: Sequence[str], arguments: Sequence[str | bytes | int | float] = ()) -> Any:
        """Run one of this package's Lua scripts; raises Away."""
        if script not in self._scripts:
            text = (resources.files("ebond.shared") / "scripts" / f"{script}.lua").read_text(encoding="utf-8")
            self._scripts[script] = self.client.register_script(text)
        return self.ask(lambda _: self._scripts[script](keys=list(keys), args=list(arguments)))

    def ask(self, question: Callable[[redis.Redis], Any]) -> Any:
        """Ask something of Redis; raises Away where it does not answer, or did not a moment ago."""
        self._look_away()
        try:
            answer = question(self.client)
        except redis.RedisError as error:
            self._away_until = self._monotonic() + LEFT_ALONE
            log.warning("redis is away", kind=type(error).__name__, left_alone_s=LEFT_ALONE)
            raise Away(_SAID) from None
        self._away_until = _NEVER
        return answer

    def _look_away(self) -> None:
        with self._lock:
            now = self._monotonic()
            if now < self._away_until:
                raise Away(_SAID)
            if self._away_until != _NEVER:
                # We ask whether it is back; nobody else waits for that.
                self._away_until = now + LEFT_ALONE

    def close(self) -> None:
        """Close the connections."""
        self.client.close()
