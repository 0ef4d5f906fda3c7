"""One small template, whole process: pipewarden and checkov in turn.

python benchmarks/first_template.py [FILE] [--runs N]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from harness import describe, our_command, pairs, peer, ratio

DEFAULT = Path(__file__).parent.parent / "docs" / "examples" / "churn" / "main.tf"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    file = str(arguments.file.resolve())
    checkov = [str(peer("checkov")), "-f", file, "--skip-download", "--quiet", "--compact"]
    for title, command in (
        ("pipewarden check", [*our_command(), "check", file]),
        ("pipewarden cost", [*our_command(), "cost", file]),
    ):
        ours, theirs = pairs(command, checkov, arguments.runs)
        print(describe(title, ours))
        print(describe("checkov", theirs))
        print(ratio(ours, theirs))


if __name__ == "__main__":
    main()
