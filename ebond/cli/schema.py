"""``ebond schema``: the JSON Schema of the definitions, for editors."""

from __future__ import annotations

import typer

from ebond.definitions.jsonschema import schema_text


def schema() -> None:
    """Print the JSON Schema of the definitions: editors that know it complete and check the YAML."""
    typer.echo(schema_text(), nl=False)
