"""``pipewarden schema``: what our own files are valid against, and what it refuses."""

from __future__ import annotations

import json
import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from linter.cli.schema_cmd import schema_of
from linter.config import keys
from linter.core.schemas import SCHEMA_FILES
from linter.policy.index import rules_root
from pricing.pricefile import parse_price_file
from pricing.usage import STANDING_SHAPES, STEP_SHAPES, parse_usage
from pricing.yamlfile import UserFileError
from tests.config.running import pipeline, run

ROOT = Path(__file__).parent.parent.parent


def validator(name: str) -> Any:
    schema = schema_of(name)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.M | re.S)


def plain_toml(text: str) -> Any:
    """TOML as JSON has it: dates are text."""
    return json.loads(json.dumps(tomllib.loads(text), default=str))


@pytest.mark.parametrize("name", SCHEMA_FILES)
def test_it_prints_a_schema_and_writes_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    printed = run("schema", name)
    assert printed.code == 0
    assert printed.json == schema_of(name)
    assert run("schema", name, "-o", "it.json").code == 0
    assert json.loads((tmp_path / "it.json").read_text()) == printed.json
    refused = run("schema", name, "-o", "no/where/it.json")
    assert refused.code == 2
    assert "no/where" in refused.err


def test_a_name_that_is_none_is_refused() -> None:
    ran = run("schema", "usages")
    assert ran.code == 2
    assert "usage" in ran.err


def test_the_files_of_the_pages_are_valid() -> None:
    usage, prices, configuration = map(validator, ("usage", "prices", "configuration"))
    found = [yaml.safe_load(text) for text in blocks("docs/cost-model.md", "yaml")]
    by_kind = {"usage": [f for f in found if "pipelines" in f], "prices": []}
    by_kind["prices"] = [f for f in found if "regions" in f]
    assert by_kind["usage"]
    assert by_kind["prices"]
    for item in by_kind["usage"]:
        usage.validate(item)
        assert not prices.is_valid(item)
    for item in by_kind["prices"]:
        prices.validate(item)
        assert not usage.is_valid(item)
    written = blocks("docs/configuration.md", "toml")
    assert written
    for text in written:
        configuration.validate(plain_toml(text))
    inputs = ROOT / "tests" / "e2e" / "cost_inputs"
    usage.validate(yaml.safe_load((inputs / "shop" / "usage.yml").read_text()))
    prices.validate(yaml.safe_load((inputs / "shop" / "rates.yml").read_text()))


def test_every_rule_is_valid() -> None:
    rule = validator("rule")
    files = sorted(rules_root().rglob("*.yaml"))
    assert len(files) > 200
    for file in files[:: max(1, len(files) // 60)]:
        rule.validate(yaml.safe_load(file.read_text("utf-8")))


USAGE = "version: 1\npipelines: {p: {steps: {s: {%s}}}}\n"
STANDING = "version: 1\nstanding: {e: {%s}}\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("usage", "{}"),
        ("usage", "version: 2"),
        ("usage", "version: true"),
        ("usage", "version: 1\npipeline: {}"),
        ("usage", "version: 1\nruns_per_month: -1"),
        ("usage", USAGE % "minute: 3"),
        ("usage", USAGE % "minutes: long"),
        ("usage", USAGE % "minutes: {low: 1, high: 2}"),
        ("usage", USAGE % "probability: 1.5"),
        ("usage", USAGE % "instance_count: 1.5"),
        ("usage", USAGE % "instance_type: m5.xlarge"),
        ("usage", STANDING % "idle: 3"),
        ("usage", STANDING % "memory_mb: 128"),
        ("prices", "version: 1\nregions: {us-east-9: {}}"),
        ("prices", "version: 1\nregions: {us-east-1: {prices: {Train: {ml.m5.large: 1}}}}"),
        ("prices", "version: 1\nregions: {us-east-1: {prices: {Training: {m5.large: 1}}}}"),
        ("prices", "version: 1\nregions: {us-east-1: {rates: {storage: 1}}}"),
        ("prices", "version: 1\ndiscount_percent: 101"),
    ],
)
def test_what_the_parser_refuses_the_schema_refuses(name: str, text: str) -> None:
    assert not validator(name).is_valid(yaml.safe_load(text))
    with pytest.raises(UserFileError):
        if name == "usage":
            parse_usage(text)
        else:
            parse_price_file(text, "rates.yml", "us-east-1")


