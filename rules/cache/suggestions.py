"""What the fixes of caching need to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linter.core.documents import Path
from linter.core.regex import lazy_regex
from linter.core.values import dig
from linter.policy.model import CannotFixError, Subject

_WORDS = lazy_regex(r"(?i)p?t?(\d{1,6})\s*(weeks?|w|days?|d|hours?|h|minutes?|min|m)")
_UNITS = {"w": (7, "D", ""), "d": (1, "D", ""), "h": (1, "H", "T"), "m": (1, "M", "T")}


def duration(subject: Subject, at: Path, parameters: Mapping[str, Any]) -> str:  # noqa: ARG001
    """``30 days`` as ``P30D``. Raises :class:`CannotFixError` for what says no duration."""
    value = dig(subject.value, *at)
    said = _WORDS.fullmatch(value.strip()) if isinstance(value, str) else None
    if said is None or not int(said[1]):
        raise CannotFixError("which duration is meant is not known")
    times, unit, time = _UNITS[said[2][0].lower()]
    return f"P{time}{int(said[1]) * times}{unit}"
