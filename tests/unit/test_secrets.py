"""Secrets: fetched by reference, shown nowhere."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ebond.errors import SecretError
from ebond.secrets import Secret, SecretRef

PLAIN = "hunter2-and-more"
SECRET = Secret(PLAIN)

SHOWN: list[tuple[str, Callable[[Secret], object], str]] = [
    ("repr", repr, "Secret(****)"),
    ("str", str, "****"),
    ("f-string", lambda one: f"{one}", "****"),
    ("f-string, repr", lambda one: f"{one!r}", "Secret(****)"),
    ("f-string, padded", lambda one: f"{one:>6}", "  ****"),
    ("format", "{:s}".format, "****"),
    ("percent", lambda one: "%s %r" % (one, one), "**** Secret(****)"),  # noqa: UP031  # the old way, too
    ("in a container", lambda one: str({"a": [one]}), "{'a': [Secret(****)]}"),
    ("in a log line", lambda one: logging.makeLogRecord({"msg": "%s", "args": (one,)}).getMessage(), "****"),
]


@pytest.mark.parametrize(("show", "text"), [row[1:] for row in SHOWN], ids=[row[0] for row in SHOWN])
def test_masked(show: Callable[[Secret], object], text: str) -> None:
    """Whatever way a secret is made text, a mask comes out."""
    assert show(SECRET) == text


@pytest.mark.parametrize("keep", [pickle.dumps, copy.deepcopy, json.dumps, vars, lambda one: pickle.dumps(one, 0)])
def test_never_serialised(keep: Callable[[Any], object]) -> None:
    """A secret cannot be pickled, copied away, dumped or listed."""
    with pytest.raises(TypeError) as raised:
        keep(SECRET)
    assert PLAIN not in str(raised.value)


def test_traceback_with_locals_shows_the_mask() -> None:
    """A traceback that prints local variables does not print the secret among them."""
    try:
        kept = {"secret": SECRET}
        raise ValueError(kept)
    except ValueError as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert ("Secret(****)" in shown, PLAIN in shown) == (True, False)


def test_equal_by_value() -> None:
    """Two secrets of one value are equal and hash alike, and no secret equals its plain text."""
    assert (Secret(PLAIN), hash(Secret(PLAIN))) == (SECRET, hash(SECRET))
    assert SECRET not in (PLAIN, Secret("other"))


@pytest.mark.parametrize("text", ["", "env:", "file:", "plain", "vault:x", "ENV:X"])
def test_reference_of_another_kind(text: str) -> None:
    """What is no reference is refused, without repeating it: it may be the secret itself."""
    with pytest.raises(ValueError, match=r"^a secret is given by reference: env:NAME or file:PATH$"):
        SecretRef.parse(text)


FILES: list[tuple[str, bytes]] = [
    ("as it is", PLAIN.encode()),
    ("a line break after it", PLAIN.encode() + b"\n"),
    ("a line break of Windows", PLAIN.encode() + b"\r\n"),
    ("a byte order mark", b"\xef\xbb\xbf" + PLAIN.encode()),
]


@pytest.mark.parametrize("content", [row[1] for row in FILES], ids=[row[0] for row in FILES])
def test_secret_of_a_file(tmp_path: Path, content: bytes) -> None:
    """A file beside the definitions holds the secret; what editors add to it does not count."""
    (tmp_path / "key").write_bytes(content)
    assert SecretRef.parse("file:key").resolve({}, tmp_path) == SECRET


def test_secret_of_the_environment(tmp_path: Path) -> None:
    """A variable holds the secret as it is."""
    assert SecretRef.parse("env:KEY").resolve({"KEY": PLAIN + " "}, tmp_path) == Secret(PLAIN + " ")


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("env:KEY", "the environment variable KEY is not set"),
        ("env:EMPTY", "the environment variable EMPTY is not set"),
        ("file:nowhere", "cannot be read: No such file"),
        ("file:.", "cannot be read: Is a directory"),
        ("file:empty", "is empty"),
        ("file:latin", "is no text in UTF-8"),
    ],
)
def test_reference_that_leads_nowhere(tmp_path: Path, reference: str, why: str) -> None:
    """It is said which place is meant and what to do, with nothing of its content."""
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "latin").write_bytes("hunter2é".encode("latin-1"))
    with pytest.raises(SecretError, match=why) as raised:
        SecretRef.parse(reference).resolve({"EMPTY": ""}, tmp_path)
    assert raised.value.todo
    assert "hunter2" not in "".join(traceback.format_exception(raised.value))
