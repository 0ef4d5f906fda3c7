"""Asks terraform for the result of every expression and stores the answers.

A developer's tool: ``python tests/terraform/oracle/generate.py`` with terraform 1.11 on the
path writes expressions.json, which the tests read. Each answer is ``{"json": ..., "type": ...}``
(the text of ``jsonencode`` and the type as ``terraform output -json`` has it) or
``{"error": ...}`` with Terraform's own words.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from tests.terraform.oracle.corpus import HERE, expressions

_PROVIDERS = """
terraform {
  required_providers {
    terraform = {
      source = "terraform.io/builtin/terraform"
    }
  }
}
"""


def _terraform(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    environment.pop("TF_CLI_CONFIG_FILE", None)
    return subprocess.run(
        ["terraform", f"-chdir={folder}", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def _file(index: int) -> str:
    return f"e{index:04d}.tf"


def _write(folder: Path, index: int, expression: str) -> None:
    heredoc = expression.lstrip().startswith("<<")
    value = f"{expression}\n" if heredoc else f"({expression})\n"
    (folder / _file(index)).write_text(
        f"locals {{\n  v{index} = {value}\n}}\n"
        f'output "e{index}" {{\n  sensitive = true\n'
        f"  value = {{ v = local.v{index}, j = jsonencode(local.v{index}) }}\n}}\n",
        "utf-8",
    )


def _errors(output: str) -> dict[int, str]:
    """Messages by the number of the expression, from terraform's JSON lines."""
    found: dict[int, str] = {}
    for line in output.splitlines():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        for diagnostic in _diagnostics(record):
            name = (diagnostic.get("range") or {}).get("filename", "")
            match = re.search(r"e(\d{4})\.tf", name)
            if match and diagnostic.get("severity") == "error":
                message = f"{diagnostic['summary']}: {diagnostic.get('detail', '')}".strip()
                # Go's stack follows where terraform itself panics.
                found.setdefault(int(match[1]), message.split("\ngoroutine")[0])
    return found


def _diagnostics(record: dict[str, Any]) -> list[dict[str, Any]]:
    if "diagnostics" in record:
        return list(record["diagnostics"])
    return [record["diagnostic"]] if "diagnostic" in record else []


def answers(asked: list[str]) -> dict[str, dict[str, Any]]:
    result: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "main.tf").write_text(_PROVIDERS, "utf-8")
        for index, expression in enumerate(asked):
            _write(folder, index, expression)
        for _ in range(20):
            for command in (
                ("init", "-backend=false", "-input=false", "-json"),
                ("validate", "-json"),
                ("plan", "-input=false", "-json"),
            ):
                run = _terraform(folder, *command)
                text = run.stdout
                if command[0] == "validate":
                    text = json.dumps(json.loads(text))
                failed = _errors(text)
                for index, message in failed.items():
                    result[asked[index]] = {"error": message}
                    (folder / _file(index)).unlink(missing_ok=True)
                if failed:
                    break
            else:
                break
        applied = _terraform(folder, "apply", "-auto-approve", "-input=false")
        if applied.returncode != 0:
            raise SystemExit(applied.stdout + applied.stderr)
        for key, output in json.loads(_terraform(folder, "output", "-json").stdout).items():
            result[asked[int(key[1:])]] = {
                "json": output["value"]["j"],
                "type": output["type"][1]["v"],
            }
    return result


def main() -> None:
    asked = expressions()
    found = answers(asked)
    missing = [expression for expression in asked if expression not in found]
    if missing:
        raise SystemExit(f"terraform gave no answer for: {missing}")
    lines = ",\n".join(
        json.dumps({"expression": expression, **found[expression]}, ensure_ascii=False)
        for expression in asked
    )
    (HERE / "expressions.json").write_text(f"[\n{lines}\n]\n", "utf-8")
    print(len(asked), "expressions,", sum("error" in f for f in found.values()), "of them errors")


if __name__ == "__main__":
    main()
