"""A ServiceNow instance as far as its Table API shows it: incidents, their journal, and the rules behind them.

    python -m ebond.testing.servicenow --port 8081

Its habits: every value is a text and no value is ``""``; references come as link and value; stamps are UTC to the
second; a part of a query that it does not understand is ignored; unknown fields of a body are, too; the limit is
applied before access rules; journal fields take a text and show nothing; data policies refuse a state without its
code; business rules compute the priority and stamp what was resolved; a call that takes too long answers 200 with
an error in it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import md5
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from ebond.clock import Clock
from ebond.gateway.wire import Raw, RawAnswer
from ebond.testing.encoded_query import EncodedQuery, Row
from ebond.testing.faults import App
from ebond.testing.incident_rules import CLOSED, COLUMNS, DEFAULTS, REFERENCES, missing, ruled, shown_as
from ebond.testing.rest import Asked, Refused, RestApp, Route, Told
from ebond.testing.servicenow_files import Files

INCIDENT: Final = "incident"
JOURNAL: Final = "sys_journal_field"
JOURNALS: Final = ("comments", "work_notes")
_COLUMNS: Final = {
    INCIDENT: COLUMNS,
    JOURNAL: ("sys_id", "sys_created_on", "sys_created_by", "name", "element", "element_id", "value"),
    "sys_user": ("sys_id", "user_name", "email", "name", "active"),
    "sys_user_group": ("sys_id", "name"),
}
_TABLE: Final = r"/api/now(?:/v[12])?/table/([a-z0-9_]+)"
#: What a list shows at most where the call names no limit.
_LIMIT: Final = 10_000
_SYSTEM: Final = "sys_"


class ServiceNow(RestApp):
    """One instance; ``account`` is whom calls without Basic credentials are made by.

    ``hidden`` are incidents that access rules keep from the account; ``hourly`` is the rate limit, where there is one.
    """

    def __init__(self, clock: Clock, *, account: str = "ebond.integration", hourly: int | None = None) -> None:
        super().__init__(clock)
        self.account, self.hourly = account, hourly
        self.hidden: set[str] = set()
        self.tables: dict[str, dict[str, dict[str, str]]] = {table: {} for table in _COLUMNS}
        self._states: dict[str, list[str]] = {}
        self.files = Files(
            new_id=lambda: _sys_id(self.number()),
            stamp=self._stamp,
            user=self._user,
            is_there=lambda sys_id: sys_id in self.tables[INCIDENT],
            wrote=self.wrote,
        )
        self._hour: tuple[int, int] = (0, 0)
        self.limited = 0
        """Calls that the rate limit has refused."""

    # -- people -------------------------------------------------------------------------------------------

    def person_opens(self, *, by: str = "abel.tuter", **fields: str) -> str:
        """Open an incident as a person does; return its sys_id."""
        return self._insert(fields, by=by)["sys_id"]

    def person_edits(self, sys_id: str, *, by: str = "beth.anglin", **fields: str) -> None:
        """Change an incident as a person does, past all data policies."""
        self._change(self.tables[INCIDENT][sys_id], fields, by=by)

    def person_says(self, sys_id: str, text: str, *, by: str = "beth.anglin", internal: bool = False) -> None:
        """Add a comment, or a work note, as a person does."""
        self.person_edits(sys_id, by=by, **{JOURNALS[internal]: text})

    def person_deletes(self, sys_id: str) -> None:
        """Delete an incident, its journal and its files as a person does."""
        del self.tables[INCIDENT][sys_id]
        self.files.forget(sys_id)
        for one in [one for one, row in self.tables[JOURNAL].items() if row["element_id"] == sys_id]:
            del self.tables[JOURNAL][one]

    def person_attaches(self, sys_id: str, name: str, content: bytes, *, by: str = "beth.anglin") -> None:
        """Hang a file to an incident as a person does."""
        self.files.add(sys_id, name, content, kind="text/plain", by=by)

    def add(self, table: str, **values: str) -> str:
        """Add a row to a table of people or groups; return its sys_id."""
        sys_id = _sys_id(self.number())
        self.tables[table][sys_id] = {**dict.fromkeys(_COLUMNS[table], ""), **values, "sys_id": sys_id}
        return sys_id

    def incident(self, sys_id: str) -> Row:
        """Return an incident as it is stored."""
        return self.tables[INCIDENT][sys_id]

    def said(self, sys_id: str, *, internal: bool = False) -> list[tuple[str, str]]:
        """Return who said what under an incident, in order."""
        rows = self.tables[JOURNAL].values()
        mine = [row for row in rows if row["element_id"] == sys_id and row["element"] == JOURNALS[internal]]
        return [(row["sys_created_by"], row["value"]) for row in mine]

    def states(self, sys_id: str) -> list[str]:
        """Return all states that an incident has had, in order."""
        return self._states[sys_id]

    # -- HTTP ---------------------------------------------------------------------------------------------

    def routes(self) -> Sequence[Route]:
        one = _TABLE + r"/([^/]+)"
        return [
            ("GET", _TABLE, self._list),
            ("POST", _TABLE, self._create),
            ("GET", one, self._read),
            ("PATCH", one, self._update),
            ("PUT", one, self._update),
            ("DELETE", one, self._delete),
            *self.files.routes(),
        ]

    def lost(self, asked: Asked, *, known: bool) -> Told:
        if known:
            return Told(405, _error("Method not supported", f"{asked.method} is not supported"))
        return Told(400, _error("Requested URI does not represent any resource", asked.path))

    def _answer(self, asked: Asked) -> Told:
        if self.hourly is None:
            return super()._answer(asked)
        hour = int(self.now().timestamp()) // 3600
        count = self._hour[1] + 1 if self._hour[0] == hour else 1
        self._hour = (hour, count)
        reset = (hour + 1) * 3600
        rate = {"X-RateLimit-Limit": str(self.hourly), "X-RateLimit-Reset": str(reset), "X-RateLimit-Rule": "rule"}
        if count > self.hourly:
            self.limited += 1
            wait = str(max(1, reset - int(self.now().timestamp())))
            raise Refused(429, _error("Rate limit exceeded", "hourly limit"), {**rate, "Retry-After": wait})
        told = super()._answer(asked)
        return Told(told.status, told.body, {**rate, **(told.headers or {})})

    def _list(self, asked: Asked, table: str) -> Told:
        rows, params = self._found(asked, table), asked.params
        limit, offset = _number(params.get("sysparm_limit"), _LIMIT), _number(params.get("sysparm_offset"), 0)
        page = [row for row in rows[offset : offset + limit] if row["sys_id"] not in self.hidden]
        headers: dict[str, str] = {}
        if params.get("sysparm_no_count") != "true":
            headers["X-Total-Count"] = str(len(rows))
        if params.get("sysparm_suppress_pagination_header") != "true":
            headers |= _links(asked, offset, limit, len(rows))
        return Told(200, {"result": [self._shown(row, table, asked) for row in page]}, headers)

    def _found(self, asked: Asked, table: str) -> list[Row]:
        """Return the rows of a query; columns that are parameters of their own are a query as well."""
        columns = self._columns(table)
        plain = [f"{name}={value}" for name, value in asked.params.items() if name in columns]
        text = "^".join([*plain, asked.params.get("sysparm_query", "")])
        return EncodedQuery(text, columns).rows(self.tables[table].values())

    def _columns(self, table: str) -> tuple[str, ...]:
        if table not in self.tables:
            raise Refused(400, _error(f"Invalid table {table}", None))
        return _COLUMNS[table]

    def _read(self, asked: Asked, table: str, sys_id: str) -> Told:
        return Told(200, {"result": self._shown(self._row(table, sys_id), table, asked)})

    def _row(self, table: str, sys_id: str) -> dict[str, str]:
        self._columns(table)
        row = self.tables[table].get(sys_id)
        if row is None or sys_id in self.hidden:
            detail = "Record doesn't exist or ACL restricts the record retrieval"
            raise Refused(404, _error("No Record found", detail))
        return row

    def _create(self, asked: Asked, table: str) -> Told:
        fields = self._fields(asked, table)
        by = self._user(asked)
        self._policy({**DEFAULTS, **fields})
        row = self._insert(fields, by=by)
        self.wrote(asked)
        where = f"{asked.origin}{asked.path}/{row['sys_id']}"
        return Told(201, {"result": self._shown(row, table, asked)}, {"Location": where})

    def _update(self, asked: Asked, table: str, sys_id: str) -> Told:
        row, fields = self._row(table, sys_id), self._fields(asked, table)
        if row["state"] in CLOSED and any(name not in JOURNALS and row.get(name) != fields[name] for name in fields):
            detail = "ACL Exception Update Failed due to security constraints"
            raise Refused(403, _error("Operation Failed", detail))
        self._policy({**row, **fields})
        if self._change(row, fields, by=self._user(asked)):
            self.wrote(asked)
        return Told(200, {"result": self._shown(row, table, asked)})

    def _delete(self, asked: Asked, table: str, sys_id: str) -> Told:
        self._row(table, sys_id)
        self._writable(table)
        self.person_deletes(sys_id)
        self.wrote(asked)
        return Told(204)

    def _fields(self, asked: Asked, table: str) -> dict[str, str]:
        """Return the columns that a body names, as texts; whatever else it holds is ignored."""
        self._writable(table)
        body = asked.json()
        if not isinstance(body, dict):
            raise Refused(400, _error("Exception while reading request", "The payload is not valid JSON."))
        return {name: _text(value) for name, value in body.items() if name in COLUMNS and not name.startswith(_SYSTEM)}

    def _writable(self, table: str) -> None:
        self._columns(table)
        if table != INCIDENT:
            raise Refused(403, _error("Operation Failed", "ACL Exception Insert Failed due to security constraints"))

    def _policy(self, row: Row) -> None:
        if names := missing(row):
            detail = f"Data Policy Exception: The following fields are mandatory: {', '.join(names)}"
            raise Refused(403, _error("Operation Failed", detail))

    def _user(self, asked: Asked) -> str:
        kind, _, credentials = asked.headers.get("authorization", "").partition(" ")
        if kind != "Basic":
            return self.account
        try:
            return base64.b64decode(credentials).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return self.account

    # -- what is stored -----------------------------------------------------------------------------------

    def _insert(self, fields: Mapping[str, str], *, by: str) -> Row:
        number, now = self.number(), self._stamp()
        row = dict.fromkeys(COLUMNS, "") | DEFAULTS
        row |= {"sys_id": _sys_id(number), "number": f"INC{number:07d}", "opened_at": now, "sys_class_name": INCIDENT}
        row |= {"sys_created_on": now, "sys_created_by": by, "sys_mod_count": "0"}
        row |= {"sys_updated_on": now, "sys_updated_by": by}
        plain = {name: value for name, value in fields.items() if name not in JOURNALS}
        row.update(ruled({}, {**row, **plain}, by=by, now=now))
        self.tables[INCIDENT][row["sys_id"]] = row
        self._states[row["sys_id"]] = [row["state"]]
        self._note(row, fields, by=by)
        return row

    def _change(self, row: dict[str, str], fields: Mapping[str, str], *, by: str) -> bool:
        """Change a row, and say whether that changed anything: what changes nothing is no update."""
        plain = {name: value for name, value in fields.items() if name not in JOURNALS}
        after = ruled(row, {**row, **plain}, by=by, now=self._stamp())
        noted = self._note(row, fields, by=by)
        if after == row and not noted:
            return False
        if after["state"] != row["state"]:
            self._states[row["sys_id"]].append(after["state"])
        count = str(int(row["sys_mod_count"]) + 1)
        row.update(after, sys_mod_count=count, sys_updated_on=self._stamp(), sys_updated_by=by)
        return True

    def _note(self, row: Row, fields: Mapping[str, str], *, by: str) -> bool:
        noted = False
        for element in JOURNALS:
            if not fields.get(element, "").strip():
                continue
            sys_id, noted = _sys_id(self.number()), True
            made = {"sys_id": sys_id, "sys_created_on": self._stamp(), "sys_created_by": by, "name": INCIDENT}
            said = {"element": element, "element_id": row["sys_id"], "value": fields[element]}
            self.tables[JOURNAL][sys_id] = {**made, **said}
        return noted

    def _stamp(self) -> str:
        return self.now().strftime("%Y-%m-%d %H:%M:%S")

    # -- what is shown ------------------------------------------------------------------------------------

    def _shown(self, row: Row, table: str, asked: Asked) -> dict[str, Any]:
        wanted = asked.params.get("sysparm_fields")
        names = [name for name in (wanted.split(",") if wanted else row) if name in row]
        return {name: self._value(row, name, table, asked) for name in names}

    def _value(self, row: Row, name: str, table: str, asked: Asked) -> Any:
        display = asked.params.get("sysparm_display_value", "false")
        value, plain = row[name], asked.params.get("sysparm_exclude_reference_link") == "true"
        label = self._journal(row, name) if table == INCIDENT and name in JOURNALS else shown_as(name, value)
        link = f"{asked.origin}/api/now/table/{REFERENCES[name]}/{quote(value)}" if name in REFERENCES else ""
        if display == "all":
            return {"display_value": label, "value": value, **({"link": link} if link and value and not plain else {})}
        if display == "true":
            return {"display_value": label, "link": link} if link and value and not plain else label
        return {"link": link, "value": value} if link and value and not plain else value

    def _journal(self, row: Row, element: str) -> str:
        """Return what is said, newest first, as people see it: the only way that the record itself shows it."""
        labels = {"comments": "Additional comments", "work_notes": "Work notes"}
        rows = [one for one in self.tables[JOURNAL].values() if one["element_id"] == row["sys_id"]]
        said = [one for one in reversed(rows) if one["element"] == element]
        heads = [f"{one['sys_created_on']} - {one['sys_created_by']} ({labels[element]})" for one in said]
        return "".join(f"{head}\n{one['value']}\n\n" for head, one in zip(heads, said, strict=True))


def cancelled(app: App, raw: Raw) -> RawAnswer:
    """The call takes too long: it is done, or a part of it, and answered with 200, what there is, and an error."""
    real = app(raw)
    result = orjson.loads(real.content).get("result") if real.content else None
    why = _error("Transaction cancelled: maximum execution time exceeded", "maximum execution time exceeded")
    part = result[: len(result) // 2] if isinstance(result, list) else {}
    return RawAnswer(200, dict(real.headers), orjson.dumps({"result": part, **why}))


def _error(message: str, detail: str | None) -> dict[str, Any]:
    return {"error": {"message": message, "detail": detail}, "status": "failure"}


def _links(asked: Asked, offset: int, limit: int, total: int) -> dict[str, str]:
    places = {"first": 0, "next": offset + limit, "last": (max(total - 1, 0) // max(limit, 1)) * limit}
    if offset + limit >= total:
        del places["next"]
    if offset:
        places["prev"] = max(0, offset - limit)
    made = [
        f'<{asked.origin}{asked.path}?{urlencode({**asked.params, "sysparm_offset": at})}>;rel="{name}"'
        for name, at in places.items()
    ]
    return {"Link": ",".join(made)}


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() else default


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _sys_id(number: int) -> str:
    return md5(str(number).encode(), usedforsecurity=False).hexdigest()


def at(stamp: str) -> datetime:
    """Read one of the instance's stamps."""
    return datetime.fromisoformat(f"{stamp}+00:00")


if __name__ == "__main__":
    from ebond.testing.serving import serve

    serve(
        ServiceNow,
        8081,
        "ServiceNow's Table API",
        tickets="/api/now/table/incident",
        hint="edit as a person with curl -u ann:any: calls without a user are ebond's own",
    )
