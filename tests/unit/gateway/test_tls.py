"""TLS to real servers: whom ebond trusts, and how it shows who it is."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from ebond.definitions.gateway import Gateway
from ebond.errors import SecretError
from ebond.gateway.tls import tls_context
from ebond.gateway.transport import HttpxTransport
from ebond.gateway.wire import Raw, TransportFailure
from ebond.secrets import Secret, SecretRef
from tests.unit.gateway.certificates import authority, issued, server_context
from tests.unit.gateway.peer import HOST, Peer, answer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a private authority, a server, clients, and everything that may be wrong with those."""
    folder = tmp_path_factory.mktemp("tls")
    ca, stranger = authority(), authority("Another CA")
    ca.write(folder, "ca")
    stranger.write(folder, "stranger")
    issued(ca, "gateway").write(folder, "server")
    issued(ca, "elsewhere", host=False).write(folder, "elsewhere")
    issued(ca, "gateway", days=-1).write(folder, "expired")
    issued(ca, "our client").write(folder, "client")
    issued(ca, "our client").write(folder, "locked", password=b"pass phrase")
    issued(stranger, "another client").write(folder, "other")
    both = (folder / "client.pem").read_bytes() + (folder / "client.key").read_bytes()
    (folder / "both.pem").write_bytes(both)
    (folder / "rubbish.pem").write_text("-----BEGIN CERTIFICATE-----\nrubbish\n")
    return folder


def gateway(**tls: str) -> Gateway:
    document = {"version": 1, "gateway": "g", "base_url": "https://g.test", "auth": {"kind": "none"}}
    return Gateway.model_validate({**document, "tls": tls})


def resolve(reference: SecretRef) -> Secret:
    return Secret(reference.name)


@contextmanager
def carrier(folder: Path, **tls: str) -> Iterator[HttpxTransport]:
    transport = HttpxTransport.for_gateway(gateway(**tls), resolve=resolve, folder=folder)
    try:
        yield transport
    finally:
        transport.close()


def failure(folder: Path, url: str, **tls: str) -> TransportFailure:
    with carrier(folder, **tls) as transport, pytest.raises(TransportFailure) as raised:
        transport.send(Raw("POST", f"{url}/x", {"Authorization": "Bearer s3cret"}, b"{}"))
    return raised.value


def test_private_authority(folder: Path) -> None:
    """A server of a private authority is trusted where the definition names that authority."""
    with Peer(answer(b"7"), context=server_context(folder, "server")) as peer, carrier(folder, ca="ca.pem") as own:
        came = [own.send(Raw("GET", f"{peer.url}/x")).content for _ in range(2)]
    assert (came, peer.connections) == ([b"7", b"7"], 1)


UNTRUSTED: list[tuple[str, str, dict[str, str], str]] = [
    ("no authority named", "server", {}, "unable to get local issuer certificate"),
    ("another authority", "server", {"ca": "stranger.pem"}, "unable to get local issuer certificate"),
    ("expired", "expired", {"ca": "ca.pem"}, "certificate has expired"),
    ("for another host", "elsewhere", {"ca": "ca.pem"}, "certificate is not valid for '127.0.0.1'"),
]


@pytest.mark.parametrize(("server", "tls", "why"), [row[1:] for row in UNTRUSTED], ids=[row[0] for row in UNTRUSTED])
def test_untrusted_server(folder: Path, server: str, tls: dict[str, str], why: str) -> None:
    """A certificate that does not verify stops everything before a byte of the call is sent, and says why."""
    with Peer(answer(), context=server_context(folder, server)) as peer:
        failed = failure(folder, peer.url, **tls)
    assert (failed.sent, failed.lasting, peer.requests) == (False, True, [])
    assert failed.message.startswith("the server's certificate is not trusted: ")
    assert why in failed.message
    assert failed.todo == "Name its certificate authority in tls.ca; verification cannot be switched off"


@pytest.mark.parametrize(
    "tls", [{"client_cert": "client.pem", "client_key": "file:client.key"}, {"client_cert": "both.pem"}]
)
def test_client_certificate(folder: Path, tls: dict[str, str]) -> None:
    """A gateway that wants a certificate gets ours, its key in a file of its own or in the same."""
    context = server_context(folder, "server", clients="ca")
    with Peer(answer(), context=context) as peer, carrier(folder, ca="ca.pem", **tls) as own:
        assert own.send(Raw("GET", f"{peer.url}/x")).status == 200
    assert [dict(pair[0] for pair in one["subject"]) for one in peer.certificates] == [{"commonName": "our client"}]


