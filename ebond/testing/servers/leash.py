"""Become a server that dies with its owner: ``python leash.py OWNER UID GID SIGNAL COMMAND…``.

A program of its own and not a ``preexec_fn``: that one runs between fork and exec, where a program with threads may
hang. It imports nothing of ebond, for it runs by its file name.
"""

from __future__ import annotations

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(owner: int, uid: int, gid: int, signal: int, command: list[str]) -> None:
    """Leave the owner's process group and rights, ask to be told of its death, and become the command."""
    os.setsid()
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # After setuid, which forgets it. Elsewhere the leftovers are cleared away at the next start.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0)
    if os.getppid() != owner:
        sys.exit("the owner has died already")
    os.execv(command[0], command)  # noqa: S606  # this is what it is for


if __name__ == "__main__":
    owner, uid, gid, farewell = (int(value) for value in sys.argv[1:5])
    main(owner, uid, gid, farewell, sys.argv[5:])
