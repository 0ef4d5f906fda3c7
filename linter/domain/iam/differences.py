"""What one set of permissions allows and another does not, by what they allow and not by text.

Actions that the same patterns of both sides name, and resources likewise, are one class: one of
each is asked about. What either side leaves open is counted, never called a difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from linter.core.record import record
from linter.core.values import Choice, lookup
from linter.domain.iam.evaluate import Permissions, Statement, allowed
from linter.domain.iam.globs import covers
from linter.domain.iam.operators import listed
from linter.domain.iam.request import Request
from linter.domain.iam.services import Action, expand

MAX_QUESTIONS = 20_000
_WORD = "pipewarden"
"""Stands for a wildcard of a resource: some name that no policy writes."""


@record
class Difference:
    """Actions of one service that only one side allows on a resource.

    ``first`` says which: the first side's permissions, else the second's.
    """

    service: str
    actions: tuple[str, ...]
    resource: str
    first: bool


@record
class Differences:
    """``open`` counts the classes of requests that either side leaves undecided."""

    found: tuple[Difference, ...]
    open: int
    complete: bool = True
    """False when there were more classes than are asked about."""


def differences(one: Permissions, other: Permissions) -> Differences:
    """Compare two sets of permissions."""
    statements = (*_statements(one), *_statements(other))
    classes = _classes(statements)
    resources = _resources(statements)
    found: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    open_, asked = 0, 0
    for actions in classes:
        for resource in resources:
            asked += 1
            if asked > MAX_QUESTIONS:
                return _made(found, open_, complete=False)
            request = Request(actions[0].full_name, resource)
            first, second = allowed(one, request), allowed(other, request)
            if first is None or second is None:
                open_ += 1
            elif first is not second:
                for action in actions:
                    found[action.service, resource, first].append(action.full_name)
    return _made(found, open_)


def _made(
    found: dict[tuple[str, str, bool], list[str]], open_: int, *, complete: bool = True
) -> Differences:
    return Differences(
        tuple(
            Difference(service, tuple(actions), resource.replace(_WORD, "*"), first)
            for (service, resource, first), actions in sorted(found.items())
        ),
        open_,
        complete,
    )


def _statements(permissions: Permissions) -> Iterable[Statement]:
    yield from permissions.identity
    yield from permissions.boundary or ()
    yield from permissions.controls


def _texts(statements: Iterable[Statement], *keys: str) -> list[str]:
    """The known texts of some elements of statements, each once."""
    found: dict[str, None] = {}
    for statement in statements:
        for key in keys:
            for item in listed(lookup(statement.value, key)):
                for text in item.values if isinstance(item, Choice) else (item,):
                    if isinstance(text, str):
                        found[text] = None
    return list(found)


def _classes(statements: Sequence[Statement]) -> list[list[Action]]:
    """Every action that some Allow names, in groups that the same patterns name."""
    patterns = [text.lower() for text in _texts(statements, "Action", "NotAction")]
    allowing = [item for item in statements if item.effect != "Deny"]
    named: dict[str, Action] = {}
    for pattern in _texts(allowing, "Action"):
        for action in expand(pattern):
            named[action.full_name.lower()] = action
    if _texts(allowing, "NotAction"):
        for action in expand("*"):
            named[action.full_name.lower()] = action
    groups: dict[tuple[str, tuple[bool, ...]], list[Action]] = defaultdict(list)
    for name, action in sorted(named.items()):
        groups[action.service, tuple(covers(p, name) for p in patterns)].append(action)
    return list(groups.values())


def _resources(statements: Sequence[Statement]) -> list[str]:
    """One resource for each pattern that a side writes; wildcards are some name."""
    found: dict[str, None] = {}
    for text in _texts(statements, "Resource", "NotResource"):
        found[text.replace("*", _WORD).replace("?", "x")] = None
    return list(found) or [_WORD]
