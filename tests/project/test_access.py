"""Effective access: what is left after every Deny, boundary and service control policy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linter.core.values import Unknown
from linter.policy.engine import lint
from linter.policy.model import Finding, Severity, Verdict
from linter.policy.registry import load_rules
from linter.policy.selection import Selection
from linter.project.access import Access, access_of
from linter.project.load import load_texts
from linter.project.model import Project

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
            }
        ],
    }
)
ANY_ROLE = "arn:aws:iam::111122223333:role/anybody"


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


def deny(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": list(actions), "Resource": "*", **more}


def role(
    *statements: Any,
    boundary: Any = None,
    control: Any = None,
    target: str = "aws_organizations_organization.all.roots[0].id",
    managed: str = "",
) -> Project:
    parts = [
        f'resource "aws_iam_role" "r" {{\n  name = "r"\n  assume_role_policy = jsonencode({TRUST})',
        "  permissions_boundary = aws_iam_policy.limits.arn" if boundary else "",
        f'  managed_policy_arns = ["arn:aws:iam::aws:policy/{managed}"]' if managed else "",
        "}",
        'resource "aws_iam_role_policy" "p" {\n  role = aws_iam_role.r.id',
        f"  policy = jsonencode({document(*statements)})\n}}",
    ]
    if boundary:
        limits = f"  policy = jsonencode({document(boundary)})"
        parts.append(f'resource "aws_iam_policy" "limits" {{\n{limits}\n}}')
    if control:
        parts.append(
            'resource "aws_organizations_organization" "all" {}\n'
            f'resource "aws_organizations_policy" "c" {{ content = jsonencode({document(control)})'
            '\n}\nresource "aws_organizations_policy_attachment" "c" {\n'
            f"  policy_id = aws_organizations_policy.c.id\n  target_id = {target}\n}}"
        )
    project = load_texts({"main.tf": "\n".join(parts)})
    assert not project.problems
    return project


def access(*statements: Any, **more: Any) -> Access:
    return access_of(role(*statements, **more).roles[0])


def findings(rule: str, project: Project) -> list[Finding]:
    found = lint(project, load_rules().rules, Selection((rule,))).findings
    return [finding for finding in found if finding.verdict is Verdict.FAIL]


def test_the_answer_names_the_statements_that_make_it_so() -> None:
    found = access(allow("iam:*", Sid="All"), deny("iam:Delete*", Sid="Keep"))
    kept = found.ask("iam:PutRolePolicy", ANY_ROLE)
    assert kept.truth is True
    assert [source.title for source in kept.allowing] == ["statement All of aws_iam_role_policy.p"]
    assert kept.denying == ()
    lost = found.ask("iam:DeleteRole", ANY_ROLE)
    assert lost.truth is False
    assert [source.title for source in lost.denying] == ["statement Keep of aws_iam_role_policy.p"]


@pytest.mark.parametrize(
    ("statements", "more", "administers"),
    [
        ([allow("*")], {}, True),
        ([allow("*"), {"Effect": "Deny", "NotAction": ["iam:*"], "Resource": "*"}], {}, True),
        ([allow("*")], {"boundary": allow("iam:*", "s3:*")}, True),
        ([allow("*")], {"boundary": allow("s3:*")}, False),
        ([allow("*"), deny("iam:*")], {}, False),
        ([allow("*")], {"control": deny("iam:*")}, False),
        ([allow("*")], {"control": deny("iam:*"), "target": '"ou-ab12-cdefgh34"'}, True),
        ([allow("*")], {"control": deny("s3:*")}, True),
        ([allow("s3:*")], {"managed": "AdministratorAccess"}, True),
        ([deny("*")], {"managed": "AdministratorAccess"}, False),
        ([allow("s3:*")], {"managed": "PowerUserAccess"}, False),
        ([allow("*", Condition={"Bool": {"aws:SecureTransport": "true"}})], {}, True),
        ([allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})], {}, None),
        (
            [allow("*"), deny("*", Condition={"Bool": {"aws:SecureTransport": "false"}})],
            {},
            True,
        ),
    ],
)
def test_who_is_an_administrator(
    statements: list[Any], more: dict[str, Any], administers: bool | None
) -> None:
    assert access(*statements, **more).administers is administers


_STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.lists(
            st.sampled_from(["*", "iam:*", "s3:Get*", "iam:PutRolePolicy", "s3:GetObject"]),
            min_size=1,
            max_size=2,
        ),
        "Resource": st.sampled_from(["*", ANY_ROLE, "arn:aws:s3:::data/*"]),
    },
    optional={
        "Condition": st.sampled_from(
            [
                {"Bool": {"aws:SecureTransport": "true"}},
                {"StringEquals": {"aws:PrincipalTag/team": "ml"}},
            ]
        )
    },
)
_REQUESTS = [
    ("iam:PutRolePolicy", ANY_ROLE),
    ("s3:GetObject", "arn:aws:s3:::data/x"),
    ("s3:GetObject", "arn:aws:s3:::other/x"),
    ("ec2:RunInstances", Unknown("any")),
]
_ORDER = {False: 0, None: 1, True: 2}


@settings(max_examples=60, deadline=None)
@given(st.lists(_STATEMENTS, min_size=1, max_size=3), _STATEMENTS)
def test_access_never_grows_by_a_deny_a_boundary_or_a_control(
    statements: list[dict[str, Any]], other: dict[str, Any]
) -> None:
    before = access(*statements)
    less = [
        access(*statements, {**other, "Effect": "Deny"}),
        access(*statements, boundary={**other, "Effect": "Allow"}),
        access(*statements, control={**other, "Effect": "Deny"}),
    ]
    for action, resource in _REQUESTS:
        for after in less:
            assert _ORDER[after.allows(action, resource)] <= _ORDER[before.allows(action, resource)]


@pytest.mark.parametrize(
    ("statements", "more"),
    [
        ([allow("*"), {"Effect": "Deny", "NotAction": ["iam:*"], "Resource": "*"}], {}),
        ([allow("*")], {"boundary": allow("iam:*", "s3:*")}),
        ([allow("*")], {"control": {"Effect": "Deny", "NotAction": ["iam:*"], "Resource": "*"}}),
    ],
)
def test_what_is_left_of_everything_is_still_an_administrator(
    statements: list[Any], more: dict[str, Any]
) -> None:
    (found,) = findings("IAM001", role(*statements, **more))
    assert found.severity is Severity.CRITICAL
    assert "makes itself an administrator" in found.message


def test_a_control_of_the_whole_organisation_takes_away_for_every_rule() -> None:
    grants = allow("iam:PutRolePolicy")
    assert findings("IAM020", role(grants))
    assert not findings("IAM020", role(grants, control=deny("iam:*")))
    some = role(grants, control=deny("iam:*"), target='"ou-ab12-cdefgh34"')
    assert findings("IAM020", some)


EVERY_MODEL = "arn:aws:sagemaker:*:*:model/*"


@pytest.mark.parametrize(
    ("resource", "severity"),
    [
        ("*", Severity.LOW),
        (EVERY_MODEL, Severity.LOW),
        ("arn:aws:sagemaker:us-east-1:111122223333:model/*", None),
        ("arn:aws:sagemaker:*:*:model/churn-*", None),
        ("arn:aws:sagemaker:*:*:endpoint/*", None),
    ],
)
def test_every_resource_of_a_type_is_what_an_asterisk_is(
    resource: str, severity: Severity | None
) -> None:
    found = findings("IAM037", role(allow("sagemaker:DeleteModel", Resource=resource)))
    assert [finding.severity for finding in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("resource", "severity"),
    [
        ("*", Severity.CRITICAL),
        ("arn:aws:iam::111122223333:role/*", Severity.CRITICAL),
        ("arn:aws:iam::*:policy/*", Severity.CRITICAL),
        ("arn:aws:iam::111122223333:role/team-*", Severity.HIGH),
    ],
)
def test_the_control_of_iam_is_as_severe_wherever_it_escalates(
    resource: str, severity: Severity
) -> None:
    (found,) = findings("IAM012", role(allow("iam:*", Resource=resource)))
    assert found.severity is severity


_GRANT = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Action": st.sampled_from(
            ["*", "iam:*", "iam:Put*", "iam:AttachRolePolicy", "iam:Get*", "s3:*"]
        ).map(lambda action: [action]),
        "Resource": st.sampled_from(
            ["*", "arn:aws:iam::*:role/*", "arn:aws:iam::*:role/team-*", "arn:aws:s3:::data/*"]
        ),
    },
    optional={
        "Condition": st.sampled_from(
            [
                {"Bool": {"aws:SecureTransport": "true"}},
                {"StringEquals": {"aws:PrincipalTag/team": "ml"}},
            ]
        )
    },
)
_BOUNDARY = st.none() | st.sampled_from([allow("iam:*", "s3:*"), allow("s3:*"), allow("iam:Get*")])
_RULES = load_rules().rules
_ADMINISTRATORS = ("IAM001", "IAM005", "IAM006", "IAM012", "IAM020", "IAM079")


@settings(max_examples=150, deadline=None)
@given(st.lists(_GRANT, min_size=1, max_size=3), _BOUNDARY)
def test_no_rule_contradicts_the_evaluator(statements: list[dict[str, Any]], boundary: Any) -> None:
    """Who is an administrator is told, and nobody else is."""
    project = role(*statements, boundary=boundary)
    found = lint(project, _RULES, Selection(_ADMINISTRATORS)).findings
    told = {
        (finding.rule, finding.severity)
        for finding in found
        if finding.verdict is Verdict.FAIL and finding.severity >= Severity.HIGH
    }
    access = access_of(project.roles[0])
    if access.administers:
        assert told, statements
    critical = {rule for rule, severity in told if severity is Severity.CRITICAL}
    if critical - {"IAM079"}:
        assert access.power, (critical, statements)


def test_a_large_policy_is_asked_in_linear_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from linter.domain.iam import evaluate

    asked: list[int] = []
    applies = evaluate.Statement.applies

    def counted(self: Any, *args: Any, **named: Any) -> Any:
        asked.append(0)
        return applies(self, *args, **named)

    monkeypatch.setattr(evaluate.Statement, "applies", counted)

    def questions(count: int) -> int:
        grants = [allow("s3:GetObject", Resource=f"arn:aws:s3:::b{n}/*") for n in range(count)]
        project = role(*grants, deny("s3:Delete*"))
        asked.clear()
        lint(project, _RULES, Selection(("IAM",)))
        return len(asked)

    small = questions(50)
    assert questions(400) <= 10 * max(small, 1)
