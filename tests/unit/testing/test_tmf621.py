"""The fake of a TMF621 API has the habits of versions 4 and 5, and shows what their descriptions say."""

from __future__ import annotations

import orjson
import pytest

from ebond.testing.clock import ManualClock
from ebond.testing.tmf621 import Tmf621
from tests.contract.api_description import description
from tests.unit.testing.calling import Caller

NEEDED = {"description": "d", "severity": "Minor", "ticketType": "incident"}
DESCRIBED = {
    4: "tmf/TMF621-TroubleTicket-v4.0.0.swagger.json",
    5: "tmf/TMF621-Trouble_Ticket-v5.0.1.oas.yaml",
}
EXTERNAL = {
    4: {"externalId": "e"},
    5: {"externalIdentifier": [{"owner": "o", "id": "e", "@type": "ExternalIdentifier"}]},
}


@pytest.fixture(params=[4, 5])
def there(request):
    return Tmf621(ManualClock(), version=request.param)


@pytest.fixture
def call(there):
    return Caller(there, "application/merge-patch+json")


def body(there, **more):
    return {**NEEDED, **more} if there.version == 4 else {"@type": "TroubleTicket", **NEEDED, **more}


def note(there, text, **more):
    return {"text": text, **more} if there.version == 4 else {"@type": "Note", "text": text, **more}


def test_what_it_shows_is_described(there, call):
    """Every attribute of a ticket, its notes and its history has a place in the API's description."""
    api = description(DESCRIBED[there.version])
    name = call("POST", "/troubleTicket", body(there, note=[note(there, "n", author="A")], **EXTERNAL[there.version]))[
        1
    ]["id"]
    there.person_edits(name, status="resolved", statusChangeReason="r")
    ticket, schema = call("GET", f"/troubleTicket/{name}")[1], api.operation("GET", "/troubleTicket/{id}").answer
    places = [f"/{key}" for key in ticket]
    places += [f"/{key}/0/{inner}" for key, value in ticket.items() if isinstance(value, list) for inner in value[0]]
    assert [place for place in places if not api.place(schema, place)] == []
    assert ticket["resolutionDate"] == ticket["statusChangeDate"] == ticket["lastUpdate"]


def test_a_patch_replaces_lists_whole(there, call):
    """Notes that are left out are gone; null removes; new notes get an id and a date."""
    name = there.person_opens(name="n", priority="High")
    there.person_says(name, "first")
    kept = there.tickets[name]["note"][0]
    patch = body(there, priority=None, note=[kept, note(there, "second", author="Me")])
    status, ticket = call("PATCH", f"/troubleTicket/{name}", patch)
    assert (status, "priority" in ticket, there.said(name)) == (200, False, [("Jo", "first"), ("Me", "second")])
    assert ticket["note"][1].keys() >= {"id", "date"}
    file = {"name": "a.txt", "content": "aGk=", "@type": "Attachment"}
    call("PATCH", f"/troubleTicket/{name}", body(there, note=[], attachment=[file]))
    assert there.tickets[name]["attachment"][0].keys() - file.keys() == {"id"}
    assert there.said(name) == []


@pytest.mark.parametrize(
    ("patch", "status"),
    [({"id": "x"}, 400), ({"lastUpdate": "x"}, 400), ({"status": "New"}, 400), ({"note": [{"author": "A"}]}, 400)],
)
def test_what_cannot_be_patched_is_refused(there, call, patch, status):
    """With the error object that the standard has."""
    found, error = call("PATCH", f"/troubleTicket/{there.person_opens()}", body(there, **patch))
    assert (found, error["code"], error["status"], set(error) >= {"reason", "message"}) == (status, "400", "400", True)


