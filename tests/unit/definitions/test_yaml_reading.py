"""How YAML is read: by version 1.2, as data, with the place of every key and value, within limits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ebond.definitions.yaml_nodes import Place
from ebond.definitions.yaml_source import Document, parse_yaml, read_yaml

Load = Callable[..., list[str]]


def read(text: str) -> Document:
    reading = parse_yaml(text, "f.yaml")
    assert reading.problems == ()
    (document,) = reading.documents
    return document


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-11-24", "2026-11-24"),
        ("1e3", 1000.0),
        ("1.10", 1.1),
        (".5", 0.5),
        ("-7", -7),
        (".nan", ".nan"),
        ("=", "="),
        ("'010'", "010"),
        ('"null"', "null"),
        ("!!str 5", "5"),
        ("! true", "true"),
        ("|\n  two\n  lines", "two\nlines\n"),
        (">-\n  one\n  line", "one line"),
        ("[]", []),
        ("{a: }", {"a": None}),
    ],
)
@pytest.mark.parametrize("version", ["", "%YAML 1.1\n---\n"])
def test_plain_words_are_read_by_yaml_1_2(version: str, written: str, meant: object) -> None:
    """Words, times and dates stay text, octal-looking numbers are decimal, whatever version the file claims."""
    value = read(f"{version}key: {written}\n").data["key"]
    assert (value, type(value)) == (meant, type(meant))


@pytest.mark.parametrize("key", ["yes", "on", "null", "1", "1.0", "'a b'", "a.b/c"])
def test_keys_are_text(key: str) -> None:
    """A key is what is written, never a boolean or a number."""
    assert read(f"{key}: 1\n").data == {key.strip("'"): 1}


TEXT = """\
a: 1
b:
  - x
  -   {c: d,
       e: f}
g: &anchor
  h: i
j:
  <<: *anchor
  k: *anchor
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), (1, 1), (1, 1)),
        (("a",), (1, 4), (1, 1)),
        (("b",), (3, 3), (2, 1)),
        (("b", 0), (3, 5), (3, 5)),
        (("b", 1, "c"), (4, 11), (4, 8)),
        (("b", 1, "e"), (5, 11), (5, 8)),
        (("j", "h"), (7, 6), (7, 3)),
        (("j", "k"), (6, 4), (10, 3)),
        (("j", "k", "h"), (7, 6), (7, 3)),
        (("b", 1, "missing"), (4, 7), (4, 7)),
        (("b", 7), (2, 1), (2, 1)),
        (("missing", "x"), (1, 1), (1, 1)),
    ],
)
def test_places_of_values_and_keys(path: tuple[str | int, ...], value: tuple[int, int], key: tuple[int, int]) -> None:
    """Each value and key has its own place; what is not written has that of the key around it."""
    document = read(TEXT)
    assert document.at(path) == Place("f.yaml", *value)
    assert document.at(path, key=True) == Place("f.yaml", *key)


def test_merge_keys_give_way_to_own_keys() -> None:
    """``<<`` takes over maps in order; what the map says itself counts, wherever it stands."""
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], z: 3}\nd: {x: 0, <<: *a}\n"
    data = read(text).data
    assert (data["c"], data["d"]) == ({"x": 1, "y": 1, "z": 3}, {"x": 0, "y": 1})


def test_anchors_end_with_their_document() -> None:
    """An alias does not reach into the document before."""
    reading = parse_yaml("a: &x 1\n---\nb: *x\n", "f.yaml")
    assert [document.data for document in reading.documents] == [{"a": 1}]
    assert [str(one) for one in reading.problems] == [
        "f.yaml:3:4: there is no anchor &x (put it in quotes if it is a text)"
    ]


def test_empty_documents_and_files_define_nothing() -> None:
    """Comments, empty documents and a trailing separator are no fault."""
    for text in ("", "# nothing\n", "---\n---\n", "---\n# nothing\n...\n"):
        assert parse_yaml(text, "f.yaml").documents == ()
        assert parse_yaml(text, "f.yaml").problems == ()


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_kinds_count_alike(line_end: str) -> None:
    """A file from any editor has its places where that editor shows them."""
    assert read(line_end.join(["a: 1", "b: 2", "c: 3", ""])).at(("c",)) == Place("f.yaml", 3, 4)


def test_byte_order_mark_is_no_character(tmp_path: Path) -> None:
    """What some editors put before the first letter moves no column."""
    (tmp_path / "f.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    (document,) = read_yaml(tmp_path / "f.yaml", "f.yaml").documents
    assert document.data == {"a": 1}
    assert document.at(("a",)) == Place("f.yaml", 1, 4)


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)
)
MERGES = "a0: &a0 {k: v}\n" + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}, k{n}: *a{n - 1}}}\n" for n in range(1, 40))
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 3000))


@pytest.mark.parametrize(("text", "place"), [(BOMB, "5:5"), (MERGES, "17:6"), (CHAIN, "60:6")])
def test_aliases_of_aliases_are_stopped(text: str, place: str) -> None:
    """What would fill the memory is refused where it gets too large, before it is built."""
    reading = parse_yaml(text, "f.yaml")
    assert [str(one) for one in reading.problems] == [
        f"f.yaml:{place}: the aliases in here make too many values (write less with *)"
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"title: caf\xe9\n", "extra.yaml:1:1: this line is no UTF-8 text (save the file as UTF-8)"),
        (b"a: 1\nb: \xff\xfe\n", "extra.yaml:2:1: this line is no UTF-8 text (save the file as UTF-8)"),
        ("a: 1\n".encode("utf-16"), "extra.yaml:1:1: this line is no UTF-8 text (save the file as UTF-8)"),
        (b"a: 1\nb: x\x07y\n", "extra.yaml:2:5: an unprintable character stands here: U+0007 (remove it)"),
        (b"a: \x00\n", "extra.yaml:1:4: an unprintable character stands here: U+0000 (remove it)"),
        (
            b'version: 1\nbond: x\nmapping: incidents\ntitle: "\\ud800"\n',
            "extra.yaml:4:8: no text may hold U+D800 (remove the escape)",
        ),
        (b"# " + b"x" * 2_000_000, "extra.yaml:1:1: the file cannot be read: it is larger than any definition"),
    ],
)
def test_files_that_are_no_text(edited: Load, content: bytes, problem: str) -> None:
    """A file in another encoding, a binary file or a huge one is named; the line is where it goes wrong."""
    assert edited(extra=content)[0] == problem


def test_a_folder_without_definitions_is_no_success(tmp_path: Path, edited: Load) -> None:
    """An empty or wrong folder does not pass as a good one."""
    empty = dict.fromkeys(("bond", "gateways", "mapping", "systems"), "# to be written\n")
    assert edited(**empty) == [
        "there are no definitions in FOLDER. Make a folder to start from with `ebond init`",
    ]


def test_unreadable_files_are_named(tmp_path: Path, edited: Load) -> None:
    """A folder that looks like a file, or hidden files of editors, are not read; a link to nowhere is no file."""
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / ".hidden.yaml").write_text("{", encoding="utf-8")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.yaml").write_text("{", encoding="utf-8")
    (tmp_path / "lost.yaml").symlink_to("nowhere.yaml")
    (tmp_path / "notes.txt").write_text("{", encoding="utf-8")
    assert edited() == []
