"""Named ways to an administrator: by whose statements, over how many principals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linter.policy.engine import lint
from linter.policy.model import Finding, Severity, Verdict
from linter.policy.registry import load_rules
from linter.policy.selection import Selection
from linter.project.load import load_texts
from linter.project.paths import Graph, graph_of

TRUST = (
    'jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", '
    'Principal = %s, Action = "sts:AssumeRole" }] })'
)
SERVICE = '{ Service = ["lambda.amazonaws.com", "sagemaker.amazonaws.com", "ec2.amazonaws.com"] }'


def role(name: str, *managed: str, trust: str = SERVICE) -> str:
    arns = json.dumps([f"arn:aws:iam::aws:policy/{one}" for one in managed])
    return (
        f'resource "aws_iam_role" "{name}" {{\n  name = "{name}"\n'
        f"  assume_role_policy = {TRUST % trust}\n  managed_policy_arns = {arns}\n}}\n"
    )


def user(name: str, *managed: str) -> str:
    text = f'resource "aws_iam_user" "{name}" {{ name = "{name}" }}\n'
    for number, one in enumerate(managed):
        text += (
            f'resource "aws_iam_user_policy_attachment" "{name}{number}" {{\n'
            f"  user = aws_iam_user.{name}.name\n"
            f'  policy_arn = "arn:aws:iam::aws:policy/{one}"\n}}\n'
        )
    return text


def granted(name: str, actions: Any, resource: str, holder: str = "", more: str = "") -> str:
    """A policy; ``resource`` is an expression of Terraform."""
    kind, where = "aws_iam_policy", ""
    if holder:
        kind, where = f"{holder.rpartition('.')[0]}_policy", ""
        member = {"aws_iam_role": "role", "aws_iam_user": "user", "aws_iam_group": "group"}
        where = f"  {member[holder.rpartition('.')[0]]} = {holder}.name\n"
    return (
        f'resource "{kind}" "{name}" {{\n  name = "{name}"\n{where}  policy = jsonencode({{\n'
        f'    Version = "2012-10-17"\n    Statement = [{{ Effect = "Allow", '
        f"Action = {json.dumps(actions)}, Resource = {resource}{more} }}]\n  }})\n}}\n"
    )


ADMIN = role("admin", "AdministratorAccess")
LAMBDA = (
    'resource "aws_lambda_function" "f" {\n  function_name = "nightly"\n'
    "  role = aws_iam_role.admin.arn\n}\n"
)
INSTANCE = (
    'resource "aws_iam_instance_profile" "p" { role = aws_iam_role.admin.name }\n'
    'resource "aws_instance" "i" { iam_instance_profile = aws_iam_instance_profile.p.name }\n'
)
PIPELINE = (
    'resource "aws_sagemaker_pipeline" "p" {\n  pipeline_name = "churn"\n'
    "  role_arn = aws_iam_role.admin.arn\n"
    '  pipeline_definition = jsonencode({ Version = "2020-12-01", Steps = [] })\n}\n'
)
ECS = (
    'resource "aws_ecs_cluster" "c" { name = "c" }\n'
    'resource "aws_ecs_task_definition" "t" {\n  family = "t"\n'
    "  task_role_arn = aws_iam_role.admin.arn\n}\n"
    'resource "aws_ecs_service" "s" {\n  name = "s"\n  cluster = aws_ecs_cluster.c.id\n'
    "  task_definition = aws_ecs_task_definition.t.arn\n}\n"
)
BUILD = (
    'resource "aws_codebuild_project" "b" {\n  name = "b"\n'
    "  service_role = aws_iam_role.admin.arn\n}\n"
)
RUNNER = (
    'resource "aws_apprunner_service" "a" {\n  service_name = "a"\n'
    "  instance_configuration { instance_role_arn = aws_iam_role.admin.arn }\n}\n"
)
STACK = (
    'resource "aws_cloudformation_stack" "s" {\n  name = "s"\n'
    "  iam_role_arn = aws_iam_role.admin.arn\n}\n"
)
BOSS = user("boss", "AdministratorAccess")
GROUP = (
    'resource "aws_iam_group" "admins" { name = "admins" }\n'
    'resource "aws_iam_group_policy_attachment" "admins" {\n  group = aws_iam_group.admins.name\n'
    '  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"\n}\n'
)
ACCOUNT = 'data "aws_caller_identity" "me" {}\n'
WAYS = {
    "trust policy of a role": (
        ADMIN + granted("p", "iam:UpdateAssumeRolePolicy", "aws_iam_role.admin.arn"),
        "aws_iam_role.admin",
    ),
    "key of a user": (
        BOSS + granted("p", ["iam:CreateAccessKey"], '"arn:aws:iam::111122223333:user/boss"'),
        "aws_iam_user.boss",
    ),
    "password of a user by a wildcard": (
        BOSS + granted("p", "iam:UpdateLoginProfile", '"arn:aws:iam::111122223333:user/b*"'),
        "aws_iam_user.boss",
    ),
    "group": (
        GROUP + granted("p", "iam:AddUserToGroup", "aws_iam_group.admins.arn"),
        "aws_iam_group.admins",
    ),
    "function": (
        ADMIN + LAMBDA + granted("p", "lambda:Update*", "aws_lambda_function.f.arn"),
        "aws_lambda_function.f",
    ),
    "function by name": (
        ADMIN
        + LAMBDA
        + granted("p", "lambda:UpdateFunctionCode", '"arn:aws:lambda:*:*:function:nightly"'),
        "aws_lambda_function.f",
    ),
    "session on an instance": (
        ADMIN
        + INSTANCE
        + granted("p", "ssm:StartSession", '"arn:aws:ec2:*:*:instance/${aws_instance.i.id}"'),
        "aws_instance.i",
    ),
    "pipeline": (
        ADMIN
        + PIPELINE
        + granted(
            "p",
            ["sagemaker:UpdatePipeline", "sagemaker:StartPipelineExecution"],
            "aws_sagemaker_pipeline.p.arn",
        ),
        "aws_sagemaker_pipeline.p",
    ),
    "task": (
        ADMIN + ECS + granted("p", "ecs:ExecuteCommand", "aws_ecs_cluster.c.arn"),
        "aws_ecs_cluster.c",
    ),
    "build": (
        ADMIN + BUILD + granted("p", "codebuild:StartBuild", "aws_codebuild_project.b.arn"),
        "aws_codebuild_project.b",
    ),
    "service": (
        ADMIN + RUNNER + granted("p", "apprunner:UpdateService", "aws_apprunner_service.a.arn"),
        "aws_apprunner_service.a",
    ),
    "stack": (
        ADMIN
        + STACK
        + granted("p", "cloudformation:UpdateStack", '"arn:aws:cloudformation:*:*:stack/s/*"'),
        "aws_cloudformation_stack.s",
    ),
}


def graph(text: str) -> Graph:
    project = load_texts({"main.tf": text})
    assert not project.problems
    return graph_of(project)


def judged(text: str, *rules: str) -> list[Finding]:
    project = load_texts({"main.tf": text})
    return lint(project, load_rules().rules, Selection(rules)).findings


@pytest.mark.parametrize("way", WAYS)
def test_each_way_is_found_and_names_what_it_goes_through(way: str) -> None:
    text, thing = WAYS[way]
    (found,) = judged(text, "IAM079")
    assert (found.verdict, found.severity) == (Verdict.FAIL, Severity.CRITICAL)
    assert found.address == "aws_iam_policy.p"
    assert thing in found.message


@pytest.mark.parametrize("way", WAYS)
def test_none_is_open_to_what_is_no_administrator_or_where_it_is_denied(way: str) -> None:
    text, _ = WAYS[way]
    harmless = text.replace("policy/AdministratorAccess", "policy/AmazonSQSReadOnlyAccess")
    assert judged(harmless, "IAM079") == []
    denied = text.replace(
        'Statement = [{ Effect = "Allow", Action',
        'Statement = [{ Effect = "Deny", Action = "*", Resource = "*" }, '
        '{ Effect = "Allow", Action',
    )
    assert denied != text
    assert judged(denied, "IAM079") == []


@pytest.mark.parametrize(
    ("resource", "verdicts"),
    [
        ("aws_iam_role.admin.arn", ["fail"]),
        ('"arn:aws:iam::${data.aws_caller_identity.me.account_id}:role/admin"', ["fail"]),
        ('"arn:aws:iam::111122223333:role/${aws_iam_role.admin.name}"', ["fail"]),
        ('"arn:aws:iam::111122223333:role/adm*"', ["fail"]),
        ('"arn:aws:iam::111122223333:role/other"', []),
        ('"arn:aws:iam::111122223333:role/${aws_iam_role.admin.name}-reader"', []),
        ('"arn:aws:iam::111122223333:user/admin"', []),
        ('"arn:aws:iam::111122223333:role/${var.role}"', []),
    ],
)
def test_a_role_is_passed_however_its_arn_is_written(resource: str, verdicts: list[str]) -> None:
    text = ACCOUNT + 'variable "role" {}\n' + ADMIN
    text += granted("run", "sagemaker:CreateTrainingJob", '"*"', "aws_iam_user.dev")
    text += granted("pass", "iam:PassRole", resource, "aws_iam_user.dev") + user("dev")
    run = 'Resource = "*" }, { Effect = "Allow", Action = "iam:PassRole", Resource'
    one = granted("p", "sagemaker:CreateTrainingJob", resource).replace("Resource", run, 1)
    found = judged(ACCOUNT + 'variable "role" {}\n' + ADMIN + one, "IAM022")
    assert [finding.verdict.value for finding in found] == verdicts
    assert all(finding.severity is Severity.CRITICAL for finding in found)
    made = graph(text)
    dev = next(one for one in made.holders if one.kind == "user")
    assert bool(made.path(dev)) == bool(verdicts)


def test_two_steps_and_the_shortest_way_wins() -> None:
    text = (
        ADMIN
        + LAMBDA
        + role("middle")
        + user("dev")
        + granted(
            "m", "lambda:UpdateFunctionCode", "aws_lambda_function.f.arn", "aws_iam_role.middle"
        )
        + granted("d", "iam:UpdateAssumeRolePolicy", "aws_iam_role.middle.arn", "aws_iam_user.dev")
    )
    made = graph(text)
    dev = next(one for one in made.holders if one.kind == "user")
    assert [step.target.title for step in made.path(dev) if step.target] == [
        "aws_iam_role.middle",
        "aws_iam_role.admin",
    ]
    (first,) = [f for f in judged(text, "IAM079") if f.address == "aws_iam_user_policy.d"]
    assert "aws_iam_role.middle; then lambda:UpdateFunctionCode" in first.message
    short = text + granted("s", "iam:PutUserPolicy", "aws_iam_user.dev.arn", "aws_iam_user.dev")
    made = graph(short)
    dev = next(one for one in made.holders if one.kind == "user")
    assert [step.kind for step in made.path(dev)] == ["own"]


def test_a_group_of_a_user_counts_as_the_users() -> None:
    text = (
        user("dev")
        + 'resource "aws_iam_group" "team" { name = "team" }\n'
        + 'resource "aws_iam_user_group_membership" "m" {\n  user = aws_iam_user.dev.name\n'
        + "  groups = [aws_iam_group.team.name]\n}\n"
        + granted("g", "iam:PutGroupPolicy", "aws_iam_group.team.arn", "aws_iam_group.team")
    )
    made = graph(text)
    assert {one.kind for one in made.holders if made.path(one)} == {"user", "group"}


def test_what_is_not_known_of_the_target_is_undecided() -> None:
    text = (
        'variable "action" {}\n'
        + role("perhaps")
        + 'resource "aws_iam_role_policy" "x" {\n  role = aws_iam_role.perhaps.name\n'
        + '  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", '
        + 'Action = var.action, Resource = "*" }] })\n}\n'
        + granted("p", "iam:UpdateAssumeRolePolicy", "aws_iam_role.perhaps.arn")
    )
    found = {f.address: f.verdict for f in judged(text, "IAM079")}
    assert found["aws_iam_policy.p"] is Verdict.UNKNOWN


def test_assuming_a_role_that_trusts_one_is_drawn_and_not_reported() -> None:
    trust = '{ AWS = "arn:aws:iam::111122223333:root" }'
    text = role("admin", "AdministratorAccess", trust=trust)
    text += granted("p", "sts:AssumeRole", "aws_iam_role.admin.arn")
    made = graph(text)
    assert [step.assumes for one in made.holders for step in made.path(one)] == [True]
    assert judged(text, "IAM079") == []
    foreign = text.replace(trust, SERVICE)
    made = graph(foreign)
    assert not any(map(made.path, made.holders))


def test_the_graph_grows_with_the_policies_and_not_with_their_square(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from linter.project import paths

    asked = []
    covers = paths.covers
    monkeypatch.setattr(paths, "covers", lambda *args: asked.append(0) or covers(*args))

    def comparisons(count: int) -> int:
        asked.clear()
        text = ADMIN + "".join(
            role(f"r{n}")
            + granted(f"p{n}", "iam:PassRole", f"aws_iam_role.r{n}.arn", f"aws_iam_role.r{n}")
            + granted(f"q{n}", "iam:PassRole", f'"arn:aws:iam::1:role/r{n}"', f"aws_iam_role.r{n}")
            for n in range(count)
        )
        graph(text)
        return len(asked)

    assert comparisons(40) <= 5 * max(comparisons(10), 1)


def test_passing_any_role_is_critical_where_one_is_known_to_be_an_administrator() -> None:
    grants = granted("p", ["iam:PassRole", "sagemaker:CreateTrainingJob"], '"*"')

    def severities(text: str) -> list[Severity]:
        return [finding.severity for finding in judged(text, "IAM022")]

    assert severities(grants) == [Severity.HIGH]
    assert severities(grants + ADMIN) == [Severity.CRITICAL]
    only_lambda = role("admin", "AdministratorAccess", trust='{ Service = "lambda.amazonaws.com" }')
    assert severities(grants + only_lambda) == [Severity.HIGH]
    assert severities(grants + role("reader", "AmazonSQSReadOnlyAccess")) == [Severity.HIGH]


def test_aws_policies_are_known_in_every_partition() -> None:
    text = (
        'data "aws_partition" "p" {}\n'
        + ADMIN.replace("arn:aws:iam::aws", "arn:${data.aws_partition.p.partition}:iam::aws")
        + granted("p", "iam:UpdateAssumeRolePolicy", "aws_iam_role.admin.arn")
    )
    assert [finding.verdict for finding in judged(text, "IAM079")] == [Verdict.FAIL]
