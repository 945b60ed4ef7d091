"""What operators do, with the installed command: look, preview, sync, decide, and survive a bad night."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from threading import Event

import pytest

from ebond.testing.interference import writes
from tests.acceptance.desk import BOND, EBOND, open_desk


def settled(text):
    """Take what differs from run to run out of a text."""
    text = re.sub(r"\d+\.\d s|\d+ s ago", "N s", text)
    return re.sub(r" +\n", "\n", re.sub(r"N s +\d+ s", "N s  N s", text))


def test_plan_shows_record_by_record_and_field_by_field_what_sync_does(synced):
    """Nothing is written; the run after it writes exactly that."""
    synced.left.system.person_edits("1", title="edited", urgency=2)
    synced.right.system.person_creates({"title": "theirs", "status": "open"})
    done = synced.run("plan", BOND)
    assert (done.code, done.err, synced.right.system.values("1")["title"]) == (0, "", "incident 0")
    assert done.out == (
        "left 1 ↔ right 1\n"
        "    title: right incident 0 → edited  (moved on the left side)\n"
        "    urgency: right ∅ → 2  (moved on the left side)\n"
        "create on the left from right 4\n"
        "    title = theirs\n"
        "    status = open\n"
        "total: create left 1, update right 1, fields written 2\n"
    )
    assert synced.run("sync", BOND, "--json").json["books"] | {"read": 0} == {
        "read": 0, "unchanged": 2, "echo": 3, "filtered": 0, "created": 1, "updated": 1, "held": 0, "failed": 0,
        "deleted": 0, "waiting": 0,
    }  # fmt: skip
    assert synced.right.system.values("1")["title"] == "edited"
    assert synced.right.system.values("1")["urgency"] == 2


def test_a_fault_in_a_definition_keeps_nobody_from_the_brake(synced):
    """`pause` and `resume` of a bond that ran need the database alone."""
    (synced.folder / "new.yaml").write_text("version: 1\nbond: [\n")
    for command in ("pause", "resume"):
        assert (synced.run(command, BOND).code, synced.run("status").code) == (0, 3)
    assert synced.run("pause", "nobody").code == 3


def test_a_second_sync_with_nothing_changed_asks_one_page_a_side_and_writes_nothing(synced):
    """The steady state costs the fewest calls that the contract allows."""
    before = len(synced.left.transport.calls), len(synced.right.transport.calls)
    assert synced.run("sync", BOND).code == 0
    made = [*synced.left.transport.calls[before[0] :], *synced.right.transport.calls[before[1] :]]
    assert [raw.method for raw in made if "/oauth/" not in raw.url] == ["GET", "GET"]


def test_status_fits_eighty_columns_with_no_word_cut(synced):
    """Every count with its whole heading, and nothing to do."""
    done = synced.run("status", environ={"COLUMNS": "80"})
    assert (done.code, done.err, settled(done.out)) == (
        0,
        "",
        "bond       state  last run  lag  links  waiting  conflicts  parked\n"
        "fake-bond  ok     N s  N s      3        0          0       0\n",
    )


def test_status_of_a_bond_that_never_ran_says_what_to_do(desk):
    """The next step is in the text."""
    done = desk.run("status")
    assert done.code == 0
    assert "next: `ebond plan fake-bond` shows what a first sync would do, `ebond sync fake-bond` does it" in done.out


def test_a_conflict_is_shown_with_what_to_type_and_is_gone_afterwards(synced):
    """status BOND names field, both records, the reason and the commands; resolve, then sync, carry it out."""
    synced.left.system.person_edits("2", title="ours")
    synced.right.system.person_edits("2", title="theirs")
    done = synced.run("sync", BOND)
    assert "    conflict: title of left 2 ↔ right 2: both sides moved to different values\n" in done.out
    shown = settled(synced.run("status", BOND).out)
    assert (
        "Conflicts: the two sides differ in a field (1)\n"
        "  title: left 2 ↔ right 2, since N s\n"
        "      both sides moved to different values\n"
        "      ebond explain fake-bond 2 --side left\n"
        "      ebond resolve fake-bond 2 title --side left --take left|right|neither\n"
    ) in shown
    decided = synced.run("resolve", BOND, "2", "title", "--side", "left", "--take", "right")
    assert decided.out == "title of record 2: the right value is taken at the next `ebond sync fake-bond`\n"
    assert synced.left.system.values("2")["title"] == "ours"
    shown = synced.run("status", BOND).out
    assert re.search(r"      decided by \S+: right; next: ebond sync fake-bond\n", shown)
    assert "ebond resolve" not in shown
    done = synced.run("sync", BOND)
    assert (done.code, done.out.splitlines()[2:]) == (0, ["    done: 1 updated (1 field)"])
    assert synced.left.system.values("2")["title"] == "theirs"
    assert synced.run("status", "--json").json["bonds"][0]["conflicts"] == 0
    lines = synced.run("journal", BOND, "2", "--side", "left", "--json").json["journal"]
    assert [line["event"] for line in lines][:3] == ["written", "decided", "conflict"]


def test_explain_tells_both_values_and_why(synced):
    """Of each field: what stands where, who moved, what is planned."""
    synced.left.system.person_edits("2", title="ours")
    synced.right.system.person_edits("2", title="theirs")
    synced.run("sync", BOND)
    title = synced.run("explain", BOND, "2", "--side", "left", "--json").json["fields"][0]
    assert {key: title[key] for key in ("field", "left", "right", "moved", "action", "why")} == {
        "field": "title",
        "left": "ours",
        "right": "theirs",
        "moved": ["left", "right"],
        "action": "hold",
        "why": "both sides moved to different values",
    }


def test_explain_names_a_constant_and_shows_the_side_that_has_it(tmp_path):
    """The other side has no field that could agree."""
    rules = [{"left": "title", "right": "title"}, {"right": "description", "constant": {"right": "from ours"}}]
    with open_desk(tmp_path, rules=rules) as desk:
        number = desk.left.system.person_creates({"title": "one", "status": desk.left.preset.statuses[0]})
        desk.run("sync", BOND)
        out = desk.run("explain", BOND, number, "--side", "left").out
    assert "  description: constant\n      right from ours\n" in out


MISTAKES = {
    "nearest bond": (("sync", "fake-bnd"), 2, "error: there is no bond 'fake-bnd' in {folder}. did you mean"),
    "no folder": (("status", "--folder", "/nowhere"), 2, "error: there is no folder /nowhere. Give it with"),
    "no argument": (("sync",), 2, "error: Missing argument 'BOND'. See `ebond sync --help`"),
    "no choice": (("resolve", BOND, "1", "title", "--take", "x"), 2, "error: Invalid value for '--take'"),
    "no record": (("journal", BOND, "77"), 2, "error: bond fake-bond knows no record '77'. It may be out of scope"),
    "both sides": (("explain", BOND, "1"), 2, ""),
    "no database": (("status", "--database", "sqlite:////nowhere/x.db"), 5, "error: the database fails: unable to"),
    "no such url": (("status", "--database", "mysql://x/y"), 5, "error: mysql is no database that ebond knows"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "text"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_gets_one_line_and_its_exit_code(synced, arguments, code, text):
    """What, where, what to do; on standard error; never a traceback."""
    done = synced.run(*arguments)
    if text:
        assert (done.code, done.out) == (code, "")
        assert done.err.startswith(text.format(folder=synced.folder))
        assert done.err.count("\n") == 1


def test_a_folder_without_definitions_is_told_apart_from_one_that_is_not_there(desk, tmp_path):
    """The way out is `ebond init`."""
    empty = tmp_path / "empty"
    empty.mkdir()
    done = desk.run("check", "--folder", str(empty))
    assert (done.code, done.err) == (
        2,
        f"error: there are no definitions in {empty}. Make a folder to start from with `ebond init`\n",
    )


def test_a_file_that_is_no_database_is_no_traceback(synced):
    """Exit code 5, and the file is left as it is."""
    path = synced.folder / "notes.db"
    path.write_bytes(b"these are my notes, not a database" * 50)
    done = synced.run("status", "--database", f"sqlite:///{path}")
    assert (done.code, done.out, done.err.count("\n")) == (5, "", 1)
    assert path.read_bytes().startswith(b"these are my notes")


def test_check_tells_a_wrong_secret_from_one_that_works(desk):
    """Exit code 4 and what to look at; each gateway by its name, and nobody behind it is called."""
    assert desk.run("check", "--json").code == 0
    calls = len(desk.right.transport.calls)
    desk.environ["FAKE_SECRET"] = "wrong"
    done = desk.run("check", "--json")
    wrong = [one for one in done.json["findings"] if one["level"] == "error"]
    assert (done.code, [one["resource"] for one in wrong]) == (4, ["left-gateway", "right-gateway"])
    assert all("Check token_url, the client id, the secret" in one["text"] for one in wrong)
    assert {raw.url.rpartition("/")[2] for raw in desk.right.transport.calls[calls:]} == {"token"}


JSON = (
    ("check",), ("plan", BOND), ("sync", BOND), ("status",), ("status", BOND), ("journal", BOND),
    ("explain", BOND, "1", "--side", "left"), ("retry", BOND), ("sync", "nope"), ("sync",),
)  # fmt: skip


@pytest.mark.parametrize("arguments", JSON, ids=" ".join)
def test_json_is_one_document_and_nothing_else(synced, arguments):
    """Also where the command fails; whatever the terminal's encoding is."""
    done = synced.run(*arguments, "--json", environ={"PYTHONIOENCODING": "latin-1"})
    assert isinstance(done.json, dict)
    assert done.err == ""


