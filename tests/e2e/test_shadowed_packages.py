"""A repository whose packages are named as ours, with ``PYTHONPATH`` set to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.running import pipewarden

STEP = {
    "Name": "T",
    "Type": "Training",
    "Arguments": {"ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}},
}


@pytest.mark.parametrize("command", ["check", "cost", "graph", "inspect"])
@pytest.mark.parametrize("package", ["pricing", "rules"])
def test_the_scanned_repository_does_not_run(tmp_path: Path, package: str, command: str) -> None:
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("raise SystemExit('run')\n")
    definition = {"Version": "2020-12-01", "Steps": [STEP]}
    (tmp_path / "p.json").write_text(json.dumps(definition))
    usual = pipewarden(command, "p.json", cwd=tmp_path)
    for path in (".", str(tmp_path)):
        assert pipewarden(command, "p.json", cwd=tmp_path, PYTHONPATH=path) == usual
