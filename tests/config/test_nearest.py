"""Each file is judged by the configuration nearest to it, whatever is named beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from linter.config.model import ConfigError
from linter.config.nearest import Configurations
from tests.config.running import findings, pipeline, run, write


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def as_set(document: dict[str, Any]) -> set[str]:
    """A result's parts, whatever their order."""
    rest = {key: value for key, value in document.items() if key != "findings"}
    return {json.dumps(item, sort_keys=True) for item in [rest, *document["findings"]]}


TWO_TEAMS = {
    "a/main.tf": pipeline("a"),
    "a/pipewarden.toml": 'fail-on = "never"\nignore-rules = ["NET"]\n',
    "b/main.tf": pipeline("b"),
    "b/pyproject.toml": '[tool.pipewarden]\nfail-on = "critical"\n[tool.pipewarden.severity]\n'
    'COST001 = "critical"\n',
    "c/main.tf": pipeline("c"),
}


def test_the_order_of_paths_changes_nothing(here: Path) -> None:
    write(here, TWO_TEAMS)
    one = run("check", "--format", "json", "a", "b", "c")
    two = run("check", "--format", "json", "c", "b", "a")
    assert one.code == two.code == 1
    assert as_set(one.json) == as_set(two.json)
    assert as_set(one.json) == as_set(run("check", "--format", "json", ".").json)


def test_a_team_decides_for_its_own_files_only(here: Path) -> None:
    write(here, TWO_TEAMS)
    found = findings("a", "b", "c")
    rules = {name: {f["rule"] for f in found if f["path"].startswith(name)} for name in "abc"}
    assert not any(rule.startswith("NET") for rule in rules["a"])
    assert {"NET001", "COST001"} <= rules["b"] & rules["c"]
    severities = {f["path"]: f["severity"] for f in found if f["rule"] == "COST001"}
    assert severities == {"a/main.tf": "low", "b/main.tf": "critical", "c/main.tf": "low"}


def test_the_gate_passes_where_every_configuration_does_and_says_which_does_not(
    here: Path,
) -> None:
    write(here, TWO_TEAMS)
    assert run("check", "a").code == 0
    gate = run("check", "--format", "json", ".").json["summary"]["gate"]
    passed = {item["configuration"]: item["passed"] for item in gate["configurations"]}
    assert passed == {
        "a/pipewarden.toml": True,
        "b/pyproject.toml": False,
        "no configuration": False,
    }
    failed = {reason.partition(":")[0] for reason in gate["reasons"]}
    assert failed == {"b/pyproject.toml", "no configuration"}
    text = run("check", "a", "b").out
    assert "b/pyproject.toml: 1 finding at or above critical" in text
    write(here, {"b/pyproject.toml": '[tool.pipewarden]\nfail-on = "never"\n'})
    assert run("check", "a", "b").code == 0


def test_parents_are_not_merged(here: Path) -> None:
    write(
        here,
        {
            "pipewarden.toml": 'fail-on = "never"\nignore-rules = ["NET"]\n',
            "a/pipewarden.toml": "",
            "a/main.tf": pipeline(),
        },
    )
    assert run("check", "a").code == 1
    assert any(f["rule"] == "NET001" for f in findings("."))


def test_the_search_ends_at_the_root_of_the_repository(here: Path) -> None:
    (here / "pipewarden.toml").write_text('fail-on = "never"\n')
    write(here / "repo", {"a/main.tf": pipeline()})
    assert run("check", "repo").code == 1
    assert run("config", "show", "repo/a/main.tf").out.startswith("configuration file: none\n")


def test_one_file_for_everything_and_none_for_nothing(here: Path) -> None:
    write(here, {**TWO_TEAMS, "ci/strict.toml": 'select = ["COST001"]\nexclude = ["c"]\n'})
    found = findings("--config", "ci/strict.toml", ".")
    assert {(f["rule"], f["path"]) for f in found} == {
        ("COST001", "a/main.tf"),
        ("COST001", "b/main.tf"),
    }
    assert run("check", "--config", "none", "a").code == 1


def test_flags_are_on_top_of_every_configuration(here: Path) -> None:
    write(here, TWO_TEAMS)
    assert run("check", "--fail-on", "never", ".").code == 0
    assert {f["rule"] for f in findings("--select", "COST001", ".")} == {"COST001"}


