"""Sealing, opening, and keys that are none."""

from __future__ import annotations

import pytest

from ebond.errors import SecretError
from ebond.secrets import Secret
from ebond.shared.vault import Vault, new_key

OLD, NEW = new_key(), new_key()


def vault(*keys: str) -> Vault:
    return Vault(Secret(",".join(keys)))


@pytest.mark.parametrize("reader", [(OLD,), (NEW, OLD), (OLD, NEW)], ids=["old", "new,old", "old,new"])
def test_any_of_the_keys_opens(reader: tuple[str, ...]) -> None:
    """What the old key sealed, everybody reads who still has it."""
    assert vault(*reader).open(vault(OLD, NEW).seal("t0ken")) == "t0ken"


def test_first_key_seals() -> None:
    """Who has the first key alone reads what is sealed now; who has the second alone does not."""
    sealed = vault(NEW, OLD).seal("t0ken")
    assert (vault(NEW).open(sealed), vault(OLD).open(sealed)) == ("t0ken", None)


def test_tampered_text_is_nothing() -> None:
    """What was changed on the way opens for nobody."""
    sealed = vault(OLD).seal("t0ken")
    assert vault(OLD).open(sealed[:-4] + b"AAA=") is None


@pytest.mark.parametrize(
    "keys",
    ["", " , ", "s3cret", f"{OLD},s3cret", OLD[:-2], "ключ"],
    ids=["nothing", "blanks", "short", "one of two", "cut", "not ascii"],
)
def test_what_is_no_key_is_not_repeated(keys: str) -> None:
    """A key that cannot be read is said to be so, without it; nor is it in what caused the error."""
    with pytest.raises(SecretError, match="EBOND_KEY holds what is no key") as raised:
        Vault(Secret(keys))
    assert "ebond key" in (raised.value.todo or "")
    assert raised.value.__cause__ is None
    assert "s3cret" not in f"{raised.value!r} {raised.value}"
