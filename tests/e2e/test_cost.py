"""``pipewarden cost`` whole: every format, every grouping and every option on one small project.

Stored outputs are in ``golden/cost``; ``PIPEWARDEN_GOLDEN=1`` writes them anew, to be read then.
"""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import Ran, pipewarden, same_as_stored

SHOP = Path(__file__).parent / "cost_inputs" / "shop"
USAGE = ("--usage", "usage.yml")


def cost(*arguments: str, cwd: Path = SHOP, **environment: str) -> Ran:
    return pipewarden("cost", *arguments, cwd=cwd, XDG_CACHE_HOME="/nonexistent", **environment)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("table.txt", USAGE),
        ("assumed.txt", ()),
        ("verbose.txt", (*USAGE, "--verbose")),
        ("report.json", (*USAGE, "--format", "json")),
        ("report.csv", (*USAGE, "--format", "csv")),
        ("report.md", (*USAGE, "--format", "markdown")),
        ("by-pipeline.txt", (*USAGE, "--group-by", "pipeline")),
        ("by-step.txt", (*USAGE, "--group-by", "step")),
        ("by-instance.csv", (*USAGE, "--group-by", "instance", "--format", "csv")),
        ("by-region.md", (*USAGE, "--group-by", "region", "--format", "markdown")),
        ("region.txt", (*USAGE, "--region", "eu-west-1")),
        ("parameter.txt", (*USAGE, "--param", "TrainType=ml.g5.xlarge", "--param", "Workers=1")),
        (
            "what-if.txt",
            (*USAGE, "--what-if", "spot=all,cache=on,instance:Explain=ml.m5.xlarge,count:Train=2"),
        ),
        ("rates.txt", (*USAGE, "--price-file", "rates.yml", "--region", "us-east-1")),
        ("runs.txt", (*USAGE, "--runs-per-month", "300")),
        ("unknown-region.txt", (*USAGE, "--region", "cn-north-1")),
        ("init-usage.yml", ("--init-usage",)),
    ],
)
def test_whole_outputs(name: str, arguments: tuple[str, ...]) -> None:
    ran = cost(*arguments)
    assert (ran.code, ran.err) == (0, "")
    same_as_stored(ran.out, f"cost/{name}")


def document(*arguments: str) -> dict[str, Any]:
    ran = cost(*arguments, "--format", "json")
    found: dict[str, Any] = json.loads(ran.out, parse_float=Decimal, parse_int=Decimal)
    return found


def test_the_amounts_are_those_of_a_calculation_by_hand() -> None:
    steps = {s["name"]: s for s in document(*USAGE)["pipelines"][0]["steps"]}
    prepare = 2 * Decimal("0.5") * Decimal("0.23")
    assert steps["Prepare"]["compute_usd"] == {
        "low": prepare / 2,
        "expected": prepare / 2,
        "high": prepare,
    }
    assert steps["Train"]["compute_usd"]["expected"] == 2 * Decimal("0.461")
    assert steps["Train"]["compute_usd"]["high"] == 4 * Decimal("1.408")
    assert steps["Score"]["in_run_usd"] == {
        "low": 0,
        "expected": Decimal("0.25") * Decimal("0.23") * Decimal("0.8"),
        "high": Decimal("0.25") * Decimal("0.23"),
    }


def test_formats_tell_the_same_totals() -> None:
    whole = document(*USAGE)
    month = whole["totals"]["per_month_usd"]
    for by in ("pipeline", "step", "instance", "region"):
        groups = document(*USAGE, "--group-by", by)["groups"]
        assert sum(g["per_month_usd"]["expected"] for g in groups) == month["expected"]
        rows = list(
            csv.DictReader(io.StringIO(cost(*USAGE, "--group-by", by, "--format", "csv").out))
        )
        assert sum(Decimal(row["per_month_usd"]) for row in rows) == month["expected"]
        assert rows[0].keys() >= {by, "per_month_low", "per_month_high"}
    steps = list(csv.DictReader(io.StringIO(cost(*USAGE, "--format", "csv").out)))
    assert sum(Decimal(row["per_month_expected"]) for row in steps) == month["expected"]


def test_a_definition_that_terraform_reads_is_paid_for_once() -> None:
    assert [p["name"] for p in document(*USAGE)["pipelines"]] == ["shop-ranking-prod"]
    alone = pipewarden("cost", "ranking.json", "--format", "json", cwd=SHOP)
    assert [p["name"] for p in json.loads(alone.out)["pipelines"]] == ["ranking"]


def test_a_step_without_a_price_is_named_with_the_nearest_and_is_in_no_total() -> None:
    whole = document(*USAGE)
    gap = whole["unpriced"][0]
    assert gap["step"] == "Explain" and "nearest: ml.m5.xlarge" in gap["reason"]
    assert whole["totals"]["complete"] is False
    assert whole["totals"]["steps_priced"] == whole["totals"]["steps"] - 1


def test_the_configuration_says_region_rates_and_usage(tmp_path: Path) -> None:
    for file in SHOP.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "pipewarden.toml").write_text(
        'region = "us-east-1"\nusage-file = "usage.yml"\nprice-file = "rates.yml"\n',
        encoding="utf-8",
    )
    same_as_stored(cost(cwd=tmp_path).out, "cost/rates.txt")


