"""What reading and comparing costs where nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import orjson

from ebond.testing.bulk_server import BulkServer
from tests.benchmarks.figure import Figure, Scale
from tests.benchmarks.pairs import alternate, timed
from tests.benchmarks.stage import Stage, link_all, run

_PAGE = 500


def measure(scale: Scale) -> Iterator[Figure]:
    """``scan.vs_httpx``: a whole run over a bond at rest / a bare loop of httpx and orjson over the same pages.

    The run pulls, maps, compares and stores both sides' lists whole, as the slow sweep does; books, lease and queries
    for what is to do are part of it. The loop fetches and decodes the same pages, one after the other.
    """
    records = scale.rows // 2
    with TemporaryDirectory() as folder, BulkServer(records) as server:
        database = Path(folder) / "ebond.db"
        link_all(database, server)
        stage = Stage(database, server, server, whole=True)
        with stage.opened() as bench, httpx.Client(base_url=server.url) as client:
            found = alternate(
                lambda: timed(lambda: run(bench)), lambda: timed(lambda: _pull(client, records)), pairs=scale.pairs
            )
    yield Figure("scan.vs_httpx", found.ratio, 3.0, f"{found.per(scale.rows)} per record of {scale.rows:,}")


def _pull(client: httpx.Client, records: int) -> None:
    """Fetch and decode both sides' pages."""
    for offset in (*range(0, records, _PAGE),) * 2:
        answer = client.get("/bulk/v1/tickets", params={"limit": _PAGE, "offset": offset})
        rows = orjson.loads(answer.content)["items"]
        if not rows:
            raise RuntimeError(f"no rows at {offset}")