def test_a_terminal_without_our_characters_gets_others(synced):
    """An arrow that latin-1 does not have is no reason to fail."""
    synced.left.system.person_edits("1", title="→ edited")
    done = synced.run("plan", BOND, environ={"PYTHONIOENCODING": "latin-1"})
    assert (done.code, done.err) == (0, "")
    assert "title: right incident 0 ? ? edited" in done.out


def test_a_reader_that_goes_away_is_no_error(synced):
    """``ebond journal | head -1`` says nothing on standard error."""
    command = f"{EBOND} journal {BOND} --limit 1000 | head -1"
    done = subprocess.run(
        command, shell=True, env=synced.environ, capture_output=True, text=True, check=False, timeout=600
    )  # fmt: skip
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)


@pytest.mark.parametrize("environ", [{}, {"NO_COLOR": "1"}], ids=["colour", "NO_COLOR"])
def test_colour_comes_on_a_terminal_only_and_not_against_ones_will(synced, environ):
    """Green on a terminal; none with NO_COLOR; none in a pipe."""
    reader, writer = os.openpty()
    environment = {**synced.environ, "TERM": "xterm", **environ}
    subprocess.run([EBOND, "status"], env=environment, stdout=writer, check=True, timeout=600)
    os.close(writer)
    assert ("\x1b[32m" in os.read(reader, 10_000).decode()) is (not environ)
    os.close(reader)
    assert "\x1b" not in synced.run("status").out


