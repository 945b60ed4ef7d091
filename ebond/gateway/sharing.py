"""What the processes of a fleet share of one gateway, as the gateway client sees it; alone, nothing is shared.

Whatever is shared may be away: every method raises Away then, and each process does for itself what it can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ebond.definitions.gateway import Gateway
from ebond.errors import CallError
from ebond.gateway.pacer import Limit
from ebond.gateway.token_answer import Token
from ebond.secrets import Secret

#: What proves who we are: another secret is another client.
Proof = tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that was taken, or how long to wait for one."""

    wait: float
    """Seconds; 0 where the turn is taken."""
    call: str = ""
    """What to leave with."""
    at: int = 0
    """When it was taken, by the clock of what is shared, in microseconds."""
    since: float = 0.0
    """When it was taken, by our own clock that only runs forward: not later than that."""


class Gate(Protocol):
    """One gateway's quota, room and pause, for all processes."""

    def enter(self, limits: Sequence[Limit]) -> Turn:
        """Take a turn under all these windows at once, or say how long to wait for it; wait for room here."""

    def leave(self, turn: Turn, limits: Sequence[Limit], *, late: float) -> None:
        """Give the room of a call back; it counts in the windows from when it was sent, so late after its turn."""

    def pause(self, seconds: float) -> None:
        """Let nobody through for so long."""

    def left(self, limits: Sequence[Limit]) -> list[int]:
        """Count the calls that each window still has room for."""


class Shelf(Protocol):
    """One gateway's token, for all processes; here nothing raises Away, the caller asks for a token of its own."""

    def obtain(self, proof: Proof, good: Callable[[Token], bool], fetch: Callable[[], Token]) -> Token:
        """Return the shared token where it is good, else fetch one at one process only."""

    def drop(self, secret: Secret) -> None:
        """Drop a token that the gateway refused, if it is still the current one."""

    def refused(self, proof: Proof, error: CallError, seconds: float) -> None:
        """Let all know for so long that there is no token to be had."""


class Sharing(Protocol):
    """What a fleet shares."""

    def gate(self, gateway: Gateway) -> Gate:
        """Return the shared gate of a gateway."""

    def shelf(self, gateway: Gateway) -> Shelf | None:
        """Return the shared token of a gateway; None where there is no key to seal it with."""

    def share(self) -> int:
        """Return how many processes divide the quota among them while nothing can be shared."""
