"""Patterns of ``match``: whether a value fits, and the names that are bound then."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from linter.core.values import Template, Unknown
from linter.readers.python.builtin import is_a
from linter.readers.python.expressions import evaluate
from linter.readers.python.operators import compare, equal
from linter.readers.python.values import (
    Cell,
    External,
    Instance,
    Map,
    Seq,
    UserClass,
    is_scalar,
)

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine


def fits(machine: Machine, pattern: ast.pattern, subject: Cell) -> bool | None:
    """Whether a value fits; ``None`` where that is not known. Names are bound on the way."""
    from linter.readers.python.statements import bind_name

    value = subject.value
    if isinstance(pattern, ast.MatchAs):
        inner = True if pattern.pattern is None else fits(machine, pattern.pattern, subject)
        if inner and pattern.name:
            bind_name(machine, pattern.name, subject)
        return inner
    if isinstance(pattern, ast.MatchValue):
        return equal(evaluate(machine, pattern.value).value, value)
    if isinstance(pattern, ast.MatchSingleton):
        return compare(ast.Is(), value, pattern.value, machine.place(pattern))
    if isinstance(pattern, ast.MatchOr):
        return _first(machine, pattern.patterns, subject)
    if isinstance(pattern, ast.MatchSequence):
        return _sequence(machine, pattern.patterns, subject)
    if isinstance(pattern, ast.MatchMapping):
        return _mapping(machine, pattern, subject)
    if isinstance(pattern, ast.MatchClass):
        return _class(machine, pattern, subject)
    return None


def names(pattern: ast.pattern) -> Iterator[str]:
    """The names that a pattern binds."""
    for item in ast.walk(pattern):
        for field in ("name", "rest"):
            name = getattr(item, field, None)
            if isinstance(name, str):
                yield name


def _first(machine: Machine, patterns: list[ast.pattern], subject: Cell) -> bool | None:
    for pattern in patterns:
        found = fits(machine, pattern, subject)
        if found is not False:
            return found
    return False


def _all(machine: Machine, pairs: list[tuple[ast.pattern, Cell]]) -> bool | None:
    found = [fits(machine, pattern, cell) for pattern, cell in pairs]
    return False if False in found else None if None in found else True


def _sequence(machine: Machine, patterns: list[ast.pattern], subject: Cell) -> bool | None:
    from linter.readers.python.statements import bind_name

    value = subject.value
    if is_scalar(value) or isinstance(value, Map | Template):
        return False
    if not isinstance(value, Seq) or not value.exact:
        return None
    if value.kind in ("set", "iterator"):
        return False
    items = list(value.items)
    stars = [index for index, one in enumerate(patterns) if isinstance(one, ast.MatchStar)]
    if not stars:
        if len(items) != len(patterns):
            return False
        return _all(machine, list(zip(patterns, items, strict=True)))
    at = stars[0]
    behind = len(patterns) - at - 1
    if len(items) < at + behind:
        return False
    end = len(items) - behind
    pairs = [*zip(patterns[:at], items[:at], strict=True)]
    pairs += zip(patterns[at + 1 :], items[end:], strict=True)
    star = patterns[at]
    if isinstance(star, ast.MatchStar) and star.name:
        bind_name(machine, star.name, Cell(Seq(items[at:end]), subject.place))
    return _all(machine, pairs)


def _mapping(machine: Machine, pattern: ast.MatchMapping, subject: Cell) -> bool | None:
    from linter.readers.python.statements import bind_name

    value = subject.value
    if is_scalar(value) or isinstance(value, Seq | Template):
        return False
    if not isinstance(value, Map):
        return None
    keys = [evaluate(machine, key).value for key in pattern.keys]
    if any(not is_scalar(key) for key in keys):
        return None
    if any(key not in value.items for key in keys):
        return False if value.exact else None
    pairs = [(inner, value.items[key]) for inner, key in zip(pattern.patterns, keys, strict=True)]
    if pattern.rest:
        rest = {key: cell for key, cell in value.items.items() if key not in keys}
        left = Map(rest, dict(value.keys), value.rest, dict(value.possible))
        bind_name(machine, pattern.rest, Cell(left, subject.place))
    return _all(machine, pairs)


def _class(machine: Machine, pattern: ast.MatchClass, subject: Cell) -> bool | None:
    kind = evaluate(machine, pattern.cls).value
    value = subject.value
    if isinstance(value, Unknown) or not isinstance(kind, External | UserClass):
        return None
    known = is_a(value, kind)
    if not known:
        return known
    if not pattern.patterns and not pattern.kwd_attrs:
        return True
    if isinstance(kind, External) and len(pattern.patterns) == 1 and not pattern.kwd_attrs:
        return fits(machine, pattern.patterns[0], subject) if kind.name in _ITSELF else None
    if not isinstance(value, Instance) or pattern.patterns:
        return None
    pairs: list[tuple[ast.pattern, Cell]] = []
    for name, inner in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
        if name not in value.names:
            return None
        pairs.append((inner, value.names[name]))
    return _all(machine, pairs)


_ITSELF = frozenset({"str", "int", "float", "bool", "bytes", "list", "tuple", "dict", "set"})
"""Classes whose one positional pattern is for the value itself."""
