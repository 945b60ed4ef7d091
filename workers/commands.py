"""The commands of the fleet: ``ebond worker``, ``ebond scheduler``, ``ebond up``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ebond.cli.app import DatabaseOption, FolderOption, Place
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


def worker(
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    redis: RedisOption = None,
    threads: ThreadsOption = 8,
    grace: GraceOption = 25.0,
    verbose: VerboseOption = False,
) -> None:
    """Work on the bonds that are rung for, until told to end. Start as many as you like, on any machine."""
    from workers.broker import make_broker  # noqa: PLC0415
    from workers.processes import run_worker  # noqa: PLC0415
    from workers.runtime import runtime  # noqa: PLC0415

    set_up_service_logs(verbose=verbose)
    broker = make_broker(_needed(redis))
    with runtime(Place(folder, database), kind="worker", environ=_environment(redis)) as own:
        run_worker(own, broker, threads=threads, grace=grace)


def scheduler(
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    redis: RedisOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Ask for runs when they are due. One is enough; a second one does no harm."""
    from workers.broker import make_broker  # noqa: PLC0415
    from workers.processes import run_scheduler  # noqa: PLC0415
    from workers.runtime import runtime  # noqa: PLC0415

    set_up_service_logs(verbose=verbose)
    broker = make_broker(_needed(redis))
    with runtime(Place(folder, database), kind="scheduler", environ=_environment(redis)) as own:
        run_scheduler(own, broker)


def up(
    folder: FolderOption = Path(),
    database: DatabaseOption = None,
    redis: RedisOption = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Worker processes.")] = 2,
    threads: ThreadsOption = 8,
    verbose: VerboseOption = False,
) -> None:
    """Run a small fleet on this machine until Ctrl-C: Redis where no URL is given, a scheduler, workers."""
    from workers.up import Size, run_up  # noqa: PLC0415

    set_up_service_logs(verbose=verbose)
    run_up(Place(folder, database), redis, Size(workers, threads))


def _needed(redis: str | None) -> str:
    if not redis:
        raise UsageError("a fleet needs Redis", todo=f"Give --redis or {REDIS_URL}; `ebond up` brings one of its own")
    return setting(redis)


def _environment(redis: str | None) -> dict[str, str]:
    return {**os.environ, REDIS_URL: redis or ""}
