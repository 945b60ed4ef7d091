"""The fake of a MEF 124 seller has the habits of the standard, and shows what its description says."""

from __future__ import annotations

import orjson
import pytest

from ebond.testing.clock import ManualClock
from ebond.testing.mef124 import Mef124
from tests.contract.api_description import description
from tests.unit.testing.calling import Caller

CONTACT = {"role": "reporterContact", "name": "Bo", "number": "1", "emailAddress": "bo@example.com"}
NEEDED = {
    "description": "d",
    "observedImpact": "down",
    "priority": "low",
    "severity": "minor",
    "ticketType": "assistance",
    "relatedContactInformation": [CONTACT],
    "relatedEntity": [{"id": "p", "role": "affected", "@referredType": "Product"}],
}
NOTE = {"id": "b1", "author": "Bo", "date": "2026-11-24T12:00:00Z", "source": "buyer", "text": "hello"}


@pytest.fixture
def seller():
    return Mef124(ManualClock())


@pytest.fixture
def call(seller):
    return Caller(seller, "application/json;charset=utf-8")


@pytest.fixture
def ticket(call):
    return call("POST", "/troubleTicket", {**NEEDED, "externalId": "e"})[1]["id"]


def places(document):
    """Return the pointers of all that a document shows, of lists the first member."""
    for key, value in document.items():
        yield f"/{key}"
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield from (f"/{key}/0/{inner}" for inner in value[0])


def test_what_it_shows_is_described(seller, call, ticket):
    """The whole ticket by id, and a part of it in the list."""
    api = description("mef/troubleTicketManagement.api.yaml")
    seller.seller_says(ticket, "n")
    seller.seller_moves(ticket, "resolved")
    whole, (row,) = call("GET", f"/troubleTicket/{ticket}")[1], call("GET", "/troubleTicket")[1]
    shown = [(whole, api.operation("GET", "/troubleTicket/{id}").answer, "")]
    shown += [(row, api.operation("GET", "/troubleTicket").answer, "/0")]
    for document, schema, before in shown:
        assert [place for place in places(document) if not api.place(schema, before + place)] == []
    assert ("note" in whole, "note" in row) == (True, False)


@pytest.mark.parametrize(
    ("change", "code", "at"),
    [
        ({"severity": None}, "missingProperty", "/severity"),
        ({"status": "inProgress"}, "unexpectedProperty", "/status"),
        ({"priority": "P1"}, "invalidValue", "/priority"),
        ({"relatedContactInformation": [{**CONTACT, "role": "x"}]}, "missingProperty", "/relatedContactInformation"),
        ({"note": [{**NOTE, "source": "seller"}]}, "invalidValue", "/note/source"),
        ({"note": [{**NOTE, "date": ""}]}, "missingProperty", "/note/date"),
    ],
)
def test_a_create_that_lacks_something_is_refused(call, change, code, at):
    """By 422 and a list of what is wrong, each with its place."""
    status, errors = call("POST", "/troubleTicket", {**NEEDED, **change})
    assert (status, errors[0]["code"], errors[0]["propertyPath"]) == (422, code, at)


def test_the_status_is_never_patched_but_called_for(seller, call, ticket):
    """Each call has the states that it starts from; a reopening wants a reason."""
    at = f"/troubleTicket/{ticket}"
    assert call("PATCH", at, {"status": "closed"})[0] == 422
    assert call("POST", f"{at}/close")[0] == 422
    seller.seller_moves(ticket, "resolved")
    assert [call("POST", f"{at}/reopen", one)[0] for one in ({}, {"reason": "it is not"})] == [422, 204]
    assert (seller.tickets[ticket]["status"], call("POST", f"{at}/cancel")[0]) == ("reopened", 422)
    seller.seller_moves(ticket, "resolved")
    assert (call("POST", f"{at}/close")[0], call("POST", f"{at}/close")[0]) == (204, 422)


def test_a_cancellation_is_assessed_first(call, seller, ticket):
    """And nothing can be changed meanwhile."""
    assert call("POST", f"/troubleTicket/{ticket}/cancel")[0] == 204
    assert seller.tickets[ticket]["status"] == "assessingCancellation"
    assert call("PATCH", f"/troubleTicket/{ticket}", {"note": [NOTE]})[0] == 422


def test_notes_are_sent_whole_and_only_grow(seller, call, ticket):
    """One that is left out or changed is refused; so is one that is not the buyer's."""
    at = f"/troubleTicket/{ticket}"
    seller.seller_says(ticket, "what is it?")
    theirs = seller.tickets[ticket]["note"][0]
    assert call("PATCH", at, {"note": [NOTE]})[0] == 422
    assert call("PATCH", at, {"note": [{**theirs, "text": "other"}, NOTE]})[0] == 422
    assert call("PATCH", at, {"note": [theirs, NOTE]})[0] == 200
    assert seller.said(ticket) == [("Sal", "what is it?"), ("Bo", "hello")]


def test_a_change_of_priority_wants_a_word(call, ticket):
    """A note in the same patch."""
    at = f"/troubleTicket/{ticket}"
    assert [call("PATCH", at, one)[0] for one in ({"priority": "high"}, {"observedImpact": "degraded"})] == [422, 200]
    assert call("PATCH", at, {"priority": "high", "note": [NOTE]})[1]["priority"] == "high"


def test_an_answer_takes_a_pending_ticket_on(seller, call, ticket):
    """The buyer's patch is what the seller waited for."""
    seller.seller_moves(ticket, "pending")
    assert call("PATCH", f"/troubleTicket/{ticket}", {"note": [NOTE]})[1]["status"] == "inProgress"


def test_events_carry_an_id_and_tell_nothing_of_the_buyers_own(seller, call, ticket):
    """What the seller does is told, each kind under its name."""
    heard = []
    seller.hub.post = lambda where, content: heard.append((where, orjson.loads(content)["event"])) or 204
    made = call("POST", "/hub", {"callback": "https://b/y"})
    call("PATCH", f"/troubleTicket/{ticket}", {"observedImpact": "degraded"})
    seller.seller_moves(ticket, "inProgress")
    seller.seller_says(ticket, "n")
    seller.seller_moves(ticket, "pending")
    seller.seller_moves(ticket, "resolved")
    kinds = ("StatusChange", "AttributeValueChange", "InformationRequired", "Resolved")
    assert heard == [(f"https://b/y/listener/troubleTicket{kind}Event", {"id": ticket}) for kind in kinds]
    assert (call("GET", f"/hub/{made[1]['id']}")[0], call("DELETE", f"/hub/{made[1]['id']}")[0]) == (200, 204)


def test_a_seller_may_have_no_incidents(call):
    """The standard lets him say so."""
    assert call("GET", "/incident") == (501, {"code": "notImplemented", "reason": "GET /incident"})


def test_a_page_may_be_shorter_than_what_was_asked_for(seller, call):
    """Then it says so; filters know no last change."""
    for number in range(3):
        call("POST", "/troubleTicket", {**NEEDED, "externalId": f"e{number}"})
    seller.largest = 2
    answer = call.raw("GET", "/troubleTicket?limit=9")
    assert [answer.headers[f"x-{name}"] for name in ("total-count", "result-count", "pagination-throttled")] == [
        "3",
        "2",
        "true",
    ]
    assert [one["id"] for one in call("GET", "/troubleTicket?externalId=e1&lastUpdate.gt=2099")[1]] == ["TT-00002"]
