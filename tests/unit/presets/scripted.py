"""Presets as an operator uses them: a folder that extends one, and a client over a scripted gateway."""

from __future__ import annotations

from pathlib import Path

from ebond.clock import Clock
from ebond.definitions import Definitions, load
from ebond.definitions.children import child_resources
from ebond.gateway.client import GatewayConnection, SystemClient
from ebond.gateway.wire import Transport
from ebond.records.resource import ResourceClient
from ebond.secrets import Secret

HEAD = "version: 1\ngateway: front\nbase_url: https://front.example\nauth: {kind: none}\n"


def extended(folder: Path, preset: str, own: str = "") -> Definitions:
    """Load a folder with one system that extends a preset, with lines of its own."""
    text = f"{HEAD}---\nversion: 1\nsystem: ours\nextends: {preset}\ngateway: front\n{own}"
    (folder / "all.yaml").write_text(text, encoding="utf-8")
    return load(folder)


def client_of(definitions: Definitions, transport: Transport, clock: Clock) -> ResourceClient:
    """Return the client of the one resource that is no comment or file, by way of the whole gateway client."""
    gateway, system = definitions.gateways["front"], definitions.systems["ours"]
    connection = GatewayConnection.open(gateway, resolve=lambda _: Secret(""), clock=clock, transport=transport)
    resource = next(one for name, one in system.resources.items() if one.create and name not in child_resources(system))
    return ResourceClient(SystemClient(connection, system, resolve=lambda _: Secret("")), resource, name="ours")
