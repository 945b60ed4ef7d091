"""Is a system's contract whole?"""

from __future__ import annotations

from collections.abc import Iterator

from ebond.definitions.attachment_checks import check_attachments
from ebond.definitions.auth import Auth, Login
from ebond.definitions.child_checks import OPEN
from ebond.definitions.children import child_resources, file_resources
from ebond.definitions.comment_checks import check_comments
from ebond.definitions.gateway_checks import check_quota, check_rules
from ebond.definitions.known import Known
from ebond.definitions.nearest import nearest
from ebond.definitions.parents import of_file, of_parent
from ebond.definitions.request_checks import check_headers, check_placeholders, check_query
from ebond.definitions.resource_checks import check_resource
from ebond.definitions.system import System
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem


def _auth_of(system: System, known: Known) -> Auth | None:
    gateway = known.definitions.gateways.get(system.gateway)
    return None if gateway is None else gateway.auth


def check_system(system: System, known: Known, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with a system."""
    gateways = known.definitions.gateways
    if system.gateway == OPEN:
        yield spot.fault("the key 'gateway' is missing", todo=nearest("", gateways))
    else:
        yield from known.missing("gateway", system.gateway, gateways, spot, "gateway")
    yield from check_headers(spot, system.headers, system.secret_headers)
    yield from check_query(spot, system.query, system.secret_query)
    if system.csrf is not None:
        yield from check_placeholders(spot.into("csrf"), "path", system.csrf.path)
        if "GET" not in system.verbs:
            yield spot.fault("the token is asked for by GET, which the contract does not allow", "csrf")
        if isinstance(auth := _auth_of(system, known), Login) and auth.header.lower() == "cookie":
            yield spot.fault("the gateway's login sends a cookie of its own with every call", "csrf")
    yield from check_quota(system.quota, spot)
    yield from check_rules(system.errors, spot)
    yield from check_placeholders(spot, "base_path", system.base_path)
    if "?" in system.base_path:
        yield spot.fault("the base path has a query", "base_path", todo="give it under 'query'")
    if not system.resources:
        yield spot.fault("a contract without resources allows nothing", "resources")
    children, files = child_resources(system), file_resources(system)
    for name, resource in system.resources.items():
        at = spot.into("resources", name)
        # To a comment's or file's resource {parent} means something, and to no other; to a file's some more.
        plain = of_parent(resource, "") if name in children else resource
        yield from check_resource(system, of_file(plain, name="", type="", size="") if name in files else plain, at)
        yield from check_comments(system, resource, at.into("comments"))
        yield from check_attachments(system, resource, at.into("attachments"))
