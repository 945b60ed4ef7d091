"""The JSON Schema for editors: it is current, takes what ebond takes, and finds the typos that ebond finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic import BaseModel, ValidationError

from ebond.definitions.catalogue import KINDS
from ebond.definitions.folder import presets, yaml_files
from ebond.definitions.jsonschema import json_schema, schema_text
from ebond.definitions.yaml_source import read_yaml

SCHEMA = json_schema()
VALIDATOR = Draft7Validator(SCHEMA)
SHIPPED = [
    pytest.param(document.data, id=f"{path.relative_to(presets())}:{document.root.place.line}")
    for path in yaml_files(presets())
    for document in read_yaml(path, str(path)).documents
]


def test_the_committed_schema_is_current() -> None:
    """``python -m ebond.definitions.jsonschema mappings/schema.json`` was run after the last change of a model."""
    assert (presets() / "schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_schema_is_a_schema() -> None:
    """It says itself what it is, and is true to it."""
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("data", SHIPPED)
def test_what_ships_is_valid(data: dict[str, Any]) -> None:
    """Every preset, example and starter document passes."""
    assert [error.message for error in VALIDATOR.iter_errors(data)] == []


def undescribed(node: Any, path: str) -> Iterator[str]:
    for key, part in node.get("properties", {}).items():
        named = [one["$ref"].rpartition("/")[2] for one in (part, *part.get("anyOf", ())) if "$ref" in one]
        if not any(one.get("description") for one in (part, *(SCHEMA["definitions"][name] for name in named))):
            yield f"{path}.{key}"


def test_every_key_says_what_it_means() -> None:
    """An editor can explain each key of each definition."""
    assert [key for name, node in SCHEMA["definitions"].items() for key in undescribed(node, name)] == []


def gateway(**changes: Any) -> dict[str, Any]:
    return {"version": 1, "gateway": "g", "base_url": "https://g.example", "auth": {"kind": "none"}, **changes}


def system(**changes: Any) -> dict[str, Any]:
    listing = {"path": "/x", "paging": {"kind": "single"}}
    resource = {"id": "/id", "list": listing, "fields": {"title": {"path": "/title"}}}
    return {"version": 1, "system": "s", "gateway": "g", "resources": {"ticket": resource}, **changes}


def mapping(**changes: Any) -> dict[str, Any]:
    rule = {"left": "title", "right": "name", **changes}
    return {"version": 1, "mapping": "m", "left": "a/b", "right": "c/d", "fields": [rule]}


def bond(**changes: Any) -> dict[str, Any]:
    return {"version": 1, "bond": "b", "mapping": "m", **changes}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"version": 1},
        {"version": 1, "gatway": "g"},
        gateway(qouta=[]),
        gateway(version="1"),
        gateway(version=2),
        gateway(auth={"kind": "basci"}),
        gateway(auth={"kind": "none", "username": "x"}),
        gateway(auth={}),
        gateway(auth={"kind": "bearer", "token": "hunter2"}),
        gateway(base_url="https://me:pw@g.example"),
        gateway(base_url="g.example"),
        gateway(quota=[{"calls": 0, "per": "1s"}]),
        gateway(quota=[{"calls": 1, "per": "1 s"}]),
        gateway(quota=[{"calls": 1, "per": "0s"}]),
        gateway(quota={"calls": 1, "per": "1s"}),
        gateway(concurrency=65),
        gateway(concurrency="4"),
        gateway(tls={"plain_http": "yes"}),
        gateway(headers={"X Y": "z"}),
        gateway(errors=[{"when": {"status": [4040]}, "is": "stop"}]),
        gateway(errors=[{"when": {"body": {"code": "x"}}, "is": "stop"}]),
        gateway(errors=[{"when": {}, "is": "ignore"}]),
        system(gateway=None),
        system(resources={"a/b": {}}),
        system(extends="kinto", resources={"record": {"lists": {}}}),
        system(extends="kinto", resources={"record": {"list": {"paging": {"kind": "pages"}}}}),
        system(verbs=["GET", "HEAD"]),
        mapping(rigth="name"),
        mapping(direction="left"),
        mapping(values=[{"left": 1, "right": "x"}]),
        mapping(constant={"both": "x"}),
        bond(match={"keys": ["title"]}),
        bond(match={"keys": [[]]}),
        bond(conflict="manual"),
        bond(left={"scope": [{"is": "x"}]}),
        bond(guard={"flip_limit": 1}),
        bond(schedule={"every": 60}),
    ],
)
def test_typos_are_found_by_both(data: dict[str, Any]) -> None:
    """What the editor underlines, ebond refuses as well."""
    assert not VALIDATOR.is_valid(data)
    assert not accepted(data)


@pytest.mark.parametrize("data", [gateway(), system(), mapping(), bond()])
def test_the_smallest_of_each_kind_is_good_for_both(data: dict[str, Any]) -> None:
    """The typos above are found in documents that are otherwise good."""
    assert VALIDATOR.is_valid(data)
    assert accepted(data)


def model_of(data: dict[str, Any]) -> type[BaseModel] | None:
    return next((model for kind, model in reversed(KINDS.items()) if kind in data), None)


def accepted(data: dict[str, Any]) -> bool:
    model = model_of(data)
    if model is None:
        return False
    try:
        model.model_validate_json(orjson.dumps(data), strict=True)
    except ValidationError:
        return False
    return True


# -- generated definitions ----------------------------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
#: Where a pattern alone would mostly make what means nothing: durations of centuries, ports of letters.
BY_START = {
    "^[0-9]{1,12}": st.sampled_from(["0s", "250ms", "30s", "1.5h", "7d"]),
    "^(?!0+": st.sampled_from(["1ms", "30s", "1.5h", "7d", "0.000001s"]),
    "^https?": st.sampled_from(["https://g.example", "http://127.0.0.1:8080/base?x=1", "https://[::1]/a/b"]),
}


def sample(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Draw values that a part of the schema allows."""
    if schema in ({}, True):
        return st.none() | TEXT | st.integers(0, 9)
    if "$ref" in schema:
        return st.deferred(lambda: sample(SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]]))
    if "anyOf" in schema:
        return st.one_of([sample(option) for option in schema["anyOf"]])
    if "allOf" in schema:
        return st.one_of([sample(row.get("then", row)) for row in schema["allOf"]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    return KINDS_OF_VALUES[schema["type"]](schema)


def texts(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    pattern = schema.get("pattern")
    if pattern is None:
        return TEXT.filter(lambda text: len(text) >= schema.get("minLength", 0))
    for start, drawn in BY_START.items():
        if pattern.startswith(start):
            return drawn
    return st.from_regex(pattern.removesuffix("$") + r"\Z", alphabet=st.characters(codec="ascii"))


def numbers(schema: dict[str, Any]) -> st.SearchStrategy[int]:
    low = schema.get("minimum", schema.get("exclusiveMinimum", -10) + 1)
    return st.integers(low, schema.get("maximum", low + 1000))


def lists(schema: dict[str, Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(sample(schema["items"]), min_size=schema.get("minItems", 0), max_size=2)


def maps(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    if "properties" in schema:
        required = schema.get("required", [])
        parts = {key: sample(part) for key, part in schema["properties"].items()}
        optional = {key: part for key, part in parts.items() if key not in required}
        return st.fixed_dictionaries({key: parts[key] for key in required}, optional=optional)
    names = sample({"type": "string", **schema.get("propertyNames", {})})
    return st.dictionaries(names, sample(schema["additionalProperties"]), max_size=2)


KINDS_OF_VALUES = {
    "string": texts,
    "integer": numbers,
    "number": lambda _: st.floats(-1e6, 1e6),
    "boolean": lambda _: st.booleans(),
    "null": lambda _: st.none(),
    "array": lists,
    "object": maps,
}
DEFINITIONS = {kind: sample(SCHEMA["definitions"][model.__name__]) for kind, model in KINDS.items()}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_the_schema_allows_the_model_takes_and_gives_back(kind: str, data: st.DataObject) -> None:
    """A document made by the schema is good for ebond; written out again it is good for both, and means the same."""
    drawn = data.draw(DEFINITIONS[kind])
    model = KINDS[kind].model_validate_json(orjson.dumps(drawn), strict=True)
    dumped = model.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert VALIDATOR.is_valid(dumped)
    whole = model.model_dump(mode="json", by_alias=True)
    assert VALIDATOR.is_valid(whole)
    for written in (dumped, whole):
        assert KINDS[kind].model_validate_json(orjson.dumps(written), strict=True) == model


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_schema_and_model_judge_damaged_documents_alike(kind: str, data: st.DataObject) -> None:
    """Whatever is put at any place of a good document, the editor and ebond agree on whether it may stand there."""
    drawn = data.draw(DEFINITIONS[kind])
    drawn.pop("extends", None)  # a part of a system is judged with the rest only
    *way, last = data.draw(st.sampled_from([path for path in places(drawn) if path[0] != kind]))
    holder = drawn
    for step in way:
        holder = holder[step]
    odd = st.sampled_from([None, True, 0, -1, 7, 1.5, "", "x", "/x", "1s", "yes", [], ["x"], {}, {"x": "y"}])
    holder[last] = data.draw(odd)
    assert VALIDATOR.is_valid(drawn) == accepted(drawn), (way, last, holder[last])