@pytest.fixture
def held_up(synced):
    """A sync that hangs in its first write to the right; ``go`` lets it go on."""
    entered, go = Event(), Event()

    def wait(raw):
        if writes(raw):
            entered.set()
            go.wait(30)

    for number in range(3):
        synced.left.system.person_creates({"title": f"new {number}", "status": "new"})
    synced.right.faults.before = wait
    process = synced.start("sync", BOND)
    assert entered.wait(60)
    yield synced, process, go
    go.set()
    process.kill()
    process.communicate()


def test_a_bond_that_is_being_worked_on_is_left_alone(held_up):
    """The second sync says who works on it; status says so too; the first one ends well."""
    desk, process, go = held_up
    second = desk.run("sync", BOND)
    assert second.code == 2
    assert re.match(r"error: bond fake-bond is being worked on by another process", second.err)
    (bond,) = desk.run("status", "--json").json["bonds"]
    assert (bond["state"], bond["worker"].startswith(f"pid {process.pid} on ")) == ("running", True)
    go.set()
    assert process.wait(60) == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_an_interrupted_sync_ends_in_a_line_and_the_next_one_goes_on(held_up, number, code):
    """What is under way is finished, nothing is lost and nothing doubled."""
    desk, process, go = held_up
    process.send_signal(number)
    go.set()
    out, err = process.communicate(timeout=600)
    desk.right.faults.clear()
    assert (process.returncode, out) == (code, "")
    assert err == "interrupted: whatever was under way is finished or will be; run it again to go on\n"
    assert desk.run("status", "--json").json["bonds"][0]["state"] == "interrupted"
    assert desk.run("sync", BOND).code == 0
    titles = sorted(desk.right.system.values(one)["title"] for one in desk.right.system.ids())
    assert titles == ["incident 0", "incident 1", "incident 2", "new 0", "new 1", "new 2"]


def test_a_killed_sync_is_gone_on_with(held_up):
    """kill -9: the bond is free again at once, and each record is made once."""
    desk, process, go = held_up
    process.kill()
    process.wait(60)
    go.set()
    desk.right.faults.clear()
    assert desk.run("status", "--json").json["bonds"][0]["state"] == "interrupted"
    assert desk.run("sync", BOND).code in (0, 1)
    assert desk.run("sync", BOND).code == 0
    titles = sorted(desk.right.system.values(one)["title"] for one in desk.right.system.ids())
    assert titles == ["incident 0", "incident 1", "incident 2", "new 0", "new 1", "new 2"]


def test_python_m_ebond_is_the_same_command(desk):
    """Where the script is not on the path."""
    done = subprocess.run(
        [sys.executable, "-m", "ebond", "--version"], capture_output=True, text=True, check=True, timeout=600
    )
    assert done.stdout == desk.run("--version").out


def test_help_shows_every_command_in_its_group(desk):
    """With examples and the exit codes."""
    out = desk.run("--help").out
    for word in ("A first bond", "Every day", "When something waits for you", "resolve", "Examples:", "Exit codes:"):
        assert word in out
