"""IAM060: parts of a policy that another part of it makes superfluous."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Path
from linter.core.record import record
from linter.core.values import MISSING, OpenDict, Unknown, lookup
from linter.domain.iam.globs import ONE, STAR, covers, wild
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Subject
from rules.iam.reading import conditioned, elements, is_star

_ELEMENTS = ("Action", "Resource")
MAX_STATEMENTS = 200
"""Statements compared with each other; a policy that fits IAM has fewer."""


@record
class _Plain:
    """A statement of which everything is known, with its patterns ready."""

    index: int
    effect: Any
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Any
    services: frozenset[str] | None
    """Of its actions; ``None`` when a wildcard stands for some."""

    def includes(self, other: _Plain) -> bool:
        """Whether it says what ``other`` says, and at least as much."""
        if self.services is not None and not (other.services or {""}) <= self.services:
            return False
        return (
            _includes(self.actions, other.actions)
            and _includes(self.resources, other.resources)
            and (self.condition is None or self.condition == other.condition)
        )


def redundant(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM060: elements within a statement, then statements as a whole."""
    statements = lookup(subject.value, "Statement")
    items = statements if isinstance(statements, list) else []
    plain = []
    for index, statement in enumerate(items[:MAX_STATEMENTS]):
        if not isinstance(statement, dict):
            continue
        yield from _within(subject, statement, ("Statement", index))
        ready = _plain(index, statement)
        if ready is not None:
            plain.append(ready)
        elif len(items) > 1:
            yield from _undecided(statement, ("Statement", index))
    yield from _whole(subject, items, plain)


def _within(subject: Subject, statement: Any, base: Path) -> Iterator[Outcome]:
    for key in _ELEMENTS:
        found = [(path, v) for path, v in elements(statement, key) if isinstance(v, str)]
        globs = [_glob(key, value) for _, value in found]
        for number, (path, value) in enumerate(found):
            wider = next((n for n in range(len(found)) if _wider(globs, n, number)), None)
            if wider is not None:
                other = found[wider][1]
                twice = value.lower() == other.lower()
                how = "twice" if twice else f"beside {other}, which includes it"
                yield fail(
                    (*base, *path),
                    f"{subject.title} lists {value} {how}",
                    detail=f"{base[1]} {key} {value}",
                )


def _wider(globs: list[str], first: int, second: int) -> bool:
    """Whether the first includes the second; of two that are equal, the later is superfluous."""
    if first == second or not covers(globs[first], globs[second]):
        return False
    return first < second or not covers(globs[second], globs[first])


def _whole(subject: Subject, items: list[Any], plain: list[_Plain]) -> Iterator[Outcome]:
    for one in plain:
        same = next((o for o in plain if o is not one and _makes_superfluous(o, one)), None)
        if same is None:
            continue
        if same.effect == one.effect:
            reason = f"says nothing that {_named(items, same)} does not say"
        else:
            reason = f"allows nothing: {_named(items, same)} denies all of it"
        yield fail(
            ("Statement", one.index),
            f"{_named(items, one)} of {subject.title} {reason}",
            detail=f"statement {one.index}",
        )


def _makes_superfluous(wider: _Plain, one: _Plain) -> bool:
    if not wider.includes(one):
        return False
    if wider.effect != one.effect:
        return bool(wider.effect == "Deny" and wider.condition is None)
    return wider.index < one.index or not one.includes(wider)


def _plain(index: int, statement: dict[str, Any]) -> _Plain | None:
    """``None`` for a statement of which something is not known, or that has principals."""
    if isinstance(statement, OpenDict) or "Principal" in statement or "NotPrincipal" in statement:
        return None
    parts: list[tuple[str, ...]] = []
    for key in _ELEMENTS:
        values = [value for _, value in elements(statement, key)]
        if not values or not all(isinstance(value, str) for value in values):
            return None
        parts.append(tuple(_glob(key, value) for value in values))
    condition = statement.get("Condition") if conditioned(statement) else None
    if isinstance(condition, Unknown):
        return None
    services = frozenset(action.partition(":")[0] for action in parts[0])
    wide = any(STAR in service or ONE in service for service in services)
    return _Plain(
        index,
        lookup(statement, "Effect"),
        parts[0],
        parts[1],
        condition,
        None if wide else services,
    )


def _undecided(statement: dict[str, Any], base: Path) -> Iterator[Outcome]:
    """A statement whose only action or resource is not known may be what another says."""
    for key in _ELEMENTS:
        value = lookup(statement, key)
        single = value[0] if isinstance(value, list) and len(value) == 1 else value
        if value is not MISSING and isinstance(single, Unknown):
            yield unknown(single, (*base, key))
            return


def _glob(key: str, value: str) -> str:
    if key == "Action":
        return wild(value.lower())
    return wild("*" if is_star(value) else value)


def _includes(wider: tuple[str, ...], narrower: tuple[str, ...]) -> bool:
    return all(any(covers(one, other) for one in wider) for other in narrower)


def _named(items: list[Any], statement: _Plain) -> str:
    sid = lookup(items[statement.index], "Sid")
    if isinstance(sid, str) and sid:
        return f"statement {sid}"
    return f"statement {statement.index + 1}"
