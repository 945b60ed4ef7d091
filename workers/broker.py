"""The broker: Redis as a doorbell, with the few of dramatiq's parts that a doorbell needs.

Not used, and why: retries (what failed is due again in the database), results (they are in the database), delayed
messages (they stay with a consumer when Redis restarts), ageing (it would drop work silently).
"""

from __future__ import annotations

from typing import Final

import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import TimeLimit
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from ebond.errors import UsageError

NAMESPACE: Final = "ebond-bell"
#: Milliseconds without a sign of life after which a dead worker's messages are handed out again. The sweep is
#: faster; this only keeps what dramatiq itself knows tidy.
HEARTBEAT: Final = 30_000
#: A message that could not be handled is of no use to anybody for longer.
DEAD_MESSAGES: Final = 3_600_000
#: The last resort against a thread that hangs: every call has time-outs of its own, and a piece of work its slice.
TIME_LIMIT: Final = 600_000
#: Recovery is a matter of chance at dramatiq's default, and takes an hour on a quiet system.
ALWAYS: Final = 1_000_000


def make_broker(url: str) -> RedisBroker:
    """Return a broker on Redis; raises UsageError for a URL that cannot be read. Nothing is called yet."""
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=5, socket_connect_timeout=2, retry=Retry(ExponentialBackoff(cap=0.5, base=0.1), 2)
        )
    except ValueError:
        # What it says may hold the password.
        raise UsageError("the URL of Redis cannot be read", todo="Give redis://HOST:6379/0") from None
    return RedisBroker(  # type: ignore[no-untyped-call]  # dramatiq types it in part
        client=client,
        middleware=[TimeLimit(time_limit=TIME_LIMIT)],
        namespace=NAMESPACE,
        maintenance_chance=ALWAYS,
        heartbeat_timeout=HEARTBEAT,
        dead_message_ttl=DEAD_MESSAGES,
    )
