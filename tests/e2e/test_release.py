"""``.ci/release``: what it refuses, and that a dry run leaves everything as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    shutil.which("git") is None or shutil.which("bash") is None or os.name != "posix",
    reason="needs bash and git",
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with what the script looks at."""
    folder = tmp_path / "clone"
    (folder / ".ci").mkdir(parents=True)
    (folder / "linter").mkdir()
    shutil.copy2(ROOT / ".ci" / "release", folder / ".ci" / "release")
    (folder / "linter" / "version.py").write_text('__version__ = "0.1.0"\n')
    (folder / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n- `x` does y.\n")
    for command in (
        ["git", "init", "-q", "-b", "main"],
        ["git", "config", "user.name", "a"],
        ["git", "config", "user.email", "a@example.com"],
        ["git", "add", "-A"],
        ["git", "commit", "-qm", "start"],
    ):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


def release(
    folder: Path, *arguments: str, checks: str = "true"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", ".ci/release", *arguments],
        cwd=folder,
        env={**os.environ, "RELEASE_CHECKS": checks, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say the version"),
        (["1.2"], "say the version"),
        (["0.2.0", "--dry"], "unknown option --dry"),
    ],
)
def test_a_mistake_is_one_line(clone: Path, arguments: list[str], said: str) -> None:
    done = release(clone, *arguments)
    assert done.returncode == 1
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_a_tree_with_changes_is_refused(clone: Path) -> None:
    (clone / "new.txt").write_text("x")
    assert "the tree has changes" in release(clone, "0.2.0").stderr


def test_an_empty_changelog_is_refused(clone: Path) -> None:
    (clone / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- old\n")
    subprocess.run(["git", "commit", "-qam", "x"], cwd=clone, check=True)
    assert "nothing is listed under" in release(clone, "0.2.0").stderr


def test_a_version_that_is_there_is_refused(clone: Path) -> None:
    subprocess.run(["git", "tag", "v0.2.0"], cwd=clone, check=True)
    assert "there is a tag v0.2.0 already" in release(clone, "0.2.0").stderr


def test_checks_that_fail_end_it_and_nothing_is_changed(clone: Path) -> None:
    done = release(clone, "0.2.0", checks="false")
    assert done.returncode != 0
    status = subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True)
    assert status.stdout == b""


def test_a_build_that_fails_in_a_dry_run_leaves_the_tree(clone: Path) -> None:
    """There is nothing to build here: what was written is taken back."""
    done = release(clone, "0.2.0", "--dry-run")
    assert done.returncode != 0
    assert '__version__ = "0.1.0"' in (clone / "linter" / "version.py").read_text()
    assert "## Unreleased\n\n- `x`" in (clone / "CHANGELOG.md").read_text()
