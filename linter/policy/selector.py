"""Walk JSONPath steps over partly known values.

Beside what the values are, a selection says what is *not* there and what cannot be known:

- a member that is absent below a container that is there gives a match whose value is ``MISSING``;
- an unknown on the way gives a match at the unknown, marked ``crossed``;
- a value of another type than the step needs (text where a mapping is expected) is unknown too;
- an element for which a filter cannot be decided is unknown.

On documents without unknowns, leaving out the missing, the result equals jsonpath-ng's ``find``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from linter.core.documents import Path
from linter.core.truth import Truth, conjunction, disjunction, kleene_not
from linter.core.values import MISSING, Choice, Inner, OpenDict, Rest, Template, Unknown, lookup
from linter.policy.jsonpath import Step, Steps

MAX_DEPTH = 1000
MAX_MATCHES = 200_000


class Match(NamedTuple):
    """One selected value.

    ``crossed`` means that the path could not be followed to its end: ``value`` is the unknown
    that stopped it, ``path`` the whole path that was asked for.
    """

    path: Path
    value: Any
    crossed: bool = False


class Surprise(Unknown):
    """A value of another type than the path needs: nothing can be said about what is below it."""

    __slots__ = ()


Pick = Callable[[Choice], Any]
"""Which of a choice's values holds in the world that is looked at."""


def select(steps: Steps, value: Any, pick: Pick | None = None) -> list[Match]:
    """Every match of the steps, in document order. Never raises; depth and number are bounded."""
    known: list[str | int] = []
    for step in steps:
        # Most of most paths: members that are there, of mappings that are wholly known.
        if step[0] != "key" or type(value) is not dict or step[1] not in value:
            break
        known.append(step[1])
        value = value[step[1]]
    matches = [Match(tuple(known), value)]
    for step in steps[len(known) :]:
        following: list[Match] = []
        for match in matches:
            if match.crossed:
                following.append(match)
            else:
                following.extend(_take(step, match.path, match.value, pick))
            if len(following) > MAX_MATCHES:
                following[MAX_MATCHES:] = [
                    Match(match.path, Unknown("too many values to look at"), True)
                ]
                break
        matches = following
    return matches


def _take(step: Step, path: Path, value: Any, pick: Pick | None) -> Iterator[Match]:
    while isinstance(value, Choice) and pick is not None:
        value = pick(value)
    kind = step[0]
    if kind == "key":
        yield _member(path, value, step[1])
    elif kind == "index":
        yield _element(path, value, step[1])
    elif kind in ("keys", "indices"):
        take = _member if kind == "keys" else _element
        for key in step[1:]:
            yield take(path, value, key)
    elif kind == "deep":
        yield from _deep(step[1], path, value, pick)
    else:
        unknown = _opaque(value, "a list or mapping" if kind != "slice" else "a list")
        if unknown is not None:
            yield Match(path, unknown, True)
        elif kind == "all":
            yield from _children(path, value)
        elif kind == "slice":
            yield from _slice(path, value, step)
        else:
            yield from _filtered(path, value, step[1], pick)


def _opaque(value: Any, wanted: str) -> Unknown | None:
    """The unknown that stands for a value which has no members; ``None`` if it has or is null."""
    if isinstance(value, dict | list) or value is None or value is MISSING:
        return None
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Choice):
        return Unknown("one of several values", value.references)
    references = value.references if isinstance(value, Template) else ()
    return Surprise(f"{type_word(value)} where {wanted} is expected", references)


def type_word(value: Any) -> str:
    """The type of a value for people."""
    if isinstance(value, str | Template):
        return "a text"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    return "null" if value is None or value is MISSING else "an unknown value"


def _member(path: Path, value: Any, key: str | int) -> Match:
    path = (*path, key)
    if isinstance(value, dict):
        found = lookup(value, key)
        if isinstance(found, Inner):
            return Match(path, found.container, True)
        return Match(path, found)
    if value is None or value is MISSING:
        return Match(path, MISSING)
    return _through_alternatives(path, value, key, "a mapping")


def _element(path: Path, value: Any, index: int) -> Match:
    if isinstance(value, list):
        found = lookup(value, index)
        if isinstance(found, Rest):
            return Match((*path, index), found, True)
        return Match(
            (*path, index + len(value) if index < 0 <= index + len(value) else index), found
        )
    if value is None or value is MISSING:
        return Match((*path, index), MISSING)
    return _through_alternatives((*path, index), value, index, "a list")


def _through_alternatives(path: Path, value: Any, key: str | int, wanted: str) -> Match:
    """A step into an unknown: into each of its alternatives, when it has any."""
    if isinstance(value, Unknown) and value.alternatives:
        inner = [MISSING if a is None else lookup(a, key) for a in value.alternatives]
        return Match(path, Unknown(value.reason, value.references, inner))
    unknown = _opaque(value, wanted)
    if unknown is None:
        unknown = Surprise(f"{type_word(value)} where {wanted} is expected")
    return Match(path, unknown, True)


def _children(path: Path, value: Any) -> Iterator[Match]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield Match((*path, index), item, isinstance(item, Rest))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield Match((*path, key), item)
        if isinstance(value, OpenDict):
            yield Match(path, value.rest, True)


