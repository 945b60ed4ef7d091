"""Is the read side of a resource's contract whole? What one key promises, another must give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ebond.definitions.field_checks import check_field, check_stamp
from ebond.definitions.listening_checks import check_listening
from ebond.definitions.lookup_checks import check_searches
from ebond.definitions.nearest import nearest
from ebond.definitions.reading import Listing, Lookup, Paging, Reading, Since
from ebond.definitions.request_checks import check_placeholders, check_plain, placeholders
from ebond.definitions.system import Resource, System
from ebond.definitions.transition_checks import calls_of, check_transitions
from ebond.definitions.write_checks import check_writes
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem

#: What each kind of paging cannot do without, and what else means something to it.
_PAGING_NEEDS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "single": ((), ()),
    "offset": (("param",), ("first", "range", "total", "total_header", "more", "more_header")),
    "page": (("param",), ("first", "total", "total_header", "more", "more_header")),
    "cursor": (("param", "cursor"), ("more", "more_header", "token_alone")),
    "header_token": (("param", "header"), ("more", "more_header", "token_alone")),
    "link": ((), ("header", "more", "more_header")),
    "next_url": (("cursor",), ("more", "more_header")),
    "header_url": (("header",), ("more", "more_header")),
}
_PAGING_KEYS: Final = (
    "param",
    "first",
    "range",
    "cursor",
    "header",
    "total",
    "total_header",
    "more",
    "more_header",
    "token_alone",
)
#: Digits of our ``sync_id``.
SYNC_ID: Final = 32


def check_resource(system: System, resource: Resource, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with one resource."""
    yield from check_stamp(resource.updated_stamp, spot.into("updated_stamp"))
    for name, field in resource.fields.items():
        yield from check_field(field, spot.into("fields", name))
    yield from _listing(resource.list, spot.into("list"))
    yield from _floors(resource, spot)
    yield from _reading(resource, spot)
    yield from _correlation(resource, spot)
    if resource.created is not None and resource.created not in resource.fields:
        todo = nearest(resource.created, resource.fields)
        yield spot.fault(f"there is no field {resource.created!r} to tell when a record was made", "created", todo=todo)
    yield from check_searches(resource, spot)
    yield from check_writes(resource, spot)
    yield from check_listening(system, resource, spot)
    for name, field in resource.fields.items():
        yield from check_transitions(resource, field, spot.into("fields", name))
    yield from _verbs(system, resource, spot)


def _listing(listing: Listing, spot: Spot) -> Iterator[Problem]:
    yield from _paging(listing.paging, spot.into("paging"))
    yield from check_placeholders(spot, "path", listing.path)
    filtered = "body" if listing.asks_by_body else "params"
    yield from check_placeholders(spot, "params", listing.params, *(["extra"] if filtered == "params" else []))
    yield from check_placeholders(spot, "body", listing.body, "extra")
    yield from check_plain(spot, "params", listing.params, by_reference="secret_query")
    if listing.body and not listing.asks_by_body:
        yield spot.fault("a GET has no body", "body", key=True, todo="say method: POST, or give it under 'params'")
    if listing.json_param is not None and listing.method == "POST":
        yield spot.fault("a POST asks by its body", "json_param", key=True, todo="say method: GET, or remove it")
    if listing.rows == "ids" and listing.complete:
        yield spot.fault("bare ids show no fields", "rows", todo="say complete: false")
    if listing.stub and (listing.complete or listing.rows == "ids"):
        todo = "say complete: false" if listing.complete else "remove it"
        yield spot.fault("'stub' is about rows that are no whole records", "stub", key=True, todo=todo)
    elif listing.stub and "id" not in listing.stub:
        yield spot.fault("nothing says where a row has its id", "stub", todo="give 'id'")
    if listing.since is not None:
        yield from _since(listing.since, spot.into("since"))


def _paging(paging: Paging, spot: Spot) -> Iterator[Problem]:
    needed, useful = _PAGING_NEEDS[paging.kind]
    for key in needed:
        if getattr(paging, key) is None:
            yield spot.fault(f"paging by {paging.kind!r} needs {key!r}", "kind")
    for key in _PAGING_KEYS:
        if spot.says(key) and key not in (*needed, *useful):
            yield spot.fault(f"paging by {paging.kind!r} does not use {key!r}", key, key=True, todo="remove it")
    if paging.range is not None:
        yield from check_placeholders(spot, "range", paging.range, "first", "last")
    if paging.param is not None and paging.param == paging.size_param:
        yield spot.fault("the page and its size cannot travel in one parameter", "size_param")


def _bodies(spot: Spot, part: Reading | Lookup, known: str) -> Iterator[Problem]:
    """A body holds what it may, and a GET has none."""
    if part.body and part.method == "GET":
        yield spot.fault("a GET has no body", "body", key=True, todo="say method: POST, or give it under 'params'")
    for word in sorted(set(placeholders(part.body)) - {known}):
        yield spot.fault(f"the placeholder {{{word}}} means nothing here", "body", todo=nearest(word, (known,)))


