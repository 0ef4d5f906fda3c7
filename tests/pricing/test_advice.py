"""What rules are told about prices."""

from __future__ import annotations

from decimal import Decimal

from linter.core.identity import Placement
from linter.policy.engine import lint
from linter.policy.model import LintResult, Verdict
from linter.policy.registry import load_rules
from linter.policy.selection import Selection
from linter.project.load import load_texts
from pricing.advice import Advice
from pricing.book import PriceBook
from pricing.books import PriceBooks
from pricing.model import CostOptions
from pricing.usage import Usage
from tests.pricing.helpers import PRICES, book, pipeline, training

DAY = {"StoppingCondition": {"MaxRuntimeInSeconds": 86_400}}
RETRIED = [{"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "MaxAttempts": 3}]
# 0.23 USD an hour and 30 GB at 0.14 USD a month of 730 hours, for 24 hours.
ONE_DAY = Decimal("5.658")


def advice(prices: PriceBook | None = None) -> Advice:
    return Advice(lambda _: (prices or book(), Usage(), CostOptions()))


def test_the_source_is_asked_once_and_only_when_needed() -> None:
    asked: list[int] = []

    def source(_: object) -> tuple[PriceBook, Usage, CostOptions]:
        asked.append(1)
        return book(), Usage(), CostOptions()

    costs = Advice(source)
    assert not asked
    assert costs.usd_per_hour("Training", "ml.g5.xlarge") == Decimal("1.408")
    assert costs.usd_per_hour("Training", "ml.g5.xlarge") == Decimal("1.408")
    assert costs.usd_per_hour("Training", "ml.z9.huge") is None
    assert len(asked) == 1


def test_a_step_at_its_worst_runs_into_its_limit_at_every_attempt() -> None:
    once = pipeline(training(**DAY)).steps[0]
    again = pipeline(training(**DAY, RetryPolicies=RETRIED)).steps[0]
    worst = advice().worst_step(once)
    assert worst is not None
    assert abs(worst - ONE_DAY) < Decimal("0.01")
    assert advice().worst_step(again) == worst * 4


def test_spot_is_not_counted_on() -> None:
    spot = pipeline(training(**DAY, EnableManagedSpotTraining=True)).steps[0]
    assert advice().worst_step(spot) == advice().worst_step(pipeline(training(**DAY)).steps[0])


def test_a_step_without_a_price_has_no_worst_case() -> None:
    step = pipeline(training(resource={"InstanceType": "ml.z9.huge"})).steps[0]
    assert advice().worst_step(step) is None


def test_a_run_at_its_worst_takes_the_dearest_branch_and_names_what_has_no_price() -> None:
    small = training("Small", **DAY)
    large = training("Large", resource={"InstanceType": "ml.g5.xlarge"}, **DAY)
    branch = {"Conditions": [], "IfSteps": [small], "ElseSteps": [large]}
    made = pipeline(
        training("First", **DAY),
        {"Name": "Which", "Type": "Condition", "Arguments": branch},
        training("Odd", resource={"InstanceType": "ml.z9.huge"}),
    )
    costs = advice()
    by_name = {step.name: costs.worst_step(step) for step in made.steps}
    worst, unpriced = costs.worst_run(made)
    first, dear = by_name["First"], by_name["Large"]
    assert first is not None
    assert dear is not None
    assert worst == first + dear
    assert unpriced == ("Odd",)


def test_a_run_counts_the_body_of_a_loop_for_each_item() -> None:
    body = training("Train", **DAY)
    loop = {"IterableItems": ["a", "b", "c"], "ForEachBody": [body]}
    made = pipeline({"Name": "Each", "Type": "ForEach", "Arguments": loop})
    costs = advice()
    one = costs.worst_step(made.steps[1])
    assert one is not None
    assert costs.worst_run(made)[0] == one * 3


def judged(costs: Advice | None) -> LintResult:
    text = (
        '{"Version": "2020-12-01", "Steps": [{"Name": "T", "Type": "Training", "Arguments": '
        '{"ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}}}]}'
    )
    selection = Selection(
        select=("COST014", "COST015"),
        parameters={"COST014": {"max_usd": 1}, "COST015": {"max_usd": 1}},
    )
    return lint(load_texts({"p.json": text}), load_rules(()).rules, selection, costs=costs)


def test_rules_about_prices_are_undecided_without_prices() -> None:
    assert {f.verdict for f in judged(None).findings} == {Verdict.UNKNOWN}
    assert {f.verdict for f in judged(advice()).findings} == {Verdict.FAIL}


def test_everything_is_asked_of_the_region_it_runs_in() -> None:
    """A pipeline of one of two regions costs at worst what it does in the dearer one."""
    loaded: list[str] = []
    dear = {key: amount * 2 for key, amount in PRICES.items()}

    def load(region: str) -> PriceBook:
        loaded.append(region)
        return book(dear if region == "eu-west-1" else None, region=region)

    places = {
        "here": Placement("us-east-1"),
        "there": Placement("eu-west-1"),
        "either": Placement("", ("us-east-1", "eu-west-1")),
    }
    lines = {name: pipeline(training(**DAY), name=name) for name in places}
    books = PriceBooks(load, "us-west-2", lambda thing: places[thing.name])
    costs = Advice(lambda _: (books, Usage(), CostOptions()))
    asked = {
        name: [
            costs.usd_per_hour("Training", "ml.g5.xlarge", line, most=most)
            for most in (False, True)
        ]
        for name, line in lines.items()
    }
    once, twice = Decimal("1.408"), Decimal("2.816")
    assert asked == {"here": [once, once], "there": [twice, twice], "either": [once, twice]}
    worst = {name: costs.worst_step(line.steps[0]) for name, line in lines.items()}
    assert worst["here"] != worst["there"] == worst["either"]
    assert costs.worst_run(lines["either"]) == costs.worst_run(lines["there"])
    assert sorted(loaded) == ["eu-west-1", "us-east-1"]  # each once, and no other