@pytest.mark.parametrize(
    "wrong",
    [
        'fail-on = "most"',
        "max-days = 40000",
        'region = "us-east-9"',
        "discount-percent = 101",
        "[savings-plan]\ndiscount-percent = 10",
        '[[policy]]\npath = "x"',
        '[roots."a".variants.v]\nregion = "us-east-1"',
        '[[ignore]]\nrule = "IAM001"',
    ],
)
def test_a_wrong_configuration_is_refused_by_both(
    wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert not validator("configuration").is_valid(plain_toml(wrong))
    (tmp_path / "pipewarden.toml").write_text(wrong)
    assert run("config", "show").code == 2


def test_a_key_of_the_table_is_in_the_schema() -> None:
    assert list(schema_of("configuration")["properties"]) == list(keys.BY_KEY)


NUMBERS = st.one_of(
    st.integers(-2, 2 * 10**6), st.decimals(0, 50_000, places=2).map(float), st.just(0)
)
VALUES = st.one_of(
    NUMBERS,
    st.booleans(),
    st.sampled_from(["x", "ml.m5.xlarge", "m5.xlarge", ""]),
    st.none(),
    st.fixed_dictionaries({"low": NUMBERS, "expected": NUMBERS, "high": NUMBERS}),
    st.fixed_dictionaries({"low": NUMBERS}),
)


@settings(max_examples=300, deadline=None)
@given(
    section=st.sampled_from(["pipelines", "standing"]),
    entry=st.dictionaries(
        st.sampled_from([*STEP_SHAPES, *STANDING_SHAPES, "minute"]), VALUES, max_size=3
    ),
)
def test_parser_and_schema_agree(section: str, entry: dict[str, Any]) -> None:
    """But for the order of low, expected and high, which a schema cannot say."""
    body = {"version": 1, section: {"x": {"steps": {"s": entry}} if section[0] == "p" else entry}}
    text = yaml.safe_dump(body)
    in_order = all(
        value["low"] <= value["expected"] <= value["high"]
        for value in entry.values()
        if isinstance(value, dict) and len(value) == 3
    )
    try:
        parse_usage(text)
        taken = True
    except UserFileError:
        taken = False
    valid = USAGE_VALIDATOR.is_valid(body)
    assert taken == (valid and in_order)


USAGE_VALIDATOR = validator("usage")


def test_what_init_commands_write_names_its_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.tf").write_text(pipeline())
    assert run("config", "init").code == 0
    assert run("rules", "new", "TEAM001", "a-name", "--directory", "policy").code == 0
    written = run("cost", "--init-usage").out
    (tmp_path / "pipewarden-usage.yml").write_text(written)
    rule = tmp_path / "policy" / "team" / "TEAM001-a-name.yaml"
    files = {
        "configuration": (tmp_path / "pipewarden.toml", "#:schema "),
        "rule": (rule, "# yaml-language-server: $schema="),
        "usage": (tmp_path / "pipewarden-usage.yml", "# yaml-language-server: $schema="),
    }
    for name, (file, start) in files.items():
        text = file.read_text()
        first = text.splitlines()[0]
        assert first.startswith(start)
        target = (file.parent / first.removeprefix(start)).resolve()
        assert run("schema", name, "-o", str(target)).code == 0
        data = plain_toml(text) if file.suffix == ".toml" else yaml.safe_load(text)
        kind = jsonschema.validators.validator_for(schema := json.loads(target.read_text()))
        kind(schema).validate(data)
    # Schemas that lie in a project are no input of a scan, and no rules.
    found = run("check", ".", "--format", "json", "--rules", "policy").json
    assert found["unread"] == []
    assert {item["path"] for item in found["findings"]} <= {"main.tf", "pipewarden-usage.yml"}


def test_shares_stay_exact() -> None:
    usage = parse_usage(USAGE % "cache_hit_share: 0.33333").step("p", "s")
    assert usage.cache_hit_share == Decimal("0.3333")
