"""The policy of the target branch judges a change, and what the change does to it is listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.running import pipeline, run
from tests.discovery.test_git import commit, git

pytestmark = pytest.mark.filterwarnings("default")

BASE = """\
fail-on = "low"
strict-unknown = true
require-reason = true
max-days = 30
rules-dirs = ["team"]
exclude = ["vendor/**"]
baseline = "base.json"
[severity]
IAM001 = "critical"
[budgets]
per-month-usd = 10
[budgets.pipelines."p*"]
per-run-usd = 5
[rules.COST011]
max_usd_per_hour = 1
"""
RULE = """\
id: ACME001
name: team-check
title: Steps are as the team wants them
severity: high
confidence: high
applies_to: [pipeline.step]
require: {path: $.Name, equals: same, missing: fail}
message: "{title} is odd"
rationale: The team wants steps that are as it wants them.
remediation: Change the step.
examples:
  fail:
    - {name: other, steps: [{Name: X, Type: Training, Arguments: {}}]}
  pass:
    - {name: same, steps: [{Name: same, Type: Training, Arguments: {}}]}
"""
BASELINE = '{"version": 1, "findings": [%s]}\n'
ENTRY = '{"path": "main.tf", "fingerprint": "%s", "rule": "IAM001", "message": "m", "count": 1}'


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    git(tmp_path, "init", "-q", "-b", "main", "repo")
    found = tmp_path / "repo"
    commit(
        found,
        {
            "pipewarden.toml": BASE,
            "main.tf": pipeline(),
            "team/r.yaml": RULE,
            "base.json": BASELINE % "",
        },
    )
    git(found, "checkout", "-qb", "feature")
    monkeypatch.chdir(found)
    return found


def weakened(*arguments: str) -> list[str]:
    ran = run("check", "--format", "json", "--base-config", "main", *arguments)
    return [one["message"] for one in ran.json.get("weakened", [])]


def test_a_change_that_switches_everything_off_is_judged_by_the_target(repo: Path) -> None:
    commit(
        repo,
        {
            "pipewarden.toml": 'fail-on = "never"\nexclude = ["**"]\nselect = ["TAG001"]\n',
            "team/r.yaml": RULE.replace("equals: same", "set: true").replace(
                "[{Name: X, Type: Training, Arguments: {}}]", "[{Type: Training, Arguments: {}}]"
            ),
        },
    )
    assert run("check").code != 1
    ran = run("check", "--format", "json", "--base-config", "main")
    assert ran.code == 1
    assert "ACME001" in {finding["rule"] for finding in ran.json["findings"]}
    text = run("check", "--base-config", "main").out
    for part in ("fail-on is never, was low", "rules are switched off: ", "paths are left out: **"):
        assert part in text, part
    assert "this change weakens the gate: fail-on is never, was low (pipewarden.toml:1)" in text


CHANGES = {
    "nothing": ("", "", []),
    "severity": ('IAM001 = "critical"', 'IAM001 = "info"', ["severities are lowered: IAM001"]),
    "strict": ("strict-unknown = true\n", "", ["strict-unknown is off"]),
    "reason": ("require-reason = true", "require-reason = false", ["require-reason is off"]),
    "days": ("max-days = 30", "max-days = 60", ["max-days is 60, was 30"]),
    "fewer days": ("max-days = 30", "max-days = 20", []),
    "exclude": ('"vendor/**"]', '"vendor/**", "x/**"]', ["paths are left out: x/**"]),
    "less excluded": ('"vendor/**"]', "]", []),
    "budget": (
        "per-month-usd = 10",
        "per-month-usd = 11",
        ["budget per-month-usd is raised to 11, was 10"],
    ),
    "lower budget": ("per-month-usd = 10", "per-month-usd = 9", []),
    "budget of some": (
        "per-run-usd = 5",
        "per-step-usd = 5",
        ["budget per-run-usd of pipelines p* is taken away, was 5"],
    ),
    "parameter": (
        "max_usd_per_hour = 1",
        "max_usd_per_hour = 2",
        ["parameters of rules are changed: COST011"],
    ),
    "fail-on": ('fail-on = "low"', 'fail-on = "high"', ["fail-on is high, was low"]),
    "stricter": ('fail-on = "low"', 'fail-on = "info"', []),
    "off": ("fail-on", 'ignore-rules = ["IAM001"]\nfail-on', ["rules are switched off: IAM001"]),
    "more rules": ("fail-on", 'extend-select = ["TAG"]\nfail-on', []),
    "rules": ('rules-dirs = ["team"]\n', "", ["rules are switched off: ACME001"]),
    "by path": (
        "[severity]",
        '[per-path-ignores]\n"a/**" = ["NET"]\n[severity]',
        ["rules are ignored by path: NET in a/**"],
    ),
    "ignore": (
        "[severity]",
        '[[ignore]]\nrule = "IAM001"\npath = "x.json"\nreason = "r"\n[severity]',
        ["a suppression is added: IAM001 for x.json"],
    ),
    "prices": ("fail-on", "discount-percent = 50\nfail-on", ["discount-percent is 50"]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_weakening_is_said_and_nothing_else(repo: Path, name: str) -> None:
    old, new, said = CHANGES[name]
    (repo / "pipewarden.toml").write_text(BASE.replace(old, new) if old else BASE)
    assert weakened() == said
    plain = run("check", "--base-config", "main", "--exit-zero", "--no-prices")
    kept = run("check", "--base-config", "main", "--no-prices", "--protect-config", "--format=json")
    assert ("(--protect-config)" in str(kept.json["summary"]["gate"]["reasons"])) == bool(said)
    assert plain.code == 0
    if said:
        assert kept.code == 1


def test_the_baseline_and_rules_are_the_targets(repo: Path) -> None:
    said = run("check", "--format", "json").json["findings"]
    found = [one for finding in said for one in finding.get("members", [finding])]
    entries = ",".join(ENTRY % finding["fingerprint"] for finding in found)
    (repo / "base.json").write_text(BASELINE % entries)
    assert all(finding["baselined"] for finding in run("check", "--format=json").json["findings"])
    ran = run("check", "--format", "json", "--base-config", "main")
    assert not any(finding["baselined"] for finding in ran.json["findings"])
    (text,) = [one["message"] for one in ran.json["weakened"]]
    assert text == f"the baseline accepts {len(found)} findings that it did not"
    (repo / "base.json").write_text(BASELINE % "")
    (repo / "team" / "r.yaml").write_text(RULE.replace("severity: high", "severity: low"))
    assert weakened() == ["severities are lowered: ACME001", "rules are changed: ACME001"]


@pytest.mark.parametrize("command", ["check", "diff"])
def test_comments_that_are_added(repo: Path, command: str) -> None:
    marked = pipeline().replace(
        "  role_arn", "  # pipewarden: ignore[IAM001, NET001] until=2026-12-01 -- r\n  role_arn"
    )
    commit(repo, {"main.tf": marked})
    arguments = ("check", "--no-prices") if command == "check" else ("diff", "main")
    found = run(*arguments, "--format", "json", "--base-config", "main").json["weakened"]
    assert [(one["message"], one["path"], one["start"]["line"]) for one in found] == [
        ("a suppression is added: IAM001 until 2026-12-01", "main.tf", 4),
        ("a suppression is added: NET001 until 2026-12-01", "main.tf", 4),
    ]
    git(repo, "checkout", "-q", "main")
    git(repo, "merge", "-q", "feature")
    git(repo, "checkout", "-q", "feature")
    (repo / "main.tf").write_text("\n\n" + marked)
    assert weakened() == []


def test_what_the_target_changed_since_is_not_the_changes(repo: Path) -> None:
    git(repo, "checkout", "-q", "main")
    commit(repo, {"pipewarden.toml": BASE.replace("max-days = 30", "max-days = 3")})
    git(repo, "checkout", "-q", "feature")
    assert weakened() == []


def test_diff_protects_against_its_own_base(repo: Path) -> None:
    commit(repo, {"pipewarden.toml": 'fail-on = "never"\n'})
    assert run("diff", "main").code == 0
    ran = run("diff", "main", "--protect-config")
    assert ran.code == 1
    assert "this change weakens the gate: fail-on is never, was low" in ran.out
    markdown = run("diff", "main", "--protect-config", "--format", "markdown").out
    assert "- ⚠️ this change weakens the gate: fail-on is never, was low" in markdown


def test_a_nested_configuration_is_compared_with_the_one_around_it(repo: Path) -> None:
    commit(repo, {"a/pipewarden.toml": 'fail-on = "never"\n', "a/main.tf": pipeline("q")})
    assert "fail-on is never, was low" in weakened()
    ran = run("check", "--format", "json", "--base-config", "main", "a")
    assert ran.code == 1


def test_inputs_are_the_changes(repo: Path) -> None:
    commit(
        repo,
        {
            "pipewarden.toml": BASE.replace("[severity]", '[variables]\nname = "zz"\n[severity]'),
            "main.tf": 'variable "name" {}\n' + pipeline().replace('= "p"', "= var.name", 1),
        },
    )
    assert run("check", "--base-config", "main", "--fail-on", "never", "--format=json").json[
        "findings"
    ]
    assert weakened() == []


def test_a_file(repo: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('select = ["IAM"]\nfail-on = "info"\n')
    (repo / "pipewarden.toml").write_text('fail-on = "never"\n')
    ran = run("check", "--base-config", str(own), "--format", "json")
    assert "fail-on is never, was info" in [one["message"] for one in ran.json["weakened"]]


def test_what_cannot_be_compared_is_refused(repo: Path) -> None:
    ran = run("check", "--base-config", "nowhere")
    assert (ran.code, ran.err) == (2, "--base-config nowhere: there is no revision 'nowhere'")
    assert run("check", "--protect-config").code == 2


def test_the_configuration_of_the_change_may_be_broken(repo: Path) -> None:
    (repo / "pipewarden.toml").write_text("nonsense = 1\n")
    ran = run("check", "--base-config", "main")
    assert ran.code == 2
    assert "unknown key 'nonsense'" in ran.err


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ('profile = "regulated"\n', "", ["profile is standard, was regulated"]),
        ("", 'profile = "starter"\n', ["profile is starter, was standard"]),
        ("", 'profile = "regulated"\n', []),
        (
            '[per-path-profile]\n"prod/**" = "regulated"\n',
            '[per-path-profile]\n"prod/**" = "starter"\n',
            ["profile of prod/** is starter, was regulated"],
        ),
        (
            '[per-path-profile]\n"prod/**" = "regulated"\n',
            "",
            ["profile of prod/** is standard, was regulated"],
        ),
        (
            "",
            '[per-path-profile]\n"prod/**" = "starter"\n',
            ["profile of prod/** is starter, was standard"],
        ),
        ("", '[per-path-profile]\n"prod/**" = "regulated"\n', []),
        (
            '[per-path-profile]\n"**" = "starter"\n"prod/**" = "regulated"\n',
            '[per-path-profile]\n"prod/**" = "regulated"\n"**" = "starter"\n',
            ["profiles by path are in another order: the last that fits wins"],
        ),
    ],
)
def test_a_milder_profile_weakens_the_gate(
    repo: Path, before: str, now: str, said: list[str]
) -> None:
    git(repo, "checkout", "-q", "main")
    commit(repo, {"pipewarden.toml": before})
    git(repo, "checkout", "-qB", "feature")
    commit(repo, {"pipewarden.toml": now + "# changed\n"})
    assert weakened() == said
