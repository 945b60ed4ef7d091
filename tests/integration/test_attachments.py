"""Files between Roundup, where one is a form and a second call, and a collection of Kinto's, in base64."""

from __future__ import annotations

import pytest

from ebond.testing.faults import lose_answer
from tests.integration.deal import Deal
from tests.integration.kinto_files import let_kinto_keep_files

#: More than one piece, every byte, and no multiple of 3.
LONG = bytes(range(256)) * 600 + b"."


@pytest.fixture
def sharing(deal: Deal) -> Deal:
    """The two companies, who have agreed to exchange files as well."""
    deal.define("systems", "category,site,reported", "category,site,reported,files")
    let_kinto_keep_files(deal, "systems")
    deal.define("mapping", "\nfields:\n", "\nattachments: {}\nfields:\n")
    return deal


def test_files_cross_once(sharing: Deal) -> None:
    """Both sides attach files: each stands on both sides once, byte for byte, and a quiet run asks for none."""
    issue, document = sharing.pair()
    sharing.roundup.attach(issue, "trace.bin", LONG, "application/octet-stream")
    sharing.roundup.attach(issue, "Skizze ü (2).txt", b"\r\n--\r\n", "text/plain")
    sharing.partner.attach(document, "photo.png", b"\x89PNG\r\n\x1a\n", "image/png")
    for _ in range(4):
        assert sharing.sync().ok
    wanted = [("trace.bin", LONG), ("Skizze ü (2).txt", b"\r\n--\r\n"), ("photo.png", b"\x89PNG\r\n\x1a\n")]
    assert sorted(sharing.roundup.files(issue)) == sorted(sharing.partner.files(document)) == sorted(wanted)
    sharing.quiet()
    _, checked = sharing.cli("check")
    told = [one for one in map(str, checked["findings"]) if "attachments have a name" in one]
    assert len(told) == 2, checked


@pytest.mark.parametrize("lost", range(4))
def test_a_lost_answer_doubles_no_file(sharing: Deal, lost: int) -> None:
    """The answer to one of the writes is lost after it was done: each file stands there once all the same."""
    issue, document = sharing.pair()
    sharing.roundup.attach(issue, "ours.txt", b"ours", "text/plain")
    sharing.partner.attach(document, "theirs.txt", b"theirs", "text/plain")
    before = iter(range(lost, -1, -1))
    loses = lambda raw: raw.method != "GET" and "/oauth/" not in raw.url and next(before, -1) == 0  # noqa: E731
    sharing.proxy.faults.next(lose_answer, when=loses)
    for _ in range(5):
        sharing.sync(after=4000)
    wanted = [("ours.txt", b"ours"), ("theirs.txt", b"theirs")]
    assert (sorted(sharing.roundup.files(issue)), sorted(sharing.partner.files(document))) == (wanted, wanted)


def test_what_cannot_go_is_told(sharing: Deal) -> None:
    """A file that is too large and one that is not taken are set aside with the reason; the title goes on."""
    issue, document = sharing.pair()
    sharing.roundup.attach(issue, "dump.bin", bytes(250_000), "application/octet-stream")
    sharing.roundup.attach(issue, "setup.exe", b"MZ", "application/octet-stream")
    sharing.roundup.edit(issue, {"title": "The dump is too large"})
    for _ in range(2):
        assert sharing.sync().ok
    _, status = sharing.cli("status", sharing.bond)
    reasons = {one["name"]: one["reason"] for one in status["bonds"][0]["details"]["files"]}
    assert reasons == {
        "dump.bin": "it is larger than 200KB",
        "setup.exe": "files whose names end in exe are not taken",
    }
    assert sharing.partner.show(document)["summary"] == "The dump is too large"
    _, told = sharing.cli("explain", sharing.bond, issue, "--side", "left")
    assert {one["name"]: (one["state"], one["why"]) for one in told["files"]} == {
        name: ("held", reason) for name, reason in reasons.items()
    }
