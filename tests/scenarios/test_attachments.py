"""Files go both ways, once each, whatever way a system shows and takes them, and whatever goes wrong."""

from __future__ import annotations

import pytest

from ebond.cli.plan import Preview
from ebond.state import Side
from ebond.sync.run import run_bond
from ebond.testing.fake_files import attaching
from ebond.testing.fake_talk import talking
from ebond.testing.faults import answer, lose_answer, vanish
from ebond.testing.interference import writes
from ebond.testing.wiring import PRESETS
from tests.scenarios.world import BOND

SOURCES = ("in_record", "ids", "list")
ADDS = ("raw", "multipart", "base64", "two_step", "whole_list")
WAYS = [(source, add) for source in SOURCES for add in ADDS if add != "whole_list" or source == "in_record"]
#: More than one piece, and no multiple of 3.
LONG = bytes(range(251)) * 2000


def ends(source="list", add="raw", **contract):
    """Two systems; the right one shows and takes files in the given ways."""
    return attaching(PRESETS["plain"](), "list", "raw"), attaching(PRESETS["plain"](), source, add, **contract)


def desk(world, source="list", add="raw", *, contract=None, **rule):
    it = world(*ends(source, add, **(contract or {})), mapping={"attachments": rule})
    left = it.left.system.person_creates({"title": "Printer", "status": "new"})
    it.settle()
    return it, left, it.partner(Side.LEFT, left)


@pytest.mark.parametrize(("source", "add"), WAYS)
def test_both_ways_once(world, source, add):
    """83: Whatever way a system shows and takes files: each stands on both sides once, byte for byte."""
    it, left, right = desk(world, source, add)
    it.left.files.person_adds(left, "report.pdf", LONG, kind="application/pdf")
    it.left.files.person_adds(left, 'odd "name"; 50% ü.txt', b"\r\n--x\r\n", kind="text/plain")
    it.settle()
    it.right.files.person_adds(right, "photo.png", b"\x89PNG", kind="image/png")
    it.settle()
    wanted = [("report.pdf", LONG), ('odd "name"; 50% ü.txt', b"\r\n--x\r\n"), ("photo.png", b"\x89PNG")]
    assert (it.left.files.standing(left), it.right.files.standing(right)) == (wanted, wanted)
    assert [one.type for one in it.right.files.of(right)] == ["application/pdf", "text/plain", "image/png"]
    assert it.held() == []


#: One way for each kind of upload, and for each kind of source.
FEW = [("list", "raw"), ("ids", "multipart"), ("ids", "base64"), ("list", "two_step"), ("in_record", "whole_list")]


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize(
    ("source", "add", "at"), [(*way, at) for way in FEW for at in range(4 if way[1] == "two_step" else 2)]
)
def test_a_crash_around_any_write_doubles_and_loses_nothing(world, source, add, at, before):
    """83: The process dies before or after a call that uploads or hangs a file: each file stands there once."""
    it, left, right = desk(world, source, add)
    for name in ("one.txt", "two.txt"):
        it.left.files.person_adds(left, name, name.encode())
    it.crashing_sync(it.right, at=at, before=before)
    it.settle()
    wanted = [("one.txt", b"one.txt"), ("two.txt", b"two.txt")]
    assert (sorted(it.right.files.standing(right)), it.left.files.standing(left)) == (wanted, wanted)


@pytest.mark.parametrize("shows", [("size", "type", "sha256"), ("size",), ()], ids=["digest", "size", "nothing"])
@pytest.mark.parametrize("fault", [lose_answer, vanish])
@pytest.mark.parametrize(("source", "add"), FEW)
def test_a_lost_answer_is_looked_up(world, source, add, fault, shows):
    """83: Whether the answer or the call was lost: nothing is sent again before it is known what came of it."""
    it, left, right = desk(world, source, add)
    it.right.files.shows = shows
    it.left.files.person_adds(left, "once.txt", b"only once")
    it.right.faults.next(fault, when=writes)
    it.sync()
    it.settle()
    wanted = [("once.txt", b"only once")]
    assert (it.right.files.standing(right), it.left.files.standing(left)) == (wanted, wanted)


