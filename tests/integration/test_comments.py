"""Comments between Roundup, where one is a message of two calls, and a collection of comments in Kinto."""

from __future__ import annotations

from typing import Any

import pytest

from ebond.testing.faults import lose_answer
from tests.integration.deal import Deal
from tests.integration.kinto_talk import let_kinto_talk


@pytest.fixture
def talking(deal: Deal) -> Deal:
    """The two companies, who have agreed to exchange comments as well."""
    deal.define("systems", "category,site,reported", "category,site,reported,messages")
    let_kinto_talk(deal, "systems")
    deal.define("mapping", "\nfields:\n", "\ncomments: {to_left: {template: '{author}: {text}'}}\nfields:\n")
    return deal


def test_comments_cross_once_and_in_order(talking: Deal) -> None:
    """Both sides comment: each comment stands on both sides once, internal ones only where they were made."""
    issue, document = talking.pair()
    talking.roundup.add_message(issue, "We look into it")
    talking.roundup.add_message(issue, "It was the fuse")
    talking.partner.comment(document, "Any news?")
    talking.partner.comment(document, "They are slow", internal=True)
    for _ in range(4):
        assert talking.sync().ok
    theirs = [(one["text"], one["author"]) for one in talking.partner.comments(document)]
    assert theirs == [
        ("Any news?", "bob"),
        ("They are slow", "bob"),
        ("We look into it", "alice"),
        ("It was the fuse", "alice"),
    ]
    assert talking.roundup.messages(issue) == ["We look into it", "It was the fuse", "bob: Any news?"]
    with talking.counting() as made:
        assert talking.sync().ok
    assert [call.raw.method for call in made] == ["GET", "GET", "GET"]


@pytest.mark.parametrize("lost", range(5))
def test_a_lost_answer_doubles_no_comment(talking: Deal, lost: int) -> None:
    """The answer to one of the writes is lost after it was done: each comment stands there once all the same."""
    issue, document = talking.pair()
    talking.roundup.add_message(issue, "It was the fuse")
    talking.partner.comment(document, "Any news?")
    before = iter(range(lost, -1, -1))
    loses = lambda raw: raw.method != "GET" and "/oauth/" not in raw.url and next(before, -1) == 0  # noqa: E731
    talking.proxy.faults.next(lose_answer, when=loses)
    for _ in range(5):
        talking.sync(after=4000)
    assert [one["text"] for one in talking.partner.comments(document)] == ["Any news?", "It was the fuse"]
    assert talking.roundup.messages(issue) == ["It was the fuse", "bob: Any news?"]


def test_explain_tells_what_became_of_each(talking: Deal) -> None:
    """`ebond explain` names every comment with its state, its counterpart and the reason."""
    issue, document = talking.pair()
    talking.roundup.add_message(issue, "It was the fuse")
    kept = talking.partner.comment(document, "They are slow", internal=True)
    assert talking.sync().ok
    copy = next(one["id"] for one in talking.partner.comments(document) if one["text"] == "It was the fuse")
    _, told = talking.cli("explain", talking.bond, issue, "--side", "left")
    assert [(one["side"], one["state"], one["as"], one["why"]) for one in told["comments"]] == [
        ("left", "carried", copy, ""),
        ("right", "kept", None, "it is internal, and the mapping lets none leave"),
    ]
    assert told["comments"][1]["comment"] == kept


def test_check_compares_the_definition_with_real_comments(talking: Deal) -> None:
    """`ebond check` reads a comment on each side, and says which pointer leads nowhere."""
    issue, document = talking.pair()
    talking.roundup.add_message(issue, "It was the fuse")
    talking.partner.comment(document, "Any news?")
    _, good = talking.cli("check")  # people write no time into Kinto's comments
    talking.define("systems", "text: {path: /text, required: true}", "text: {path: /texts, required: true}")
    _, bad = talking.cli("check")
    assert told(good) == [
        ("acme-itsm/issue", "ok", "1 of 1 comments have a text at '/content'"),
        ("partner-desk/record", "ok", "1 of 1 comments have a text at '/text'"),
        ("partner-desk/record", "warn", "no comment shows 'made' at '/made'"),
    ]
    assert told(bad)[1] == ("partner-desk/record", "error", "0 of 1 comments have a text at '/texts'")


def told(check: dict[str, Any]) -> list[tuple[str, str, str]]:
    findings = [(one["resource"], one["level"], one["text"]) for one in check["findings"]]
    return [one for one in findings if "comment" in one[2]]
