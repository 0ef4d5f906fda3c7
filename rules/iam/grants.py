"""IAM002, IAM003, IAM004, IAM007, IAM016, IAM017: what one statement grants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Path
from linter.core.values import MISSING, OpenDict, Rest, Template, Unknown, lookup
from linter.domain.iam.patterns import matches
from linter.domain.iam.services import Action, expand
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from linter.policy.subjects import StatementOf
from linter.project.model import Policy, Role


def _elements(statement: Any, key: str) -> Iterator[tuple[Path, Any]]:
    """The elements of ``Action`` or ``Resource``: (path, value), unknown ones included."""
    value = lookup(statement, key)
    if value is MISSING or value is None:
        return
    if not isinstance(value, list):
        yield (key,), value
        return
    for index, item in enumerate(value):
        yield (key, index), item


def _allows(subject: Subject) -> bool:
    return bool(lookup(subject.value, "Effect") == "Allow")


def _is_star(resource: Any) -> bool:
    """``*``, and ARNs that name nothing: ``arn:aws:sagemaker:*:*:*``."""
    if not isinstance(resource, str):
        return False
    if resource and not resource.strip("*"):
        return True
    parts = resource.split(":", 5)
    return len(parts) == 6 and parts[0] == "arn" and not parts[5].strip("*") and bool(parts[5])


def _star(subject: Subject) -> tuple[bool | None, Path]:
    """Whether the statement reaches every resource, and where it says so.

    An unresolved resource beside others counts as some ARN; alone it decides nothing.
    """
    elements = list(_elements(subject.value, "Resource"))
    for path, value in elements:
        if _is_star(value):
            return True, path
    if elements and all(isinstance(value, Unknown) for _, value in elements):
        return None, elements[0][0]
    return False, ()


def _policy(subject: Subject) -> Policy:
    holder = subject.domain
    assert isinstance(holder, StatementOf)
    return holder.policy


def _undecided_actions(subject: Subject) -> Iterator[Outcome]:
    """A statement whose actions are all unknown decides nothing."""
    elements = list(_elements(subject.value, "Action"))
    if elements and all(isinstance(value, Unknown) for _, value in elements):
        path, value = elements[0]
        yield unknown(value, path)


def service_wildcard(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM002: ``service:*`` on every resource."""
    if not _allows(subject):
        return
    star, where = _star(subject)
    yield from _undecided_actions(subject)
    for path, action in _elements(subject.value, "Action"):
        if not isinstance(action, str):
            continue
        service, colon, name = action.partition(":")
        if not colon or name.strip("*") or "*" in service or not name:
            continue
        if service.lower() in ("s3", "iam") or (
            service.lower() == "sagemaker" and _ml_roles(subject)
        ):
            continue  # IAM004, IAM012 and IAM003 say more about these
        actions = expand(action.lower())
        if actions and not any(item.resource_types for item in actions):
            continue  # the service has no resources to name
        if star:
            yield fail(
                path,
                f"{subject.title} allows {_stake(action, actions)} on every resource"
                f"{_needs(subject, service)}",
                detail=action.lower(),
            )
        elif star is None:
            yield unknown(lookup(subject.value, "Resource"), where)


def _stake(action: str, actions: tuple[Action, ...]) -> str:
    writing = sum(1 for item in actions if item.access_level not in ("List", "Read"))
    return f"{action} ({len(actions)} actions, {writing} of them writing)" if actions else action


def _needs(subject: Subject, service: str) -> str:
    """What the pipelines that run with the policy need of a service, in words."""
    if service.lower() != "sagemaker":
        return ""
    kinds: dict[str, None] = {}
    names: dict[str, None] = {}
    for role in _policy(subject).roles:
        for pipeline in role.pipelines:
            names[pipeline.title] = None
            kinds.update(dict.fromkeys(step.type for step in pipeline.steps if step.type))
    if not kinds:
        return ""
    listed = ", ".join(list(kinds)[:5])
    which = ", ".join(list(names)[:3])
    return f"; pipeline {which} has only steps of type {listed}"


def _ml_roles(subject: Subject) -> list[Role]:
    """Roles that SageMaker may assume, or that pipelines run with, among those attached."""
    return [role for role in _policy(subject).roles if role.pipelines or _trusts_sagemaker(role)]


def _trusts_sagemaker(role: Role) -> bool:
    if role.trust is None:
        return False
    statements = lookup(role.trust.value, "Statement")
    for item in statements if isinstance(statements, list) else [statements]:
        principal = lookup(lookup(item, "Principal"), "Service")
        names = principal if isinstance(principal, list) else [principal]
        if any(isinstance(name, str) and name.startswith("sagemaker.") for name in names):
            return True
    return False


