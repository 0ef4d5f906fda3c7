"""No rule's verdict contradicts the evaluator: policies are drawn, and both are asked."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from linter.policy.engine import lint
from linter.policy.model import Finding, Verdict
from linter.policy.registry import load_rules
from linter.project.access import Access, access_of
from linter.project.load import load_texts

RULES = load_rules().rules
OWN_POLICY = "iam:PutRolePolicy"
SOMEBODY = "arn:aws:iam::111122223333:role/a-name-that-nothing-mentions"
ESCALATING = {"IAM001", "IAM005", "IAM006", "IAM009", "IAM010", "IAM012", "IAM020", "IAM079"}

ACTIONS = st.sampled_from(
    ["*", "iam:*", "iam:Put*", OWN_POLICY, "iam:GetRole", "s3:*", "s3:GetObject"]
)
RESOURCES = st.sampled_from(
    [
        "*",
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:iam::111122223333:role/job",
        "arn:aws:s3:::b/*",
    ]
)
CONDITIONS = st.sampled_from(
    [
        None,
        None,
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
    ]
)


@st.composite
def statements(draw: st.DrawFn, effects: tuple[str, ...] = ("Allow", "Allow", "Deny")) -> Any:
    made: dict[str, Any] = {"Effect": draw(st.sampled_from(effects))}
    made["Action"] = draw(st.lists(ACTIONS, min_size=1, max_size=2, unique=True))
    made["Resource"] = draw(st.lists(RESOURCES, min_size=1, max_size=2, unique=True))
    condition = draw(CONDITIONS)
    if condition is not None:
        made["Condition"] = condition
    return made


def _text(found: list[Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": found})


TRUST = _text(
    [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
        }
    ]
)


def _scan(policies: list[list[Any]], boundary: list[Any] | None) -> tuple[Access, list[Finding]]:
    edge = "" if boundary is None else "  permissions_boundary = aws_iam_policy.edge.arn\n"
    parts = [
        'resource "aws_iam_role" "r" {\n  name = "r"\n'
        f"  assume_role_policy = jsonencode({TRUST})\n{edge}}}\n"
    ]
    if boundary is not None:
        parts.append(
            'resource "aws_iam_policy" "edge" {\n  name = "edge"\n'
            f"  policy = jsonencode({_text(boundary)})\n}}\n"
        )
    for index, policy in enumerate(policies):
        parts.append(
            f'resource "aws_iam_role_policy" "p{index}" {{\n  role = aws_iam_role.r.name\n'
            f"  policy = jsonencode({_text(policy)})\n}}\n"
        )
    project = load_texts({"main.tf": "".join(parts)})
    return access_of(project.roles[0]), lint(project, RULES).findings


OF_ROLES: dict[str, Any] = {
    "Effect": "Allow",
    "Action": ["*", "iam:Put*"],
    "Resource": ["arn:aws:iam::111122223333:role/*"],
}


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.lists(statements(), min_size=1, max_size=3), min_size=1, max_size=2),
    st.none() | st.lists(statements(("Allow",)), min_size=1, max_size=2),
)
@example([[OF_ROLES, {**OF_ROLES, "Effect": "Deny", "Action": ["*"]}]], None)
@example([[{**OF_ROLES, "Resource": ["*"]}]], [OF_ROLES])
def test_self_escalation(policies: list[list[Any]], boundary: list[Any] | None) -> None:
    access, findings = _scan(policies, boundary)
    truth = access.allows(OWN_POLICY, SOMEBODY)
    failed = {one.rule for one in findings if one.verdict is Verdict.FAIL}
    unknown = {one.rule for one in findings if one.verdict is Verdict.UNKNOWN}
    if truth is True:
        assert failed & ESCALATING
    critical = {
        one.rule
        for one in findings
        if one.verdict is Verdict.FAIL and one.severity.name == "CRITICAL"
    }
    if access.administers is False:
        assert not critical & {"IAM005", "IAM012", "IAM020"}
    if access.administers is True:
        assert critical or unknown & ESCALATING
