"""Serving a fake on loopback until Ctrl-C, for whoever wants to try ebond on it: ``python -m ebond.testing.mef124``."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence

from ebond.clock import SystemClock
from ebond.testing.fake_server import FakeServer
from ebond.testing.faults import App


def serve(
    make: Callable[..., App], port: int, what: str, *, tickets: str, hint: str = "", versions: Sequence[int] = ()
) -> None:
    """Serve what ``make`` makes of a clock; port and version may be chosen on the command line.

    ``tickets`` is the path at which tickets are, ``hint`` what else one has to know to try it.
    """
    parser = ArgumentParser(description=f"{what}, in memory, on loopback.")
    parser.add_argument("--port", type=int, default=port)
    if versions:
        parser.add_argument("--version", type=int, choices=versions, default=versions[0])
    chosen = vars(parser.parse_args(sys.argv[1:]))
    at = chosen.pop("port")
    with FakeServer(make(SystemClock(), **chosen), port=at) as server:
        print(f"{what}, empty to begin with: {server.url}", f"tickets: {server.url}{tickets}", sep="\n")
        print(hint or "stop it with Ctrl-C", flush=True)
        try:
            asyncio.run(asyncio.Event().wait())
        except KeyboardInterrupt:
            print("stopped")
