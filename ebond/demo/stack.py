"""Starting the real systems and the gateway in front of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from ebond.demo import helpdesk_system, kinto_system, roundup_system
from ebond.demo.processes import Server, listening_socket

#: Two clients, one for each company; the second secret has characters that must be form-encoded (RFC 6749).
ITSM_CLIENT: Final = ("acme-itsm", "acme-demo-secret")
PARTNER_CLIENT: Final = ("acme-partner", "p+rtner%20:s/ecret")

#: A path of each server that answers as soon as it serves.
_AWAKE: Final = {
    "gateway": "/oauth/token",
    "roundup": "/tracker/rest/",
    "kinto": "/v1/",
    "helpdesk": f"{helpdesk_system.PATH}/",
}


@dataclass(frozen=True, slots=True)
class Stack:
    """Where everything is."""

    gateway: str
    roundup: str
    kinto: str
    helpdesk: str | None
    """Only where it was asked for: the demo does without."""
    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        """Environment variables that the demo's definitions refer to."""
        return {
            "EBOND_DEMO_ITSM_ID": ITSM_CLIENT[0],
            "EBOND_DEMO_ITSM_SECRET": ITSM_CLIENT[1],
            "EBOND_DEMO_PARTNER_ID": PARTNER_CLIENT[0],
            "EBOND_DEMO_PARTNER_SECRET": PARTNER_CLIENT[1],
        }

    def another_gateway(
        self, name: str, *, token_lifetime: int = 3600, rate: str | None = None, port: int = 0
    ) -> Server:
        """Start one more gateway before the same systems; one of the same name and port is the old one again."""
        urls = {"roundup": self.roundup, "kinto": self.kinto, "helpdesk": self.helpdesk}
        settings = _gateway_settings(self.folder / f"{name}.db", urls, token_lifetime, rate)
        server = Server.start("gateway", listening_socket(port), settings, folder=self.folder)
        server.wait(_AWAKE["gateway"])
        return server


@contextmanager
def start(*, token_lifetime: int = 3600, rate: str | None = None, helpdesk: bool = False) -> Iterator[Stack]:
    """Start Roundup, Kinto and the gateway on free loopback ports; stop and forget them at the end.

    ``token_lifetime`` in seconds; ``rate`` as django-ratelimit writes it (``100/s``) for each client, or None.
    """
    with TemporaryDirectory(prefix="ebond-demo-") as name, ExitStack() as running:
        folder = Path(name)
        systems = ("kinto", "gateway", *(("helpdesk",) if helpdesk else ()), "roundup")
        sockets = {system: listening_socket() for system in systems}
        urls = {system: f"http://127.0.0.1:{sock.getsockname()[1]}" for system, sock in sockets.items()}
        settings: dict[str, dict[str, Any]] = {
            "kinto": kinto_system.settings(),
            "gateway": _gateway_settings(folder / "gateway.db", urls, token_lifetime, rate),
            "helpdesk": {"database": str(folder / "helpdesk.db")},
            "roundup": {"home": str(folder / "tracker")},
        }
        started = {}
        for system in systems:
            if system == "roundup":
                # It takes longest; the others start meanwhile.
                roundup_system.make_tracker(folder / "tracker", urls["roundup"])
            started[system] = running.enter_context(
                Server.start(system, sockets[system], settings[system], folder=folder)
            )
        for system, server in started.items():
            server.wait(_AWAKE[system])
        yield Stack(urls["gateway"], urls["roundup"], urls["kinto"], urls.get("helpdesk"), folder)


def _gateway_settings(database: Path, urls: dict[str, Any], token_lifetime: int, rate: str | None) -> dict[str, Any]:
    kinto_path = kinto_system.PATH.rpartition("/")[0]
    backends = {
        "itsm": (urls["roundup"], roundup_system.PATH, roundup_system.SERVICE),
        "partner": (urls["kinto"], kinto_path, kinto_system.SERVICE),
        "comments": (urls["kinto"], kinto_system.COMMENTS.rpartition("/")[0], kinto_system.SERVICE),
        "people": (urls["kinto"], kinto_system.PEOPLE.rpartition("/")[0], kinto_system.SERVICE),
        "files": (urls["kinto"], kinto_system.FILES.rpartition("/")[0], kinto_system.SERVICE),
        "helpdesk": (urls.get("helpdesk") or "", helpdesk_system.PATH, helpdesk_system.SERVICE),
    }
    return {
        "database": str(database),
        "token_lifetime": token_lifetime,
        "rate": rate,
        "clients": [ITSM_CLIENT, PARTNER_CLIENT],
        "backends": {name: {"url": url + path, "account": account} for name, (url, path, account) in backends.items()},
    }


def main() -> None:
    """Start everything and print the addresses until Ctrl-C."""
    began = time.monotonic()
    with start() as stack:
        sys.stdout.write(
            f"gateway {stack.gateway}\nroundup {stack.roundup}/tracker/\nkinto {stack.kinto}/v1/\n"
            f"ready after {time.monotonic() - began:.1f} s; Ctrl-C ends it\n"
        )
        sys.stdout.flush()
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
