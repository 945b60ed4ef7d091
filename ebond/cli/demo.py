"""``ebond demo``: the whole product on two real systems behind a real OAuth2 gateway, in one process."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable
from contextlib import closing, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

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
    out = console(error=json)
    out.print("Starting Roundup, Kinto and an OAuth2 gateway on free ports …")
    with start() as stack, TemporaryDirectory(prefix="ebond-demo-definitions-") as name:
        os.environ.update(stack.environ)
        # With --json standard output holds the one document; the story goes where people still can read it.
        with closing(Story(stack, Path(name), out)) as story, redirect_stdout(sys.stderr if json else sys.stdout):
            faults = story.tell()
        if json:
            print_json({"incidents": story.scene.total, "disagreements": faults})
        if keep:
            story.stay()
    raise typer.Exit(Exit.ATTENTION if faults else Exit.OK)


class Story:
    """The demo, step by step."""

    def __init__(self, stack: Any, folder: Path, out: Console) -> None:
        from ebond.demo.people import KintoPeople, RoundupPeople  # noqa: PLC0415  # the demo's packages are an extra
        from ebond.demo.scene import BOND, Scene, write_definitions  # noqa: PLC0415  # likewise

        self.stack, self.folder, self.out = stack, folder, out
        self.bond = BOND
        self.scene = Scene(RoundupPeople(stack.roundup), KintoPeople(stack.kinto))
        write_definitions(folder, stack)

    def close(self) -> None:
        """Let the people go home."""
        self.scene.roundup.close()
        self.scene.partner.close()

    def tell(self) -> list[str]:
        """Go through the whole path; return how the two systems disagree at the end."""
        began = time.monotonic()
        self._say(f"  Roundup  {self.stack.roundup}/tracker/   ACME's issue tracker")
        self._say(f"  Kinto    {self.stack.kinto}/v1/        the partner's document store")
        self._say(f"  gateway  {self.stack.gateway}            in front of both")
        self._say(f"Filling them with {self.scene.total} incidents, some of them in both …")
        self.scene.seed()
        faults = [*self._step("check", check.check), *self._preview(), *self._step("sync", self._sync)]
        self._say("\nNow people work on both sides:")
        for deed in self.scene.edit():
            self._say(f"  • {deed}")
        faults += [*self._step("plan", self._plan), *self._step("sync", self._sync), *self._step("sync", self._sync)]
        faults += self._step("status", status.status)
        faults += self._verify()
        self._say(f"\nThat took {time.monotonic() - began:.0f} s.")
        for fault in faults:
            self.out.print(f"[red]✗[/red] {escape(fault)}")
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
        if faults:
            self._say(f"  ✗ they disagree in {len(faults)} points")
        else:
            self._say(f"  ✓ {self.scene.total} incidents on each side: none missing, none doubled, all fields agree")
        return faults

    def stay(self) -> None:
        """Keep everything running and say how to play with it."""
        from ebond.demo import kinto_system, roundup_system  # noqa: PLC0415  # the demo's packages are an extra

        (alice, her_password), (bob, his_password) = roundup_system.PERSON, kinto_system.PERSON
        exports = "".join(f"  export {name}={shlex.quote(value)}\n" for name, value in self.stack.environ.items())
        self._say(
            "\nEverything keeps running until Ctrl-C. Edit tickets where they are:\n\n"
            f"  {self.stack.roundup}/tracker/issue\n      log in as {alice}, password {her_password}\n"
            f"  {self.stack.kinto}{kinto_system.PATH}\n      REST only, {bob}, password {his_password}\n\n"
            f"Then, in another terminal, see what would happen and have it done:\n\n{exports}"
            f"  export EBOND_FOLDER={shlex.quote(str(self.folder))}\n"
            f"  {_program()} plan {self.bond}\n  {_program()} sync {self.bond}\n"
        )
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            self._say("stopped")


def _program() -> str:
    """Return how this very ebond is called from a shell in any folder."""
    program = Path(sys.argv[0]).resolve()
    if program.stem == "ebond":
        return shlex.quote(str(program))
    return f"{shlex.quote(sys.executable)} -m ebond.cli.main"
