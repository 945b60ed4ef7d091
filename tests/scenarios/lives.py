"""Two faithful fakes and a bond between them, defined in YAML by the presets that ship, as an operator would."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ebond.clock import Clock
from ebond.definitions import Definitions, load
from ebond.store import Store
from ebond.sync.workbench import Workbench
from ebond.testing.clock import ManualClock
from ebond.testing.fake_gateway import FakeGateway
from ebond.testing.interference import Faults
from ebond.testing.rest import RestApp
from ebond.testing.transport import FakeTransport
from tests.scenarios.world import SECRETS, World, _empty_store

GATEWAY = """
version: 1
gateway: {name}-gateway
base_url: https://{name}.test
auth:
  kind: oauth2_client_credentials
  token_url: https://{name}.test/oauth/token
  client_id: ebond
  client_secret: env:FAKE_SECRET
  basic_encoding: raw
"""
BOND = "version: 1\nbond: fake-bond\nmapping: tickets\nworkers: 1\n"


@dataclass(frozen=True)
class Kind:
    """A kind of system: its fake, and its definition but for ``system`` and ``gateway``."""

    make: Callable[[Clock], RestApp]
    definition: str


@dataclass(frozen=True)
class Desk:
    """One end: what people and tests touch."""

    name: str
    app: Any
    faults: Faults
    gateway: FakeGateway
    transport: FakeTransport
    preset: Any = field(default=None)


class Life(World):
    """A bond of two faithful fakes; what a World can do, it can."""

    def __init__(self, left: Kind, right: Kind, mapping: str, bond: str = "") -> None:
        self.clock = ManualClock()
        self.left, self.right = (  # type: ignore[assignment]  # it has what World uses of an end
            _desk(name, kind, self.clock) for name, kind in (("ours", left), ("theirs", right))
        )
        self.definitions = _definitions(left.definition, right.definition, mapping, BOND + bond)
        self._folder = TemporaryDirectory(prefix="ebond-life-")
        path = Path(self._folder.name) / "ebond.db"
        shutil.copy(_empty_store(), path)
        self.store = Store.open(f"sqlite:///{path}", migrate=False)
        self.bench = self._bench()
        self.reports = []

    def _bench(self) -> Workbench:
        transports = {f"{end.name}-gateway": end.transport for end in self.ends}
        return Workbench(
            self.definitions,
            self.store,
            clock=self.clock,
            environ=SECRETS,
            transport_for=lambda gateway: transports[gateway.gateway],
        )

    def write_count(self) -> int:
        return sum(len(end.app.writes) for end in self.ends)

    def written(self, do: Callable[[], Any]) -> tuple[Sequence[str], Sequence[str]]:
        """Do something, let it be carried until it is quiet, and return what either side was written."""
        before = [len(end.app.writes) for end in self.ends]
        do()
        self.settle()
        left, right = (end.app.writes[start:] for end, start in zip(self.ends, before, strict=True))
        return left, right


def _desk(name: str, kind: Kind, clock: Clock) -> Desk:
    app = kind.make(clock)
    faults = Faults(app)
    gateway = FakeGateway({"/desk": faults}, clock=clock, base_url=f"https://{name}.test")
    return Desk(name, app, faults, gateway, FakeTransport(gateway))


@cache
def _definitions(left: str, right: str, mapping: str, bond: str) -> Definitions:
    parts = [GATEWAY.format(name=name) for name in ("ours", "theirs")]
    parts += [_system(name, text) for name, text in (("ours", left), ("theirs", right))]
    with TemporaryDirectory() as folder:
        text = "---\n".join([*parts, "version: 1\nmapping: tickets\n" + mapping, bond])
        (Path(folder) / "all.yaml").write_text(text)
        return load(Path(folder))


def _system(name: str, text: str) -> str:
    return f"version: 1\nsystem: {name}\ngateway: {name}-gateway\nbase_path: /desk\n{text}"


def paired(pairs: Mapping[str, str], **one_way: Mapping[str, str]) -> str:
    """Return a value map as YAML: two ways, and ``to_left``, ``to_right`` only."""
    rows = [f"{{left: '{left}', right: {right}}}" for left, right in pairs.items()]
    for way, more in one_way.items():
        rows += [f"{{left: '{left}', right: {right}, only: {way}}}" for left, right in more.items()]
    return f"[{', '.join(rows)}]"
