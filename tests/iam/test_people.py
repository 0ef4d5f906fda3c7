"""Users and groups are judged with all they have, and less what bounds them, as roles are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linter.policy.engine import lint
from linter.policy.model import Finding, Verdict
from linter.policy.registry import load_rules
from linter.project.load import load_texts

RULES = load_rules().rules

EVERYTHING_OF_IAM = {"Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*"}
MAKES_FUNCTIONS = {
    "Effect": "Allow",
    "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"],
    "Resource": "*",
}
PASSES_ANY_ROLE = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
DENIES_IAM = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
READS_A_BUCKET = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}


def findings_of(hcl: str, rules: set[str], verdict: Verdict = Verdict.FAIL) -> list[Finding]:
    found = lint(load_texts({"main.tf": hcl}), RULES).findings
    return [one for one in found if one.rule in rules and one.verdict is verdict]


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _user(name: str, *arguments: str) -> str:
    lines = "\n".join(f"  {line}" for line in (f'name = "{name}"', *arguments))
    return f'resource "aws_iam_user" "{name}" {{\n{lines}\n}}\n'


def _inline(label: str, user: str, *statements: dict[str, Any]) -> str:
    return (
        f'resource "aws_iam_user_policy" "{label}" {{\n  name = "{label}"\n'
        f"  user = {user}\n  policy = jsonencode({_policy(*statements)})\n}}\n"
    )


def _managed(label: str, *statements: dict[str, Any]) -> str:
    return (
        f'resource "aws_iam_policy" "{label}" {{\n  name = "{label}"\n'
        f"  policy = jsonencode({_policy(*statements)})\n}}\n"
    )


def _attached(label: str, user: str, policy: str) -> str:
    return (
        f'resource "aws_iam_user_policy_attachment" "{label}" {{\n  user = {user}\n'
        f"  policy_arn = {policy}\n}}\n"
    )


_GROUP = (
    'resource "aws_iam_group" "team" {\n  name = "team"\n}\n'
    'resource "aws_iam_group_membership" "team" {\n  name = "team"\n'
    "  group = aws_iam_group.team.name\n  users = [aws_iam_user.ann.name]\n}\n"
)


def _group_policy(label: str, *statements: dict[str, Any]) -> str:
    return (
        f'resource "aws_iam_group_policy" "{label}" {{\n  name = "{label}"\n'
        f"  group = aws_iam_group.team.name\n  policy = jsonencode({_policy(*statements)})\n}}\n"
    )


ANN = "aws_iam_user.ann.name"


@pytest.mark.parametrize(
    ("hcl", "rules"),
    [
        pytest.param(_user("ann") + _inline("a", ANN, EVERYTHING_OF_IAM), {"IAM020"}, id="alone"),
        pytest.param(
            _user("ann") + _inline("a", ANN, EVERYTHING_OF_IAM) + _inline("b", ANN, DENIES_IAM),
            set(),
            id="denied by another policy of the user",
        ),
        pytest.param(
            _user("ann", "permissions_boundary = aws_iam_policy.edge.arn")
            + _managed("edge", READS_A_BUCKET)
            + _inline("a", ANN, EVERYTHING_OF_IAM),
            set(),
            id="out of the boundary of the user",
        ),
        pytest.param(
            _user("ann")
            + _user("bob", "permissions_boundary = aws_iam_policy.edge.arn")
            + _managed("edge", READS_A_BUCKET)
            + _managed("p", EVERYTHING_OF_IAM)
            + _attached("a", ANN, "aws_iam_policy.p.arn")
            + _attached("b", "aws_iam_user.bob.name", "aws_iam_policy.p.arn"),
            {"IAM020"},
            id="bounded for one of two users",
        ),
        pytest.param(
            _user("ann", "permissions_boundary = aws_iam_policy.edge.arn")
            + _managed("edge", READS_A_BUCKET)
            + _managed("p", EVERYTHING_OF_IAM)
            + _attached("a", ANN, "aws_iam_policy.p.arn")
            + _attached("b", '"somebody-else"', "aws_iam_policy.p.arn"),
            {"IAM020"},
            id="bounded for the user of the scan and given to another",
        ),
        pytest.param(
            _user("ann") + _inline("a", ANN, MAKES_FUNCTIONS) + _inline("b", ANN, PASSES_ANY_ROLE),
            {"IAM032"},
            id="two policies of a user together",
        ),
        pytest.param(
            _user("ann")
            + _user("bob")
            + _inline("a", ANN, MAKES_FUNCTIONS)
            + _inline("b", "aws_iam_user.bob.name", PASSES_ANY_ROLE),
            set(),
            id="a policy of each of two users",
        ),
        pytest.param(
            _user("ann")
            + _GROUP
            + _inline("a", ANN, MAKES_FUNCTIONS)
            + _group_policy("b", PASSES_ANY_ROLE),
            {"IAM032"},
            id="a policy of a user and one of its group",
        ),
        pytest.param(
            _user("ann")
            + _GROUP
            + _inline("a", ANN, EVERYTHING_OF_IAM)
            + _group_policy("b", DENIES_IAM),
            set(),
            id="denied by the group",
        ),
        pytest.param(
            _user("ann")
            + _GROUP
            + _inline("a", ANN, DENIES_IAM)
            + _group_policy("b", EVERYTHING_OF_IAM),
            {"IAM020"},
            id="denied to one member and granted to the group",
        ),
    ],
)
def test_everything_that_somebody_has_counts(hcl: str, rules: set[str]) -> None:
    found = findings_of(hcl, {"IAM020", "IAM032"})
    assert {finding.rule for finding in found} == rules


def test_a_group_and_its_members_get_one_finding() -> None:
    hcl = _user("ann") + _GROUP + _group_policy("b", MAKES_FUNCTIONS, PASSES_ANY_ROLE)
    assert len(findings_of(hcl, {"IAM032"})) == 1


def test_a_role_that_is_bounded_does_not_excuse_a_user_with_the_same_policy() -> None:
    trust = _policy(
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
        }
    )
    hcl = (
        f'resource "aws_iam_role" "job" {{\n  name = "job"\n  assume_role_policy = '
        f"jsonencode({trust})\n  permissions_boundary = aws_iam_policy.edge.arn\n}}\n"
        + _managed("edge", READS_A_BUCKET)
        + _managed("p", EVERYTHING_OF_IAM)
        + 'resource "aws_iam_role_policy_attachment" "r" {\n  role = aws_iam_role.job.name\n'
        "  policy_arn = aws_iam_policy.p.arn\n}\n"
    )
    assert findings_of(hcl, {"IAM020"}) == []
    given = hcl + _user("ann") + _attached("a", ANN, "aws_iam_policy.p.arn")
    assert len(findings_of(given, {"IAM020"})) == 1


def test_an_unknown_deny_of_a_user_leaves_the_question_open() -> None:
    denial = _inline("b", ANN, {**DENIES_IAM, "Action": "X"}).replace('"X"', "var.denied")
    hcl = 'variable "denied" {}\n' + _user("ann") + _inline("a", ANN, EVERYTHING_OF_IAM) + denial
    assert findings_of(hcl, {"IAM020"}) == []
    assert findings_of(hcl, {"IAM020"}, Verdict.UNKNOWN)
