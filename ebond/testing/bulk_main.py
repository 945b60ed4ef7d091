"""The process behind BulkServer: ``python -m ebond.testing.bulk_main '{"records": 1000, …}'``.

Prints its port, then serves until its standard input closes: it never outlives whoever started it.
"""

from __future__ import annotations

import asyncio
import gc
import sys

import orjson

from ebond.testing.bulk_app import BulkApp
from ebond.testing.bulk_store import BulkStore
from ebond.testing.tcp import Line, listen


async def serve(records: int, size: int, latency_ms: float) -> None:
    """Serve until standard input closes."""
    line = Line(latency_ms / 1000)
    app = BulkApp(BulkStore(records, size=size), line)
    # Nothing here makes cycles; a collector that walks all records would be noise in every measurement.
    gc.freeze()
    gc.disable()
    server, port = await listen(app, line)
    print(port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
    server.close()


if __name__ == "__main__":
    options = orjson.loads(sys.argv[1])
    asyncio.run(serve(options["records"], options["size"], options["latency_ms"]))
