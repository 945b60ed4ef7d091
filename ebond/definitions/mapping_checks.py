"""Does a mapping hold together: do its rules name what is there, and does each field have one rule to write it?"""

from __future__ import annotations

from collections.abc import Iterator

from ebond.definitions.attachment_checks import check_file_rule
from ebond.definitions.comment_checks import check_comment_rule
from ebond.definitions.known import Known
from ebond.definitions.lookup_checks import End, check_lookup
from ebond.definitions.mapping import FieldRule, Mapping
from ebond.definitions.reference_checks import check_reference
from ebond.definitions.rule_checks import Ends, check_rule
from ebond.definitions.tell_checks import check_told
from ebond.definitions.ways import name_of, writes
from ebond.definitions.yaml_source import Path_, Spot
from ebond.errors import Problem


def check_mapping(mapping: Mapping, known: Known, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with a mapping."""
    left = yield from known.resource(mapping.left, spot, "left")
    right = yield from known.resource(mapping.right, spot, "right")
    yield from _names(mapping, spot)
    if left is None or right is None:
        return
    if mapping.left == mapping.right:
        yield spot.fault("a resource cannot be bonded to itself", "right")
        return
    for index, rule in enumerate(mapping.fields):
        at = spot.into("fields", index)
        yield from check_rule(rule, Ends(left, right), at)
        ends = {
            side: End(known.system_of(reference), Ends(left, right).field(rule, side))
            for side, reference in (("left", mapping.left), ("right", mapping.right))
        }
        yield from check_lookup(rule, ends, at)
        yield from check_reference(rule, ends, known, at)
    yield from _written_twice(mapping, spot)
    yield from _newest(mapping, Ends(left, right), spot)
    names = {"left": mapping.left, "right": mapping.right}
    if mapping.comments is not None:
        yield from check_comment_rule(mapping.comments, left, right, names, spot.into("comments"))
    if mapping.attachments is not None:
        yield from check_file_rule(mapping.attachments, left, right, names, spot.into("attachments"))
    for side, resource in (("left", left), ("right", right)):
        if not resource.is_listed:
            yield spot.fault(f"the {side} resource has no 'list', so nobody would see its records change", side)
        other = right if side == "left" else left
        yield from check_told(mapping, side, resource, other, spot.into("tell", side))
        yield from _no_update(mapping, side, Ends(left, right), spot)
        if resource.correlation is not None:
            yield from _correlation(mapping, side, resource.correlation, spot)


def _names(mapping: Mapping, spot: Spot) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, rule in enumerate(mapping.fields):
        name = name_of(rule)
        if name in seen:
            yield spot.fault(
                f"two rules are called {name!r}", "fields", index, todo="give one of them a 'name' of its own"
            )
        seen.add(name)


def _written_twice(mapping: Mapping, spot: Spot) -> Iterator[Problem]:
    for side in ("left", "right"):
        first: dict[str, FieldRule] = {}
        for index, rule in enumerate(mapping.fields):
            field = getattr(rule, side)
            if field is None or not writes(rule, side):
                continue
            if field in first:
                yield spot.fault(
                    f"the {side} field {field!r} is written by the rule {name_of(first[field])!r}, too",
                    "fields",
                    index,
                    side,
                    todo="let one of the two go the other way only",
                )
            first.setdefault(field, rule)


def _newest(mapping: Mapping, ends: Ends, spot: Spot) -> Iterator[Problem]:
    for side in ("left", "right"):
        if ends.of(side).updated is not None:
            continue
        places: list[Path_] = [("conflict",)] if mapping.conflict == "newest_wins" else []
        places += [
            ("fields", at, "conflict") for at, rule in enumerate(mapping.fields) if rule.conflict == "newest_wins"
        ]
        for path in places:
            yield spot.fault(
                f"'newest_wins' needs a stamp on both sides, and the {side} resource has no 'updated'",
                *path,
                todo="use left_wins, right_wins or manual",
            )


def _no_update(mapping: Mapping, side: str, ends: Ends, spot: Spot) -> Iterator[Problem]:
    """Without an update, only fields that a create fills can be written."""
    if ends.of(side).update is not None:
        return
    for index, rule in enumerate(mapping.fields):
        field = ends.of(side).fields.get(getattr(rule, side) or "")
        if field is not None and field.write == "always" and writes(rule, side):
            yield spot.fault(
                f"the contract has no way to change the {side} resource, but this rule writes there",
                "fields",
                index,
                todo=f"let it go the other way only, or say `write: create_only` of {getattr(rule, side)!r}",
            )


def _correlation(mapping: Mapping, side: str, correlation: str, spot: Spot) -> Iterator[Problem]:
    for index, rule in enumerate(mapping.fields):
        if getattr(rule, side) == correlation and writes(rule, side):
            yield spot.fault(
                f"the {side} field {correlation!r} carries ebond's correlation and is no rule's to write",
                "fields",
                index,
                side,
                todo="remove the rule, or let it read only",
            )
