"""Between Terraform's values and the plain Python and core values that documents hold."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from linter.core.values import Linked, OpenDict, PossibleKeys, Rest, Template, Unknown
from linter.readers.terraform.cty.base import (
    BOOL,
    NULL,
    NUMBER,
    OBJECT,
    REST,
    SEQUENCES,
    STRING,
    TUPLE,
    UNKNOWN,
    Value,
)
from linter.readers.terraform.cty.text import normal_text
from linter.readers.terraform.cty.types import DYNAMIC

PLAIN_LIMIT = 2_000_000
"""Nodes :func:`plain` makes of one value before it gives up: shared values can multiply."""


def plain(value: Value) -> Any:
    """The value as core's model has it: plain Python, ``Unknown``, ``Template``, ``Rest``,
    ``OpenDict``. Shared values are converted once and shared again.
    """
    return _Plain().of(value)


class _Plain:
    __slots__ = ("_done", "_left")

    def __init__(self) -> None:
        self._left = PLAIN_LIMIT
        self._done: dict[int, tuple[Value, Any, int]] = {}

    def of(self, value: Value) -> Any:
        kind = value.kind
        if kind is STRING or kind is BOOL or kind is NULL:
            return _linked(value.data, value.links) if value.links else value.data
        if kind is NUMBER:
            amount = value.data
            small = type(amount) is int and amount.bit_length() < _MOST_BITS
            return amount if small else _plain_number(amount)
        if (kind is UNKNOWN or kind is REST) and not value.options:
            why = value.data
            if kind is UNKNOWN:
                return _linked(why, value.links) if value.links else why
            if isinstance(why, Rest):
                return why
            return Rest(why.reason, why.references)
        seen = self._done.get(id(value))
        if seen is not None:
            self._left -= seen[2]
            return seen[1] if self._left > 0 else self._too_large()
        before = self._left
        self._left -= 1 + len(value.options or value.data)
        if self._left <= 0:
            return self._too_large()
        result: Any
        if kind is UNKNOWN or kind is REST:
            result = _linked(self._one_of(value), value.links)
        elif kind in SEQUENCES:
            result = [self.of(item) for item in value.data]
        else:
            result = {key: self.of(item) for key, item in value.data.items()}
            if value.rest is not None:
                result = OpenDict(result, self._keys(value.rest))
        self._done[id(value)] = (value, result, before - self._left)
        return result

    def _one_of(self, value: Value) -> Any:
        """Alternatives; of collections that have something in common, what is certain of them."""
        from linter.readers.terraform.cty.alternatives import joined

        if value.kind is UNKNOWN:
            together = joined(value)
            if together is not None and together.data and not _only_rest(together):
                return self.of(together)
        make = Rest if value.kind is REST else Unknown
        why = value.data
        return make(why.reason, why.references, [self.of(item) for item in value.options])

    def _keys(self, rest: Unknown) -> Unknown:
        if not isinstance(rest, PossibleKeys):
            return rest
        possible = {key: self.of(item) for key, item in rest.possible.items()}
        return PossibleKeys(rest.reason, rest.references, possible)

    @staticmethod
    def _too_large() -> Unknown:
        return Unknown("the value is too large to analyse")


def _linked(data: Any, links: tuple[str, ...]) -> Any:
    """The plain form of a text or an unknown that was reached through references."""
    if not links:
        return data
    if isinstance(data, str):
        return Linked(data, links)
    if isinstance(data, Template):
        return Template(data.parts, links)
    if type(data) is Unknown:
        return Unknown(data.reason, data.references, data.alternatives, links)
    return data


def _only_rest(value: Value) -> bool:
    return value.kind in SEQUENCES and all(item.kind is REST for item in value.data)


_MOST_BITS = 1_100
"""A little more than the largest double has: nothing that is configured is larger."""


def _plain_number(amount: int | Fraction | float) -> int | float | Unknown:
    if isinstance(amount, float):
        return int(amount) if amount.is_integer() else amount
    if abs(amount.numerator) >> _MOST_BITS > amount.denominator:
        return Unknown("a number this large is not judged")
    if amount.denominator == 1:
        return int(amount)
    try:
        return float(amount)
    except OverflowError:
        return int(amount)


def from_plain(data: Any, origin: Any = None) -> Value:
    """A value from plain Python as JSON has it (lists make tuples, dicts objects); core's
    ``Unknown``, ``Template``, ``Rest`` and ``OpenDict`` are understood, a ``Value`` is kept.
    """
    if isinstance(data, Value):
        return data
    if data is None:
        return Value(NULL, None, DYNAMIC, origin=origin)
    if isinstance(data, bool):
        return Value(BOOL, data, origin=origin)
    if isinstance(data, str | Template):
        return Value(STRING, normal_text(data), origin=origin, links=getattr(data, "links", ()))
    if isinstance(data, float):
        from linter.readers.terraform.cty.value import written_number

        return written_number(repr(data), origin)
    if isinstance(data, int | Fraction):
        return Value(NUMBER, data, origin=origin)
    if isinstance(data, Unknown):
        why = Unknown(data.reason, data.references) if data.alternatives else data
        options = tuple(from_plain(item, origin) for item in data.alternatives)
        kind = REST if isinstance(data, Rest) else UNKNOWN
        return Value(kind, why, DYNAMIC, origin=origin, options=options, links=data.links)
    if isinstance(data, Mapping):
        rest = data.rest if isinstance(data, OpenDict) else None
        if isinstance(rest, PossibleKeys):
            possible = {key: from_plain(item, origin) for key, item in rest.possible.items()}
            rest = PossibleKeys(rest.reason, rest.references, possible)
        items = {str(key): from_plain(item, origin) for key, item in data.items()}
        return Value(OBJECT, items, rest=rest, origin=origin)
    if isinstance(data, list | tuple):
        return Value(TUPLE, [from_plain(item, origin) for item in data], origin=origin)
    why = Unknown(f"a {type(data).__name__} has no place in Terraform")
    return Value(UNKNOWN, why, DYNAMIC, origin=origin)