def test_version_5_wants_types_and_another_media_type_is_refused(there, call):
    """Version 4 does not care for ``@type``, and takes no JSON patch."""
    made = call("POST", "/troubleTicket", NEEDED)[0]
    said = call("PATCH", f"/troubleTicket/{there.person_opens()}", body(there, note=[{"text": "bare"}]))[0]
    assert (made, said) == ((201, 200) if there.version == 4 else (400, 400))
    call.media_type = "application/json-patch+json"
    name = there.person_opens()
    added = [
        {"op": "add", "path": "/note", "value": [note(there, "a")]},
        {"op": "add", "path": "/note/-", "value": note(there, "b")},
    ]
    assert call("PATCH", f"/troubleTicket/{name}", added[:1])[0] == {4: 415, 5: 200}[there.version]
    assert call("PATCH", f"/troubleTicket/{name}", added[1:])[0] == {4: 415, 5: 200}[there.version]
    assert [text for _, text in there.said(name)] == {4: [], 5: ["a", "b"]}[there.version]


def test_pages_say_how_many_there_are_and_whether_all_are_shown(there, call):
    """206 for a part; a filter by an attribute, alternatives with commas; what is no attribute is ignored."""
    for number in range(5):
        there.person_opens(name=f"n{number}", status=("held", "closed")[number % 2])
    part, whole = (call.raw("GET", f"/troubleTicket?{asked}") for asked in ("offset=2&limit=2", "status=held,closed"))
    counts = [(one.status, one.headers["x-total-count"], one.headers["x-result-count"]) for one in (part, whole)]
    assert counts == [(206, "5", "2"), (200, "5", "5")]
    assert len(call("GET", "/troubleTicket?status=closed&lastUpdate.gte=2099-01-01&none=1")[1]) == 2
    few = call("GET", "/troubleTicket?fields=name")[1][0]
    assert few.keys() - {"@type"} == {"id", "href", "name"}


def test_an_identifier_is_found(there, call):
    """By ``externalId``, or by a path into the list."""
    there.person_opens(name="other")
    name = there.person_opens(**EXTERNAL[there.version])
    asked = {4: "externalId=e", 5: "externalIdentifier.id=e"}[there.version]
    assert [one["id"] for one in call("GET", f"/troubleTicket?{asked}")[1]] == [name]


def test_a_ticket_that_has_ended_takes_notes_only(there, call):
    """Its status is the partner's last word."""
    name = there.person_opens(status="closed", **NEEDED)
    assert call("PATCH", f"/troubleTicket/{name}", body(there, status="inProgress"))[0] == 409
    assert call("PATCH", f"/troubleTicket/{name}", body(there, note=[note(there, "bye")]))[0] == 200


def test_a_hub_tells_listeners_of_what_they_asked_for(there, call):
    """Each change is told, one event for each kind, below the callback; a query narrows it."""
    heard = []
    there.hub.post = lambda where, content: heard.append((where, orjson.loads(content)["eventType"])) or 204
    first = call("POST", "/hub", {"callback": "https://a/x"})
    assert (first[0], call("POST", "/hub", {"callback": "https://a/x"})[0]) == (201, 409)
    call("POST", "/hub", {"callback": "https://b/y/", "query": "eventType=TroubleTicketDeleteEvent"})
    name = there.person_opens(name="n")
    there.person_edits(name, status="held", name="m")
    call("DELETE", f"/hub/{first[1]['id']}")
    call("DELETE", f"/troubleTicket/{name}")
    at = "https://a/x/listener/troubleTicket"
    assert heard == [
        (f"{at}CreateEvent", "TroubleTicketCreateEvent"),
        (f"{at}StatusChangeEvent", "TroubleTicketStatusChangeEvent"),
        (f"{at}AttributeValueChangeEvent", "TroubleTicketAttributeValueChangeEvent"),
        ("https://b/y/listener/troubleTicketDeleteEvent", "TroubleTicketDeleteEvent"),
    ]
    assert call("DELETE", f"/hub/{first[1]['id']}")[0] == 404


def test_a_partner_may_answer_later(there, call):
    """202 without a body, and the ticket is there."""
    there.later = True
    made = call.raw("POST", "/troubleTicket", body(there))
    assert (made.status, made.content, len(there.tickets)) == (202, b"", 1)
