"""Completion in shells, and the sentences that count what fixes and suppressions did."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.running import pipewarden

ONE_FIX = (
    '{"Version": "2020-12-01", "Steps": [{"Name": "L", "Type": "Lambda", "FunctionArn": "f",'
    ' "CacheConfig": {"Enabled": true}, "Arguments": {}}]}\n'
)


def completed(shell: str, **variables: str) -> str:
    command = [sys.executable, "-c", "from linter.cli.main import run; run()"]
    ran = subprocess.run(
        command,
        env={**os.environ, "_PIPEWARDEN_COMPLETE": shell, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == ""
    return ran.stdout


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_script_of_a_shell(shell: str) -> None:
    script = completed(f"{shell}_source")
    assert "_PIPEWARDEN_COMPLETE" in script
    assert "pipewarden" in script


def test_commands_and_options_are_offered() -> None:
    words = completed("bash_complete", COMP_WORDS="pipewarden ba", COMP_CWORD="1")
    assert words.split() == ["plain,baseline"]
    options = completed("bash_complete", COMP_WORDS="pipewarden check --chan", COMP_CWORD="2")
    assert options.split() == ["plain,--changed-since"]


def test_one_is_said_in_the_singular(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(ONE_FIX)
    ran = pipewarden("fix", ".", cwd=tmp_path)
    assert ran.code == 0
    assert "1 finding fixed in 1 file" in ran.err
