"""A sender that plays answers and takes down requests, and a resource to read and write."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from ebond.definitions.system import Resource
from ebond.gateway.outcome import Outcome
from ebond.gateway.wire import Answer, Request
from ebond.records.resource import ResourceClient

DATE = "Mon, 23 Nov 2026 20:37:43 GMT"


def answer(body: Any = None, status: int = 200, **headers: str) -> Answer:
    """Build an answer; underscores in header names stand for hyphens, bytes are a body as it is."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    named = {"date": DATE} | {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return Answer(status, named, content, "r-1", "g-1", Outcome("applied"))


@dataclass
class FakeSender:
    """Plays its answers one by one; an exception is raised instead."""

    answers: list[Answer | Exception]
    requests: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Answer:
        self.requests.append(request)
        following = self.answers.pop(0)
        if isinstance(following, Exception):
            raise following
        return following

    @property
    def params(self) -> list[dict[str, str]]:
        """The parameters of every request so far."""
        return [dict(request.params) for request in self.requests]

    @property
    def last(self) -> Request:
        return self.requests[-1]


def definition(**parts: Any) -> dict[str, Any]:
    """Return a resource definition; parts replace or add to its keys, None takes one out."""
    base: dict[str, Any] = {
        "id": "/id",
        "version": "/version",
        "updated": "/updated",
        "correlation": "ref",
        "list": {"path": "/tickets", "records": "/items", "paging": {"kind": "single"}},
        "read": {"path": "/tickets/{id}", "record": ""},
        "create": {"path": "/tickets"},
        "update": {"path": "/tickets/{id}"},
        "lookup": {"path": "/tickets", "params": {"ref": "{sync_id}"}, "records": "/items"},
        "fields": {
            "title": {"path": "/title"},
            "city": {"path": "/place/city"},
            "ref": {"path": "/ref", "write": "create_only"},
            "opened": {"path": "/opened", "write": "create_only"},
            "number": {"path": "/number", "write": "never"},
        },
    }
    return {key: value for key, value in (base | parts).items() if value is not None}


Connect = Callable[..., tuple[ResourceClient, FakeSender]]


@pytest.fixture
def connect() -> Connect:
    """Return a factory: answers in order, definition parts by keyword → client and sender."""

    def build(*answers: Answer | Exception, **parts: Any) -> tuple[ResourceClient, FakeSender]:
        sender = FakeSender(list(answers))
        return ResourceClient(sender, Resource.model_validate(definition(**parts)), name="desk/ticket"), sender

    return build


@pytest.fixture
def reply() -> Callable[..., Answer]:
    """Return the factory of answers."""
    return answer


@pytest.fixture
def page() -> Callable[..., Answer]:
    """Return a factory of list answers: ids, and what else the envelope holds."""

    def build(*ids: Any, status: int = 200, headers: Mapping[str, str] | None = None, **envelope: Any) -> Answer:
        rows = [{"id": row, "version": 1} for row in ids]
        return answer({"items": rows, **envelope}, status, **dict(headers or {}))

    return build


@pytest.fixture
def listing() -> Callable[..., dict[str, Any]]:
    """Return a factory of a listing's definition from its paging and other keys."""

    def build(paging: Mapping[str, Any], **parts: Any) -> dict[str, Any]:
        return {
            "path": "/tickets",
            "records": "/items",
            "paging": {"size": 2, "size_param": "limit", **paging},
            **parts,
        }

    return build


@pytest.fixture
def make() -> Callable[..., Resource]:
    """Return a factory of resources from definition parts."""
    return lambda **parts: Resource.model_validate(definition(**parts))
