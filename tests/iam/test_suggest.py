"""Suggested policies: what the steps need, nothing else, and clean by our own rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linter.core.values import Template, Unknown
from linter.domain.iam import needs
from linter.domain.iam.derive import Statement, derive
from linter.domain.iam.evaluate import Permissions, allowed, statements_of
from linter.domain.iam.patterns import matches
from linter.domain.iam.request import Request
from linter.domain.iam.services import expand
from linter.policy.engine import lint
from linter.policy.model import Severity, Verdict
from linter.policy.registry import load_rules
from linter.policy.selection import Selection
from linter.project.load import load_texts
from tests.e2e.running import pipewarden, same_as_stored

ROLE = "arn:aws:iam::111122223333:role/jobs"
IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/churn:1.4"
KEY = "arn:aws:kms:us-east-1:111122223333:key/k"
ARGUMENTS: dict[str, dict[str, Any]] = {
    "Processing": {
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": IMAGE},
        "ProcessingInputs": [{"S3Input": {"S3Uri": "s3://data/raw/"}}],
        "ProcessingOutputConfig": {
            "KmsKeyId": KEY,
            "Outputs": [{"S3Output": {"S3Uri": "s3://artifacts/prep"}}],
        },
    },
    "Training": {
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": IMAGE},
        "InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": "s3://data/train"}}}],
        "OutputDataConfig": {"S3OutputPath": "s3://artifacts/model"},
        "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    },
    "Transform": {"TransformOutput": {"S3OutputPath": "s3://artifacts/scores"}},
    "Model": {"ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": IMAGE}},
    "RegisterModel": {"ModelPackageGroupName": "churn"},
    "Tuning": {"TrainingJobDefinition": {"RoleArn": ROLE}},
    "Condition": {"Conditions": [], "IfSteps": [], "ElseSteps": []},
    "Fail": {"ErrorMessage": "no"},
}


def derived(kinds: list[str]) -> list[Any]:
    steps = [
        {"Name": f"S{i}", "Type": kind, "Arguments": ARGUMENTS[kind]}
        for i, kind in enumerate(kinds)
    ]
    text = json.dumps({"Version": "2020-12-01", "Steps": steps})
    return derive(load_texts({"p.json": text}).pipelines[0])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(sorted(ARGUMENTS)), min_size=1, max_size=6))
def test_job_actions_are_those_of_the_steps_present(kinds: list[str]) -> None:
    own = next((found for found in derived(kinds) if found.role != ROLE), None)
    wanted = {
        f"sagemaker:{action}"
        for kind in kinds
        for action in needs.JOB_ACTIONS.get(kind, ((), ""))[0]
    }
    if "RegisterModel" in kinds:
        wanted |= {f"sagemaker:{action}" for action in needs.REGISTRY}
    if wanted:
        wanted |= {"sagemaker:AddTags", "sagemaker:ListTags"}
    found = {a for a in own.actions if a.startswith("sagemaker:")} if own is not None else set()
    assert found == wanted


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(sorted(ARGUMENTS)), min_size=1, max_size=6))
def test_every_action_exists_and_no_wildcard_allows_more(kinds: list[str]) -> None:
    for found in derived(kinds):
        for action in found.actions:
            assert "*" not in action
            assert len(expand(action.lower())) == 1, action


def requests_of(statement: Statement) -> Iterator[Request]:
    """What a statement is there for: each action on each resource, asked as it is meant."""
    context = {key.lower(): list(values) for _, key, values in statement.condition}
    for action in statement.actions:
        for resource in statement.resources:
            asked = Template((resource.rstrip("*"), Unknown("some name")))
            known = resource.endswith("*") and resource != "*"
            yield Request(action, asked if known else resource, context=context, complete=True)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(ARGUMENTS)), min_size=1, max_size=6),
    st.lists(st.sampled_from(["sagemaker", "s3", "iam", "kms", "ec2", "ecr", "logs"]), min_size=1),
)
def test_what_is_derived_is_allowed_and_nothing_else(kinds: list[str], services: list[str]) -> None:
    for found in derived(kinds):
        permissions = Permissions(statements_of(found.to_policy()))
        for statement in found.statements:
            for request in requests_of(statement):
                assert allowed(permissions, request) is True, request
        listed = {action.lower() for action in found.actions}
        for action in (a for service in services for a in expand(f"{service}:*")):
            anywhere = Request(action.full_name, Unknown("any resource"))
            truth = allowed(permissions, anywhere)
            assert (truth is False) == (action.full_name.lower() not in listed), action


def test_a_suggestion_reaches_no_other_location_or_role() -> None:
    own, jobs = derived(["Processing", "Training"])
    data = Permissions(statements_of(jobs.to_policy()))
    may = {
        (action, name): allowed(
            data, Request(f"s3:{action}", f"arn:aws:s3:::{name}", complete=True)
        )
        for action in ("GetObject", "PutObject")
        for name in ("data/raw/x", "artifacts/model/x", "data/other", "elsewhere/x")
    }
    assert {asked for asked, truth in may.items() if truth is not False} == {
        ("GetObject", "data/raw/x"),
        ("GetObject", "artifacts/model/x"),  # the next step reads what this one wrote
        ("PutObject", "artifacts/model/x"),
    }
    passing = Permissions(statements_of(own.to_policy()))

    def passes(role: str, service: str) -> bool | None:
        context = {"iam:passedtoservice": service}
        return allowed(passing, Request("iam:PassRole", role, context=context, complete=True))

    assert passes(ROLE, "sagemaker.amazonaws.com") is True
    assert passes(ROLE, "glue.amazonaws.com") is False
    assert passes(f"{ROLE}-admin", "sagemaker.amazonaws.com") is False


@pytest.mark.parametrize(
    "kinds", [["Processing"], ["Training", "RegisterModel"], sorted(ARGUMENTS)]
)
def test_suggestions_pass_our_own_rules(kinds: list[str]) -> None:
    rules = load_rules().rules
    for found in derived(kinds):
        project = load_texts({"policy.json": json.dumps(found.to_policy())})
        findings = lint(project, rules, Selection(("IAM",))).findings
        bad = [f for f in findings if f.verdict is Verdict.FAIL and f.severity >= Severity.MEDIUM]
        assert [(f.rule, f.message) for f in bad] == []


def test_roles_are_passed_to_sagemaker_only_and_locations_are_split() -> None:
    own, jobs = derived(["Processing", "Training"])
    passing = next(s for s in own.statements if s.actions == ("iam:PassRole",))
    assert passing.resources == (ROLE,)
    assert passing.condition == (
        ("StringEquals", "iam:PassedToService", ("sagemaker.amazonaws.com",)),
    )
    by_sid = {statement.sid: statement for statement in jobs.statements}
    assert by_sid["ReadInputs"].resources == ("arn:aws:s3:::data/raw*", "arn:aws:s3:::data/train*")
    assert by_sid["WriteOutputs"].resources == (
        "arn:aws:s3:::artifacts/model/*",
        "arn:aws:s3:::artifacts/prep/*",
    )
    assert by_sid["PullImages"].resources == (
        "arn:aws:ecr:us-east-1:111122223333:repository/churn",
    )
    assert by_sid["UseKeys"].resources == (KEY,)
    assert by_sid["AttachToNetwork"].resources == ("*",)


@given(
    st.text(alphabet="ab*?", max_size=8),
    st.text(alphabet="ab", max_size=8),
)
def test_matching_agrees_with_a_straightforward_matcher(pattern: str, text: str) -> None:
    def reference(p: str, t: str) -> bool:
        if not p:
            return not t
        if p[0] == "*":
            return reference(p[1:], t) or bool(t and reference(p, t[1:]))
        return bool(t) and p[0] in ("?", t[0]) and reference(p[1:], t[1:])

    assert matches(pattern, text) is reference(pattern, text)


@pytest.mark.parametrize("format_", ["json", "hcl", "diff"])
def test_whole_outputs_of_suggest(format_: str) -> None:
    ran = pipewarden("iam", "suggest", "broken", "--format", format_)
    assert (ran.code, ran.err) == (0, "")
    same_as_stored(ran.out, f"broken-suggest.{format_}")
