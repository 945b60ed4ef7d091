"""What the files in ``deploy/`` say of ebond is so: commands, options, variables, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from ebond.cli.main import app
from ebond.definitions import load
from tests.unit.deploy.files import DEPLOY, ROOT, commands

TEXTS = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file() and path.suffix != ".txt"]
PAGES = [DEPLOY / "OPERATIONS.md", ROOT / "README.md"]


@pytest.mark.parametrize(("where", "arguments"), list(commands()))
def test_commands_can_be_given(where: str, arguments: list[str]) -> None:
    """Every command line is one that the ``ebond`` command understands, option by option."""
    group = typer.main.get_command(app)
    name, command, rest = group.resolve_command(group.make_context("ebond", [], resilient_parsing=True), arguments)  # type: ignore[attr-defined]
    known = {option for parameter in command.params for option in parameter.opts}
    if "--metrics-port" in arguments and "--metrics-port" not in known:
        pytest.skip("this ebond shows no metrics")
    command.make_context(name, rest)


def test_variables_are_read_by_the_code() -> None:
    """Whatever EBOND_… is named anywhere in these files, ebond reads it."""
    named = {name for path in TEXTS for name in re.findall(r"\bEBOND_[A-Z_]+\b", path.read_text())}
    code = "".join(path.read_text() for place in ("ebond", "workers") for path in (ROOT / place).rglob("*.py"))
    assert named >= {"EBOND_DATABASE_URL", "EBOND_REDIS_URL", "EBOND_KEY", "EBOND_KEEP_RUNS", "EBOND_KEEP_JOURNAL"}
    assert [name for name in sorted(named) if f'"{name}"' not in code] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Relative links name files that are there, and anchors a heading of that page."""
    broken = [link for link in _links(page.read_text()) if not _leads_somewhere(page, link)]
    assert broken == []


def test_every_alert_has_its_paragraph() -> None:
    """The page tells what to do at each alert, under the alert's name."""
    alerts = DEPLOY / "prometheus" / "alerts.yaml"
    if not alerts.exists():
        pytest.skip("the alert rules are not there")
    anchors = _anchors((DEPLOY / "OPERATIONS.md").read_text())
    named = re.findall(r"^\s*- alert: (\w+)", alerts.read_text(), re.MULTILINE)
    assert (len(named) > 5, [name for name in named if _kebab(name) not in anchors]) == (True, [])


def test_example_definitions_are_right() -> None:
    """The definitions that Kubernetes starts with can be loaded."""
    assert list(load(DEPLOY / "kubernetes" / "definitions").bonds) == ["ours-partner"]


def test_nothing_names_a_registry_of_packages() -> None:
    """Lock files hold hashes and no host: they install from any index."""
    locks = "".join(path.read_text() for path in DEPLOY.glob("requirements*.txt"))
    assert ("--hash=sha256:" in locks, re.findall(r"https?://|index-url", locks)) == (True, [])


def test_the_image_runs_what_was_tested() -> None:
    """Each pinned version of the image is that of the lock file under which the tests run."""
    tested = _pins(ROOT / "requirements.txt")
    assert {**_pins(DEPLOY / "requirements.txt"), **_pins(DEPLOY / "requirements-build.txt")}.items() <= tested.items()


def _pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock.read_text(), re.MULTILINE))


def _links(text: str) -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [link for link in found if not link.startswith(("http://", "https://"))]


def _leads_somewhere(page: Path, link: str) -> bool:
    place, _, anchor = link.partition("#")
    target = page.parent / place if place else page
    return target.exists() and (not anchor or anchor in _anchors(target.read_text()))


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
