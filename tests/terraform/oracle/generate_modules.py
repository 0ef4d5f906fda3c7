"""Asks terraform for the outputs of every configuration under ``modules`` and stores them.

A developer's tool: ``python tests/terraform/oracle/generate_modules.py`` with terraform 1.11 on
the path writes modules.json. Configurations use no provider but the one built in.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def _terraform(folder: Path, *arguments: str) -> str:
    environment = os.environ | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    run = subprocess.run(
        ["terraform", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if run.returncode != 0:
        raise SystemExit(f"{folder.name}: {run.stdout}{run.stderr}")
    return run.stdout


def outputs(configuration: Path) -> dict[str, Any]:
    """Output values by name, as ``terraform output -json`` prints them after an apply."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / configuration.name
        shutil.copytree(configuration, folder)
        _terraform(folder, "init", "-backend=false", "-input=false")
        _terraform(folder, "apply", "-auto-approve", "-input=false")
        found = json.loads(_terraform(folder, "output", "-json"))
    return {key: output["value"] for key, output in found.items() if not key.startswith("unknown_")}


def main() -> None:
    answers = {path.name: outputs(path) for path in sorted((HERE / "modules").iterdir())}
    (HERE / "modules.json").write_text(
        json.dumps(answers, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    print(len(answers), "configurations")


if __name__ == "__main__":
    main()
