"""Counts the findings of every rule over a corpus, and keeps the table of judgements current.

``python benchmarks/rule_precision.py DIRECTORY`` prints rule, findings and undecided with every
opt-in rule on. With ``--write docs/precision.md`` it puts the counts into that table; the
judgements in it were made by hand and stay. Exit code 1 when a rule fires that nobody has judged.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from harness import our_command

ROW = re.compile(r"^\| (?P<rule>[A-Z]+\d+) \| \d+ \| \d+ \| (?P<judged>\d+ \| \d+ \| \d+ \| .*)\|$")


def areas() -> str:
    """Every area but the program's own, as ``--select`` takes them."""
    listed = json.loads(_pipewarden("rules", "list", "--format", "json"))
    return ",".join(sorted({rule["area"] for rule in listed["rules"]} - {"META"}))


def _pipewarden(*words: str, directory: Path | None = None) -> str:
    command = [*our_command(), *words]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=directory, check=False
    ).stdout


def counts(corpus: Path) -> dict[str, tuple[int, int]]:
    """Rule id → (findings, undecided)."""
    out = _pipewarden(
        *("check", ".", "--format", "json", "--no-ignores", "--config", "none"),
        *("--select", areas()),
        directory=corpus,
    )
    found = Counter((item["rule"], item["verdict"]) for item in json.loads(out)["findings"])
    return {
        rule: (found[rule, "fail"], found[rule, "unknown"])
        for rule in sorted({r for r, _ in found})
    }


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, metavar="DIRECTORY")
    parser.add_argument("--write", type=Path, metavar="FILE")
    given = parser.parse_args()
    found = counts(given.corpus)
    if given.write is None:
        for rule, (findings, undecided) in found.items():
            print(f"{rule:10} {findings:6} {undecided:6}")
        return 0
    lines = given.write.read_text("utf-8").splitlines()
    judged = {row["rule"]: row["judged"].strip() for row in map(ROW.match, lines) if row}
    start = next(i for i, line in enumerate(lines) if ROW.match(line))
    end = max(i for i, line in enumerate(lines) if ROW.match(line)) + 1
    missing = [rule for rule, (findings, _) in found.items() if findings and rule not in judged]
    lines[start:end] = [
        f"| {rule} | {findings} | {undecided} | {judged.get(rule, '0 | 0 | 0 |')} |".replace(
            "| |", "|  |"
        )
        for rule, (findings, undecided) in found.items()
    ]
    given.write.write_text("\n".join(lines) + "\n", "utf-8")
    for rule in missing:
        print(f"{rule} fires and nobody has judged it", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
