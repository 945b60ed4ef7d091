"""A seller's MEF 124 (LSO Sonata) trouble-ticket API, as a buyer meets it, with its hub.

    python -m ebond.testing.mef124 --port 8083

Its habits: the status is never patched, the buyer closes, cancels and reopens by calls of their own and from some
states only; the list shows a part of a ticket, without its notes; notes say whose they are, are sent all together,
and may neither be changed nor left out; a change of priority or severity wants a new note with it; what a buyer
patches in a pending ticket takes it back into progress; one that is closed, cancelled or being cancelled takes no
change at all; events carry an id and nothing else, and the buyer's own patches cause none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from ebond.clock import Clock
from ebond.testing.hub import Hub, Post
from ebond.testing.rest import Asked, Refused, RestApp, Route, Told

_ENUMS: Final = {
    "priority": ("low", "medium", "high", "critical"),
    "severity": ("minor", "moderate", "significant", "extensive"),
    "observedImpact": ("degraded", "down", "intermittent"),
    "ticketType": ("assistance", "information", "installation", "maintenance"),
}
_REQUIRED: Final = (
    "description", "observedImpact", "priority", "relatedContactInformation", "relatedEntity", "severity", "ticketType",
)  # fmt: skip
_CREATED: Final = frozenset({*_REQUIRED, "attachment", "externalId", "issueStartDate", "note", "relatedIssue"})
_PATCHED: Final = _CREATED - {"description", "relatedEntity", "ticketType"}
#: What must not change without a word.
_WITH_NOTE: Final = ("priority", "severity", "issueStartDate", "relatedIssue")
#: What a list shows of a ticket.
_LISTED: Final = (
    "id", "externalId", "description", "status", "priority", "sellerPriority", "severity", "sellerSeverity",
    "observedImpact", "ticketType", "relatedEntity", "creationDate", "expectedResolutionDate", "resolutionDate",
)  # fmt: skip
_SEALED: Final = frozenset({"closed", "cancelled", "assessingCancellation"})
_NOTE: Final = ("id", "author", "date", "source", "text")
#: The buyer's calls: from which states, and where they lead.
_CALLS: Final = {
    "cancel": (("acknowledged", "inProgress", "pending"), "assessingCancellation"),
    "close": (("resolved",), "closed"),
    "reopen": (("resolved",), "reopened"),
}


class Mef124(RestApp):
    """One seller's API below its base path; ``largest`` is the longest page."""

    media_type = "application/json;charset=utf-8"

    def __init__(self, clock: Clock, *, largest: int = 100, post: Post | None = None) -> None:
        super().__init__(clock)
        self.largest = largest
        self.tickets: dict[str, dict[str, Any]] = {}
        self.hub = Hub(post)

    # -- the seller's people ------------------------------------------------------------------------------

    def seller_moves(self, ticket: str, status: str) -> None:
        """Give a ticket another status; tell the buyer."""
        self._move(self.tickets[ticket], status)
        kind = {"resolved": "Resolved", "pending": "InformationRequired"}.get(status, "StatusChange")
        self._tell(ticket, kind)

    def seller_edits(self, ticket: str, **fields: Any) -> None:
        """Change what is the seller's: ``sellerPriority``, ``expectedResolutionDate``; tell the buyer."""
        self.tickets[ticket].update(fields)
        self._tell(ticket, "AttributeValueChange")

    def seller_says(self, ticket: str, text: str, *, by: str = "Sal") -> None:
        """Add a note as the seller; tell the buyer."""
        note = {"id": f"s{self.number()}", "author": by, "date": self._stamp(), "source": "seller", "text": text}
        self.tickets[ticket].setdefault("note", []).append(note)
        self._tell(ticket, "AttributeValueChange")

    def said(self, ticket: str, *, source: str | None = None) -> list[tuple[str, str]]:
        """Return who said what in a ticket, in order; of one side or of both."""
        notes = self.tickets[ticket].get("note", [])
        return [(note["author"], note["text"]) for note in notes if source in (None, note["source"])]

    def states(self, ticket: str) -> list[str]:
        """Return all statuses that a ticket has had, in order."""
        return [one["status"] for one in self.tickets[ticket]["statusChange"]]

    # -- HTTP ---------------------------------------------------------------------------------------------

    def routes(self) -> Sequence[Route]:
        ticket = r"/troubleTicket/([^/]+)"
        return [
            ("GET", "/troubleTicket", self._list),
            ("POST", "/troubleTicket", self._create),
            ("GET", ticket, self._read),
            ("PATCH", ticket, self._update),
            ("POST", ticket + "/(cancel|close|reopen)", self._call),
            ("GET", "/incident(?:/[^/]+)?", self._no_incidents),
            ("POST", "/hub", self._subscribe),
            ("GET", "/hub/([^/]+)", self._subscription),
            ("DELETE", "/hub/([^/]+)", self._unsubscribe),
        ]

    def lost(self, asked: Asked, *, known: bool) -> Told:
        status, code = (501, "notImplemented") if known else (404, "notFound")
        return Told(status, {"code": code, "reason": f"{asked.method} {asked.path}"})

    def _no_incidents(self, asked: Asked) -> Told:
        """A seller who keeps no incidents says so."""
        return self.lost(asked, known=True)

    def _list(self, asked: Asked) -> Told:
        rows = [one for one in self.tickets.values() if _fits(one, asked.params)]
        offset, wanted = _number(asked.params.get("offset"), 0), _number(asked.params.get("limit"), 10**9)
        page = rows[offset : offset + min(wanted, self.largest)]
        cut = wanted > self.largest and offset + len(page) < len(rows)
        headers = {"X-Total-Count": str(len(rows)), "X-Result-Count": str(len(page))}
        if cut:
            headers["X-Pagination-Throttled"] = "true"
        return Told(200, [{name: one[name] for name in _LISTED if name in one} for one in page], headers)

    def _read(self, _: Asked, ticket: str) -> Told:
        return Told(200, deepcopy(self._ticket(ticket)))

    def _ticket(self, ticket: str) -> dict[str, Any]:
        if ticket not in self.tickets:
            raise Refused(404, {"code": "notFound", "reason": f"there is no ticket {ticket}"})
        return self.tickets[ticket]

    def _create(self, asked: Asked) -> Told:
        body = _body(asked)
        _refuse_unless(body.keys() <= _CREATED, "unexpectedProperty", body.keys() - _CREATED)
        lacking = [name for name in _REQUIRED if body.get(name) in (None, "", [])]
        _refuse_unless(not lacking, "missingProperty", lacking)
        reporters = [one for one in body["relatedContactInformation"] if one.get("role") == "reporterContact"]
        _refuse_unless(bool(reporters), "missingProperty", ["relatedContactInformation"])
        _check_values(body)
        for note in body.get("note", ()):
            _check_note(note)
        made = self._insert(body)
        self.wrote(asked)
        return Told(201, deepcopy(made), {"Location": f"{asked.origin}/troubleTicket/{made['id']}"})

    def _insert(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        name, now = f"TT-{self.number():05d}", self._stamp()
        made = {**deepcopy(dict(fields)), "id": name, "creationDate": now, "href": f"/troubleTicket/{name}"}
        made |= {"sellerPriority": made["priority"], "sellerSeverity": made["severity"]}
        self.tickets[name] = made
        self._move(made, "acknowledged")
        return made

    def _update(self, asked: Asked, ticket: str) -> Told:
        held, body = self._ticket(ticket), _body(asked)
        _refuse_unless(body.keys() <= _PATCHED, "unexpectedProperty", body.keys() - _PATCHED)
        _refuse_unless(held["status"] not in _SEALED, "otherIssue", ["status"])
        _check_values(body)
        new = _new_notes(held.get("note", []), body["note"]) if "note" in body else []
        unsaid = [name for name in _WITH_NOTE if name in body and body[name] != held.get(name)]
        _refuse_unless(bool(new) or not unsaid, "missingProperty", ["note"])
        for name, value in body.items():
            if value is None:
                held.pop(name, None)
            else:
                held[name] = deepcopy(value)
        if held["status"] == "pending":
            # The buyer has said what the seller waited for.
            self.seller_moves(ticket, "inProgress")
        self.wrote(asked)
        return Told(200, deepcopy(held))

    def _call(self, asked: Asked, ticket: str, call: str) -> Told:
        held = self._ticket(ticket)
        starts, end = _CALLS[call]
        if call == "reopen":
            _refuse_unless(bool(_body(asked).get("reason")), "missingProperty", ["reason"])
        _refuse_unless(held["status"] in starts, "otherIssue", ["status"])
        self._move(held, end)
        self.wrote(asked)
        return Told(204)

    def _move(self, ticket: dict[str, Any], status: str) -> None:
        now = self._stamp()
        ticket["status"] = status
        ticket.setdefault("statusChange", []).append({"status": status, "changeDate": now, "changeReason": ""})
        if status == "resolved":
            ticket["resolutionDate"] = now

    def _stamp(self) -> str:
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    # -- hub ----------------------------------------------------------------------------------------------

    def _subscribe(self, asked: Asked) -> Told:
        body = _body(asked)
        made = self.hub.subscribe(self.number(), body) if body.get("callback") else None
        if made is None:
            raise Refused(400, {"code": "invalidBody", "reason": "no callback, or one that is registered"})
        return Told(201, made.row)

    def _subscription(self, _: Asked, name: str) -> Told:
        if name not in self.hub.open:
            raise Refused(404, {"code": "notFound", "reason": f"there is no listener {name}"})
        return Told(200, self.hub.open[name].row)

    def _unsubscribe(self, asked: Asked, name: str) -> Told:
        self._subscription(asked, name)
        del self.hub.open[name]
        return Told(204)

    def _tell(self, ticket: str, kind: str) -> None:
        event = {"eventId": str(self.number()), "eventTime": self._stamp()}
        self.hub.tell({**event, "eventType": f"troubleTicket{kind}Event", "event": {"id": ticket}})


def _body(asked: Asked) -> dict[str, Any]:
    body = asked.json()
    if not isinstance(body, dict):
        raise Refused(400, {"code": "invalidBody", "reason": "the body is no JSON object"})
    return body


def _refuse_unless(good: bool, code: str, names: Sequence[str] | set[str]) -> None:  # noqa: FBT001  # it reads as said
    """Refuse with 422 and a list of what is wrong, one for each attribute."""
    if not good:
        rows = [{"code": code, "reason": f"{code}: {name}", "propertyPath": f"/{name}"} for name in sorted(names)]
        raise Refused(422, rows)


def _check_values(body: Mapping[str, Any]) -> None:
    wrong = [name for name, values in _ENUMS.items() if name in body and body[name] not in values]
    _refuse_unless(not wrong, "invalidValue", wrong)


def _check_note(note: Any) -> None:
    lacking = [name for name in _NOTE if not isinstance(note, dict) or not note.get(name)]
    _refuse_unless(not lacking, "missingProperty", [f"note/{name}" for name in lacking])
    _refuse_unless(note["source"] == "buyer", "invalidValue", ["note/source"])


def _new_notes(held: Sequence[Mapping[str, Any]], sent: Any) -> list[Mapping[str, Any]]:
    """Return what a list of notes adds; those that stand there have to be in it as they are."""
    notes = sent if isinstance(sent, list) else []
    left_out = [note for note in held if note not in notes]
    _refuse_unless(not left_out, "invalidValue", ["note"])
    new = [note for note in notes if note not in held]
    for note in new:
        _check_note(note)
    return new


def _fits(ticket: Mapping[str, Any], params: Mapping[str, str]) -> bool:
    """Compare what the standard lets one filter by; there is no filter by last change."""
    names = ("externalId", "status", *_ENUMS, "sellerPriority", "sellerSeverity")
    return all(ticket.get(name) == params[name] for name in names if name in params)


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() else default


if __name__ == "__main__":
    from ebond.testing.serving import serve

    serve(Mef124, 8083, "a MEF 124 seller's API", tickets="/troubleTicket")
