"""The example runner: it must fail when a rule or an example is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from linter.policy.rulefile import parse_rule
from linter.policy.rulelint import lint_rules
from linter.policy.testing import TestReport, mutants, run_examples
from tests.policy.rulefiles import rule_data, rule_text


def run(mutate: bool = True, **changes: Any) -> list[str]:
    rule, examples = parse_rule("team.yaml", rule_text(**changes), origin="test")
    report = TestReport()
    run_examples(rule, examples, report, mutate=mutate)
    return [failure.reason for failure in report.failures]


def fail_with(**more: Any) -> dict[str, Any]:
    examples = rule_data()["examples"]
    examples["fail"][0].update(more)
    return {"examples": examples}


def test_a_good_rule_passes() -> None:
    assert run() == []


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"at": "$.Type"}, "no finding is at $.Type: pipeline.json:5:15"),
        ({"at": "9:9"}, "no finding is at 9:9"),
        ({"at": "pipeline.json:5:15"}, ""),
        ({"at": "$.Name"}, ""),
        ({"object": "Steps[A].Description"}, ""),
        ({"object": "Arguments"}, "it is 'Steps[A].Description'"),
        ({"message": "no description"}, ""),
        ({"message": "too long"}, "no message contains"),
        ({"count": 1}, ""),
        ({"count": 2}, "should give 2 findings, gives 1"),
        ({"severity": "low"}, ""),
        ({"severity": "high"}, "the severity is low"),
        ({"step": {"Name": "A", "Description": "x"}}, "should fail, but nothing is found"),
        (
            {
                "step": {
                    "Name": "A",
                    "Type": {"Get": "Parameters.P"},
                    "Description": {"Get": "Nope"},
                }
            },
            "should fail",
        ),
    ],
)
def test_expectations(more: dict[str, Any], reason: str) -> None:
    found = run(mutate=False, **fail_with(**more))
    if reason:
        assert len(found) == 1
        assert reason in found[0]
    else:
        assert found == []


def test_a_passing_example_must_have_a_subject() -> None:
    changes = {"applies_to": [{"subject": "pipeline.step", "types": ["Fail"]}]}
    examples = rule_data()["examples"]
    examples["pass"].append({"name": "other", "step": {"Name": "B", "Type": "Callback"}})
    assert "shows nothing" in run(examples=examples, **changes)[0]
    examples["pass"][1]["applies"] = False
    assert run(examples=examples, **changes) == []


def test_a_condition_that_no_example_reaches_is_named() -> None:
    [reason] = run(
        when=[{"path": "$.Name", "exists": True}],
        require=[
            {"path": "$.Description", "set": True},
            {"path": "$.DisplayName", "not_equals": "x", "missing": "pass"},
        ],
        examples=rule_data()["examples"],
        mutate=False,
    ) or ["nothing"]
    assert reason == "nothing"
    found = run(
        require=[
            {"any": [{"path": "$.Description", "set": True}, {"path": "$.Other", "set": True}]},
        ]
    )
    assert found == []
    found = run(when=[{"any": [{"path": "$.Name", "set": True}, {"path": "$.Type", "set": True}]}])
    assert found == [
        "no example notices that in when of pipeline.step, $.Name set: True is negated",
        "no example notices that in when of pipeline.step, $.Type set: True is negated",
    ]


def test_every_target_needs_a_failing_example() -> None:
    found = run(mutate=False, applies_to=["pipeline.step", "terraform.aws_x"])
    assert found == ["no failing example for the target terraform.aws_x"]


def test_each_test_has_a_mutant() -> None:
    rule, _ = parse_rule(
        "t",
        rule_text(
            when={"not": {"path": "$.A", "set": True}},
            require=[{"all": [{"path": "$.B", "set": True}, {"path": "$.C", "set": True}]}],
        ),
    )
    assert len(list(mutants(rule))) == 3


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"require": [{"path": "$.Descripton", "set": True}]}, "did you mean Description?"),
        ({"require": [{"path": "$.A", "gte": 5, "lt": 5, "missing": "fail"}]}, "no number is"),
        (
            {
                "require": [
                    {"path": "$.A", "equals": 1, "missing": "fail"},
                    {"path": "$.A", "equals": 2, "missing": "fail"},
                ]
            },
            "two different values",
        ),
        ({"when": [{"path": "$.A", "set": True}, {"path": "$.A", "set": False}]}, "can never hold"),
        (
            {"when": [{"path": "$.A", "set": True}], "require": [{"path": "$.A", "set": True}]},
            "it cannot fail",
        ),
        (
            {
                "require": [
                    {"path": "$.A", "one_of": ["a"], "none_of": ["a", "b"], "missing": "fail"}
                ]
            },
            "none_of refuses everything",
        ),
        ({"require": [{"path": "$.A", "matches": "^a$", "missing": "fail"}]}, "leave out ^ and $"),
        ({"require": [{"path": "$.A", "matches": "a.com", "missing": "fail"}]}, "any character"),
        ({"message": "something is not as it should be"}, "does not name its subject"),
        ({"message": "{title} is bad"}, "does not say what is wrong"),
        ({"message": "{title} has none."}, "full stop"),
        ({"parameters": {"n": {"type": "number", "default": 1, "description": "d"}}}, "not used"),
        (
            {
                "applies_to": [{"subject": "pipeline.step", "types": ["Training"]}],
                "require": [{"path": "$.Arguments.VpcConfigs.Subnets", "set": True}],
            },
            "no request of Training has this member",
        ),
        (
            {"applies_to": ["terraform.aws_x"], "require": [{"path": "$.KmsKeyId", "set": True}]},
            "lower case",
        ),
        (
            {
                "applies_to": ["cloudformation.AWS::X::Y"],
                "require": [{"path": "$.kms_key", "set": True}],
            },
            "start with a capital",
        ),
        ({"require": None, "check": "nowhere:check"}, "cannot be imported"),
    ],
)
def test_doubtful_rules_are_named(changes: dict[str, Any], reason: str) -> None:
    rule, _ = parse_rule("team.yaml", rule_text(**changes), origin="test")
    reasons = [complaint.reason for complaint in lint_rules([rule])]
    assert any(reason in one for one in reasons), reasons


def test_a_good_rule_is_not_complained_about() -> None:
    rule, _ = parse_rule("team.yaml", rule_text(), origin="test")
    assert lint_rules([rule]) == []
    assert len(lint_rules([rule, rule])) == 2
