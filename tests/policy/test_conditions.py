"""Conditions: quantifiers, missing values, unknowns, worlds."""

from __future__ import annotations

from typing import Any

import pytest

from linter.core.values import Choice, Linked, OpenDict, Rest, Template, Unknown
from linter.policy.model import Outcome, Verdict
from tests.policy.rulefiles import judge

VAR = Unknown("var.x has no default", ["var.x"])
KEY = Unknown("computed", ["aws_kms_key.k.arn"])


def verdict(outcomes: list[Outcome] | None) -> str:
    if outcomes is None:
        return "n/a"
    return outcomes[0].verdict.value if outcomes else "pass"


def said(value: Any, *require: dict[str, Any], **changes: Any) -> str:
    return verdict(judge(value, require=list(require), **changes))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"K": "x"}, "pass"),
        ({"K": False}, "pass"),
        ({"K": 0}, "pass"),
        ({"K": ""}, "fail"),
        ({"K": []}, "fail"),
        ({"K": {}}, "fail"),
        ({"K": None}, "fail"),
        ({}, "fail"),
        ({"K": KEY}, "pass"),
        ({"K": VAR}, "pass"),
        ({"K": Unknown("anything")}, "unknown"),
        ({"K": Unknown("either", ["var.x"], ["a", None])}, "unknown"),
        ({"K": Unknown("either", ["var.x"], ["a", "b"])}, "pass"),
        ({"K": Unknown("either", ["var.x"], ["", None])}, "fail"),
        ({"K": Template(["a", VAR])}, "pass"),
        ({"K": Choice(["a", ""], ["Parameters.P"])}, "fail"),
        ({"K": [Rest("more")]}, "unknown"),
        (OpenDict({}), "unknown"),
        (VAR, "unknown"),
    ],
)
def test_set(value: Any, found: str) -> None:
    assert said(value, {"path": "$.K", "set": True}) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [({"K": ""}, "pass"), ({"K": None}, "fail"), ({"K": KEY}, "pass"), ({"K": VAR}, "unknown")],
)
def test_exists(value: Any, found: str) -> None:
    assert said(value, {"path": "$.K", "exists": True}) == found


@pytest.mark.parametrize("missing", ["pass", "fail", "unknown"])
@pytest.mark.parametrize("value", [{}, {"K": None}, {"L": 1}])
@pytest.mark.parametrize("quantifier", ["every", "some", "none"])
def test_missing_is_what_the_rule_says(value: Any, missing: str, quantifier: str) -> None:
    assert said(value, {"path": "$.K", quantifier: {"equals": 1}, "missing": missing}) == missing


def test_missing_elements_are_judged_one_by_one() -> None:
    value = {"V": [{"Size": 1}, {}]}
    condition = {"path": "$.V[*].Size", "lte": 5}
    assert said(value, {**condition, "missing": "pass"}) == "pass"
    outcomes = judge(value, require=[{**condition, "missing": "fail"}])
    assert outcomes is not None
    assert [outcome.at for outcome in outcomes] == [("V", 1, "Size")]


def test_every_failing_value_is_an_outcome_of_its_own() -> None:
    condition = {"path": "$.Action[*]", "none": {"like": "*"}, "missing": "pass"}
    literal = {"path": "$.Action[*]", "none": {"equals": "*"}, "missing": "pass"}
    outcomes = judge({"Action": ["s3:Get", "*"]}, require=[literal])
    assert outcomes is not None
    assert [outcome.at for outcome in outcomes] == [("Action", 1)]
    assert said({"Action": ["a", Rest("more")]}, condition) == "fail"


