"""Whether two lists of steps do the same, their names aside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from linter.core.truth import Truth, conjunction
from linter.core.values import MISSING, Choice, OpenDict, Rest, Template, Unknown, lookup
from linter.domain.pipeline import BRANCH_KEYS

_FOR_PEOPLE = ("Name", "DisplayName", "Description")
_MAX_DEPTH = 200
_STEP = re.compile(r"(Steps(?:\.|\[\s*['\"]))([A-Za-z0-9_-]+)")


def alike(first: Any, second: Any) -> Truth:
    """Whether two branches do the same; ``None`` where unknown values decide. Empty ones do not."""
    if _empty(first) or _empty(second):
        return False
    if isinstance(first, Unknown) or isinstance(second, Unknown):
        return None
    if not isinstance(first, list) or not isinstance(second, list):
        return False
    numbers = [
        {name: f"step {index}" for index, name in enumerate(_names(side)) if name}
        for side in (first, second)
    ]
    return _equal(first, second, numbers[0], numbers[1], 0)


def _empty(branch: Any) -> bool:
    return branch is MISSING or branch is None or branch == []


def _names(branch: list[Any]) -> Iterator[str]:
    """Names of the steps in the order of the text, those of inner steps included."""
    waiting = list(reversed(branch))
    while waiting:
        step = waiting.pop()
        name = lookup(step, "Name")
        yield name if isinstance(name, str) else ""
        for key in (key for keys in BRANCH_KEYS.values() for key in keys):
            inner = lookup(lookup(step, "Arguments"), key)
            waiting.extend(reversed(inner) if isinstance(inner, list) else ())


_Numbers = Mapping[str, str]
"""Name of a step of the branch → its place in it."""


def _equal(first: Any, second: Any, left: _Numbers, right: _Numbers, depth: int) -> Truth:
    if isinstance(first, Unknown | Template | Choice) or isinstance(
        second, Unknown | Template | Choice
    ):
        return _undecided(first, second)
    if depth > _MAX_DEPTH:
        return None
    if isinstance(first, dict) and isinstance(second, dict):
        keys = [key for key in {**first, **second} if not _names_step(key, first, second)]
        open_ = isinstance(first, OpenDict) or isinstance(second, OpenDict)
        truths = [
            _equal(lookup(first, key), lookup(second, key), left, right, depth + 1) for key in keys
        ]
        return conjunction([*truths, None if open_ else True])
    if isinstance(first, list) and isinstance(second, list):
        rest = any(isinstance(item, Rest) for item in (*first, *second))
        if len(first) != len(second):
            return None if rest else False
        pairs = zip(first, second, strict=True)
        return conjunction(_equal(a, b, left, right, depth + 1) for a, b in pairs)
    if isinstance(first, str) and isinstance(second, str):
        return _renamed(first, left) == _renamed(second, right)
    return type(first) is type(second) and bool(first == second)


def _undecided(first: Any, second: Any) -> Truth:
    """Two values of which one is not wholly known: the same variable is the same value."""
    if first == second and not isinstance(first, Rest) and not isinstance(first, Choice):
        return True if getattr(first, "references", ()) else None
    for template, text in ((first, second), (second, first)):
        if isinstance(template, Template) and isinstance(text, str):
            return None if template.may_equal(text) else False
    return None


def _names_step(key: str, first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Whether a member is the name of a step, which says nothing of what it does."""
    return key in _FOR_PEOPLE and lookup(first, "Type") is not MISSING is not lookup(second, "Type")


def _renamed(text: str, numbers: _Numbers) -> str:
    """A text in which steps of the branch go by their place: in ``Get`` and ``DependsOn``."""
    if text in numbers:
        return numbers[text]
    if not text.startswith("Steps"):
        return text
    return _STEP.sub(lambda match: match[1] + numbers.get(match[2], match[2]), text)