def test_a_written_usage_file_is_read_and_changes_nothing(tmp_path: Path) -> None:
    for name in ("main.tf", "ranking.json"):
        (tmp_path / name).write_bytes((SHOP / name).read_bytes())
    (tmp_path / "pipewarden-usage.yml").write_text(cost("--init-usage").out, encoding="utf-8")
    ran = cost(cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assumed = cost()
    last = [line for line in ran.out.splitlines() if line.startswith("Total")]
    assert last == [line for line in assumed.out.splitlines() if line.startswith("Total")]


def test_a_region_is_refused_wherever_a_setting_names_it(tmp_path: Path) -> None:
    definition = (SHOP / "ranking.json").read_bytes()
    (tmp_path / "ranking.json").write_bytes(definition)
    hint = '"us-east1" is not the name of a region; did you mean us-east-1?'
    settings = tmp_path / "pipewarden.toml"
    settings.write_text('region = "us-east1"\n[budgets]\nper-month-usd = 10\n', encoding="utf-8")
    for command in ("cost", "check"):
        ran = pipewarden(command, cwd=tmp_path)
        assert (ran.code, ran.out) == (2, "")
        assert f"pipewarden.toml:1:1: {hint}" in ran.err
    settings.unlink()
    ran = pipewarden("check", cwd=tmp_path, PIPEWARDEN_REGION="us-east1")
    assert ran.code == 2 and f"PIPEWARDEN_REGION: {hint}" in ran.err
    rates = tmp_path / "rates.yml"
    rates.write_text("version: 1\nregions:\n  us-east1: {prices: {}}\n", encoding="utf-8")
    ran = pipewarden("cost", "--price-file", "rates.yml", cwd=tmp_path)
    assert ran.code == 2 and f"rates.yml:3:3: {hint}" in ran.err


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("--runs-per-month", "-1"), "--runs-per-month"),
        (("--runs-per-month", "many"), "--runs-per-month"),
        (("--what-if", "sport=all"), "--what-if: 'sport=all': there is no sport"),
        (("--what-if", "instance:Trian=ml.m5.large"), "no step 'Trian'; did you mean 'Train'?"),
        (("--param", "TrianType=ml.m5.large"), "no pipeline has this parameter; did you mean"),
        (("--usage", "none.yml"), "none.yml"),
        (("--price-file", "usage.yml"), "has no 'pipelines'"),
        (("--usage", "rates.yml"), "has no 'discount_percent'"),
        (("--group-by", "colour"), "'colour' is not one of"),
        (("--region", "eu-wset-1"), "did you mean eu-west-1?"),
    ],
)
def test_bad_options_are_one_line_and_exit_2(arguments: tuple[str, ...], wanted: str) -> None:
    ran = cost(*arguments)
    assert ran.code == 2 and ran.out == ""
    assert wanted in ran.err


def test_a_usage_file_that_names_what_is_not_there(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(
        "version: 1\npipelines:\n  shop-ranking-prod:\n    steps: {Trian: {minutes: 5}}\n",
        encoding="utf-8",
    )
    ran = cost("--usage", str(bad))
    assert ran.code == 2
    assert "has no step 'Trian'; did you mean 'Train'?" in ran.err
    assert ":4:13: " in ran.err


def test_a_corrupt_cache_is_warned_of_and_the_embedded_prices_are_used(tmp_path: Path) -> None:
    cache = tmp_path / "pipewarden" / "prices"
    cache.mkdir(parents=True)
    (cache / "us-east-1.json").write_text("{broken", encoding="utf-8")
    ran = pipewarden("cost", *USAGE, cwd=SHOP, XDG_CACHE_HOME=str(tmp_path))
    assert ran.code == 0
    assert "warning: the price cache is not used: " in ran.out
    assert (cache / "us-east-1.json").read_text("utf-8") == "{broken"


def test_old_prices_are_warned_of() -> None:
    ran = cost(*USAGE, SOURCE_DATE_EPOCH="1900000000")
    assert "warning: 5 of 5 prices used are older than 180 days, the oldest of 20" in ran.out
    assert "`pipewarden prices refresh` gets new ones" in ran.out


def test_a_history_of_past_runs_gives_the_time(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    run = {"pipeline": "shop-ranking-prod", "step": "Train", "status": "Succeeded"}
    lines = [json.dumps({**run, "seconds": seconds}) for seconds in (3600, 7200, 10_800)]
    file.write_text("\n".join(lines), encoding="utf-8")
    steps = document("--history", str(file))["pipelines"][0]["steps"]
    train = next(step for step in steps if step["name"] == "Train")
    assert train["hours"] == {"low": 1, "expected": 2, "high": 3, "source": "history"}
    stated = document(*USAGE, "--history", str(file))["pipelines"][0]["steps"]
    assert next(s for s in stated if s["name"] == "Train")["hours"]["source"] == "usage"
    file.write_text("no", encoding="utf-8")
    assert "history.jsonl:1:1: not a JSON object" in cost("--history", str(file)).err
    assert cost("--history", "none.jsonl").code == 2


def test_nothing_to_price(tmp_path: Path) -> None:
    ran = cost(cwd=tmp_path)
    assert ran.code == 3 and "Nothing to scan was found." in ran.err
