"""JSON text from plain data with exact money.

The standard encoder writes a ``Decimal`` only through a float; amounts here keep their digits.
"""

from __future__ import annotations

import json
from decimal import Decimal
from json.encoder import encode_basestring
from math import isfinite, isnan
from typing import Any

from linter.core.regex import lazy_regex

_ESCAPED = lazy_regex("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""What would act on a terminal or hide text where JSON is only looked at, and lone surrogates."""


def dumps(value: Any, *, indent: int | None = 2) -> str:
    """JSON text of dicts, lists, strings, numbers, booleans, ``None`` and ``Decimal``.

    Text is not restricted to ASCII; lone surrogates, which UTF-8 cannot carry, and characters
    that control how text is shown are escaped.
    Raises ``TypeError`` for anything else.
    """
    out: list[str] = []
    _write(value, out, indent, 0)
    return "".join(out)


def _string(text: str) -> str:
    encoded = encode_basestring(text)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match.group()):04x}", encoded)


def _write(value: Any, out: list[str], indent: int | None, level: int) -> None:
    if isinstance(value, str):
        out.append(_string(str(value)))
    elif isinstance(value, Decimal):
        out.append(format(value, "f"))
    elif isinstance(value, float) and not isfinite(value):
        # A number too large for any reader stays one; JSON has no word for it.
        out.append("null" if isnan(value) else f"{'-' * (value < 0)}1e999")
    elif value is None or isinstance(value, bool | int | float):
        out.append(json.dumps(value))
    elif isinstance(value, dict | list | tuple):
        named = isinstance(value, dict)
        if not value:
            out.append("{}" if named else "[]")
            return
        inner = "" if indent is None else "\n" + " " * (indent * (level + 1))
        outer = "" if indent is None else "\n" + " " * (indent * level)
        separator = ""
        out.append("{" if named else "[")
        # One frame for each level: what is nested as deep as a document may be is written, too.
        for member in value.items() if isinstance(value, dict) else value:
            out.append(separator + inner)
            separator = ", " if indent is None else ","
            if named:
                out.append(f"{_string(str(member[0]))}: ")
                _write(member[1], out, indent, level + 1)
            else:
                _write(member, out, indent, level + 1)
        out.append(outer + ("}" if named else "]"))
    else:
        raise TypeError(f"{type(value).__name__} has no JSON form")
