"""The table of regions, and what is said of a name that is not in it."""

from __future__ import annotations

import pytest

from linter.core.regions import (
    PARTITIONS,
    has_prices_of_its_own,
    is_region,
    nearest,
    no_region,
    partition_of,
)
from pricing.bookfile import embedded_index


def test_every_region_of_the_book_is_known() -> None:
    assert [name for name in embedded_index()["regions"] if not has_prices_of_its_own(name)] == []


def test_a_region_is_in_one_partition() -> None:
    names = [name for group in PARTITIONS.values() for name in group]
    assert len(names) == len(set(names))
    assert partition_of("cn-north-1") == "aws-cn" and partition_of("us-gov-west-1") == "aws-us-gov"
    assert partition_of("eu-west-1") == "aws" and partition_of("eu-wset-1") == ""


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("eu-wset-1", "eu-west-1"),
        ("us-east1", "us-east-1"),
        ("US-EAST-1", "us-east-1"),
        (" us-east-1", "us-east-1"),
        ("eu-central1", "eu-central-1"),
        ("cn-nort-1", "cn-north-1"),
        ("", ""),
        ("somewhere", ""),
    ],
)
def test_a_name_that_is_no_region_gets_the_nearest(name: str, near: str) -> None:
    assert not is_region(name) and not has_prices_of_its_own(name)
    assert nearest(name) == near
    assert no_region(name).endswith(f"did you mean {near}?" if near else "the name of a region")


def test_hostile_names_are_shown_in_one_short_line() -> None:
    text = no_region("\x1b[31m\n" + "x" * 10_000)
    assert len(text) < 150 and "\x1b" not in text and "\n" not in text


def test_a_local_zone_group_has_prices_and_is_no_region() -> None:
    assert has_prices_of_its_own("us-east-1-atl-1") and not is_region("us-east-1-atl-1")
    assert not has_prices_of_its_own("us-east-9-atl-1")
