"""What the fixes of definitions need to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linter.core.documents import Path
from linter.core.regex import lazy_regex
from linter.core.values import MISSING, dig, lookup
from linter.domain.shapes import step_types
from linter.policy.model import CannotFixError, Subject
from rules.syn.syn_shapes import allowed_values

_INTEGER = lazy_regex(r"[+-]?\d{1,15}")
_NUMBER = lazy_regex(r"[+-]?\d{1,15}(\.\d{1,15})?")
_TYPES = ("String", "Integer", "Float", "Boolean")


def _same_letters(text: Any, words: tuple[str, ...] | list[str]) -> str:
    """The one of some words that a text is in other case. Raises :class:`CannotFixError`."""
    found = [word for word in words if isinstance(text, str) and word.lower() == text.lower()]
    if len(found) != 1:
        raise CannotFixError("which value is meant is not known")
    return found[0]


def _unquoted(text: Any) -> bool | int | float:
    """What a text is without its quotes. Raises :class:`CannotFixError`."""
    if isinstance(text, str):
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        if _INTEGER.fullmatch(text):
            return int(text)
        if _NUMBER.fullmatch(text):
            return float(text)
    raise CannotFixError("which value is meant is not known")


def step_type(subject: Subject, at: Path, parameters: Mapping[str, Any]) -> str:  # noqa: ARG001
    """SYN002: the type that is written in other case."""
    if at[-1:] != ("Type",):
        raise CannotFixError("what is missing is not known")
    return _same_letters(dig(subject.value, *at), tuple(step_types()))


def argument(
    subject: Subject,
    at: Path,
    parameters: Mapping[str, Any],  # noqa: ARG001
) -> str | int | float:
    """SYN004: a number without its quotes, or an allowed value in its case."""
    value = dig(subject.value, *at)
    allowed = allowed_values(subject, at)
    if allowed is None:
        raise CannotFixError("which value is meant is not known")
    if allowed:
        return _same_letters(value, list(allowed))
    return _unquoted(value)


def parameter(
    subject: Subject,
    at: Path,
    parameters: Mapping[str, Any],  # noqa: ARG001
) -> str | bool | int | float:
    """SYN007: a type in its case, or a default of the type that is declared."""
    value = dig(subject.value, *at)
    if at[-1] == "Type":
        return _same_letters(value, _TYPES)
    kind = lookup(dig(subject.value, *at[:2]), "Type")
    if ("DefaultValue" not in at and "EnumValues" not in at) or value in (MISSING, None):
        raise CannotFixError("what is meant is not known")
    if kind == "String" and not isinstance(value, str | dict | list):
        return str(value).lower() if isinstance(value, bool) else str(value)
    made = _unquoted(value)
    fits = {"Integer": type(made) is int, "Float": type(made) in (int, float)}
    if not fits.get(str(kind), kind == "Boolean" and isinstance(made, bool)):
        raise CannotFixError("which value is meant is not known")
    return made


def switch(subject: Subject, at: Path, parameters: Mapping[str, Any]) -> bool:  # noqa: ARG001
    """SYN010: a switch without its quotes."""
    made = _unquoted(dig(subject.value, *at))
    if not isinstance(made, bool):
        raise CannotFixError("whether it is on is not known")
    return made
