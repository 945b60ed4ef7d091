"""The rows of the outcome table that a definition brings along, compiled. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from ebond.definitions.answers import ErrorMatch, ErrorRule
from ebond.gateway.evidence import Evidence
from ebond.gateway.outcome import Outcome, Rule
from ebond.mapping.path import getter


def compile_rules(rules: Iterable[ErrorRule]) -> tuple[Rule, ...]:
    """Compile the rows of a definition; their order stays."""
    return tuple(
        Rule(_matcher(rule.when), Outcome(rule.is_), rule.why or f"the contract's own rule: {rule.is_}")
        for rule in rules
    )


def _matcher(when: ErrorMatch) -> Callable[[Evidence], bool]:
    headers = tuple((name.lower(), re.compile(pattern)) for name, pattern in when.header.items())
    body = tuple((getter(pointer), _value_test(value)) for pointer, value in when.body.items())
    text = re.compile(when.text) if when.text else None

    def matches(seen: Evidence) -> bool:
        return (
            (not when.status or seen.status in when.status)
            and (not when.method or seen.method in when.method)
            and all(name in seen.headers and pattern.search(seen.headers[name]) for name, pattern in headers)
            and (text is None or text.search(seen.text) is not None)
            and all(test(get(seen.body)) for get, test in body)
        )

    return matches


def _value_test(wanted: str | int) -> Callable[[Any], bool]:
    if isinstance(wanted, str):
        pattern = re.compile(wanted)
        return lambda value: value is not None and pattern.search(_shown(value)) is not None
    return lambda value: value == wanted and isinstance(value, bool) is isinstance(wanted, bool)


def _shown(value: Any) -> str:
    """Write a value as JSON does: whoever writes the pattern has the answer before their eyes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
