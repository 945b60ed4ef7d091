"""Starting the three systems together."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ebond.demo import kinto_system, roundup_system
from ebond.demo.processes import Server, listening_socket

#: Two clients, one for each company; the second secret has characters that must be form-encoded (RFC 6749).
ITSM_CLIENT: Final = ("acme-itsm", "acme-demo-secret")
PARTNER_CLIENT: Final = ("acme-partner", "p+rtner%20:s/ecret")


@dataclass(frozen=True, slots=True)
class Stack:
    """Where everything is."""

    gateway: str
    roundup: str
    kinto: str
    servers: tuple[Server, ...]

    @property
    def environ(self) -> dict[str, str]:
        """Environment variables that the demo's definitions refer to."""
        return {
            "EBOND_DEMO_ITSM_ID": ITSM_CLIENT[0],
            "EBOND_DEMO_ITSM_SECRET": ITSM_CLIENT[1],
            "EBOND_DEMO_PARTNER_ID": PARTNER_CLIENT[0],
            "EBOND_DEMO_PARTNER_SECRET": PARTNER_CLIENT[1],
        }


@contextmanager
def start(*, token_lifetime: int = 3600, rate: str | None = None) -> Iterator[Stack]:
    """Start Roundup, Kinto and the gateway on free loopback ports; stop and forget them at the end.

    ``token_lifetime`` in seconds; ``rate`` as django-ratelimit writes it (``100/s``) for each client, or None.
    """
    with TemporaryDirectory(prefix="ebond-demo-") as name, ExitStack() as running:
        folder = Path(name)
        sockets = {system: listening_socket() for system in ("roundup", "kinto", "gateway")}
        urls = {system: f"http://127.0.0.1:{sock.getsockname()[1]}" for system, sock in sockets.items()}
        settings = {
            "kinto": kinto_system.settings(),
            "gateway": _gateway_settings(folder, urls, token_lifetime, rate),
            "roundup": {"home": str(folder / "tracker")},
        }
        started = {
            system: running.enter_context(Server.start(system, sockets[system], settings[system], folder=folder))
            for system in ("kinto", "gateway")
        }
        roundup_system.make_tracker(folder / "tracker", urls["roundup"])
        started["roundup"] = running.enter_context(
            Server.start("roundup", sockets["roundup"], settings["roundup"], folder=folder)
        )
        for system, path in (("kinto", "/v1/"), ("gateway", "/oauth/token"), ("roundup", "/tracker/rest/")):
            started[system].wait(path)
        yield Stack(urls["gateway"], urls["roundup"], urls["kinto"], tuple(started.values()))


def _gateway_settings(folder: Path, urls: dict[str, str], token_lifetime: int, rate: str | None) -> dict[str, object]:
    return {
        "database": str(folder / "gateway.db"),
        "token_lifetime": token_lifetime,
        "rate": rate,
        "clients": [ITSM_CLIENT, PARTNER_CLIENT],
        "backends": {
            "itsm": {"url": urls["roundup"] + roundup_system.PATH, "account": roundup_system.SERVICE},
            "partner": {
                "url": urls["kinto"] + kinto_system.PATH.rpartition("/")[0],
                "account": kinto_system.SERVICE,
            },
        },
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
