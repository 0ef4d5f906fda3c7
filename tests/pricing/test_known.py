"""Misspelt names in files of users are refused with the nearest; new machines are not."""

from __future__ import annotations

import pytest

from pricing.known import rate_problem, type_problem
from pricing.pricefile import parse_price_file
from pricing.usage import parse_usage
from pricing.yamlfile import UserFileError


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("ml.m5.xlarg", "ml.m5.xlarge"),
        ("ml.mm5.xlarge", "ml.m5.xlarge"),
        ("ml.m5.3xlarge", "xlarge"),
        ("ml.g5xlarge", "not an instance type"),
        ("m5.xlarge", "not an instance type"),
    ],
)
def test_a_misspelt_type_is_refused(name: str, near: str) -> None:
    assert near in type_problem(name)


@pytest.mark.parametrize(
    "name", ["ml.m5.xlarge", "ml.p5e.48xlarge", "ml.trn2.48xlarge", "ml.m9i.xlarge", "ml.t3.medium"]
)
def test_a_type_that_may_be_new_is_taken(name: str) -> None:
    assert type_problem(name) == ""


def test_rates() -> None:
    for name in ("storage-gb-month:Training", "emr-hour:m5.xlarge", "nat-gateway-hour"):
        assert rate_problem(name) == ""
    assert "did you mean 'storage-gb-month:Training'" in rate_problem("storage-gb-month:Trainig")
    assert "did you mean 'nat-gateway-hour'" in rate_problem("nat-gatway-hour")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("prices: {Training: {ml.m5.xlrge: 1}}", "r.yml:4:26: there is no instance type"),
        ("prices: {Trainng: {ml.m5.xlarge: 1}}", "did you mean 'Training'?"),
        ("prices: {Training: {ml.m5.xlarge: -1}}", "must be between 0 and 10000, not -1"),
        ("rates: {lambda-requst: 1}", "r.yml:4:14: there is no rate 'lambda-requst'; did you mean"),
        ("rates: {lambda-request: -1}", "must be between 0"),
    ],
)
def test_a_price_file_is_refused_at_the_place(body: str, said: str) -> None:
    text = f"version: 1\nregions:\n  us-east-1:\n     {body}\n"
    with pytest.raises(UserFileError) as caught:
        parse_price_file(text, "r.yml", "us-east-1")
    assert said in str(caught.value)


def test_a_usage_file_is_refused_at_the_place() -> None:
    text = "version: 1\npipelines:\n  p:\n    steps: {T: {instance_type: ml.m5.xlrge}}\n"
    with pytest.raises(UserFileError, match=r"u.yml:4:17: instance_type: .*did you mean"):
        parse_usage(text, "u.yml")
