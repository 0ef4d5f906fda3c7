"""Counts the findings of every rule over a corpus, and keeps the table of judgements current.

``python benchmarks/rule_precision.py DIRECTORY …`` checks each directory by itself, with default
settings, and prints rule, findings and undecided in all of them. With ``--write
docs/precision.md`` it puts the counts into the first table there; the judgements in it were made
by hand and stay. Exit code 1 when a rule fires that nobody has judged, 2 when a directory gives no
result.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from harness import our_command

ROW = re.compile(
    r"^\| (?P<rule>[A-Z]+\d+) \| \d+ \| \d+ \| (?P<judged>\d+ \| \d+ \| \d+ \| \d+ \| .*)\|$"
)
NOT_JUDGED = "0 | 0 | 0 | 0 |"


def findings(tree: Path) -> Iterable[tuple[str, str]]:
    """(rule id, verdict) of what is found in one directory."""
    words = ("check", ".", "--format", "json", "--no-ignores", "--config", "none", "--no-baseline")
    ran = subprocess.run(
        [*our_command(), *words], capture_output=True, text=True, cwd=tree, check=False
    )
    try:
        found = json.loads(ran.stdout)["findings"]
    except ValueError:
        print(f"{tree}: no result (exit {ran.returncode}) {ran.stderr.strip()}", file=sys.stderr)
        raise SystemExit(2) from None
    return [(item["rule"], item["verdict"]) for item in found]


def counts(trees: Iterable[Path]) -> dict[str, tuple[int, int]]:
    """Rule id → (findings, undecided)."""
    found = Counter(item for tree in trees for item in findings(tree))
    return {
        rule: (found[rule, "fail"], found[rule, "unknown"])
        for rule in sorted({rule for rule, _ in found})
    }


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trees", type=Path, metavar="DIRECTORY", nargs="+")
    parser.add_argument("--write", type=Path, metavar="FILE")
    given = parser.parse_args()
    found = counts(given.trees)
    if given.write is None:
        for rule, (failing, undecided) in found.items():
            print(f"{rule:10} {failing:6} {undecided:6}")
        return 0
    lines = given.write.read_text("utf-8").splitlines()
    judged = {row["rule"]: row["judged"].strip() for row in map(ROW.match, lines) if row}
    start = next(i for i, line in enumerate(lines) if ROW.match(line))
    end = max(i for i, line in enumerate(lines) if ROW.match(line)) + 1
    missing = [
        rule
        for rule, (failing, _) in found.items()
        if failing and judged.get(rule, NOT_JUDGED).startswith("0 ")
    ]
    lines[start:end] = [
        f"| {rule} | {failing} | {undecided} | {judged.get(rule, NOT_JUDGED)} |".replace(
            "| |", "|  |"
        )
        for rule, (failing, undecided) in found.items()
    ]
    given.write.write_text("\n".join(lines) + "\n", "utf-8")
    for rule in missing:
        print(f"{rule} fires and nobody has judged it", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
