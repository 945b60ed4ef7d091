"""One try of one call: what is sent, what came of it, and the error that says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NoReturn
from uuid import uuid4

from ebond.errors import (
    BondStopped,
    CallError,
    Denied,
    Exists,
    Gone,
    NotSent,
    RateLimited,
    Refused,
    Stale,
    Unknown,
)
from ebond.gateway.credentials import IN_QUERY, holds, masked
from ebond.gateway.evidence import LOOKED_AT, Evidence
from ebond.gateway.outcome import Outcome, Verdict
from ebond.gateway.retry_after import retry_after
from ebond.gateway.url import with_defaults
from ebond.gateway.wire import Answer, CallRecord, Headers, Raw, RawAnswer, Request, TransportFailure

if TYPE_CHECKING:
    from ebond.gateway.client import SystemClient

_ERRORS: Final[Mapping[Outcome, type[CallError]]] = {
    Outcome.NOT_SENT: NotSent,
    Outcome.REFUSED: Refused,
    Outcome.STALE: Stale,
    Outcome.EXISTS: Exists,
    Outcome.GONE: Gone,
    Outcome.MOVED: Refused,
    Outcome.RATE_LIMITED: RateLimited,
    Outcome.REAUTH: BondStopped,
    Outcome.RETRY: NotSent,
    Outcome.UNKNOWN: Unknown,
    Outcome.STOP: BondStopped,
}
#: Calls that name a record: a system's own 401 may be for that record only.
_OF_ONE_RECORD: Final = frozenset({"read", "update", "delete", "download"})
_DENIED: Final = "See whether our client may see and change this record in that system; other records go on"
_TODO: Final[Mapping[Outcome, str]] = {
    Outcome.REAUTH: "The gateway does not take our credentials: check them, and the client's subscription to this API",
    Outcome.STOP: "Check the client's rights, the base path and the contract with the API's team",
    Outcome.MOVED: "Update the base path, or see where the record went",
}
_ID: Final = re.compile(r"[!-~]{1,128}")


@dataclass(slots=True, repr=False)
class Call:
    """One try."""

    client: SystemClient
    request: Request
    raw: Raw
    attempt: int
    request_id: str = field(default_factory=lambda: uuid4().hex)
    credentials: tuple[str, str] | None = None
    raw_answer: RawAnswer | None = None
    failure: TransportFailure | None = None
    retry_after: float | None = None
    gateway_id: str = ""
    """The gateway's own id of this call, where it gave one that can be written into a line of a log."""
    decoded: Any = None
    """The body of the answer, where the verdict read it."""

    def make(self) -> Verdict:
        """Wait for a turn, send, and say what came of it; raises what the credentials do."""
        system, operation = self.client.name, self.request.operation
        with self.client.connection.tracer.span(
            "request", system=system, operation=operation, request_id=self.request_id, attempt=self.attempt
        ) as span:
            verdict = self._made()
            span.note(outcome=verdict.outcome.value, status=self.raw_answer.status if self.raw_answer else 0)
            return verdict

    def _made(self) -> Verdict:
        client, connection = self.client, self.client.connection
        self.raw = _with(self.raw, connection.gateway.request_ids.send, self.request_id)
        for name, value in connection.tracer.headers().items():
            # One parent for each try: the gateway's span hangs under the try that caused it.
            self.raw = _with(self.raw, name, value)
        # Asked for before the turn, for it may take long, and again within, for so may the turn.
        connection.credentials.header()
        with client.turn() as turn:
            self.credentials = connection.credentials.header()
            began = connection.clock.monotonic()
            try:
                self.raw_answer = connection.transport.send(self._with_credentials())
            except TransportFailure as failure:
                self.failure = failure
            ended = connection.clock.monotonic()
            # Where no answer came, nobody knows when it arrived there, if it did.
            turn.sent_at = began + self.raw_answer.sent_after if self.raw_answer is not None else ended
            seconds = ended - began
        self.gateway_id = self._gateways_id()
        verdict = self._verdict()
        connection.observe(self._record(verdict, seconds))
        return verdict

    @property
    def lasting(self) -> bool:
        """Is trying again at once pointless?"""
        return self.failure is not None and self.failure.lasting

    def _with_credentials(self) -> Raw:
        if self.credentials is None:
            return self.raw
        name, value = self.credentials
        if not name.startswith(IN_QUERY):
            return _with(self.raw, name, value)
        own = name.removeprefix(IN_QUERY)
        return replace(self.raw, url=with_defaults(self.raw.url, {own: value}, ours=frozenset((own,))))

    def _verdict(self) -> Verdict:
        answer, failure = self.raw_answer, self.failure
        if answer is None:
            assert failure is not None
            if failure.lasting and (self.request.safe or not failure.sent):
                return Verdict(Outcome.STOP, failure.message)
            return Verdict(Outcome.UNKNOWN if failure.sent else Outcome.NOT_SENT, failure.message)
        seen = Evidence(
            self.request.method,
            answer.status,
            answer.headers,
            answer.content,
            safe=self.request.safe,
            creating=self.request.operation == "create",
            conditional=any(name.lower() == "if-none-match" for name in self.request.headers),
            file=self.request.upload is not None or self.request.spool is not None,
        )
        verdict = self.client.verdict(seen)
        self.decoded = vars(seen).get("body")
        if verdict.outcome not in (Outcome.APPLIED, Outcome.ACCEPTED):
            connection = self.client.connection
            self.retry_after = retry_after(
                answer.headers,
                seen.text,
                connection.clock.now(),
                rate_headers=connection.gateway.rate_headers,
                quota=verdict.outcome is Outcome.RATE_LIMITED,
            )
        return verdict

    def _gateways_id(self) -> str:
        headers = self.raw_answer.headers if self.raw_answer else {}
        for name in self.client.connection.gateway.request_ids.keep:
            found = headers.get(name.lower(), "")
            if found != self.request_id and _ID.fullmatch(found) and not holds(found, self._secrets()):
                return found
        return ""

    def _secrets(self) -> list[str]:
        return [*self.client.secrets, *(self.credentials or ())[1:]]

    @property
    def _what(self) -> str:
        return f"{self.request.method} {self.request.path.partition('?')[0]} on {self.client.name}"

    def _record(self, verdict: Verdict, seconds: float) -> CallRecord:
        return CallRecord(
            system=self.client.name,
            operation=self.request.operation,
            method=self.request.method,
            path=self.request.path.partition("?")[0],
            attempt=self.attempt,
            status=self.raw_answer.status if self.raw_answer else None,
            outcome=verdict.outcome,
            seconds=seconds,
            request_id=self.request_id,
            gateway_id=self.gateway_id,
        )

    def answer(self, verdict: Verdict) -> Answer:
        """Return the answer of a call that did what was asked."""
        raw = self.raw_answer
        assert raw is not None
        ids = (self.request_id, self.gateway_id)
        return Answer(raw.status, raw.headers, raw.content, *ids, verdict.outcome, self.decoded)

    def fail(self, verdict: Verdict) -> NoReturn:
        """Raise what the verdict means."""
        answer, gateway_id = self.raw_answer, self.gateway_id
        where = f"request {self.request_id}" + (f", gateway's id {gateway_id}" if gateway_id else "")
        status = f" ({answer.status})" if answer else ""
        todo = self.failure.todo if self.failure is not None else None
        error = self._error(verdict.outcome)
        raise error(
            f"{self._what}: {verdict.why}{status}",
            status=answer.status if answer else None,
            request_id=self.request_id,
            gateway_id=gateway_id,
            retry_after=self.retry_after,
            content=masked(answer.content[:LOOKED_AT], self._secrets()) if answer else b"",
            where=where,
            todo=todo or (_DENIED if error is Denied else _TODO.get(verdict.outcome)),
        ) from None

    def _error(self, outcome: Outcome) -> type[CallError]:
        if outcome is Outcome.REAUTH and (self.request.operation in _OF_ONE_RECORD or self.request.upload is not None):
            return Denied
        # A read that failed in the system's hands did reach it: one record that it cannot show, and no outage.
        reached = outcome is Outcome.RETRY and self.request.safe
        return Unknown if reached else _ERRORS[outcome]


def _with(raw: Raw, name: str, value: str) -> Raw:
    headers = Headers(raw.headers)
    headers.set(name, value)
    return replace(raw, headers=headers)