@pytest.mark.parametrize(("source", "add"), FEW)
def test_a_system_that_changes_names(world, source, add):
    """A system that changes every name: our own file is known again after a lost answer, and never comes back."""
    it, left, right = desk(world, source, add)
    it.right.files.style = lambda name: name.replace(" ", "_").upper()
    it.left.files.person_adds(left, "my report.pdf", b"text")
    it.right.faults.next(lose_answer, when=writes)
    it.sync()
    it.settle()
    assert it.right.files.standing(right) == [("MY_REPORT.PDF", b"text")]
    assert it.left.files.standing(left) == [("my report.pdf", b"text")]


@pytest.mark.parametrize(("source", "add"), [("ids", "multipart"), ("in_record", "raw")])
def test_a_list_that_does_not_show_them(world, source, add):
    """Where rows of the list do not show files, a record is read for them once it moved, and not otherwise."""
    it, left, right = desk(world, source, add, contract={"in_list": False})
    it.right.files.person_adds(right, "theirs.txt")
    it.settle()
    it.left.files.person_adds(left, "ours.txt")
    it.settle()
    with it.counting() as made:
        it.sync()
    assert (it.left.files.standing(left), len(made["right"])) == (it.right.files.standing(right), 1)
    assert len(it.right.files.of(right)) == 2


def test_same_name_and_same_content(world):
    """83: The same name with other content is another file, and the same content under another name, too."""
    it, left, right = desk(world)
    for name, content in (("a.txt", b"one"), ("a.txt", b"two"), ("b.txt", b"one"), ("empty.txt", b"")):
        it.left.files.person_adds(left, name, content)
    it.settle()
    assert it.right.files.standing(right) == it.left.files.standing(left)
    assert len(it.right.files.of(right)) == 4


def test_names_that_are_taken_once(world):
    """83: Where a system knows each name once, the second file of a name goes under a number."""
    it, left, right = desk(world, contract={"names": "unique"})
    it.right.files.one_name = True
    it.right.files.person_adds(right, "a.txt", b"theirs")
    it.settle()
    for content in (b"one", b"two"):
        it.left.files.person_adds(left, "a.txt", content)
    it.settle()
    names = {"a.txt": b"theirs", "a (2).txt": b"one", "a (3).txt": b"two"}
    assert (dict(it.right.files.standing(right)), it.held()) == (names, [])


REFUSED = [
    ({"max": "1KB"}, {}, {}, "it is larger than 1KB: 2000 bytes"),
    ({}, {"to_right": {"max": "1KB"}}, {}, "it is larger than 1KB: 2000 bytes"),
    ({"types": ["image/*"]}, {}, {}, "files of the type application/pdf are not taken"),
    ({"not_extensions": ["pdf"]}, {}, {}, "files whose names end in pdf are not taken"),
    ({}, {"to_right": {"not_types": ["application/pdf"]}}, {}, "files of the type application/pdf are not taken"),
    ({}, {}, {"largest": 1000}, "refused by the system"),
    ({}, {}, {"types": ("image/png",)}, "refused by the system"),
]


@pytest.mark.parametrize(("contract", "rule", "habits", "reason"), REFUSED)
def test_a_file_that_cannot_go_is_set_aside(world, contract, rule, habits, reason):
    """83: Too large or of a type that is not taken: the file is set aside with its reason, and the rest goes on."""
    it, left, right = desk(world, contract=contract, **rule)
    for name, value in habits.items():
        setattr(it.right.files, name, value)
    it.left.files.person_adds(left, "big.pdf", bytes(2000), kind="application/pdf")
    it.left.files.person_adds(left, "small.png", b"x", kind="image/png")
    it.left.system.person_edits(left, title="Printer burns")
    it.settle()
    assert it.right.files.standing(right) == [("small.png", b"x")]
    assert it.value(Side.RIGHT, right, "title") == "Printer burns"
    ((what, _, said),) = it.held()
    assert (what, said.startswith(reason)) == ("file", True), said
    assert it.journal().count("file_held") == 1


def test_a_size_that_nobody_tells(world):
    """83: Where the source shows no sizes, a file that is too large is noticed on the way, and set aside."""
    it, left, right = desk(world, contract={"max": "1KB"})
    it.left.files.shows = ()
    it.left.files.person_adds(left, "big.bin", bytes(2000))
    it.left.files.person_adds(left, "small.bin", bytes(1000))
    it.settle()
    assert it.right.files.standing(right) == [("small.bin", bytes(1000))]
    assert [reason for _, _, reason in it.held()] == ["it is larger than 1KB"]