def _slice(path: Path, value: Any, step: Step) -> Iterator[Match]:
    if not isinstance(value, list):
        if isinstance(value, dict):
            yield Match(path, Surprise("a mapping where a list is expected"), True)
        return
    rest = next((item for item in value if isinstance(item, Rest)), None)
    if rest is not None:
        yield Match(path, rest, True)
        return
    for index in range(len(value))[slice(*step[1:])]:
        yield Match((*path, index), value[index])


def _deep(step: Step, path: Path, value: Any, pick: Pick | None) -> Iterator[Match]:
    stack: list[tuple[Path, Any]] = [(path, value)]
    while stack:
        path, value = stack.pop()
        while isinstance(value, Choice) and pick is not None:
            value = pick(value)
        if isinstance(value, Unknown):
            if not _surely_scalar(value):
                yield Match(path, value, True)
            continue
        if not isinstance(value, dict | list):
            continue
        if len(path) > MAX_DEPTH:
            yield Match(path, Unknown("nested too deeply to look into"), True)
            continue
        for match in _deep_step(step, path, value, pick):
            if match.value is not MISSING:
                yield match
        if isinstance(value, list):
            stack.extend(((*path, index), value[index]) for index in range(len(value) - 1, -1, -1))
        else:
            stack.extend(((*path, key), value[key]) for key in reversed(value))


_SCALAR_ENDS = ("arn", "id", "name", "url", "uri", "bucket", "key_id", "account_id", "json")
_SCALAR_ROOTS = ("Steps.", "Execution.", "Parameters.", "AWS::")


def _surely_scalar(unknown: Unknown) -> bool:
    """Whether an unknown refers to what is text in every document: nothing is below it."""
    return bool(unknown.references) and all(
        reference.startswith(_SCALAR_ROOTS)
        or reference.rpartition(".")[2].lower().endswith(_SCALAR_ENDS)
        for reference in unknown.references
    )


def _deep_step(step: Step, path: Path, value: Any, pick: Pick | None) -> Iterator[Match]:
    """One level of ``..``: a step that does not fit the container selects nothing."""
    kind = step[0]
    if (kind in ("key", "keys") and not isinstance(value, dict)) or (
        kind in ("index", "indices", "slice") and not isinstance(value, list)
    ):
        return
    yield from _take(step, path, value, pick)


def _filtered(path: Path, value: Any, test: tuple[Any, ...], pick: Pick | None) -> Iterator[Match]:
    for match in _children(path, value):
        if match.crossed:
            yield match
            continue
        truth = _holds(test, match.value, pick)
        if truth is True:
            yield match
        elif truth is None:
            unknown = match.value if isinstance(match.value, Unknown) else None
            yield Match(
                match.path,
                unknown or Unknown("whether the filter selects this element is not known"),
                True,
            )


def _holds(test: tuple[Any, ...], value: Any, pick: Pick | None) -> Truth:
    kind = test[0]
    if kind == "and":
        return conjunction(_holds(operand, value, pick) for operand in test[1:])
    if kind == "or":
        return disjunction(_holds(operand, value, pick) for operand in test[1:])
    steps = test[2] if kind == "cmp" else test[1]
    found = [m for m in select_plain(steps, value, pick) if m.value is not MISSING]
    if kind == "cmp":
        operator, literal = test[1], test[3]
        if not found:
            return bool(operator == "!=")
        return disjunction(
            None if m.crossed else _compare(operator, m.value, literal, pick) for m in found
        )
    exists: Truth = False
    if found:
        exists = None if all(m.crossed for m in found) else True
    return exists if kind == "has" else kleene_not(exists)


def select_plain(steps: Steps, value: Any, pick: Pick | None) -> list[Match]:
    """:func:`select`, but a scalar on the way selects nothing instead of being a surprise."""
    return [
        m for m in select(steps, value, pick) if not (m.crossed and isinstance(m.value, Surprise))
    ]


def _compare(operator: str, value: Any, literal: Any, pick: Pick | None) -> Truth:
    """RFC 9535's comparison of one value with a literal."""
    while isinstance(value, Choice) and pick is not None:
        value = pick(value)
    if isinstance(value, Unknown | Choice):
        return None
    if isinstance(value, Template):
        if operator in ("==", "!=") and (
            not isinstance(literal, str) or not value.may_equal(literal)
        ):
            return operator == "!="
        return None
    if _is_number(value) and _is_number(literal):
        return _ordered(operator, value, literal)
    if isinstance(value, str) and isinstance(literal, str):
        return _ordered(operator, value, literal)
    equal = (
        value is literal
        if isinstance(literal, bool | None)
        else (not isinstance(value, bool) and value == literal)
    )
    if operator == "!=":
        return not equal
    return equal if operator in ("==", "<=", ">=") else False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _ordered(operator: str, left: Any, right: Any) -> bool:
    if operator == "==":
        return bool(left == right)
    if operator == "!=":
        return bool(left != right)
    if operator == "<":
        return bool(left < right)
    if operator == "<=":
        return bool(left <= right)
    return bool(left > right) if operator == ">" else bool(left >= right)
