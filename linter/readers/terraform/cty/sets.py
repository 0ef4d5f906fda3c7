"""Sets: distinct elements in Terraform's order, also when some are not known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linter.core.values import Unknown
from linter.readers.terraform.cty.numbers import exact, general_text
from linter.readers.terraform.cty.quoting import go_quote
from linter.readers.terraform.cty.types import DYNAMIC, Type
from linter.readers.terraform.cty.value import (
    BOOL,
    LIST,
    MAP,
    MAPPINGS,
    NULL,
    NUMBER,
    REST,
    SEQUENCES,
    SET,
    STRING,
    UNKNOWN,
    Value,
    is_wholly_known,
    reasons_of,
    rest_of,
)


def identity(value: Value) -> Any:
    """A hashable key, equal for wholly known values of one type that are equal."""
    kind = value.kind
    if kind is STRING or kind is BOOL:
        return value.data
    if kind is NULL:
        return None
    if kind is NUMBER:
        return (NUMBER, exact(value.data))
    if kind is SET:
        return (SET, frozenset(identity(item) for item in value.data))
    if kind in SEQUENCES:
        return (LIST, tuple(identity(item) for item in value.data))
    if kind in MAPPINGS:
        return (MAP, frozenset((key, identity(item)) for key, item in value.data.items()))
    return id(value)


def set_of(items: Iterable[Value], of: Type = DYNAMIC, origin: Any = None) -> Value:
    """A set whose items are already of type ``of``: sorted, each once.

    Known elements come first, in order; then those that are partly or not known, each of which
    may equal another; then any ``REST``.
    """
    distinct: dict[Any, Value] = {}
    unsure: list[Value] = []
    rests: list[Value] = []
    for item in items:
        if item.kind is REST:
            rests.append(item)
        elif is_wholly_known(item):
            distinct.setdefault(identity(item), item)
        else:
            unsure.append(item)
    known = sort_elements(list(distinct.values()))
    return Value(SET, [*known, *unsure, *rests], of, origin=origin)


def sort_elements(items: list[Value]) -> list[Value]:
    """Wholly known values of one type in the order in which a set gives them."""
    values = [item for item in items if item.kind is not NULL]
    nulls = [item for item in items if item.kind is NULL]
    if all(item.kind is STRING for item in values):
        values.sort(key=lambda item: str(item.data))
    elif all(item.kind is NUMBER for item in values):
        values.sort(key=lambda item: exact(item.data))
    elif all(item.kind is BOOL for item in values):
        values.sort(key=lambda item: bool(item.data))
    else:
        values.sort(key=sort_text)
    return values + nulls


def sort_text(value: Value) -> str:
    """What Terraform orders structures in a set by."""
    kind = value.kind
    if kind is UNKNOWN or kind is REST:
        return "?"
    if kind is NULL:
        return "~"
    if kind is STRING:
        return go_quote(value.data)
    if kind is NUMBER:
        return _ten_digits(value)
    if kind is BOOL:
        return "T" if value.data else "F"
    if kind is MAP:
        pairs = "".join(
            f"{go_quote(key)}:{sort_text(value.data[key])};" for key in sorted(value.data)
        )
        return f"{{{pairs}}}"
    if kind in MAPPINGS:
        keys = sorted(value.data)
        return "<" + "".join(sort_text(value.data[key]) + ";" for key in keys) + ">"
    inner = "".join(sort_text(item) + ";" for item in value.data)
    return f"[{inner}]" if kind in (LIST, SET) else f"<{inner}>"


def _ten_digits(value: Value) -> str:
    amount = value.data
    if isinstance(amount, int) and abs(amount) < 10_000_000_000:
        return str(amount)
    return general_text(amount, 10)


def elements_in_order(value: Value) -> list[Value]:
    """The elements of a sequence as a list would have them.

    The place of an unknown element among a set's elements is not known: around each known one
    any number of others may stand, which a ``REST`` on each side says.
    """
    if value.kind is not SET or is_settled(value):
        return list(value.data)
    rest = rest_of(unsettled(value), value.of or DYNAMIC)
    result = [rest]
    for item in value.data:
        if item.kind is not REST and is_wholly_known(item):
            result += (item, rest)
    return result


def is_settled(value: Value) -> bool:
    """Whether the number of a set's elements and their order are known."""
    return (len(value.data) <= 1 and not value.has_rest) or all(map(is_wholly_known, value.data))


def unsettled(value: Value) -> Unknown:
    return reasons_of(*(item for item in value.data if not is_wholly_known(item)))
