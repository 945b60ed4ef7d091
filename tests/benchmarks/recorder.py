"""Taking down the calls of a sync, and making the very same ones again."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from ebond.definitions.gateway import Gateway
from ebond.gateway.transport import HttpxTransport
from ebond.gateway.wire import Raw, RawAnswer
from ebond.secrets import SecretRef


def transport(gateway: Gateway) -> HttpxTransport:
    """Return the transport that ebond itself uses; no certificate of these gateways needs a secret."""

    def resolve(reference: SecretRef) -> None:
        raise LookupError(reference)

    return HttpxTransport.for_gateway(gateway, resolve=resolve, folder=Path())  # type: ignore[arg-type]


class Recorder:
    """Hands calls on and takes down which were made, by gateway: the lists, then all others in their order."""

    def __init__(self) -> None:
        self.gateways: dict[str, Gateway] = {}
        self.lists: dict[str, list[Raw]] = {}
        self.others: list[tuple[str, Raw]] = []

    def transport_for(self, gateway: Gateway) -> _Recording:
        """Open a transport that is recorded."""
        self.gateways[gateway.gateway] = gateway
        self.lists[gateway.gateway] = []
        return _Recording(self, gateway)

    def take_down(self, gateway: str, raw: Raw) -> None:
        """Take one call down: token requests go with the lists, which they come before."""
        first = raw.method == "GET" or "/oauth/" in raw.url
        self.lists[gateway].append(raw) if first else self.others.append((gateway, raw))

    def replay(self, *, workers: int) -> None:
        """Make the same calls again: both sides' lists at once, then all others, ``workers`` at a time.

        This waits for less than a sync has to: nothing but the lists' end.
        """
        carriers = {name: transport(gateway) for name, gateway in self.gateways.items()}
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda name: [carriers[name].send(raw) for raw in self.lists[name]], carriers))
            queue, lock = iter(self.others), Lock()
            list(pool.map(lambda _: [carriers[name].send(raw) for name, raw in _shared(queue, lock)], range(workers)))
        for carrier in carriers.values():
            carrier.close()


class _Recording:
    def __init__(self, recorder: Recorder, gateway: Gateway) -> None:
        self._recorder, self._gateway, self._inner = recorder, gateway.gateway, transport(gateway)

    def send(self, raw: Raw) -> RawAnswer:
        self._recorder.take_down(self._gateway, raw)
        return self._inner.send(raw)

    def close(self) -> None:
        self._inner.close()


def _shared(queue: Iterator[tuple[str, Raw]], lock: Lock) -> Iterator[tuple[str, Raw]]:
    """Take the next of a queue that threads share, until it is empty."""
    while True:
        with lock:
            following = next(queue, None)
        if following is None:
            return
        yield following
