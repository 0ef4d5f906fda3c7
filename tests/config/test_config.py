"""Configuration: discovery, validation, order, and what is shown of it."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.config import keys, show
from linter.config.load import find_config, load_config
from linter.config.model import Config, ConfigError
from linter.config.places import Places

FULL = """\
fail-on = "high"
strict-unknown = true
select = ["IAM", "NET001"]
rules-dirs = ["policy"]
runs-per-month = 30.5
baseline = "base.json"
max-days = 90

[severity]
IAM001 = "critical"
[per-path-ignores]
"sandbox/**" = ["NET"]
[rules.IAM001]
allowed = ["s3:GetObject"]
[variables]
count = 2
enabled = true
[budgets]
per-month-usd = 5000
[budgets.pipelines."train-*"]
per-run-usd = 2.5
[[ignore]]
rule = "IAM001"
path = "snap/*.json"
until = 2027-03-31
[[ignore]]
rule = "no-vpc"
address = "aws_sagemaker_*"
reason = "r"
"""


def load(tmp_path: Path, text: str, name: str = "pipewarden.toml", **more: object) -> Config:
    (tmp_path / name).write_text(text)
    return load_config(tmp_path, **more)  # type: ignore[arg-type]


def test_everything_is_read_with_its_type(tmp_path: Path) -> None:
    config = load(tmp_path, FULL)
    assert config.fail_on == "high"
    assert config.select == ("IAM", "NET001")
    assert config.rules_dirs == (f"{tmp_path}/policy",)
    assert config.baseline == f"{tmp_path}/base.json"
    assert config.runs_per_month == Decimal("30.5")
    assert config.variables == {"count": "2", "enabled": "true"}
    assert [(b.pipeline, b.per_run_usd, b.per_month_usd) for b in config.budgets] == [
        ("", None, Decimal(5000)),
        ("train-*", Decimal("2.5"), None),
    ]
    one, two = config.ignore
    assert one.until == date(2027, 3, 31)
    assert (one.span.start_line, two.span.start_line) == (22, 26)
    assert config.origin("fail_on").place.endswith("pipewarden.toml:1")
    assert config.origin("region").kind == "default"


def test_the_nearest_file_upward_counts(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.pipewarden]\nfail-on = "low"\n')
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\n")
    (deep / "main.tf").write_text("")
    assert find_config(deep / "main.tf") == tmp_path / "pyproject.toml"
    assert load_config(deep).fail_on == "low"
    (tmp_path / "a" / "pipewarden.toml").write_text('fail-on = "info"\n')
    assert load_config(deep).fail_on == "info"
    assert load_config(deep, explicit="none").fail_on == "medium"


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    environment = {
        "PIPEWARDEN_FAIL_ON": "low",
        "PIPEWARDEN_SELECT": "IAM, NET",
        "PIPEWARDEN_MAX_DAYS": "7",
        "PIPEWARDEN_STRICT_UNKNOWN": "off",
        "PIPEWARDEN_DEBUG": "1",
        "HOME": "/",
    }
    config = load(
        tmp_path,
        FULL,
        environment=environment,
        flags={"select": ("COST",), "ignore_rules": (), "region": None},
    )
    assert (config.fail_on, config.select, config.max_days) == ("low", ("COST",), 7)
    assert config.strict_unknown is False
    origins = [config.origin(n).kind for n in ("select", "fail_on", "severity", "region")]
    assert origins == ["flag", "env", "file", "default"]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ('x = 1\nfail_on = "low"', 1, 1, "unknown key 'x'"),
        ('\nfail_on = "low"', 2, 1, "did you mean fail-on"),
        ('fail-on = "hihg"', 1, 1, "did you mean high"),
        ('[severity]\nIAM001 = "bad"', 2, 1, "choose from critical"),
        ("select = 1", 1, 1, "list of texts"),
        ("strict-unknown = 1", 1, 1, "true or false"),
        ("max-days = 0", 1, 1, "whole number"),
        ("discount-percent = 101", 1, 1, "at most 100"),
        ("runs-per-month = nan", 1, 1, "a number from 0"),
        ("[budgets]\nper-mont-usd = 1", 2, 1, "did you mean per-month-usd"),
        ("[budgets.pipelines.a]\nper-run-usd = -1", 2, 1, "a number from 0"),
        ('[[ignore]]\nrule = "A"\npath = "b"\n[[ignore]]\nrule = "A"', 4, 3, "path or address"),
        ('[[ignore]]\nrule = "A"\npath = "b"\nuntil = "soon"', 4, 1, "a date"),
        ('[[ignore]]\nrule = "A"\nwhy = "b"', 3, 1, "unknown key 'why'"),
        ("[ignore]\nrule = 1", 1, 2, "two pairs of brackets"),
        ("rules = 3", 1, 1, "is a table"),
        ("a = [", 1, 6, "the text ends"),
        ("a = 1\nb = = 2", 2, 5, "Invalid value"),
    ],
)
def test_a_fault_is_one_line_with_its_place(
    tmp_path: Path, text: str, line: int, column: int, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    error = caught.value
    assert message in error.message
    assert (error.line, error.column) == (line, column)
    assert "\n" not in str(error)


def test_places_in_pyproject_count_the_whole_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, "[project]\nname='x'\n[tool.pipewarden]\nregoin = 'x'\n", "pyproject.toml")
    assert (caught.value.line, caught.value.column) == (4, 1)
    assert "did you mean region" in caught.value.message


def test_faults_of_the_environment_name_the_variable(tmp_path: Path) -> None:
    for name, value, message in (
        ("PIPEWARDEN_FAIL_NO", "low", "did you mean PIPEWARDEN_FAIL_ON"),
        ("PIPEWARDEN_STRICT_UNKNOWN", "maybe", "true or false"),
        ("PIPEWARDEN_RUNS_PER_MONTH", "many", "a number"),
    ):
        with pytest.raises(ConfigError, match=message) as caught:
            load_config(tmp_path, explicit="none", environment={name: value})
        assert str(caught.value).startswith(f"{name}: ")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_config(tmp_path, explicit=str(tmp_path / "none.toml"))
    (tmp_path / "pipewarden.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_config(tmp_path)


def test_ignore_takes_rules_too(tmp_path: Path) -> None:
    config = load(tmp_path, 'ignore = ["NET", {rule = "IAM001", path = "x"}]\n')
    assert config.ignore_rules == ("NET",)
    assert len(config.ignore) == 1


def test_the_schema_file_is_the_tables_and_takes_what_is_valid() -> None:
    stored = Path(keys.__file__).with_name("schema.json").read_text()
    schema = json.loads(stored)
    assert schema == keys.json_schema()
    data = tomllib.loads(FULL)
    for entry in data["ignore"]:
        if "until" in entry:
            entry["until"] = entry["until"].isoformat()
    jsonschema.validate(data, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"fail_on": "low"}, schema)


def test_init_is_valid_as_it_is_and_with_every_example_taken(tmp_path: Path) -> None:
    assert load(tmp_path, show.init_text()).fail_on == "medium"
    lines = show.init_text().splitlines()
    on = [line.removeprefix("# ") if " = " in line or "# [" in line else line for line in lines]
    config = load(tmp_path, "\n".join(on))
    assert config.budgets
    assert config.ignore


def test_show_gives_every_key_with_its_origin(tmp_path: Path) -> None:
    config = load(tmp_path, FULL, flags={"region": "eu-west-1"})
    rows = {row["key"]: row for row in show.settings(config, f"{tmp_path}/sandbox/a.tf")}
    assert set(rows) == set(keys.BY_KEY)
    assert rows["region"] == {
        "key": "region",
        "value": "eu-west-1",
        "origin": "flag --region",
    }
    assert rows["per-path-ignores"]["value"] == {"sandbox/**": ["NET"]}
    assert [entry["rule"] for entry in rows["ignore"]["value"]] == ["no-vpc"]
    assert 'fail-on = "high"  (file ' in show.show(config)


@given(st.text(max_size=300))
def test_no_text_disturbs_the_search_for_places(text: str) -> None:
    line, column = Places(text).locate(("a", 0, "b"))
    assert line >= 1
    assert column >= 1


def test_budgets_of_a_path_a_tag_and_the_high_figure(tmp_path: Path) -> None:
    text = (
        '[budgets]\nper-month-usd = 1\nof = "high"\n[budgets.paths."a/**"]\nper-run-usd = 2\n'
        '[budgets.tags."team=ml-*"]\nincrease-usd = 3\n'
    )
    whole, path, tag = load(tmp_path, text).budgets
    assert (whole.of, path.of) == ("high", "expected")
    assert (path.path, tag.tag, tag.increase_usd) == ("a/**", "team=ml-*", 3)
    with pytest.raises(ConfigError, match="'hihg' is not allowed"):
        load(tmp_path, '[budgets]\nof = "hihg"\n')
    with pytest.raises(ConfigError, match="name=value"):
        load(tmp_path, '[budgets.tags."team"]\nper-run-usd = 1\n')


def test_a_savings_plan(tmp_path: Path) -> None:
    plan = load(tmp_path, "[savings-plan]\ncommitment-usd-per-hour = 0.5\n").savings_plan
    assert plan is not None and str(plan.commitment_usd_per_hour) == "0.5"
    for text, said in (
        ("commitment-usd-per-hour = -1", "from 0"),
        ("coverage-percent = 101", "at most 100"),
        ("discount-percent = 10", "one of them"),
        ("commitment = 1", "commitment-usd-per-hour"),
    ):
        with pytest.raises(ConfigError, match=said):
            load(tmp_path, f"[savings-plan]\n{text}\n")
