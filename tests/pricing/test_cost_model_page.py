"""``docs/cost-model.md`` says what the code does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from pricing import bookfile, execution, savings, standing_savings
from pricing.book import DEFAULT_SPOT_SAVING, MAX_AGE_DAYS
from pricing.bookfile import embedded_index
from pricing.estimators import services, tuning
from pricing.estimators.registry import ESTIMATORS
from pricing.model import DEFAULT_RUNS_PER_MONTH, HOURS_IN_MONTH
from pricing.pricefile import parse_price_file
from pricing.ranges import Range
from pricing.times import ASSUMED_MINUTES, LIMITS
from pricing.usage import STANDING_KEYS, STEP_KEYS, parse_usage

DATA = Path(bookfile.__file__).parent / "data"
PAGE = (Path(__file__).parent.parent.parent / "docs" / "cost-model.md").read_text("utf-8")


def block(name: str) -> str:
    found = re.search(f"<!-- table: {name} -->\n(.*?)<!-- end -->", PAGE, re.DOTALL)
    assert found is not None, name
    return found[1]


def rows(name: str) -> list[tuple[str, ...]]:
    lines = block(name).strip().splitlines()[2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


def of(what: str, value: Range | Decimal | int) -> tuple[str, ...]:
    span = value if isinstance(value, Range) else Range.exactly(value)
    return (what, *(str(number) for number in (span.low, span.expected, span.high)))


def spot(part: str) -> Range:
    return Range(Decimal(0), DEFAULT_SPOT_SAVING[part], Decimal("0.9"))


def test_limits_and_assumptions() -> None:
    assert rows("limits") == [(kind, f"{seconds} s") for kind, seconds in LIMITS.items()]
    assert rows("assumptions") == [(kind, *times) for kind, times in ASSUMED_MINUTES.items()]


def test_the_other_assumptions() -> None:
    assert rows("others") == [
        of("runs a month", DEFAULT_RUNS_PER_MONTH),
        of("hours a month", HOURS_IN_MONTH),
        of("share that Spot saves, United States", spot("us")),
        of("share that Spot saves, elsewhere", spot("")),
        of("time of a job under Hyperband", tuning._HYPERBAND),
        of("time of a job under early stopping", tuning._EARLY_STOPPING),
        of("hit share of a cache that is not there yet", savings.ASSUMED_HITS),
        of("share that a Savings Plan saves", standing_savings.SAVINGS_PLAN),
        of("memory of a Lambda function in MB", services._LAMBDA_MEMORY),
        of("items of a ForEach that are not known", execution._ITEMS),
        of("steps at once without ParallelismConfiguration", execution.DEFAULT_PARALLEL),
    ]


def names(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words) + "."


def test_the_keys_of_the_usage_file() -> None:
    assert names(STEP_KEYS) in block("step keys")
    assert names(STANDING_KEYS) in block("standing keys")


def test_the_examples_of_files_can_be_read() -> None:
    files = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    rates, usage = files
    found = parse_price_file(rates, "rates.yml", "us-east-1")
    assert found.discount == Decimal("0.15") and found.prices and found.rates
    assert parse_usage(usage).runs("churn") == 60


def test_every_priced_type_and_every_kind_of_saving_is_on_the_page() -> None:
    for kind in ESTIMATORS:
        words = re.sub(r"(Check|Job)$", "", kind)
        assert words.lower() in PAGE.lower().replace(" ", "") or words.lower() in PAGE.lower(), kind
    code = "".join(
        Path(module.__file__ or "").read_text("utf-8") for module in (savings, standing_savings)
    )
    kinds = set(re.findall(r'(?:Offer|Risk)\(\s*"([a-z-]+)"', code))
    assert len(kinds) >= 8
    for kind in kinds:
        assert f"| `{kind}` |" in PAGE, kind


def test_every_source_of_a_price_is_on_the_page() -> None:
    codes = {row[0] for row in rows("sources")}
    used: set[str] = set()
    for file in DATA.glob("*-*.json"):
        book = json.loads(file.read_text("utf-8"))
        for table in book["prices"].values():
            numbers = {int(entry.split(" ")[1]) for entry in table.values()}
            used |= {book["sources"][number][0].rpartition(":")[2] for number in numbers}
    assert {code.split("-")[0] for code in used} == codes


def test_numbers_in_the_text() -> None:
    assert f"older than {MAX_AGE_DAYS} days" in PAGE
    assert f"has {len(embedded_index()['regions'])} regions" in PAGE
    data = json.loads((Path(__file__).parent / "worked_examples.json").read_text("utf-8"))
    assert f"* {len(data['examples'])} calculations" in PAGE
