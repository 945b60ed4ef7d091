"""Numbers, exactly: 1, 1.0 and "1" are one number, and 0.1 + 0.2 is 0.3."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Final

#: A float tells fifteen digits; what it shows beyond them is noise of its binary form.
_FLOAT: Final = Context(prec=15)
#: Where a float has all of its digits.
_SAFE_EXPONENT: Final = 290
#: No system holds numbers this long, and texts like "1e999999999" must not fill the memory. What is read, written
#: without exponent, is no longer than four times as much, so that it can be read again.
_LONGEST: Final = 400
_MOST_DIGITS: Final = 2 * _LONGEST
_LONGEST_TEXT: Final = 4 * _LONGEST
_EXACT: Final = Context(prec=3 * _LONGEST)
_ZERO: Final = Decimal(0)
_SMALLEST_JSON, _GREATEST_JSON = -(2**63), 2**64 - 1


def exact(raw: object) -> Decimal:
    """Read a number or its text; raises ValueError for what is none."""
    if isinstance(raw, str):
        # Python reads 1_000 as a thousand; no system writes that.
        if "_" in raw or len(raw) > _LONGEST_TEXT:
            raise ValueError("no number")
        try:
            number = Decimal(raw)
        except InvalidOperation as error:
            raise ValueError("no number") from error
    elif isinstance(raw, bool):
        raise ValueError("a boolean is no number")
    elif isinstance(raw, int):
        number = Decimal(raw if raw.bit_length() <= _LONGEST * 3 else "Infinity")
    elif isinstance(raw, float):
        number = Decimal(repr(raw)) if raw.is_integer() else _FLOAT.create_decimal(repr(raw))
    elif isinstance(raw, Decimal):
        number = raw
    else:
        raise ValueError("no number")
    if not number.is_finite() or not -_LONGEST <= number.adjusted() <= _LONGEST or _too_fine(number, raw):
        raise ValueError("no number that a system could hold")
    return number or _ZERO


def _too_fine(number: Decimal, raw: object) -> bool:
    # Digits are dear to count: an integer or a float has few enough, and a text no more than it has characters.
    doubtful = len(raw) > _MOST_DIGITS if isinstance(raw, str) else raw is number
    return doubtful and len(number.as_tuple().digits) > _MOST_DIGITS


def rounded(number: Decimal, step: Decimal) -> Decimal:
    """Round a number to a step such as 0.01, halves away from zero, as databases do."""
    result = number if number.same_quantum(step) else number.quantize(step, ROUND_HALF_UP, _EXACT)
    return result or result.copy_abs()


def fixed(number: Decimal, step: Decimal | None) -> str:
    """Write a number with all places of a step, "12.50"; without one as short as it is."""
    return plain(number) if step is None else format(rounded(number, step), "f")


def plain(number: Decimal) -> str:
    """Write a number without exponent and without trailing zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_json(number: Decimal) -> int | float:
    """Write a number as JSON carries it; raises ValueError where its digits would not come back."""
    value = float(number)
    if value.is_integer() and _SMALLEST_JSON <= (whole := int(number)) <= _GREATEST_JSON and whole == number:
        return whole
    short = _FLOAT.plus(number) == number and -_SAFE_EXPONENT <= number.adjusted() <= _SAFE_EXPONENT
    if not short and exact(value) != number:
        raise ValueError("too many digits for a JSON number")
    return value
