"""A gateway of a few lines: a transport that answers from a script, and what speaks through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import structlog

from ebond.definitions.gateway import Gateway
from ebond.definitions.system import System
from ebond.gateway.client import GatewayConnection, SystemClient
from ebond.gateway.wire import CallRecord, Raw, RawAnswer
from ebond.secrets import Secret, SecretRef
from ebond.testing.clock import ManualClock
from ebond.testing.transport import FakeTransport

Reply = RawAnswer | Exception | Callable[[Raw], RawAnswer]


def reply(status: int = 200, body: Any = None, **headers: str) -> RawAnswer:
    """Build an answer; bytes are a body as it is, underscores in header names stand for hyphens."""
    content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RawAnswer(status, {"content-type": "application/json", **named}, content)


@dataclass
class Script:
    """Plays its replies one by one, the last one for ever; an exception is raised instead."""

    replies: list[Reply]

    def __call__(self, raw: Raw) -> RawAnswer:
        following = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(following, Exception):
            raise following
        return following(raw) if callable(following) else following


@dataclass
class Desk:
    """A system behind a gateway, as ebond calls it."""

    client: SystemClient
    connection: GatewayConnection
    clock: ManualClock
    wire: FakeTransport
    records: list[CallRecord]

    @property
    def calls(self) -> list[Raw]:
        """Every call so far but those for tokens."""
        return [raw for raw in self.wire.calls if "/token" not in raw.url]

    @property
    def tokens(self) -> int:
        """How many token requests there were."""
        return len(self.wire.calls) - len(self.calls)


Open = Callable[..., Desk]


@pytest.fixture
def desk() -> Open:
    """Return a factory: replies in order, parts of the gateway's definition by keyword, the system's as a dict."""

    def build(
        *replies: Reply, system: dict[str, Any] | None = None, app: Any = None, resolve: Any = None, **gateway: Any
    ) -> Desk:
        known = resolve or secret
        clock, records = ManualClock(), []
        wire = FakeTransport(app or Script(list(replies) or [reply(200, {})]))
        definition = {"version": 1, "gateway": "gw", "base_url": "https://gw.test/api", "auth": {"kind": "none"}}
        document = {"version": 1, "system": "desk", "gateway": "gw", "base_path": "/desk/v1", "resources": {}}
        connection = GatewayConnection.open(
            Gateway.model_validate({**definition, **gateway}),
            resolve=known,
            clock=clock,
            transport=wire,
            observer=records.append,
        )
        client = SystemClient(connection, System.model_validate({**document, **(system or {})}), resolve=known)
        return Desk(client, connection, clock, wire, records)

    return build


def secret(reference: SecretRef) -> Secret:
    """Return a secret that tells which one it is."""
    return Secret(f"{reference.name}-5ecret")


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """Everything that is logged meanwhile, whatever level an earlier test may have set."""
    before = structlog.get_config() if structlog.is_configured() else None
    structlog.reset_defaults()
    with structlog.testing.capture_logs() as lines:
        yield lines
    structlog.reset_defaults()
    if before is not None:
        structlog.configure(**before)
