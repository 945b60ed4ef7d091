"""What lies in ``deploy/``, read as its engines read it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

ROOT: Final = Path(__file__).parents[3]
DEPLOY: Final = ROOT / "deploy"


def documents(path: Path) -> list[Any]:
    """Return the documents of a YAML file; merge keys and anchors are resolved."""
    return [one for one in YAML(typ="safe", pure=True).load_all(path) if one is not None]


def manifests() -> list[Any]:
    """Return the Kubernetes manifests that the kustomization applies."""
    folder = DEPLOY / "kubernetes"
    [kustomization] = documents(folder / "kustomization.yaml")
    return [one for name in kustomization["resources"] for one in documents(folder / name)]


def pods() -> dict[str, Any]:
    """Return the pods of Deployments and Jobs, by name."""
    kinds = ("Deployment", "Job")
    return {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in manifests() if one["kind"] in kinds}


def services() -> dict[str, Any]:
    """Return compose's services, by name."""
    [compose] = documents(DEPLOY / "compose.yaml")
    return dict(compose["services"])


def unit(name: str) -> dict[str, list[str]]:
    """Return what a systemd unit says, sections apart: each key with its values in order."""
    said: dict[str, list[str]] = {}
    for line in (DEPLOY / "systemd" / name).read_text().splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            said.setdefault(key, []).append(value)
    return said


def units() -> list[str]:
    """Return the names of the systemd services."""
    return sorted(path.name for path in (DEPLOY / "systemd").glob("*.service"))


def option(arguments: list[str], name: str) -> str:
    """Return the value of a command's option."""
    return arguments[arguments.index(name) + 1]


def commands() -> Iterator[tuple[str, list[str]]]:
    """Yield every ``ebond`` command line of these files, with where it stands."""
    for name, service in services().items():
        if service["image"].startswith("ebond:"):
            yield f"compose {name}", service["command"]
    for name, pod in pods().items():
        yield f"kubernetes {name}", pod["containers"][0]["args"]
    for document in documents(DEPLOY / "kubernetes" / "listener" / "listener.yaml"):
        if document["kind"] == "Deployment":
            yield "kubernetes listener", document["spec"]["template"]["spec"]["containers"][0]["args"]
    for name in units():
        said = unit(name)
        for line in said.get("ExecStartPre", []) + said["ExecStart"]:
            yield name, shlex.split(line.replace("%i", "1"))[1:]
    for document in (DEPLOY / "OPERATIONS.md", ROOT / "README.md"):
        for line in _consoles(document.read_text()):
            yield f"{document.name}: {line}", shlex.split(line, comments=True)[1:]


def _consoles(text: str) -> Iterator[str]:
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            said = line.removeprefix("$ ").removeprefix("docker compose run --rm ")
            if said.startswith("ebond "):
                yield said
