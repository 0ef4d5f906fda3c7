"""Message templates: ``{title}`` and a few other names, nothing that can be evaluated."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from linter.core.regex import lazy_regex
from linter.core.secrets import masked
from linter.core.values import MISSING, Choice, OpenDict, Template, Unknown, to_json

PLACEHOLDERS = ("title", "step", "name", "type", "value", "path")
MAX_SHOWN = 80

_TOKEN = lazy_regex(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")

Part = tuple[str, str]
"""``("text", …)``, ``("name", placeholder)`` or ``("param", parameter)``."""


class MessageError(ValueError):
    """A message with a placeholder that does not exist, or unbalanced braces."""


@lru_cache(maxsize=2048)
def parse_message(text: str) -> tuple[Part, ...]:
    """The parts of a template. Raises :class:`MessageError`."""
    parts: list[Part] = []
    position = 0
    for match in _TOKEN.finditer(text):
        parts.append(("text", text[position : match.start()]))
        position = match.end()
        token = match[0]
        if token in ("{{", "}}"):
            parts.append(("text", token[0]))
        elif match[1] is None:
            raise MessageError(f"a single {token} in the message; write {token}{token}")
        elif match[1].startswith("param:"):
            parts.append(("param", match[1][6:]))
        elif match[1] in PLACEHOLDERS:
            parts.append(("name", match[1]))
        else:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise MessageError(f"unknown placeholder {token}; there are {known}, {{param:NAME}}")
    parts.append(("text", text[position:]))
    return tuple(part for part in parts if part != ("text", ""))


def render(text: str, names: Callable[[str], str], parameters: Mapping[str, Any]) -> str:
    """Fill a template; ``names`` gives the text of a placeholder."""
    if "{" not in text and "}" not in text:
        return text
    out: list[str] = []
    for kind, content in parse_message(text):
        if kind == "text":
            out.append(content)
        elif kind == "param":
            out.append(display(parameters.get(content)))
        else:
            out.append(names(content))
    return "".join(out)


def display(value: Any) -> str:
    """A value in a sentence: short, on one line, and honest about what is not known."""
    if value is MISSING or value is None:
        return "not set"
    if isinstance(value, str):
        text = value if value else '""'
    elif isinstance(value, Template):
        text = str(value)
    elif isinstance(value, Unknown):
        text = ", ".join(value.references) or "a value that is not known"
    elif isinstance(value, Choice):
        text = " or ".join(display(item) for item in value.values[:4])
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, list) and all(
        isinstance(item, str | int | float | Template) for item in value[:20]
    ):
        text = ", ".join(display(item) for item in value[:20]) or "[]"
    elif isinstance(value, list | dict | OpenDict):
        text = json.dumps(to_json(_cut(value, 3)), ensure_ascii=False, default=str)
    else:
        text = str(value)
    text = masked(" ".join(text.split()))  # before it is cut: half a secret is one as well
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def _cut(value: Any, depth: int) -> Any:
    """The outer part of a value, enough to be shown."""
    if isinstance(value, dict):
        if depth == 0:
            return "…"
        return {str(key): _cut(value[key], depth - 1) for key in list(value)[:8]}
    if isinstance(value, list):
        return [_cut(item, depth - 1) for item in value[:8]] if depth else "…"
    if isinstance(value, str):
        return masked(value)[:MAX_SHOWN]
    return value if value is not MISSING else None
