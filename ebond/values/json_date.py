"""Points in time as OData 2 and .NET write them in JSON: ``/Date(1767225600000)/``. Pure."""

from __future__ import annotations

import re
from typing import Final

_JSON_DATE: Final = re.compile(r"\\?/Date\((-?\d{1,17})([+-]\d{4})?\)\\?/")


def milliseconds(text: str) -> str:
    """Return the milliseconds since 1970 as digits; raises ValueError where there are none.

    An offset behind the number says where it was written, and changes nothing.
    """
    match = _JSON_DATE.fullmatch(text)
    if match is None:
        raise ValueError("no /Date(…)/")
    return match[1]
