"""The template of docs/plugins.md, installed as a package."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.config.running import pipeline
from tests.e2e.running import COMMAND, Ran, pipewarden

ROOT = Path(__file__).parent.parent.parent
TEMPLATE = ROOT / "docs" / "examples" / "plugin"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip installed it; without a registry to build by, laid out as pip would."""
    folder = tmp_path_factory.mktemp("plugin")
    shutil.copytree(TEMPLATE, folder / "source")  # a build leaves files beside the source
    target = folder / "site"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--retries", "0"]
    done = subprocess.run([*command, "--target", str(target), str(folder / "source")])
    if done.returncode:
        by_hand(target)
    return target


def by_hand(target: Path) -> None:
    project = tomllib.loads((TEMPLATE / "pyproject.toml").read_text())["project"]
    shutil.copytree(TEMPLATE / "src", target, dirs_exist_ok=True)
    info = target / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(head)
    points = project["entry-points"]["pipewarden.rules"]
    lines = [f"{name} = {value}" for name, value in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[pipewarden.rules]", *lines]) + "\n")


@pytest.mark.parametrize("installed", ["by pip", "by hand"])
def test_both_installations_are_seen(site: Path, tmp_path: Path, installed: str) -> None:
    if installed == "by hand":
        site = tmp_path / "site"
        by_hand(site)
    listed = with_plugin(site, "rules", "list", "TEAM", "--format", "json", cwd=tmp_path)
    assert ids(listed) == {"TEAM001", "TEAM002"}


def with_plugin(site: Path, *arguments: str, cwd: Path) -> Ran:
    return pipewarden(*arguments, cwd=cwd, PYTHONPATH=str(site))


def ids(ran: Ran) -> set[str]:
    return {rule["id"] for rule in json.loads(ran.out)["rules"]}


def test_list_and_show_see_what_check_sees(site: Path, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(pipeline())
    ours = {"TEAM001", "TEAM002"}
    ran = with_plugin(
        site, "check", "--select", "TEAM", "--format", "json", "--exit-zero", cwd=tmp_path
    )
    assert {item["rule"] for item in json.loads(ran.out)["findings"]} == ours
    listed = with_plugin(site, "rules", "list", "TEAM", "--format", "json", cwd=tmp_path)
    assert ids(listed) == ours
    origins = {rule["origin"] for rule in json.loads(listed.out)["rules"]}
    assert origins == {"package team"}
    shown = with_plugin(site, "rules", "show", "step-name-without-verb", cwd=tmp_path)
    assert "TEAM002" in shown.out
    assert "verbs" in shown.out


def test_packages_can_be_left_out(site: Path, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(pipeline())
    flag = with_plugin(site, "rules", "list", "TEAM", "--no-plugins", cwd=tmp_path)
    assert flag.code == 2
    (tmp_path / "pipewarden.toml").write_text("plugins = false\n")
    for arguments in (("rules", "list", "TEAM"), ("check", "--select", "TEAM")):
        ran = with_plugin(site, *arguments, cwd=tmp_path)
        assert ran.code == 2, arguments
        assert "TEAM" in ran.err
    again = with_plugin(site, "rules", "list", "TEAM", "--plugins", cwd=tmp_path)
    assert again.code == 0


def test_the_template_passes_its_own_test(tmp_path: Path) -> None:
    rules = str(TEMPLATE / "src" / "team_rules")
    assert pipewarden("rules", "test", rules, cwd=tmp_path).code == 0
    assert pipewarden("rules", "lint", rules, cwd=tmp_path).code == 0
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TEMPLATE / "tests")],
        env={"PATH": f"{COMMAND.parent}:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
