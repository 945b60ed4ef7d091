"""The gate of one gateway for a whole fleet: every quota window, the calls under way, and a pause that all obey."""

from __future__ import annotations

import random
from collections.abc import Sequence
from threading import Lock
from typing import Final
from uuid import uuid4

from ebond.clock import Clock
from ebond.gateway.pacer import MARGIN, Limit
from ebond.gateway.sharing import Turn
from ebond.shared.board import Board
from ebond.shared.lifeline import LEASE, Lifeline

#: Seconds after which a process looks again whether there is room; not all at once.
FOR_ROOM: Final = (0.005, 0.020)
_MICRO: Final = 1_000_000
_FULL: Final = -1
_LEASE: Final = int(LEASE * _MICRO)


class SharedGate:
    """Lets the calls of a gateway through, one turn at a time over all processes, by the clock of Redis.

    Every method raises Away where Redis cannot be reached.
    """

    def __init__(self, board: Board, gateway: str, *, room: int, clock: Clock, lifeline: Lifeline) -> None:
        self._board, self._gateway, self._room, self._clock = board, gateway, room, clock
        self._lifeline = lifeline
        self._door, self._lock = Lock(), Lock()
        self._under_way: set[str] = set()
        self._kept = False

    def enter(self, limits: Sequence[Limit]) -> Turn:
        """Take a turn under all these windows at once, or say how long to wait for it; wait for room here.

        One thread of a process at a time looks for room: the others would but ask the same over and over.
        """
        call = uuid4().hex
        keys = [self._pause, self._held, *self._keys(limits)]
        arguments: list[str | int] = [self._room, _LEASE, call, *_windows(limits)]
        with self._door:
            since = self._clock.monotonic()
            while (told := self._board.run("enter", keys, arguments))[0] == _FULL:
                self._clock.sleep(random.uniform(*FOR_ROOM))
                since = self._clock.monotonic()
        wait, at = int(told[0]), int(told[1])
        if wait > 0:
            return Turn(wait=wait / _MICRO)
        self._note(call)
        return Turn(wait=0.0, call=call, at=at, since=since)

    def leave(self, turn: Turn, limits: Sequence[Limit], *, late: float) -> None:
        """Give the room of a call back; a dead process's is free again when its lease is over.

        It counts in the windows from when it was sent, ``late`` seconds after its turn.
        """
        with self._lock:
            self._under_way.discard(turn.call)
        keys = [self._held, *self._keys(limits)]
        self._board.run("leave", keys, [turn.call, turn.at, int(late * _MICRO), *_windows(limits)])

    def prolong(self) -> None:
        """Keep the room of the calls under way."""
        with self._lock:
            # Under the lock: a call that leaves meanwhile must not be put back.
            if self._under_way:
                self._board.run("prolong", [self._held], [_LEASE, *self._under_way])

    def pause(self, seconds: float) -> None:
        """Let nobody through for so long."""
        if seconds > 0:
            self._board.run("pause", [self._pause], [int(seconds * 1000) + 1])

    def left(self, limits: Sequence[Limit]) -> list[int]:
        """Count the calls that each window still has room for."""
        return [int(one) for one in self._board.run("left", self._keys(limits), _windows(limits))]

    def _note(self, call: str) -> None:
        with self._lock:
            self._under_way.add(call)
            first, self._kept = not self._kept, True
        if first:
            self._lifeline.keep(self.prolong)

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
