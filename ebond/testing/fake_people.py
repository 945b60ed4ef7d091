"""The people of a fake system: listed, read by id, and searched as well or as badly as real systems do it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from ebond.definitions.system import Resource
from ebond.gateway.wire import Raw, RawAnswer
from ebond.testing.preset import Preset

#: How a search compares: whole values, parts of them, or not at all, as where the parameter is not known.
Searching = Literal["exact", "parts", "ignored"]
USER: Final = "user"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has an account."""

    id: str
    email: str
    login: str


class FakePeople:
    """Serves the accounts of a fake system, and hands on all else; ``calls`` are those about accounts."""

    def __init__(self, app: Callable[[Raw], RawAnswer]) -> None:
        self.app = app
        self.searching: Searching = "exact"
        self.calls: list[str] = []
        self._people: dict[str, Person] = {}

    def joins(self, email: str, *, login: str = "", id: str | None = None) -> str:  # noqa: A002  # as all say it
        """Give somebody an account; return its id."""
        new = id or f"u{len(self._people) + 1}"
        self._people[new] = Person(new, email, login or email.partition("@")[0])
        return new

    def changes(self, person: str, **values: str) -> None:
        """Change an account: ``email``, ``login``."""
        self._people[person] = replace(self._people[person], **values)

    def leaves(self, person: str) -> None:
        """Take an account away."""
        del self._people[person]

    def __call__(self, raw: Raw) -> RawAnswer:
        """Answer one call, whose URL is the backend's own."""
        url = urlsplit(raw.url)
        found = re.fullmatch(r"/users(?:/([^/]+))?", url.path)
        if found is None:
            return self.app(raw)
        self.calls.append(f"{raw.method} {url.path}{'?' if url.query else ''}{unquote(url.query)}")
        if found[1] is None:
            return self._listed(dict(parse_qsl(url.query)))
        person = self._people.get(unquote(found[1]))
        return _json(404, {"error": {"code": "not_found"}}) if person is None else _json(200, _row(person))

    def _listed(self, params: Mapping[str, str]) -> RawAnswer:
        rows = [_row(one) for one in self._people.values()]
        for name in ("email", "login"):
            if name in params and self.searching != "ignored":
                wanted, parts = params[name].lower(), self.searching == "parts"
                rows = [row for row in rows if (wanted in row[name].lower() if parts else wanted == row[name].lower())]
        first, most = int(params.get("offset", 0)), int(params.get("limit", 50))
        return _json(200, {"items": rows[first : first + most], "total": len(rows)})


def peopled(preset: Preset, *, small: bool = False, parent: bool = False) -> Preset:
    """Return a kind of system whose tickets have an ``assignee`` and ``watchers``, by their accounts' ids.

    With ``parent`` they name a ticket, too.
    """
    resource = preset.resource.model_dump()
    resource["fields"]["assignee"] = {"path": "/assignee"}
    resource["fields"]["watchers"] = {"path": "/watchers", "type": "list", "ordered": False, "empty": "list"}
    if parent:
        resource["fields"]["parent"] = {"path": "/parent"}
    user = {
        "id": "/id",
        "list": {
            "path": "/users",
            "records": "/items",
            "paging": {"kind": "offset", "size": 50, "size_param": "limit", "param": "offset", "total": "/total"},
        },
        "read": {"path": "/users/{id}"},
        "search": {"email": {"params": {"email": "{value}"}}, "login": {"params": {"login": "{value}"}}},
        "small": small,
        "fields": {"email": {"path": "/email"}, "login": {"path": "/login"}},
    }
    made = type(preset.resource).model_validate(resource)
    return replace(preset, resource=made, others={**preset.others, USER: Resource.model_validate(user)})


def _row(person: Person) -> dict[str, Any]:
    return {"id": person.id, "email": person.email, "login": person.login}


def _json(status: int, body: Any) -> RawAnswer:
    return RawAnswer(status, {"content-type": "application/json"}, orjson.dumps(body))
