"""IAM001 to IAM006, IAM012: wildcards in actions, and what they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.values import Template, Unknown
from linter.domain.iam.patterns import matches
from linter.domain.iam.services import Action, actions_of, expand
from linter.policy.helpers import fail, like, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from linter.policy.subjects import StatementOf
from linter.project.access import access_of, access_with
from linter.project.model import Policy, Role
from rules.iam.arns import acts_on, can_act_on
from rules.iam.principals import left, left_anywhere, may, principals_of
from rules.iam.reading import (
    allows,
    conditioned,
    elements,
    everywhere,
    is_everything,
    is_service,
    listed,
    may_be_everything,
    may_be_service,
    ml_roles,
    open_resource,
    pipelines_of,
    policy_of,
    possible_ml_roles,
    star,
    writes,
)
from rules.iam.tables import (
    CREDENTIALS,
    DANGEROUS,
    EXPOSURE,
    NOTEBOOK_URL,
    PRESIGNED,
    stake,
    stake_of,
)

_LEFT_TO_OTHERS = ("s3", "iam", "sts")
"""Services whose ``:*`` has a rule of its own: IAM004, IAM012, IAM069."""
_WORST_OF_S3 = ("s3:deletebucket", "s3:putbucketpolicy")


def everything(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM001: the action ``*`` on every resource."""
    if not allows(subject):
        return
    for path, action in elements(subject.value, "Action", could=may_be_everything):
        if not is_everything(action):
            continue
        reach = everywhere(subject.value)
        if reach is not True:
            if reach is None:
                yield unknown(open_resource(subject.value), path)
            continue
        under = ", under a condition," if conditioned(subject.value) else ""
        limit = _limit(policy_of(subject))
        escalating = _raises_itself(policy_of(subject)) if limit and _escalates(subject) else []
        severity = Severity.HIGH if under else None
        if escalating:
            limit += (
                f" and leaves {listed(escalating, 2)}: whoever holds it makes itself an "
                "administrator"
            )
        elif limit:
            severity = Severity.LOW
        yield fail(
            path,
            f"{subject.title} allows{under} every action of every service on every resource{limit}"
            f"{pipelines_of(policy_of(subject).roles)}",
            severity=severity,
        )


def _raises_itself(policy: Policy) -> list[str]:
    """What somebody who has the policy, and may do all there is, makes an administrator of."""
    return [
        action.full_name
        for action in left_anywhere(policy, [i for name in _RAISING for i in expand(name)])
    ]


_RAISING = sorted(DANGEROUS - {"iam:passrole"})


def _limit(policy: Policy) -> str:
    """What keeps everybody with the policy from actions that nothing mentions, in words."""
    principals = principals_of(policy)
    if not all(principal.bounded for principal in principals):
        return ""
    boundaries = [one.boundaries for one in principals]
    if all(boundaries):
        names = dict.fromkeys(policy.address for some in boundaries for policy in some)
        return f"; only its boundary limits it ({listed(list(names), 2)})"
    return "; only what is denied besides limits it"


