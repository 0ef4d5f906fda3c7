"""What differs between code and account: pipelines, roles, and what is always on.

What the code leaves open (a variable without a value, a name that is made at run time) is counted
and never called a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document
from linter.core.record import entity, field, record
from linter.core.sources import Span
from linter.core.values import MISSING, Choice, OpenDict, Rest, Template, Unknown, lookup
from linter.domain.iam.differences import Differences, differences
from linter.domain.pipeline import Pipeline, Step
from linter.project.model import Project, Role
from linter.project.reach import permissions_of
from pricing.standing import StandingResource, standing_of

BRANCHES = ("IfSteps", "ElseSteps", "Steps")
"""Where a step holds steps, which are compared as what they are."""
_ALWAYS_ON = frozenset({"endpoint", "notebook", "studio-app", "mlflow", "cluster", "training-plan"})


@record
class Difference:
    """One value that differs, or stands on one side only.

    ``what`` names it for people (``Train: Arguments.ResourceConfig.InstanceType``); ``code`` and
    ``account`` are what each side says, ``MISSING`` where it says nothing; ``place`` is in the
    code, else in the snapshot.
    """

    what: str
    code: Any
    account: Any
    place: Span


@entity
class Compared:
    """A pipeline, role or resource that both sides have."""

    kind: str
    name: str
    place: Span
    arn: str
    differences: list[Difference] = field(default_factory=list)
    permissions: Differences | None = None
    """For roles: what only one side allows; the code is the first."""
    open: int = 0
    """Values that the code leaves open."""

    @property
    def drifted(self) -> bool:
        allowed = self.permissions is not None and bool(self.permissions.found)
        return bool(self.differences) or allowed


@record
class Alone:
    """What one side has and the other has not."""

    kind: str
    name: str
    place: Span


@entity
class Drift:
    """The whole comparison. ``unnamed`` is of the code, and has a name that is not known."""

    compared: list[Compared] = field(default_factory=list)
    only_code: list[Alone] = field(default_factory=list)
    only_account: list[Alone] = field(default_factory=list)
    unnamed: list[Alone] = field(default_factory=list)

    @property
    def drifted(self) -> bool:
        return bool(self.only_account or self.only_code) or any(
            item.drifted for item in self.compared
        )


def drift(code: Project, account: Project) -> Drift:
    """Compare what code makes with what an account holds."""
    found = Drift()
    _match(
        found,
        "pipeline",
        [(p.name, p, _span(p.document)) for p in code.pipelines],
        [(p.name, p, _span(p.document)) for p in account.pipelines],
        _pipelines,
    )
    _match(
        found,
        "role",
        [(role.name, role, _span(role.document)) for role in code.roles],
        [(role.name, role, _span(role.document)) for role in account.roles],
        _roles,
        extra=False,
    )
    _standing(found, code, account)
    return found


def _span(document: Document) -> Span:
    return document.locate().span


def _match(
    found: Drift,
    kind: str,
    code: list[tuple[Any, Any, Span]],
    account: list[tuple[Any, Any, Span]],
    compare: Any,
    *,
    extra: bool = True,
) -> None:
    """Pair two sides by name, and compare each pair.

    ``extra``: whether what only the account has is worth a word: an account has roles of others.
    """
    deployed = {_folded(name): (thing, place) for name, thing, place in account}
    matched = set()
    may_be = []
    for name, thing, place in code:
        if not isinstance(name, str):
            found.unnamed.append(Alone(kind, str(name), place))
            may_be.append(name)
            continue
        other = deployed.get(_folded(name))
        if other is None:
            found.only_code.append(Alone(kind, name, place))
            continue
        matched.add(_folded(name))
        made = Compared(kind, name, place, other[0].document.address)
        compare(made, thing, other[0])
        found.compared.append(made)
    if not extra:
        return
    for name, _, place in account:
        if _folded(name) not in matched and not any(_may_be(own, name) for own in may_be):
            found.only_account.append(Alone(kind, str(name), place))


def _folded(name: Any) -> str:
    return str(name).lower()


def _may_be(own: Any, name: Any) -> bool:
    return not isinstance(own, Template) or own.may_equal(str(name))


def _roles(made: Compared, code: Role, account: Role) -> None:
    made.permissions = differences(permissions_of(code), permissions_of(account))
    made.open += made.permissions.open
    ours = code.trust.value if code.trust is not None else MISSING
    theirs = account.trust.value if account.trust is not None else MISSING
    _values(made, "trust policy", _principals(ours), _principals(theirs), made.place)


def _principals(trust: Any) -> Any:
    """Whom a trust policy names, in an order of its own; not known where a part is not."""
    if trust is MISSING:
        return MISSING
    statements = lookup(trust, "Statement")
    found: set[str] = set()
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = lookup(statement, "Principal")
        if isinstance(principal, str):
            found.add(principal)
        elif isinstance(principal, dict):
            for values in principal.values():
                for value in values if isinstance(values, list) else [values]:
                    if not isinstance(value, str):
                        return Unknown("a principal is not known")
                    found.add(value)
        else:
            return Unknown("the principals are not known")
    return sorted(found)


def _pipelines(made: Compared, code: Pipeline, account: Pipeline) -> None:
    if code.not_read or not isinstance(code.definition, dict):
        made.open += 1
        return
    _values(made, "RoleArn", code.role, account.role, made.place)
    _values(
        made,
        "Parameters",
        _by_name(lookup(code.definition, "Parameters")),
        _by_name(lookup(account.definition, "Parameters")),
        made.place,
    )
    theirs = {step.name: step for step in account.steps}
    ours = {step.name: step for step in code.steps}
    for name, step in ours.items():
        place = code.locator.locate(step.path).span
        other = theirs.get(name)
        if other is None:
            made.differences.append(Difference(f"{name}: step", step.type, MISSING, place))
        else:
            _steps(made, code, step, other)
    if code.steps_complete:
        for name, step in theirs.items():
            if name not in ours:
                place = account.locator.locate(step.path).span
                made.differences.append(Difference(f"{name}: step", MISSING, step.type, place))
    else:
        made.open += 1


def _steps(made: Compared, code: Pipeline, step: Step, other: Step) -> None:
    def locate(path: tuple[str | int, ...]) -> Span:
        return code.locator.locate((*step.path, *path)).span

    for what, ours, theirs, path in _leaves(step.raw, other.raw, ()):
        if ours is _OPEN:
            made.open += 1
        else:
            made.differences.append(Difference(f"{step.name}: {what}", ours, theirs, locate(path)))


def _values(made: Compared, what: str, ours: Any, theirs: Any, place: Span) -> None:
    for more, one, other, _ in _leaves(ours, theirs, ()):
        if one is _OPEN:
            made.open += 1
        else:
            name = ".".join(filter(None, (what, more)))
            made.differences.append(Difference(name, one, other, place))


def _by_name(entries: Any) -> Any:
    """Parameters by their names: their order says nothing."""
    if not isinstance(entries, list):
        return {} if entries is MISSING else entries
    found = {}
    for entry in entries:
        name = lookup(entry, "Name")
        if not isinstance(name, str):
            return Unknown("a parameter's name is not known")
        found[name] = entry
    return found


_OPEN = object()
"""What the code leaves open."""

_Leaf = tuple[str, Any, Any, tuple[str | int, ...]]


def _leaves(ours: Any, theirs: Any, path: tuple[str | int, ...]) -> Iterator[_Leaf]:
    """Where two values differ: the path for people, both sides, and the path."""
    if isinstance(ours, Unknown | Choice | Template):
        if (
            isinstance(ours, Template) and isinstance(theirs, str) and not ours.may_equal(theirs)
        ) or (isinstance(ours, Choice) and all(_differs(value, theirs) for value in ours.values)):
            yield _shown(path), ours, theirs, path
        else:
            yield _shown(path), _OPEN, theirs, path
    elif isinstance(ours, dict) and isinstance(theirs, dict):
        yield from _members(ours, theirs, path)
    elif isinstance(ours, list) and isinstance(theirs, list):
        yield from _items(ours, theirs, path)
    elif _differs(ours, theirs):
        yield _shown(path), ours, theirs, path


def _members(
    ours: dict[str, Any], theirs: dict[str, Any], path: tuple[str | int, ...]
) -> Iterator[_Leaf]:
    for key in dict.fromkeys((*ours, *theirs)):
        if key in BRANCHES:
            continue  # the steps in them are compared each by its name
        one, other = lookup(ours, key), lookup(theirs, key)
        if key not in ours and not isinstance(ours, OpenDict):
            yield _shown((*path, key)), MISSING, other, path
        elif other is MISSING and not isinstance(one, Unknown):
            if one is not None:  # null is what is left out
                yield _shown((*path, key)), one, MISSING, (*path, key)
        else:
            yield from _leaves(one, other, (*path, key))


def _items(ours: list[Any], theirs: list[Any], path: tuple[str | int, ...]) -> Iterator[_Leaf]:
    if any(isinstance(item, Rest) for item in ours):
        yield _shown(path), _OPEN, theirs, path
    elif len(ours) != len(theirs):
        yield _shown(path), ours, theirs, path
    else:
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _leaves(one, other, (*path, index))


def _differs(one: Any, other: Any) -> bool:
    """Whether two known values differ; ``"30"`` and ``30`` do not: the SDK writes either."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is not other
    if isinstance(one, str | int | float) and isinstance(other, str | int | float):
        return one != other and str(one) != str(other)
    return bool(one != other)


