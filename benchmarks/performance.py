"""How fast one tree is checked, against peers in the same run; writes the documentation's page.

    python benchmarks/performance.py [--write docs/performance.md] [--runs N]
        [--checkov PATH] [--trivy PATH] [--checks DIR] [--general DIR]

``--checkov`` is the command of an environment of its own (default: the benchmarks'), ``--checks``
checkov's ``tests/terraform/checks``, ``--general`` any large tree of Terraform files. What is not
given, and peers that are not installed, are said to be not measured. Commands run in turn; figures
are medians, ratios are taken pair by pair. Exit code 0 whether or not every bar is met.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness import Run, once, our_command
from many_steps import definition
from policy_lint import policy
from terraform_tree import write

SMALL = Path(__file__).parent.parent / "docs" / "examples" / "churn" / "main.tf"
PLAN_BYTES = 50_000_000


@dataclass
class Page:
    """The lines of the page, and how many bars are met."""

    lines: list[str] = field(default_factory=list)
    met: int = 0
    missed: int = 0

    def section(self, title: str) -> None:
        self.lines += ["", f"## {title}", ""]

    def table(self, rows: Sequence[tuple[str, Sequence[Run]]]) -> None:
        self.lines += ["| | CPU | wall | memory |", "|---|---|---|---|"]
        for name, runs in rows:
            cpu = statistics.median(run.cpu for run in runs)
            wall = statistics.median(run.wall for run in runs)
            memory = max(run.memory for run in runs)
            self.lines.append(f"| {name} | {cpu:.3f} s | {wall:.3f} s | {memory:.0f} MB |")
        self.lines.append("")

    def bar(self, text: str, value: float, limit: float, *, least: bool = False) -> None:
        """A bar: at most ``limit``, or at least."""
        met = value >= limit if least else value <= limit
        self.met += met
        self.missed += not met
        sign = "≥" if least else "≤"
        verdict = "met" if met else "**missed**"
        self.lines.append(f"- {text}: {value:.2f} (bar: {sign} {limit:g}): {verdict}")

    def say(self, text: str) -> None:
        self.lines.append(f"- {text}")


def in_turn(
    runs: int, directory: Path, *commands: Sequence[str], warm: bool = True
) -> list[list[Run]]:
    """Every command once in each round; one round before is not counted."""
    found: list[list[Run]] = [[] for _ in commands]
    for number in range(runs + warm):
        for command, kept in zip(commands, found, strict=True):
            run = once(command, directory)
            if number or not warm:
                kept.append(run)
    return found


def ratio(ours: Sequence[Run], theirs: Sequence[Run], of: Callable[[Run], float]) -> float:
    """Median of ours over theirs, pair by pair."""
    return statistics.median(of(a) / of(b) for a, b in zip(ours, theirs, strict=True))


def cpu(run: Run) -> float:
    return max(run.cpu, 0.001)


def wall(run: Run) -> float:
    return run.wall


def check(*arguments: str, cached: bool = False) -> list[str]:
    return [*our_command(), "check", *arguments, "-q", *([] if cached else ["--no-cache"])]


def small(page: Page, runs: int, checkov: str) -> None:
    page.section("A small template")
    with tempfile.TemporaryDirectory() as base:
        shutil.copy(SMALL, base)
        Path(base, ".git").mkdir()
        commands = [
            [sys.executable, "-c", "pass"],
            check("main.tf"),
            check("main.tf", cached=True),
        ]
        bare, ours, again = in_turn(runs, Path(base), *commands)
        rows = [
            ("a bare interpreter", bare),
            ("check", ours),
            ("check again, nothing changed", again),
        ]
        theirs: list[Run] = []
        if checkov:
            peer = [checkov, "-f", "main.tf", "--skip-download", "--quiet", "--compact"]
            (theirs,) = in_turn(max(runs // 3, 3), Path(base), peer)
            rows.append(("checkov", theirs))
        page.table(rows)
        page.bar("check, times a bare interpreter (wall)", ratio(ours, bare, wall), 6)
        page.bar("check again, times a bare interpreter (wall)", ratio(again, bare, wall), 6)
        if theirs:
            few = len(theirs)
            page.bar(
                "times faster than checkov (CPU)",
                1 / ratio(ours[:few], theirs, cpu),
                40,
                least=True,
            )
            page.bar(
                "again, times faster than checkov (CPU)",
                1 / ratio(again[:few], theirs, cpu),
                40,
                least=True,
            )
        else:
            page.say("checkov: not measured")


def tree(
    page: Page, runs: int, title: str, directory: Path | None, limits: tuple[float, float]
) -> None:
    page.section(title)
    print(title, file=sys.stderr)
    if directory is None:
        page.say("not measured: the tree was not given")
        return
    files = [path for path in directory.rglob("*.tf") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    page.lines += [f"{len(files):,} files, {size:,} bytes.", ""]
    formatter = ["terraform", "fmt", "-check", "-recursive", "."]
    with tempfile.TemporaryDirectory() as cache:
        commands = [check("."), check(".", "--cache-dir", cache, cached=True)]
        if shutil.which("terraform"):
            commands.append(formatter)
        ours, again, *rest = in_turn(runs, directory, *commands)
    rows = [("check", ours), ("check again, nothing changed", again)]
    if rest:
        rows.append(("terraform fmt -check -recursive", rest[0]))
    page.table(rows)
    if rest:
        page.bar("check, times terraform fmt (CPU)", ratio(ours, rest[0], cpu), limits[0])
        page.bar("check, times terraform fmt (wall)", ratio(ours, rest[0], wall), limits[1])
        page.bar("check again, times terraform fmt (CPU)", ratio(again, rest[0], cpu), limits[0])
    else:
        page.say("terraform fmt: not measured")
    page.bar("memory in GB", max(run.memory for run in ours) / 1024, 1)


def second_run(page: Page, runs: int) -> None:
    page.section("A generated tree of 800 files")
    with tempfile.TemporaryDirectory() as base:
        whole, quarter = Path(base, "whole"), Path(base, "quarter")
        files, size = write(whole)
        few, _ = write(quarter, files // 40)
        (whole / ".git").mkdir()
        page.lines += [f"{files} files, {size:,} bytes, {files // 10} root modules.", ""]
        ours, again = in_turn(runs, whole, check("."), check(".", cached=True))
        (part,) = in_turn(runs, quarter, check("."))
        page.table(
            [
                ("check", ours),
                ("check again, nothing changed", again),
                (f"check of {few} files", part),
            ]
        )
        page.bar("second run, of the first (wall)", ratio(again, ours, wall), 0.1)
        growth = ratio(ours, part, cpu) / (files / few)
        page.bar("growth of CPU over growth of files", growth, 1.1)


def plan_text(size: int) -> str:
    """A plan as ``terraform show -json`` prints it, of so many bytes or a little more."""
    one = {
        "mode": "managed",
        "type": "aws_iam_role_policy",
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "schema_version": 0,
    }
    document = json.dumps(policy(1_500))
    changes, resources, length, number = [], [], 0, 0
    while length < size:
        address = f"aws_iam_role_policy.p{number}"
        values = {"name": f"p{number}", "role": f"role-{number % 50}", "policy": document}
        resources.append({**one, "address": address, "name": f"p{number}", "values": values})
        change = {"actions": ["create"], "before": None, "after": values, "after_unknown": {}}
        changes.append({**one, "address": address, "name": f"p{number}", "change": change})
        if number == 0:
            each = len(json.dumps(resources[0])) + len(json.dumps(changes[0]))
        length += each
        number += 1
    return json.dumps(
        {
            "format_version": "1.2",
            "terraform_version": "1.11.0",
            "planned_values": {"root_module": {"resources": resources}},
            "resource_changes": changes,
            "configuration": {"root_module": {}},
        }
    )


def large_documents(page: Page, runs: int) -> None:
    from linter.domain.iam import managed

    page.section("Large documents")
    names = managed.known_names()
    largest = max(
        names, key=lambda n: len(json.dumps(managed.document_of(f"arn:aws:iam::aws:policy/{n}")))
    )
    body = managed.document_of(f"arn:aws:iam::aws:policy/{largest}")
    with tempfile.TemporaryDirectory() as base:
        here = Path(base)
        (here / "plan.json").write_text(plan_text(PLAN_BYTES))
        (here / "steps.json").write_text(json.dumps(definition(2_000)))
        (here / "managed.json").write_text(json.dumps(body))
        (here / "policy.json").write_text(json.dumps(policy()))
        empty = {"Version": "2012-10-17", "Statement": []}
        (here / "empty.json").write_text(json.dumps(empty))
        ours = {
            name: in_turn(count, here, check(f"{name}.json"), warm=False)[0]
            for name, count in (("plan", 1), ("steps", runs), ("managed", runs), ("policy", runs))
        }
        (start,) = in_turn(runs, here, check("empty.json"))
        (cost,) = in_turn(runs, here, [*our_command(), "cost", "steps.json", "--no-cache"])
        size = (here / "plan.json").stat().st_size
    page.table(
        [
            (f"check of a plan of {size / 1e6:.0f} MB", ours["plan"]),
            ("check of a pipeline of 2,000 steps", ours["steps"]),
            ("cost of a pipeline of 2,000 steps", cost),
            (f"check of AWS's largest managed policy, {largest}", ours["managed"]),
            ("check of a policy of 6,144 characters", ours["policy"]),
            ("check of an empty policy: the start", start),
        ]
    )

    def seconds(runs: Sequence[Run]) -> float:
        return statistics.median(run.cpu for run in runs)

    page.bar("plan, seconds (CPU)", seconds(ours["plan"]), 10)
    page.bar("plan, memory in GB", max(run.memory for run in ours["plan"]) / 1024, 1)
    page.bar("2,000 steps, check, seconds (CPU)", seconds(ours["steps"]), 1)
    page.bar("2,000 steps, cost, seconds (CPU)", seconds(cost), 1)
    page.bar("largest managed policy, seconds (CPU)", seconds(ours["managed"]), 1)
    after = seconds(ours["policy"]) - seconds(start)
    page.bar("6,144 characters, milliseconds after the start (CPU)", after * 1000, 50)


def version(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "not measured"
    return (done.stdout.strip().splitlines() or ["?"])[0]


def heading(checkov: str, trivy: str) -> list[str]:
    cpuinfo = Path("/proc/cpuinfo")
    model = platform.processor() or platform.machine()
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        model = next((x.partition(": ")[2] for x in lines if x.startswith("model name")), model)
    return [
        "# Performance",
        "",
        "<!-- Written by benchmarks/performance.py; do not edit. -->",
        "",
        f"Measured on {time.strftime('%Y-%m-%d')}: {os.cpu_count()} cores ({model}), "
        f"{platform.system()}, Python {platform.python_version()}, "
        f"{version([*our_command(), '--version'])}, "
        f"{version(['terraform', 'version'])}, "
        f"checkov {version([checkov, '--version']) if checkov else 'not measured'}, "
        f"Trivy {version([trivy, '--version']) if trivy else 'not measured'}.",
        "",
        "Whole processes in turn, medians; ratios pair by pair. The cache is off but in lines that",
        "say *again*. A bar that is missed stays here as missed. To measure again:",
        "",
        "```sh",
        "python benchmarks/performance.py --write docs/performance.md",
        "```",
    ]


NOTES = """
## What was tried and left out

