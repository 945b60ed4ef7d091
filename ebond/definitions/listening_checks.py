"""Can what a system sends be received, told from forgeries, and led to a record?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ebond.definitions.listening import HmacVerify, Listening, Subscribe, Verify
from ebond.definitions.request_checks import check_placeholders
from ebond.definitions.system import Resource, System
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem

#: What ``ebond listen`` itself answers at.
TAKEN: Final = ("/livez", "/readyz")


def check_listening(system: System, resource: Resource, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with the webhook of a resource."""
    listening = resource.listen
    if listening is None:
        return
    at = spot.into("listen")
    if resource.read is None:
        yield at.fault("what is notified is read by id, and there is no 'read'")
    if listening.types and listening.type is None:
        yield at.fault("'types' needs 'type': where an event says what it is", "types")
    yield from _path(listening, at)
    yield from _verify(listening.verify, at.into("verify"))
    challenge = listening.challenge
    if challenge is not None and bool(challenge.tokens) != bool(challenge.token_query):
        yield at.fault(
            "'tokens' and 'token_query' go together: the word, and the parameter that carries it", "challenge"
        )
    if listening.subscribe is not None:
        yield from _subscribe(listening.subscribe, system.verbs, at.into("subscribe"))


def check_paths(systems: Mapping[str, System], spots: Mapping[str, Spot]) -> Iterator[Problem]:
    """Yield paths of webhooks that lie one below the other: nobody could tell whose a notification is."""
    met: dict[str, str] = {}
    for name, system in systems.items():
        for resource_name, resource in system.resources.items():
            if resource.listen is None:
                continue
            path, here = resource.listen.path, f"{name}/{resource_name}"
            other = next((owner for one, owner in met.items() if is_below(path, one) or is_below(one, path)), None)
            if other is not None:
                at = ("resources", resource_name, "listen", "path")
                yield spots[name].fault(f"this path belongs to {other}", *at, todo="give each a path of its own")
            met[path] = here


def is_below(path: str, root: str) -> bool:
    """Is a path this one, or below it?"""
    return path == root or path.startswith(root.rstrip("/") + "/")


def _path(listening: Listening, spot: Spot) -> Iterator[Problem]:
    yield from check_placeholders(spot, "path", listening.path)
    if "?" in listening.path or listening.path.strip("/") == "":
        yield spot.fault("a path of its own goes here, without a query", "path", todo="write /notify/NAME")
    elif any(is_below(listening.path, taken) or is_below(taken, listening.path) for taken in TAKEN):
        yield spot.fault(f"{' and '.join(TAKEN)} are ebond's own", "path", todo="write /notify/NAME")


def _verify(verify: Verify, spot: Spot) -> Iterator[Problem]:
    if not isinstance(verify, HmacVerify):
        return
    yield from check_placeholders(spot, "signed", verify.signed, "timestamp", "body")
    if "{body}" not in verify.signed:
        yield spot.fault("a signature that does not cover the body proves nothing", "signed", todo="write {body}")
    if ("{timestamp}" in verify.signed) != (verify.signed_at is not None):
        yield spot.fault(
            "'signed_at' and {timestamp} go together: a time that is not signed proves nothing",
            "signed",
            todo='give both: signed: "{timestamp}.{body}" and signed_at: {header: …}',
        )


def _subscribe(subscribe: Subscribe, verbs: Sequence[str], spot: Spot) -> Iterator[Problem]:
    yield from check_placeholders(spot, "path", subscribe.path)
    yield from check_placeholders(spot, "body", subscribe.body, "callback")
    if not any("{callback}" in text for text in subscribe.body.values()):
        yield spot.fault("nothing says where to notify us", "body", todo='give callback: "{callback}"')
    remove, wanted = subscribe.remove, [("path", "POST")]
    if remove is not None:
        wanted.append(("remove", remove.method))
        yield from check_placeholders(spot.into("remove"), "path", remove.path, "id")
        if "{id}" not in remove.path:
            yield spot.fault("nothing says which subscription", "remove", "path", todo="put {id} into the path")
    for key, verb in wanted:
        if verb not in verbs:
            yield spot.fault(f"the contract does not allow {verb}", key, todo=f"it allows {', '.join(verbs)}")
