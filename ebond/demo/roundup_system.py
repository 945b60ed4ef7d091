"""Making a Roundup tracker: the classic template with the fields of an incident."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from ebond.errors import EbondError

#: Where the tracker lives on its server.
PATH: Final = "/tracker/rest/data"
ADMIN: Final = ("admin", "demo-admin")
#: The account that the gateway uses for ebond, and the one that people use.
SERVICE: Final = ("ebond", "demo-service")
PERSON: Final = ("alice", "demo-alice")

_FIELDS: Final = """                external_ref=String(),
                category=String(),
                site=String(),
                description=String(),
                reported=Date(),
"""
#: In the classic template only administrators may delete.
_RETIRE: Final = """
db.security.addPermissionToRole('User', db.security.addPermission(name='Retire', klass='issue'))
"""
_PROGRAM: Final = """
import json, sys
from roundup.admin import AdminTool
home, commands = sys.argv[1:]
for command in json.loads(commands):
    sys.argv = ["roundup-admin", "-i", home, *command]
    failed = AdminTool().main()
    if failed:
        sys.exit(failed)
"""
_SETTINGS: Final = {
    r"^#web = .*": "web = {url}/tracker/",
    r"^#domain = .*": "domain = tracker.example",
    r"^#host = .*": "host = localhost",
    # The default of 250,000 rounds costs a quarter of a second a call; nothing here is worth it.
    r"^password_pbkdf2_default_rounds = .*": "password_pbkdf2_default_rounds = 1000",
}


def make_tracker(home: Path, url: str) -> None:
    """Install and fill a tracker for a server at ``url``; raises EbondError with what Roundup said."""
    _admin(home, ["install", "classic", "sqlite"])
    _edit(home / "config.ini", {pattern: text.format(url=url) for pattern, text in _SETTINGS.items()})
    _edit(home / "schema.py", {r'^(                priority=Link\("priority"\),)$': _FIELDS + r"\1"})
    with (home / "schema.py").open("a", encoding="utf-8") as schema:
        schema.write(_RETIRE)
    _admin(home, ["initialise", ADMIN[1]], *(_user(*account) for account in (SERVICE, PERSON)))


def _user(name: str, password: str) -> list[str]:
    address = f"address={name}@tracker.example"
    return ["create", "user", f"username={name}", f"password={password}", address, "roles=User"]


def _edit(path: Path, changes: dict[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for pattern, replacement in changes.items():
        text, count = re.subn(pattern, replacement, text, flags=re.MULTILINE)
        if not count:
            raise EbondError(f"Roundup's {path.name} looks different: {pattern} is not in it")
    path.write_text(text, encoding="utf-8")


def _admin(home: Path, *commands: list[str]) -> None:
    """Run commands of roundup-admin, all in one process: to start it takes longer than they do."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _PROGRAM, str(home), json.dumps(commands)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise EbondError(f"roundup-admin {commands[0][0]} failed:\n{done.stdout[-800:]}{done.stderr[-800:]}")
