"""Everything ebond can refuse or fail at, as one tree.

::

    EbondError
    ├── DefinitionError        the YAML is wrong: every problem of a load at once
    ├── SecretError            a secret reference leads nowhere
    ├── ContractError          a call that the contract does not allow; never sent
    ├── CallError              an HTTP call that did not do what was asked
    │   ├── NotSent            nothing reached the system: may be repeated
    │   │   └── Unavailable    the system is in trouble: calls are held back for a while
    │   ├── Refused            the system said no to this record
    │   │   ├── Stale          the precondition failed (412/409): read again, plan again
    │   │   ├── Exists         the create found its record there already
    │   │   └── Gone           404/410: no such record
    │   ├── Unknown            no one can tell whether it was applied: look it up
    │   ├── RateLimited        the quota is used up: wait, then repeat
    │   └── BondStopped        nothing can work until someone acts (wrong secret, no rights)
    ├── AnswerError            an answer that cannot be read (HTML, truncated JSON, no id)
    │   └── NotTaken           answered well, and not done
    ├── Odd                    a record that is older than it was, or another one: its link is parked at once
    ├── TooLarge               a file that is larger than may be carried
    ├── NoRoom                 the disk for temporary files is full
    ├── FeedError              a list that cannot be trusted (loops, empty where thousands stood)
    ├── ValueParked            a value that cannot be carried to the other side; parks its field
    │   ├── ValueWaits         it names a record that has no partner yet: goes on when that one is bonded
    │   └── ValueUnknown       it names somebody whom the other side does not know: looked for again with each plan
    │       └── ValueUnasked   it could not be looked up just now: asked again before long
    ├── StoreError             the database is missing, locked or of another version
    ├── LeaseLost              another worker holds this link or bond now
    ├── Paused                 an operator paused the bond: nothing more is written
    ├── Away                   what a fleet shares cannot be reached: each process is on its own for a while
    └── UsageError             the command line asks for what is not there

Every message says what happened; ``where`` says at which place (file:line:column, field, request id)
and ``todo`` says what to do about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final


class EbondError(Exception):
    """Something went wrong that an operator can read about."""

    def __init__(self, message: str | None = None, *, where: str | None = None, todo: str | None = None) -> None:
        self.message = message or (type(self).__doc__ or "").partition("\n")[0]
        self.where = where
        self.todo = todo
        super().__init__(self.message)

    def __str__(self) -> str:
        parts = [self.message]
        if self.where:
            parts.append(f"at {self.where}")
        text = " ".join(parts)
        return f"{text}. {self.todo}" if self.todo else text


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in a definition: the place, the fault and the way out."""

    file: str
    line: int
    column: int
    message: str
    todo: str = ""

    def __str__(self) -> str:
        advice = f" ({self.todo})" if self.todo else ""
        return f"{self.file}:{self.line}:{self.column}: {self.message}{advice}"


class DefinitionError(EbondError):
    """The definitions are wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SecretError(EbondError):
    """A secret reference leads nowhere."""


class ContractError(EbondError):
    """The contract does not allow this call."""


class CallError(EbondError):
    """An HTTP call did not do what was asked.

    ``status`` is the HTTP status (None where no answer came), ``request_id`` the id we sent, ``content``
    the first 2 KB of the answer (never printed: it may hold personal data),
    ``gateway_id`` the gateway's own, ``retry_after`` the seconds to wait where the answer named them.
    """

    def __init__(
        self,
        message: str | None = None,
        *,
        status: int | None = None,
        request_id: str = "",
        gateway_id: str = "",
        retry_after: float | None = None,
        content: bytes = b"",
        where: str | None = None,
        todo: str | None = None,
    ) -> None:
        super().__init__(message, where=where, todo=todo)
        self.status = status
        self.request_id = request_id
        self.gateway_id = gateway_id
        self.retry_after = retry_after
        self.content = content


class NotSent(CallError):
    """Nothing reached the system."""


class Unavailable(NotSent):
    """The system is in trouble, so calls are held back for a while."""


class Refused(CallError):
    """The system refused the call."""


class Stale(Refused):
    """The record changed since it was read."""


class Exists(Refused):
    """A record with this identity exists already."""


class Gone(Refused):
    """There is no such record."""


class Unknown(CallError):
    """No one can tell whether the call was applied."""


class RateLimited(CallError):
    """The quota is used up."""


class BondStopped(CallError):
    """The bond cannot work until someone acts."""


class WasReset(BondStopped):
    """The system was reset, or restored from a backup."""


class Denied(BondStopped):
    """Good credentials were not taken for one record; where it happens to several, the bond cannot work."""


class AnswerError(EbondError):
    """The system's answer cannot be read."""


class NotTaken(AnswerError):
    """The system answered well, and the record does not show what was written; or no way leads there."""


class Odd(EbondError):
    """The record is older than it was known to be, or another one under a known id."""


class TooLarge(EbondError):
    """The file is larger than may be carried."""


class NoRoom(EbondError):
    """There is no room for temporary files."""


class FeedError(EbondError):
    """The list cannot be trusted."""


class ValueParked(EbondError):
    """The value cannot be carried to the other side."""

    kind = "parked"
    """How its field is held."""


class ValueUnknown(ValueParked):
    """The value names somebody whom the other side does not know."""

    kind = "unknown"


class ValueWaits(ValueParked):
    """The value names a record that has no partner yet."""

    kind = "waiting"

    def __init__(self, message: str, awaits: Sequence[Any] = ()) -> None:
        self.awaits = tuple(awaits)
        super().__init__(message)


class ValueUnasked(ValueUnknown):
    """The value names somebody who could not be looked up just now."""

    kind = "unasked"


class StoreError(EbondError):
    """The database cannot be used."""


class LeaseLost(EbondError):
    """Another worker holds this now."""


class Paused(EbondError):
    """The bond was paused."""


class Away(EbondError):
    """What the fleet shares cannot be reached."""


class UsageError(EbondError):
    """There is no such thing here."""


#: What is no fault of the record at hand: it ends the run, and the record stays as it is.
ENDS_THE_RUN: Final = (BondStopped, LeaseLost, Paused, StoreError, NotSent, RateLimited)