REFUSED: list[tuple[str, dict[str, str], str]] = [
    ("none", {}, "certificate required"),
    ("of another authority", {"client_cert": "other.pem", "client_key": "file:other.key"}, "unknown ca"),
]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(("tls", "why"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_client_certificate_that_is_not_taken(
    folder: Path, tls: dict[str, str], why: str, version: ssl.TLSVersion
) -> None:
    """A gateway that does not know our certificate ends TLS; the call was not looked at, whatever was sent of it."""
    context = server_context(folder, "server", clients="ca")
    context.maximum_version = version
    with Peer(answer(), context=context) as peer:
        failed = failure(folder, peer.url, ca="ca.pem", **tls)
    said = "handshake failure" if version is ssl.TLSVersion.TLSv1_2 and not tls else why
    assert (failed.sent, failed.lasting) == (False, True)
    assert failed.message == f"the server breaks TLS off: {said}"
    assert "tls.client_cert" in (failed.todo or "")


def test_oldest_version(folder: Path) -> None:
    """A server that speaks nothing newer than TLS 1.2 is refused where the definition wants 1.3."""
    context = server_context(folder, "server")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with Peer(answer(), context=context) as peer:
        failed = failure(folder, peer.url, ca="ca.pem", min_version="1.3")
        with carrier(folder, ca="ca.pem") as own:
            assert own.send(Raw("GET", f"{peer.url}/x")).status == 200
    assert (failed.sent, failed.lasting) == (False, True)


def test_server_that_hangs_up_in_the_handshake(folder: Path) -> None:
    """Where TLS never stood, nothing of the call was sent, and trying again may help."""
    with socket.create_server((HOST, 0)) as listener:
        closing = Thread(target=_hang_up, args=(listener,))
        closing.start()
        failed = failure(folder, f"https://{HOST}:{listener.getsockname()[1]}")
        closing.join()
    assert (failed.sent, failed.lasting, failed.message.partition(" (")[0]) == (False, False, "no connection")


def test_server_without_tls(folder: Path) -> None:
    """A port that speaks plain HTTP gets nothing of a call that wants TLS."""
    with socket.create_server((HOST, 0)) as listener:
        closing = Thread(target=_plain, args=(listener,))
        closing.start()
        failed = failure(folder, f"https://{HOST}:{listener.getsockname()[1]}")
        closing.join()
    assert failed.sent is False


def _hang_up(listener: socket.socket) -> None:
    listener.accept()[0].close()


def _plain(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection, suppress(OSError):
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def test_tunnel_through_a_proxy(folder: Path) -> None:
    """A proxy sees the host alone; the call and its credentials go through the tunnel to a server that is verified."""
    context = server_context(folder, "server")
    with Peer(answer(b"7"), context=context) as peer, Peer(tunnel_to(peer)) as proxy:
        definition = gateway(ca="ca.pem").model_copy(update={"proxy": proxy.url})
        own = HttpxTransport.for_gateway(definition, resolve=resolve, folder=folder)
        came = own.send(Raw("POST", f"{peer.url}/x", {"Authorization": "Bearer s3cret"}, b"{}"))
        own.close()
    head = proxy.requests[0].decode()
    assert (came.content, head.partition("\r\n")[0]) == (b"7", f"CONNECT {HOST}:{peer.port} HTTP/1.1")
    assert "s3cret" not in head
    assert b"s3cret" in peer.requests[0]


def tunnel_to(peer: Peer) -> Callable[[socket.socket], None]:
    def tunnel(connection: socket.socket) -> None:
        with socket.create_connection((HOST, peer.port)) as onward:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = Thread(target=_pump, args=(onward, connection))
            back.start()
            _pump(connection, onward)
            back.join()

    return tunnel


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


UNUSABLE: list[tuple[str, dict[str, str], str]] = [
    ("no authority", {"ca": "nowhere.pem"}, "tls.ca: there is no file"),
    ("an authority that is none", {"ca": "rubbish.pem"}, "tls.ca: .* cannot be used"),
    ("no certificate", {"client_cert": "nowhere.pem"}, "tls.client_cert: there is no file"),
    ("a certificate that is none", {"client_cert": "rubbish.pem"}, "tls.client_cert: .* cannot be used"),
    ("no key", {"client_cert": "client.pem"}, "tls.client_cert: .* cannot be used"),
    ("a key that is not there", {"client_cert": "client.pem", "client_key": "file:nowhere"}, "tls.client_key: there"),
    ("a key of another", {"client_cert": "client.pem", "client_key": "file:other.key"}, "KEY_VALUES_MISMATCH"),
    ("a locked key", {"client_cert": "locked.pem", "client_key": "file:locked.key"}, "tls.client_cert: .* cannot"),
    ("a key in a variable", {"client_cert": "client.pem", "client_key": "env:KEY"}, "has to be a file"),
]


@pytest.mark.parametrize(("tls", "why"), [row[1:] for row in UNUSABLE], ids=[row[0] for row in UNUSABLE])
def test_unusable_files(folder: Path, tls: dict[str, str], why: str) -> None:
    """What cannot be used is said when the gateway is opened, by its place in the definition; nobody is asked."""
    with pytest.raises(SecretError, match=why) as raised:
        tls_context(gateway(**tls), resolve, folder)
    assert raised.value.todo
