"""The commands of the fleet: ``ebond`` ``worker``, ``scheduler``, ``listen``, ``up``, ``healthy``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from ebond.cli.app import DatabaseOption, Exit, FolderOption, Place
from ebond.cli.logs import set_up_service_logs
from ebond.errors import UsageError
from ebond.secrets import setting
from ebond.shared.fleet import REDIS_URL

# What a command runs is imported in it: `ebond status` needs neither a queue nor a scheduler.

RedisOption = Annotated[
    str | None,
    typer.Option(
        "--redis", envvar=REDIS_URL, help="Where Redis is: redis://HOST:6379/0, or file:PATH.", show_default=False
    ),
]
ThreadsOption = Annotated[int, typer.Option("--threads", min=1, max=64, help="Links worked on at once.")]
GraceOption = Annotated[
    float, typer.Option("--grace", min=0, help="Seconds to finish what is in hand when told to end.")
]

VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Log each call.")]
PortOption = Annotated[
    int | None,
    typer.Option(
        "--metrics-port",
        envvar="EBOND_METRICS_PORT",
        min=0,
        max=65535,
        help="Serve /metrics, /livez and /readyz here; 0 takes a free port. Off unless given.",
        show_default=False,
    ),
]
HostOption = Annotated[
    str, typer.Option("--metrics-host", envvar="EBOND_METRICS_HOST", help="The address to serve them on.")
]
LOOPBACK: Final = "127.0.0.1"


def worker(
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    redis: RedisOption = None,
    threads: ThreadsOption = 8,
    grace: GraceOption = 25.0,
    metrics_port: PortOption = None,
    metrics_host: HostOption = LOOPBACK,
    verbose: VerboseOption = False,
) -> None:
    """Work on the bonds that are rung for, until told to end. Start as many as you like, on any machine."""
    from workers.broker import make_broker  # noqa: PLC0415
    from workers.processes import run_worker  # noqa: PLC0415
    from workers.watch.address import Address  # noqa: PLC0415
    from workers.watch.watched import process  # noqa: PLC0415

    set_up_service_logs(verbose=verbose)
    broker, address = make_broker(_needed(redis)), Address(metrics_host, metrics_port)
    with process(Place(folder, database), kind="worker", environ=_environment(redis), address=address) as own:
        run_worker(own, broker, threads=threads, grace=grace)


def scheduler(
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    redis: RedisOption = None,
    metrics_port: PortOption = None,
    metrics_host: HostOption = LOOPBACK,
    verbose: VerboseOption = False,
) -> None:
    """Ask for runs when they are due. One is enough; a second one does no harm."""
    from workers.broker import make_broker  # noqa: PLC0415
    from workers.processes import run_scheduler  # noqa: PLC0415
    from workers.watch.address import Address  # noqa: PLC0415
    from workers.watch.watched import process  # noqa: PLC0415

    set_up_service_logs(verbose=verbose)
    broker, address = make_broker(_needed(redis)), Address(metrics_host, metrics_port)
    with process(Place(folder, database), kind="scheduler", environ=_environment(redis), address=address) as own:
        run_scheduler(own, broker)


def listen(
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    redis: RedisOption = None,
    host: Annotated[str, typer.Option("--host", envvar="EBOND_LISTEN_HOST", help="The address to receive on.")] = (
        LOOPBACK
    ),
    port: Annotated[
        int, typer.Option("--port", envvar="EBOND_LISTEN_PORT", min=0, max=65535, help="0 takes a free port.")
    ] = 8080,
    behind: Annotated[
        bool,
        typer.Option(
            "--behind",
            envvar="EBOND_BEHIND",
            help="A proxy in front verifies client certificates and names them in a header.",
        ),
    ] = False,
    public_url: Annotated[
        str | None,
        typer.Option(
            "--public-url",
            envvar="EBOND_PUBLIC_URL",
            help="Where systems reach this: https://HOST; with it, missing and due subscriptions are made.",
            show_default=False,
        ),
    ] = None,
    unsubscribe: Annotated[
        bool, typer.Option("--unsubscribe", help="Take away the subscriptions that were made, and end.")
    ] = False,
    metrics_port: PortOption = None,
    metrics_host: HostOption = LOOPBACK,
    verbose: VerboseOption = False,
) -> None:
    """Receive what systems notify us of (webhooks), until told to end: what they name is read at once, by the workers.

    TLS is for a proxy in front of it. Without --redis nobody is rung for; the next run or sweep finds what was told.
    """
    from workers.broker import make_broker  # noqa: PLC0415
    from workers.listen.process import NoticeMetrics, run_listener  # noqa: PLC0415
    from workers.listen.subscriptions import take_away  # noqa: PLC0415
    from workers.watch.address import Address  # noqa: PLC0415
    from workers.watch.watched import Metrics, process  # noqa: PLC0415

    set_up_service_logs(verbose=verbose)
    broker, watch = make_broker(setting(redis)) if redis else None, Address(metrics_host, metrics_port)
    metrics = Metrics()
    notices = NoticeMetrics(metrics.registry)
    place, environ = Place(folder, database), _environment(redis)
    with process(place, kind="listener", environ=environ, address=watch, metrics=metrics) as own:
        if unsubscribe:
            raise typer.Exit(Exit.OK if take_away(own.bench) else Exit.ATTENTION)
        here = Address(host, port)
        run_listener(own, broker, notices, address=here, behind=behind, public_url=public_url)


def healthy(
    url: Annotated[str | None, typer.Argument(help="What to ask.", show_default=False)] = None,
    metrics_port: PortOption = None,
) -> None:
    """Ask a process on this machine whether it is well; for a container without curl. Exits with 0 or 1."""
    from workers.watch.asking import is_healthy  # noqa: PLC0415

    if url is None and not metrics_port:
        raise UsageError("nothing to ask", todo="Give http://HOST:PORT/livez, or --metrics-port")
    if not is_healthy(url or f"http://{LOOPBACK}:{metrics_port}/livez"):
        raise typer.Exit(Exit.ATTENTION)


def up(
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    redis: RedisOption = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Worker processes.")] = 2,
    threads: ThreadsOption = 8,
    metrics_port: PortOption = None,
    metrics_host: HostOption = LOOPBACK,
    verbose: VerboseOption = False,
) -> None:
    """Run a small fleet on this machine until Ctrl-C: Redis where no URL is given, a scheduler, workers, a listener.

    It listens where a definition says that a system notifies, as EBOND_LISTEN_HOST, EBOND_LISTEN_PORT, EBOND_PUBLIC_URL
    and EBOND_BEHIND say.
    """
    from workers.up import Size, run_up  # noqa: PLC0415
    from workers.watch.address import Address  # noqa: PLC0415

    set_up_service_logs(verbose=verbose)
    # The scheduler takes the port that is given, the workers those after it, and the listener the next.
    run_up(Place(folder, database), redis, Size(workers, threads), Address(metrics_host, metrics_port))


def _needed(redis: str | None) -> str:
    if not redis:
        raise UsageError("a fleet needs Redis", todo=f"Give --redis or {REDIS_URL}; `ebond up` brings one of its own")
    return setting(redis)


def _environment(redis: str | None) -> dict[str, str]:
    return {**os.environ, REDIS_URL: redis or ""}
