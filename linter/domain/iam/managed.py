"""AWS's own policies that make administrators, as documents; others are not read.

From AWS's managed policy reference, read in November 2026:
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html,
…/IAMFullAccess.html and …/PowerUserAccess.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linter.core.values import Template


def _allow(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", **elements, "Resource": "*"}


_STATEMENTS: Mapping[str, list[dict[str, Any]]] = {
    "AdministratorAccess": [_allow(Action="*")],
    "IAMFullAccess": [
        _allow(
            Action=[
                "iam:*",
                *(
                    f"organizations:{name}"
                    for name in (
                        *("DescribeAccount", "DescribeOrganization", "DescribeOrganizationalUnit"),
                        *("DescribePolicy", "ListChildren", "ListParents", "ListPolicies"),
                        *("ListPoliciesForTarget", "ListRoots", "ListTargetsForPolicy"),
                    )
                ),
            ]
        )
    ],
    "PowerUserAccess": [
        _allow(NotAction=["iam:*", "organizations:*", "account:*"]),
        _allow(
            Action=[
                *("account:GetAccountInformation", "account:GetGovCloudAccountInformation"),
                *("account:GetPrimaryEmail", "account:ListRegions"),
                *("iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles"),
                *("organizations:DescribeEffectivePolicy", "organizations:DescribeOrganization"),
            ]
        ),
    ],
}


def name_of(arn: Any) -> str:
    """The name of AWS's managed policy that an ARN names, in any partition; else empty."""
    text = arn.suffix if isinstance(arn, Template) else arn
    if not isinstance(text, str) or not (isinstance(arn, Template) or text.startswith("arn:")):
        return ""
    _, found, name = text.partition(":iam::aws:policy/")
    return name.rpartition("/")[2] if found else ""


def document_of(arn: Any) -> dict[str, Any] | None:
    """The policy that an ARN of AWS names; ``None`` where it is not read."""
    statements = _STATEMENTS.get(name_of(arn))
    return None if statements is None else {"Version": "2012-10-17", "Statement": statements}
