"""Finding the record that an operator means by an id, and who the operator is."""

from __future__ import annotations

import getpass
import socket
from dataclasses import dataclass

from ebond.errors import UsageError
from ebond.state import Side
from ebond.store import Store


@dataclass(frozen=True, slots=True)
class Meant:
    """The record that is meant; ``link`` is None where no link holds it."""

    side: Side
    record_id: str
    link: int | None


def find(store: Store, bond: str, record_id: str, side: Side | None) -> Meant:
    """Return the record that goes by this id; raises UsageError where none or two do."""
    found = [one for one in Side if side in (None, one) and store.known(bond, one, [record_id])]
    where = f" on the {side} side" if side else ""
    if not found:
        raise UsageError(
            f"bond {bond} knows no record {record_id!r}{where}",
            todo="It may be out of scope, or not read yet; `ebond sync` reads what is new",
        )
    links = {one: store.link_of(bond, one, record_id) for one in found}
    if len(found) > 1 and (len(set(links.values())) > 1 or links[found[0]] is None):
        raise UsageError(f"both sides have a record {record_id!r}", todo="Say which with --side left or --side right")
    return Meant(found[0], record_id, links[found[0]])


def operator() -> str:
    """Name whoever sits at the keyboard, for the journal."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):  # an account without a name, as containers have
        return f"somebody@{socket.gethostname()}"