def _shown(path: Iterable[str | int]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _standing(found: Drift, code: Project, account: Project) -> None:
    """Endpoints, notebooks and their kin: instance types and counts."""
    ours = {(item.kind, item.name): item for item in _always_on(code)}
    theirs = {(item.kind, item.name): item for item in _always_on(account)}
    open_kinds = {kind for (kind, _), item in ours.items() if not _is_named(item)}
    for key, item in ours.items():
        place = _place(item)
        if not _is_named(item):
            found.unnamed.append(Alone(item.kind, item.address, place))
        elif key not in theirs:
            found.only_code.append(Alone(item.kind, item.name, place))
        else:
            other = theirs[key]
            made = Compared(item.kind, item.name, place, other.address)
            _values(made, "", _machines(item), _machines(other), place)
            found.compared.append(made)
    for key, item in theirs.items():
        if key not in ours and item.kind not in open_kinds:
            found.only_account.append(Alone(item.kind, item.name, _place(item)))


def _always_on(project: Project) -> Iterator[StandingResource]:
    for item in standing_of(project, project.pipelines):
        if item.kind in _ALWAYS_ON:
            yield item


def _is_named(item: StandingResource) -> bool:
    return bool(item.name) and "${" not in item.name and item.name != item.address


def _place(item: StandingResource) -> Span:
    if isinstance(item.of, Document):
        return _span(item.of)
    return Span(item.path, 1, 1, 1, 1)


def _machines(item: StandingResource) -> dict[str, Any]:
    """What a resource runs on, as far as it says."""
    made: dict[str, Any] = {}
    if item.instance_type is not MISSING:
        made["instance type"] = item.instance_type
    for variant in item.variants:
        made[variant.name] = {
            "instance type": variant.instance_type,
            "instances": variant.count,
        }
    return made
