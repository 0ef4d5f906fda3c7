"""IAM062 to IAM068, IAM076, IAM077: who may assume a role, or use a resource."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Path
from linter.core.values import MISSING, OpenDict, Template, Unknown, lookup
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from linter.policy.subjects import StatementOf
from linter.project.model import Role

_LIMITING = (
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "kms:calleraccount",
    "kms:viaservice",
    "sts:externalid",
    "saml:aud",
)
_ACCOUNT = re.compile(r"(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?")
_CI = (
    "token.actions.githubusercontent.com",
    "gitlab",
    "app.terraform.io",
    "bitbucket",
    "circleci",
    "buildkite",
)


def _conditions(statement: Any) -> dict[str, list[Any]] | None:
    """Condition keys in lower case with their values; ``None`` when they are not all known."""
    condition = lookup(statement, "Condition")
    if condition is MISSING or condition is None:
        return {}
    if not isinstance(condition, dict) or isinstance(condition, OpenDict):
        return None
    found: dict[str, list[Any]] = {}
    for keys in condition.values():
        if not isinstance(keys, dict) or isinstance(keys, OpenDict):
            return None
        for key, values in keys.items():
            listed = values if isinstance(values, list) else [values]
            found.setdefault(str(key).lower(), []).extend(listed)
    return found


def _principals(statement: Any, kind: str) -> Iterator[tuple[Path, Any]]:
    values = lookup(lookup(statement, "Principal"), kind)
    for index, value in enumerate(values if isinstance(values, list) else ()):
        yield ("Principal", kind, index), value


def _allows(subject: Subject) -> bool:
    return bool(lookup(subject.value, "Effect") == "Allow")


def _anyone(statement: Any) -> Path | None:
    for kind in ("*", "AWS"):
        for path, value in _principals(statement, kind):
            if value == "*":
                return path
    return None


def open_trust(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM062: a role that everybody may assume."""
    at = _anyone(subject.value) if _allows(subject) else None
    if at is None:
        return
    conditions = _conditions(subject.value)
    if conditions is None:
        yield unknown("the condition is not wholly known", at)
    elif not conditions:
        yield fail(at, f"{subject.title} lets anybody with an AWS account assume the role")
    elif not any(key in _LIMITING for key in conditions):
        yield fail(
            at,
            f"{subject.title} lets anybody assume the role under a condition that does not say "
            "whose they must be",
            severity=Severity.MEDIUM,
        )


def whole_account(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM063: every principal of an account, unconditionally."""
    if not _allows(subject) or _conditions(subject.value) != {}:
        return
    for path, value in _principals(subject.value, "AWS"):
        found = _ACCOUNT.fullmatch(value) if isinstance(value, str) else None
        if found is not None:
            yield fail(
                path,
                f"{subject.title} trusts all of account {found[1]}: whoever may call "
                "sts:AssumeRole there may become this role",
                detail=found[1],
            )


def confused_deputy(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM065: SageMaker may assume the role on behalf of any account."""
    if not _allows(subject):
        return
    conditions = _conditions(subject.value)
    for path, value in _principals(subject.value, "Service"):
        if value != "sagemaker.amazonaws.com":
            continue
        if conditions is None:
            yield unknown("the condition is not wholly known", path)
        elif not {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid"} & conditions.keys():
            yield fail(
                path,
                f"{subject.title} lets SageMaker assume the role whoever asked it to: neither "
                "aws:SourceAccount nor aws:SourceArn limits that",
            )


def federated(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM068: a CI provider's tokens, whatever the repository."""
    if not _allows(subject):
        return
    conditions = _conditions(subject.value)
    for path, value in _principals(subject.value, "Federated"):
        text = value if isinstance(value, str) else ""
        if isinstance(value, Template):
            text = "".join(part for part in value.parts if isinstance(part, str))
        if not any(name in text for name in _CI):
            continue
        if conditions is None:
            yield unknown("the condition is not wholly known", path)
            continue
        subs = [v for key, values in conditions.items() if key.endswith(":sub") for v in values]
        if not subs:
            yield fail(
                path,
                f"{subject.title} accepts a token of any repository on {text.rpartition('/')[2]}: "
                "no condition on its sub claim",
            )
        elif any(isinstance(v, str) and not v.replace("repo:", "").strip("*/:") for v in subs):
            yield fail(path, f"{subject.title} accepts any sub claim: its condition is a wildcard")


def not_assumable(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM067: SageMaker cannot become the role that a pipeline names."""
    role = subject.domain
    assert isinstance(role, Role)
    if not role.pipelines or role.trust is None:
        return
    value = role.trust.value
    if isinstance(value, Unknown):
        yield unknown(value)
        return
    statements = lookup(value, "Statement")
    for statement in statements if isinstance(statements, list) else [statements]:
        if isinstance(statement, Unknown):
            yield unknown(statement)
            return
        principal = lookup(statement, "Principal")
        services = lookup(principal, "Service")
        listed = services if isinstance(services, list) else [services]
        for name in listed:
            if isinstance(name, Unknown | Template):
                yield unknown(name)
                return
            if isinstance(name, str) and name.startswith("sagemaker."):
                return
    yield fail(
        (),
        f"{subject.title} is the role of {role.pipelines[0].title}, and its trust policy does not "
        "let sagemaker.amazonaws.com assume it: the pipeline cannot start",
        location=role.trust.locator.locate(()),
    )


def needless_services(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM066: further services may become a role that only SageMaker jobs use."""
    holder = subject.domain
    assert isinstance(holder, StatementOf)
    if not _allows(subject) or not any(role.pipelines for role in holder.policy.roles):
        return
    services = list(_principals(subject.value, "Service"))
    if not any(value == "sagemaker.amazonaws.com" for _, value in services):
        return
    for path, value in services:
        if isinstance(value, str) and not value.startswith("sagemaker."):
            yield fail(
                path,
                f"{subject.title} also lets {value} assume the role of a pipeline",
                detail=value,
            )


def public_resource(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM077, and IAM076 for model package groups: anybody may use the resource."""
    at = _anyone(subject.value) if _allows(subject) else None
    if at is None:
        return
    conditions = _conditions(subject.value)
    if conditions is None:
        yield unknown("the condition is not wholly known", at)
    elif not any(key in _LIMITING for key in conditions):
        yield fail(at, f"{subject.title} lets anybody use the resource")


def _model_group(subject: Subject) -> bool:
    holder = subject.domain
    return isinstance(holder, StatementOf) and "model_package_group" in holder.policy.resource_type


def public_model_group(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM076."""
    return public_resource(subject, context) if _model_group(subject) else ()


def public_data(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM077."""
    return () if _model_group(subject) else public_resource(subject, context)
