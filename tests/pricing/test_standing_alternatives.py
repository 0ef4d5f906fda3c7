"""Machines of which one of several runs, and which is not known."""

from __future__ import annotations

import pytest

from linter.project.load import load_texts
from pricing.model import StandingEstimate
from pricing.standing import standing_of
from tests.pricing.helpers import book, report

_LARGE, _XLARGE = 83.95, 167.9
"""A month of ml.m5.large and of ml.m5.xlarge in the tests' book."""


def _rows(text: str) -> tuple[StandingEstimate, ...]:
    project = load_texts({"main.tf": 'variable "on" { type = bool }\nvariable "k" {}\n' + text})
    assert not project.problems
    return report(standing=standing_of(project, []), prices=book()).standing


def _endpoint(*kinds: str) -> StandingEstimate:
    variants = "".join(
        f"""
  production_variants {{
    variant_name           = "v{number}"
    model_name             = "m"
    instance_type          = {kind}
    initial_instance_count = 1
  }}"""
        for number, kind in enumerate(kinds)
    )
    (row,) = _rows(
        f"""
resource "aws_sagemaker_endpoint_configuration" "c" {{
  name = "c"{variants}
}}
resource "aws_sagemaker_endpoint" "e" {{
  name                 = "e"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.c.name
}}
"""
    )
    return row


_EITHER = 'var.on ? "ml.m5.xlarge" : "ml.m5.large"'


@pytest.mark.parametrize(
    ("kinds", "low", "high"),
    [
        ([_EITHER], _LARGE, _XLARGE),
        (['lookup({ dev = "ml.m5.large" }, var.k, "ml.m5.xlarge")'], _LARGE, _XLARGE),
        (['join(".", ["ml.m5", var.on ? "xlarge" : "large"])'], _LARGE, _XLARGE),
        ([_EITHER, '"ml.m5.large"'], 2 * _LARGE, _LARGE + _XLARGE),
        ([_EITHER, _EITHER], 2 * _LARGE, 2 * _XLARGE),
        (['var.on ? "ml.m5.large" : "ml.m5.large"'], _LARGE, _LARGE),
    ],
)
def test_an_endpoint_on_one_of_several_machines(kinds: list[str], low: float, high: float) -> None:
    row = _endpoint(*kinds)
    assert float(row.usd_per_month.low) == pytest.approx(low)
    assert float(row.usd_per_month.high) == pytest.approx(high)
    assert not row.unpriced


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ('var.on ? "ml.m5.xlarge" : "ml.nothing.large"', "ml.nothing.large"),
        ('var.k == null ? "ml.m5.xlarge" : var.k', "var.k"),
    ],
)
def test_a_machine_without_a_price_is_said_and_is_not_zero(kind: str, said: str) -> None:
    row = _endpoint(kind)
    assert float(row.usd_per_month.expected) == _XLARGE
    assert said in row.unpriced


def test_a_notebook_on_one_of_several_machines() -> None:
    (row,) = _rows(
        """
resource "aws_sagemaker_notebook_instance" "n" {
  name          = "n"
  instance_type = var.on ? "ml.nothing.large" : "ml.t3.medium"
}
"""
    )
    assert row.usd_per_month.low == 0
    assert row.usd_per_month.high == row.usd_per_month.expected > 0
    assert "ml.nothing.large" in row.unpriced
