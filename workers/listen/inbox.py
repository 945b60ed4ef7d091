"""What becomes of one notification: verified, read for ids, kept in the database, rung for, and answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from ebond.clock import Clock
from ebond.definitions import Definitions
from ebond.definitions.listening import CertificateVerify, Listening
from ebond.definitions.listening_checks import is_below
from ebond.errors import EbondError, UsageError
from ebond.state import Side
from ebond.store import Store, Told
from workers.listen.challenge import Echo, echo_for
from workers.listen.payload import Garbled, Named, ids_in
from workers.listen.verify import Check, HeaderOf, Resolve, check_for

log = structlog.get_logger("ebond.listen")

#: What becomes of notifications, and what is answered; None: what the system wants to hear.
ANSWERS: Final[Mapping[str, int | None]] = {
    "accepted": None,
    "ignored": None,
    "forged": 401,
    "replayed": 401,
    "garbled": 400,
    "failed": 503,
}
#: For a list to be read: several new records at once cause one reading, and may have come into the list by then.
FOR_LISTS: Final = timedelta(seconds=3)


class Ring(Protocol):
    """Has a run of a bond begun soon; False where nobody hears it."""

    def __call__(self, bond: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Route:
    """Where one system notifies of one kind of record, and which sides of bonds that concerns."""

    system: str
    listening: Listening
    check: Check
    named: Named
    sides: Sequence[tuple[str, Side]]
    echo: Echo
    """What answers the system's handshake."""


def routes(definitions: Definitions, resolve: Resolve, *, behind: bool) -> list[Route]:
    """Return all that can be notified of.

    Raises SecretError for a missing secret, UsageError where nothing is to be received, or where a certificate would
    be believed that no proxy has verified.
    """
    found = [
        Route(
            system.system,
            resource.listen,
            check_for(resource.listen.verify, resolve),
            named,
            sides,
            echo_for(resource.listen.challenge, resolve),
        )
        for system in definitions.systems.values()
        for name, resource in system.resources.items()
        if resource.listen is not None
        for named, sides in [(ids_in(resource, resource.listen), list(_sides(definitions, f"{system.system}/{name}")))]
    ]
    if not found:
        raise UsageError("no system notifies us", todo="Give a resource 'listen' (see mappings/README.md)")
    for route in found:
        if isinstance(route.listening.verify, CertificateVerify) and not behind:
            raise UsageError(
                f"{route.system} is known by a client certificate, which a proxy in front of us has to verify",
                todo="Put one there, which takes the header away from what callers send, and give --behind",
            )
    return found


def _sides(definitions: Definitions, reference: str) -> Iterator[tuple[str, Side]]:
    for bond in definitions.bonds.values():
        mapping = definitions.mappings[bond.mapping]
        for side in Side:
            if getattr(mapping, side.value) == reference:
                yield bond.bond, side


class Inbox:
    """Takes notifications in; threads share it."""

    def __init__(
        self,
        routes: Sequence[Route],
        store: Store,
        clock: Clock,
        *,
        ring: Ring,
        count: Callable[[str, str], None] = lambda system, outcome: None,  # noqa: ARG005
    ) -> None:
        """``count`` is told the system and the outcome of each."""
        self._routes, self._store, self._clock, self._ring, self._count = routes, store, clock, ring, count

    def route(self, path: str) -> Route | None:
        """Return whose notifications are received at a path."""
        return next((one for one in self._routes if is_below(path, one.listening.path)), None)

    def receive(self, route: Route, header_of: HeaderOf, body: bytes) -> int:
        """Take a notification in; return the status to answer with. Its content is never logged."""
        outcome, why = self._outcome(route, header_of, body)
        self._count(route.system, outcome)
        if why:
            log.warning("notification refused", system=route.system, outcome=outcome, reason=why)
        return ANSWERS[outcome] or route.listening.answer

    def _outcome(self, route: Route, header_of: HeaderOf, body: bytes) -> tuple[str, str]:
        now = self._clock.now()
        refusal = route.check(header_of, body, now)
        if refusal is not None:
            return refusal.outcome, refusal.why
        try:
            ids = route.named(body)
            if not ids or not route.sides:
                return "ignored", ""
            self._keep(route, ids, now)
        except Garbled as error:
            return "garbled", str(error)
        except EbondError as error:
            # The system sends it again, or the poll finds what it was about.
            return "failed", str(error)
        log.info("notified", system=route.system, records=len(ids))
        return "accepted", ""

    def _keep(self, route: Route, ids: Sequence[str], now: datetime) -> None:
        told = [Told(bond, side, ids) for bond, side in route.sides]
        waits = route.listening.unknown == "list" and not all(self._are_known(one) for one in told)
        self._store.note_told(told, due=now + FOR_LISTS if waits else now)
        for bond in dict.fromkeys(one.bond for one in told):
            if not waits:
                self._ring(bond)

    def _are_known(self, told: Told) -> bool:
        return len(self._store.known(told.bond, told.side, told.ids)) == len(told.ids)
