"""Marks on a row: the values that say 'deleted', 'not ours', 'more follows'."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ebond.mapping.path import getter

Scalar = str | int | bool

_TRUE: Final = frozenset({"true", "1", "yes", "y"})
_FALSE: Final = frozenset({"false", "0", "no", "n"})


def same_value(value: Any, wanted: Scalar) -> bool:
    """Tell whether a value is the one that a definition names, whatever JSON type the system gives it.

    ``true`` also matches an object or list that is merely there, as GitHub marks its pull requests.
    """
    if value is None:
        return False
    if isinstance(value, (dict, list)):
        return wanted is True and bool(value)
    if isinstance(wanted, bool):
        return str(value).strip().lower() in (_TRUE if wanted else _FALSE)
    if isinstance(value, bool):
        return str(value).lower() == str(wanted).strip().lower()
    return str(value) == str(wanted)


def compile_marks(marks: Mapping[str, Scalar]) -> Callable[[Any], bool] | None:
    """Compile 'pointer → value' pairs to a test that holds where any of them does; None for no pairs."""
    pairs = tuple((getter(pointer), wanted) for pointer, wanted in marks.items())
    if not pairs:
        return None
    return lambda row: any(same_value(get(row), wanted) for get, wanted in pairs)
