"""A TM Forum hub: who wants to be told of what, and the telling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import orjson

#: (address, event) → the status that the listener answered with; None where nobody answered.
Post = Callable[[str, bytes], int | None]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One listener."""

    id: str
    callback: str
    query: str

    def wants(self, event_type: str) -> bool:
        """Does its query name this kind of event, or none?"""
        named = [one for value in parse_qs(self.query).get("eventType", []) for one in value.split(",")]
        return not named or event_type in named

    @property
    def row(self) -> dict[str, str]:
        """The subscription as the API shows it."""
        return {"id": self.id, "callback": self.callback, "query": self.query}


class Hub:
    """Keeps subscriptions and posts events; ``sent`` is what was posted where, and what was answered.

    An event is told once: whoever does not answer has missed it.
    """

    def __init__(self, post: Post | None = None) -> None:
        self.post = post
        self.open: dict[str, Subscription] = {}
        self.sent: list[tuple[str, dict[str, Any], int | None]] = []

    def subscribe(self, number: int, body: Mapping[str, Any]) -> Subscription | None:
        """Add a listener; None where it is there already."""
        callback, query = str(body["callback"]).rstrip("/"), str(body.get("query") or "")
        if any((one.callback, one.query) == (callback, query) for one in self.open.values()):
            return None
        made = Subscription(str(number), callback, query)
        self.open[made.id] = made
        return made

    def tell(self, event: dict[str, Any]) -> None:
        """Post an event to all who want it, below their callbacks."""
        kind = str(event["eventType"])
        path = f"/listener/{kind[0].lower()}{kind[1:]}"
        for one in self.open.values():
            if one.wants(kind):
                where = one.callback + path
                answer = self.post(where, orjson.dumps(event)) if self.post else None
                self.sent.append((where, event, answer))
