"""What a role may do, as far as its policies in the scan say, beside what its pipelines need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from linter.core.record import record
from linter.core.values import MISSING, Rest, Unknown, lookup
from linter.domain.iam.derive import Needs, derive, role_text
from linter.domain.iam.evaluate import Permissions, Statement, allowed
from linter.domain.iam.managed import document_of
from linter.domain.iam.operators import listed
from linter.domain.iam.request import Request
from linter.domain.iam.services import Action, expand
from linter.domain.pipeline import Pipeline
from linter.project.access import access_of
from linter.project.model import Project, Role

LEVELS = ("list", "read", "write", "tagging", "permissions")
"""Access levels of the service authorization reference, in the order of their danger."""

_SHORT = {"Permissions management": "permissions"}
_ANYTHING = Unknown("any resource")


@record
class ServiceReach:
    """Actions of one service that a role may perform on some resource.

    ``levels`` counts them by access level; one with two levels counts in both. ``needed`` is how
    many the pipelines that run with the role need, ``None`` when none does; ``total`` is how many
    the service has.
    """

    service: str
    actions: int
    total: int
    levels: Mapping[str, int]
    needed: int | None


@record
class RoleReach:
    """``denied`` are patterns of actions that a Deny or the boundary certainly takes away of those
    that an Allow names; ``undecided`` are action elements of which nothing is known."""

    services: tuple[ServiceReach, ...]
    denied: tuple[str, ...]
    undecided: tuple[str, ...]

    @property
    def actions(self) -> int:
        return sum(service.actions for service in self.services)

    @property
    def needed(self) -> int | None:
        counted = [service.needed for service in self.services if service.needed is not None]
        return sum(counted) if counted else None


def permissions_of(role: Role) -> Permissions:
    """Everything in the scan that says what a role may do."""
    return access_of(role).permissions


def may(permissions: Permissions, action: str) -> bool:
    """Whether some request with the action may be allowed: nothing certainly takes it away."""
    return allowed(permissions, Request(action, _ANYTHING)) is not False


def reach_of(role: Role) -> RoleReach:
    """Count what a role may do."""
    permissions = permissions_of(role)
    found: dict[str, list[Action]] = {}
    denied: dict[str, None] = {}
    undecided: dict[str, None] = {}
    for statement in permissions.identity:
        if statement.effect != "Allow":
            continue
        for pattern in _patterns(statement, undecided):
            actions = expand(pattern)
            kept = [action for action in actions if may(permissions, action.full_name)]
            if len(kept) < len(actions):
                denied.setdefault(pattern)
            for action in kept:
                found.setdefault(action.service, []).append(action)
    needed = _needed(role)
    services = (
        _service(name, actions, None if needed is None else needed)
        for name, actions in sorted(found.items())
    )
    return RoleReach(tuple(services), tuple(denied), tuple(undecided))


def needs_of(role: Role) -> list[Needs]:
    """What the pipelines that run with a role need it to be allowed."""
    return [
        needed
        for pipeline in role.pipelines
        for needed in derive(pipeline)
        if is_role(role, pipeline, needed.role)
    ]


def role_for(project: Project, pipeline: Pipeline, text: str) -> Role | None:
    """The role of the scan that an ARN with placeholders, derived from a pipeline, names."""
    root = pipeline.document.root
    near = (role for role in project.roles if role.document.root == root)
    candidates = (*project.roles_of(pipeline), *near)
    return next((role for role in candidates if is_role(role, pipeline, text)), None)


def is_role(role: Role, pipeline: Pipeline, text: str) -> bool:
    """Whether an ARN with placeholders, derived from a pipeline, names the role."""
    values = [value for one, value in role.named_by if one is pipeline]
    if any(role_text(value) == text for value in values):
        return True
    name = role.name if isinstance(role.name, str) else ""
    return f"<{role.address}." in text or bool(name and text.endswith(f":role/{name}"))


def not_read(role: Role) -> list[str]:
    """Those of :func:`attached` of which it is not known what they allow."""
    return [
        name
        for arn, name in zip(role.managed_elsewhere, attached(role), strict=True)
        if document_of(arn) is None
    ]


def attached(role: Role) -> list[str]:
    """Attached policies that are not in the scan: AWS's managed ones, and other stacks'."""
    return [
        (", ".join(arn.references) or arn.reason) if isinstance(arn, Unknown) else str(arn)
        for arn in role.managed_elsewhere
    ]


def _needed(role: Role) -> frozenset[str] | None:
    needs = needs_of(role)
    if not needs:
        return None
    return frozenset(action.lower() for needed in needs for action in needed.actions)


def _patterns(statement: Statement, undecided: dict[str, None]) -> Iterable[str]:
    """Patterns of actions that the statement may allow, in lower case."""
    named = lookup(statement.value, "Action")
    if named is MISSING:
        # Everything except what it lists: the evaluation leaves that out.
        return ("*",) if lookup(statement.value, "NotAction") is not MISSING else ()
    patterns: list[str] = []
    for item in listed(named):
        if isinstance(item, str):
            patterns.append(item.lower())
        else:
            undecided.setdefault(_shown(item))
    return patterns


def _shown(value: Any) -> str:
    if isinstance(value, Unknown):
        return ", ".join(value.references) or ("more" if isinstance(value, Rest) else value.reason)
    return str(value)


def _service(name: str, actions: list[Action], needed: frozenset[str] | None) -> ServiceReach:
    unique = {action.full_name.lower(): action for action in actions}
    levels: Counter[str] = Counter()
    for action in unique.values():
        for level in action.access_level.split(", "):
            levels[_SHORT.get(level, level.lower())] += 1
    return ServiceReach(
        name,
        len(unique),
        len(expand(f"{name}:*")),
        {level: levels[level] for level in LEVELS if levels[level]},
        None if needed is None else sum(1 for action in needed if action in unique),
    )
