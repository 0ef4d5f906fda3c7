"""IAM016 to IAM018: ``iam:PassRole``, by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document, Path
from linter.core.values import MISSING, OpenDict, Template, Unknown, lookup
from linter.domain.iam.patterns import matches
from linter.domain.iam.services import expand
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from linter.project.model import Project, Role
from rules.iam.arns import can_act_on
from rules.iam.principals import left_anywhere, may, principals_of
from rules.iam.reading import (
    allows,
    condition_entries,
    elements,
    is_everything,
    listed,
    names_nothing,
    open_resource,
    pipelines_of,
    plain_operator,
    policy_of,
    refers,
    star,
    trusted_services,
)

PASS = "iam:passrole"
_EXACT = ("stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike")


def passing_actions(statement: Any) -> Iterator[tuple[Path, str]]:
    """Action elements of a statement that grant ``iam:PassRole``."""
    for path, action in elements(statement, "Action", (PASS,)):
        if isinstance(action, str) and (is_everything(action) or matches(action.lower(), PASS)):
            yield path, action


def names_any_role(resource: Any) -> bool:
    """Whether nothing of the role's path and name is literal."""
    if isinstance(resource, Template):
        return resource.prefix.startswith("arn:") and resource.suffix.endswith((":role/*", ":*"))
    if not isinstance(resource, str):
        return False
    if names_nothing(resource):
        return True
    _, found, name = resource.partition(":role/")
    return bool(name) and bool(found) and not name.strip("*?/")


def begins_open(resource: Any) -> bool:
    """Whether the role's name begins with a wildcard but says more: ``role/*-jobs``."""
    if not isinstance(resource, str) or names_any_role(resource):
        return False
    name = resource.partition(":role/")[2]
    return name[:1] in ("*", "?") and name.rpartition("/")[2][:1] in ("*", "?")


def passed_services(statement: Any) -> list[Any] | None:
    """Values of ``iam:PassedToService``: empty without the condition, ``None`` if not known."""
    condition = lookup(statement, "Condition")
    if condition is MISSING or condition is None:
        return []
    if isinstance(condition, Unknown):
        return None
    if not isinstance(condition, dict):
        return []  # which AWS refuses, and which bounds nothing
    found: list[Any] = []
    for operator, key, values in condition_entries(statement):
        if key.lower() == "iam:passedtoservice" and plain_operator(operator) in _EXACT:
            found.extend(values if isinstance(values, list) else [values])
    if found:
        return found
    if not isinstance(condition, dict):
        return None  # text or a list is no condition: IAM refuses the policy
    undecided = isinstance(condition, OpenDict) or any(
        isinstance(keys, Unknown | OpenDict) for keys in condition.values()
    )
    return None if undecided else []


_SOME_SERVICE = "some-other-service.amazonaws.com"


def _services(subject: Subject) -> list[Any] | None:
    """To which services a statement lets roles be passed: as :func:`passed_services`.

    Where the statement does not say it, a Deny of all others or the boundary may.
    """
    said = passed_services(subject.value)
    policy = policy_of(subject)
    if said or said is None or may(policy, PASS, _SOME_SERVICE):
        return said
    return list(
        dict.fromkeys(
            name
            for principal in principals_of(policy)
            for limit in principal.limits_of(PASS)
            for _, key, values in condition_entries(limit.value)
            if key.lower() == "iam:passedtoservice"
            for name in (values if isinstance(values, list) else [values])
            if isinstance(name, str) and principal.may(PASS, name)
        )
    ) or ["the services that are left"]


def _limits(services: list[Any] | None) -> bool:
    return bool(services) and not any(
        isinstance(name, str) and not name.strip("*") for name in services or ()
    )


