"""Templates of paths and parameters, and ids in Location headers."""

from __future__ import annotations

import pytest

from ebond.records.place import fill, fill_path, id_in_location


@pytest.mark.parametrize(
    ("record_id", "path"),
    [
        ("7", "/issue/7.json"),
        ("a/b", "/issue/a%2Fb.json"),
        ("../x?y#z", "/issue/..%2Fx%3Fy%23z.json"),
        ("é ü", "/issue/%C3%A9%20%C3%BC.json"),
    ],
)
def test_an_id_never_leaves_its_segment(record_id: str, path: str) -> None:
    """Whatever a system takes for an id is encoded whole."""
    assert fill_path("/issue/{id}.json", id=record_id) == path


def test_dots_alone_are_no_step_up() -> None:
    """'..' is encoded too, since clients fold it away."""
    assert fill_path("/issue/{id}", id="..") == "/issue/%2E%2E"


def test_parameters_are_filled_as_they_are() -> None:
    """Encoding a query is the gateway's work."""
    assert fill({"q": "ref={sync_id}^x", "n": "1"}, sync_id="a b") == (("q", "ref=a b^x"), ("n", "1"))


@pytest.mark.parametrize(
    ("location", "read_path", "record_id"),
    [
        ("http://backend/rest/data/issue/5", "/issue/{id}", "5"),
        ("/issues/5.json", "/issues/{id}.json", "5"),
        ("/issues/5/", "/issues/{id}/", "5"),
        ("/issues/a%2Fb?x=1", None, "a/b"),
        ("5", None, "5"),
        ("https://x/data/v9.2/incidents(0d1c-4a)", "/incidents({id})", "0d1c-4a"),
        ("/odata/Incidents('O''Neil')", "/Incidents('{id}')", "O'Neil"),
        ("/odata/Incidents(guid'0d1c')", "/Incidents(guid'{id}')", "0d1c"),
        ("/wiki/Page_(x)", "/wiki/{id}", "Page_(x)"),
        ("http://backend", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_the_id_is_the_last_segment_of_location(
    location: str | None, read_path: str | None, record_id: str | None
) -> None:
    """Decoded, without query and without what a read's path puts behind the id."""
    assert id_in_location(location, read_path) == record_id
