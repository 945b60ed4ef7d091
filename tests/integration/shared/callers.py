"""One process of a fleet that does nothing but call: ``python callers.py '{"url": …}'`` (see ``Orders``)."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import orjson

from ebond.clock import SystemClock
from ebond.definitions.gateway import Gateway
from ebond.gateway.pacer import Pacer
from ebond.gateway.turnstile import Turnstile
from ebond.shared.board import Board
from ebond.shared.fleet import Fleet


@dataclass(frozen=True)
class Orders:
    """What a process has to do."""

    url: str
    prefix: str
    quota: list[dict[str, Any]]
    room: int = 16
    threads: int = 4
    calls: int = 10
    """Calls of each thread."""
    long: float = 0.0
    """Seconds that a call takes."""


def gateway(orders: Orders) -> Gateway:
    return Gateway.model_validate({
        "version": 1, "gateway": "gw", "base_url": "https://gw.test", "auth": {"kind": "none"},
        "quota": orders.quota, "concurrency": orders.room,
    })  # fmt: skip


def call(orders: Orders) -> None:
    board, clock, definition = Board(orders.url, prefix=orders.prefix), SystemClock(), gateway(orders)
    fleet = Fleet(board, None, clock=clock)
    pacer = Pacer(definition.quota, owner="gateway")
    turnstile = Turnstile(pacer, clock, room=orders.room, gate=fleet.gate(definition))
    active, most = board.key("test", "active"), board.key("test", "most")

    def work(_: int) -> None:
        for _ in range(orders.calls):
            with turnstile.turn():
                board.client.zadd(most, {str(board.client.incr(active)): 1})
                clock.sleep(orders.long)
                board.client.decr(active)

    with ThreadPoolExecutor(orders.threads) as pool:
        list(pool.map(work, range(orders.threads)))
    fleet.close()


if __name__ == "__main__":
    call(Orders(**orjson.loads(sys.argv[1])))
