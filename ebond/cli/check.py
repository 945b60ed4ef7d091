"""``ebond check``: are the definitions right, and do the connection and the rights work?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from ebond.cli.app import DatabaseOption, Exit, FolderOption, JsonOption, Place
from ebond.cli.output import console, counted, print_json
from ebond.definitions import Definitions, missing_secrets
from ebond.definitions.lookups import LookupSide
from ebond.definitions.system import System
from ebond.errors import BondStopped, DefinitionError
from ebond.records.attachments import FileClient
from ebond.records.checkup import Listener, of_clock, of_credentials, of_encoding, of_quota, of_rights
from ebond.records.comments import CommentClient
from ebond.records.lookups import LookupClient
from ebond.records.resource import ResourceClient
from ebond.records.verify import Finding, probe
from ebond.records.verify_attachments import probe_files
from ebond.records.verify_comments import probe_comments
from ebond.records.verify_lookups import probe_lookup
from ebond.secrets import Secret, SecretRef
from ebond.sync.workbench import Workbench

_COLOURS = {"ok": "green", "warn": "yellow", "error": "red"}


class _Line(NamedTuple):
    about: str
    """A gateway's name, or a resource as mappings name it."""
    finding: Finding
    stops: bool = False
    """No run could go on with this."""


def check(
    offline: Annotated[bool, typer.Option("--offline", help="Look at the definitions only; call nobody.")] = False,
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Check the definitions, then credentials, connection and rights of every resource that a bond uses."""
    place = Place(folder, database)
    definitions = place.definitions()
    if problems := missing_secrets(definitions, os.environ):
        raise DefinitionError(problems)
    lines = list(_of_secrets(definitions))
    if not offline:
        with place.workbench() as bench:
            lines += _online(bench)
    counts = {kind: len(getattr(definitions, kind)) for kind in ("gateways", "systems", "mappings", "bonds")}
    if json:
        findings = [{"resource": one.about, "level": one.finding.level, "text": one.finding.text} for one in lines]
        print_json({"definitions": counts, "findings": findings})
    else:
        _print(counts, lines)
    raise typer.Exit(_code(lines))


def _code(lines: list[_Line]) -> Exit:
    if any(one.stops for one in lines):
        return Exit.STOPPED
    return Exit.ATTENTION if any(one.finding.level == "error" for one in lines) else Exit.OK


def _of_secrets(definitions: Definitions) -> Iterator[_Line]:
    def resolve(reference: SecretRef) -> Secret:
        return reference.resolve(os.environ, definitions.folder)

    for name, gateway in definitions.gateways.items():
        yield from (_Line(name, finding) for finding in of_encoding(gateway, resolve))


def _online(bench: Workbench) -> Iterator[_Line]:
    """Each gateway once, then the resources behind those that let us in."""
    open_gateways: dict[str, bool] = {}
    for reference in _resources(bench):
        gateway = bench.definitions.systems[reference.partition("/")[0]].gateway
        if gateway not in open_gateways:
            error, finding = of_credentials(bench.connection(gateway))
            open_gateways[gateway] = error is None
            yield _Line(gateway, finding, stops=isinstance(error, BondStopped))
        if open_gateways[gateway]:
            yield from _of_resource(bench, reference)


def _resources(bench: Workbench) -> list[str]:
    """Return the resources that bonds use, each once."""
    mappings = [bench.definitions.mappings[bond.mapping] for bond in bench.definitions.bonds.values()]
    return list(dict.fromkeys(side for mapping in mappings for side in (mapping.left, mapping.right)))


def _talks(bench: Workbench, reference: str) -> bool:
    """Are the comments of a resource carried by any mapping?"""
    mappings = [bench.definitions.mappings[bond.mapping] for bond in bench.definitions.bonds.values()]
    return any(one.comments is not None for one in mappings if reference in (one.left, one.right))


def _carries_files(bench: Workbench, reference: str) -> bool:
    """Are the files of a resource carried by any mapping?"""
    mappings = [bench.definitions.mappings[bond.mapping] for bond in bench.definitions.bonds.values()]
    return any(one.attachments is not None for one in mappings if reference in (one.left, one.right))


def _of_resource(bench: Workbench, reference: str) -> Iterator[_Line]:
    system, resource, _, sender = bench.resource(reference)
    heard = Listener(sender)
    client = ResourceClient(heard, resource, name=reference)
    found = probe(client, resource)
    if resource.comments is not None and _talks(bench, reference):
        name, comment = f"{system.system}/{resource.comments.resource}", system.resources[resource.comments.resource]
        found += probe_comments(client, CommentClient(heard, client, resource.comments, comment, name=name))
    if resource.attachments is not None and _carries_files(bench, reference):
        name, file = f"{system.system}/{resource.attachments.resource}", system.resources[resource.attachments.resource]
        found += probe_files(client, FileClient(heard, client, resource.attachments, file, name=name))
    looked_up = [
        (f"{system.system}/{own.resource}", finding)
        for own, fold in _looked_up(bench, reference)
        for finding in _of_lookup(heard, system, own, fold=fold)
    ]
    if heard.headers:
        gateway = bench.definitions.gateways[system.gateway]
        found += of_clock(heard.server_now, bench.clock.now())
        found += of_rights(system, resource, heard.headers.get("allow"))
        found += of_quota(gateway, heard.headers)
    for finding in found:
        yield _Line(reference, finding, stops=heard.stopped and finding.level == "error")
    for about, finding in looked_up:
        # Who cannot be looked up parks a field, and stops nothing.
        yield _Line(about, finding)


def _looked_up(bench: Workbench, reference: str) -> list[tuple[LookupSide, bool]]:
    """Return what mappings of a resource look up on its side, each once, and whether without regard to case."""
    used = {bond.mapping for bond in bench.definitions.bonds.values()}
    found: dict[tuple[LookupSide, bool], None] = {}
    for mapping in (bench.definitions.mappings[name] for name in sorted(used)):
        for side in ("left", "right"):
            for rule in (one.lookup for one in mapping.fields if one.lookup is not None):
                own = rule.side(side)
                if own is not None and getattr(mapping, side) == reference:
                    found[own, rule.fold] = None
    return list(found)


def _of_lookup(sender: Listener, system: System, own: LookupSide, *, fold: bool) -> Iterator[Finding]:
    client = LookupClient(sender, system.resources[own.resource], name=f"{system.system}/{own.resource}")
    yield from probe_lookup(client, own, fold=fold)


def _print(counts: dict[str, int], lines: list[_Line]) -> None:
    out = console()
    out.print(
        "[green]ok[/green]  definitions: "
        + ", ".join(counted(count, name.removesuffix("s")) for name, count in counts.items())
    )
    for one in lines:
        level, text = one.finding.level, one.finding.text.replace("[", r"\[")
        out.print(f"[{_COLOURS[level]}]{level}[/{_COLOURS[level]}]  {one.about}: {text}")
