"""IAM062 to IAM065, IAM068: who may assume a role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document
from linter.core.values import Template, Unknown, lookup
from linter.policy.helpers import fail, known_values, unknown
from linter.policy.model import Confidence, Context, Outcome, Severity, Subject
from linter.project.model import Project
from rules.iam.accounts import (
    OWN,
    WHO,
    account_of,
    is_whole_account,
    own_accounts,
    says_who,
    says_who_in_vain,
)
from rules.iam.arns import SOMETHING, some_text
from rules.iam.reading import (
    allows,
    anyone,
    condition_entries,
    conditioned,
    pipelines_of,
    plain_operator,
    policy_of,
    principals,
    statements,
)

_CONDITION = "its condition is not wholly known"
_VOUCHED = WHO | {"aws:multifactorauthpresent"}


def _whose(subject: Subject) -> str:
    return pipelines_of(policy_of(subject).roles)


def open_trust(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM062: a role that everybody may assume."""
    if not allows(subject):
        return
    at = anyone(subject.value)
    if at is None:
        principal = lookup(subject.value, "Principal")
        if isinstance(principal, Unknown):
            yield unknown(principal, ("Principal",))
        return
    narrowed = says_who(subject.value)
    if narrowed is None:
        yield unknown(_CONDITION, at)
    elif not conditioned(subject.value):
        yield fail(
            at,
            f"{subject.title} lets anybody with an AWS account assume the role{_whose(subject)}",
        )
    elif not narrowed:
        yield fail(
            at,
            f"{subject.title} lets anybody assume the role under a condition that does not say "
            f"who they must be{_whose(subject)}",
            severity=None if says_who_in_vain(subject.value) else Severity.MEDIUM,
        )


