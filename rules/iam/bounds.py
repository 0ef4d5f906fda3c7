"""What an unknown part of a Deny, or of a boundary, may take away.

A statement that is known in part takes away something for certain (its known part), and may take
away more: its *widest* form has every unknown filled by what denies most. What is denied by the
widest form alone is undecided. Of a statement that allows, as a boundary's does, the *narrowest*
form is what it allows at least.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linter.core.values import (
    MISSING,
    Choice,
    Inner,
    OpenDict,
    Template,
    Unknown,
    lookup,
    unknown_parts,
)
from rules.iam.arns import text_of
from rules.iam.reading import refers

_EVERYTHING = {"Action": ["*"], "Resource": ["*"]}
_ELEMENTS = ("Action", "NotAction", "Resource", "NotResource")


def widest_deny(statement: Any) -> dict[str, Any] | None:
    """The most that a statement may deny; ``None`` when it denies nothing, or is wholly known."""
    if isinstance(statement, Unknown | Choice):
        return {"Effect": "Deny", **_EVERYTHING}
    if not isinstance(statement, dict):
        return None
    effect = lookup(statement, "Effect")
    may_deny = effect == "Deny" or isinstance(effect, Unknown | Template | Choice)
    if not may_deny or next(unknown_parts(statement), None) is None:
        return None
    form: dict[str, Any] = {"Effect": "Deny"}
    for key in _ELEMENTS:
        value = lookup(statement, key)
        if value is MISSING or value is None:
            continue
        if isinstance(value, Inner):
            continue
        form[key] = _excluded(value) if key.startswith("Not") else _widened(value)
    for key, opposite in (("Action", "NotAction"), ("Resource", "NotResource")):
        if key not in form and not form.get(opposite):
            form.pop(opposite, None)
            form[key] = ["*"]
    condition = lookup(statement, "Condition")
    if isinstance(condition, dict) and not isinstance(condition, OpenDict):
        form["Condition"] = _weakest(condition)
    return form


def narrowest_allow(statement: Any) -> dict[str, Any] | None:
    """The least that a statement allows; ``None`` when that is nothing."""
    if not isinstance(statement, dict) or lookup(statement, "Effect") != "Allow":
        return None
    form: dict[str, Any] = {"Effect": "Allow"}
    for key in _ELEMENTS:
        value = lookup(statement, key)
        if value is MISSING or value is None:
            continue
        if key.startswith("Not"):
            if next(unknown_parts(value), None) is not None:
                return None
            form[key] = value
        else:
            form[key] = [v for v in _items(value) if isinstance(v, str) or _named(v)]
    condition = lookup(statement, "Condition")
    if condition is not MISSING and next(unknown_parts(condition), None) is not None:
        return None
    if condition is not MISSING:
        form["Condition"] = condition
    return form


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _named(value: Any) -> bool:
    return isinstance(value, Template) or (isinstance(value, Unknown) and refers(value))


def _widened(value: Any) -> list[Any]:
    found: list[Any] = []
    for item in _items(value):
        if isinstance(item, Template):
            found.append(text_of(item))
        elif isinstance(item, str) or _named(item):
            found.append(item)
        else:
            found.append("*")
    return found


def _excluded(value: Any) -> list[Any]:
    """Of what is excepted, that which certainly is."""
    return [item for item in _items(value) if isinstance(item, str)]


def _weakest(condition: dict[str, Any]) -> dict[str, Any]:
    """Without the entries that are not wholly known: they may hold."""
    keep: Callable[[Any], bool] = lambda value: next(unknown_parts(value), None) is None  # noqa: E731
    return {
        operator: {key: values for key, values in keys.items() if keep(values)}
        for operator, keys in condition.items()
        if isinstance(keys, dict) and not isinstance(keys, OpenDict)
    }
