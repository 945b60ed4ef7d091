"""Sorting out what a side shows of its files, and whether one may go: each row of the tables, without a system."""

from __future__ import annotations

import pytest

from ebond.attachments import File, FileState, ShownFile
from ebond.children import Carriage
from ebond.definitions.attachments import Attachments, FileLimits, FileRule
from ebond.state import Side
from ebond.sync.attachments import sorting
from ebond.sync.attachments.fitting import EMPTY, free_name, refusal, short_name, type_of
from ebond.sync.attachments.likeness import like_name, same_content, same_name
from ebond.sync.attachments.sorting import Case, sort_out, untold

C = Carriage
A = File("a.txt", 1, "text/plain", "sha256:aa")


def theirs(state: Carriage, file: File = A, **more: object) -> FileState:
    """Return a file of the right side, which the left one may show a copy of."""
    return FileState(Side.RIGHT, "2", "r1", state, file, copy=file, **more)


def ours(state: Carriage, file: File = A, **more: object) -> FileState:
    """Return a file of the left side that is known already."""
    return FileState(Side.LEFT, "1", "x", state, file, **more)


def case(*shown: ShownFile, known: tuple[FileState, ...] = (), rule: object = None, **more: object) -> Case:
    rule = FileRule.model_validate(rule or {})
    return Case(Side.LEFT, "1", shown, known, rule, rule.to_right, **more)


def sorted_out(*shown: ShownFile, **more: object) -> dict[str, tuple[Carriage, str | None]]:
    """Return what becomes of which file: (state, partner)."""
    return {one.id: (one.state, one.partner) for one in sort_out(case(*shown, **more)).changes}


X = ShownFile("x", A)
DOUBT = theirs(C.UNKNOWN)
ROWS = [
    ("a new one is to be carried", X, (), {}, {"x": (C.WAITING, None)}),
    ("known as it was", X, (ours(C.CARRIED),), {}, {}),
    ("named by an answer", X, (theirs(C.CARRIED, partner="x"),), {}, {"x": (C.COPY, "r1")}),
    ("like ours in doubt", X, (DOUBT,), {}, {"x": (C.COPY, "r1"), "r1": (C.CARRIED, "x")}),
    ("carried, its id not known yet", X, (theirs(C.CARRIED),), {}, {"x": (C.COPY, "r1"), "r1": (C.CARRIED, "x")}),
    ("another name, same digest, ours", ShownFile("x", File("b.txt", 1, "", "sha256:aa"), own=True), (DOUBT,),
     {"marked": True}, {"x": (C.COPY, "r1"), "r1": (C.CARRIED, "x")}),
    ("another name, same digest, somebody's", ShownFile("x", File("b.txt", 1, "", "sha256:aa")), (DOUBT,), {},
     {"x": (C.WAITING, None), "r1": (C.WAITING, None)}),
    ("like ours, and somebody's", X, (DOUBT,), {"marked": True, "doubt_over": False}, {"x": (C.WAITING, None)}),
    ("it may be ours", ShownFile("x", File("a.txt", 7)), (DOUBT,), {"doubt_over": False}, {}),
    ("it cannot be ours", ShownFile("x", File("z.txt", 7)), (DOUBT,), {"doubt_over": False}, {"x": (C.WAITING, None)}),
    ("ours never arrived", ShownFile("x", File("z.txt", 7)), (DOUBT,), {},
     {"x": (C.WAITING, None), "r1": (C.WAITING, None)}),
    ("hung to nothing yet", ShownFile("x", File("z.txt", 7)), (theirs(C.OPEN, token="t", partner="9"),), {},
     {"x": (C.WAITING, None), "r1": (C.WAITING, "9")}),
    ("a twin", X, (theirs(C.WAITING),), {"first": True}, {"x": (C.COPY, "r1"), "r1": (C.CARRIED, "x")}),
    ("no twin: other content", ShownFile("x", File("a.txt", 1, "", "sha256:bb")), (theirs(C.WAITING),), {"first": True},
     {"x": (C.WAITING, None)}),
    ("no twin: other name", ShownFile("x", File("b.txt", 1, "", "sha256:aa")), (theirs(C.WAITING),), {"first": True},
     {"x": (C.WAITING, None)}),
    ("no twin on an old link", X, (theirs(C.WAITING),), {}, {"x": (C.WAITING, None)}),
    ("by our own account", ShownFile("x", A, own=True), (), {}, {"x": (C.KEPT, None)}),
    ("older than the link", X, (), {"first": True, "rule": {"history": "none"}}, {"x": (C.KEPT, None)}),
    ("internal", ShownFile("x", File("a", internal=True)), (), {}, {"x": (C.KEPT, None)}),
    ("one way", X, (), {"rule": {"to_right": {"public": "never"}}}, {"x": (C.KEPT, None)}),
    ("kept, and public now", X, (ours(C.KEPT, File("a.txt", 1, "", "", internal=True)),), {}, {"x": (C.WAITING, None)}),
    ("only renamed", ShownFile("x", File("c.txt", 1, "", "sha256:aa")), (ours(C.CARRIED),), {},
     {"x": (C.CARRIED, None)}),
    ("other content", ShownFile("x", File("a.txt", 2)), (ours(C.CARRIED, partner="9"),), {},
     {"x": (C.CARRIED, "9"), f"x~{File('a.txt', 2).print.hex()}": (C.WAITING, None)}),
]  # fmt: skip


