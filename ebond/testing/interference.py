"""An application with faults, and with people who edit while our calls are under way."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from ebond.gateway.wire import Raw, RawAnswer
from ebond.testing.faults import App, Fault

When = Callable[[Raw], bool]
Hook = Callable[[Raw], None]


def any_call(_raw: Raw) -> bool:
    """Match every call."""
    return True


def writes(raw: Raw) -> bool:
    """Match calls that may change something."""
    return raw.method not in ("GET", "HEAD")


def reads(raw: Raw) -> bool:
    """Match calls that change nothing."""
    return raw.method in ("GET", "HEAD")


class Faults:
    """Wraps an application; without faults and hooks it is not there.

    ``before`` and ``after`` are called around each call, so that edits land in the middle of our reads and
    writes; ``draw`` may give a fault for any call (for property tests); ``fired`` names what happened.
    """

    def __init__(self, app: App, *, draw: Callable[[Raw], Fault | None] | None = None) -> None:
        self.app = app
        self.before: Hook | None = None
        self.after: Hook | None = None
        self.draw = draw
        self.fired: list[tuple[str, str]] = []
        self._lock = Lock()
        self._script: list[tuple[Fault, When]] = []

    def next(self, *faults: Fault, when: When = any_call) -> None:
        """Let each of these hit one matching call, in this order."""
        with self._lock:
            self._script += [(fault, when) for fault in faults]

    def always(self, fault: Fault, *, when: When = any_call) -> None:
        """Let this hit every matching call until ``clear``."""
        self.draw = lambda raw: fault if when(raw) else None

    def clear(self) -> None:
        """Forget all faults and hooks."""
        with self._lock:
            self._script.clear()
        self.before = self.after = self.draw = None

    @property
    def pending(self) -> int:
        """How many scripted faults have not hit yet."""
        return len(self._script)

    def __call__(self, raw: Raw) -> RawAnswer:
        if self.before:
            self.before(raw)
        fault = self._pick(raw)
        try:
            return self.app(raw) if fault is None else fault(self.app, raw)
        finally:
            if self.after:
                self.after(raw)

    def _pick(self, raw: Raw) -> Fault | None:
        with self._lock:
            place = next((at for at, (_, when) in enumerate(self._script) if when(raw)), None)
            if place is not None:
                fault: Fault | None = self._script.pop(place)[0]
            else:
                fault = self.draw(raw) if self.draw else None
            if fault is not None:
                self.fired.append((raw.method, getattr(fault, "__name__", type(fault).__name__)))
            return fault