def everything_bounded(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM005: the action ``*`` on some resource."""
    if not allows(subject) or not any(True for _ in elements(subject.value, "Resource")):
        return
    for path, action in elements(subject.value, "Action", could=may_be_everything):
        if not is_everything(action):
            continue
        if everywhere(subject.value) is not True:
            escalates = _escalates(subject)
            gain = "; whoever holds it makes itself an administrator" if escalates else ""
            yield fail(
                path,
                f"{subject.title} allows every action on what it names, deleting it and giving it "
                f"to others included{gain}{pipelines_of(policy_of(subject).roles)}",
                severity=Severity.CRITICAL if escalates else None,
            )


def _escalates(subject: Subject) -> bool:
    """Whether the statement makes an administrator of somebody who has its policy."""
    holder = subject.domain
    assert isinstance(holder, StatementOf)
    policy = holder.policy
    held = [access_of(one) for one in (*policy.roles, *policy.people)]
    if not held or policy.held_elsewhere:
        held.append(access_with([policy]))
    return any(access.administers_by(policy, holder.index) for access in held)


def service_wildcard(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM002: ``service:*`` on every resource."""
    if not allows(subject):
        return
    for path, action in elements(subject.value, "Action", could=may_be_service):
        if not is_service(action):
            continue
        reach, where = star(subject.value)
        if reach is False:
            continue
        service = action.partition(":")[0].lower()
        if service in _LEFT_TO_OTHERS or (service == "sagemaker" and ml_roles(subject)):
            continue
        actions = expand(action.lower())
        if actions and not any(item.resource_types for item in actions):
            continue  # the service has no resources to name
        at_stake = _stake(subject, action)
        if not at_stake or (actions and not left_anywhere(policy_of(subject), actions)):
            continue
        if reach:
            yield fail(
                path,
                f"{subject.title} allows {action} on every resource: {at_stake}"
                f"{_needs(policy_of(subject).roles, service)}",
                detail=action.lower(),
            )
        else:
            yield unknown(open_resource(subject.value), where)


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
    for path, action in elements(subject.value, "Action", ("sagemaker:*",), may_be_service):
        if is_service(action) and action.partition(":")[0].lower() == "sagemaker":
            certain, possible = (
                [role for role in roles if not any(like(role.name, glob) for glob in exempt)]
                for roles in (ml_roles(subject), possible_ml_roles(subject))
            )
            if not certain and not possible:
                return
            where = " on every resource" if star(subject.value)[0] else ""
            at_stake = _stake(subject, action)
            if not at_stake:
                continue
            if not certain:
                yield unknown(f"whether {possible[0].address} has the policy is not known", path)
                continue
            yield fail(
                path,
                f"{subject.title} allows {action}{where} to a role that runs jobs: {at_stake}"
                f"{_needs(certain, 'sagemaker')}",
            )


def s3_wildcard(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM004: ``s3:*``, also when bounded to a bucket."""
    if not allows(subject):
        return
    for path, action in elements(subject.value, "Action", ("s3:*",), may_be_service):
        if is_service(action) and action.partition(":")[0].lower() == "s3":
            reach, _ = star(subject.value)
            where = "every bucket" if reach else "the buckets it names"
            at_stake = _stake(subject, action)
            if not at_stake:
                continue
            worst = all(may(policy_of(subject), name) for name in _WORST_OF_S3)
            included = ", deleting buckets and rewriting their policies included" if worst else ""
            yield fail(
                path,
                f"{subject.title} allows {action} on {where}: {at_stake}{included}"
                f"{_needs(policy_of(subject).roles, 's3')}",
                severity=None if reach else Severity.MEDIUM,
            )


def _stake(subject: Subject, pattern: str) -> str:
    """What a pattern puts at stake; nothing when all of it is denied or out of bounds.

    An action that none of the resources is for does not count.
    """
    actions = expand(pattern.lower())
    resources = [value for _, value in elements(subject.value, "Resource")]
    able = [item for item in actions if not resources or can_act_on(item, resources)]
    kept = left(policy_of(subject), able)
    if len(kept) == len(actions):
        return stake(pattern)
    if len(kept) == len(able):
        return stake_of(kept) if kept else ""
    return f"{stake_of(kept)}, after what is denied or out of bounds" if kept else ""


def iam_control(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM012: ``iam:*``, or patterns that together stand for every write action of IAM."""
    if not allows(subject):
        return
    found = [
        (path, action)
        for path, action in elements(subject.value, "Action", ("iam:*",))
        if isinstance(action, str) and matches(action.partition(":")[0].lower(), "iam")
        if ":" in action and not is_everything(action)
    ]
    whole = [(path, action) for path, action in found if is_service(action)]
    if not whole and found:
        covered = {item.name for _, action in found for item in expand(action.lower())}
        every = {item.name for item in actions_of("iam").values() if writes(item)}
        whole = found[:1] if every and every <= covered else []
    if not whole or not any(may(policy_of(subject), name) for name in DANGEROUS):
        return
    at_stake = _stake(subject, "iam:*")
    for path, action in whole:
        yield fail(
            path,
            f"{subject.title} allows {action}: {at_stake}. Whoever holds it is an "
            f"administrator{pipelines_of(policy_of(subject).roles)}",
            severity=None if _escalates(subject) else Severity.HIGH,
        )


_HIDDEN = (DANGEROUS | EXPOSURE | PRESIGNED | NOTEBOOK_URL | CREDENTIALS) - {"sts:assumerole"}


def hidden_by_wildcard(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM006: ``iam:Put*`` and the like stand for more than they seem to."""
    if not allows(subject):
        return
    named = [a.lower() for _, a in elements(subject.value, "Action") if isinstance(a, str)]
    literal = {action for action in named if "*" not in action and "?" not in action}
    unread = [a for _, a in elements(subject.value, "Action") if isinstance(a, Unknown | Template)]
    for path, action in elements(subject.value, "Action"):
        if not isinstance(action, str) or not _is_partial(action):
            continue
        every = expand(action.lower())
        resources = [value for _, value in elements(subject.value, "Resource")]
        hidden = list(_hidden(every, literal, resources))
        found = [item.full_name for item in left(policy_of(subject), hidden)]
        certain = [i for i in hidden if i.full_name in found and acts_on(i, resources)]
        if found and not certain:
            yield unknown(open_resource(subject.value) or resources, path)
        elif found and unread:
            yield unknown(unread, path)  # where the same may be named on purpose
        elif found:
            yield fail(
                path,
                f"{subject.title} allows {action}, which stands for {len(every)} actions and "
                f"includes {listed(found, 3)}{pipelines_of(policy_of(subject).roles)}",
                detail=action.lower(),
            )


def _is_partial(action: str) -> bool:
    name = action.partition(":")[2]
    return ("*" in name or "?" in name) and not is_service(action) and not is_everything(action)


def _hidden(every: Iterable[Action], literal: set[str], resources: list[Any]) -> Iterator[Action]:
    for item in every:
        name = item.full_name.lower()
        if name in _HIDDEN and writes(item) and name not in literal and can_act_on(item, resources):
            yield item
