"""A TM Forum TMF621 trouble-ticket API, version 4 or 5, with its hub.

    python -m ebond.testing.tmf621 --port 8082 --version 5

Its habits: PATCH is a merge patch, and lists in it are replaced whole, notes too; ``fields=`` leaves out the rest; a
page that is not the last answers 206; attributes filter by equality, and what is none is ignored; status changes are
stamped and kept; the partner's workflow ends where he says. Version 5 wants ``@type`` with every object, keeps other
systems' identifiers in a list, and may answer writes with 202 and no body.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final, Literal

from ebond.clock import Clock
from ebond.testing.hub import Hub, Post
from ebond.testing.rest import Asked, Refused, RestApp, Route, Told

STATUSES: Final = (
    "acknowledged", "rejected", "pending", "held", "inProgress", "cancelled", "closed", "resolved",
)  # fmt: skip
_REQUIRED: Final = ("description", "severity", "ticketType")
_PATCHABLE: Final = frozenset({
    "description", "expectedResolutionDate", "name", "priority", "requestedResolutionDate", "resolutionDate",
    "severity", "statusChangeReason", "ticketType", "attachment", "channel", "note", "relatedEntity", "relatedParty",
    "status", "troubleTicketRelationship", "@type", "@baseType", "@schemaLocation",
})  # fmt: skip
_BY_SERVER: Final = frozenset({"id", "href", "creationDate", "lastUpdate", "statusChangeDate"})
_JSON_PATCH: Final = "application/json-patch+json"
_TYPES: Final = {
    4: ("application/json", "application/merge-patch+json"),
    5: ("application/json", "application/merge-patch+json", _JSON_PATCH),
}
#: Parameters of a list that are no filters.
_OWN: Final = frozenset({"fields", "offset", "limit", "sort"})


class Tmf621(RestApp):
    """One partner's API below its base path; ``ended`` are the statuses in which a ticket takes notes alone.

    ``later``: creates and changes answer 202 without a body (version 5). ``largest`` is the longest page.
    """

    media_type = "application/json;charset=utf-8"

    def __init__(
        self,
        clock: Clock,
        *,
        version: Literal[4, 5] = 4,
        ended: Sequence[str] = ("closed", "cancelled", "rejected"),
        later: bool = False,
        largest: int = 100,
        post: Post | None = None,
    ) -> None:
        super().__init__(clock)
        self.version, self.ended, self.later, self.largest = version, frozenset(ended), later, largest
        self.tickets: dict[str, dict[str, Any]] = {}
        self.hub = Hub(post)
        self._history = "statusChange" if version == 4 else "statusChangeHistory"
        self._external = "externalId" if version == 4 else "externalIdentifier"

    # -- people -------------------------------------------------------------------------------------------

    def person_opens(self, **fields: Any) -> str:
        """Open a ticket as a person does; return its id."""
        return str(self._insert({"severity": "Minor", "ticketType": "incident", "description": "", **fields})["id"])

    def person_edits(self, ticket: str, **fields: Any) -> None:
        """Change a ticket as a person does, whatever its status."""
        self._change(self.tickets[ticket], fields)

    def person_says(self, ticket: str, text: str, *, by: str = "Jo") -> None:
        """Add a note as a person does."""
        self.person_edits(ticket, note=[*self.tickets[ticket].get("note", []), {"author": by, "text": text}])

    def person_deletes(self, ticket: str) -> None:
        """Delete a ticket as a person does."""
        gone = self.tickets.pop(ticket)
        self._tell("Delete", gone)

    def said(self, ticket: str) -> list[tuple[str, str]]:
        """Return who said what in a ticket, in order."""
        return [(note.get("author", ""), note["text"]) for note in self.tickets[ticket].get("note", [])]

    def states(self, ticket: str) -> list[str]:
        """Return all statuses that a ticket has had, in order."""
        return [one["status"] for one in self.tickets[ticket][self._history]]

    # -- HTTP ---------------------------------------------------------------------------------------------

    def routes(self) -> Sequence[Route]:
        ticket, hub = r"/troubleTicket/([^/]+)", r"/hub/([^/]+)"
        known: list[Route] = [
            ("GET", "/troubleTicket", self._list),
            ("POST", "/troubleTicket", self._create),
            ("GET", ticket, self._read),
            ("PATCH", ticket, self._update),
            ("DELETE", ticket, self._delete),
            ("POST", "/hub", self._subscribe),
            ("DELETE", hub, self._unsubscribe),
        ]
        return known if self.version == 4 else [*known, ("GET", hub, self._subscription)]

    def lost(self, asked: Asked, *, known: bool) -> Told:
        status, reason = (405, "Method not allowed") if known else (404, "Not found")
        return Told(status, self._error(status, reason, f"{asked.method} {asked.path}"))

    def _list(self, asked: Asked) -> Told:
        rows = [one for one in self.tickets.values() if self._fits(one, asked.params)]
        offset, asked_for = (
            _number(asked.params.get(name), default) for name, default in (("offset", 0), ("limit", 10**9))
        )
        page = rows[offset : offset + min(asked_for, self.largest)]
        headers = {"X-Total-Count": str(len(rows)), "X-Result-Count": str(len(page))}
        return Told(206 if len(page) < len(rows) else 200, [self._shown(one, asked) for one in page], headers)

    def _fits(self, ticket: Mapping[str, Any], params: Mapping[str, str]) -> bool:
        """Compare the attributes that parameters name; values with commas between them are alternatives."""
        filters = {name: value for name, value in params.items() if name not in _OWN and self._is_known(name)}
        return all(
            any(str(held) in value.split(",") for held in _values(ticket, name.split(".")))
            for name, value in filters.items()
        )

    def _is_known(self, name: str) -> bool:
        head = name.partition(".")[0]
        return name.endswith((".gt", ".gte", ".lt", ".lte")) is False and head in self._attributes()

    def _attributes(self) -> frozenset[str]:
        return _PATCHABLE | _BY_SERVER | {self._external, self._history}

    def _read(self, asked: Asked, ticket: str) -> Told:
        return Told(200, self._shown(self._ticket(ticket), asked))

    def _ticket(self, ticket: str) -> dict[str, Any]:
        if ticket not in self.tickets:
            raise self._no(404, "Not found", f"there is no ticket {ticket}")
        return self.tickets[ticket]

    def _create(self, asked: Asked) -> Told:
        body = self._body(asked)
        lacking = [name for name in self._required() if body.get(name) in (None, "")]
        if lacking:
            raise self._no(400, "Missing attribute", f"required: {', '.join(lacking)}")
        self._check(body)
        made = self._insert({name: value for name, value in body.items() if name not in _BY_SERVER})
        self.wrote(asked)
        return self._written(201, made, asked, {"Location": made["href"]})

    def _update(self, asked: Asked, ticket: str) -> Told:
        held = self._ticket(ticket)
        if asked.media_type not in _TYPES[self.version]:
            raise self._no(415, "Unsupported media type", asked.media_type)
        body = self._patched(held, asked) if asked.media_type == _JSON_PATCH else self._body(asked)
        fixed = sorted(body.keys() - _PATCHABLE - {self._external})
        if fixed:
            raise self._no(400, "Attribute cannot be patched", ", ".join(fixed))
        self._check(body)
        changed = {name for name, value in body.items() if held.get(name) != value}
        if held["status"] in self.ended and changed - {"note", "@type"}:
            raise self._no(409, "Conflict", f"a ticket that is {held['status']} takes notes only")
        self._change(held, body)
        self.wrote(asked)
        return self._written(200, held, asked, {})

    def _written(self, status: int, ticket: Mapping[str, Any], asked: Asked, headers: Mapping[str, str]) -> Told:
        return Told(202) if self.later else Told(status, self._shown(ticket, asked), headers)

    def _delete(self, asked: Asked, ticket: str) -> Told:
        self._ticket(ticket)
        self.person_deletes(ticket)
        self.wrote(asked)
        return Told(204)

    def _body(self, asked: Asked) -> dict[str, Any]:
        body = asked.json()
        if not isinstance(body, dict):
            raise self._no(400, "Invalid body", "the body is no JSON object")
        return body

    def _patched(self, held: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
        """Return what additions (RFC 6902) make of the attributes that they name; nothing else is taken here."""
        made: dict[str, Any] = {"@type": held["@type"]}
        for one in asked.json() or ():
            _, name, *rest = str(one.get("path", "")).split("/")
            if one.get("op") != "add" or rest not in ([], ["-"]) or (rest and name not in held):
                raise self._no(400, "Invalid patch", f"{one.get('op')} {one.get('path')}")
            made[name] = [*made.get(name, held[name]), one["value"]] if rest else one["value"]
        return made

    def _required(self) -> tuple[str, ...]:
        return _REQUIRED if self.version == 4 else (*_REQUIRED, "@type")

    def _check(self, body: Mapping[str, Any]) -> None:
        if "status" in body and body["status"] not in STATUSES:
            raise self._no(400, "Invalid value", f"status {body['status']}")
        if any(not isinstance(one, dict) or not one.get("text") for one in body.get("note") or ()):
            raise self._no(400, "Missing attribute", "a note needs a text")
        if self.version == 5:
            bare = [name for name in ("note", self._external) for one in body.get(name) or () if "@type" not in one]
            if bare or body.get("@type") in (None, ""):
                raise self._no(400, "Missing attribute", f"@type is missing: {', '.join(bare) or 'the ticket'}")

    # -- hub ----------------------------------------------------------------------------------------------

    def _subscribe(self, asked: Asked) -> Told:
        body = self._body(asked)
        if not body.get("callback"):
            raise self._no(400, "Missing attribute", "callback")
        made = self.hub.subscribe(self.number(), body)
        if made is None:
            raise self._no(409, "Conflict", "this listener is registered")
        return Told(201, made.row, {"Location": f"{asked.origin}/hub/{made.id}"})

    def _unsubscribe(self, _: Asked, name: str) -> Told:
        if self.hub.open.pop(name, None) is None:
            raise self._no(404, "Not found", f"there is no listener {name}")
        return Told(204)

    def _subscription(self, _: Asked, name: str) -> Told:
        if name not in self.hub.open:
            raise self._no(404, "Not found", f"there is no listener {name}")
        return Told(200, self.hub.open[name].row)

    def _tell(self, kind: str, ticket: Mapping[str, Any]) -> None:
        name = f"TroubleTicket{kind}Event"
        event = {
            "eventId": str(self.number()),
            "eventTime": self._stamp(),
            "eventType": name,
            "event": {"troubleTicket": deepcopy(dict(ticket))},
        }
        self.hub.tell(event if self.version == 4 else {**event, "@type": name})

    # -- what is stored -----------------------------------------------------------------------------------

    def _insert(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        name, now = str(self.number() + 3000), self._stamp()
        ticket: dict[str, Any] = {"id": name, "href": f"/troubleTicket/{name}", "creationDate": now}
        if self.version == 5:
            ticket["@type"] = "TroubleTicket"
        self.tickets[name] = ticket
        self._merge(ticket, {"status": "acknowledged", **fields})
        self._tell("Create", ticket)
        return ticket

    def _change(self, ticket: dict[str, Any], fields: Mapping[str, Any]) -> None:
        before, old = ticket.get("status"), deepcopy(ticket)
        self._merge(ticket, fields)
        stamps = ("lastUpdate", "statusChangeDate", self._history)
        if ticket["status"] != before:
            self._tell("StatusChange", ticket)
            if ticket["status"] == "resolved":
                self._tell("Resolved", ticket)
        if any(
            ticket.get(name) != old.get(name) for name in ticket.keys() | old.keys() if name not in (*stamps, "status")
        ):
            self._tell("AttributeValueChange", ticket)

    def _merge(self, ticket: dict[str, Any], fields: Mapping[str, Any]) -> None:
        now, before = self._stamp(), ticket.get("status")
        _merge(ticket, fields)
        for file in ticket.get("attachment", ()):
            file.setdefault("id", str(self.number()))
        for note in ticket.get("note", ()):
            note.setdefault("id", str(self.number()))
            note.setdefault("date", now)
            if self.version == 5:
                note.setdefault("@type", "Note")
        ticket["lastUpdate"] = now
        if ticket["status"] != before:
            ticket["statusChangeDate"] = now
            ticket.setdefault(self._history, []).append(self._changed(ticket, now))
            if ticket["status"] == "resolved":
                ticket.setdefault("resolutionDate", now)

    def _changed(self, ticket: Mapping[str, Any], now: str) -> dict[str, Any]:
        names = ("changeDate", "changeReason") if self.version == 4 else ("statusChangeDate", "statusChangeReason")
        made = {"status": ticket["status"], names[0]: now, names[1]: ticket.get("statusChangeReason", "")}
        return made if self.version == 4 else {**made, "@type": "StatusChange"}

    def _stamp(self) -> str:
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    # -- what is shown ------------------------------------------------------------------------------------

    def _shown(self, ticket: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
        wanted = asked.params.get("fields")
        always = ("id", "href") if self.version == 4 else ("id", "href", "@type")
        shown = {name: deepcopy(value) for name, value in ticket.items()
                 if wanted is None or name in (*always, *wanted.split(","))}  # fmt: skip
        return {**shown, "href": f"{asked.origin}{ticket['href']}"}

    def _error(self, status: int, reason: str, message: str) -> dict[str, Any]:
        error = {"code": str(status), "reason": reason, "message": message, "status": str(status)}
        return error if self.version == 4 else {**error, "@type": "Error"}

    def _no(self, status: int, reason: str, message: str) -> Refused:
        return Refused(status, self._error(status, reason, message))


def _merge(target: dict[str, Any], patch: Mapping[str, Any]) -> None:
    """Merge as RFC 7396 says: null removes, objects are merged, all else is replaced."""
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        elif isinstance(value, Mapping):
            inner = target.get(name)
            target[name] = inner if isinstance(inner, dict) else {}
            _merge(target[name], value)
        else:
            target[name] = deepcopy(value)


def _values(held: Any, steps: Sequence[str]) -> Iterator[Any]:
    """Yield what stands at the end of a dotted path, in each member of the lists on the way."""
    if isinstance(held, list):
        for one in held:
            yield from _values(one, steps)
    elif not steps:
        yield held
    elif isinstance(held, dict) and steps[0] in held:
        yield from _values(held[steps[0]], steps[1:])


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() else default


if __name__ == "__main__":
    from ebond.testing.serving import serve

    serve(Tmf621, 8082, "a TMF621 API", tickets="/troubleTicket", versions=(4, 5))
