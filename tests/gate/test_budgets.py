"""Budgets on estimates made by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from linter.config.model import Budget
from linter.gate.budgets import judge_budgets
from linter.gate.rise import rise_of
from linter.gate.verdict import GateOptions, judge
from pricing.model import (
    CostReport,
    PipelineEstimate,
    Share,
    StandingEstimate,
    StepEstimate,
    Unpriced,
)
from pricing.ranges import ZERO, Range


def cost(amount: int | str, *, high: int | str | None = None) -> Range:
    expected = Decimal(amount)
    return Range(expected, expected, expected if high is None else Decimal(high))


def one(
    name: str,
    amount: int | str,
    *,
    unpriced: str = "",
    runs: int = 10,
    high: int | None = None,
    kind: str = "ml.m5.xlarge",
    **more: object,
) -> PipelineEstimate:
    """A pipeline of one step ``Fit`` that runs so often a month."""
    price = cost(amount, high=high)
    step = StepEstimate(
        "Fit",
        "Training",
        kind,
        cost(1),
        compute=price,
        unpriced=unpriced,
        share=Share(price.low, price.expected, price.high),
    )
    return PipelineEstimate(
        name, f"p.{name}", f"{name}.json", Decimal(runs), "usage", (step,), price, ZERO, **more
    )


def thing(amount: int | str, *, unpriced: str = "") -> StandingEstimate:
    return StandingEstimate("endpoint", "e.live", "main.tf", cost(amount), unpriced=unpriced)


def report(*items: PipelineEstimate | StandingEstimate) -> CostReport:
    pipelines = tuple(i for i in items if isinstance(i, PipelineEstimate))
    standing = tuple(i for i in items if isinstance(i, StandingEstimate))
    gaps = [Unpriced("Fit", "?") for p in pipelines if not p.complete]
    gaps += [Unpriced("e", "?") for item in standing if item.unpriced]
    return CostReport("us-east-1", "given", "", "", pipelines, standing, tuple(gaps))


def whole(train: int, score: int, standing: int = 100) -> CostReport:
    return report(one("train-a", train), one("score", score), thing(standing))


def exceeded(budget: Budget, found: CostReport, before: CostReport | None = None) -> list[str]:
    judged = judge_budgets([budget], found, before)
    assert judged.undecided == []
    return judged.exceeded


def undecided(budget: Budget, found: CostReport, before: CostReport | None = None) -> list[str]:
    judged = judge_budgets([budget], found, before)
    assert judged.exceeded == []
    return judged.undecided


def test_limits_are_inclusive() -> None:
    budget = Budget(per_run_usd=Decimal(15), per_month_usd=Decimal(250), per_step_usd=Decimal(10))
    assert exceeded(budget, whole(10, 5)) == []
    found = exceeded(budget, whole(11, 5))
    assert [clause.split(": ")[1].split(" USD")[0] for clause in found] == [
        "all pipelines 16.00",
        "all pipelines 260.00",
        "step Fit of train-a 11.00",
    ]


def test_a_glob_chooses_pipelines_and_leaves_standing_cost_out() -> None:
    budget = Budget("train-*", per_run_usd=Decimal(9), per_month_usd=Decimal(100))
    (clause,) = exceeded(budget, whole(10, 500))
    assert clause == "budget exceeded: pipeline train-a 10.00 USD per run, limit 9.00"


def test_increases_need_an_earlier_estimate() -> None:
    budget = Budget(increase_usd=Decimal(20), increase_percent=Decimal(10))
    assert exceeded(budget, whole(99, 99)) == []
    assert exceeded(budget, whole(11, 10), whole(10, 10)) == []
    usd, percent = exceeded(budget, whole(15, 10), whole(10, 10))
    assert "50.00 USD per month more" in usd
    assert "16.7 percent, limit 10 percent" in percent
    (only,) = exceeded(Budget(increase_percent=Decimal(5)), whole(1, 1), whole(0, 0, 0))
    assert "from nothing" in only


@pytest.mark.parametrize(
    "gap",
    [
        one("a", 0, unpriced="no price of ml.p9.48xlarge"),
        one("a", 1, unpriced="no storage rate"),
        one("a", 1, gaps=("some of its steps are not known",)),
        thing(0, unpriced="no price"),
    ],
)
def test_a_limit_is_not_decided_while_something_has_no_price(
    gap: PipelineEstimate | StandingEstimate,
) -> None:
    budget = Budget(per_month_usd=Decimal(1000))
    (clause,) = undecided(budget, report(gap, one("b", 5)))
    assert clause.startswith("budget not decided: all pipelines per month, limit 1,000.00 USD")
    # What is known is enough to exceed it.
    (clause,) = exceeded(budget, report(gap, one("b", 500)))
    assert "all pipelines at least 5,0" in clause
    assert judge_budgets([], report(gap)).undecided == []


def test_only_what_a_limit_is_about_leaves_it_undecided() -> None:
    lacking = report(one("a", 0, unpriced="?"), one("b", 5))
    assert exceeded(Budget("b", per_month_usd=Decimal(1000)), lacking) == []
    assert undecided(Budget("a", per_month_usd=Decimal(1000)), lacking)
    (clause,) = undecided(Budget(per_step_usd=Decimal(10)), lacking)
    assert clause.endswith("without a price: step Fit of a")
    often = report(one("a", 1, runs_more="an event starts it"))
    assert exceeded(Budget(per_run_usd=Decimal(10)), often) == []
    assert undecided(Budget(per_month_usd=Decimal(1000)), often)


def test_an_increase_to_what_has_no_price_is_not_decided() -> None:
    before = report(one("a", 5), one("b", 1))
    after = report(one("a", 0, unpriced="no price", kind="ml.p9.48xlarge"), one("b", 1))
    for budget in (Budget(increase_usd=Decimal(1000)), Budget(increase_percent=Decimal(1000))):
        (clause,) = undecided(budget, after, before)
        assert clause.endswith("without a price: a / Fit")
        # What is dearer by itself exceeds the limit, whatever the other costs.
        dearer = report(after.pipelines[0], one("b", 2000))
        assert exceeded(budget, dearer, before)


def test_a_gap_that_a_change_does_not_touch_cancels_out() -> None:
    gap = one("a", 0, unpriced="no price", kind="ml.p9.48xlarge")
    rise = rise_of(report(gap, one("b", 1)), report(gap, one("b", 3)))
    assert rise.decided and rise.compared == rise.least == rise.most == 20
    often = one("a", 0, unpriced="no price", kind="ml.p9.48xlarge", runs=11)
    assert not rise_of(report(gap), report(often)).decided


def test_what_had_no_price_before_may_only_have_cost_more() -> None:
    before = report(one("a", 0, unpriced="no price", kind="ml.p9.48xlarge"))
    rise = rise_of(before, report(one("a", 5)))
    assert (rise.least, rise.most, rise.compared) == (None, 50, 0)
    assert exceeded(Budget(increase_usd=Decimal(50)), report(one("a", 5)), before) == []
    assert undecided(Budget(increase_usd=Decimal(49)), report(one("a", 5)), before)


def test_the_high_figure_a_path_and_a_tag() -> None:
    wide = report(one("a", 5, high=50, tags={"team": "ranking"}), one("b", 1, tags=None))
    assert exceeded(Budget(per_run_usd=Decimal(10)), wide) == []
    (clause,) = exceeded(Budget(per_run_usd=Decimal(10), of="high"), wide)
    assert clause == "budget exceeded: all pipelines, high figure, 51.00 USD per run, limit 10.00"
    assert exceeded(Budget(path="a.*", per_run_usd=Decimal(4)), wide)
    assert exceeded(Budget(path="b.*", per_run_usd=Decimal(4)), wide) == []
    assert exceeded(Budget(tag="Team=rank*", per_run_usd=Decimal(4)), wide)
    assert exceeded(Budget(tag="team=other", per_run_usd=Decimal(4)), wide) == []


def test_an_undecided_budget_does_not_pass() -> None:
    judged = judge_budgets([Budget(per_month_usd=Decimal(9))], report(one("a", 0, unpriced="?")))
    result = judge([], [], [], 1, GateOptions(), judged)
    assert (result.passed, result.exit_code) == (False, 3)
    assert result.reasons[0].startswith("budget not decided: ")
    strict = judge([], [], [], 1, GateOptions(strict_unknown=True), judged)
    assert (strict.passed, strict.exit_code) == (False, 1)
    zero = GateOptions(strict_unknown=True, exit_zero=True)
    assert judge([], [], [], 1, zero, judged).exit_code == 0
    assert judge([], [], [], 1, GateOptions(exit_zero=True), judged).exit_code == 3
