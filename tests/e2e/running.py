"""Running the installed command, and comparing what it prints with what is stored."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

INPUTS = Path(__file__).parent / "inputs"
GOLDEN = Path(__file__).parent / "golden"
DAY = "1790812800"
"""2026-10-01: the prices of the book are not old."""
COMMAND = Path(sys.executable).parent / "pipewarden"


@dataclass(frozen=True)
class Ran:
    """What one run printed, and its exit code."""

    code: int
    out: str
    err: str


def pipewarden(*arguments: str, cwd: Path = INPUTS, stdin: bytes = b"", **environment: str) -> Ran:
    """Run the command as a user would, with an environment of which nothing is inherited."""
    keep = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "SYSTEMROOT", "TMPDIR")}
    done = subprocess.run(
        [str(COMMAND), *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env={**keep, "COLUMNS": "100", "SOURCE_DATE_EPOCH": DAY, **environment},
        timeout=120,
        check=False,
    )
    out, err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    assert "Traceback" not in err, err
    return Ran(done.returncode, out, err)


def same_as_stored(text: str, name: str) -> None:
    """Compare with ``golden/NAME``; ``PIPEWARDEN_GOLDEN=1`` writes it anew, to be read then."""
    file = GOLDEN / name
    if os.environ.get("PIPEWARDEN_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
