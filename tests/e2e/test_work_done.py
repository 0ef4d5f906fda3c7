"""How much Python does for the small template: calls, which do not depend on the machine.

When it fails although the work is worth it, write the new figure:

    PIPEWARDEN_GOLDEN=1 pytest tests/e2e/test_work_done.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
RECORD = Path(__file__).parent / "work_done.json"
MAY_GROW = 1.15
_COUNT = """
import sys
calls = 0
def heard(frame, event, argument):
    global calls
    if event == "call":
        calls += 1
import os
from linter.cli import main
def leave(code):
    sys.setprofile(None)
    print(calls, len(sys.modules), file=sys.__stderr__)
    os._exit(0)
main._leave = leave
sys.setprofile(heard)
main.run(sys.argv[1:])
"""


def work_of(*arguments: str) -> tuple[int, int]:
    """Calls of Python functions that a command makes, and modules that it has at its end."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PIPEWARDEN", "COV"))}
    done = subprocess.run(
        [sys.executable, "-c", _COUNT, *arguments],
        cwd=ROOT,
        env={**environment, "PYTHONHASHSEED": "0", "COLUMNS": "80"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=True,
    )
    calls, modules = done.stderr.split()[-2:]
    return int(calls), int(modules)


@pytest.mark.parametrize("command", ["check", "cost"])
def test_the_small_template_takes_no_more_work(command: str) -> None:
    arguments = (command, "docs/examples/churn/main.tf")
    work_of(*arguments)  # compiles modules, and the index of rules
    calls, modules = work_of(*arguments)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    recorded = json.loads(RECORD.read_text())
    if os.environ.get("PIPEWARDEN_GOLDEN"):
        recorded.setdefault(python, {})[command] = {"calls": calls, "modules": modules}
        RECORD.write_text(json.dumps(recorded, indent=2, sort_keys=True) + "\n")
    known = recorded.get(python, {}).get(command)
    if known is None:
        pytest.skip(f"nothing is recorded for Python {python}")
    again = "PIPEWARDEN_GOLDEN=1 pytest tests/e2e/test_work_done.py writes the new figure"
    assert calls <= known["calls"] * MAY_GROW, f"more calls; {again}"
    assert modules <= known["modules"] * MAY_GROW, f"more modules; {again}"
