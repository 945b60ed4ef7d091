"""A webhook in a world: what the left system says to ebond, and what ebond makes of it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import orjson

from ebond.secrets import Secret
from ebond.sync.heard import NOTIFIED
from ebond.sync.run import RunReport, run_bond
from tests.scenarios.world import BOND, World, changed
from workers.listen.inbox import Inbox, routes

SECRET = "shared with the system"  # of this test only
PATH = "/notify/left"
LISTEN: dict[str, Any] = {
    "path": PATH,
    "verify": {
        "kind": "hmac",
        "secrets": ["env:HOOK"],
        "header": "X-Signature",
        "prefix": "sha256=",
        "signed": "{timestamp}.{body}",
        "signed_at": {"header": "X-Time", "tolerance": "5m"},
    },
    "id": "/ticket/id",
    "type": "/event",
    "types": ["changed", "created"],
}


class Hook:
    """The left system notifies; ``rung`` are the bonds that workers were called to."""

    def __init__(self, world: Callable[..., World], *, unknown: str = "list", **listen: Any) -> None:
        self.world = world(changed("plain", listen={**LISTEN, "unknown": unknown, **listen}))
        self.rung: list[str] = []
        self.outcomes: list[str] = []
        self.inbox = Inbox(
            routes(self.world.bench.definitions, lambda _: Secret(SECRET), behind=False),
            self.world.store,
            self.world.clock,
            ring=lambda bond: not self.rung.append(bond),
            count=lambda _, outcome: self.outcomes.append(outcome),
        )

    def says(self, record_id: str, **more: Any) -> tuple[dict[str, str], bytes]:
        """Return headers and body of a notification, signed now."""
        body = orjson.dumps({"event": "changed", "ticket": {"id": record_id}, **more})
        return self.signed(body), body

    def signed(self, body: bytes, *, secret: str = SECRET) -> dict[str, str]:
        at = str(int(self.world.clock.now().timestamp()))
        digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Signature": f"sha256={digest}", "X-Time": at}

    def sends(self, headers: dict[str, str], body: bytes) -> int:
        route = self.inbox.route(PATH)
        assert route is not None
        return self.inbox.receive(route, headers.get, body)

    def tells(self, record_id: str, **more: Any) -> int:
        """Send a notification; return the status that it is answered with."""
        return self.sends(*self.says(record_id, **more))

    def work(self, *, after: float = 0) -> RunReport | None:
        """Do what a worker does who is rung for, where something is due."""
        self.world.clock.advance(after)
        if BOND not in self.world.store.overdue(now=self.world.clock.now()):
            return None
        return run_bond(self.world.bench.bond(BOND), owner="a test", kind=NOTIFIED)