def whole_account(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM063: every principal of an account, unconditionally; foreign ones are IAM064's."""
    if not allows(subject) or conditioned(subject.value):
        return
    own = own_accounts(context.project, context.parameters)
    for path, value in principals(subject.value, "AWS"):
        if not is_whole_account(value):
            continue
        account = account_of(value)
        if account == OWN or account in own:
            continue  # delegation within the account
        if isinstance(account, Unknown):
            yield unknown(value, path)
        elif not own and account is not None:
            yield fail(
                path,
                f"{subject.title} trusts all of account {account}: whoever may call "
                f"sts:AssumeRole there may become this role{_whose(subject)}",
                detail=account,
            )


def cross_account(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM064: somebody of another account, with nothing that vouches for them."""
    if not allows(subject) or anyone(subject.value) is not None:
        return
    vouched = says_who(subject.value, _VOUCHED)
    if vouched:
        return
    own = own_accounts(context.project, context.parameters)
    vendors = {str(item) for item in context.parameters["third_party_accounts"]}
    for path, value in principals(subject.value, "AWS"):
        account = account_of(value)
        if account is None or account == OWN or account in own:
            continue
        if isinstance(account, Unknown):
            yield unknown(value, path)
        elif vouched is None:
            yield unknown(_CONDITION, path)
        elif account in vendors:
            yield fail(
                path,
                f"{subject.title} trusts the vendor account {account} without an external id: "
                f"any customer of the vendor may have it use this role{_whose(subject)}",
                detail=account,
                confidence=Confidence.HIGH,
            )
        elif not own:
            yield unknown("nothing in the scan says which account is yours", path)
        else:
            yield fail(
                path,
                f"{subject.title} trusts account {account}, which is not yours, without external "
                f"id, organisation or MFA{_whose(subject)}",
                detail=account,
            )


_SOURCES = frozenset(
    {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"}
)


def confused_deputy(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM065: SageMaker may assume the role on behalf of any account."""
    if not allows(subject):
        return
    bound = says_who(subject.value, _SOURCES)
    if bound or _refuses_strangers(subject):
        return
    for path, value in principals(subject.value, "Service"):
        if value != "sagemaker.amazonaws.com":
            continue
        if bound is None:
            yield unknown(_CONDITION, path)
            continue
        yield fail(
            path,
            f"{subject.title} lets SageMaker assume the role whoever asked it to: neither "
            f"aws:SourceAccount nor aws:SourceArn limits that{_whose(subject)}",
        )


def _refuses_strangers(subject: Subject) -> bool:
    """Whether another statement denies what comes from elsewhere."""
    from linter.policy.statements import normal_policy

    for statement in statements(normal_policy(policy_of(subject).value)):
        if lookup(statement, "Effect") != "Deny":
            continue
        for operator, key, _ in condition_entries(statement):
            plain = plain_operator(operator)
            if key.lower() in _SOURCES and plain in (
                *("stringnotequals", "stringnotlike", "arnnotequals", "arnnotlike"),
                "stringnotequalsignorecase",
            ):
                return True
    return False


def federated(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM068: tokens of a CI provider, whatever the repository or audience."""
    if not allows(subject):
        return
    for path, value in principals(subject.value, "Federated"):
        issuer = _issuer(value, context.project, policy_of(subject).document)
        if isinstance(issuer, Unknown) or (issuer is not None and SOMETHING in issuer):
            yield unknown(value, path)
        elif issuer is not None:
            yield from _judge_claims(subject, path, issuer)


_NOT_CI = ("oidc.eks.", "cognito-identity", "accounts.google.com", "www.amazon.com", "graph.face")
"""Issuers whose subjects are no repositories: clusters, user pools, social logins."""


def _issuer(value: Any, project: Project, home: Document) -> str | Unknown | None:
    """The host of an OIDC provider, ``None`` for SAML and for what is no CI system.

    Unknown where it is one of several that differ.
    """
    texts = [value]
    if isinstance(value, Unknown):
        texts = [
            lookup(document.value, "url" if document.type.startswith("aws_") else "Url")
            for document in project.linked(value, home)
            if document.type in ("aws_iam_openid_connect_provider", "AWS::IAM::OIDCProvider")
        ]
    hosts = list(dict.fromkeys(map(_host, texts)))
    if len(hosts) > 1:
        return Unknown("which provider it is is not known", value.references)
    return hosts[0] if hosts else None


def _host(provider: Any) -> str | None:
    text = some_text(provider) if isinstance(provider, Template) else provider
    if not isinstance(text, str):
        return None
    for mark in ("oidc-provider/", "https://"):
        text = text.rpartition(mark)[2]
    if "saml-provider" in text or text.startswith(_NOT_CI):
        return None
    if "." not in text and SOMETHING not in text:
        return None
    return text


def _judge_claims(subject: Subject, path: Any, issuer: str) -> Iterator[Outcome]:
    found = says_who(subject.value, ())
    claims: dict[str, list[tuple[str, str, Any]]] = {}
    for operator, key, values in condition_entries(subject.value):
        if plain_operator(operator) in ("stringequals", "stringlike", "stringequalsignorecase"):
            listed = values if isinstance(values, list) else [values]
            name = key.rpartition(":")[2].lower()
            claims.setdefault(name, []).extend((operator, key, value) for value in listed)
    subs = claims.get("sub", []) + claims.get("repository", []) + claims.get("job_workflow_ref", [])
    if not subs:
        if found is None:
            yield unknown(_CONDITION, path)
        else:
            yield fail(
                path,
                f"{subject.title} accepts a token of any repository on {issuer}: no condition on "
                f"its sub claim{_whose(subject)}",
            )
        return
    for operator, key, value in subs:
        for text in known_values(value):
            yield from _judge_sub(subject, operator, key, text, issuer)
    if "aud" not in claims and found is False:
        yield fail(
            path,
            f"{subject.title} accepts tokens of {issuer} that were made for another audience: no "
            "condition on its aud claim",
            severity=Severity.LOW,
            detail="aud",
        )


def _judge_sub(
    subject: Subject, operator: str, key: str, text: Any, issuer: str
) -> Iterator[Outcome]:
    if not isinstance(text, str) or not plain_operator(operator).endswith("like"):
        return
    owner = text.removeprefix("repo:").removeprefix("project_path:").removeprefix("organization:")
    at = ("Condition", operator, key)
    if not owner.strip("*/:?"):
        yield fail(
            at,
            f"{subject.title} accepts any repository on {issuer}: its condition on {key} is {text}"
            f"{_whose(subject)}",
            detail=text,
        )
    elif "*" in owner.partition("/")[0] or owner.partition("/")[2][:1] == "*":
        yield fail(
            at,
            f"{subject.title} accepts every repository of an owner: its condition on {key} is "
            f"{text}{_whose(subject)}",
            severity=Severity.MEDIUM,
            detail=text,
        )
