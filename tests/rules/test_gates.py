"""APPR021 and APPR006: conditions that cannot come out both ways."""

from __future__ import annotations

from typing import Any

import pytest

from linter.policy.model import Confidence, Severity, Verdict
from rules.appr.alike import alike
from rules.appr.metrics import range_of
from tests.rules.judging import definition, findings, verdict

RULE = "APPR021"
REGISTER = {
    "Name": "Register",
    "Type": "RegisterModel",
    "Arguments": {"ModelPackageGroupName": "g"},
}
STOP = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "bad"}}
SIGNS = {
    ">": "GreaterThan",
    ">=": "GreaterThanOrEqualTo",
    "<": "LessThan",
    "<=": "LessThanOrEqualTo",
    "=": "Equals",
}
MIRRORED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "=": "="}


def metric(path: str) -> dict[str, Any]:
    return {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Eval.PropertyFiles.R"}, "Path": path}}


def compared(left: Any, sign: str, right: Any) -> dict[str, Any]:
    return {"Type": SIGNS[sign], "LeftValue": left, "RightValue": right}


def gate(*conditions: Any, then: Any = (REGISTER,), otherwise: Any = (STOP,)) -> dict[str, Any]:
    branches = {"IfSteps": list(then), "ElseSteps": list(otherwise)}
    return {
        "Name": "Gate",
        "Type": "Condition",
        "Arguments": {"Conditions": list(conditions), **branches},
    }


@pytest.mark.parametrize(
    ("name", "sign", "threshold"),
    [
        ("accuracy.value", ">=", 0),
        ("accuracy.value", ">", -1),
        ("auc", "<=", 100),
        ("f1_score", ">=", "0.0"),
        ("recall", "<=", 1),
        ("r2", "<=", 1),
        ("r2", ">=", -9999),
        ("rmse", "<=", 1e9),
        ("regression_metrics.mse.value", ">=", 0),
        ("mean_absolute_error", "<", 1e12),
    ],
)
def test_a_threshold_that_every_value_meets_is_found_from_both_sides(
    name: str, sign: str, threshold: Any
) -> None:
    for condition in (
        compared(metric(name), sign, threshold),
        compared(threshold, MIRRORED[sign], metric(name)),
    ):
        (found,) = findings(RULE, definition(gate(condition)))
        assert found.severity is Severity.MEDIUM
        assert "always lets step Register run" in found.message


@pytest.mark.parametrize(
    ("name", "sign", "threshold"),
    [
        ("accuracy.value", ">=", 0.01),
        ("f1", ">", 0),  # a model that finds nothing has exactly that
        ("accuracy", ">=", 85),  # a percentage
        ("fpr", "<=", 5),
        ("r2", ">=", 0),
        ("r2", ">=", -1),
        ("mse", "<=", 2.5e9),  # of prices of houses
        ("accuracy_delta", ">=", 0),
        ("comparison.diff.auc", ">=", 0),
        ("neg_mean_squared_error", "<=", 0),
        ("accuracy.standard_deviation", ">=", 0),
        ("score", ">=", -9999),
        ("constraint_violations", "<=", 0),
    ],
)
def test_a_threshold_that_some_value_misses_is_none(name: str, sign: str, threshold: Any) -> None:
    condition = compared(metric(name), sign, threshold)
    assert verdict(RULE, definition(gate(condition))) is Verdict.PASS


def test_what_only_practice_rules_out_is_less_sure() -> None:
    (sure,) = findings(RULE, definition(gate(compared(metric("auc"), ">=", 0))))
    (unsure,) = findings(RULE, definition(gate(compared(metric("r2"), ">=", -9999))))
    assert sure.confidence is Confidence.HIGH
    assert unsure.confidence is Confidence.MEDIUM


def test_conditions_hold_together_and_or_and_not_are_followed() -> None:
    open_, real = compared(metric("auc"), ">=", 0), compared(metric("auc"), ">=", 0.8)
    closed = compared(metric("r2"), ">", 1)
    either = {"Type": "Or", "Conditions": [open_, real]}
    neither = {"Type": "Not", "Expression": either}
    one_of = {"Type": "In", "QueryValue": metric("accuracy"), "Values": [-1, 101]}

    assert verdict(RULE, definition(gate(open_, real))) is Verdict.PASS
    assert verdict(RULE, definition(gate({"Type": "Or", "Conditions": [real, closed]}))) is (
        Verdict.PASS
    )
    (found,) = findings(RULE, definition(gate(open_, either)))
    assert "always lets" in found.message
    for never in (neither, one_of):
        (found,) = findings(RULE, definition(gate(real, never)))
        assert "step Register never runs" in found.message
        assert found.severity is Severity.LOW


def test_a_reject_that_never_happens_lets_everything_through() -> None:
    rejects = gate(compared(metric("mse"), "<", 0), then=[STOP], otherwise=[REGISTER])
    (found,) = findings(RULE, definition(rejects))
    assert "always lets step Register run" in found.message
    assert found.severity is Severity.MEDIUM


def test_a_value_compared_with_itself_decides_nothing() -> None:
    (found,) = findings(RULE, definition(gate(compared(metric("x"), ">=", metric("x")))))
    assert "with itself" in found.message
    other = compared(metric("x"), ">=", metric("y"))
    assert verdict(RULE, definition(gate(other))) is Verdict.PASS


def test_literals_before_a_registration_are_the_other_rule() -> None:
    fixed = gate(compared("a", "=", "a"))
    assert verdict(RULE, definition(fixed)) is Verdict.PASS
    assert verdict("APPR004", definition(fixed)) is Verdict.FAIL
    notifying = gate(compared("a", "=", "b"), then=[{"Name": "L", "Type": "Lambda"}])
    (found,) = findings(RULE, definition(notifying))
    assert found.severity is Severity.LOW


def test_every_allowed_value_of_a_threshold_is_tried() -> None:
    condition = compared(metric("auc"), ">=", {"Get": "Parameters.Min"})
    for values, said in (([0.8, 0.9], Verdict.PASS), ([0.8, 0], Verdict.FAIL)):
        parameter = {"Name": "Min", "Type": "Float", "DefaultValue": 0.8, "EnumValues": values}
        assert verdict(RULE, definition(gate(condition), Parameters=[parameter])) is said


@pytest.mark.parametrize("name", ["metrics.validation_accuracy.value", "test:f1", "ROC_AUC", "R2"])
def test_names_of_metrics_as_reports_have_them(name: str) -> None:
    assert range_of(name) is not None


@pytest.mark.parametrize("name", ["", "loss", "accuracy_drop", "lift", "value", "gap.accuracy"])
def test_names_that_do_not_tell(name: str) -> None:
    assert range_of(name) is None


def transform(name: str, model: Any, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "Transform", "Arguments": {"ModelName": model}, **more}


def test_branches_are_alike_whatever_their_steps_are_called() -> None:
    first = [transform("A", "m"), transform("B", {"Get": "Steps.A.Out"}, DependsOn=["A"])]
    second = [transform("X", "m"), transform("Y", {"Get": "Steps.X.Out"}, DependsOn=["X"])]
    assert alike(first, second) is True
    assert alike(first, [second[0]]) is False
    assert alike(first, [second[0], transform("Y", {"Get": "Steps.Train.Out"})]) is False
    assert alike([], []) is False


def test_a_pipeline_of_thousands_of_gates_takes_linear_time() -> None:
    import time

    def seconds(count: int) -> float:
        steps = []
        for number in range(count):
            register = {**REGISTER, "Name": f"R{number}", "DependsOn": [f"E{number}"]}
            steps.append({"Name": f"E{number}", "Type": "Processing", "Arguments": {}})
            condition = compared(metric("auc"), ">=", 0)
            steps.append({**gate(condition, then=[register]), "Name": f"G{number}"})
        project = definition(*steps)
        start = time.process_time()
        assert len(findings(RULE, project)) == count
        return time.process_time() - start

    seconds(20)
    assert seconds(900) < 9 * max(seconds(150), 0.02)
