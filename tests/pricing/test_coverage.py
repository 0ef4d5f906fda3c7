"""How old prices are, and how much of what was seen has one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pricing.coverage import is_old
from tests.pricing.helpers import pipeline, processing, report, training


@pytest.mark.parametrize(
    ("written", "old"),
    [
        ("2026-09-22", False),
        ("2026-03-01", True),
        ("2026-06", False),
        ("2023-12", True),
        ("2026", False),
        ("2025", True),
        ("2022-2026", False),
        ("", False),
        ("today", False),
    ],
)
def test_the_age_of_a_date_that_may_be_a_year(written: str, old: bool) -> None:
    assert is_old(written, date(2026, 10, 1)) is old


def test_every_step_is_counted_once() -> None:
    found = report(
        pipeline(
            training("A"),
            processing("B", cluster={"InstanceType": "ml.nowhere.large"}),
            {"Name": "C", "Type": "Fail", "Arguments": {}},
            {"Name": "D", "Type": "Strange", "Arguments": {}},
        )
    )
    coverage = found.coverage
    assert (coverage.seen, coverage.priced, coverage.free) == (4, 1, 1)
    assert (coverage.unpriced, coverage.unsupported) == (1, 1)
    assert coverage.said.startswith("4 seen: 1 priced, 1 free, 1 not priced, 1 not supported")
    assert found.to_json()["coverage"]["seen"] == 4


def test_nothing_is_not_said_to_be_priced_whole() -> None:
    nothing = report().to_json()
    assert nothing["totals"]["share_priced"] is None
    assert nothing["totals"]["per_month_usd"]["expected"] == Decimal(0)
