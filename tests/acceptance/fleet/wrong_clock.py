"""Run ``ebond`` in a process whose clock is wrong: ``python wrong_clock.py SECONDS JUMP COMMAND…``.

The clock is so many seconds ahead from the start, and JUMP more from a SIGUSR1 on, as where somebody sets it. That goes
for every way by which ebond, the workers and their libraries ask what time it is; how long something takes is right.
"""

from __future__ import annotations

import signal
import sys
import time
from datetime import datetime, timedelta, tzinfo
from importlib import import_module
from typing import Any, Final

from ebond.cli.main import main

#: Whose modules get the wrong clock, and those of them that commands import only when they begin.
WRONG: Final = ("ebond", "workers", "apscheduler", "dramatiq")
LATE: Final = ("workers.processes", "apscheduler.triggers.interval")


class _Kind(type):
    ahead = timedelta()

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime)


class WrongDatetime(datetime, metaclass=_Kind):
    """What they take for ``datetime``; it makes real ones."""

    def __new__(cls, *args: Any, **kwargs: Any) -> datetime:  # type: ignore[misc]
        return datetime(*args, **kwargs)  # noqa: DTZ001  # whoever asks names the zone

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.ahead


def put_ahead(seconds: float) -> None:
    """Set the clock."""
    _Kind.ahead += timedelta(seconds=seconds)


def make_wrong() -> None:
    """Give all of them the wrong clock."""
    real = time.time
    time.time = lambda: real() + _Kind.ahead.total_seconds()
    for name in LATE:
        import_module(name)
    for name, module in list(sys.modules.items()):
        if name.startswith(WRONG) and getattr(module, "datetime", None) is datetime:
            setattr(module, "datetime", WrongDatetime)  # noqa: B010  # which a module has no idea of


if __name__ == "__main__":
    seconds, jump, *command = sys.argv[1:]
    signal.signal(signal.SIGUSR1, lambda _number, _frame: put_ahead(float(jump)))
    make_wrong()
    put_ahead(float(seconds))
    sys.argv = ["ebond", *command]
    main()