def test_a_retry_sends_it_again(world):
    """After the repair, `ebond retry` has a file that was set aside sent again."""
    it, left, right = desk(world)
    it.right.files.largest = 10
    it.left.files.person_adds(left, "big.bin", bytes(20))
    it.settle()
    it.right.files.largest = None
    retried = it.store.retry_links(BOND, link_id=None, by="a test", now=it.clock.now())
    it.settle()
    assert (retried, it.right.files.standing(right), it.held()) == (1, [("big.bin", bytes(20))], [])


def test_internal_files_never_leave(world):
    """Unless the mapping says so, an internal file stays where it is."""
    it, left, right = desk(world)
    it.right.files.person_adds(right, "notes.txt", internal=True)
    it.settle()
    assert (it.left.files.standing(left), it.journal().count("file_kept")) == ([], 1)


def test_an_internal_file_stays_internal_where_that_is_said(world):
    """The mapping may carry internal files as internal ones."""
    it, left, right = desk(world, add="multipart", to_right={"internal": "internal"})
    it.left.files.person_adds(left, "team.txt", internal=True)
    it.left.files.person_adds(left, "all.txt")
    it.settle()
    assert [(one.name, one.internal) for one in it.right.files.of(right)] == [("team.txt", True), ("all.txt", False)]


@pytest.mark.parametrize("shows", [("size", "type", "sha256"), ("size",), ()], ids=["digest", "size", "nothing"])
def test_files_that_were_there_already(world, shows):
    """Two records that are matched share the files that both have; a file of the same name with other content goes."""
    it = world(*ends(), mapping={"attachments": {}}, bond={"match": {"keys": [["title"]]}})
    left, right = (end.system.person_creates({"title": "Both", "status": "new"}) for end in it.ends)
    for end, ticket, own in ((it.left, left, b"left's own"), (it.right, right, b"right's")):
        end.files.shows = shows
        end.files.person_adds(ticket, "same.txt", b"sent by mail to both")
        end.files.person_adds(ticket, "log.txt", own)
    it.settle()
    assert sorted(it.left.files.standing(left)) == sorted(it.right.files.standing(right))
    assert len(it.left.files.of(left)) == 3


def test_without_history_only_new_ones_go(world):
    """`history: none`: files older than the link stay where they are."""
    it = world(*ends(), mapping={"attachments": {"history": "none"}})
    left = it.left.system.person_creates({"title": "Printer", "status": "new"})
    it.left.files.person_adds(left, "old.txt")
    it.settle()
    it.left.files.person_adds(left, "new.txt")
    it.settle()
    assert [name for name, _ in it.right.files.standing(it.partner(Side.LEFT, left))] == ["new.txt"]


@pytest.mark.parametrize("source", ["list", "in_record"])
def test_other_content_under_the_same_id(world, source):
    """What is changed after it was carried goes as a file of its own; what is deleted stays on the other side."""
    it, left, right = desk(world, source)
    file = it.right.files.person_adds(right, "log.txt", b"first")
    it.settle()
    it.right.files.person_changes(file, b"first and second")
    it.settle()
    it.right.files.person_deletes(file)
    it.settle()
    assert it.left.files.standing(left) == [("log.txt", b"first"), ("log.txt", b"first and second")]
    told = [event for event in it.journal() if event in ("attached", "file_changed", "file_deleted")]
    assert told == ["attached", "file_changed", "attached", "file_deleted"]


def test_a_quiet_run_costs_no_call(world):
    """With nothing new, a run asks for one page a side, and for no files."""
    it, left, _ = desk(world)
    it.left.files.person_adds(left, "a.txt")
    it.settle()
    with it.counting() as made:
        it.sync()
    assert {side: len(calls) for side, calls in made.items()} == {"left": 1, "right": 1}


def test_what_one_file_costs(world):
    """A new file is listed, downloaded and uploaded; its copy is listed once, for its record moved."""
    it, left, right = desk(world)
    before = len(it.left.files.calls), len(it.right.files.calls)
    it.left.files.person_adds(left, "a.txt")
    it.settle()
    assert it.left.files.calls[before[0] :] == [f"GET /tickets/{left}/files", "GET /files/f1/content"]
    assert it.right.files.calls[before[1] :] == [f"POST /tickets/{right}/files", f"GET /tickets/{right}/files"]