def test_lists_that_may_go_on() -> None:
    some = {"path": "$.T[*]", "some": {"equals": "x"}, "missing": "fail"}
    every = {"path": "$.T[*]", "equals": "x", "missing": "fail"}
    assert said({"T": ["x", Rest("?")]}, some) == "pass"
    assert said({"T": ["y", Rest("?")]}, some) == "unknown"
    assert said({"T": ["x", Rest("?")]}, every) == "unknown"
    assert said({"T": ["y", Rest("?")]}, every) == "fail"


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ({"equals": "*"}, "fail"),
        ({"equals": "arn:aws:s3:::prod/*"}, "unknown"),
        ({"starts_with": "arn:aws:"}, "pass"),
        ({"starts_with": "arn:aws-cn:"}, "fail"),
        ({"ends_with": "/*"}, "pass"),
        ({"like": "arn:*:s3:::*"}, "pass"),
        ({"like": "arn:*:iam::*"}, "unknown"),
        ({"like": "x*"}, "fail"),
        ({"contains": ":s3:"}, "pass"),
        ({"none_of": ["*", "x"]}, "pass"),
    ],
)
def test_partly_known_texts(test: dict[str, Any], found: str) -> None:
    value = {"K": Template(["arn:aws:s3:::", VAR, "/*"])}
    assert said(value, {"path": "$.K", **test, "missing": "fail"}) == found


@pytest.mark.parametrize(
    ("value", "test", "found"),
    [
        ("true", {"equals": True}, "pass"),
        (True, {"equals": "true"}, "pass"),
        ("1", {"equals": 1}, "pass"),
        (1, {"equals": True}, "fail"),
        ("86400", {"lte": 86400}, "pass"),
        ("many", {"lte": 5}, "unknown"),
        ({"a": 1}, {"lte": 5}, "unknown"),
        ([1, 2], {"length": {"gte": 3}}, "fail"),
        ("P30D", {"duration": True}, "pass"),
        ("30d", {"duration": {"lte": "P30D"}}, "pass"),
        ("T16m", {"duration": {"lt": "PT15M"}}, "fail"),
        ("soon", {"duration": True}, "fail"),
        ("ml.g5.xlarge", {"instance": ["gpu"]}, "pass"),
        ("ml.m5.xlarge", {"instance": "local_storage"}, "fail"),
        ("ml.m5d.xlarge", {"instance": "local_storage"}, "pass"),
        ("S3:GetObject", {"like": "s3:get*", "ignore_case": True}, "pass"),
        ("S3:GetObject", {"like": "s3:get*"}, "fail"),
        (["a", "b"], {"subset_of": ["a", "b", "c"]}, "pass"),
        ("a", {"superset_of": ["a", "b"]}, "fail"),
        (5, {"is": "string"}, "fail"),
        (5.0, {"is": "integer"}, "pass"),
    ],
)
def test_tests(value: Any, test: dict[str, Any], found: str) -> None:
    assert said({"K": value}, {"path": "$.K", **test, "missing": "fail"}) == found


def test_another_path_as_operand() -> None:
    condition = {"path": "$.Wait", "gte": {"path": "$.Run"}, "missing": "fail"}
    assert said({"Wait": 5, "Run": 3}, condition) == "pass"
    assert said({"Wait": 2, "Run": 3}, condition) == "fail"
    assert said({"Wait": 2}, condition) == "fail"
    assert said({"Wait": 2, "Run": VAR}, condition) == "unknown"


def test_when_that_is_undecided() -> None:
    when = [{"path": "$.Spot", "equals": True, "missing": "fail"}]
    need = {"path": "$.Check", "set": True}
    assert said({"Spot": True}, need, when=when) == "fail"
    assert said({"Spot": False}, need, when=when) == "n/a"
    assert said({}, need, when=when) == "n/a"
    assert said({"Spot": VAR}, need, when=when) == "unknown"
    assert said({"Spot": VAR, "Check": 1}, need, when=when) == "pass"


def test_any_and_not() -> None:
    either = {"any": [{"path": "$.A", "set": True}, {"path": "$.B", "set": True}]}
    assert said({"A": VAR}, either) == "pass"
    assert said({"A": Unknown("?")}, either) == "unknown"
    assert said({}, either) == "fail"
    assert said({"A": 1}, {"not": {"path": "$.A", "equals": 1, "missing": "pass"}}) == "fail"
    assert said({}, {"not": {"path": "$.A", "equals": 1, "missing": "fail"}}) == "pass"