- Several processes (`--jobs`) are not built. Values are graphs of objects that refer to sources
  and to each other; half of the work or more is reading, and its results would have to be sent
  from process to process.
- mypyc: lexer, parser and syntax tree compiled parse 1.5 times as fast (1.06 s to 0.67 s for
  1,606 files), of which the whole command showed nothing (2.6 to 3.2 s of CPU before, 3.1 to
  4.4 s with it, on a busy machine). It is not kept; the bar was 1.5 times.
- The first check of a small template is mostly import: some 390 modules, of which more than a
  hundred are the standard library's and click's. Only an answer from the cache goes without them.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--checkov", default="")
    parser.add_argument("--trivy", default=shutil.which("trivy") or "")
    parser.add_argument("--checks", type=Path)
    parser.add_argument("--general", type=Path)
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.pop("PIPEWARDEN_NO_CACHE", None)
    page = Page(heading(options.checkov, options.trivy))
    small(page, options.runs, options.checkov)
    second_run(page, max(options.runs // 2, 1))
    few = max(options.runs // 2, 1)
    tree(page, few, "checkov's tests/terraform/checks", options.checks, (1.0, 0.7))
    tree(page, 1, "General Terraform files", options.general, (1.5, 1.5))
    large_documents(page, few)
    page.lines += ["", f"{page.met} bars met, {page.missed} missed."]
    text = "\n".join(page.lines) + "\n" + NOTES
    if options.write:
        options.write.write_text(text, "utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
