"""What an operator can do about an error of the database."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DBAPIError

#: The first line whose words occur in the message counts; SQLite's words and PostgreSQL's.
_ADVICE: Final = (
    (("unable to open", "readonly database", "read-only"), "See that its folder exists and that both may be written"),
    (("is locked",), "Another process holds it; stop that one or wait"),
    (("not a database", "malformed"), "The file is damaged or is no SQLite database; restore it, or name another one"),
    (("is full", "no space left", "disk I/O error", "could not extend"), "Make room on its disk"),
    (("no such table", "no such column", "not exist"), "See that the name is right; `ebond sync` makes the tables"),
    (("password authentication", "no password", "permission denied", "must be owner"), "See that the user may do this"),
    (("too many clients", "remaining connection slots"), "Let it take more connections, or use fewer workers"),
    (("deadlock", "could not serialize"), "Two processes got in each other's way; run it again"),
    (("unique constraint", "UNIQUE constraint"), "Two processes did the same at once; run it again"),
)  # fmt: skip
_OTHERWISE: Final = "See that it is running and that the URL, user and password are right"


def advice(error: DBAPIError) -> str:
    """Say what to do about an error."""
    text = str(error.orig)
    for words, todo in _ADVICE:
        if any(word in text for word in words):
            return todo
    return _OTHERWISE


def first_line(error: DBAPIError) -> str:
    """Return the message without its details: PostgreSQL's name the values that it refused."""
    return str(error.orig).strip().partition("\n")[0]