def test_globs_are_relative_to_the_file_that_holds_them(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = """\
exclude = ["/skipped"]
[per-path-ignores]
"sand/**" = ["ALL"]
[[ignore]]
rule = "NET001"
path = "real/main.tf"
reason = "r"
"""
    write(
        here,
        {
            "a/pipewarden.toml": settings,
            **{f"a/{name}/main.tf": pipeline() for name in ("skipped", "sand", "real")},
        },
    )
    above = findings(".")
    monkeypatch.chdir(here / "a")
    inside = findings(".")
    monkeypatch.chdir(here / "a" / "real")
    below = findings("..")
    for found, prefix in ((above, "a/real/"), (inside, "real/"), (below, "../real/")):
        assert {f["path"] for f in found} == {f"{prefix}main.tf"}
        assert [f["suppressed"] for f in found if f["rule"] == "NET001"] == [True]


def test_ignores_and_baselines_of_a_configuration_hold_below_it_only(here: Path) -> None:
    entry = '[[ignore]]\nrule = "NET001"\naddress = "*"\nreason = "r"\n'
    write(
        here,
        {
            "a/pipewarden.toml": f'baseline = "base.json"\n{entry}',
            "a/main.tf": pipeline(),
            "b/pipewarden.toml": "require-reason = true\n",
            "b/main.tf": "# pipewarden: ignore[NET001]\n" + pipeline(),
        },
    )
    assert run("baseline", "create", "a").code == 0
    found = findings("a", "b")
    assert all(f["baselined"] or f["suppressed"] for f in found if f["path"] == "a/main.tf")
    assert not any(f["baselined"] or f["suppressed"] for f in found if f["path"] == "b/main.tf")


def test_each_baseline_is_written_with_what_is_below_its_configuration(here: Path) -> None:
    for name in "ab":
        text = f'baseline = "{name}.json"\n'
        write(here, {f"{name}/pipewarden.toml": text, f"{name}/main.tf": pipeline()})
    assert run("baseline", "create", ".").code == 0
    for name in "ab":
        entries = json.loads((here / name / f"{name}.json").read_text())["findings"]
        assert {entry["path"] for entry in entries} == {f"{name}/main.tf"}
    assert run("check", ".").code == 0
    (here / "a" / "main.tf").write_text("")
    assert run("baseline", "prune", ".").code == 0
    assert json.loads((here / "a" / "a.json").read_text())["findings"] == []


def test_budgets_limit_what_is_below_their_configuration(here: Path) -> None:
    write(
        here,
        {
            "a/pipewarden.toml": 'fail-on = "never"\n[budgets]\nper-month-usd = 4\n',
            "a/main.tf": pipeline("a"),
            "b/pipewarden.toml": 'fail-on = "never"\nruns-per-month = 3000\n',
            "b/main.tf": pipeline("b"),
        },
    )
    assert run("check", ".").code == 0
    write(here, {"b/pipewarden.toml": 'fail-on = "never"\n[budgets]\nper-month-usd = 1\n'})
    ran = run("check", ".")
    assert ran.code == 1
    assert "b/pipewarden.toml: budget exceeded" in ran.out


def test_prices_follow_the_configuration_of_each_part(here: Path) -> None:
    write(
        here,
        {
            "a/pipewarden.toml": 'region = "eu-west-1"\n',
            "a/main.tf": pipeline("a"),
            "b/pipewarden.toml": "runs-per-month = 60\n",
            "b/main.tf": pipeline("b"),
        },
    )
    both = run("cost", "--format", "json", ".").json
    alone = [run("cost", "--format", "json", name).json for name in "ab"]
    assert both["pipelines"] == [item["pipelines"][0] for item in alone]
    assert [item["runs_per_month"] for item in both["pipelines"]] == [30, 60]
    assert (
        both["pipelines"][0]["steps"][0]["usd_per_hour"]
        != (both["pipelines"][1]["steps"][0]["usd_per_hour"])
    )


MODULE = """\
variable "root" {}
resource "aws_sagemaker_notebook_instance" "n" {
  name          = "n"
  instance_type = "ml.t3.medium"
  role_arn      = "arn:aws:iam::111122223333:role/x"
  root_access   = var.root
}
"""
CALL = 'module "m" {\n  source = "../modules/m"\n  root   = "Enabled"\n}\n'


def test_a_finding_is_judged_where_it_is_reported(here: Path) -> None:
    """The literal stands in the root; the resource in a module with its own configuration."""
    write(
        here,
        {
            "team/main.tf": CALL,
            "team/pipewarden.toml": '[severity]\nSEC008 = "critical"\n',
            "modules/m/main.tf": MODULE,
            "modules/pipewarden.toml": 'ignore-rules = ["SEC008", "NET"]\n',
        },
    )
    found = findings(".")
    (root,) = (f for f in found if f["rule"] == "SEC008")
    assert (root["path"], root["severity"]) == ("team/main.tf", "critical")
    assert not any(f["rule"].startswith("NET") for f in found)
    write(
        here,
        {
            "team/pipewarden.toml": 'ignore-rules = ["SEC008"]\n',
            "modules/pipewarden.toml": "",
        },
    )
    found = findings(".")
    assert not any(f["rule"] == "SEC008" for f in found)
    assert {f["path"] for f in found if f["rule"] == "NET012"} == {"modules/m/main.tf"}


def test_parameters_of_rules_follow_the_file(here: Path) -> None:
    tagged = 'extend-select = ["TAG001"]\n[rules.TAG001]\nrequired_tags = ["%s"]\n'
    write(
        here,
        {
            "a/pipewarden.toml": tagged % "team",
            "a/main.tf": pipeline("a"),
            "b/pipewarden.toml": tagged % "owner",
            "b/main.tf": pipeline("b"),
            "c/main.tf": pipeline("c"),
        },
    )
    found = {f["path"]: f["message"] for f in findings(".") if f["rule"] == "TAG001"}
    assert "team" in found["a/main.tf"]
    assert "owner" in found["b/main.tf"]
    assert "c/main.tf" not in found


def test_variables_are_those_of_the_root(here: Path) -> None:
    write(
        here,
        {
            "team/main.tf": 'variable "x" {}\n' + CALL.replace('"Enabled"', "var.x"),
            "team/pipewarden.toml": '[variables]\nx = "Enabled"\n',
            "modules/m/main.tf": MODULE,
            "modules/pipewarden.toml": '[variables]\nroot = "Disabled"\nx = "Disabled"\n',
        },
    )
    (found,) = (f for f in findings(".") if f["rule"] == "SEC008")
    assert found["verdict"] == "fail"


def test_a_variable_file_elsewhere_is_judged_by_the_configuration_that_names_it(
    here: Path,
) -> None:
    write(
        here,
        {
            "env/prod.tfvars": 'root = "Enabled"\n',
            "team/pipewarden.toml": 'fail-on = "never"\nvar-files = ["../env/prod.tfvars"]\n',
            "team/main.tf": MODULE,
        },
    )
    assert [f["path"] for f in findings("team") if f["rule"] == "SEC008"] == ["env/prod.tfvars"]
    assert run("check", "team").code == 0
    write(here, {"team/pipewarden.toml": 'fail-on = "never"\n'})
    assert run("check", "--var-file", "env/prod.tfvars", "team").code == 0
    write(here, {"env/pipewarden.toml": 'fail-on = "low"\n'})
    assert run("check", "--var-file", "env/prod.tfvars", "team").code == 1


def test_own_rules_hold_where_they_are_configured(here: Path) -> None:
    rule = """\
id: ACME001
name: acme-%(name)s
title: %(name)s
severity: critical
confidence: high
applies_to: [pipeline.step]
require:
  - {path: $.Name, equals: "%(name)s", missing: fail}
message: "{title} is not %(name)s"
rationale: A team wants its steps to be named so that they are found.
remediation: Rename the step.
examples:
  fail:
    - {name: other, steps: [{Name: X, Type: Training, Arguments: {}}]}
  pass:
    - {name: same, steps: [{Name: %(name)s, Type: Training, Arguments: {}}]}
"""
    for name in "ab":
        write(
            here,
            {
                f"{name}/pipewarden.toml": 'rules-dirs = ["rules"]\n',
                f"{name}/rules/ACME001.yaml": rule % {"name": name},
                f"{name}/main.tf": pipeline(name),
            },
        )
    ran = run("check", "--format", "json", "a", "b")
    assert ran.err == ""
    found = {f["path"]: f["message"] for f in ran.json["findings"] if f["rule"] == "ACME001"}
    assert found["a/main.tf"].endswith("not a")
    assert found["b/main.tf"].endswith("not b")


def test_add_ignores_writes_entries_that_hold(here: Path) -> None:
    definition = {"Version": "2020-12-01", "Steps": [{"Name": "T", "Type": "Training"}]}
    write(here, {"a/pipewarden.toml": "", "a/s/p.json": json.dumps(definition)})
    assert run("check", "--add-ignores", "--reason", "r", ".").code == 0
    assert 'path = "s/p.json"' in (here / "a" / "pipewarden.toml").read_text()
    assert run("check", "--fail-on", "info", ".").code == 0


def test_a_rule_that_does_not_exist_is_named_with_the_configuration(here: Path) -> None:
    write(here, {**TWO_TEAMS, "b/pyproject.toml": '[tool.pipewarden]\nselect = ["IAM0O1"]\n'})
    ran = run("check", "a", "b")
    assert ran.code == 2
    assert ran.err.startswith("b/pyproject.toml: IAM0O1 is no rule")
    assert run("check", "--select", "IAM0O1", "a", "c").err.startswith("IAM0O1 is no rule")


def test_parameters_may_be_fractions(here: Path) -> None:
    write(here, {"pipewarden.toml": "[rules.COST011]\nmax_usd_per_hour = 0.1\n"})
    write(here, {"main.tf": pipeline()})
    (found,) = (f for f in findings(".") if f["rule"] == "COST011")
    assert found["verdict"] == "fail"


def test_a_bad_configuration_below_is_one_line(here: Path) -> None:
    write(here, {**TWO_TEAMS, "b/x/pipewarden.toml": "fail_on = 1\n", "b/x/main.tf": ""})
    ran = run("check", ".")
    assert ran.code == 2
    assert ran.err == "b/x/pipewarden.toml:1:1: unknown key 'fail_on'; did you mean fail-on?"


@pytest.mark.parametrize("name", ["\\u0000", "n" * 5000, ".", "/dev/zero", "x/" * 2000, "["])
@pytest.mark.parametrize(
    "text",
    [
        'usage-file = "%s"',
        'price-file = "%s"',
        'baseline = "%s"',
        'rules-dirs = ["%s"]',
        'var-files = ["%s"]',
        '[roots."%s"]\nworkspace = "x"',
        '[roots.".".variants.a]\nvar-files = ["%s"]',
        '[roots.".".variants.a]\nworkspace = "a"\nusage-file = "%s"',
    ],
)
def test_hostile_names_of_files_are_refused(here: Path, text: str, name: str) -> None:
    write(here, {"pipewarden.toml": (text % name) + "\n", "main.tf": pipeline()})
    ran = run("check", ".")
    usable = name == "." and ("rules-dirs" in text or text.startswith('[roots."%'))
    assert ran.code in ((0, 1, 2) if usable else (2,)), ran
    assert len(ran.err.strip().splitlines()) == (0 if usable and ran.code != 2 else 1)


def test_each_directory_is_looked_at_once(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from linter.config import nearest

    asked: list[str] = []
    original = nearest.config_in
    monkeypatch.setattr(
        nearest,
        "config_in",
        lambda d: asked.append(d) or original(d),  # type: ignore[func-returns-value]
    )
    write(here, {f"d{n}/e/main.tf": "" for n in range(20)})
    found = Configurations()
    for _ in range(3):
        for number in range(20):
            found.of(f"d{number}/e/main.tf")
    assert len(asked) == len(set(asked)) == 41


def test_what_cannot_be_read_is_refused_when_it_is_asked_for(here: Path) -> None:
    write(here, {"a/pipewarden.toml": "x = 1\n"})
    found = Configurations()
    assert found.of("b.tf").path == ""
    with pytest.raises(ConfigError):
        found.of("a/b.tf")


def test_config_show_says_which_applies(here: Path) -> None:
    write(here, TWO_TEAMS)
    assert run("config", "show", "a/main.tf").out.startswith(
        "configuration file: a/pipewarden.toml\n"
    )
    assert run("config", "show", "b", "--format", "json").json["file"] == "b/pyproject.toml"
    assert run("config", "show", "c").out.startswith("configuration file: none\n")
