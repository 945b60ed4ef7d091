"""A child process of the demo: ``python -m ebond.demo.serve NAME SOCKET SETTINGS PARENT``."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sys
import warnings
from collections.abc import Callable
from typing import Any, Final

from waitress import serve

_PR_SET_PDEATHSIG: Final = 1


def die_with(parent: int) -> None:
    """Have the kernel end this process when its parent ends, however that ends (Linux; elsewhere not)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # It ended while this process was still starting.
        sys.exit(1)


def _roundup(settings: dict[str, Any]) -> Any:
    from roundup.cgi.wsgi_handler import RequestDispatcher  # noqa: PLC0415  # only the child that needs it

    application = RequestDispatcher(settings["home"])

    def below_tracker(environ: dict[str, Any], start_response: Any) -> Any:
        # The tracker lives below /tracker, as its own links say.
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = (
            "/tracker",
            environ["PATH_INFO"].removeprefix("/tracker"),
        )
        return application(environ, start_response)

    return below_tracker


def _kinto(settings: dict[str, Any]) -> Any:
    import kinto  # noqa: PLC0415  # only the child that needs it

    return kinto.main({}, **settings)


def _gateway(settings: dict[str, Any]) -> Any:
    os.environ["EBOND_DEMO_GATEWAY"] = json.dumps(settings)
    os.environ["DJANGO_SETTINGS_MODULE"] = "ebond.demo.gateway_settings"
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415  # needs the settings above

    application = get_wsgi_application()
    from ebond.demo.gateway_accounts import create_accounts  # noqa: PLC0415  # likewise

    create_accounts(settings)
    return application


def _helpdesk(settings: dict[str, Any]) -> Any:
    os.environ["EBOND_DEMO_HELPDESK"] = json.dumps(settings)
    os.environ["DJANGO_SETTINGS_MODULE"] = "ebond.demo.helpdesk_settings"
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415  # needs the settings above

    application = get_wsgi_application()
    from ebond.demo.helpdesk_system import fill  # noqa: PLC0415  # likewise

    fill()
    return application


APPLICATIONS: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    "roundup": _roundup,
    "kinto": _kinto,
    "gateway": _gateway,
    "helpdesk": _helpdesk,
}


def main() -> None:
    """Serve one application until the parent ends."""
    die_with(int(sys.argv[4]))
    warnings.simplefilter("ignore")
    name, descriptor, settings = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
    application = APPLICATIONS[name](settings)
    serve(application, sockets=[socket.socket(fileno=descriptor)], threads=8, ident=None)


if __name__ == "__main__":
    main()
