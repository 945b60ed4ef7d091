"""A server of many records in a process of its own, for benchmarks: it must never be the slower end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from http.client import HTTPConnection
from types import TracebackType
from typing import Any, Final

import orjson

from ebond.definitions.gateway import Gateway
from ebond.definitions.system import System
from ebond.testing.tcp import HOST

_TEXTS: Final = (
    "title", "status", "category", "subcategory", "assignee", "group", "caller", "location",
    "description", "external_ref",
)  # fmt: skip
_NUMBERS: Final = ("urgency", "impact", "priority")
_NO_CHANGES: Final[Mapping[str, Any]] = {}


class BulkServer:
    """Runs while the ``with`` block does; ends with this process, however that ends.

    ``reset`` goes back to the start and ``restore`` to what was kept by ``save``, so that the same calls give
    the same answers; ``touch`` and ``open`` let people edit and open so many records; ``stats`` tells calls by
    method, ``api_calls`` without those for tokens and the test's own, and the server's CPU seconds.
    """

    def __init__(self, records: int = 0, *, size: int = 1000, latency_ms: float = 0.0) -> None:
        self._options = {"records": records, "size": size, "latency_ms": latency_ms}
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> BulkServer:
        command = [sys.executable, "-m", "ebond.testing.bulk_main", orjson.dumps(self._options).decode()]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ)
        if self._process.stdout is None:
            raise RuntimeError("the bulk server has no output")
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.communicate()

    def reset(self) -> dict[str, Any]:
        """Go back to the state at the start; the counts too."""
        return self._control("reset")

    def touch(self, count: int) -> dict[str, Any]:
        """Edit ``count`` records as people do."""
        return self._control(f"touch?count={count}")

    def open(self, count: int) -> dict[str, Any]:
        """Open ``count`` records as people do."""
        return self._control(f"open?count={count}")

    def save(self) -> dict[str, Any]:
        """Keep the state as it is now."""
        return self._control("save")

    def restore(self) -> dict[str, Any]:
        """Go back to what was kept last; the counts go back to nothing."""
        return self._control("restore")

    def bodies(self, *, sent: bool) -> dict[str, Any]:
        """Say whether further answers to writes hold the record."""
        return self._control(f"bodies?sent={int(sent)}")

    def latency(self, milliseconds: float) -> dict[str, Any]:
        """Hold back every further answer so long."""
        return self._control(f"latency?ms={milliseconds}")

    def strict(self, calls: int, per: float, *, lifetime: int = 86_400) -> dict[str, Any]:
        """Answer 429 to calls beyond so many in any ``per`` seconds (0: never); tokens live ``lifetime`` seconds."""
        return self._control(f"strict?calls={calls}&per={per}&lifetime={lifetime}")

    def log(self) -> dict[str, Any]:
        """Return when calls under the limit and token requests came (``calls``, ``tokens``), and ``refused``."""
        return self._control("log")

    def stats(self) -> dict[str, Any]:
        """Return calls by method, CPU seconds, the number of records, and a number that grows with every change."""
        return self._control("stats")

    def _control(self, call: str) -> dict[str, Any]:
        connection = HTTPConnection(HOST, self.port, timeout=30)
        try:
            connection.request("POST", f"/-/{call}")
            answer: dict[str, Any] = orjson.loads(connection.getresponse().read())
            return answer
        finally:
            connection.close()

    def gateway(self, name: str, **changes: Any) -> Gateway:
        """Return the definition of a gateway at this address; its secret is ``env:FAKE_SECRET``."""
        auth = {
            "kind": "oauth2_client_credentials",
            "token_url": f"{self.url}/oauth/token",
            "client_id": "ebond",
            "client_secret": "env:FAKE_SECRET",
        }
        document = {"version": 1, "gateway": name, "base_url": self.url, "auth": auth}
        return Gateway.model_validate({**document, **changes})

    def system(
        self,
        name: str,
        gateway: str,
        *,
        page: int = 500,
        create: Mapping[str, Any] = _NO_CHANGES,
        update: Mapping[str, Any] = _NO_CHANGES,
        **changes: Any,
    ) -> System:
        """Return the definition of the system: the cheapest contract there is, but for the changes."""
        document = {
            "version": 1,
            "system": name,
            "gateway": gateway,
            "base_path": "/bulk/v1",
            "resources": {"ticket": _resource(page, create, update)},
        }
        return System.model_validate({**document, **changes})


def _resource(page: int, create: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    stamp = {"format": "epoch_ms", "granularity": "1ms"}
    fields: dict[str, Any] = {name: {"path": f"/{name}"} for name in _TEXTS}
    fields |= {name: {"path": f"/{name}", "type": "number", "decimals": 0} for name in _NUMBERS}
    fields |= {
        "cost": {"path": "/cost", "type": "number", "decimals": 2},
        "due": {"path": "/due", "type": "date"},
        "active": {"path": "/active", "type": "boolean"},
    }
    paging = {"kind": "offset", "size": page, "size_param": "limit", "param": "offset", "total": "/total"}
    return {
        "id": "/id",
        "version": "/version",
        "version_order": "number",
        "updated": "/updated",
        "updated_stamp": stamp,
        "correlation": "external_ref",
        "list": {
            "path": "/tickets",
            "records": "/items",
            "paging": paging,
            "since": {"params": {"updated_from": "{since}"}, "stamp": stamp},
        },
        "read": {"path": "/tickets/{id}"},
        "create": {"path": "/tickets", "id": "/id", **create},
        "update": {"path": "/tickets/{id}", "precondition": "if_match", "quote": True, **update},
        "lookup": {"path": "/tickets", "params": {"external_ref": "{sync_id}"}, "records": "/items"},
        "fields": fields,
    }
