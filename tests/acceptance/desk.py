"""Two companies' fake systems behind fake gateways on loopback, a folder of definitions, and the installed command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from ebond.clock import SystemClock
from ebond.gateway.wire import Raw, RawAnswer
from ebond.testing.fake_gateway import SECRET
from ebond.testing.fake_server import FakeServer
from ebond.testing.preset import Preset
from ebond.testing.wiring import PRESETS, FakeEnd, fake_bond, fake_end, fake_mapping

BOND = "fake-bond"
EBOND = Path(sys.executable).with_name("ebond")


class Done:
    """What a command left behind."""

    def __init__(self, finished: subprocess.CompletedProcess[str]) -> None:
        self.code, self.out, self.err = finished.returncode, finished.stdout, finished.stderr

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return orjson.loads(self.out)


class Desk:
    """An operator's desk: ``run`` types a command, ``left`` and ``right`` are the two companies."""

    def __init__(self, folder: Path, left: FakeEnd, right: FakeEnd, servers: Mapping[str, FakeServer]) -> None:
        self.folder, self.left, self.right = folder, left, right
        self.servers = servers
        self.environ = {
            "FAKE_SECRET": SECRET,
            "EBOND_FOLDER": str(folder),
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
        }

    def run(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Done:
        """Run ``ebond`` with these arguments to its end."""
        command = [str(EBOND), *arguments]
        return Done(
            subprocess.run(
                command,
                env={**self.environ, **(environ or {})},
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=600,
                check=False,
            )
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start ``ebond`` and leave it running; Ctrl-C reaches it also where the tests run in the background."""
        command = ["env", "--default-signal=INT", str(EBOND), *arguments]
        return subprocess.Popen(
            command, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def redefine(self, name: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Edit one of the definition files: ``left-gateway``, ``left``, ``mapping``, ``bond`` …"""
        path = self.folder / f"{name}.yaml"
        document = orjson.loads(path.read_bytes())
        change(document)
        path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))


@contextmanager
def open_desk(
    folder: Path,
    left: str | Preset = "plain",
    right: str | Preset = "plain",
    *,
    bond: Mapping[str, Any] | None = None,
    rules: Sequence[Mapping[str, Any]] | None = None,
    **gateway: Any,
) -> Iterator[Desk]:
    """Serve two fake systems over TCP and write the definitions of a bond between them."""
    apps: dict[str, Callable[[Raw], RawAnswer]] = {}
    servers = {name: FakeServer(lambda raw, name=name: apps[name](raw)) for name in ("left", "right")}
    with servers["left"], servers["right"]:
        clock = SystemClock()
        ends = {
            name: fake_end(PRESETS[kind]() if isinstance(kind, str) else kind, name=name, clock=clock, **gateway)
            for name, kind in (("left", left), ("right", right))
        }
        for name, end in ends.items():
            end.gateway.base_url = servers[name].url
            apps[name] = end.transport.send
            _write(folder / f"{name}-gateway.yaml", end.gateway.definition(f"{name}-gateway"))
            _write(folder / f"{name}.yaml", end.definition)
        mapping = fake_mapping(ends["left"], ends["right"])
        if rules is not None:
            mapping = type(mapping).model_validate({**mapping.model_dump(), "fields": rules})
        _write(folder / "mapping.yaml", mapping)
        _write(folder / "bond.yaml", fake_bond(**{"workers": 1, **(bond or {})}))
        yield Desk(folder, ends["left"], ends["right"], servers)


def _write(path: Path, model: Any) -> None:
    """JSON is YAML."""
    document = model.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if "auth" in document:
        document["auth"] |= {"kind": "oauth2_client_credentials", "client_secret": "env:FAKE_SECRET"}
    path.write_bytes(orjson.dumps({"version": 1, **document}, option=orjson.OPT_INDENT_2))
