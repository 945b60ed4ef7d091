"""A clock, and a small client that speaks to fakes without ebond's own gateway part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from ebond.gateway.wire import Raw, RawAnswer
from ebond.testing.clock import ManualClock

App = Callable[[Raw], RawAnswer]


@dataclass
class Client:
    """Calls an application at one address."""

    app: App
    base: str = "http://backend.test"

    def __call__(
        self,
        method: str,
        path: str,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        **params: str,
    ) -> RawAnswer:
        query = f"?{urlencode(params)}" if params else ""
        content = b"" if json is None else orjson.dumps(json)
        url = path if "://" in path else self.base + path
        return self.app(Raw(method, url + query, headers or {}, content))

    def json(self, method: str, path: str, json: Any = None, **params: str) -> Any:
        return orjson.loads(self(method, path, json, **params).content)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def client() -> Callable[[App], Client]:
    return Client
