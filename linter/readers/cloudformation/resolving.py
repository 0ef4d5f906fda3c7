"""Dynamic references: ``{{resolve:ssm:name:1}}`` is replaced when the stack is deployed."""

from __future__ import annotations

from typing import Any

from linter.core.regex import lazy_regex
from linter.core.values import OpenDict, Template, Unknown, make_string

MARK = "{{resolve:"
_REFERENCE = lazy_regex(r"\{\{(resolve:[a-z][a-z-]{0,30}:[^{}\s]{1,2000})\}\}")


def resolved(value: Any) -> Any:
    """A value with an unknown for each dynamic reference in its texts."""
    if isinstance(value, str):
        return make_string(_parts(value)) if MARK in value else value
    if isinstance(value, Template):
        if not any(isinstance(part, str) and MARK in part for part in value.parts):
            return value
        parts: list[Any] = []
        for part in value.parts:
            parts += _parts(part) if isinstance(part, str) else [part]
        return make_string(parts)
    if isinstance(value, list):
        return [resolved(item) for item in value]
    if isinstance(value, dict):
        made = {key: resolved(item) for key, item in value.items()}
        return OpenDict(made, value.rest) if isinstance(value, OpenDict) else made
    return value


def _parts(text: str) -> list[Any]:
    pieces: list[Any] = _REFERENCE.split(text)
    pieces[1::2] = [
        Unknown(f"{name[:120]} is read when the stack is deployed", (name,))
        for name in pieces[1::2]
    ]
    return pieces
