"""A small folder of good definitions, and what is said of it after an edit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ebond.definitions import load
from ebond.definitions.folder import presets
from ebond.errors import DefinitionError, EbondError

GATEWAYS = """\
version: 1
gateway: front
base_url: https://front.example
auth:
  kind: oauth2_client_credentials
  token_url: https://front.example/token
  client_id: env:CLIENT_ID
  client_secret: env:CLIENT_SECRET
quota: [{calls: 10, per: 1s}]
"""
SYSTEMS = """\
version: 1
system: desk
gateway: front
base_path: /desk
resources:
  ticket:
    id: /id
    version: /version
    updated: /updated
    correlation: ref
    list:
      path: /tickets
      paging: {kind: offset, param: offset, size_param: limit}
      since: {params: {since: "{since}"}, stamp: {format: iso_z, granularity: 1s}}
    read: {path: "/tickets/{id}"}
    create: {path: /tickets}
    update: {path: "/tickets/{id}", precondition: if_match}
    lookup: {path: /tickets, params: {ref: "{sync_id}"}}
    fields:
      title: {path: /title, max: 80, required: true}
      status: {path: /status, values: [new, open, done]}
      urgent: {path: /urgent, type: boolean}
      opened: {path: /opened, type: instant, write: never}
      ref: {path: /ref}
---
version: 1
system: partner
gateway: front
base_path: /partner
resources:
  case:
    id: /id
    list:
      path: /cases
      paging: {kind: single}
    read: {path: "/cases/{id}"}
    create: {path: /cases}
    update: {path: "/cases/{id}"}
    fields:
      name: {path: /name, required: true}
      state: {path: /state, values: [fresh, busy, closed]}
      severity: {path: /severity, type: number}
      started: {path: /started, type: instant}
      note: {path: /note, max: 40}
"""
MAPPING = """\
version: 1
mapping: incidents
left: desk/ticket
right: partner/case
conflict: left_wins
fields:
  - {left: title, right: name}
  - left: status
    right: state
    values:
      - {left: new, right: fresh}
      - {left: open, right: busy}
      - {left: done, right: closed}
  - {left: opened, right: started, direction: to_right}
  - {right: note, template: {right: "{title}"}}
"""
BOND = """\
version: 1
bond: desk-partner
mapping: incidents
left:
  scope: [{field: status, not_in: [done]}]
match:
  keys: [[title]]
schedule: {every: 1m, sweep_every: 1d}
"""
GOOD = {"bond": BOND, "gateways": GATEWAYS, "mapping": MAPPING, "systems": SYSTEMS}

Load = Callable[..., list[str]]


def load_problems(folder: Path) -> list[str]:
    """Load a folder and return its problems as printed, with the folder's own path taken out."""
    try:
        load(folder)
    except DefinitionError as error:
        texts = (str(problem).replace(f"{folder}/", "") for problem in error.problems)
        return [text.replace(f"{presets()}/", "PRESETS/") for text in texts]
    except EbondError as error:
        return [str(error).replace(str(folder), "FOLDER")]
    return []


@pytest.fixture
def edited(tmp_path: Path) -> Load:
    """Load the good folder after edits: ``edited("bond", old, new)``, or whole ``files``, and return its problems."""

    def load_edited(name: str = "", old: str = "", new: str = "", **files: Any) -> list[str]:
        texts = {**GOOD, **files}
        if name:
            assert old in texts[name], f"{old!r} is not in {name}"
            texts[name] = texts[name].replace(old, new, 1)
        for stem, text in texts.items():
            content = text if isinstance(text, bytes) else text.encode()
            (tmp_path / f"{stem}.yaml").write_bytes(content)
        return load_problems(tmp_path)

    return load_edited
