"""What runs in one of several regions costs what it costs in any of them."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from linter.core.identity import Placement
from pricing.books import PriceBooks
from pricing.model import CostReport, estimate
from pricing.usage import Usage
from tests.pricing.helpers import PRICES, book, pipeline, training

BRANCHES = pipeline(
    {
        "Name": "Either",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [],
            "IfSteps": [training("A"), training("B", resource={"InstanceType": "ml.g5.xlarge"})],
            "ElseSteps": [training("C", resource={"InstanceCount": 2})],
        },
    },
    training("D", CacheConfig={"Enabled": True, "ExpireAfter": "P1D"}),
)
factors = st.integers(1, 50).map(lambda tenths: Decimal(tenths) / 10)


def priced(*scales: Decimal) -> CostReport:
    """The pipeline in one of as many regions, whose prices are the usual ones times a factor."""
    names = tuple(f"r{number}" for number in range(len(scales)))
    books = {
        name: book({key: amount * scale for key, amount in PRICES.items()}, region=name)
        for name, scale in zip(names, scales, strict=True)
    }
    place = Placement(names[0]) if len(names) == 1 else Placement("", names, "", "a choice")
    return estimate([BRANCHES], [], PriceBooks(books.__getitem__, "r0", lambda _: place), Usage())


@given(st.lists(factors, min_size=2, max_size=4))
def test_the_range_is_that_of_all_regions(scales: list[Decimal]) -> None:
    found = priced(*scales).pipelines[0]
    alone = [priced(scale).pipelines[0].per_run for scale in scales]
    assert found.per_run.low == min(item.low for item in alone)
    assert found.per_run.expected == alone[0].expected
    assert found.per_run.high == max(item.high for item in alone)
    for end in ("low", "expected", "high"):
        assert sum(getattr(step.share, end) for step in found.steps) == getattr(found.per_run, end)
    assert found.where.regions == tuple(f"r{number}" for number in range(len(scales)))


def test_what_has_no_price_in_one_of_the_regions_is_named_with_it() -> None:
    names = ("r0", "r1")
    books = {"r0": book(region="r0"), "r1": book({}, region="r1")}
    place = Placement("", names, "", "a choice")
    report = estimate([BRANCHES], [], PriceBooks(books.__getitem__, "r0", lambda _: place), Usage())
    assert {gap.step for gap in report.unpriced} == {"A", "B", "C", "D"}
    assert all("in r1" in gap.reason for gap in report.unpriced) and not report.complete


def test_only_books_that_are_used_are_loaded() -> None:
    loaded: list[str] = []

    def load(region: str) -> object:
        loaded.append(region)
        return book(region=region)

    one = PriceBooks(load, "us-east-1", lambda _: Placement("eu-west-1"))  # type: ignore[arg-type]
    report = estimate([BRANCHES, BRANCHES], [], one, Usage())
    assert loaded == ["eu-west-1"] and report.region == "eu-west-1"
    nothing = PriceBooks(load, "us-east-1", lambda _: Placement("eu-west-1"))  # type: ignore[arg-type]
    assert estimate([], [], nothing, Usage()).region == "us-east-1"
