"""Profiles: what each asks, by configuration, flag, environment and path; what wins over them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from linter.policy.levels import Levels, derived
from linter.policy.model import Severity
from linter.policy.profiles import PROFILES, REGULATED, STANDARD, STARTER
from linter.policy.registry import load_rules
from linter.policy.rulefile import RuleFileError, parse_rule
from linter.policy.selection import Selection, Selector
from tests.config.running import NOTEBOOK, pipeline, run, write

RULE = """\
id: ACME001
name: acme-name
title: Steps are named
severity: medium
confidence: high
applies_to: [pipeline.step]
require:
  - {path: $.Name, equals: named, missing: fail}
message: "{title} is not named"
rationale: A team wants its steps to be named so that they are found.
remediation: Rename the step.
examples:
  fail:
    - name: other
      step: {Name: X, Type: Training, Arguments: {}}
  pass:
    - name: same
      step: {Name: named, Type: Training, Arguments: {}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def severities(*arguments: str) -> dict[str, str]:
    """Severity by rule of what is found; the worst of several."""
    found: dict[str, str] = {}
    for item in run("check", "--format", "json", *arguments).json["findings"]:
        if item["verdict"] == "fail":
            found.setdefault(item["rule"], item["severity"])
    return found


def test_every_built_in_rule_is_as_strict_or_stricter_in_each_next_profile() -> None:
    for rule in load_rules(()).rules:
        levels = [rule.meta.severity_in(profile) for profile in PROFILES]
        ranks = [-1 if level is None else int(level) for level in levels]
        assert ranks == sorted(ranks), rule.id
        assert rule.off_in == {
            p for p, level in zip(PROFILES, levels, strict=True) if level is None
        }
        assert not rule.off_in - {STARTER}, rule.id


@pytest.mark.parametrize(
    ("rule", "starter", "standard", "regulated"),
    [
        ("IAM001", "critical", "critical", "critical"),
        ("SEC001", "critical", "critical", "critical"),
        ("APPR001", "high", "high", "high"),
        ("CACHE006", "medium", "medium", "medium"),
        ("NET001", None, "low", "high"),
        ("ENC001", None, "low", "high"),
        ("IAM065", None, "low", "low"),
        ("APPR017", None, "low", "medium"),
    ],
)
def test_what_rules_are_in_each_profile(
    rule: str, starter: str | None, standard: str, regulated: str
) -> None:
    meta = Selector(load_rules(()).rules).one(rule).meta
    words = [None if (s := meta.severity_in(p)) is None else s.word for p in PROFILES]
    assert words == [starter, standard, regulated]


def test_the_same_tree_in_three_profiles(here: Path) -> None:
    write(here, {"main.tf": pipeline()})
    starter, standard, regulated = (severities("--profile", name) for name in PROFILES)
    assert "NET001" not in starter
    assert (standard["NET001"], regulated["NET001"]) == ("low", "high")
    assert standard == severities()
    assert starter.keys() <= standard.keys() == regulated.keys()
    only = ("check", "--select", "NET001", "--profile")
    assert [run(*only, name).code for name in PROFILES] == [0, 0, 1]


def test_paths_have_profiles_of_their_own_and_the_last_that_matches_decides(here: Path) -> None:
    write(
        here,
        {
            "pipewarden.toml": 'profile = "starter"\n[per-path-profile]\n'
            '"prod/**" = "regulated"\n"prod/trial" = "standard"\n',
            "dev/main.tf": pipeline("d"),
            "prod/main.tf": pipeline("p"),
            "prod/trial/main.tf": pipeline("t"),
        },
    )
    found = run("check", "--format", "json").json["findings"]
    by_path = {item["path"]: item["severity"] for item in found if item["rule"] == "NET001"}
    assert by_path == {"prod/main.tf": "high", "prod/trial/main.tf": "low"}
    everywhere = severities("--profile", "regulated", "dev")
    assert everywhere["NET001"] == "high"
    assert "NET001" not in severities("--profile", "starter", "prod")


def test_the_environment_holds_for_all_paths_as_the_flag_does(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        here,
        {"pipewarden.toml": '[per-path-profile]\n"**" = "regulated"\n', "main.tf": pipeline()},
    )
    assert severities()["NET001"] == "high"
    monkeypatch.setenv("PIPEWARDEN_PROFILE", "standard")
    assert severities()["NET001"] == "low"
    assert 'profile = "standard"  (env PIPEWARDEN_PROFILE)' in run("config", "show").out
    assert "per-path-profile = {}" in run("config", "show").out


def test_what_the_user_says_of_a_rule_wins(here: Path) -> None:
    write(here, {"main.tf": pipeline()})
    assert severities("--profile", "starter", "--select", "NET001") == {"NET001": "low"}
    assert "NET001" not in severities("--profile", "regulated", "--ignore", "NET001")
    write(here, {"pipewarden.toml": 'profile = "starter"\n[severity]\nNET001 = "critical"\n'})
    assert severities()["NET001"] == "critical"
    write(here, {"pipewarden.toml": 'profile = "starter"\n[severity]\nNET = "critical"\n'})
    assert "NET001" not in severities()
    write(here, {"pipewarden.toml": 'profile = "regulated"\n[severity]\nNET = "info"\n'})
    assert severities()["NET001"] == "info"
    write(here, {"pipewarden.toml": 'profile = "starter"\nextend-select = ["NET001"]\n'})
    assert severities()["NET001"] == "low"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('profile = "regulatd"\n', "pipewarden.toml:1:1: profile: 'regulatd' is not allowed"),
        ("profile = 3\n", "pipewarden.toml:1:1: profile is text in quotes"),
        ('[per-path-profile]\n"a/**" = "strict"\n', "profile of a/**: 'strict' is not allowed"),
        ('per-path-profile = "regulated"\n', "per-path-profile is a table"),
    ],
)
def test_a_profile_that_does_not_exist_is_refused_with_its_place(
    here: Path, text: str, said: str
) -> None:
    write(here, {"main.tf": pipeline(), "pipewarden.toml": text})
    ran = run("check")
    assert ran.code == 2
    assert said in ran.err