def any_role(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM016: ``iam:PassRole`` on roles that nothing names."""
    if not allows(subject):
        return
    for _, action in passing_actions(subject.value):
        if is_everything(action):
            continue  # IAM001, IAM005 and IAM018
        if not left_anywhere(policy_of(subject), expand(PASS)):
            return
        services = _services(subject)
        unread = set(open_resource(subject.value))
        for path, resource in elements(subject.value, "Resource"):
            if isinstance(resource, Unknown):
                if resource in unread:
                    yield unknown(resource, path)
            elif names_any_role(resource):
                yield _any_role(subject, path, action, services)
            elif begins_open(resource):
                yield _loose_name(subject, path, resource)
        return


def _says_which(key: str) -> bool:
    """Whether a condition key bounds which roles are passed, or for what."""
    return key.lower() == "iam:associatedresourcearn" or key.lower().startswith(
        ("iam:resourcetag/", "aws:resourcetag/")
    )


def _any_role(subject: Subject, path: Path, action: str, services: list[Any] | None) -> Outcome:
    what = "" if action.lower() == PASS else f" (through {action})"
    whom = pipelines_of(policy_of(subject).roles)
    key = next((key for _, key, _ in condition_entries(subject.value) if _says_which(key)), "")
    if key:
        return fail(
            path,
            f"{subject.title} may pass any role{what} that its condition on {key} leaves, and "
            f"names none{whom}",
            severity=Severity.MEDIUM,
        )
    if _limits(services):
        names = listed([str(name) for name in services or ()], 2)
        return fail(
            path,
            f"{subject.title} may pass any role to {names}{what}: code that it runs there gets "
            f"the most powerful role that trusts the service{whom}",
            severity=Severity.MEDIUM,
        )
    return fail(
        path,
        f"{subject.title} may pass any role of the account to any service{what}: whoever holds it "
        f"can run code as the most powerful of them{whom}",
    )


def _loose_name(subject: Subject, path: Path, resource: str) -> Outcome:
    return fail(
        path,
        f"{subject.title} may pass every role that fits {resource.partition(':role/')[2]}: what "
        "begins with a wildcard fits names that other teams choose"
        f"{pipelines_of(policy_of(subject).roles)}",
        severity=Severity.LOW,
    )


def any_service(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM017: ``iam:PassRole`` without saying to which service."""
    if not allows(subject) or not may(policy_of(subject), PASS):
        return
    for path, action in passing_actions(subject.value):
        resources = [value for _, value in elements(subject.value, "Resource")]
        if is_everything(action) or any(names_any_role(item) for item in resources):
            return  # IAM016 says so, and more
        if resources and not any(can_act_on(item, resources) for item in expand(PASS)):
            return  # none of them is a role: IAM050
        services = _services(subject)
        unread = [v for _, v in elements(subject.value, "Action", ()) if _may_be_everything(v)]
        if services is None:
            yield unknown(lookup(subject.value, "Condition"), path)
        elif not _limits(services) and unread:
            yield unknown(unread, path)  # IAM001 and IAM005 say more
        elif not _limits(services) and star(subject.value)[0] is None:
            yield unknown(open_resource(subject.value), path)  # which may be any role: IAM016
        elif not _limits(services):
            yield fail(
                path,
                f"{subject.title} allows iam:PassRole without iam:PassedToService: the role may "
                f"be handed to any service that it trusts{pipelines_of(policy_of(subject).roles)}",
                severity=_single_role(subject, resources, context.project),
            )
        return


def _may_be_everything(action: Any) -> bool:
    if isinstance(action, Template):
        return action.may_equal("*") or action.may_equal("*:*")
    return isinstance(action, Unknown)


def roles_that_fit(arn: str, project: Project) -> Iterator[Role]:
    """The roles of the scan whose names fit the last part of an ARN, wildcards included."""
    pattern = arn.rpartition("/")[2]
    for role in project.roles:
        if isinstance(role.name, str) and matches(pattern, role.name):
            yield role


def _single_role(subject: Subject, resources: list[Any], project: Project) -> Severity | None:
    """Information for one role that trusts only SageMaker, low for another one by name."""
    if len(resources) != 1:
        return None
    resource = resources[0]
    found: list[Severity] = []
    for role in _roles(resource, project, policy_of(subject).document):
        services = trusted_services(role)
        only = services and all(
            isinstance(name, str) and name.startswith("sagemaker.") for name in services
        )
        found.append(Severity.INFO if only else Severity.LOW)
    if found:
        return max(found)
    exact = isinstance(resource, str) and ":role/" in resource and "*" not in resource
    return Severity.LOW if exact else None


def _roles(resource: Any, project: Project, home: Document) -> Iterator[Role]:
    documents = project.linked(resource, home)
    if documents:
        yield from (role for role in project.roles if role.document in documents)
    elif isinstance(resource, str) and ":role/" in resource:
        yield from roles_that_fit(resource, project)


def by_exclusion(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM018: what an exclusion forgets, ``iam:PassRole`` or roles, is allowed."""
    if not allows(subject) or not may(policy_of(subject), PASS):
        return
    excluded = lookup(subject.value, "NotAction")
    if isinstance(excluded, list):
        yield from _forgotten_action(subject, excluded)
    elif next(passing_actions(subject.value), None) is not None:
        yield from _forgotten_roles(subject)


def _forgotten_action(subject: Subject, excluded: list[Any]) -> Iterator[Outcome]:
    if any(isinstance(i, str) and matches(i.lower(), PASS) for i in excluded):
        return
    reach = star(subject.value)[0] or any(
        names_any_role(value) for _, value in elements(subject.value, "Resource")
    )
    if not reach and "NotResource" not in subject.value:
        return
    undecided = next((i for i in excluded if isinstance(i, Unknown | Template)), None)
    if undecided is not None:
        yield unknown(undecided, ("NotAction",))
    elif _services(subject) is None:
        yield unknown(lookup(subject.value, "Condition"), ("NotAction",))
    elif not _limits(_services(subject)):
        yield fail(
            ("NotAction",),
            f"{subject.title} allows iam:PassRole on every role, because NotAction does not "
            f"exclude it{pipelines_of(policy_of(subject).roles)}",
            key=True,
        )


def _forgotten_roles(subject: Subject) -> Iterator[Outcome]:
    excluded = [value for _, value in elements(subject.value, "NotResource")]
    if not excluded or any(names_any_role(value) for value in excluded):
        return
    services = _services(subject)
    if services is None:
        yield unknown(lookup(subject.value, "Condition"), ("NotResource",))
        return
    if _limits(services):
        return
    undecided = [v for v in excluded if isinstance(v, Unknown) and not refers(v)]
    if undecided:
        yield unknown(undecided, ("NotResource",))
        return
    yield fail(
        ("NotResource",),
        f"{subject.title} allows iam:PassRole on every role but those that NotResource lists"
        f"{pipelines_of(policy_of(subject).roles)}",
        key=True,
    )
