"""Bodies as servers really send them."""

from __future__ import annotations

from typing import Any

import pytest

from ebond.errors import AnswerError
from ebond.gateway.body import decode, is_web_page
from ebond.gateway.outcome import Outcome
from ebond.gateway.wire import Answer

READABLE: list[tuple[str, bytes, str, Any]] = [
    ("plain", b'{"a":1}', "application/json", {"a": 1}),
    ("blank", b" \r\n", "text/html", None),
    ("empty", b"", "", None),
    ("a byte order mark", b'\xef\xbb\xbf{"a":1}', "application/json; charset=utf-8", {"a": 1}),
    ("Latin-1, declared", '{"a":"é"}'.encode("latin-1"), 'application/json; charset="ISO-8859-1"', {"a": "é"}),
    ("UTF-16, declared", '{"a":"é"}'.encode("utf-16"), "application/json;charset=utf-16", {"a": "é"}),
    ("UTF-16, not declared", '{"a":"é"}'.encode("utf-16"), "application/json", {"a": "é"}),
    ("UTF-8, declared as Latin-1", '{"a":"é"}'.encode(), "application/json; charset=iso-8859-1", {"a": "é"}),
    ("a content type that came twice", b'\xef\xbb\xbf{"a":1}', "a/b; Charset = UTF-8, a/b; charset=utf-8", {"a": 1}),
    ("half an emoji", b'{"a":"cut \\ud83d"}', "", {"a": "cut \ufffd"}),
    ("half an emoji in a name", b'[{"\\udc00":1}]', "", [{"\ufffd": 1}]),
    ("a bare line break in a text", b'{"a":"one\ntwo\t"}', "", {"a": "one\ntwo\t"}),
]


@pytest.mark.parametrize(("content", "kind", "value"), [row[1:] for row in READABLE], ids=[row[0] for row in READABLE])
def test_readable(content: bytes, kind: str, value: Any) -> None:
    """What other clients read is read, and every text of it can be stored and sent on."""
    assert decode(content, kind) == value


UNREADABLE: list[tuple[str, bytes, str]] = [
    ("truncated", b'{"result":[{"id":"1","na', ""),
    ("two documents", b"{}{}", ""),
    ("a web page", b"<html></html>", "text/html"),
    ("broken UTF-8", b'{"a":"\xe9"}', "application/json"),
    ("not a number", b'{"a":NaN}', ""),
    ("infinity", b'{"a":Infinity}', ""),
    ("a number without end", b'{"a":1e999,"b":"\\ud800"}', ""),
    ("an integer without end", b"1" * 5000, ""),
    ("too deep", b"[" * 100_000, ""),
    ("too deep, with half an emoji", b'["\\ud800",' + b"[" * 3000 + b"]" * 3000 + b"]", ""),
    ("a charset that is none", b'{"a":"\xe9"}', "application/json; charset=nonsense"),
    ("a charset that is no text", b'{"a":"\xe9"}', "application/json; charset=zlib"),
    ("a charset that fails oddly", b'{"a":"\xe9"}', "application/json; charset=idna"),
]


@pytest.mark.parametrize(("content", "kind"), [row[1:] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE])
def test_unreadable(content: bytes, kind: str) -> None:
    """What is no JSON, or only half of it, is an error that quotes nothing of it: never 'empty', never a guess."""
    with pytest.raises(ValueError, match=r"^[ -~]{1,80}$"):
        decode(content, kind)


def test_answer_error_names_the_call_and_no_content() -> None:
    """An operator reads which call it was and what came, but nothing that the body said."""
    content = b"<html>Dear Ms Curie, please log in</html>"
    answer = Answer(200, {"content-type": "text/html"}, content, "r-1", "", Outcome.APPLIED)
    with pytest.raises(AnswerError) as raised:
        answer.json()
    assert str(raised.value) == (
        f"the answer is no JSON: {len(content)} bytes of text/html, a web page or XML at request r-1. "
        "Ask the gateway's team what this request got; the body is a fault of theirs"
    )


PAGES: list[tuple[bytes, str, bool]] = [
    (b"<p>maintenance</p>", "text/html", True),
    (b"  <!DOCTYPE html>", "", True),
    (b"\xef\xbb\xbf<html>", "", True),
    (b'<?xml version="1.0"?><html xmlns="x">', "application/xml", True),
    (b"<!-- proxy --><HTML>", "", True),
    (b"<fault/>", "application/xml", False),
    (b"", "text/html", False),
    (b" ", "text/html", False),
    (b"OK", "text/html", False),
    (b'{"a":"<html>"}', "text/html", False),
]


@pytest.mark.parametrize(("content", "kind", "page"), PAGES)
def test_web_page(content: bytes, kind: str, page: bool) -> None:
    """A page for people is told by its body; the content type alone says little."""
    assert is_web_page(content, kind) is page
