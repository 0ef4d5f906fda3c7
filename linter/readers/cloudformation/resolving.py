"""Dynamic references: ``{{resolve:ssm:name:1}}`` is replaced when the stack is deployed."""

from __future__ import annotations

from typing import Any

from linter.core.regex import lazy_regex
from linter.core.rewriting import with_texts
from linter.core.values import Template, Unknown, make_string

MARK = "{{resolve:"
_REFERENCE = lazy_regex(r"\{\{(resolve:[a-z][a-z-]{0,30}:[^{}\s]{1,2000})\}\}")


def resolved(value: Any) -> Any:
    """A value with an unknown for each dynamic reference in its texts."""
    return with_texts(value, _text)


def _text(text: str | Template) -> Any:
    parts = text.parts if isinstance(text, Template) else (text,)
    if not any(isinstance(part, str) and MARK in part for part in parts):
        return text
    made: list[Any] = []
    for part in parts:
        made += _parts(part) if isinstance(part, str) else [part]
    return make_string(made)


def _parts(text: str) -> list[Any]:
    pieces: list[Any] = _REFERENCE.split(text)
    pieces[1::2] = [
        Unknown(f"{name[:120]} is read when the stack is deployed", (name,))
        for name in pieces[1::2]
    ]
    return pieces
