"""Verifying the outcome by reading both systems, past ebond, its gateway and its database.

The translation between the two is written here once more by hand: a mistake in ebond's mapping must not be able to
confirm itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ebond.demo.people import KintoPeople, RoundupPeople

FIELDS: Final = ("title", "description", "status", "priority", "category", "site", "reported")
_STATES: Final = {
    "unread": "new", "chatting": "acknowledged", "need-eg": "waiting", "deferred": "waiting",
    "in-progress": "in_progress", "testing": "in_progress", "done-cbb": "resolved", "resolved": "resolved",
}  # fmt: skip
_SEVERITIES: Final = {"critical": 1, "urgent": 2, "bug": 3, "feature": 4, "wish": 5}


def disagreements(roundup: RoundupPeople, partner: KintoPeople, *, expected: int) -> Iterator[str]:
    """Yield every way in which the two systems disagree; ``expected`` is how many incidents there are."""
    issues = [_issue(row) for row in roundup.all(FIELDS).values()]
    documents = [_document(row) for row in partner.all().values()]
    for name, rows in (("Roundup", issues), ("Kinto", documents)):
        if len(rows) != expected:
            yield f"{name} holds {len(rows)} incidents instead of {expected}"
        for key, count in Counter(row["reported"] for row in rows).items():
            if count > 1:
                yield f"{name} holds the incident reported at {key} {count} times"
    theirs = {row["reported"]: row for row in documents}
    for ours in issues:
        partner_row = theirs.pop(ours["reported"], None)
        if partner_row is None:
            yield f"the partner misses {ours['title']!r}"
        elif partner_row != ours:
            fields = [name for name in ours if ours[name] != partner_row[name]]
            yield f"{ours['title']!r} disagrees in " + ", ".join(
                f"{name}: {ours[name]!r} / {partner_row[name]!r}" for name in fields
            )
    for row in theirs.values():
        yield f"Roundup misses {row['title']!r}"


def _issue(row: Mapping[str, Any]) -> dict[str, Any]:
    reported = datetime.strptime(row["reported"], "%Y-%m-%d.%H:%M:%S").replace(tzinfo=UTC)
    return {
        "title": row["title"],
        "details": row["description"],
        "state": _STATES[row["status"]["name"]],
        "urgency": _SEVERITIES[row["priority"]["name"]],
        "category": row["category"],
        "site": row["site"],
        "reported": reported.isoformat(),
    }


def _document(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": row["summary"],
        "details": row["details"],
        "state": row["state"],
        "urgency": row["severity"],
        "category": row["kind"],
        "site": row["location"],
        "reported": datetime.fromisoformat(row["opened_at"].replace("Z", "+00:00")).isoformat(),
    }
