"""JSON as Terraform writes and reads it."""

from __future__ import annotations

import json
from typing import Any

from linter.core.values import PossibleKeys, Template, Unknown, make_string
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.numbers import format_number, parse_number
from linter.readers.terraform.cty.quoting import json_text
from linter.readers.terraform.cty.sets import elements_in_order
from linter.readers.terraform.cty.types import DYNAMIC, STRING_TYPE, Primitive
from linter.readers.terraform.cty.value import (
    BOOL,
    MAPPINGS,
    NULL,
    NUMBER,
    OBJECT,
    REST,
    SEQUENCES,
    STRING,
    TUPLE,
    UNKNOWN,
    Value,
    from_plain,
    null,
    number,
)

Part = str | Unknown

SIZE_LIMIT = 10_000_000
"""Characters of JSON one value may make, counted before it is written."""
DEPTH_LIMIT = 400


def check_size(value: Value) -> None:
    """Refuses a value whose JSON would be too long or too deep; shared parts count each time.

    Raises:
        FunctionError
    """
    sizes: dict[int, int] = {}

    def measure(item: Value, depth: int) -> int:
        kind = item.kind
        if kind is STRING:
            inner = item.decoded
            if inner is not None:
                return measure(inner, depth + 1) + 2
            return len(item.data) + 2 if isinstance(item.data, str) else 40
        if kind not in SEQUENCES and kind not in MAPPINGS:
            return 8
        known = sizes.get(id(item))
        if known is not None:
            return known
        if depth > DEPTH_LIMIT:
            raise FunctionError("the value is nested too deeply")
        if kind in SEQUENCES:
            total = 2 + sum(measure(part, depth + 1) + 1 for part in item.data)
        else:
            total = 2 + sum(
                len(key) + 4 + measure(part, depth + 1) for key, part in item.data.items()
            )
        if total > SIZE_LIMIT:
            raise FunctionError(f"the result would be longer than {SIZE_LIMIT} characters")
        sizes[id(item)] = total
        return total

    measure(value, 0)


def encode(value: Value) -> str | Template:
    """The text of ``jsonencode``; a template where parts are not known."""
    parts: list[Part] = []
    _write(value, parts)
    made = make_string(parts)
    return made if isinstance(made, str | Template) else Template((made,))


def json_parts(value: Value) -> list[Part]:
    """As :func:`encode`, as text and unknowns in order."""
    check_size(value)
    parts: list[Part] = []
    _write(value, parts)
    return parts


def _write(value: Value, out: list[Part]) -> None:
    kind = value.kind
    if kind is STRING:
        _write_text(value.data, out)
    elif kind is NUMBER:
        out.append(format_number(value.data))
    elif kind is BOOL:
        out.append("true" if value.data else "false")
    elif kind is NULL:
        out.append("null")
    elif kind is UNKNOWN:
        if value.type is STRING_TYPE and value.not_null:
            out += ('"', value.data, '"')
        else:
            out.append(value.data)
    elif kind is REST:
        out.append(value.data)
    elif kind in SEQUENCES:
        _write_list(value, out)
    else:
        _write_object(value, out)


def _write_text(text: str | Template, out: list[Part]) -> None:
    if isinstance(text, str):
        out.append(f'"{json_text(text)}"')
        return
    out.append('"')
    out.extend(json_text(part) if isinstance(part, str) else part for part in text.parts)
    out.append('"')


def _write_list(value: Value, out: list[Part]) -> None:
    out.append("[")
    comma = False
    for item in elements_in_order(value):
        if item.kind is REST:
            # Stands for the commas beside it too.
            out.append(item.data)
            comma = False
            continue
        if comma:
            out.append(",")
        _write(item, out)
        comma = True
    out.append("]")


def _write_object(value: Value, out: list[Part]) -> None:
    out.append("{")
    if value.rest is not None:
        out.append(value.rest)
    comma = False
    for name in sorted(value.data):
        if comma:
            out.append(",")
        out.append(f'"{json_text(name)}":')
        _write(value.data[name], out)
        comma = value.rest is None
        if not comma and value.rest is not None:
            out.append(value.rest)
    out.append("}")


def decode(text: str) -> Value:
    """The value of a JSON text.

    Raises:
        FunctionError: with what is wrong and where.
    """
    try:
        data = json.loads(
            text, parse_int=_number, parse_float=_number, parse_constant=_refuse, strict=True
        )
        return from_plain(data)
    except RecursionError:
        raise FunctionError("the JSON text is nested too deeply", 0) from None
    except json.JSONDecodeError as error:
        raise FunctionError(
            f"invalid JSON: {error.msg} at line {error.lineno}, column {error.colno}", 0
        ) from None


def _number(text: str) -> Value:
    try:
        return number(parse_number(text))
    except ValueError as error:
        raise FunctionError(f"invalid JSON: {error}", 0) from None


def _refuse(text: str) -> Any:
    raise FunctionError(f"invalid JSON: {text} is not a JSON value", 0)


def through_json(value: Value) -> Value:
    """What ``jsondecode(jsonencode(value))`` is: lists become tuples, maps objects."""
    return _Through().of(value)


class _Through:
    __slots__ = ("_done",)

    def __init__(self) -> None:
        self._done: dict[int, Value] = {}

    def of(self, value: Value) -> Value:
        kind = value.kind
        if kind is NUMBER:
            if isinstance(value.data, float):
                return number(parse_number(format_number(value.data)), value.origin)
            return value
        if kind is BOOL or kind is STRING:
            return value
        if kind is NULL:
            return null(DYNAMIC, value.origin)
        if kind is UNKNOWN or kind is REST:
            of = value.type if isinstance(value.type, Primitive) else DYNAMIC
            options = tuple(map(self.of, value.options))
            return value.replaced(of=of, options=options, _type=None)
        done = self._done.get(id(value))
        if done is None:
            if kind in SEQUENCES:
                items = [self.of(item) for item in elements_in_order(value)]
                done = value.replaced(kind=TUPLE, data=items, of=None, _type=None)
            else:
                parts = {key: self.of(item) for key, item in value.data.items()}
                rest = value.rest
                if isinstance(rest, PossibleKeys):
                    possible = {key: self.of(item) for key, item in rest.possible.items()}
                    rest = PossibleKeys(rest.reason, rest.references, possible)
                done = value.replaced(kind=OBJECT, data=parts, of=None, rest=rest, _type=None)
            self._done[id(value)] = done
        return done
