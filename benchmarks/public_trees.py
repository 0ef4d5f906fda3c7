"""What the gate says on its first day: findings and failures of whole trees, by profile.

``python benchmarks/public_trees.py DIRECTORY`` checks every directory in ``DIRECTORY`` by itself, a
checkout of a repository each, without configuration, baseline or suppressions. It prints for each
tree what was found and what fails the gate, and the medians of trees with and without a pipeline.
``--profile`` names the profiles that are compared (may be repeated; without it all of them),
``--rules`` also counts what fails the gate by rule, ``--lost`` names what a milder profile reports
and a stricter one does not. Exit code 1 when a median is above ``--most`` (two numbers, without and
with a pipeline, held against the profile ``standard``) or something is lost, 2 when a tree gives no
result.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from harness import our_command

PROFILES = ("starter", "standard", "regulated")
FAILS = ("critical", "high", "medium")
"""The severities that fail the gate by default."""
WORDS = ("check", ".", "--format", "json", "--no-ignores", "--config", "none", "--no-baseline")


@dataclass(frozen=True, slots=True)
class Tree:
    """What one tree gave."""

    name: str
    pipeline: bool
    findings: int
    failures: tuple[str, ...]
    """The rule of each finding that fails the gate."""
    keys: frozenset[str]
    """The fingerprints of all findings, those that are one decision each by itself."""


def checked(tree: Path, options: Sequence[str]) -> Tree:
    """One tree under the given options of ``check``."""
    ran = subprocess.run(
        [*our_command(), *WORDS, *options], capture_output=True, text=True, cwd=tree, check=False
    )
    try:
        said = json.loads(ran.stdout)
    except ValueError:
        print(f"{tree}: no result (exit {ran.returncode}) {ran.stderr.strip()}", file=sys.stderr)
        raise SystemExit(2) from None
    failed = [item for item in said["findings"] if item["verdict"] == "fail"]
    return Tree(
        tree.name,
        said["summary"]["pipelines"] > 0,
        len(failed),
        tuple(item["rule"] for item in failed if item["severity"] in FAILS),
        frozenset(one["fingerprint"] for item in failed for one in item.get("members") or (item,)),
    )


def medians(trees: Sequence[Tree]) -> dict[bool, float | None]:
    """The median of gate failures, by whether there is a pipeline; ``None`` without such trees."""
    found: dict[bool, float | None] = {}
    for pipeline in (False, True):
        numbers = [len(tree.failures) for tree in trees if tree.pipeline is pipeline]
        found[pipeline] = statistics.median(numbers) if numbers else None
    return found


def lost(results: Mapping[str, Sequence[Tree]]) -> list[str]:
    """What a profile reports and a stricter one does not."""
    found: list[str] = []
    names = [name for name in PROFILES if name in results]
    for mild, strict in pairwise(names):
        for one, other in zip(results[mild], results[strict], strict=True):
            missing = len(one.keys - other.keys)
            if missing:
                found.append(f"{one.name}: {missing} of {mild} are not in {strict}")
    return found


def _print(results: Mapping[str, Sequence[Tree]]) -> None:
    names = list(results)
    first = results[names[0]]
    width = max(len(tree.name) for tree in first)
    heads = "".join(f"{name or 'default':>20}" for name in names)
    print(f"{'findings/fail the gate':<{width}} pipeline{heads}")
    for row in zip(*results.values(), strict=True):
        cells = "".join(f"{f'{one.findings}/{len(one.failures)}':>20}" for one in row)
        print(f"{row[0].name:<{width}} {'yes' if row[0].pipeline else '':<8}{cells}")
    for pipeline in (False, True):
        cells = "".join(f"{medians(trees)[pipeline]!s:>20}" for trees in results.values())
        label = f"median fail the gate, {'with' if pipeline else 'without'} a pipeline"
        print(f"{label:<{width + 9}}{cells}")
    passed = "".join(f"{sum(not t.failures for t in trees):>20}" for trees in results.values())
    print(f"{'trees that pass':<{width + 9}}{passed}")


def _print_rules(results: Mapping[str, Sequence[Tree]]) -> None:
    for name, trees in results.items():
        print(f"\n{name or 'default'}: rule, findings that fail the gate, trees")
        found = Counter(rule for tree in trees for rule in tree.failures)
        spread = Counter(rule for tree in trees for rule in set(tree.failures))
        for rule, number in found.most_common():
            print(f"{rule:10} {number:6} {spread[rule]:6}")


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, metavar="DIRECTORY")
    parser.add_argument("--profile", action="append", metavar="NAME", choices=(*PROFILES, ""))
    parser.add_argument("--rules", action="store_true")
    parser.add_argument("--lost", action="store_true")
    parser.add_argument("--most", nargs=2, type=float, metavar=("WITHOUT", "WITH"))
    given = parser.parse_args()
    trees = sorted(path for path in given.directory.iterdir() if path.is_dir())
    if not trees:
        parser.error(f"{given.directory} holds no directories")
    results = {
        name: [checked(tree, ("--profile", name) if name else ()) for tree in trees]
        for name in given.profile or PROFILES
    }
    _print(results)
    if given.rules:
        _print_rules(results)
    gone = lost(results) if given.lost else []
    for line in gone:
        print(line, file=sys.stderr)
    above = False
    if given.most and "standard" in results:
        limits = dict(zip((False, True), given.most, strict=True))
        found = medians(results["standard"])
        above = any((found[kind] or 0) > limit for kind, limit in limits.items())
    return 1 if gone or above else 0


if __name__ == "__main__":
    raise SystemExit(main())
