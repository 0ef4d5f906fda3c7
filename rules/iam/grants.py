"""IAM001 to IAM006, IAM012: wildcards in actions, and what they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from linter.core.values import MISSING, lookup
from linter.domain.iam.patterns import matches
from linter.domain.iam.services import Action, actions_of, expand
from linter.policy.helpers import fail, like, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from linter.policy.statements import normal_policy
from linter.project.model import Policy, Role
from rules.iam.arns import can_act_on
from rules.iam.reading import (
    allows,
    conditioned,
    elements,
    is_everything,
    is_service,
    is_star,
    listed,
    ml_roles,
    pipelines_of,
    policy_of,
    star,
    statements,
    undecided_actions,
    writes,
)
from rules.iam.tables import CREDENTIALS, DANGEROUS, EXPOSURE, NOTEBOOK_URL, PRESIGNED, stake

_LEFT_TO_OTHERS = ("s3", "iam", "sts")
"""Services whose ``:*`` has a rule of its own: IAM004, IAM012, IAM069."""


def everything(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM001: the action ``*`` on every resource."""
    if not allows(subject):
        return
    reach, _ = star(subject.value)
    if reach is False:
        return
    yield from undecided_actions(subject)
    for path, action in elements(subject.value, "Action"):
        if not is_everything(action):
            continue
        if reach is None:
            yield unknown(lookup(subject.value, "Resource"), path)
            continue
        under = ", under a condition," if conditioned(subject.value) else ""
        yield fail(
            path,
            f"{subject.title} allows{under} every action of every service on every resource"
            f"{pipelines_of(policy_of(subject).roles)}",
            severity=Severity.HIGH if under else None,
        )


