"""Ways to spend less on steps, each computed and explained."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pricing.book import load_book
from pricing.choices import newer, smaller
from pricing.model import CostOptions, Saving, WhatIf
from tests.pricing.helpers import book, pipeline, processing, range_of, report, training, usage

HOUR = {"minutes": 60}


def savings(
    item: dict[str, Any], said: dict[str, Any] | None = None, **more: Any
) -> dict[str, Saving]:
    """By kind, of a step ``S`` that takes an hour in ten runs a month."""
    found = report(
        pipeline(item),
        used=usage(S={**HOUR, **(said or {})}),
        options=CostOptions(Decimal(10), **more.pop("options", {})),
        **more,
    )
    return {saving.kind: saving for saving in found.pipelines[0].savings}


def plain(**resource: Any) -> dict[str, Any]:
    return training("S", resource={"VolumeSizeInGB": 0, **resource})


def test_spot_takes_the_advisors_share_off_training() -> None:
    found = savings(plain())["spot"]
    assert found.alone == range_of("0", "1.38", "2.07")  # 2.30 × 0, 60% and 90%
    assert "60%" in found.how and "assumed" in found.how
    assert savings(plain(), {"spot_discount": 0.5})["spot"].alone == range_of("1.15")


def test_spot_only_where_it_can_be_used() -> None:
    assert "spot" not in savings(plain(KeepAlivePeriodInSeconds=600))
    assert "spot" not in savings(plain(TrainingPlanArn="arn:aws:sagemaker:::training-plan/p"))
    assert "spot" not in savings(training("S", EnableManagedSpotTraining=True))
    assert "spot" not in savings(processing("S"))


def test_caching_saves_the_hit_share() -> None:
    assumed = savings(plain())["caching"]
    assert assumed.alone == range_of("0", "0.69", "2.07")
    known = savings(plain(), {"cache_hit_share": 0.5})["caching"]
    assert known.alone == range_of("1.15")
    cached = {**plain(), "CacheConfig": {"Enabled": True, "ExpireAfter": "P30D"}}
    assert "caching" not in savings(cached)


def test_caching_saves_nothing_where_the_key_is_new_in_every_execution() -> None:
    each = plain()
    each["Arguments"]["Environment"] = {"RUN": {"Get": "Execution.PipelineExecutionId"}}
    assert "caching" not in savings(each)
    named = plain()
    named["Arguments"]["Environment"] = {"P": {"Get": "Execution.PipelineName"}}
    assert "caching" in savings(named)


def test_a_newer_generation_of_the_same_shape() -> None:
    found = savings(plain(InstanceType="ml.m4.xlarge"))["right-size"]
    assert found.alone == range_of("0.1")  # 0.24 → 0.23
    assert found.how.startswith("ml.m5.xlarge has the same processors and memory for 4% less")


def test_what_replaces_what() -> None:
    def best(old: str, *others: str) -> str:
        prices = {("Training", old): Decimal(1)}
        prices |= {("Training", name): Decimal("0.5") for name in others}
        found = newer(book(prices), "Training", old)
        return found.name if found else ""

    assert best("ml.m4.xlarge", "ml.m6i.xlarge") == "ml.m6i.xlarge"
    assert best("ml.m5.xlarge", "ml.m6g.xlarge", "ml.m5d.xlarge", "ml.m6i.large") == ""
    assert best("ml.c5.xlarge", "ml.m6i.xlarge") == ""
    assert best("ml.m6i.xlarge", "ml.m5.xlarge") == ""
    assert best("ml.g5.xlarge", "ml.g6.xlarge") == "ml.g6.xlarge"
    assert best("ml.g4dn.xlarge", "ml.g5.xlarge") == ""
    assert best("nonsense", "ml.m5.xlarge") == ""


def test_another_gpu_is_a_remark_and_no_sure_saving() -> None:
    prices = book(
        {
            ("Training", "ml.g5.xlarge"): Decimal("1.4"),
            ("Training", "ml.g6.xlarge"): Decimal("1.12"),
        }
    )
    found = savings(plain(InstanceType="ml.g5.xlarge"), prices=prices)["right-size"]
    assert found.alone == range_of("0", "2.8", "2.8")
    assert "measure first" in found.how


def test_the_next_smaller_size_is_not_expected_to_do() -> None:
    prices = book(
        {
            ("Training", f"ml.m5.{size}"): Decimal(price)
            for size, price in (("large", "0.1"), ("xlarge", "0.2"), ("4xlarge", "0.8"))
        }
    )
    found = savings(plain(InstanceType="ml.m5.4xlarge"), prices=prices)["smaller-instance"]
    assert found.alone == range_of("0", "0", "6")
    assert "ml.m5.xlarge costs 75% less" in found.how
    assert smaller(prices, "Training", "ml.m5.large") is None


def limited(seconds: int) -> dict[str, Any]:
    condition = {"MaxRuntimeInSeconds": seconds}
    return training("S", resource={"VolumeSizeInGB": 0}, StoppingCondition=condition)


def risk(item: dict[str, Any]) -> tuple[Decimal, str] | None:
    found = report(pipeline(item), used=usage(S=HOUR)).pipelines[0].risks
    return (found[0].usd, found[0].how) if found else None


def test_a_hanging_job_is_a_risk_and_no_saving() -> None:
    assert risk(plain()) == (Decimal("5.29"), "a job that hangs until AWS ends it")  # 23 h at 0.23
    assert risk(limited(7200)) is None
    assert risk(limited(36_000)) == (
        Decimal("2.07"),
        "a job that hangs until its limit of 10 h ends it",
    )
    assert "runtime-limit" not in savings(plain())


def test_savings_follow_what_is_tried() -> None:
    tried = savings(plain(), options={"what_if": WhatIf(spot="all", cache="on")})
    assert "spot" not in tried and "caching" not in tried


def test_what_is_free_or_without_a_price_saves_nothing() -> None:
    assert savings({"Name": "S", "Type": "Fail", "Arguments": {}}) == {}
    assert savings(plain(InstanceType="ml.nowhere.large")) == {}


def test_the_embedded_book_has_newer_machines_that_cost_less() -> None:
    real = load_book("us-east-1", use_cache=False)
    found = newer(real, "Hosting", "ml.g5.2xlarge")
    assert found is not None and found.name == "ml.g6.2xlarge" and not found.same_speed
    assert newer(real, "Hosting", "ml.m5.xlarge") is None
