"""Carries the file of ``test_big_files`` in a process of its own, and tells by how many bytes that process grew."""

from __future__ import annotations

import json
import resource
import ssl
import sys

from ebond.attachments import File
from ebond.clock import SystemClock
from ebond.definitions.gateway import Gateway
from ebond.definitions.system import System
from ebond.gateway.client import GatewayConnection, SystemClient
from ebond.gateway.stream import Spool
from ebond.gateway.transport import HttpxTransport
from ebond.records.attachments import FileClient
from ebond.records.resource import ResourceClient
from ebond.secrets import Secret

WAYS = ("raw", "multipart", "base64")
FILE = File("v.mp4", type="video/mp4")


def client(sender: SystemClient, way: str) -> FileClient:
    """Return a client that adds files in one way."""
    system = sender.system.model_dump(exclude_unset=True)
    content = {"base64": "body"} if way == "base64" else {"path": "/big"}
    files = {"resource": "file", "source": "list", "name": "name", "content": content, "add": way}
    fields = {"name": {"path": "/name", "write": "never"}, "body": {"path": "/body"}}
    system["resources"] = {
        "ticket": {"id": "/id", "fields": {}, "attachments": files},
        "file": {"id": "/id", "fields": fields, "create": {"path": f"/{way}", "id": "/id", "returns": "fields"}},
    }
    made = System.model_validate(system)
    ticket, file = made.resources["ticket"], made.resources["file"]
    assert ticket.attachments is not None
    return FileClient(sender, ResourceClient(sender, ticket, name="t"), ticket.attachments, file, name="f")


def main(url: str) -> None:
    """Download once, upload in every way, print what came of it."""
    gateway = Gateway.model_validate({"version": 1, "gateway": "g", "base_url": url, "auth": {"kind": "none"}})
    system = System.model_validate({"version": 1, "system": "s", "gateway": "g", "resources": {}})
    transport = HttpxTransport(timeouts=gateway.timeouts, context=ssl.create_default_context())
    connection = GatewayConnection.open(gateway, resolve=lambda _: Secret(""), clock=SystemClock(), transport=transport)
    sender = SystemClient(connection, system, resolve=lambda _: Secret(""))
    clients = {way: client(sender, way) for way in WAYS}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Spool(media_type=FILE.type) as spool:
        clients["raw"].download("7", "9", FILE, spool)
        for one in clients.values():
            one.upload("7", FILE, spool, media_type=FILE.type, sync_id="5", once_url=None)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(json.dumps({"grown": grown * 1024, "digest": spool.digest()}))  # read by the test
    transport.close()


if __name__ == "__main__":
    main(sys.argv[1])
