"""What a system made of our own write is no edit; anything else is one."""

from __future__ import annotations

from typing import Any

import pytest

from ebond.mapping.side import SideView
from tests.unit.mapping.making import SERVICENOW, label, resource

#: (field, what was sent, what is shown, is it the system's doing)
ROWS: tuple[tuple[dict[str, Any], Any, Any, bool], ...] = (
    ({}, "line", "line", True),
    ({}, " line ", "line", True),
    ({}, "a\nb", "a\r\nb", True),
    ({}, "a  b", "a b", True),
    ({}, "A & B", "A &amp; B", True),
    ({}, "A &amp; B", "A &amp;amp; B", True),
    ({}, "a <b>c</b>", "a c", True),
    ({}, "down 🔥", "down ", True),
    ({}, "🔥", None, True),
    ({}, "  ", "", True),
    ({}, "Line DOWN", "line down", True),
    ({}, "x\u00a0y", "x y", True),
    ({}, "The line in Paris is down since nine", "The line in Paris is down", True),
    ({}, "The line in Paris is down since nine", "The line in Paris...", True),
    ({}, "line", "another line", False),
    ({}, "line", None, False),
    ({}, None, "line", False),
    ({}, "line down", "line", False),
    ({}, "line", "line down", False),
    ({"type": "number"}, 1.239, 1.24, True),
    ({"type": "number"}, 1.239, "1.2", True),
    ({"type": "number"}, 12.6, 12, True),
    ({"type": "number"}, 12.6, 14, False),
    ({"type": "number"}, 12, 12.6, False),
    ({"type": "number"}, 1, None, False),
    ({"type": "instant"}, "2026-11-24T09:00:07.9Z", "2026-11-24T09:00:07Z", True),
    ({"type": "instant"}, "2026-11-24T09:00:07.9Z", "2026-11-24T09:00:08Z", True),
    ({"type": "instant"}, "2026-11-24T09:00:07Z", "2026-11-24T09:00:00Z", True),
    ({"type": "instant"}, "2026-11-24T09:00:07Z", "2026-11-24T09:05:00Z", False),
    ({"type": "instant", "stamp": SERVICENOW}, "2026-11-24 09:00:07", "2026-11-24 09:00:09", False),
    ({"type": "date"}, "2026-11-24", "2026-11-23", False),
    ({"type": "boolean"}, True, False, False),
    ({"type": "list"}, ["b", "A"], ["a", "b"], True),
    ({"type": "list"}, ["a", "b"], ["a"], False),
    ({"type": "number"}, 1, "odd", False),
    ({"type": "text"}, "x", {"odd": 1}, False),
)


@pytest.mark.parametrize(("parts", "sent", "shown", "expected"), ROWS, ids=label)
def test_a_system_trims_folds_escapes_cuts_and_rounds(parts: Any, sent: Any, shown: Any, expected: bool) -> None:
    """That explains the difference; an edit, and what cannot be read, does not."""
    side = SideView(resource(a=parts), ["a"])
    assert side.explained("a", sent, shown) is expected