def _since(since: Since, spot: Spot) -> Iterator[Problem]:
    yield from check_stamp(since.stamp, spot.into("stamp"))
    yield from check_placeholders(spot, "params", since.params, "since", "extra")
    yield from check_placeholders(spot, "initial", since.initial, "extra")
    if not any("{since}" in text for text in since.params.values()):
        yield spot.fault("no parameter holds {since}", "params")
    if since.retention is not None and since.retention <= since.overlap:
        yield spot.fault(
            "the feed forgets sooner than the overlap asks back",
            "retention",
            todo="make 'overlap' shorter than 'retention'",
        )


def _floors(resource: Resource, spot: Spot) -> Iterator[Problem]:
    """A feed is read up to a floor, and only stamps of records can move it."""
    for name in ("version", "updated"):
        if name in resource.list.stub and getattr(resource, name) is None:
            yield spot.fault(f"the records have no {name!r}", "list", "stub", name, key=True, todo=f"give {name!r}")
    if resource.list.since is None:
        return
    if resource.list.rows == "ids":
        # Bare ids have no stamps: such a list is read up to when the server answered.
        return
    if resource.updated is None:
        yield spot.fault("'since' needs 'updated': without it nobody knows how far the feed was read", "list", "since")
    elif resource.list.since.overlap < resource.updated_stamp.granularity:
        yield spot.fault(
            "the overlap is shorter than the finest step of 'updated_stamp': what shares a stamp would be lost",
            "list",
            "since",
            "overlap",
            todo="make it longer",
        )


def _reading(resource: Resource, spot: Spot) -> Iterator[Problem]:
    if resource.version_order != "none" and resource.version is None and resource.version_header is None:
        yield spot.fault("'version_order' orders versions, and there is no 'version'", "version_order")
    if resource.list.ended and (resource.version is not None or resource.updated is not None):
        message = "rows show by version or stamp whether they changed: 'ended' says nothing"
        yield spot.fault(message, "list", "ended", key=True, todo="remove it")
    if not resource.list.complete and resource.read is None:
        yield spot.fault("a list of stubs needs 'read'", "list", "complete")
    if resource.canary is not None and resource.read is None:
        yield spot.fault("'canary' is read by id, and there is no 'read'", "canary")
    if resource.read is None:
        return
    at = spot.into("read")
    if not ({"id"} & set(placeholders([resource.read.path, *resource.read.params.values(), resource.read.body]))):
        yield at.fault("nothing says which record is read", "path", todo="put {id} into the path")
    for key in ("path", "params"):
        yield from check_placeholders(at, key, getattr(resource.read, key), "id")
    yield from _bodies(at, resource.read, "id")
    yield from check_plain(at, "params", resource.read.params, by_reference="secret_query")


def _correlation(resource: Resource, spot: Spot) -> Iterator[Problem]:
    name, lookup = resource.correlation, resource.lookup
    if name is not None:
        yield from _correlation_field(name, resource, spot)
    if lookup is None:
        return
    at = spot.into("lookup")
    if name is None:
        yield at.fault("'lookup' needs 'correlation': the field that carries our id")
    if lookup.rows == "ids" and resource.read is None:
        yield at.fault("'ids' are read, and there is no 'read'", "rows")
    if "sync_id" not in set(placeholders([lookup.path, *lookup.params.values(), lookup.body])):
        yield at.fault("nothing says what is looked up", "params", todo="put {sync_id} into a parameter or the path")
    for key in ("path", "params"):
        yield from check_placeholders(at, key, getattr(lookup, key), "sync_id")
    yield from _bodies(at, lookup, "sync_id")
    yield from check_plain(at, "params", lookup.params, by_reference="secret_query")


def _correlation_field(name: str, resource: Resource, spot: Spot) -> Iterator[Problem]:
    field = resource.fields.get(name)
    if field is None:
        yield spot.fault(
            f"there is no field {name!r} to carry the correlation", "correlation", todo=nearest(name, resource.fields)
        )
    elif field.type != "text" or field.values:
        yield spot.fault(f"the field {name!r} cannot carry the correlation: it takes no free text", "correlation")
    elif field.write == "never":
        yield spot.fault(f"the field {name!r} cannot carry the correlation: it is never written", "correlation")
    elif field.max is not None and field.max < SYNC_ID:
        yield spot.fault(
            f"the field {name!r} is too short for the correlation: {SYNC_ID} characters, and it takes {field.max}",
            "correlation",
        )


def _verbs(system: System, resource: Resource, spot: Spot) -> Iterator[Problem]:
    """Every call that the contract describes must be one that it allows."""
    wanted: list[tuple[str, str]] = [("list", resource.list.method)]
    wanted += [("search", "GET")] if resource.search else []
    wanted += [
        (key, part.method)
        for key in ("read", "lookup", "create", "update", "delete")
        if (part := getattr(resource, key)) is not None
    ]
    if resource.create is not None and resource.create.once.kind == "one_time_url":
        wanted.append(("create", "POST"))
    wanted += [("fields", verb) for field in resource.fields.values() for verb in calls_of(field)]
    for key, verb in dict.fromkeys(wanted):
        if verb not in system.verbs:
            at = (key, "method") if spot.says(key, "method") else (key,)
            yield spot.fault(f"the contract does not allow {verb}", *at, todo=f"it allows {', '.join(system.verbs)}")
