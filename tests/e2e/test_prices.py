"""``pipewarden prices`` whole. Refreshing over HTTP is under ``tests/pricing``."""

from __future__ import annotations

import json

import pytest

from tests.e2e.running import Ran, pipewarden, same_as_stored


def prices(*arguments: str, **environment: str) -> Ran:
    return pipewarden("prices", *arguments, XDG_CACHE_HOME="/nonexistent", **environment)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("prices-show.txt", ("show", "ml.m5.xlarge")),
        ("prices-show-region.txt", ("show", "g5.xlarge", "--region", "eu-central-1")),
        ("prices-show.json", ("show", "ml.m5.xlarge", "--format", "json")),
        ("prices-info.txt", ("info",)),
        ("prices-info.json", ("info", "--region", "eu-west-1", "--format", "json")),
    ],
)
def test_whole_outputs(name: str, arguments: tuple[str, ...]) -> None:
    ran = prices(*arguments)
    assert (ran.code, ran.err) == (0, "")
    same_as_stored(ran.out, f"cost/{name}")


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("show", "ml.m5.xlrage"), "ml.m5.xlrage has no price in us-east-1; nearest: ml.m5.xlarge"),
        (
            ("show", "ml.m5.large", "--region", "us-east1"),
            '--region: "us-east1" is not the name of a region; did you mean us-east-1?',
        ),
        (("info", "--region", "eu-wset-1"), "did you mean eu-west-1?"),
        (("refresh", "--region", "eu-west-1", "--region", "eu-wset-1"), "did you mean eu-west-1?"),
        (("show", "ml.m5.large", "--region", "../../etc"), "is not the name of a region"),
        (("show", "ml.m5.large", "--region", ""), "is not the name of a region"),
        (("show", "ml.m5.large", "--region", "cn-north-1"), "no prices of region cn-north-1: put"),
        (("show", "\x1b[31m" + "x" * 500), "has no price in us-east-1"),
        (("show",), "Missing argument 'TYPE'"),
        (("shwo", "x"), "No such command 'shwo'"),
    ],
)
def test_what_has_no_price_is_one_line(arguments: tuple[str, ...], wanted: str) -> None:
    ran = prices(*arguments)
    assert ran.code == 2 and ran.out == ""
    assert wanted in ran.err and "\x1b" not in ran.err


def test_the_book_is_warned_of_after_180_days() -> None:
    ran = prices("info", SOURCE_DATE_EPOCH="1900000000")
    assert ran.code == 0
    assert "days old" in ran.out
    assert ran.err.startswith("warning: the prices are of 2026-09-22, ")


def test_every_region_of_the_book_has_a_date_and_prices() -> None:
    found = json.loads(prices("info", "--format", "json").out)
    assert len(found["regions"]) == 37
    assert all(row["date"] and row["observed"] for row in found["regions"])
    assert sum(row["observed"] + row["derived"] for row in found["regions"]) == 23_067


def test_without_credentials_a_refresh_says_so() -> None:
    ran = prices(
        "refresh",
        "--region",
        "us-east-1",
        AWS_EC2_METADATA_DISABLED="true",
        AWS_SHARED_CREDENTIALS_FILE="/nonexistent",
        AWS_CONFIG_FILE="/nonexistent",
    )
    assert ran.code == 3
    assert ran.err.startswith("us-east-1: not refreshed: Unable to locate credentials")
