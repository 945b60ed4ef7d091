"""The JSON Schema of the definitions, so that editors complete and check the YAML.

``python -m ebond.definitions.jsonschema > mappings/schema.json`` writes it.
"""

from __future__ import annotations

import sys
from typing import Any

import orjson
from pydantic.json_schema import models_json_schema

from ebond.definitions.catalogue import KINDS


def json_schema() -> dict[str, Any]:
    """Return one schema for a document of any kind."""
    models = [(model, "validation") for model in KINDS.values()]
    refs, schema = models_json_schema(models, ref_template="#/$defs/{model}")  # type: ignore[arg-type]  # the mode is literal
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ebond definitions",
        "oneOf": [{"required": [kind], "$ref": refs[model, "validation"]["$ref"]} for kind, model in KINDS.items()],
        "$defs": schema["$defs"],
    }


def main() -> None:
    """Print the schema."""
    sys.stdout.buffer.write(orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    main()
