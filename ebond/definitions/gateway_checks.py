"""Is a gateway's definition whole, and does it keep its secrets?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from ebond.definitions.answers import ErrorMatch, ErrorRule
from ebond.definitions.auth import Login, OAuth2
from ebond.definitions.gateway import Gateway, Quota
from ebond.definitions.request_checks import check_headers, check_plain, check_query, check_regex
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem

#: What each kind of proof needs besides the client's id.
_PROOFS: Final = {
    "basic": "client_secret",
    "body": "client_secret",
    "private_key_jwt": "key",
}


def check_gateway(gateway: Gateway, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with a gateway."""
    yield from _urls(gateway, spot)
    if isinstance(gateway.auth, OAuth2):
        yield from _oauth(gateway.auth, spot.into("auth"))
        if gateway.auth.client_auth == "tls" and gateway.tls.client_cert is None:
            yield spot.fault("client_auth 'tls' needs 'tls.client_cert'", "auth", "client_auth")
    if isinstance(gateway.auth, Login):
        yield from _login(gateway.auth, spot.into("auth"))
    yield from _certificate(gateway, spot.into("tls"))
    yield from check_headers(spot, gateway.headers, gateway.secret_headers)
    yield from check_query(spot, gateway.query, gateway.secret_query)
    yield from check_quota(gateway.quota, spot)
    yield from check_rules(gateway.errors, spot)


def _urls(gateway: Gateway, spot: Spot) -> Iterator[Problem]:
    if urlsplit(gateway.base_url).query:
        yield spot.fault("the base URL has a query", "base_url", todo="give it under 'query'")
    urls: list[tuple[tuple[str, ...], str]] = [(("base_url",), gateway.base_url)]
    if isinstance(gateway.auth, OAuth2):
        urls.append((("auth", "token_url"), gateway.auth.token_url))
    if isinstance(gateway.auth, Login):
        urls.append((("auth", "url"), gateway.auth.url))
    for path, url in urls:
        if _readable(url) and not gateway.tls.plain_http:
            yield spot.fault(
                "http:// sends credentials and records readable for everybody on the way",
                *path,
                todo="use https://, or say `tls: {plain_http: true}` where the network itself encrypts",
            )


def _readable(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost" or host.endswith(".localhost")
    return parts.scheme == "http" and not local


def _oauth(auth: OAuth2, spot: Spot) -> Iterator[Problem]:
    needed = _PROOFS.get(auth.client_auth)
    if needed is not None and getattr(auth, needed) is None:
        yield spot.fault(f"client_auth {auth.client_auth!r} needs {needed!r}", "client_auth")
    for key in ("client_secret", "key"):
        if key != needed and getattr(auth, key) is not None:
            todo = "remove it, or name the client_auth that uses it"
            yield spot.fault(f"client_auth {auth.client_auth!r} does not use {key!r}", key, key=True, todo=todo)
    if auth.client_auth != "basic" and spot.says("basic_encoding"):
        yield spot.fault("'basic_encoding' is for client_auth 'basic'", "basic_encoding", key=True)
    yield from check_headers(spot, auth.headers, auth.secret_headers)
    yield from check_plain(spot, "params", auth.params, by_reference="secret_params")
    yield from check_plain(spot, "query", auth.query, by_reference="secret_params")
    for name in ("grant_type", "client_id", "client_secret", "scope"):
        if name in auth.params or name in auth.secret_params:
            key = "params" if name in auth.params else "secret_params"
            yield spot.fault(
                f"{name!r} is written by ebond itself", key, name, key=True, todo="see 'scopes', 'client_id'"
            )


def _login(auth: Login, spot: Spot) -> Iterator[Problem]:
    if auth.body == "none" and (auth.params or auth.secret_params):
        key = "params" if auth.params else "secret_params"
        yield spot.fault("body 'none' holds nothing", key, key=True, todo="say body: form or body: json")
    if auth.method == "GET" and auth.body != "none":
        yield spot.fault("a GET has no body", "method", todo="say body: none, and give what it wants under 'headers'")
    named = auth.answer.at in ("header", "cookie")
    if named and auth.answer.name is None:
        yield spot.fault(f"a token in a {auth.answer.at} needs 'name'", "answer", "at")
    for key, used in (("name", named), ("token", auth.answer.at == "json")):
        if not used and spot.says("answer", key):
            yield spot.fault(f"a token at {auth.answer.at!r} does not use {key!r}", "answer", key, key=True)
    for key in ("header", "prefix"):
        if auth.query_param is not None and spot.says(key):
            yield spot.fault(f"a token in a query parameter does not use {key!r}", key, key=True, todo="remove it")
    for name in auth.secret_params:
        if name in auth.params:
            yield spot.fault(f"{name!r} stands in 'params', too", "secret_params", name, key=True, todo="keep one")
    yield from check_headers(spot, auth.headers, auth.secret_headers)
    yield from check_plain(spot, "params", auth.params, by_reference="secret_params")
    yield from check_plain(spot, "query", auth.query, by_reference="secret_params")


def _certificate(gateway: Gateway, spot: Spot) -> Iterator[Problem]:
    key = gateway.tls.client_key
    if key is not None and gateway.tls.client_cert is None:
        yield spot.fault("'client_key' is the key of a 'client_cert', and there is none", "client_key", key=True)
    if key is not None and key.kind != "file":
        yield spot.fault("the key has to be a file", "client_key", todo="write file:PATH")


def check_quota(quota: Iterable[Quota], spot: Spot) -> Iterator[Problem]:
    """Yield windows that are given twice, or that another one makes meaningless."""
    met: dict[float, int] = {}
    for index, window in enumerate(quota):
        if window.per in met:
            yield spot.fault("this window is given twice", "quota", index, todo="keep the smaller number of calls")
        met[window.per] = index


def check_rules(rules: Iterable[ErrorRule], spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with rows of the outcome table."""
    for index, rule in enumerate(rules):
        at = spot.into("errors", index, "when")
        if rule.when == ErrorMatch():
            yield at.fault(
                "this matches every answer", todo="say what the answer looks like: status, header, body, text"
            )
        for name, pattern in rule.when.header.items():
            yield from check_regex(at, pattern, "header", name)
        for pointer, value in rule.when.body.items():
            if isinstance(value, str):
                yield from check_regex(at, value, "body", pointer)
        yield from check_regex(at, rule.when.text or "", "text")
