"""Versions out of bodies and headers, and back as preconditions."""

from __future__ import annotations

from typing import Any

import pytest

from ebond.errors import ContractError
from ebond.records.version import header_version, if_match, version_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        (7.0, "7"),
        ("7", "7"),
        ('"abc"', '"abc"'),
        (None, None),
        ("", None),
        ("*", None),
        (True, None),
        ({}, None),
    ],
)
def test_a_body_version_is_text(value: Any, text: str | None) -> None:
    """Counters and stamps become text; what would protect nothing is no version."""
    assert version_text(value) == text


@pytest.mark.parametrize(
    ("header", "version"),
    [
        ('"abc"', '"abc"'),
        ('W/"abc"', '"abc"'),
        ('"abc-gzip"', '"abc"'),
        ('W/"abc--gzip"', '"abc"'),
        ('"abc;gzip"', '"abc"'),
        ("abc-gzip", "abc"),
        ('"gzip-abc"', '"gzip-abc"'),
        ('""', None),
        ("  ", None),
    ],
)
def test_what_proxies_add_to_an_entity_tag_is_taken_off(header: str, version: str | None) -> None:
    """A weak or compressed tag names the same record, and only the plain one is accepted by If-Match."""
    assert header_version({"etag": header}, "ETag") == version


def test_no_header_no_version() -> None:
    """Neither where the answer lacks it nor where the definition names none."""
    assert header_version({}, "ETag") is None
    assert header_version({"etag": '"a"'}, None) is None


@pytest.mark.parametrize(
    ("version", "quote", "header"),
    [('"abc"', False, '"abc"'), ('"abc"', True, '"abc"'), ("17", True, '"17"'), ("17", False, "17")],
)
def test_if_match_is_quoted_once_and_only_if_asked(version: str, quote: bool, header: str) -> None:
    """Kinto's counter wants quotes, an entity tag has them."""
    assert if_match(version, quote=quote) == header


@pytest.mark.parametrize("version", [None, "", '""', "*"])
def test_a_version_that_protects_nothing_is_refused(version: str | None) -> None:
    """An empty If-Match is ignored by Kinto, ``*`` matches whatever is there: both would lose an edit."""
    with pytest.raises(ContractError, match="needs the record's version"):
        if_match(version, quote=True)