def test_a_choice_fails_if_any_allowed_value_fails_also_under_not() -> None:
    value = {"K": Choice(["a", "b"], ["Parameters.P"])}
    assert said(value, {"path": "$.K", "equals": "a", "missing": "fail"}) == "fail"
    assert said(value, {"not": {"path": "$.K", "equals": "a", "missing": "fail"}}) == "fail"
    assert said(value, {"path": "$.K", "one_of": ["a", "b"], "missing": "fail"}) == "pass"


def test_one_parameter_has_one_value_in_a_world() -> None:
    choice = Choice(["a", "b"], ["Parameters.P"])
    same = [
        {
            "all": [
                {"path": "$.A", "equals": x, "missing": "fail"},
                {"path": "$.B", "equals": x, "missing": "fail"},
            ]
        }
        for x in ("a", "b")
    ]
    assert said({"A": choice, "B": choice}, {"any": same}) == "pass"
    other = Choice(["a", "b"], ["Parameters.Q"])
    assert said({"A": choice, "B": other}, {"any": same}) == "fail"


def test_the_failing_value_of_a_choice_is_shown() -> None:
    [outcome] = (
        judge(
            {"K": Choice(["ok", "bad"], ["Parameters.P"])},
            require=[{"path": "$.K", "equals": "ok", "missing": "fail"}],
            message="{title} uses {value}",
        )
        or []
    )
    assert outcome.message == "step A uses bad"


def test_too_many_combinations_are_unknown_and_quick() -> None:
    value = {f"K{i}": Choice(["a", "b", "c", "d"], [f"Parameters.P{i}"]) for i in range(12)}
    conditions = [
        {"path": f"$.K{i}", "one_of": ["a", "b", "c", "d"], "missing": "fail"} for i in range(12)
    ]
    [outcome] = judge(value, require=conditions) or []
    assert outcome.verdict is Verdict.UNKNOWN
    assert "too many combinations" in outcome.because


def test_an_unknown_outcome_says_what_would_decide_it() -> None:
    [outcome] = judge({"K": VAR}, require=[{"path": "$.K", "equals": 1, "missing": "fail"}]) or []
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.because == "var.x has no default"
    assert outcome.references == ("var.x",)
    [outcome] = judge({"K": {}}, require=[{"path": "$.K", "lte": 1, "missing": "fail"}]) or []
    assert outcome.because == "K is a mapping"


def test_parameters() -> None:
    declared = {"most": {"type": "integer", "default": 3, "description": "d"}}
    [outcome] = (
        judge(
            {"K": 4},
            parameters=declared,
            require=[{"path": "$.K", "lte": {"parameter": "most"}, "missing": "pass"}],
            message="{title} has {value}, more than {param:most}",
        )
        or []
    )
    assert outcome.message == "step A has 4, more than 3"


def test_the_message_for_what_is_missing() -> None:
    changes = {
        "require": [{"path": "$.K", "equals": 1, "missing": "fail"}],
        "missing_message": "{title} says nothing",
        "message": "{title} says {value}",
    }
    [absent] = judge({}, **changes) or []
    [wrong] = judge({"K": 2}, **changes) or []
    assert (absent.message, wrong.message) == ("step A says nothing", "step A says 2")


def test_a_template_without_any_text_may_be_empty() -> None:
    is_set = {"path": "$.A", "set": True}
    assert said({"A": Template([Unknown("anything")])}, is_set) == "unknown"
    assert said({"A": Template(["a", Unknown("x")])}, is_set) == "pass"
    assert said({"A": Template([KEY])}, is_set) == "pass"


@pytest.mark.parametrize("test", [{"equals": "x"}, {"one_of": ["x", "y"]}, {"not_equals": "y"}])
def test_a_text_reached_through_a_reference_is_that_text(test: dict[str, Any]) -> None:
    value = {"K": Linked("x", ["aws_s3_bucket.b.bucket"])}
    assert said(value, {"path": "$.K", **test, "missing": "fail"}) == "pass"
