"""One side of a mapping: the fields of a resource that a bond looks at, read and compared fast."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any, Final

from ebond.definitions.system import Resource, ResourceField
from ebond.errors import ValueParked
from ebond.mapping.canonical import Canonical, Codec
from ebond.mapping.codec import codec_for
from ebond.mapping.explain import explainer
from ebond.mapping.frozen import frozen
from ebond.mapping.path import getter, split
from ebond.mapping.view_digest import digester

#: Equal values of these types mean the same, whatever the field; [1] and [true], equal for Python, do not.
_FLAT: Final = frozenset({str, type(None), int, float, bool})


class SideView:
    """The fields of one resource that matter to a bond; a view holds their raw values by name."""

    def __init__(self, resource: Resource, names: Iterable[str]) -> None:
        self.names: tuple[str, ...] = tuple(dict.fromkeys(names))
        self._fields = {name: resource.fields[name] for name in self.names}
        paths = {name: (split(field.path), field.path) for name, field in self._fields.items()}
        self._flat = {name: steps[0] for name, (steps, _) in paths.items() if len(steps) == 1}
        self._all_flat = _taker(tuple(self._flat.values()))
        self._deep = tuple((name, getter(path)) for name, (steps, path) in paths.items() if len(steps) != 1)
        top, deep = sorted(self._flat), sorted(name for name in self._fields if name not in self._flat)
        self._top = tuple(self._flat[name] for name in top)
        self._all_top = _taker(self._top)
        self._below = tuple(getter(self._fields[name].path) for name in deep)
        self._ordered = (*top, *deep)
        self._all_ordered = _taker(self._ordered)
        self._digest = digester(self._ordered)
        self._codecs = {name: codec_for(field) for name, field in self._fields.items()}
        self._explainers: dict[str, Callable[[Any, Any], bool]] = {
            name: explainer(codec) for name, codec in self._codecs.items()
        }

    def extract(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Take a view of a record; what is missing is None."""
        # Most fields lie at the top of most records, and most records show them all: those are taken in one go.
        try:
            view = dict(zip(self._flat, self._all_flat(record), strict=True))
        except KeyError:
            view = dict(zip(self._flat, map(record.get, self._flat.values()), strict=True))
        for name, get in self._deep:
            view[name] = get(record)
        return view

    def field(self, name: str) -> ResourceField:
        """Return a field's definition."""
        return self._fields[name]

    def codec(self, name: str) -> Codec:
        """Return a field's codec."""
        return self._codecs[name]

    def canon(self, name: str, raw: Any) -> Canonical:
        """Return a raw value's canonical meaning; raises ValueParked where it has none."""
        return self._codecs[name].canon(raw)

    def encode(self, name: str, value: Canonical) -> Any:
        """Return the raw form of a canonical value."""
        return self._codecs[name].encode(value)

    def same(self, name: str, one: Any, two: Any) -> bool:
        """Do two raw values mean the same? Values that cannot be read are compared as they are."""
        if type(one) is type(two) and type(one) in _FLAT and one == two:
            return True
        canon = self._codecs[name].canon
        try:
            return canon(one) == canon(two)
        except ValueParked:
            return frozen(one) == frozen(two)

    def explained(self, name: str, sent: Any, shown: Any) -> bool:
        """Could ``shown`` be the system's own form of ``sent``?"""
        return self._explainers[name](sent, shown)

    def digest(self, view: Mapping[str, Any]) -> bytes:
        """Return 16 bytes that tell whether a view has changed."""
        try:
            return self._digest(self._all_ordered(view))
        except KeyError:
            return self._digest(tuple(map(view.get, self._ordered)))

    def digests_of(self, records: Iterable[Mapping[str, Any]]) -> list[bytes]:
        """Return the digests of records' views, which nobody else needs: most records have not changed."""
        return [self._digest(self._values(record)) for record in records]

    def _values(self, record: Mapping[str, Any]) -> tuple[Any, ...]:
        try:
            values = self._all_top(record)
        except KeyError:
            values = tuple(map(record.get, self._top))
        return values + tuple([get(record) for get in self._below]) if self._below else values


def _taker(keys: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Return a function that takes these values of a record; it raises KeyError where one is missing."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda record: tuple(record[key] for key in keys)
