"""Helpers the function modules share."""

from __future__ import annotations

from linter.core.values import Template, Unknown
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.numbers import exact, format_number, is_integer
from linter.readers.terraform.cty.sets import elements_in_order
from linter.readers.terraform.cty.types import (
    DYNAMIC,
    STRING_TYPE,
    ListType,
    SetType,
    TupleType,
    Type,
)
from linter.readers.terraform.cty.value import (
    LIST,
    REST,
    SEQUENCES,
    UNKNOWN,
    Value,
    reasons_of,
    rest_of,
    string,
    unknown,
)

TEXT_LIMIT = 10_000_000
"""Characters a function may return."""
ELEMENT_LIMIT = 100_000
"""Elements a function may return."""

_INT_LIMIT = 1 << 63

STRINGS = ListType(STRING_TYPE)
ANY_LIST = ListType(DYNAMIC)


def is_sequence_type(of: Type) -> bool:
    return isinstance(of, ListType | SetType | TupleType)


def whole(value: Value, index: int) -> int:
    """A number argument as an int.

    Raises:
        FunctionError: when it has a fraction.
    """
    amount = value.data
    result = int(exact(amount)) if is_integer(amount) else None
    if result is None or not -_INT_LIMIT <= result < _INT_LIMIT:
        raise FunctionError(
            f"value must be a whole number, between -{_INT_LIMIT} and {_INT_LIMIT - 1}", index
        )
    return result


def bounded(text: str) -> str:
    """The text, if it is not longer than a function may return."""
    if len(text) > TEXT_LIMIT:
        raise FunctionError(f"the result would be longer than {TEXT_LIMIT} characters")
    return text


def check_count(count: int) -> None:
    if count > ELEMENT_LIMIT:
        raise FunctionError(f"the result would have more than {ELEMENT_LIMIT} elements")


def not_known(*values: Value, of: Type | None = None, not_null: bool = True) -> Value:
    """An unknown result because of what is unknown in these arguments."""
    why = reasons_of(*values)
    return unknown(why, not_null=not_null) if of is None else unknown(why, of=of, not_null=not_null)


def elements(value: Value) -> list[Value]:
    """A sequence's elements; the places of a set's are told apart by ``REST``."""
    return elements_in_order(value) if value.kind in SEQUENCES else []


def as_rest(value: Value) -> Value:
    """Something unknown as zero or more unknown elements."""
    return value if value.kind is REST else rest_of(value.unknown)


def known_prefix(items: list[Value]) -> int:
    """How many elements are certainly at their index: those before the first ``REST``."""
    for index, item in enumerate(items):
        if item.kind is REST:
            return index
    return len(items)


def interspersed(items: list[Value], why: Unknown) -> list[Value]:
    """Elements of which the order is known but not what stands between them."""
    rest = rest_of(why)
    result = [rest]
    for item in items:
        result += (item, rest)
    return result


def string_list(texts: list[str]) -> Value:
    check_count(len(texts))
    return Value(LIST, [string(text) for text in texts], STRING_TYPE)


def parts_of(value: Value) -> list[str | Unknown]:
    """A string value as text and unknowns, as ``make_string`` takes them."""
    if value.kind is UNKNOWN or value.kind is REST:
        return [value.data]
    data = value.data
    return list(data.parts) if isinstance(data, Template) else [data]


def show(value: Value) -> str:
    """A primitive as messages have it."""
    if isinstance(value.data, str):
        return value.data
    if isinstance(value.data, bool):
        return "true" if value.data else "false"
    return format_number(value.data)