@pytest.mark.parametrize(("shown", "known", "more", "becomes"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_becomes_of_a_file(shown, known, more, becomes):
    """Each row of the table."""
    assert sorted_out(shown, known=known, **more) == becomes


@pytest.mark.parametrize(
    ("state", "more", "left"),
    [(C.WAITING, {}, C.KEPT), (C.HELD, {}, C.KEPT), (C.CARRIED, {}, C.CARRIED), (C.WAITING, {"token": "t"}, None)],
)
def test_a_file_that_is_gone(state, more, left):
    """What is gone before it went stays away; what was carried is told of, once; what is on its way goes on."""
    found = sort_out(case(known=(ours(state, **more),)))
    assert [(one.state, one.reason) for one in found.changes] == ([] if left is None else [(left, sorting.GONE)])
    assert [one.event for one in found.entries] == (["file_deleted"] if state is C.CARRIED else [])
    assert sort_out(case(known=tuple(found.changes))).changes == []


def test_which_contents_have_to_be_read():
    """Only where the name fits and neither size nor digest tells."""
    dumb, told = ShownFile("x", File("a.txt")), ShownFile("x", File("a.txt", 3))
    other = ShownFile("y", File("z.txt"))
    read = ShownFile("x", File("a.txt"), read=A)
    missed = (DOUBT,)
    assert [one.id for one, _ in untold(case(dumb, other, known=missed))] == ["x"]
    assert [list(untold(case(one, known=missed))) for one in (told, read)] == [[], []]
    assert list(untold(case(dumb))) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (File("a", 1), File("a", 2), False),
        (File("a", 1), File("a", 1), True),
        (File("a", 1, "", "md5:0"), File("a", 1, "", "sha256:1"), True),
        (File("a", 1, "", "md5:0"), File("a", 1, "", "md5:1"), False),
        (File("a", None, "", "md5:0"), File("a", 1, "", "md5:0"), True),
        (File("a", None, "", "md5:0"), File("a", 1), None),
        (File("a"), File("a"), None),
    ],
)
def test_the_same_content(one, other, same):
    """Sizes tell apart, digests of one kind tell for sure, and where neither is known nothing does."""
    assert (same_content(one, other), same_content(other, one)) == (same, same)


def test_names():
    """A name is the same however its letters are put together; what a system makes of one is like it."""
    assert same_name(File("u\u0308.txt"), File("\u00fc.txt"))
    assert not same_name(File("A.txt"), File("a.txt"))
    assert like_name(File("My report (1).PDF"), File("my_report_1.pdf"))
    assert not like_name(File("a1.txt"), File("a2.txt"))


CONTRACT = {"resource": "f", "source": "list", "content": {"path": "/f"}}


@pytest.mark.parametrize(
    ("file", "limits", "reason"),
    [
        (File("a", 1024), {"max": "1KB"}, ""),
        (File("a", 1025), {"max": "1KB"}, "it is larger than 1KB: 1025 bytes"),
        (File("a"), {"max": "1KB"}, ""),
        (File("a", 0), {"empty": False}, EMPTY),
        (File("a", 0), {}, ""),
        (File("a.png"), {"types": ["image/*"]}, ""),
        (File("a", type="IMAGE/PNG; x=y"), {"types": ["image/png"]}, ""),
        (File("a"), {"types": ["image/*"]}, "files of the type application/octet-stream are not taken"),
        (File("a.png"), {"not_types": ["image/*"]}, "files of the type image/png are not taken"),
        (File("a.tar.GZ"), {"extensions": ["tar.gz"]}, ""),
        (File("a.exe"), {"not_extensions": ["EXE"]}, "files whose names end in exe are not taken"),
        (File("exe"), {"not_extensions": ["exe"]}, ""),
        (File("exe"), {"extensions": ["pdf"]}, "files whose names end in nothing are not taken"),
    ],
)
def test_which_files_may_go(file, limits, reason):
    """Each limit, to the byte; a size that nobody tells is looked at on the way."""
    assert refusal(file, Attachments.model_validate(CONTRACT | limits), FileLimits()) == reason


def test_the_type_of_a_file():
    """What it says of itself counts, then its name."""
    said = {"": "application/pdf", "application/octet-stream": "application/pdf", "text/plain": "text/plain"}
    odd = {"Text/HTML; charset=x": "text/html", "text/plain\r\nX-Own: 1": "application/pdf", "pdf": "application/pdf"}
    assert {one: type_of(File("a.pdf", type=one)) for one in said | odd} == said | odd
    assert type_of(File("a")) == "application/octet-stream"


def test_a_name_that_is_too_long():
    """It is cut off before its ending."""
    names = [("report.pdf", 10), ("report.pdf", 8), ("report.pdf", 3), ("report", 3), ("report", None)]
    assert [short_name(*one) for one in names] == ["report.pdf", "repo.pdf", ".pd", "rep", "report"]


@pytest.mark.parametrize(
    ("name", "taken", "free"),
    [
        ("a.txt", [], "a.txt"),
        ("a.txt", ["A.TXT"], "a (2).txt"),
        ("a.txt", ["a.txt", "a (2).txt"], "a (3).txt"),
        ("a", ["a"], "a (2)"),
        (".env", [".env"], ".env (2)"),
    ],
)
def test_a_name_that_nobody_has(name, taken, free):
    """The number stands before the ending."""
    assert free_name(name, taken) == free
