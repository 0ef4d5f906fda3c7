"""The configuration of what is scanned is data: it runs nothing and reads nothing elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.config.running import pipeline, run, write

RULE = """\
id: ACME001
name: team-check
title: Steps are as the team wants them
severity: low
confidence: high
applies_to: [pipeline.step]
%s
message: "{title} is odd"
rationale: The team wants steps that are as it wants them.
remediation: Change the step.
examples:
  fail:
    - {name: other, steps: [{Name: X, Type: Training, Arguments: {}}]}
  pass:
    - {name: same, steps: [{Name: same, Type: Training, Arguments: {}}]}
"""
PYTHON = RULE % "check: trap:check"
DATA = RULE % "require: {path: $.Name, equals: same, missing: fail}"
FIX = DATA + "fix: {safety: safe, edits: [{set: $.Name, compute: trap:check}]}\n"
TRAP = """\
from pathlib import Path
Path(r"{mark}").write_text("ran")
def check(subject, context):
    return []
"""
REFUSED = "team/ACME001.yaml:7:1: trap:check is not run"


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "mark"


@pytest.fixture
def tree(tmp_path: Path, mark: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose configuration names a rule with a Python check."""
    found = write(
        tmp_path / "tree",
        {
            "pipewarden.toml": 'rules-dirs = ["team"]\n',
            "main.tf": pipeline(),
            "team/ACME001.yaml": PYTHON,
            "team/trap.py": TRAP.format(mark=mark),
        },
    )
    monkeypatch.chdir(found)
    return found


@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("check", "--config", "pipewarden.toml"),
        ("diff", ".", "."),
        ("report", "--output", os.devnull),
        ("fix", "--diff"),
        ("baseline", "create"),
    ],
)
def test_a_check_that_the_tree_names_does_not_run(
    tree: Path, mark: Path, command: tuple[str, ...]
) -> None:
    ran = run(*command)
    assert ran.code == 2, ran
    assert REFUSED in ran.err
    assert not mark.exists()


def test_nor_does_the_function_of_a_fix(tree: Path, mark: Path) -> None:
    write(tree, {"team/ACME001.yaml": FIX})
    ran = run("fix", "--diff")
    assert ran.code == 2, ran
    assert "x" in ran.err
    assert not mark.exists()


def test_data_rules_of_the_tree_are_used(tree: Path) -> None:
    write(tree, {"team/ACME001.yaml": DATA})
    found = run("check", "--format", "json").json["findings"]
    assert "ACME001" in {finding["rule"] for finding in found}


