"""Ready kinds of systems: the cheapest contract, the barest, and one with its version in the body."""

from __future__ import annotations

from typing import Any, Final

from ebond.definitions.system import Resource
from ebond.testing.habits import FieldHabits, Habits
from ebond.testing.manners import Manners
from ebond.testing.preset import STATUSES, Preset, ticket_fields

_ID: Final = "/tickets/{id}"
_CHECKED: Final = {"title": FieldHabits(required=True, max=200), "status": FieldHabits(values=STATUSES)}


def plain() -> Preset:
    """The cheapest contract: versions in lists, If-Match, a since filter, bodies in answers."""
    resource: dict[str, Any] = {
        "id": "/id",
        "version": "/version",
        "updated": "/updated",
        "updated_stamp": {"format": "iso_z"},
        "correlation": "external_ref",
        "list": {
            "path": "/tickets",
            "records": "/items",
            "paging": {
                "kind": "offset", "size": 50, "size_param": "limit", "param": "offset", "total": "/total",
            },
            "since": {"params": {"updated_from": "{since}"}, "stamp": {"format": "iso_z"}},
        },
        "read": {"path": _ID},
        "create": {"path": "/tickets", "id": "/id", "once": {"kind": "idempotency_key"}},
        "update": {"path": _ID, "precondition": "if_match", "quote": True},
        "delete": {"path": _ID, "precondition": "if_match", "quote": True},
        "lookup": {"path": "/tickets", "params": {"external_ref": "{sync_id}"}, "records": "/items"},
        "fields": ticket_fields(),
    }  # fmt: skip
    habits = Habits(version="etag", fields=_CHECKED, idempotency_ttl=86400.0)
    return Preset(name="plain", resource=Resource.model_validate(resource), habits=habits)


def bare() -> Preset:
    """The barest contract: no version, stamp, filter or bodies; a snapshot and a read are all there is."""
    resource: dict[str, Any] = {
        "id": "/id",
        "id_type": "number",
        "correlation": "external_ref",
        "list": {
            "path": "/tickets",
            "paging": {"kind": "page", "size": 25, "param": "page", "first": 1, "end_status": [404]},
        },
        "read": {"path": _ID},
        "create": {"path": "/tickets", "returns": "nothing"},
        "update": {"path": _ID, "method": "PUT", "precondition": "compare", "returns": "nothing"},
        "delete": {"path": _ID},
        "lookup": {"path": "/tickets/search", "params": {"ref": "{sync_id}"}},
        "fields": ticket_fields(),
    }
    habits = Habits(version="none", fields=_CHECKED)
    manners = Manners(sort="id")
    return Preset(name="bare", resource=Resource.model_validate(resource), habits=habits, manners=manners)


def versioned() -> Preset:
    """A counter in the body that updates must repeat, updates by POST, cursors, a wrapping."""
    stamp = {"format": "epoch_ms", "granularity": "1ms"}
    by_ref = {"filter": "external_ref eq '{sync_id}'"}
    resource: dict[str, Any] = {
        "id": "/ticket_id",
        "version": "/revision",
        "version_order": "number",
        "updated": "/meta/changed",
        "updated_stamp": stamp,
        "correlation": "external_ref",
        "wrap": "ticket",
        "list": {
            "path": "/tickets",
            "records": "/data",
            "paging": {
                "kind": "cursor", "size": 40, "size_param": "size", "param": "cursor",
                "cursor": "/next", "more": "/has_more",
            },
            "since": {"params": {"changed_since": "{since}"}, "stamp": stamp},
        },
        "read": {"path": _ID, "record": "/data"},
        "create": {"path": "/tickets", "answer": "/data", "id": "/data/ticket_id"},
        "update": {
            "path": _ID, "method": "POST", "precondition": "body_version",
            "version_at": "/revision", "answer": "/data",
        },
        "delete": {"path": _ID},
        "lookup": {"path": "/tickets", "params": by_ref, "records": "/data"},
        "fields": ticket_fields(),
    }  # fmt: skip
    habits = Habits(version="counter", fields=_CHECKED, stale_status=409, version_required=True)
    return Preset(name="versioned", resource=Resource.model_validate(resource), habits=habits)
