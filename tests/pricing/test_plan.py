"""A Savings Plan that the configuration states: bills by hand."""

from __future__ import annotations

from decimal import Decimal

from pricing.model import CostOptions, Plan, PlanEffect
from tests.pricing.helpers import book, pipeline, report, standing_of, training, usage

LAB = (
    'resource "aws_sagemaker_notebook_instance" "n" {\n  name = "lab"\n'
    '  instance_type = "ml.t3.medium"\n  role_arn = "r"\n}'
)


def effect(plan: Plan) -> PlanEffect:
    """36.50 of a notebook that is always on, and ten hours of training for 2.30."""
    found = report(
        pipeline(training("S", resource={"VolumeSizeInGB": 0})),
        prices=book(),
        used=usage(S={"minutes": 60}),
        options=CostOptions(Decimal(10), plan=plan),
        standing=standing_of(LAB),
    )
    assert found.plan is not None
    assert "savings-plan" not in {saving.kind for saving in found.savings}
    return found.plan


def test_a_commitment_covers_what_always_runs() -> None:
    """0.025 an hour are 18.25 a month, which cover 36.50 at half price: all of the notebook."""
    found = effect(Plan(Decimal("0.025"), None, Decimal("0.5")))
    assert (found.compute, found.covered) == (Decimal("38.8"), Decimal("36.5"))
    assert (found.paid, found.unused, found.saves) == (Decimal("18.25"), 0, Decimal("18.25"))


def test_a_commitment_that_is_too_large_is_paid_all_the_same() -> None:
    found = effect(Plan(Decimal("0.1"), None, Decimal("0.5")))
    assert (found.paid, found.covered) == (73, Decimal("36.5"))
    assert (found.unused, found.saves) == (Decimal("54.75"), Decimal("-36.5"))


def test_a_coverage_holds_for_all_compute() -> None:
    found = effect(Plan(None, Decimal("0.5")))
    assert (found.covered, found.discount_assumed) == (Decimal("19.4"), True)
    assert found.saves == Decimal("19.4") * Decimal("0.32")
