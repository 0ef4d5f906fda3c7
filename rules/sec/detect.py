"""What is a secret: known token formats, and random values under telling names."""

from __future__ import annotations

import re
from typing import Any

from linter.core.secrets import TOKENS, genuine, looks_random, named_secret
from linter.core.values import Template

__all__ = ["looks_random", "text_of", "what"]


def what(value: Any, name: str = "") -> str | None:
    """What kind of secret a text holds, or ``None``. A name counts only with a random value."""
    text = text_of(value)
    if not text:
        return None
    for kind, pattern in TOKENS:
        if any(genuine(kind, found[0]) for found in re.finditer(pattern, text)):
            return kind
    if isinstance(value, str) and named_secret(name, value):
        return "a secret"
    return None


def text_of(value: Any) -> str:
    """The known text of a value, as much of it as is looked at."""
    if isinstance(value, str):
        return value[:20_000]
    if isinstance(value, Template):
        return "\0".join(part for part in value.parts if isinstance(part, str))[:20_000]
    return ""
