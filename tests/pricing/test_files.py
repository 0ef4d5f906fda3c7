"""Files that users and earlier runs write: usage, negotiated rates, history, the price cache."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from linter.domain.pipeline import Pipeline
from pricing import bookfile
from pricing.book import NoPrice, Price, load_book
from pricing.cache import cache_file, read_cached, write_cached
from pricing.history import read_history
from pricing.pricefile import parse_price_file
from pricing.usage import init_usage, parse_usage, read_usage
from pricing.usage_check import without_effect
from pricing.whatif import WhatIfError, parse_what_if
from pricing.yamlfile import UserFileError
from tests.pricing.helpers import (
    pipeline,
    processing,
    range_of,
    report,
    standing_of,
    training,
)


def problems(text: str) -> list[str]:
    with pytest.raises(UserFileError) as caught:
        parse_usage(text, "u.yml")
    return [str(problem) for problem in caught.value.problems]


def steps(body: str) -> str:
    return f"version: 1\npipelines:\n  p:\n    steps:\n      {body}\n"


# --- usage ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "u.yml:1:1: a usage file starts with `version: 1`"),
        ("version: 2", "u.yml:1:1: a usage file starts with `version: 1`"),
        ("[1]", "u.yml:1:1: a usage file must be a mapping, not a list"),
        ("version: 1\npiplines: {}", "u.yml:2:1: a usage file has no 'piplines'; did you mean"),
        ("version: 1\nruns_per_month: -3", "u.yml:2:1: runs_per_month must be between 0 and"),
        ("version: 1\nruns_per_month: 1e99", "u.yml:2:1: runs_per_month must be a number"),
        ("version: 1\nruns_per_month: .nan", "u.yml:2:1: runs_per_month must be a number"),
        ("version: 1\nversion: 1", "u.yml:2:1: the key 'version' appears twice"),
        (steps("T: {minutes: -5}"), "u.yml:5:11: minutes must be between 0 and 40320, not -5"),
        (steps("T: {minutes: 999999999}"), "minutes must be between 0 and 40320"),
        (steps("T: {minutes: soon}"), "minutes must be a number, not 'soon'"),
        (steps("T: {minutes: {low: 1, high: 2}}"), "minutes needs low, expected and high"),
        (steps("T: {minutes: {low: 9, expected: 2, high: 3}}"), "must be in this order"),
        (steps("T: {minute: 5}"), "step 'T' has no 'minute'; did you mean 'minutes'?"),
        (steps("T: {cache_hit_share: 1.5}"), "cache_hit_share must be between 0 and 1"),
        (steps("T: {probability: 50}"), "probability must be between 0 and 1"),
        (steps("T: {instance_count: 1.5}"), "instance_count must be a whole number"),
        (steps("T: {instance_count: 0}"), "instance_count must be between 1 and 10000"),
        (
            steps("T: {instance_type: m5.xlarge}"),
            "'m5.xlarge' is not an instance type like ml.m5.xlarge",
        ),
        (steps("T: [1, 2]"), "step 'T' must be a mapping, not a list"),
        ("version: 1\npipelines: &a {p: *a}", "u.yml:2:"),
        ("version: 1\n\tx: 2", "u.yml:2:1: not valid YAML"),
        ("version: 1\nstanding: {e: {idle: maybe}}", "idle must be true or false"),
        ("version: 1\nstanding: {e: {hours_per_month: 800}}", "between 0 and 744"),
    ],
)
def test_a_bad_usage_file_is_one_clear_line(text: str, wanted: str) -> None:
    found = problems(text)
    assert len(found) == 1 and "\n" not in found[0]
    assert wanted in found[0]


def test_every_problem_is_told_at_once() -> None:
    assert len(problems(steps("T: {minutes: -5, probability: 2, nope: 1}"))) == 3


def test_names_that_match_nothing_get_the_nearest() -> None:
    usage = parse_usage(
        "version: 1\npipelines:\n  churn:\n    steps: {Trian: {minutes: 5}, 'Prep*': {}}\n"
        "  chrun: {}\nstanding: {endpont: {}}",
        "u.yml",
    )
    found = [str(p) for p in usage.check({"churn": ["Train", "Prepare"]}, ["endpoint"])]
    assert found == [
        "u.yml:4:13: pipeline 'churn' has no step 'Trian'; did you mean 'Train'?",
        "u.yml:5:3: there is no pipeline 'chrun'; did you mean 'churn'?",
        "u.yml:6:12: there is no resource 'endpont'; did you mean 'endpoint'?",
    ]


def test_a_plain_name_comes_before_a_glob() -> None:
    usage = parse_usage(
        "version: 1\npipelines:\n  '*':\n    steps:\n      'T*': {minutes: 5, volume_gb: 7}\n"
        "  demo:\n    steps: {Train: {minutes: 9}}\n"
    )
    found = usage.step("demo", "Train")
    assert found.minutes is not None and found.minutes.expected == 9
    assert found.volume_gb == 7
    assert usage.step("demo", "Prepare").minutes is None


def test_a_usage_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserFileError, match="cannot be read"):
        read_usage(str(tmp_path / "none.yml"))
    (tmp_path / "bad.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserFileError, match="not UTF-8"):
        read_usage(str(tmp_path / "bad.yml"))


def test_hostile_usage_files_are_refused() -> None:
    # Some versions of libyaml refuse the depth themselves, in words of their own.
    [deep] = problems("[" * 5000 + "]" * 5000)
    assert deep.startswith("u.yml:1:")
    assert "nest" in deep
    assert "larger than" in problems("#" + "x" * 5_000_000)[0]
    assert "anchors" in problems("version: 1\npipelines: {a: &x {}, b: *x}")[0]


def demo() -> Pipeline:
    branch = {
        "Name": "Good?",
        "Type": "Condition",
        "Arguments": {"Conditions": [], "IfSteps": [training("Tr[1]")], "ElseSteps": []},
    }
    return pipeline(processing("Prep"), branch, name="demo")


def test_init_usage_gives_a_file_that_changes_nothing() -> None:
    """As written it says nothing; with its comments taken, every name and key of it counts."""
    item = demo()
    text = init_usage([item], {"e": "hours_per_month: 730, idle: false"})
    written = parse_usage(text)
    assert report(item, used=written) == report(item)
    taken = parse_usage(re.sub(r"(?m)^( +)# ", r"\1", text))
    assert taken.check({item.title: [s.name for s in item.steps]}, ["e"]) == []
    assert without_effect(taken, [item], []) == []
    assert taken.runs("demo") == 30
    assert taken.step("demo", "Prep").minutes == range_of("5", "15", "60")
    assert taken.step("demo", "Good?").probability == Decimal("0.5")
    filled = report(item, used=taken)
    assert filled.per_month == report(item).per_month
    assert {s.basis.time for p in filled.pipelines for s in p.steps} == {"measured", ""}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("Prep: {items: 3}", "u.yml:4:20: items has no effect on 'Prep', a Processing step"),
        ("Prep: {probability: 0.5}", "probability has no effect on 'Prep', a Processing step"),
        ("'Good?': {minutes: 3}", "minutes has no effect on 'Good?', a Condition step; those that"),
        ("'P*': {vcpu: 3}", "vcpu has no effect on 'P*', a Processing step"),
        ("Prep: {spot_discount: 0.5}", "spot_discount has no effect"),
        ("'Tr[[]1]': {warm_pool_idle_minutes: 3}", "warm_pool_idle_minutes has no effect"),
        ("'P*': {minutes: 3}, 'Pre*': {minutes: 4}", "minutes of step 'Prep' is said twice"),
    ],
)
def test_a_key_without_effect_is_refused(entry: str, said: str) -> None:
    used = parse_usage(f"version: 1\npipelines:\n  demo:\n    steps: {{{entry}}}", "u.yml")
    (problem,) = without_effect(used, [demo()], [])
    assert said in str(problem)


def test_a_key_with_an_effect_on_one_of_several_steps_is_taken() -> None:
    used = parse_usage(
        "version: 1\npipelines:\n  '*':\n"
        "    steps: {'*': {spot_discount: 0.5}, Prep: {minutes: 3}}\n"
        "  demo:\n    steps: {'*': {minutes: 9}}"
    )
    assert without_effect(used, [demo()], []) == []


def test_keys_of_what_stands() -> None:
    things = standing_of(
        'resource "aws_sagemaker_notebook_instance" "n" {\n name = "lab"\n'
        ' instance_type = "ml.t3.medium"\n role_arn = "r"\n}'
    )
    used = parse_usage("version: 1\nstanding: {lab: {seconds_per_invocation: 3}}", "u.yml")
    (problem,) = without_effect(used, [], things)
    assert "u.yml:2:18: seconds_per_invocation has no effect on 'lab', a notebook" in str(problem)
    used = parse_usage("version: 1\nstanding: {lab: {hours_per_month: 3, usd_per_month: 4}}")
    assert without_effect(used, [], things) == []


# --- negotiated rates -------------------------------------------------------------------------


def rates(text: str, region: str = "us-east-1") -> Any:
    return parse_price_file(text, "rates.yml", region)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{}", "rates.yml:1:1: a price file starts with `version: 1`"),
        ("version: 1\ndiscount_percent: 120", "rates.yml:2:1: discount_percent must be between"),
        (
            "version: 1\nregions: {us-east-1: {prices: {Trainng: {}}}}",
            "has no 'Trainng'; did you mean 'Training'?",
        ),
        (
            "version: 1\nregions: {us-east-1: {prices: {Training: {m5.xlarge: 1}}}}",
            "'m5.xlarge' is not an instance type",
        ),
        (
            "version: 1\nregions: {us-east-1: {prices: {Training: {ml.m5.xlarge: -1}}}}",
            "the price of ml.m5.xlarge must be between 0 and 10000, not -1",
        ),
        ("version: 1\nregions: [us-east-1]", "regions must be a mapping, not a list"),
        ("a: [", "not valid YAML"),
    ],
)
def test_a_bad_price_file_is_one_clear_line(text: str, wanted: str) -> None:
    with pytest.raises(UserFileError) as caught:
        rates(text)
    assert len(caught.value.problems) == 1
    assert wanted in str(caught.value)


def test_negotiated_prices_come_before_discounts_before_list_prices(tmp_path: Path) -> None:
    file = tmp_path / "rates.yml"
    file.write_text(
        "version: 1\ndiscount_percent: 10\nregions:\n  us-east-1:\n    discount_percent: 50\n"
        "    prices: {Training: {ml.m5.xlarge: 0.2}, '*': {ml.c5.xlarge: 0.1}}\n"
        "    rates: {'storage-gb-month:Training': 0.05}\n",
        encoding="utf-8",
    )
    book = load_book("us-east-1", price_file=str(file), use_cache=False)
    found = book.price("Training", "ml.m5.xlarge")
    assert isinstance(found, Price) and found.usd_per_hour == Decimal("0.2")
    assert found.source == "negotiated: rates.yml"
    other = book.price("Hosting", "ml.c5.xlarge")
    assert isinstance(other, Price) and other.usd_per_hour == Decimal("0.1")
    listed = book.price("Processing", "ml.m5.xlarge")
    assert isinstance(listed, Price) and listed.usd_per_hour == Decimal("0.115")
    rate = book.rate("storage-gb-month:Training")
    assert isinstance(rate, Price) and rate.usd_per_hour == Decimal("0.05")
    elsewhere = load_book("eu-west-1", price_file=str(file), use_cache=False)
    kept = elsewhere.price("Training", "ml.m5.xlarge")
    assert isinstance(kept, Price) and kept.usd_per_hour == Decimal("0.257") * Decimal("0.9")


# --- history ----------------------------------------------------------------------------------


def test_history_gives_time_hits_and_spot() -> None:
    lines = [
        json.dumps({"pipeline": "p", "step": "T", "seconds": 100, "billable_seconds": 40}),
        json.dumps({"pipeline": "p", "step": "T", "seconds": 300, "billable_seconds": 60}),
        json.dumps({"pipeline": "p", "step": "T", "cache_hit": True}),
        json.dumps({"pipeline": "p", "step": "T", "seconds": 9, "status": "Failed"}),
        "",
    ]
    history = read_history(lines, "h.jsonl")
    time = history.hours("p", "T")
    assert time is not None
    assert [round(x * 3600) for x in (time.low, time.expected, time.high)] == [100, 200, 300]
    assert history.hit_share("p", "T") == Decimal(1) / 3
    assert history.spot_saving("p", "T") == Decimal("0.75")
    assert history.hours("p", "Other") is None


@pytest.mark.parametrize(
    "line",
    [
        "no",
        "[]",
        '{"pipeline": 1}',
        '{"pipeline": "p", "step": "s", "seconds": -1}',
        '{"pipeline": "p", "step": "s", "seconds": 1e12}',
        "[" * 9000,
    ],
)
def test_a_bad_history_line_is_named(line: str) -> None:
    with pytest.raises(UserFileError, match=r"h\.jsonl:2:1: "):
        read_history(['{"pipeline": "p", "step": "s", "seconds": 1}', line], "h.jsonl")


# --- what-if ----------------------------------------------------------------------------------


def test_what_if() -> None:
    found = parse_what_if("spot=all, cache=on,instance:Train=ml.g5.xlarge,count:T*=3")
    assert (found.spot, found.cache) == ("all", "on")
    assert found.instances == {"Train": "ml.g5.xlarge"} and found.counts == {"T*": 3}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("spot", "write name=value"),
        ("spot=some", "must be all or off"),
        ("sport=all", "did you mean 'spot'"),
        ("instance:T=m5.large", "is not an instance type"),
        ("count:T=0", "whole number from 1"),
        ("count:T=999999999999", "whole number from 1"),
    ],
)
def test_bad_what_if(text: str, wanted: str) -> None:
    with pytest.raises(WhatIfError, match=wanted):
        parse_what_if(text)


# --- the cache --------------------------------------------------------------------------------


def refreshed(region: str = "us-east-1", price: str = "0.5", date: str = "2030-01-01") -> Any:
    return {
        "format": 1,
        "region": region,
        "date": date,
        "sources": [["price-list", date, True]],
        "rates": {},
        "prices": {"Training": {"m5.xlarge": f"{price} 0"}},
    }


def test_a_newer_cache_is_used_and_the_rest_stays(tmp_path: Path) -> None:
    write_cached(refreshed(), tmp_path)
    book = load_book("us-east-1", cache_dir=tmp_path)
    assert (book.origin, book.date, book.warnings) == ("refreshed", "2030-01-01", ())
    new, old = book.price("Training", "ml.m5.xlarge"), book.price("Training", "ml.m5.large")
    assert isinstance(new, Price) and new.usd_per_hour == Decimal("0.5") and new.observed
    assert isinstance(old, Price) and old.usd_per_hour == Decimal("0.115")
    assert book.spot_saving("ml.m5.xlarge")[0] > 0


def test_an_older_cache_is_not_used(tmp_path: Path) -> None:
    write_cached(refreshed(date="2001-01-01"), tmp_path)
    assert load_book("us-east-1", cache_dir=tmp_path).origin == "embedded"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"format": 2}',
        "[" * 9000,
        json.dumps({**refreshed(), "prices": {"Training": {"m5.xlarge": "-1 0"}}}),
        json.dumps({**refreshed(), "prices": {"Training": {"m5.xlarge": "1 9"}}}),
        json.dumps({**refreshed(), "prices": {}}),
        json.dumps({**refreshed(), "sources": "x"}),
        json.dumps(refreshed("eu-west-1")),
    ],
)
def test_a_corrupt_cache_is_one_line_and_is_not_used(tmp_path: Path, text: str) -> None:
    cache_file("us-east-1", tmp_path).write_text(text, encoding="utf-8")
    book = load_book("us-east-1", cache_dir=tmp_path)
    assert book.origin == "embedded"
    assert len(book.warnings) == 1 and "\n" not in book.warnings[0]
    assert book.warnings[0].startswith("the price cache is not used: ")


def test_a_failed_write_keeps_the_old_cache(tmp_path: Path) -> None:
    write_cached(refreshed(), tmp_path)
    broken = refreshed()
    broken["prices"] = {"Training": {"m5.xlarge": "nothing 0"}}
    with pytest.raises(bookfile.PriceFileError):
        write_cached(broken, tmp_path)
    data, problem = read_cached("us-east-1", tmp_path)
    assert problem == "" and data == refreshed()
    assert [file.name for file in tmp_path.iterdir()] == ["us-east-1.json"]


@pytest.mark.parametrize("region", ["../../etc/passwd", "us_east_1", "", "a" * 500, "us-east-1/.."])
def test_a_region_is_no_path(region: str, tmp_path: Path) -> None:
    book = load_book(region, cache_dir=tmp_path)
    found = book.price("Training", "ml.m5.xlarge")
    assert isinstance(found, NoPrice) and "no prices of region" in found.reason


def test_an_unknown_region_names_the_nearest() -> None:
    found = load_book("us-east-11", use_cache=False).price("Training", "ml.m5.xlarge")
    assert isinstance(found, NoPrice)
    assert found.nearest[0] == "us-east-1"


@pytest.mark.parametrize("word", ["true", "yes", '"1"', "2", ""])
def test_a_version_that_is_none_is_refused(word: str) -> None:
    with pytest.raises(UserFileError, match="version"):
        parse_usage(f"version: {word}\npipelines: {{}}\n")
    with pytest.raises(UserFileError, match="version"):
        parse_price_file(f"version: {word}\n", "prices.yml", "us-east-1")
