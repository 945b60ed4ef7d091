"""Bodies that never lie in memory as a whole: what is sent piece by piece, and the file that an answer goes to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile, gettempdir
from typing import Any, Final

from ebond.errors import NoRoom, TooLarge

#: Bytes that are read, sent or digested at a time; a multiple of 3, so that pieces of base64 fit together.
PIECE: Final = 3 * 64 * 1024
#: What stays in memory before a file is made of it.
_IN_MEMORY: Final = 512 * 1024
#: Bytes per second of the slowest line that is waited for: a body may take this much longer than a call without one.
SLOWEST: Final = 64 * 1024
#: How much of an answer that is no file is kept, to see what it is.
_LOOKED_AT: Final = 2048
#: Answers of these types are no file where the file is said to be of another one.
_TALKING: Final = ("text/html", "application/json", "application/problem+json")


def allowance(size: int) -> float:
    """Return the seconds that a body of so many bytes may take."""
    return size / SLOWEST


@dataclass(frozen=True, slots=True, repr=False)
class Outflow:
    """A body that is sent piece by piece; ``pieces`` begins anew each time, for a call may have to be made again."""

    size: int
    pieces: Callable[[], Iterator[bytes]]

    def __repr__(self) -> str:
        return f"Outflow({self.size} bytes)"


class Spool:
    """A temporary file that the body of a good answer goes to, measured on the way; closed with ``with``.

    ``limit``: bytes that it takes; ``media_type``: what it should be, as far as that is known; ``algorithms``: of
    which digests are made besides SHA-256.
    """

    def __init__(
        self, *, limit: int | None = None, media_type: str = "", algorithms: tuple[str, ...] = ("sha256",)
    ) -> None:
        self.limit, self.media_type = limit, media_type
        self._algorithms = tuple(dict.fromkeys(("sha256", *algorithms)))
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # closed by close()
        self._digests: dict[str, Any] = {}
        self.size = 0
        self.begin()

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def begin(self) -> None:
        """Forget what an earlier try brought."""
        self._file.seek(0)
        self._file.truncate()
        self.size = 0
        self._digests = {name: hashlib.new(name, usedforsecurity=False) for name in self._algorithms}

    def write(self, piece: bytes) -> None:
        """Take a piece; raises TooLarge where it gets more than it takes, NoRoom where the disk does not."""
        self.size += len(piece)
        if self.limit is not None and self.size > self.limit:
            raise TooLarge(f"it is larger than {self.limit} bytes")
        try:
            self._file.write(piece)
        except OSError as error:
            todo = "Make room there, or have TMPDIR name another place, and retry it"
            raise NoRoom(f"a file of this size cannot be kept in {gettempdir()}: {error.strerror}", todo=todo) from None
        for digest in self._digests.values():
            digest.update(piece)

    def digest(self, algorithm: str = "sha256") -> str:
        """Return a digest of what it holds, with its name: ``sha256:9f86…``."""
        return f"{algorithm}:{self._digests[algorithm].hexdigest()}"

    def pieces(self) -> Iterator[bytes]:
        """Yield what it holds, from its beginning."""
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece

    def takes(self, headers: Mapping[str, str]) -> bool:
        """Is this the file, by the type of the answer? Login pages and errors come with a good status, too."""
        came = headers.get("content-type", "").partition(";")[0].strip().lower()
        return came not in _TALKING or self.media_type.lower() in ("", came, "application/octet-stream")

    def close(self) -> None:
        """Remove the file."""
        self._file.close()


def head(pieces: Iterator[bytes]) -> bytes:
    """Return the beginning of a body that is no file."""
    kept = b""
    for piece in pieces:
        kept += piece
        if len(kept) >= _LOOKED_AT:
            break
    return kept[:_LOOKED_AT]
