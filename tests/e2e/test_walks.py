"""The walks of docs/walks.md, done as they say on a copy of the tree."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "walks.md").read_text("utf-8")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"# (\S+)\n")
SECTIONS = {text.partition("\n")[0]: text.partition("\n")[2] for text in PAGE.split("\n## ")[1:]}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("walks")
    leave = shutil.ignore_patterns("__pycache__", "compiled.jsonl")
    for name in ("linter", "rules", "pricing"):
        shutil.copytree(ROOT / name, copy / name, ignore=leave)
    shutil.copytree(ROOT / "docs" / "examples", copy / "docs" / "examples")
    return copy


def changed(tree: Path, block: str) -> None:
    """Apply a ``diff`` block: its old lines stand in the file exactly once."""
    first, *lines = block.splitlines()
    file = tree / first.removeprefix("--- ")
    text = file.read_text("utf-8")
    old = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
    new = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
    assert text.count(old) == 1, f"{first}: {text.count(old)} places for\n{old}"
    file.write_text(text.replace(old, new), "utf-8")


def walk(tree: Path, title: str) -> list[str]:
    """Do what a section says; what its commands print."""
    printed: list[str] = []
    for kind, block in _BLOCK.findall(SECTIONS[title]):
        if kind == "diff":
            changed(tree, block)
        elif kind == "console":
            for line in block.splitlines():
                command = line.removeprefix("$ python -m ").split()
                ran = subprocess.run(
                    [sys.executable, "-m", *command],
                    cwd=tree,
                    env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert ran.returncode == 0, f"{line}\n{ran.stdout}{ran.stderr}"
                printed.append(ran.stdout + ran.stderr)
        else:
            named = _NAMED.match(block)
            assert named is not None, block
            file = tree / named[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block[named.end() :], "utf-8")
    return printed


def test_every_section_is_walked() -> None:
    walks = ["A rule", "A report format", "A step type with its price", "A Terraform function"]
    assert list(SECTIONS) == walks


def test_a_rule(tree: Path) -> None:
    tested, complaints = walk(tree, "A rule")
    assert "1 rules" in tested and "3 examples" in tested
    assert "0 complaints" in complaints


def test_a_report_format(tree: Path) -> None:
    (printed,) = walk(tree, "A report format")
    rows = [line.split("\t") for line in printed.splitlines()]
    assert rows and all(int(count) > 0 and path for count, path in rows)


def test_a_step_type(tree: Path) -> None:
    (printed,) = walk(tree, "A step type with its price")
    found = next(csv.DictReader(printed.splitlines()))
    assert found["type"] == "DriftCheck"
    # Ten minutes of one ml.m5.xlarge at $0.23 an hour, and its volume.
    assert float(found["usd_expected"]) == pytest.approx(0.23 / 6, rel=0.02)


def test_a_terraform_function(tree: Path) -> None:
    (printed,) = walk(tree, "A Terraform function")
    assert "churn!" in printed