def test_a_plan_sends_nothing(world):
    """A preview tells which files would go, and neither downloads nor sends any."""
    it, left, right = desk(world)
    it.left.files.person_adds(left, "a.txt")
    it.clock.advance(60)
    watcher = Preview()
    with it.bench.preview(BOND, watcher=watcher) as context:
        run_bond(context, owner="a test")
    assert (watcher.files, it.right.files.standing(right)) == ([(Side.LEFT, left, ("a.txt",))], [])
    assert not any("content" in call for call in it.left.files.calls)


@pytest.mark.parametrize("status", [404, 403, 302, 500])
def test_content_that_cannot_be_had(world, status):
    """A file whose content is not given is set aside in the end; fields, comments and other files go on."""
    it = world(*(talking(end, "list", "create") for end in ends()), mapping={"attachments": {}, "comments": {}})
    left = it.left.system.person_creates({"title": "Printer", "status": "new"})
    it.settle()
    right = it.partner(Side.LEFT, left)
    bad = it.left.files.person_adds(left, "bad.bin")
    it.left.files.person_adds(left, "good.bin")
    it.left.talk.person_says(left, "see the files")
    it.left.faults.always(answer(status), when=lambda raw: raw.url.endswith(f"/{bad}/content"))
    for _ in range(8):
        it.sync(after=4000)
    assert [name for name, _ in it.right.files.standing(right)] == ["good.bin"]
    assert len(it.right.talk.texts(right)) == 1
    assert [what for what, _, _ in it.held()] == ["file"]


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 405, 409, 413, 415, 422])
def test_an_upload_that_is_refused(world, status):
    """Whatever a system says to a file, that is set aside with it, and neither its record nor the bond stops."""
    it, left, right = desk(world)
    it.left.files.person_adds(left, "bad.bin")
    it.left.files.person_adds(left, "good.bin")
    it.left.system.person_edits(left, title="Printer burns")
    it.right.faults.always(answer(status), when=lambda raw: writes(raw) and "bad.bin" in raw.url)
    for _ in range(5):
        it.sync(after=4000)
    assert [name for name, _ in it.right.files.standing(right)] == ["good.bin"]
    assert (it.value(Side.RIGHT, right, "title"), [what for what, _, _ in it.held()]) == ("Printer burns", ["file"])


def test_an_upload_that_always_fails(world):
    """A file on which the other side fails each time is set aside, and its link is not parked for it."""
    it, left, right = desk(world)
    it.left.files.person_adds(left, "bad.bin")
    it.left.files.person_adds(left, "good.bin")
    it.right.faults.always(answer(500), when=lambda raw: writes(raw) and "bad.bin" in raw.url)
    for _ in range(10):
        it.sync(after=4000)
    assert [name for name, _ in it.right.files.standing(right)] == ["good.bin"]
    assert [what for what, _, _ in it.held()] == ["file"]


def test_a_file_that_is_not_what_its_record_says(world):
    """A download that is shorter than announced, or that is no file, is tried again, and is not carried as it is."""
    it, left, right = desk(world)
    it.left.files.person_adds(left, "a.bin", b"0123456789")
    it.left.faults.next(*[answer(200, {"login": "please"})] * 2, when=lambda raw: "/content" in raw.url)
    it.settle()
    held = [reason for _, _, reason in it.held()]
    it.store.retry_links(BOND, link_id=None, by="a test", now=it.clock.now())
    it.settle()
    assert [reason.partition(":")[0] for reason in held] == ["its content cannot be had"]
    assert it.right.files.standing(right) == [("a.bin", b"0123456789")]


def test_a_url_that_leads_elsewhere(world):
    """Credentials go to the gateway alone: a file whose URL leads elsewhere is set aside."""
    it, left, right = desk(world, "ids")
    it.right.files.public = "https://cdn.test"
    it.right.files.person_adds(right, "a.bin")
    it.settle()
    assert [reason.partition(":")[0] for _, _, reason in it.held()] == ["its content cannot be had"]
    assert it.left.files.standing(left) == []
    assert not any("cdn.test" in raw.url for raw in it.right.transport.calls)