def sagemaker_wildcard(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM003: ``sagemaker:*`` for a role that runs ML jobs, whatever the resource."""
    if not _allows(subject) or not _ml_roles(subject):
        return
    yield from _undecided_actions(subject)
    for path, action in _elements(subject.value, "Action"):
        if isinstance(action, str) and action.lower() == "sagemaker:*":
            count = len(expand("sagemaker:*"))
            yield fail(
                path,
                f"{subject.title} allows all {count} SageMaker actions to a role that runs "
                f"jobs{_needs(subject, 'sagemaker')}",
            )


def s3_wildcard(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM004: ``s3:*``, also when bounded to a bucket."""
    if not _allows(subject) or _denied(subject, "s3:*"):
        return
    yield from _undecided_actions(subject)
    star, _ = _star(subject)
    for path, action in _elements(subject.value, "Action"):
        if isinstance(action, str) and action.lower() == "s3:*":
            bounded = "" if star else " on the buckets it names"
            yield fail(
                path,
                f"{subject.title} allows {_stake(action, expand('s3:*'))}{bounded}, deleting "
                "buckets and rewriting their policies included",
                severity=None if star else Severity.MEDIUM,
            )


def _denied(subject: Subject, action: str) -> bool:
    """Whether a statement of the same policy denies the action on everything, unconditionally."""
    statements = lookup(_policy(subject).value, "Statement")
    for item in statements if isinstance(statements, list) else []:
        if lookup(item, "Effect") != "Deny" or lookup(item, "Condition") is not MISSING:
            continue
        actions, resources = lookup(item, "Action"), lookup(item, "Resource")
        listed = actions if isinstance(actions, list) else [actions]
        places = resources if isinstance(resources, list) else [resources]
        if any(isinstance(a, str) and a.lower() in (action, "*") for a in listed) and any(
            _is_star(place) for place in places
        ):
            return True
    return False


_CREATES = ("create", "run", "start", "list", "describe")


def star_resource(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM007: ``Resource: *`` for actions that could name what they act on."""
    if not _allows(subject):
        return
    star, where = _star(subject)
    if star is False:
        return
    named: dict[str, None] = {}
    wildcard = False
    for _, action in _elements(subject.value, "Action"):
        if not isinstance(action, str):
            continue
        if action == "*" or action.lower().endswith(":*"):
            wildcard = True  # IAM001 and IAM002 say more about these
            continue
        for item in expand(action.lower()):
            if item.resource_types and item.access_level not in ("List",):
                named[item.full_name] = None
    if not named or (wildcard and not named):
        return
    if star is None:
        yield unknown(lookup(subject.value, "Resource"), where)
        return
    creating = all(name.partition(":")[2].lower().startswith(_CREATES) for name in named)
    listed = ", ".join(list(named)[:4]) + (f" and {len(named) - 4} more" if len(named) > 4 else "")
    conditioned = bool(lookup(subject.value, "Condition"))
    yield fail(
        where,
        f"{subject.title} allows {listed} on every resource, although they can name theirs",
        severity=Severity.LOW if creating or conditioned else None,
    )


def _passes_role(subject: Subject) -> Iterator[tuple[Path, str]]:
    """Actions of the statement that grant ``iam:PassRole``."""
    for path, action in _elements(subject.value, "Action"):
        if isinstance(action, str) and matches(action.lower(), "iam:passrole"):
            yield path, action


def pass_any_role(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM016: ``iam:PassRole`` on roles that nothing names."""
    if not _allows(subject):
        return
    yield from _undecided_actions(subject)
    for _, action in _passes_role(subject):
        for path, resource in _elements(subject.value, "Resource"):
            if isinstance(resource, Unknown) and not isinstance(resource, Rest):
                if any(
                    "aws_iam_role." in name or name.endswith(".Arn") for name in resource.references
                ):
                    continue
                yield unknown(resource, path)
            elif _any_role(resource):
                what = "" if action.lower() == "iam:passrole" else f" (through {action})"
                yield fail(
                    path,
                    f"{subject.title} may pass any role of the account to a service{what}: "
                    "whoever holds it can run code as the most powerful of them",
                )
        return


def _any_role(resource: Any) -> bool:
    """Whether the role's name has no literal beginning."""
    if isinstance(resource, Template):
        text = resource.suffix
        return resource.prefix.startswith("arn:") and text.endswith(":role/*")
    if not isinstance(resource, str):
        return False
    if _is_star(resource):
        return True
    _, found, name = resource.partition(":role/")
    return bool(found) and name[:1] in ("*", "?")


_EXACT = ("stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike")


def pass_to_any_service(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM017: ``iam:PassRole`` without saying to which service."""
    if not _allows(subject):
        return
    for path, _ in _passes_role(subject):
        bound = _passed_to_service(lookup(subject.value, "Condition"))
        if bound is None:
            yield unknown(lookup(subject.value, "Condition"), path)
        elif not bound:
            single = _one_known_role(subject)
            yield fail(
                path,
                f"{subject.title} allows iam:PassRole without iam:PassedToService: the role "
                "may be handed to any service",
                severity=Severity.INFO if single else None,
            )
        return


def _passed_to_service(condition: Any) -> bool | None:
    if condition is MISSING or condition is None:
        return False
    if isinstance(condition, Unknown):
        return None
    if not isinstance(condition, dict):
        return False
    for operator, keys in condition.items():
        if isinstance(keys, Unknown):
            return None
        plain = operator.lower().rpartition(":")[2].removesuffix("ifexists")
        if (
            plain in _EXACT
            and isinstance(keys, dict)
            and any(key.lower() == "iam:passedtoservice" for key in keys)
        ):
            return True
    return None if isinstance(condition, OpenDict) else False


def _one_known_role(subject: Subject) -> bool:
    """A single role by name whose trust names only SageMaker."""
    elements = [value for _, value in _elements(subject.value, "Resource")]
    if len(elements) != 1 or not isinstance(elements[0], str) or "*" in elements[0]:
        return False
    return ":role/" in elements[0]