def test_a_trusted_directory_runs(tree: Path, mark: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for how in (("--rules", "team"), ("--trust-config",), ("--rules", "team/../team")):
        ran = run("check", "--fail-on", "never", *how)
        assert ran.code == 0, (how, ran)
        assert mark.exists(), how
        mark.unlink()
        for name in [name for name in sys.modules if name.startswith("_pipewarden_rules_")]:
            del sys.modules[name]
    for name, value in (("RULES_DIRS", "team"), ("TRUST_CONFIG", "1")):
        with monkeypatch.context() as given:
            given.setenv(f"PIPEWARDEN_{name}", value)
            assert run("check", "--fail-on", "never").code == 0, name
        assert mark.exists(), name
        mark.unlink()
        for module in [name for name in sys.modules if name.startswith("_pipewarden_rules_")]:
            del sys.modules[module]


def test_a_configuration_from_elsewhere_is_the_users_own(tree: Path, tmp_path: Path) -> None:
    write(tmp_path / "own", {"p.toml": f'rules-dirs = ["{tree}/team"]\n'})
    assert run("check", "--fail-on", "never", "--config", str(tmp_path / "own/p.toml")).code == 0


def test_show_says_whether_it_is_trusted(tree: Path) -> None:
    assert "python checks that it names: refused\n" in run("config", "show").out
    assert "python checks that it names: run\n" in run("config", "show", "--trust-config").out
    assert run("config", "show", "--format", "json").json["trusted"] is False


def test_a_plugin_in_the_tree_is_not_loaded(
    tree: Path, mark: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tree,
        {
            "pipewarden.toml": "",
            "evil.dist-info/METADATA": "Metadata-Version: 2.1\nName: evil\nVersion: 1\n",
            "evil.dist-info/entry_points.txt": "[pipewarden.rules]\nevil = trap_plugin:X\n",
            "trap_plugin.py": TRAP.format(mark=mark) + f"X = {str(tree / 'team')!r}\n",
        },
    )
    monkeypatch.syspath_prepend(str(tree))
    ran = run("check", "--fail-on", "never")
    assert ran.code == 2
    assert "plugins that come with what is scanned are not loaded" in ran.err
    assert not mark.exists()
    assert run("check", "--fail-on", "never", "--trust-config").code == 0
    assert mark.exists()


SETTINGS = [
    'var-files = ["%s"]',
    'usage-file = "%s"',
    'price-file = "%s"',
    'baseline = "%s"',
    'rules-dirs = ["%s"]',
    '[roots."."]\nvar-files = ["%s"]',
    '[roots."."]\nusage-file = "%s"',
    '[roots.".".variants.a]\nvar-files = ["%s"]',
]


@pytest.mark.parametrize("text", SETTINGS)
@pytest.mark.parametrize("form", ["relative", "absolute", "link", "linked directory"])
def test_files_elsewhere_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, form: str
) -> None:
    secret = tmp_path / "outside" / "s.tfvars"
    secret.parent.mkdir()
    secret.write_text('word = "HOSTVALUE"\n')
    tree = write(tmp_path / "tree", {"main.tf": pipeline()})
    monkeypatch.chdir(tree)
    (tree / "link").symlink_to(secret)
    (tree / "folder").symlink_to(secret.parent)
    name = {
        "relative": "../outside/s.tfvars",
        "absolute": str(secret),
        "link": "link",
        "linked directory": "folder/s.tfvars",
    }[form]
    write(tree, {"pipewarden.toml": (text % name) + "\n"})
    ran = run("check")
    assert ran.code == 2
    assert "is outside of the repository" in ran.err
    assert ran.err.startswith("pipewarden.toml:")
    assert "HOSTVALUE" not in ran.out + ran.err


def test_without_a_repository_the_boundary_is_the_configurations_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "v.tfvars").write_text("")
    (tmp_path / "a" / "pipewarden.toml").write_text('var-files = ["../v.tfvars"]\n')
    (tmp_path / "a" / "main.tf").write_text(pipeline())
    monkeypatch.chdir(tmp_path)
    assert "is outside of the repository" in run("check", "a").err
    (tmp_path / ".git").mkdir()
    assert run("check", "--fail-on", "never", "a").code == 0


def test_a_flag_names_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "v.tfvars").write_text("")
    tree = write(tmp_path / "tree", {"main.tf": pipeline(), "pipewarden.toml": ""})
    monkeypatch.chdir(tree)
    assert run("check", "--fail-on", "never", "--var-file", "../v.tfvars").code == 0


@pytest.mark.parametrize("name", ["pipewarden.toml", "pipewarden-usage.yml", "team/ACME001.yaml"])
def test_links_in_place_of_files_that_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("HOSTVALUE: [\n")
    settings = 'rules-dirs = ["team"]\n'
    tree = write(tmp_path / "tree", {"main.tf": pipeline(), "team/x": ""})
    if name != "pipewarden.toml":
        write(tree, {"pipewarden.toml": settings})
    monkeypatch.chdir(tree)
    (tree / name).symlink_to(secret)
    ran = run("check")
    assert ran.code == 2
    assert "symbolic link out of the repository" in ran.err
    assert "HOSTVALUE" not in ran.out + ran.err