def everything_bounded(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM005: the action ``*`` on some resource."""
    resources = [value for _, value in elements(subject.value, "Resource")]
    if not allows(subject) or not resources or star(subject.value)[0]:
        return
    yield from undecided_actions(subject)
    for path, action in elements(subject.value, "Action"):
        if is_everything(action):
            yield fail(
                path,
                f"{subject.title} allows every action on what it names, deleting it and giving it "
                f"to others included{pipelines_of(policy_of(subject).roles)}",
            )


def service_wildcard(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM002: ``service:*`` on every resource."""
    if not allows(subject):
        return
    reach, where = star(subject.value)
    yield from undecided_actions(subject)
    if reach is False:
        return
    for path, action in elements(subject.value, "Action"):
        if not is_service(action):
            continue
        service = action.partition(":")[0].lower()
        if service in _LEFT_TO_OTHERS or (service == "sagemaker" and ml_roles(subject)):
            continue
        actions = expand(action.lower())
        if actions and not any(item.resource_types for item in actions):
            continue  # the service has no resources to name
        if reach:
            yield fail(
                path,
                f"{subject.title} allows {action} on every resource: {stake(action)}"
                f"{_needs(policy_of(subject).roles, service)}",
                detail=action.lower(),
            )
        else:
            yield unknown(lookup(subject.value, "Resource"), where)


def _needs(roles: list[Role], service: str) -> str:
    """What the pipelines that run with the roles need of a service, in words."""
    from linter.domain.iam.derive import derive

    pipelines = list(dict.fromkeys(p for role in roles for p in role.pipelines))
    if not pipelines:
        return ""
    needed = {
        action.lower()
        for pipeline in pipelines
        for needs in derive(pipeline)
        for action in needs.actions
        if action.lower().startswith(f"{service}:")
    }
    titles = listed([pipeline.title for pipeline in pipelines], 2)
    many = "pipelines" if len(pipelines) > 1 else "pipeline"
    if not needed:
        return pipelines_of(roles)
    return f"; {many} {titles} need{'' if len(pipelines) > 1 else 's'} {len(needed)} of them"


def sagemaker_wildcard(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM003: ``sagemaker:*`` for a role that runs ML jobs, whatever the resource."""
    if not allows(subject):
        return
    exempt = [str(item) for item in context.parameters["platform_roles"]]
    roles = [
        role for role in ml_roles(subject) if not any(like(role.name, glob) for glob in exempt)
    ]
    if not roles:
        return
    yield from undecided_actions(subject)
    for path, action in elements(subject.value, "Action"):
        if is_service(action) and action.partition(":")[0].lower() == "sagemaker":
            where = " on every resource" if star(subject.value)[0] else ""
            yield fail(
                path,
                f"{subject.title} allows {action}{where} to a role that runs jobs: {stake(action)}"
                f"{_needs(roles, 'sagemaker')}",
            )


def s3_wildcard(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM004: ``s3:*``, also when bounded to a bucket."""
    if not allows(subject) or denies(policy_of(subject), "s3:*"):
        return
    yield from undecided_actions(subject)
    reach, _ = star(subject.value)
    for path, action in elements(subject.value, "Action"):
        if is_service(action) and action.partition(":")[0].lower() == "s3":
            where = "every bucket" if reach else "the buckets it names"
            yield fail(
                path,
                f"{subject.title} allows {action} on {where}: {stake(action)}, deleting buckets "
                f"and rewriting their policies included"
                f"{_needs(policy_of(subject).roles, 's3')}",
                severity=None if reach else Severity.MEDIUM,
            )


def denies(policy: Policy, action: str) -> bool:
    """Whether a policy certainly denies an action, or all of a pattern, on everything."""
    return any(matches(pattern, action) for pattern in _denied(policy))


@lru_cache(maxsize=256)
def _denied(policy: Policy) -> tuple[str, ...]:
    """Patterns of actions that a policy denies on everything, unconditionally."""
    found: list[str] = []
    for statement in statements(normal_policy(policy.value)):
        if lookup(statement, "Effect") != "Deny" or lookup(statement, "Condition") is not MISSING:
            continue
        if any(is_star(resource) for _, resource in elements(statement, "Resource")):
            found += [a.lower() for _, a in elements(statement, "Action") if isinstance(a, str)]
    return tuple(found)


def iam_control(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM012: ``iam:*``, or patterns that together stand for every write action of IAM."""
    if not allows(subject):
        return
    yield from undecided_actions(subject)
    found = [
        (path, action)
        for path, action in elements(subject.value, "Action")
        if isinstance(action, str) and matches(action.partition(":")[0].lower(), "iam")
        if ":" in action and not is_everything(action)
    ]
    whole = [(path, action) for path, action in found if is_service(action)]
    if not whole and found:
        covered = {item.name for _, action in found for item in expand(action.lower())}
        every = {item.name for item in actions_of("iam").values() if writes(item)}
        whole = found[:1] if every and every <= covered else []
    for path, action in whole:
        bounded = not star(subject.value)[0] or conditioned(subject.value)
        yield fail(
            path,
            f"{subject.title} allows {action}: {stake('iam:*')}. Whoever holds it is an "
            f"administrator{pipelines_of(policy_of(subject).roles)}",
            severity=Severity.HIGH if bounded else None,
        )


_HIDDEN = (DANGEROUS | EXPOSURE | PRESIGNED | NOTEBOOK_URL | CREDENTIALS) - {"sts:assumerole"}


def hidden_by_wildcard(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM006: ``iam:Put*`` and the like stand for more than they seem to."""
    if not allows(subject):
        return
    named = [a.lower() for _, a in elements(subject.value, "Action") if isinstance(a, str)]
    literal = {action for action in named if "*" not in action and "?" not in action}
    resources = [value for _, value in elements(subject.value, "Resource")]
    for path, action in elements(subject.value, "Action"):
        if not isinstance(action, str) or not _is_partial(action):
            continue
        every = expand(action.lower())
        found = list(_hidden(every, literal, resources))
        if found:
            yield fail(
                path,
                f"{subject.title} allows {action}, which stands for {len(every)} actions and "
                f"includes {listed(found, 3)}{pipelines_of(policy_of(subject).roles)}",
                detail=action.lower(),
            )


def _is_partial(action: str) -> bool:
    name = action.partition(":")[2]
    return ("*" in name or "?" in name) and not is_service(action) and not is_everything(action)


def _hidden(every: Iterable[Action], literal: set[str], resources: list[Any]) -> Iterator[str]:
    for item in every:
        name = item.full_name.lower()
        if name in _HIDDEN and writes(item) and name not in literal and can_act_on(item, resources):
            yield item.full_name
