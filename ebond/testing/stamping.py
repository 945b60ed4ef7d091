"""How a fake system spells and reads points in time, in every format that definitions know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ebond.definitions.system import StampFormat

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DEFAULT: Final = "%Y-%m-%d %H:%M:%S"
_TICK: Final = timedelta(microseconds=1)


def floored(at: datetime, granularity: float) -> datetime:
    """Cut ``at`` down to the step that the system shows."""
    step = timedelta(seconds=granularity) // _TICK
    ticks = (at - _EPOCH) // _TICK
    return _EPOCH + _TICK * (ticks - ticks % step)


def shown(at: datetime, stamp: StampFormat) -> str | int:
    """Spell a point in time as the system does."""
    at = floored(at, stamp.granularity)
    ticks = (at - _EPOCH) // _TICK
    match stamp.format:
        case "epoch_s":
            return ticks // 1_000_000
        case "epoch_ms":
            return ticks // 1_000
        case "iso_z":
            return at.isoformat().replace("+00:00", "Z")
    local = at.astimezone(ZoneInfo(stamp.zone))
    return local.isoformat() if stamp.format == "iso" else local.strftime(stamp.pattern or _DEFAULT)


def read(text: str, stamp: StampFormat) -> datetime:
    """Read a filter's stamp; raise ValueError for garbage."""
    if stamp.format == "epoch_s":
        return _EPOCH + timedelta(seconds=float(text))
    if stamp.format == "epoch_ms":
        return _EPOCH + timedelta(milliseconds=int(text))
    if stamp.format == "pattern":
        at = datetime.strptime(text, stamp.pattern or _DEFAULT)  # noqa: DTZ007
    else:
        at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(stamp.zone))).astimezone(UTC)
