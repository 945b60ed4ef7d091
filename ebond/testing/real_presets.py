"""Kinds of systems with the habits of real ones: a document store, an issue tracker, an ITSM table."""

from __future__ import annotations

from typing import Any, Final

from ebond.definitions.system import Resource
from ebond.testing.habits import Automation, FieldHabits, Habits
from ebond.testing.manners import Manners
from ebond.testing.preset import Preset, ticket_fields

_SERVICENOW_STATES: Final = ("1", "2", "3", "7")


def kinto_like() -> Preset:
    """Client ids, a strictly increasing feed with tombstones, merge patches, backend links."""
    path = "/buckets/b/collections/c/records"
    stamp = {"format": "epoch_ms", "granularity": "1ms"}
    resource: dict[str, Any] = {
        "id": "/id",
        "version": "/last_modified",
        "version_order": "number",
        "updated": "/last_modified",
        "updated_stamp": stamp,
        "correlation": "external_ref",
        "list": {
            "path": path,
            "params": {"_sort": "last_modified"},
            "records": "/data",
            "paging": {
                "kind": "header_url", "size": 100, "size_param": "_limit", "param": "_token",
                "header": "Next-Page", "short_page_ends": False,
            },
            "since": {"params": {"_since": "{since}"}, "stamp": stamp, "inclusive": False},
            "deleted": {"/deleted": True},
        },
        "read": {"path": path + "/{id}", "record": "/data"},
        "create": {
            "method": "PUT", "path": path + "/{sync_id}", "headers": {"If-None-Match": "*"},
            "once": {"kind": "client_id"}, "id": "/data/id", "answer": "/data",
        },
        "update": {
            "path": path + "/{id}", "style": "merge_patch",
            "precondition": "if_match", "quote": True, "answer": "/data",
        },
        "delete": {"path": path + "/{id}"},
        "lookup": {"path": path, "params": {"external_ref": "{sync_id}"}, "records": "/data"},
        "wrap": "data",
        "media_type": "application/merge-patch+json",
        "fields": ticket_fields(),
    }  # fmt: skip
    habits = Habits(version="stamp", stamp_step=0.001, bump_unchanged=True)
    manners = Manners(empties="omit", empty_if_match="ignored")
    return Preset(name="kinto", resource=Resource.model_validate(resource), habits=habits, manners=manners)


def roundup_like() -> Preset:
    """Stamps to the second, an ETag only on single records, creates by one-time addresses."""
    stamp = {"format": "pattern", "pattern": "%Y-%m-%d.%H:%M:%S", "granularity": "1s"}
    resource: dict[str, Any] = {
        "id": "/id",
        "version_header": "ETag",
        "updated": "/activity",
        "updated_stamp": stamp,
        "correlation": "external_ref",
        "list": {
            "path": "/issue",
            "params": {"@sort": "activity,id", "@verbose": "0"},
            "records": "/data/collection",
            "paging": {
                "kind": "page", "size": 100, "size_param": "@page_size", "param": "@page_index", "first": 1,
            },
            "since": {"params": {"activity": "{since};"}, "stamp": stamp},
        },
        "read": {"path": "/issue/{id}", "params": {"@protected": "true"}, "record": "/data/attributes"},
        "create": {
            "path": "/issue", "returns": "fields", "id": "/data/id", "answer": "/data",
            "once": {"kind": "one_time_url", "url_path": "/issue/@poe", "url": "/data/link"},
        },
        "update": {
            "path": "/issue/{id}", "precondition": "if_match",
            "returns": "fields", "answer": "/data/attributes",
        },
        "delete": {"path": "/issue/{id}"},
        "lookup": {
            "path": "/issue", "params": {"external_ref": ":={sync_id}"}, "records": "/data/collection",
        },
        "fields": ticket_fields(
            title={"normalise": ["trim", "lf"], "empty": "text"},
            description={"normalise": ["trim"], "empty": "text"},
            status={"empty": "text"},
            due={"empty": "text"},
            urgency={"empty": "text"},
            cost={"empty": "text"},
            active={"empty": "text"},
            external_ref={"normalise": ["trim"], "empty": "text"},
        ),
    }  # fmt: skip
    text = FieldHabits(trim=True, null="ignored", empty="null")
    habits = Habits(
        every=text,
        fields={"title": FieldHabits(trim=True, lf=True, required=True, null="ignored", empty="null")},
        automations=(Automation(when="description", sets={"status": "open"}, only_if={"status": "new"}),),
        version="etag",
        version_required=True,
        nothing_refused=True,
        delete="retired",
    )
    required = {"X-Requested-With": ".", "Origin": "."}
    manners = Manners(required_headers=required, unknown_fields="refused", garbage_since="everything")
    headers = {"X-Requested-With": "ebond", "Origin": "https://gateway.test"}
    return Preset(
        name="roundup",
        resource=Resource.model_validate(resource),
        habits=habits,
        manners=manners,
        headers=headers,
    )


def servicenow_like() -> Preset:
    """An envelope, text for every value, a counter of changes, wrong queries ignored."""
    path = "/api/now/table/incident"
    stamp = {"format": "pattern", "pattern": "%Y-%m-%d %H:%M:%S", "granularity": "1s"}
    by_stamp = "sys_updated_on>={since}^ORDERBYsys_updated_on^ORDERBYsys_id"
    resource: dict[str, Any] = {
        "id": "/sys_id",
        "number": "/number",
        "version": "/sys_mod_count",
        "version_order": "number",
        "updated": "/sys_updated_on",
        "updated_stamp": stamp,
        "correlation": "external_ref",
        "list": {
            "path": path,
            "params": {"sysparm_display_value": "false", "sysparm_exclude_reference_link": "true"},
            "records": "/result",
            "paging": {
                "kind": "offset", "size": 100, "size_param": "sysparm_limit", "param": "sysparm_offset",
                "total_header": "X-Total-Count", "short_page_ends": False,
            },
            "since": {
                "params": {"sysparm_query": by_stamp}, "stamp": stamp,
                "initial": {"sysparm_query": "ORDERBYsys_updated_on^ORDERBYsys_id"},
            },
        },
        "read": {"path": path + "/{id}", "record": "/result"},
        "create": {"path": path, "id": "/result/sys_id", "answer": "/result"},
        "update": {"path": path + "/{id}", "precondition": "compare", "answer": "/result"},
        "delete": {"path": path + "/{id}"},
        "lookup": {
            "path": path, "params": {"sysparm_query": "correlation_id={sync_id}", "sysparm_limit": "2"},
            "records": "/result", "lag": "30s",
        },
        "fields": ticket_fields(
            _SERVICENOW_STATES,
            title={"path": "/short_description", "max": 160, "empty": "text"},
            description={"empty": "text"},
            status={"path": "/state", "empty": "text"},
            urgency={"number_as": "text", "empty": "text"},
            cost={"number_as": "text", "empty": "text"},
            due={"path": "/due_date", "empty": "text"},
            active={"true": "true", "false": "false", "empty": "text"},
            labels={"separator": ",", "empty": "text"},
            external_ref={"path": "/correlation_id", "empty": "text"},
        ),
    }  # fmt: skip
    text = FieldHabits(as_text=True, empty="null")
    title = FieldHabits(as_text=True, empty="null", required=True, truncate=160)
    habits = Habits(every=text, fields={"title": title}, version="counter")
    manners = Manners(empties="text", all_text=True, number_prefix="INC00", max_page=10_000)
    return Preset(
        name="servicenow",
        resource=Resource.model_validate(resource),
        habits=habits,
        manners=manners,
        statuses=_SERVICENOW_STATES,
    )
