"""``ebond demo``: the whole product on two real systems behind a real OAuth2 gateway, in one process."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from ebond.cli import check, plan, status, sync
from ebond.cli.app import Exit, JsonOption
from ebond.cli.output import console, print_json
from ebond.errors import EbondError


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything running, to edit a ticket by hand and sync again.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Start Roundup, Kinto and an OAuth2 gateway on loopback, and keep their incidents in step."""
    try:
        from ebond.demo.stack import start  # noqa: PLC0415  # the demo's packages are an extra
    except ModuleNotFoundError as error:
        raise EbondError(f"the demo needs the package {error.name}", todo="Install ebond[demo]") from error
    with start() as stack, TemporaryDirectory(prefix="ebond-demo-definitions-") as name:
        os.environ.update(stack.environ)
        story = Story(stack, Path(name), quiet=json)
        faults = story.tell()
        if json:
            print_json({"incidents": story.scene.total, "disagreements": faults})
        if keep and not faults:
            story.stay()
    raise typer.Exit(Exit.ATTENTION if faults else Exit.OK)


class Story:
    """The demo, step by step."""

    def __init__(self, stack: Any, folder: Path, *, quiet: bool) -> None:
        from ebond.demo.people import KintoPeople, RoundupPeople  # noqa: PLC0415  # the demo's packages are an extra
        from ebond.demo.scene import BOND, Scene, write_definitions  # noqa: PLC0415  # likewise

        self.stack, self.folder, self.quiet = stack, folder, quiet
        self.bond = BOND
        self.scene = Scene(RoundupPeople(stack.roundup), KintoPeople(stack.kinto))
        write_definitions(folder, stack)
        self.out = console(error=quiet)

    def tell(self) -> list[str]:
        """Go through the whole path; return how the two systems disagree at the end."""
        began = time.monotonic()
        self._say(f"Roundup {self.stack.roundup}/tracker/ and Kinto {self.stack.kinto}/v1/ run behind")
        self._say(f"the gateway {self.stack.gateway}; filling them with {self.scene.total} incidents, some in both …")
        self.scene.seed()
        faults = [*self._step("check", check.check), *self._preview(), *self._step("sync", self._sync)]
        self._say("\nNow people work on both sides:")
        for deed in self.scene.edit():
            self._say(f"  • {deed}")
        faults += [*self._step("plan", self._plan), *self._step("sync", self._sync), *self._step("sync", self._sync)]
        faults += self._step("status", status.status)
        faults += self._verify()
        self._say(f"\nThat took {time.monotonic() - began:.0f} s.")
        return faults

    def _say(self, text: str) -> None:
        self.out.print(text, markup=False)

    def _step(self, name: str, command: Callable[..., None]) -> list[str]:
        """Run a command as a user would; return a fault where it does not end well."""
        arguments = [self.bond] if name in ("sync", "plan") else []
        self.out.print(f"\n[bold]$ ebond {shlex.join([name, *arguments])}[/bold]")
        try:
            command(folder=self.folder)
        except typer.Exit as end:
            return [] if end.exit_code == Exit.OK else [f"ebond {name} ended with {end.exit_code}"]
        return []

    def _sync(self, *, folder: Path) -> None:
        sync.sync(self.bond, folder=folder)

    def _plan(self, *, folder: Path) -> None:
        plan.plan(self.bond, folder=folder)

    def _preview(self) -> list[str]:
        """The first preview is long: its totals are enough here."""
        self.out.print(f"\n[bold]$ ebond plan {self.bond} | tail -n 1[/bold]")
        preview = plan.Preview()
        report = plan.make(self.bond, self.folder, None, preview)
        self._say(preview.total_line())
        return [] if report.ok else [f"the preview ended as {report.status}: {report.error}"]

    def _verify(self) -> list[str]:
        from ebond.demo.verify import disagreements  # noqa: PLC0415  # the demo's packages are an extra

        self._say("\nReading both systems directly, past ebond and the gateway:")
        faults = list(disagreements(self.scene.roundup, self.scene.partner, expected=self.scene.total))
        for fault in faults:
            self._say(f"  ✗ {fault}")
        if not faults:
            self._say(f"  ✓ {self.scene.total} incidents on each side, none missing, none doubled, every field agrees")
        return faults

    def stay(self) -> None:
        """Keep everything running and say how to play with it."""
        secrets = " ".join(f"{name}={shlex.quote(value)}" for name, value in self.stack.environ.items())
        self._say(
            f"\nEverything keeps running until Ctrl-C. Edit a ticket at {self.stack.roundup}/tracker/ "
            "(alice, demo-alice),\nthen, in another terminal:\n\n"
            f"  {secrets} \\\n  {sys.argv[0]} sync {self.bond} --folder {self.folder}\n"
        )
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            self._say("stopped")
