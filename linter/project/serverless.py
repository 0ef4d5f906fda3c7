"""Roles that the Serverless Application Model makes for functions and state machines.

A function without a ``Role`` gets one, with what its ``Policies`` list: documents, names and ARNs
of managed policies, and AWS's policy templates, whose content a template does not show.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from linter.core.documents import ConstantLocator, Document, Path, Problem
from linter.core.record import record
from linter.core.values import MISSING, Template, Unknown, lookup, make_string
from linter.project.model import Policy, Role

SERVICES = {
    "AWS::Serverless::Function": "lambda.amazonaws.com",
    "AWS::Serverless::StateMachine": "states.amazonaws.com",
}
"""Resource type → the service that may assume the role which is made for it."""

TRUST: Path = ("AssumeRolePolicyDocument",)


def made_role(document: Document) -> Role | None:
    """The role made for a resource, without its policies; ``None`` when it names its own."""
    own = lookup(document.value, "Role")
    if own is not MISSING and own is not None and not _may_be_absent(own):
        return None
    role = Role(MISSING, document)
    role.used_by.append((document.address, "resource"))
    service = SERVICES[document.type]
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    role.trust = Policy(
        "trust policy",
        "trust",
        {"Version": "2012-10-17", "Statement": [allow]},
        ConstantLocator(document.locate(())),
        document,
        roles=[role],
    )
    return role


def _may_be_absent(value: Any) -> bool:
    return isinstance(value, Unknown) and any(item is None for item in value.alternatives)


@record
class Listed:
    """One entry of ``Policies``: an inline document, or the ARN of a managed policy.

    Neither for a policy template, which ``template`` names, and for what is not known.
    """

    path: Path
    inline: bool = False
    arn: Any = MISSING
    template: str = ""


def listed_policies(document: Document) -> Iterator[Listed]:
    """What ``Policies`` lists; a single entry may stand there without a list."""
    value = lookup(document.value, "Policies")
    if value is MISSING or value is None:
        return
    if not isinstance(value, list):
        yield _listed(("Policies",), value)
        return
    for index, item in enumerate(value):
        yield _listed(("Policies", index), item)


def _listed(path: Path, item: Any) -> Listed:
    if isinstance(item, dict):
        if "Statement" in item or len(item) != 1:
            return Listed(path, inline=True)
        return Listed(path, template=str(next(iter(item))))
    if _is_name(item):
        return Listed(path, arn=make_string(("arn:aws:iam::aws:policy/", item)))
    return Listed(path, arn=item)


def _is_name(item: Any) -> bool:
    """Whether an entry is the name of a policy of AWS's, rather than an ARN."""
    if isinstance(item, Template):
        return bool(item.prefix) and not item.prefix.startswith("arn:") and ":" not in str(item)
    return isinstance(item, str) and ":" not in item


def unread_template(document: Document, listed: Listed) -> Problem:
    """That a policy template's content is not known here."""
    return Problem(
        f"What the policy template {listed.template[:80]} allows is not read",
        document.locate(listed.path).span,
        "SYN014",
        lost=False,
        address=document.address,
        undecided=True,
    )
