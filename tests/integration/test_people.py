"""People and duplicates between Roundup, which names both by numbers of its own, and collections in Kinto."""

from __future__ import annotations

import pytest

from tests.integration.deal import Deal

KINTO = """
  person:
    id: /id
    list: {path: /people/records, records: /data, paging: {kind: header_url, header: Next-Page, size_param: _limit}}
    read: {path: "/people/records/{id}", record: /data}
    search: {login: {params: {login: "{value}"}}}
    fields:
      login: {path: /login}
"""
RULES = """
fields:
  - left: assignedto
    right: handler
    lookup: {left: {resource: user, by: username}, right: {resource: person, by: login}}
  - {left: superseder, right: duplicate_of, link: {}}
"""


@pytest.fixture
def staffed(deal: Deal) -> Deal:
    """The two companies, who have agreed on handlers and duplicates as well."""
    deal.define("systems", "category,site,reported", "category,site,reported,assignedto,superseder")
    assigned = """
      assignedto: {path: /assignedto/id, write_path: /assignedto, empty: text}
      superseder: {path: /superseder/0/id, write_path: /superseder, empty: text}
"""
    deal.define("systems", "      site: {path: /site", assigned.lstrip("\n") + "      site: {path: /site")
    last = "      ebond_id: {path: /ebond_id}\n"
    named = "      handler: {path: /handler}\n      duplicate_of: {path: /duplicate_of}\n"
    deal.define("systems", last, last + named + KINTO.lstrip("\n"))
    deal.define("mapping", "\nfields:\n", RULES)
    return deal


def test_handlers_and_duplicates_cross_both_ways(staffed: Deal) -> None:
    """An account here is the account of that name there, an issue's duplicate that of its document; once, and quiet."""
    deal = staffed
    alice, carol = deal.partner.hire("alice"), deal.partner.hire("carol")
    first = deal.file_issue()
    second = deal.file_issue(assignedto="alice", superseder=first)
    assert deal.sync().ok
    document = deal.partner.show(deal.partner_of(second))
    assert (document["handler"], document["duplicate_of"]) == (alice, deal.partner_of(first))
    deal.partner.edit(document["id"], {"handler": carol, "duplicate_of": None})
    assert deal.sync().ok
    issue = deal.roundup.show(second)
    assert (issue["assignedto"]["username"], issue["superseder"]) == ("alice", [])
    assert deal.held() == [("unknown", "assignedto")]
    deal.partner.edit(document["id"], {"handler": alice, "duplicate_of": deal.partner_of(first)})
    for _ in range(2):
        assert deal.sync().ok
    issue = deal.roundup.show(second)
    assert ([one["id"] for one in issue["superseder"]], deal.held()) == ([first], [])
    deal.quiet()


def test_check_looks_somebody_up_on_each_side(staffed: Deal) -> None:
    """`ebond check` finds an account by its name, and reads it by its id."""
    staffed.partner.hire("alice")
    staffed.file_issue()
    assert staffed.sync().ok
    _, found = staffed.cli("check")
    assert {(one["resource"], one["text"]) for one in found["findings"] if one["level"] == "ok"} >= {
        ("acme-itsm/user", "a record is found by its 'username'"),
        ("acme-itsm/user", "a read by id shows its 'username'"),
        ("partner-desk/person", "a record is found by its 'login'"),
        ("partner-desk/person", "a read by id shows its 'login'"),
    }
