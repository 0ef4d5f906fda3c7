"""What docs/fleet.md shows is run, one line after the other, as a reader would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.running import COMMAND, DAY
from tests.e2e.test_docs import ROOT, commands
from tests.fleet.fleets import repository, write
from tests.fleet.test_manifest import GITHUB, GITLAB

PAGE = ROOT / "docs" / "fleet.md"
OTHERS = {"gh api": GITHUB, "glab api": GITLAB}


def test_every_command_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    repository(tmp_path / "docs" / "one", 2)
    (tmp_path / "docs" / "one" / ".git").mkdir()
    write(tmp_path / "snapshot" / "manifest.json", {"PipewardenSnapshot": 1})
    (tmp_path / "snapshot" / "111122223333" / "global").mkdir(parents=True)
    stand_ins = tmp_path / "bin"
    stand_ins.mkdir()
    for name, listing in OTHERS.items():  # another's program, which asks a service
        answer = write(stand_ins / f"{name[:2]}.json", listing)
        path = write(stand_ins / name.partition(" ")[0], f"#!/bin/sh\ncat {answer}\n")
        path.chmod(0o755)
    keep = {k: v for k, v in os.environ.items() if k in ("HOME", "TMPDIR")}
    ways = [str(stand_ins), str(Path(COMMAND).parent), str(Path(sys.executable).parent)]
    environment = {
        **keep,
        "PATH": os.pathsep.join([*ways, os.environ["PATH"]]),
        "SOURCE_DATE_EPOCH": DAY,
        "COLUMNS": "100",
    }
    first = None
    lines = [line for line in commands(PAGE) if not line.startswith("pip install")]
    assert len(lines) > 15
    kept: bytes | None = None
    for line in lines:
        if line.startswith("gh api"):  # the lines after it write over the manifest of the first
            kept = (tmp_path / "fleet.toml").read_bytes()
        if "discover" not in line and kept is not None and line.startswith("pipewarden fleet scan"):
            (tmp_path / "fleet.toml").write_bytes(kept)
        done = subprocess.run(
            ["sh", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, (line, done.stderr)
        assert "Traceback" not in done.stderr, line
        first = first or line
    assert "<table" in (tmp_path / "fleet.html").read_text("utf-8")
    assert json.loads((tmp_path / "results" / "run.json").read_text())["status"] == "done"


@pytest.mark.parametrize("name", ["README.md", "mkdocs.yml"])
def test_the_page_is_found(name: str) -> None:
    assert "fleet.md" in (ROOT / name).read_text("utf-8")
