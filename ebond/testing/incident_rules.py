"""What happens to a ServiceNow incident by itself: columns, defaults, data policies and business rules. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Row = Mapping[str, str]

COLUMNS: Final = (
    "sys_id", "number", "short_description", "description", "state", "impact", "urgency", "priority", "severity",
    "category", "hold_reason", "close_code", "close_notes", "opened_at", "resolved_at", "resolved_by", "closed_at",
    "closed_by", "reopen_count", "caller_id", "assigned_to", "assignment_group", "cmdb_ci", "parent_incident",
    "problem_id", "correlation_id", "correlation_display", "comments", "work_notes", "active", "sys_class_name",
    "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count",
)  # fmt: skip
#: Columns that refer to a row of another table.
REFERENCES: Final = {
    "caller_id": "sys_user",
    "assigned_to": "sys_user",
    "resolved_by": "sys_user",
    "closed_by": "sys_user",
    "assignment_group": "sys_user_group",
    "cmdb_ci": "cmdb_ci",
    "parent_incident": "incident",
    "problem_id": "problem",
}
DEFAULTS: Final = {
    "state": "1", "impact": "3", "urgency": "3", "priority": "5", "severity": "3", "active": "true",
    "reopen_count": "0",
}  # fmt: skip
NEW, IN_PROGRESS, ON_HOLD, RESOLVED, CLOSED_STATE, CANCELED = "1", "2", "3", "6", "7", "8"
#: States in which an incident takes nothing but comments.
CLOSED: Final = frozenset({CLOSED_STATE, CANCELED})
#: Data policies: state → what must not be empty in it, and how people call it.
_NEEDED: Final = {
    ON_HOLD: {"hold_reason": "On hold reason"},
    RESOLVED: {"close_code": "Resolution code", "close_notes": "Resolution notes"},
    CLOSED_STATE: {"close_code": "Resolution code", "close_notes": "Resolution notes"},
}
_LABELS: Final = {
    "state": {"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed", "8": "Canceled"},
    "impact": {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"},
    "urgency": {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"},
    "priority": {"1": "1 - Critical", "2": "2 - High", "3": "3 - Moderate", "4": "4 - Low", "5": "5 - Planning"},
}
#: Longer texts are cut off without a word.
_LONGEST: Final = {"short_description": 160, "correlation_id": 100, "correlation_display": 100}


def missing(row: Row) -> list[str]:
    """Return what a record lacks in its state, as people call it."""
    return [label for name, label in _NEEDED.get(row["state"], {}).items() if not row.get(name)]


def ruled(before: Row, after: Row, *, by: str, now: str) -> dict[str, str]:
    """Return what becomes of a record that is about to be stored; ``before`` is empty for a new one."""
    row = {name: value[: _LONGEST.get(name, len(value))] for name, value in after.items()}
    row["priority"] = _priority(row)
    old, new = before.get("state", ""), row["state"]
    if old == new:
        return row
    row["active"] = "false" if new in CLOSED else "true"
    if new != ON_HOLD:
        row["hold_reason"] = ""
    if new == RESOLVED:
        row |= {"resolved_at": now, "resolved_by": by}
    elif new == CLOSED_STATE:
        row |= {"closed_at": now, "closed_by": by}
    elif old in (RESOLVED, CLOSED_STATE):
        row |= dict.fromkeys(("resolved_at", "resolved_by", "closed_at", "closed_by"), "")
        row["reopen_count"] = str(int(row["reopen_count"] or 0) + 1)
    return row


def _priority(row: Row) -> str:
    """Look the priority up by impact and urgency: whatever else was written there is gone."""
    try:
        return str(min(5, max(1, int(row["impact"]) + int(row["urgency"]) - 1)))
    except ValueError:
        return row.get("priority", "")


def shown_as(name: str, value: str) -> str:
    """Return how people see a value."""
    return _LABELS.get(name, {}).get(value, value)