def test_config_show_says_the_profile_and_where_it_comes_from(here: Path) -> None:
    write(here, {"pipewarden.toml": 'profile = "regulated"\n'})
    assert 'profile = "regulated"  (file pipewarden.toml:1)' in run("config", "show").out


def test_a_suppression_of_a_rule_that_the_profile_leaves_out_is_not_unneeded(here: Path) -> None:
    text = NOTEBOOK.replace('"n"\n  instance', '"n" # pipewarden: ignore[IAM065] -- x\n  instance')
    write(here, {"main.tf": text})
    assert "META003" in severities("--var", "root=Disabled")
    assert "META003" not in severities("--var", "root=Disabled", "--profile", "starter")


# Rule files


def levels_of(text: str, origin: str = "built-in") -> dict[str, Any]:
    meta = parse_rule("r.yaml", text, origin=origin)[0].meta
    return {profile: meta.severity_in(profile) for profile in PROFILES}


def test_a_rule_of_ones_own_is_on_in_every_profile_unless_it_says_otherwise() -> None:
    assert set(levels_of(RULE, "directory team").values()) == {Severity.MEDIUM}
    assert levels_of(RULE)[STARTER] is None
    assert levels_of(RULE.replace("severity: medium", "severity: high"))[STARTER] is Severity.HIGH
    own = RULE.replace("severity: medium", 'severity: medium\nstarter: "off"\nregulated: critical')
    assert levels_of(own, "directory team") == {
        STARTER: None,
        STANDARD: Severity.MEDIUM,
        REGULATED: Severity.CRITICAL,
    }


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        ("starter: high", 5, "never milder in a stricter profile"),
        ("regulated: low", 5, "never milder in a stricter profile"),
        ('regulated: "off"', 5, "never milder in a stricter profile"),
        ("starter: hgh", 5, "starter is one of critical, high, medium, low, info, off"),
        ("regulatd: high", 5, "did you mean regulated"),
    ],
)
def test_a_rule_that_is_milder_where_more_is_asked_is_refused(
    lines: str, line: int, said: str
) -> None:
    with pytest.raises(RuleFileError) as caught:
        levels_of(RULE.replace("severity: medium", f"severity: medium\n{lines}"))
    assert said in str(caught.value)
    assert f"r.yaml:{line}" in str(caught.value)


def test_a_bare_off_is_off() -> None:
    own = RULE.replace("severity: medium", "severity: high\nstarter: off")
    assert levels_of(own)[STARTER] is None


def test_a_milder_finding_is_as_much_milder_in_every_profile() -> None:
    meta = Selector(load_rules(()).rules).one("NET001").meta
    own = Severity.INFO  # one level below the rule's
    assert Levels(STANDARD).of(meta, "a.tf", own) is Severity.INFO
    assert Levels(REGULATED).of(meta, "a.tf", own) is Severity.MEDIUM
    assert Levels(REGULATED).of(meta, "a.tf", Severity.CRITICAL) is Severity.CRITICAL
    assert Levels(STARTER).of(meta, "a.tf") is None
    assert Levels(STARTER, optional=()).of(meta, "a.tf") is Severity.LOW


def test_the_lists_say_the_severity_in_each_profile() -> None:
    listed = run("rules", "list", "NET001").out.splitlines()
    assert listed[0].split()[:4] == ["rule", *PROFILES]
    assert listed[1].split()[:4] == ["NET001", "off", "low", "high"]
    shown = run("rules", "list", "NET001", "--format", "json").json["rules"][0]
    assert shown["profiles"] == {"starter": "off", "standard": "low", "regulated": "high"}
    assert "starter: off, standard: low, regulated: high" in run("rules", "show", "NET001").out
    assert "NET001" not in run("rules", "list", "--severity", "high").out
    strict = run("rules", "list", "--severity", "high", "--profile", "regulated").out
    assert "NET001" in strict
    assert "NET001" not in run("rules", "list", "--severity", "info", "--profile", "starter").out


def test_derived_levels() -> None:
    assert derived(Severity.LOW, True)[STARTER] is None
    assert derived(Severity.LOW, False)[STARTER] is Severity.LOW


def test_rules_that_no_profile_in_use_wants_do_not_run() -> None:
    selector = Selector(load_rules(()).rules)

    def ids(selection: Selection) -> set[str]:
        return {rule.id for rule in selector.enabled(selection)}

    assert "NET001" not in ids(Selection(profile=STARTER))
    assert "NET001" in ids(Selection(profile=STARTER, per_path_profile={"prod/**": REGULATED}))
    assert ids(Selection(profile=STARTER)) < ids(Selection()) == ids(Selection(profile=REGULATED))
