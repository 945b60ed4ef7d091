"""What ships under ``mappings/``: it is right as it is, and so is every option that it shows commented out."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ebond.cli.main import app
from ebond.definitions import load, missing_secrets, secrets_of
from ebond.definitions.folder import presets, yaml_files
from ebond.errors import DefinitionError

SYSTEMS = sorted(path.stem for path in yaml_files(presets() / "systems"))
EXAMPLES = sorted(path.name for path in (presets() / "examples").iterdir())
STARTER = presets() / "starter"
#: An option is a line that begins with '#' and no blank; options on lines in a row belong together.
OPTION = re.compile(r"^( *)#(?=[^ \n!])", re.MULTILINE)


def problems(folder: Path) -> list[str]:
    try:
        load(folder)
    except DefinitionError as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_is_right(name: str) -> None:
    """An example can be copied as it stands."""
    assert problems(presets() / "examples" / name) == []


@pytest.mark.parametrize("name", SYSTEMS)
def test_each_preset_needs_only_a_gateway(name: str, tmp_path: Path) -> None:
    """What extends a preset and names its gateway is whole; the preset's name is that of its file."""
    gateway = "version: 1\ngateway: front\nbase_url: https://front.example\nauth: {kind: none}\n"
    (tmp_path / "all.yaml").write_text(f"{gateway}---\nversion: 1\nsystem: ours\nextends: {name}\ngateway: front\n")
    assert problems(tmp_path) == []
    assert load(tmp_path).systems["ours"].title


@pytest.mark.parametrize("what", ["comments", "attachments"])
def test_what_is_our_own_has_to_be_said_where_it_is_carried(tmp_path: Path, what: str) -> None:
    """A preset cannot know what the account is called, and comments and files of its own would come back."""
    gateway = "version: 1\ngateway: front\nbase_url: https://front.example\nauth: {kind: none}\n"
    systems = [f"version: 1\nsystem: {name}\nextends: {name}\ngateway: front\n" for name in ("servicenow", "tmf621")]
    mapping = (
        "version: 1\nmapping: m\nleft: servicenow/incident\nright: tmf621/ticket\n"
        f"{what}: {{}}\n"
        "fields: [{left: short_description, right: name}]\n"
    )
    (tmp_path / "all.yaml").write_text("---\n".join([gateway, *systems, mapping]))
    (problem,) = problems(tmp_path)
    assert problem.endswith(
        "nobody says what ebond's own account is called on the left "
        f"(say it in the system servicenow: resources: {{incident: {{{what}: {{own: {{/sys_created_by: …}}}}}}}})"
    )


@pytest.mark.parametrize("path", list(yaml_files(presets())), ids=lambda path: str(path.relative_to(presets())))
def test_each_file_names_its_schema(path: Path) -> None:
    """An editor finds the schema beside the files, and a person finds a word of explanation."""
    first, second, third, *_ = path.read_text(encoding="utf-8").splitlines()
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / named).resolve() == (presets() / "schema.json").resolve()
    assert second == "#"
    assert third.startswith("# ")


def options() -> Iterator[object]:
    """Yield (file, first line, last line) of each run of option lines, counted from 0."""
    for path in yaml_files(STARTER):
        lines = path.read_text(encoding="utf-8").splitlines()
        marked = [bool(OPTION.match(line)) for line in lines]
        starts = [
            n for n, is_option in enumerate(marked) if is_option and not (n and marked[n - 1] and _goes_on(lines[n]))
        ]
        for start in starts:
            end = next((n for n in range(start + 1, len(lines)) if not marked[n] or n in starts), len(lines))
            yield pytest.param(path.name, start, end, id=f"{path.stem}:{start + 1}: {lines[start].strip()[1:40]}")


def _goes_on(line: str) -> bool:
    """Does an option line belong to the one before: is it indented, or an item?"""
    return re.match(r" *#( |-)", line) is not None


OPTIONS = list(options())


@pytest.mark.parametrize(("name", "start", "end"), OPTIONS)
def test_each_option_of_the_starter_is_right(name: str, start: int, end: int, tmp_path: Path) -> None:
    """An option whose '#' is taken away is good, by itself."""
    shutil.copytree(STARTER, tmp_path, dirs_exist_ok=True)
    lines = (tmp_path / name).read_text(encoding="utf-8").splitlines()
    lines[start:end] = [re.sub("#", "", line, count=1) for line in lines[start:end]]
    (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert problems(tmp_path) == []


def test_all_options_together_are_right(tmp_path: Path) -> None:
    """They do not contradict each other, and there are many of them."""
    for path in yaml_files(STARTER):
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(OPTION.sub(r"\1", text), encoding="utf-8")
    assert problems(tmp_path) == []
    assert len(OPTIONS) > 30


def test_init_makes_a_folder_that_checks_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the secrets that it names set, the new folder passes, schema and all; nothing is ever overwritten."""
    folder = tmp_path / "mine"
    made = CliRunner().invoke(app, ["init", str(folder)])
    assert made.exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "bond.yaml",
        "gateways.yaml",
        "schema.json",
        "systems.yaml",
    ]
    assert (
        (folder / "bond.yaml").read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=schema.json\n")
    )
    for reference in secrets_of(load(folder)):
        assert reference.name in made.stdout
        monkeypatch.setenv(reference.name, "x")
    assert CliRunner().invoke(app, ["check", "--offline", "--folder", str(folder)]).exit_code == 0
    with pytest.raises(Exception, match="has a file"):
        CliRunner().invoke(app, ["init", str(folder)], catch_exceptions=False)


def test_missing_secrets_and_certificates_are_named_where_they_are_referred_to(tmp_path: Path) -> None:
    """Every reference that leads nowhere is a problem at its place; one that leads somewhere is none."""
    (tmp_path / "all.yaml").write_text(
        "version: 1\ngateway: front\nbase_url: https://front.example\n"
        "auth: {kind: basic, username: env:NAME, password: file:missing}\n"
        "tls: {ca: ca.pem, client_cert: own.pem, client_key: file:own.key}\n"
        "secret_headers: {X-Key: env:KEY}\n"
        "---\nversion: 1\nsystem: ours\nextends: kinto\ngateway: front\nsecret_query: {key: env:EMPTY}\n"
    )
    (tmp_path / "own.pem").write_text("x")
    (tmp_path / "own.key").write_text("x")
    found = missing_secrets(load(tmp_path), {"KEY": "x", "EMPTY": ""})
    assert [str(one).replace(f"{tmp_path}/", "") for one in sorted(found)] == [
        "all.yaml:4:31: the environment variable NAME is not set (Set NAME before you start ebond)",
        "all.yaml:4:51: the secret file missing cannot be read: No such file or directory"
        " (Create it, or give ebond's user the right to read it)",
        "all.yaml:5:11: there is no file ca.pem (give a PEM file)",
        "all.yaml:12:21: the environment variable EMPTY is not set (Set EMPTY before you start ebond)",
    ]


def test_the_wheel_carries_them(tmp_path: Path) -> None:
    """An installed package has presets, examples, starter and schema inside of itself."""
    root = presets().parent
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)  # noqa: S603  # our own build
    (wheel,) = tmp_path.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("ebond/_mappings/")}
    shipped = {f"ebond/_mappings/{path.relative_to(presets())}" for path in presets().rglob("*") if path.is_file()}
    assert inside == shipped
