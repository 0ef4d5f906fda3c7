"""``pipewarden graph``: whole outputs, and names that try to be markup."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.running import pipewarden, same_as_stored


@pytest.mark.parametrize("format_", ["text", "dot", "mermaid"])
def test_the_graph_of_a_pipeline(format_: str) -> None:
    ran = pipewarden("graph", "mixed", "--format", format_, "--no-findings", "--no-prices")
    assert (ran.code, ran.err) == (0, "")
    same_as_stored(ran.out, f"mixed-graph.{format_}")


def test_prices_and_findings_are_on_the_steps() -> None:
    out = pipewarden("graph", "mixed").out
    train = next(line for line in out.splitlines() if "Train " in line)
    assert "a run" in train
    assert "finding" in train


@pytest.mark.parametrize("format_", ["text", "dot", "mermaid"])
def test_hostile_names_are_text(tmp_path: Path, format_: str) -> None:
    name = '"]; evil [x="<script>\u202e\x1b[31m' + "a" * 5000
    steps = [{"Name": name, "Type": "Fail", "Arguments": {}}]
    (tmp_path / "p.json").write_text(json.dumps({"Version": "2020-12-01", "Steps": steps}))
    out = pipewarden("graph", ".", "--format", format_, cwd=tmp_path).out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert len(out) < 2_000
    if format_ == "dot":
        assert '\\"]; evil' in out
    if format_ == "mermaid":
        assert "<script>" not in out


def test_nothing_to_draw(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("locals {}\n")
    ran = pipewarden("graph", cwd=tmp_path)
    assert (ran.code, ran.err) == (3, "No pipeline was found.\n")
