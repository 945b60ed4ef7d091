"""Do comments hold together: with their own resource, with the record, and with what a mapping wants of them?"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from typing import Final

from ebond.definitions.child_checks import check_attach, check_ends, check_field, check_listed
from ebond.definitions.comments import PLACEHOLDERS, CommentRule, Comments, CommentsWay
from ebond.definitions.nearest import nearest
from ebond.definitions.request_checks import check_placeholders
from ebond.definitions.system import Resource, System
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem

#: What each source cannot do without, and what else means something to it.
_SOURCE_NEEDS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "in_record": (("at",), ()),
    "ids": (("at",), ()),
    "list": ((), ("at",)),
    "feed": (("parent",), ()),
}


def check_comments(system: System, resource: Resource, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with how a resource's comments hang together with it."""
    comments = resource.comments
    if comments is None:
        return
    comment = system.resources.get(comments.resource)
    if comment is None:
        todo = nearest(comments.resource, system.resources)
        yield spot.fault(f"there is no resource {comments.resource!r} to be its comments", "resource", todo=todo)
        return
    yield from _source(resource, comment, comments, spot)
    yield from _in_list(resource, comments, spot)
    yield from _fields(comment, comments, spot)
    yield from _adding(resource, comment, comments, spot)
    if comments.add == "json_patch" and "PATCH" not in system.verbs:
        yield spot.fault("the contract does not allow PATCH", "add", todo=f"it allows {', '.join(system.verbs)}")
    yield from check_attach(system, comments.attach, spot, "id", "comment")


def _source(resource: Resource, comment: Resource, comments: Comments, spot: Spot) -> Iterator[Problem]:
    needed, useful = _SOURCE_NEEDS[comments.source]
    for key in needed:
        if getattr(comments, key) is None:
            yield spot.fault(f"comments from {comments.source!r} need {key!r}", "source")
    for key in ("at", "parent"):
        used = key in (*needed, *useful) or (key == "parent" and comments.add == "create")
        if spot.says(key) and not used:
            yield spot.fault(f"comments from {comments.source!r} do not use {key!r}", key, key=True, todo="remove it")
    match comments.source:
        case "ids" if comment.read is None:
            yield spot.fault("comments that are named by ids are read by id, and there is no 'read'", "source")
        case "list":
            yield from check_listed(resource, comment, comments, spot, kind="comments")
        case "feed" if not comment.is_listed:
            yield spot.fault("comments from a feed need a 'list' of their resource", "source")
        case "feed" if comment.list.since is None:
            todo = "give its list a 'since', or use source: list"
            yield spot.fault("a feed of all comments would be read whole in every run", "source", todo=todo)


def _in_list(resource: Resource, comments: Comments, spot: Spot) -> Iterator[Problem]:
    if spot.says("in_list") and comments.source not in ("in_record", "ids"):
        message = f"comments from {comments.source!r} do not use 'in_list'"
        yield spot.fault(message, "in_list", key=True, todo="remove it")
    elif not comments.in_list and resource.read is None:
        yield spot.fault("records whose comments no list shows are read by id, and there is no 'read'", "in_list")


def _fields(comment: Resource, comments: Comments, spot: Spot) -> Iterator[Problem]:
    for key, types in (
        ("text", ("text",)),
        ("author", ("text",)),
        ("made", ("instant",)),
        ("parent", ("text", "number")),
    ):
        name = getattr(comments, key)
        if name is not None:
            yield from check_field(comment, name, types, spot, key, kind="comments")


def _adding(resource: Resource, comment: Resource, comments: Comments, spot: Spot) -> Iterator[Problem]:
    match comments.add:
        case "create" if comment.create is None:
            yield spot.fault("comments are added by a create, and their resource has none", "add")
        case "append":
            yield from _append(resource, comments, spot)
        case "whole_list" | "json_patch" if comments.source != "in_record":
            yield spot.fault("only a list in the record can be sent whole, or added to", "add")
        case "whole_list" | "json_patch" if resource.update is None:
            yield spot.fault("the list is changed by an update of the record, and there is none", "add")
    for key in ("mark_public", "mark_internal"):
        yield from check_placeholders(spot, key, getattr(comments, key) or {}, "sync_id")
    for key, add in (("append", "append"), ("attach", "create")):
        if getattr(comments, key) is not None and comments.add != add:
            yield spot.fault(f"comments added by {comments.add!r} do not use {key!r}", key, key=True, todo="remove it")


def _append(resource: Resource, comments: Comments, spot: Spot) -> Iterator[Problem]:
    if comments.append is None:
        yield spot.fault("'append' says which fields of the record take a comment", "add")
        return
    if resource.update is None:
        yield spot.fault("a comment is appended by an update of the record, and there is none", "add")
    for key in ("public", "internal"):
        name = getattr(comments.append, key)
        if name is not None and name not in resource.fields:
            todo = nearest(name, resource.fields)
            yield spot.fault(f"the record has no field {name!r}", "append", key, todo=todo)
    if not comments.own:
        yield spot.fault(
            "a comment that is appended gets no id, so nobody would know it again where the system changes its text",
            "own",
            todo="say what marks a comment of ebond's own account: own: {/author: …}",
        )


def check_comment_rule(
    rule: CommentRule, left: Resource, right: Resource, names: Mapping[str, str], spot: Spot
) -> Iterator[Problem]:
    """Yield what is wrong with how a mapping carries comments; ``names``: by side ``system/resource``."""
    ends = {"left": left.comments, "right": right.comments}
    yield from check_ends(ends, names, spot, kind="comments")
    for key, target in (("to_right", ends["right"]), ("to_left", ends["left"])):
        if target is not None:
            yield from _way(getattr(rule, key), key, target, spot)
    for key, known in (("edited", PLACEHOLDERS), ("deleted", PLACEHOLDERS[1:])):
        yield from _template(getattr(rule, key), known, spot, key)


def _way(way: CommentsWay, key: str, target: Comments, spot: Spot) -> Iterator[Problem]:
    wanted = {way.public, way.internal}
    if target.add == "none" and wanted != {"never"}:
        todo = "say `never` for both kinds that go there"
        yield spot.fault("the contract has no way to add comments there", key, todo=todo)
    elif "internal" in wanted and not target.adds_internal:
        yield spot.fault("the contract has no way to add an internal comment there", key)
    if way.template is not None:
        yield from _template(way.template, PLACEHOLDERS, spot, key, "template")


def _template(text: str, known: tuple[str, ...], spot: Spot, *path: str) -> Iterator[Problem]:
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        yield spot.fault(f"this is no template: {error}", *path, todo="write {{ for a brace")
        return
    for name in names:
        if name not in known:
            yield spot.fault(f"the placeholder {{{name}}} means nothing here", *path, todo=nearest(name, known))
