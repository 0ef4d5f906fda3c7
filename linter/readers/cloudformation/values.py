"""Partly known values as CloudFormation's functions handle them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from linter.core.values import (
    Choice,
    OpenDict,
    Rest,
    Template,
    Unknown,
    is_known,
    make_string,
    references_of,
)


class _NoValue:
    __slots__ = ()

    def __repr__(self) -> str:
        return "NO_VALUE"


NO_VALUE = _NoValue()
"""``AWS::NoValue``: removes the key or list item it stands for."""


def as_text(value: Any) -> str | Template | Unknown:
    """A value where a string is wanted: CloudFormation writes numbers and booleans out."""
    if isinstance(value, str | Template | Unknown):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if value is None or value is NO_VALUE:
        return ""
    return unknown_of("a list or mapping stands where text is needed", [value])


def unknown_of(reason: str, values: Iterable[Any], alternatives: Iterable[Any] = ()) -> Unknown:
    """An unknown that refers to everything that ``values`` refer to."""
    found = list(values)
    first = next((v for v in found if isinstance(v, Unknown)), None)
    return Unknown(
        first.reason if first is not None and not reason else reason,
        [reference for value in found for reference in references_of(value)],
        alternatives,
    )


def first_unknown(values: Iterable[Any]) -> Unknown | None:
    """The first of the values that is not known, as an ``Unknown``."""
    for value in values:
        if isinstance(value, Unknown):
            return value
        if isinstance(value, Template):
            return Unknown(value.reason, value.references)
    return None


def json_text(value: Any) -> str | Template | Unknown:
    """``Fn::ToJsonString``'s text; a template where the value is partly known."""
    if is_known(value):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    parts: list[Any] = []
    _write(value, parts)
    return make_string(parts)


def _write(value: Any, parts: list[Any]) -> None:
    if isinstance(value, Unknown):
        parts.append(value)
    elif isinstance(value, Choice):
        parts.append(Unknown("one of several values", value.references, value.values))
    elif isinstance(value, Template):
        parts.append('"')
        parts.extend(p if isinstance(p, Unknown) else _escaped(p) for p in value.parts)
        parts.append('"')
    elif isinstance(value, dict):
        parts.append("{")
        for index, (key, item) in enumerate(value.items()):
            parts.append(("," if index else "") + f'"{_escaped(key)}":')
            _write(item, parts)
        if isinstance(value, OpenDict):
            parts.append(value.rest)
        parts.append("}")
    elif isinstance(value, list):
        parts.append("[")
        for index, item in enumerate(value):
            if index and not isinstance(item, Rest):
                parts.append(",")
            _write(item, parts)
        parts.append("]")
    else:
        parts.append(json.dumps(value, ensure_ascii=False))


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
