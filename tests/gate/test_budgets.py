"""Budgets on estimates made by hand."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from linter.config.model import Budget
from linter.gate.budgets import broken_budgets


@dataclass
class Amount:
    expected: Decimal


@dataclass
class Step:
    name: str
    total: Amount
    unpriced: str = ""


@dataclass
class Pipeline:
    name: str
    per_run: Amount
    steps: list[Step]
    runs_per_month: Decimal = Decimal(10)


@dataclass
class Standing:
    usd_per_month: Amount
    name: str = "n"
    address: str = "n"
    unpriced: str = ""


@dataclass
class Report:
    pipelines: list[Pipeline]
    standing: list[Standing]
    regions_without_prices: tuple[str, ...] = ()


def report(train: int, score: int, standing: int = 100) -> Any:
    def one(name: str, cost: int) -> Pipeline:
        return Pipeline(name, Amount(Decimal(cost)), [Step("Fit", Amount(Decimal(cost)))])

    idle = Standing(Amount(Decimal(standing)))
    return Report([one("train-a", train), one("score", score)], [idle])


def test_limits_are_inclusive() -> None:
    budget = Budget(per_run_usd=Decimal(15), per_month_usd=Decimal(250), per_step_usd=Decimal(10))
    assert broken_budgets([budget], report(10, 5)) == []
    found = broken_budgets([budget], report(11, 5))
    assert [clause.split(": ")[1].split(" USD")[0] for clause in found] == [
        "all pipelines 16.00",
        "all pipelines 260.00",
        "step Fit of train-a 11.00",
    ]


def test_what_has_no_price_leaves_a_budget_undecided() -> None:
    cheap = report(1, 1)
    cheap.pipelines[0].steps[0].unpriced = "the number of instances is not known"
    clause = "budget not decided: step Fit of train-a: the number of instances is not known"
    for limits in ({"per_run_usd": 100}, {"per_step_usd": 100}, {"per_month_usd": 1000}):
        budget = Budget(**{name: Decimal(value) for name, value in limits.items()})
        assert broken_budgets([budget], cheap) == [clause]
    assert broken_budgets([Budget("score", per_run_usd=Decimal(100))], cheap) == []
    assert broken_budgets([Budget(increase_usd=Decimal(1))], cheap) == []
    (exceeded,) = broken_budgets([Budget(per_month_usd=Decimal(1))], cheap)
    assert exceeded.startswith("budget exceeded")
    idle = report(1, 1)
    idle.standing[0].unpriced = "no price"
    assert broken_budgets([Budget(per_month_usd=Decimal(1000))], idle) == [
        "budget not decided: n: no price"
    ]
    assert broken_budgets([Budget(per_run_usd=Decimal(1000))], idle) == []


def test_a_region_without_prices_leaves_a_budget_undecided() -> None:
    cheap = report(1, 1)
    cheap.regions_without_prices = ("cn-north-1",)
    assert broken_budgets([Budget(per_month_usd=Decimal(1000))], cheap) == [
        "budget not decided: there are no prices of cn-north-1"
    ]
    assert broken_budgets([], cheap) == []


def test_a_glob_chooses_pipelines_and_leaves_standing_cost_out() -> None:
    budget = Budget("train-*", per_run_usd=Decimal(9), per_month_usd=Decimal(100))
    (clause,) = broken_budgets([budget], report(10, 500))
    assert clause == "budget exceeded: pipeline train-a 10.00 USD per run, limit 9.00"


def test_increases_need_an_earlier_estimate() -> None:
    budget = Budget(increase_usd=Decimal(20), increase_percent=Decimal(10))
    assert broken_budgets([budget], report(99, 99)) == []
    assert broken_budgets([budget], report(11, 10), report(10, 10)) == []
    usd, percent = broken_budgets([budget], report(15, 10), report(10, 10))
    assert "50.00 USD per month more" in usd
    assert "16.7 percent, limit 10 percent" in percent
    (only,) = broken_budgets([Budget(increase_percent=Decimal(5))], report(1, 1), report(0, 0, 0))
    assert "from nothing" in only
