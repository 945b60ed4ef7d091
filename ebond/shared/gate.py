"""The gate of one gateway for a whole fleet: every quota window, the calls under way, and a pause that all obey."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from ebond.gateway.pacer import Limit
from ebond.gateway.sharing import Turn
from ebond.shared.board import Board

#: Seconds after which one looks again whether there is room; not all at once.
FOR_ROOM: Final = (0.005, 0.025)
#: Calls that start exactly one window apart may arrive closer together than that.
MARGIN: Final = 0.010
_MICRO: Final = 1_000_000


class SharedGate:
    """Lets the calls of a gateway through, one turn at a time over all processes, by the clock of Redis.

    Every method raises Away where Redis cannot be reached.
    """

    def __init__(self, board: Board, gateway: str, *, room: int, longest_call: float) -> None:
        self._board, self._gateway, self._room, self._longest = board, gateway, room, longest_call

    def enter(self, limits: Sequence[Limit]) -> Turn:
        """Take a turn under all these windows at once, or say how long to wait for it."""
        call = uuid4().hex
        arguments: list[str | int] = [call, self._room, int(self._longest * _MICRO), *_windows(limits)]
        wait = self._board.run("enter", [self._pause, self._held, *self._keys(limits)], arguments)
        if wait < 0:
            return Turn(wait=random.uniform(*FOR_ROOM))
        return Turn(wait=wait / _MICRO, call=call)

    def leave(self, call: str) -> None:
        """Give the room of a call back; one that is never given back is free again after the longest call."""
        self._board.ask(lambda redis: redis.zrem(self._held, call))

    def pause(self, seconds: float) -> None:
        """Let nobody through for so long."""
        if seconds > 0:
            self._board.run("pause", [self._pause], [int(seconds * 1000) + 1])

    def left(self, limits: Sequence[Limit]) -> list[int]:
        """Count the calls that each window still has room for."""
        return [int(one) for one in self._board.run("left", self._keys(limits), _windows(limits))]

    @property
    def _pause(self) -> str:
        return self._board.key("pause", self._gateway)

    @property
    def _held(self) -> str:
        return self._board.key("room", self._gateway)

    def _keys(self, limits: Sequence[Limit]) -> list[str]:
        # A window is known by its length: more or fewer calls a day do not make today's calls undone.
        return [self._board.key("window", self._gateway, limit.owner, f"{limit.per:g}") for limit in limits]


def _windows(limits: Sequence[Limit]) -> list[int]:
    return [number for limit in limits for number in (limit.calls, int((limit.per + MARGIN) * _MICRO))]
