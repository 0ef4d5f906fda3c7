"""IAM060: parts of a policy that another part of it makes superfluous."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Path
from linter.core.reads import unwatched
from linter.core.record import record
from linter.core.values import OpenDict, Rest, Template, Unknown, is_known, lookup
from linter.domain.iam.cover import Cover
from linter.domain.iam.globs import wild
from linter.policy.helpers import fail, unknown, why_unknown
from linter.policy.model import Context, Outcome, Subject
from rules.iam.reading import conditioned, elements, is_star

_ELEMENTS = ("Action", "Resource")
MAX_STATEMENTS = 200
"""Statements compared with each other; a policy that fits IAM has fewer."""


@record
class _Plain:
    """A statement without principals, with its patterns ready."""

    index: int
    effect: Any
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Any
    cover: tuple[Cover, Cover]
    unknown: Unknown | None
    """What of it is not known; its patterns are then those that are."""
    open: tuple[bool, bool]
    """Whether it may have actions, and resources, that are not among its patterns."""

    def includes(self, other: _Plain) -> bool:
        """Whether it says what ``other`` says, and at least as much; unknowns left out."""
        return (
            _includes(self.cover[0], other.actions)
            and _includes(self.cover[1], other.resources)
            and (self.condition is None or self.condition == other.condition)
        )

    def may_include(self, other: _Plain) -> bool:
        """The same where something of one of them is not known."""
        return (
            (self.open[0] or _includes(self.cover[0], other.actions))
            and (self.open[1] or _includes(self.cover[1], other.resources))
            and (
                self.condition is None
                or self.condition == other.condition
                or not is_known(self.condition)
                or not is_known(other.condition)
            )
        )


def redundant(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM060: elements within a statement, then statements as a whole."""
    statements = lookup(subject.value, "Statement")
    items = statements if isinstance(statements, list) else []
    plain = []
    for index, statement in enumerate(items[:MAX_STATEMENTS]):
        if not isinstance(statement, dict):
            continue
        with unwatched():  # what is not known is reported where it may matter
            within = list(_within(subject, statement, ("Statement", index)))
            ready = _plain(index, statement)
        yield from within
        if ready is not None:
            plain.append(ready)
    yield from _whole(subject, items, [one for one in plain if one.unknown is None])
    yield from _undecided(plain)


def _within(subject: Subject, statement: Any, base: Path) -> Iterator[Outcome]:
    for key in _ELEMENTS:
        listed = list(elements(statement, key))
        found = [(path, v) for path, v in listed if isinstance(v, str)]
        cover = Cover(_glob(key, value) for _, value in found)
        superfluous = False
        for number, (path, value) in enumerate(found):
            wider = cover.wider(number)
            if wider is not None:
                superfluous = True
                other = found[wider][1]
                twice = value.lower() == other.lower()
                how = "twice" if twice else f"beside {other}, which includes it"
                yield fail(
                    (*base, *path),
                    f"{subject.title} lists {value} {how}",
                    detail=f"{base[1]} {key} {value}",
                )
        open_ones = [
            (path, value)
            for path, value in listed
            if isinstance(value, Unknown) or (key == "Action" and isinstance(value, Template))
        ]
        may_be_many = any(isinstance(v, Rest) or path == (key,) for path, v in open_ones)
        if (open_ones and len(listed) > 1 and not superfluous) or may_be_many:
            yield unknown(open_ones[0][1], (*base, *open_ones[0][0]))


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
    """``None`` for a statement that has principals, or that excludes actions or resources."""
    if "Principal" in statement or "NotPrincipal" in statement:
        return None
    unread: list[Unknown] = [statement.rest] if isinstance(statement, OpenDict) else []
    parts: list[tuple[str, ...]] = []
    open_ones: list[bool] = []
    for key in _ELEMENTS:
        values = [value for _, value in elements(statement, key)]
        if not values:
            return None
        others = [_unknown(value) for value in values if not isinstance(value, str)]
        unread.extend(others)
        open_ones.append(bool(others) or isinstance(statement, OpenDict))
        parts.append(tuple(_glob(key, value) for value in values if isinstance(value, str)))
    condition = statement.get("Condition") if conditioned(statement) else None
    if condition is not None and not is_known(condition):
        unread.append(Unknown("its condition is not wholly known"))
    effect = lookup(statement, "Effect")
    if not isinstance(effect, str):
        unread.append(_unknown(effect))
    return _Plain(
        index,
        effect,
        parts[0],
        parts[1],
        condition,
        (Cover(parts[0]), Cover(parts[1])),
        unread[0] if unread else None,
        (open_ones[0], open_ones[1]),
    )


def _unknown(value: Any) -> Unknown:
    if isinstance(value, Unknown):
        return value
    reason, references = why_unknown(value)
    return Unknown(reason, references)


def _undecided(plain: list[_Plain]) -> Iterator[Outcome]:
    """Statements that may say what another says, if their unknown parts do."""
    for one in plain:
        for other in plain:
            if one is other or (one.unknown is None and other.unknown is None):
                continue
            if other.may_include(one) and _may_agree(one, other):
                yield unknown(one.unknown or other.unknown, ("Statement", one.index))
                break


def _may_agree(one: _Plain, other: _Plain) -> bool:
    """Whether their effects may be the same, or the other's may be a Deny."""
    known = isinstance(one.effect, str) and isinstance(other.effect, str)
    return not known or one.effect == other.effect or other.effect == "Deny"


def _glob(key: str, value: str) -> str:
    if key == "Action":
        return wild(value.lower())
    return wild("*" if is_star(value) else value)


def _includes(wider: Cover, narrower: tuple[str, ...]) -> bool:
    return all(wider.includes(other) for other in narrower)


def _named(items: list[Any], statement: _Plain) -> str:
    sid = lookup(items[statement.index], "Sid")
    if isinstance(sid, str) and sid:
        return f"statement {sid}"
    return f"statement {statement.index + 1}"
