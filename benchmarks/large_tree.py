"""About 800 Terraform files, whole process: pipewarden and checkov on the same tree in turn.

python benchmarks/large_tree.py [--runs N] [--stacks N] [--without-peers]

Also prints the time on a quarter of the tree, for how it grows.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from harness import describe, once, our_command, peer, ratio
from terraform_tree import STACKS, write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--stacks", type=int, default=STACKS, help="root modules of ten files each")
    parser.add_argument("--without-peers", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        whole, quarter = Path(base, "whole"), Path(base, "quarter")
        files, size = write(whole, arguments.stacks)
        few, _ = write(quarter, arguments.stacks // 4)
        command = [*our_command(), "check", ".", "-q"]
        once(command, whole)
        ours, small, theirs = [], [], []
        for _ in range(arguments.runs):
            ours.append(once(command, whole))
            small.append(once(command, quarter))
            if not arguments.without_peers:
                checkov = [str(peer("checkov")), "-d", ".", "--skip-download", "--quiet"]
                theirs.append(once([*checkov, "--compact"], whole))
        print(f"{files} files, {size:,} bytes")
        print(describe("pipewarden check", ours))
        print(describe(f"pipewarden check, {few} files", small))
        grown = min(run.wall for run in ours) / min(run.wall for run in small)
        print(f"{'':<34} {files / few:.1f} times the files take {grown:.1f} times as long")
        if theirs:
            print(describe("checkov", theirs))
            print(ratio(ours, theirs))


if __name__ == "__main__":
    main()
