"""Every command in every situation of the table of exit codes, and on broken streams."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from linter.cli.exits import worst
from tests.config.running import pipeline, run, write
from tests.config.test_trust import DATA, PYTHON
from tests.e2e.running import COMMAND

ROLE = """\
resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
"""
STATE = '{"lineage": "x", "serial": 1, "resources": [], "terraform_version": "1"}'
COMMANDS = {
    "check": ("check", "--exit-zero"),
    "report": ("report", "-o", os.devnull),
    "graph": ("graph",),
    "fix": ("fix", "--diff"),
    "baseline create": ("baseline", "create", "--baseline", os.devnull, "--force"),
    "iam explain": ("iam", "explain"),
    "iam suggest": ("iam", "suggest"),
    "inspect": ("inspect",),
    "cost": ("cost",),
    "add ignores": ("check", "--add-ignores", "--reason", "r"),
}
NO_RULES = ("iam suggest", "inspect", "cost")
"""Commands that run no rules, so that nothing is refused or crashes."""
SITUATIONS: dict[str, tuple[dict[str, str | bytes], int]] = {
    "fine": ({}, 0),
    "unread": ({"latin.tf": b"# caf\xe9\n"}, 3),
    "recognised": ({"state.json": STATE}, 3),
    "refused": ({"pipewarden.toml": 'rules-dirs = ["team"]\n', "team/r.yaml": "id: 1\n"}, 2),
    "refused code": (
        {"pipewarden.toml": 'rules-dirs = ["team"]\n', "team/ACME001.yaml": PYTHON},
        2,
    ),
    "refused and unread": (
        {
            "pipewarden.toml": 'rules-dirs = ["team"]\n',
            "team/r.yaml": "id: 1\n",
            "latin.tf": b"# caf\xe9\n",
        },
        2,
    ),
    "data rule": ({"pipewarden.toml": 'rules-dirs = ["team"]\n', "team/r.yaml": DATA}, 0),
    "bad configuration": ({"pipewarden.toml": "x = 1\n"}, 2),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, situation: str
) -> None:
    files, expected = SITUATIONS[situation]
    write(tmp_path, {"main.tf": pipeline() + ROLE})
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.chdir(tmp_path)
    if command in NO_RULES and situation.startswith("refused"):
        expected = 3 if "unread" in situation else 0
    ran = run(*COMMANDS[command])
    allowed = {expected}
    if command == "fix" and expected == 0:
        allowed = {0, 1}
    assert ran.code in allowed, ran
    if expected == 3 and command != "check":
        assert "latin.tf" in ran.err or "state.json" in ran.err, ran.err


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in (*NO_RULES, "iam explain")])
def test_a_rule_that_crashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    write(tmp_path / "tree", {"main.tf": pipeline() + ROLE})
    body = "def check(subject, context):\n    raise KeyError('x')\n"
    write(tmp_path / "own", {"ACME001.yaml": PYTHON, "trap.py": body})
    monkeypatch.chdir(tmp_path / "tree")
    ran = run(*COMMANDS[command], "--rules", str(tmp_path / "own"))
    assert ran.code == 3, ran
    assert "ACME001" in ran.out + ran.err


def test_the_worse_code_counts() -> None:
    assert (worst(0, 1), worst(1, 3), worst(3, 2), worst(2, 4), worst(4, 0)) == (1, 3, 2, 4, 4)


@pytest.mark.parametrize(
    ("streams", "arguments", "code"),
    [
        (">&-", "check main.tf", 1),
        (">&-", "cost main.tf", 0),
        (">/dev/full", "check main.tf", 1),
        (">/dev/full", "check --exit-zero main.tf", 0),
        (">/dev/full", "cost main.tf", 2),
        (">/dev/full", "inspect check", 2),
        ("2>&-", "check main.tf", 1),
        ("2>/dev/full", "check nowhere.tf", 3),
        (">&- 2>&- <&-", "check main.tf", 1),
        ("<&-", "check -", 3),
        ("| true", "check main.tf", 1),
        ("| head -n 1", "cost main.tf", 0),
        (">&-", "check main.tf --output json:out.json", 1),
    ],
)
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")  # noqa: PTH110
def test_broken_streams(tmp_path: Path, streams: str, arguments: str, code: int) -> None:
    write(tmp_path, {"main.tf": pipeline(), "check/main.tf": pipeline()})
    line = f"set -o pipefail; {COMMAND} {arguments} {streams}"
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert done.returncode == code, done
    if "out.json" in arguments:
        assert (tmp_path / "out.json").read_text().startswith("{")
