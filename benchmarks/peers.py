"""The same inputs through pipewarden, checkov, Trivy and Infracost, in turn, in one run.

python benchmarks/peers.py [--runs N] [--write docs/comparison.md]

checkov is installed into an environment of its own; Trivy and Infracost are run where they are on
PATH, and named as not measured where they are not. Nothing is downloaded by what is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import Run, once, our_command, peer

START, END = "<!-- measured -->", "<!-- end -->"
DEFINITION = """\
resource "aws_sagemaker_pipeline" "churn" {
  pipeline_name         = "churn"
  pipeline_display_name = "churn"
  role_arn              = aws_iam_role.churn.arn
  pipeline_definition = jsonencode({
    Version = "2020-12-01"
    Steps = [
      { Name = "Prepare", Type = "Processing", Arguments = { # uncached, no-vpc
        RoleArn             = aws_iam_role.churn.arn
        ProcessingResources = { ClusterConfig = {
          InstanceType = "ml.m5.xlarge", InstanceCount = 1, VolumeSizeInGB = 30 } }
        AppSpecification = {
          ImageUri = "111122223333.dkr.ecr.us-east-1.amazonaws.com/prepare:latest" # moving-image
        }
        Environment = { DB_PASSWORD = "q7#Zp4wL9!nB3vXk" } # secret
      } },
      { Name = "Train", Type = "Training", Arguments = { # no-limit
        RoleArn                = aws_iam_role.churn.arn
        ResourceConfig = {
          InstanceType = "ml.p3.8xlarge", InstanceCount = 1, VolumeSizeInGB = 50 }
        AlgorithmSpecification = {
          TrainingImage     = "111122223333.dkr.ecr.us-east-1.amazonaws.com/train:1.4"
          TrainingInputMode = "File"
        }
        OutputDataConfig = { S3OutputPath = "s3://churn-artifacts/models" }
      } },
      { Name = "Register", Type = "RegisterModel", DependsOn = ["Train"], Arguments = {
        ModelPackageGroupName = "churn"
        ModelApprovalStatus   = "Approved" # self-approved
        InferenceSpecification = { Containers = [
          { Image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/serve:1.4" }] }
      } },
    ]
  })
}
"""
ROLE = """\
resource "aws_iam_role" "churn" {
  name = "churn"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "sts:AssumeRole",
      Principal = { Service = "sagemaker.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "churn" {
  name = "churn"
  role = aws_iam_role.churn.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["s3:*"], Resource = "*" },        # s3-wildcard
    { Effect = "Allow", Action = ["sagemaker:*"], Resource = "*" }, # sagemaker-wildcard
    { Effect = "Allow", Action = ["iam:PassRole"], Resource = "*" } # pass-role
  ] })
}
"""
HOSTING = """\
resource "aws_sagemaker_notebook_instance" "lab" { # notebook-open, notebook-key
  name                   = "lab"
  role_arn               = aws_iam_role.churn.arn
  instance_type          = "ml.p3.2xlarge"
  direct_internet_access = "Enabled"
}
resource "aws_sagemaker_endpoint_configuration" "live" { # endpoint-key
  name = "live"
  production_variants {
    variant_name           = "a"
    model_name             = "churn"
    instance_type          = "ml.g5.2xlarge"
    initial_instance_count = 2
  }
}
resource "aws_sagemaker_endpoint" "live" {
  name                 = "live"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.live.name
}
resource "aws_s3_bucket" "artifacts" { # bucket-open
  bucket = "churn-artifacts"
}
"""
FILES = {"pipeline.tf": DEFINITION, "role.tf": ROLE, "hosting.tf": HOSTING}
BROKEN = {"role.tf": ROLE.replace("policy = jsonencode({", "policy = jsonencode({{", 1)}
"""One brace too many in front of the wildcards."""


@dataclass(frozen=True)
class Fault:
    """One planted fault: where it stands, and what a finding about it says in some words."""

    mark: str
    title: str
    words: str


FAULTS = (
    Fault(
        "s3-wildcard",
        "`s3:*` in a role's policy, inside `jsonencode`",
        r"s3:\*|wildcard|constraint",
    ),
    Fault("sagemaker-wildcard", "`sagemaker:*` on every resource", r"sagemaker:\*|constraint|wild"),
    Fault("pass-role", "`iam:PassRole` on every role", r"passrole|pass.{0,20}role|escalation"),
    Fault("uncached", "a step that is not cached", r"cache"),
    Fault("no-vpc", "a job outside a VPC", r"\bvpc\b"),
    Fault("no-limit", "a job without a time limit", r"limit|hangs|stopping"),
    Fault("moving-image", "an image by a tag that moves", r"latest|pinned|digest"),
    Fault("secret", "a password in a step's environment", r"secret|password|entropy|credential"),
    Fault("self-approved", "a model that approves itself", r"approv"),
    Fault("notebook-open", "a notebook with open internet access", r"internet"),
    Fault("notebook-key", "a notebook without a customer key", r"kms|encrypt|key"),
    Fault("endpoint-key", "an endpoint without a customer key", r"kms|encrypt|key"),
    Fault("bucket-open", "a bucket without a public access block", r"public"),
)


@dataclass(frozen=True)
class Said:
    """A finding of some tool: a file, the lines it is about, and all that it says."""

    file: str
    first: int
    last: int
    text: str


@dataclass
class Tool:
    name: str
    version: str
    command: list[str]
    """Given the directory as its last word."""
    findings: Callable[[str], Iterator[Said]]
    found: set[str] = field(default_factory=set)
    total: int = 0
    broken: str = ""
    runs: list[Run] = field(default_factory=list)


def ours(output: str) -> Iterator[Said]:
    for item in json.loads(output)["findings"]:
        if item["verdict"] == "fail":
            lines = item["start"]["line"], item["end"]["line"]
            yield Said(item["path"], *lines, f"{item['rule']} {item['message']}")


def checkov(output: str) -> Iterator[Said]:
    reports = json.loads(output)
    for report in reports if isinstance(reports, list) else [reports]:
        for item in report.get("results", {}).get("failed_checks", ()):
            first, last = item["file_line_range"]
            yield Said(item["file_path"], first, last, f"{item['check_id']} {item['check_name']}")


def trivy(output: str) -> Iterator[Said]:
    for result in json.loads(output).get("Results") or ():
        for item in result.get("Misconfigurations") or ():
            cause = item["CauseMetadata"]
            text = f"{item['ID']} {item['Title']} {item['Message']}"
            yield Said(result["Target"], cause.get("StartLine", 0), cause.get("EndLine", 0), text)


def named(fault: Fault, said: list[Said]) -> bool:
    """Whether a finding on the fault's line, or on the block around it, speaks of it."""
    file, line = next(
        (name, number)
        for name, text in FILES.items()
        for number, words in enumerate(text.split("\n"), 1)
        if re.search(rf"# .*\b{fault.mark}\b", words)
    )
    return any(
        one.file.endswith(file)
        and one.first <= line <= max(one.last, one.first)
        and re.search(fault.words, one.text, re.IGNORECASE)
        for one in said
    )


def run(command: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, "."], cwd=directory, capture_output=True, text=True, check=False
    )


def version(command: str) -> str:
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\d+\.\d+\.\d+", done.stdout)
    return found[0] if found else "unknown"


def tools() -> tuple[list[Tool], list[str]]:
    """What can be run here, and the names of what cannot."""
    own = our_command()[0]
    theirs = str(peer("checkov"))
    flags = ["--skip-download", "--quiet", "--compact", "-o", "json", "-d"]
    found = [
        Tool("pipewarden", version(own), [own, "check", "--format", "json"], ours),
        Tool("checkov", version(theirs), [theirs, *flags], checkov),
    ]
    missing = []
    path = shutil.which("trivy")
    if path is None:
        missing.append("Trivy")
    else:
        offline = ["--skip-check-update", "--quiet", "--format", "json", "--exit-code", "1"]
        found.append(Tool("Trivy", version(path), [path, "config", *offline], trivy))
    if shutil.which("infracost") is None:
        missing.append("Infracost")
    return found, missing


def measure(tool: Tool, directory: Path, broken: Path) -> None:
    said = list(tool.findings(run(tool.command, directory).stdout))
    tool.total = len({(one.file, one.first, one.text) for one in said})
    tool.found = {fault.mark for fault in FAULTS if named(fault, said)}
    done = run(tool.command, broken)
    said_of_it = "says nothing"
    if "role.tf" in done.stdout + done.stderr:
        said_of_it = "names the file"
    elif re.search(r'"parsing_errors": [1-9]', done.stdout):
        said_of_it = "counts a parsing error"
    tool.broken = f"{said_of_it}, exit code {done.returncode}"


def amount(directory: Path) -> str:
    """What a month costs by pipewarden, of which nobody else here says anything."""
    done = run([*our_command(), "cost", "--format", "json"], directory)
    month: dict[str, Any] = json.loads(done.stdout)["totals"]["per_month_usd"]
    return f"${float(month['expected']):,.2f} a month"


def infracost(directory: Path) -> str:
    """What Infracost prices, where it is here and may ask its service for prices."""
    path = shutil.which("infracost")
    if path is None:
        return "not measured"
    done = run([path, "breakdown", "--format", "json", "--path"], directory)
    if done.returncode:
        return f"exit code {done.returncode}: {(done.stderr.strip() or 'no words')[:80]}"
    body = json.loads(done.stdout)
    return f"${float(body.get('totalMonthlyCost') or 0):,.2f} a month"


def seconds(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} s ({min(values):.2f} to {max(values):.2f})"


def page(found: list[Tool], missing: list[str], prices: dict[str, str], runs: int) -> str:
    """The measured part of the page, as Markdown."""
    names = [tool.name for tool in found]
    first = found[0]
    lines = [
        f"Measured on {datetime.now(UTC).date().isoformat()} by `benchmarks/peers.py`:"
        f" {platform.system()} {platform.machine()}, {os.cpu_count()} processors, Python"
        f" {platform.python_version()}; "
        + ", ".join(f"{tool.name} {tool.version}" for tool in found)
        + f"; {runs} runs of each, in turn.",
        "",
    ]
    if missing:
        lines += [f"Not measured, because not installed there: {' and '.join(missing)}.", ""]
    lines += ["### Planted faults", "", f"| fault | {' | '.join(names)} |"]
    lines.append("|---|" + "---|" * len(names))
    for fault in FAULTS:
        marks = ("named" if fault.mark in tool.found else "—" for tool in found)
        lines.append(f"| {fault.title} | {' | '.join(marks)} |")
    counts = (f"**{len(tool.found)} of {len(FAULTS)}**" for tool in found)
    lines.append(f"| named | {' | '.join(counts)} |")
    lines.append(f"| findings in all | {' | '.join(str(tool.total) for tool in found)} |")
    lines += ["", "### A file with a syntax error", "", "| tool | what it does |", "|---|---|"]
    lines += [f"| {tool.name} | {tool.broken} |" for tool in found]
    lines += [
        "",
        "### Time",
        "",
        "| tool | wall, median | CPU, median | wall, ratio | CPU, ratio |",
    ]
    lines.append("|---|---|---|---|---|")
    for tool in found:
        ratios = [
            statistics.median(
                getattr(b, kind) / getattr(a, kind)
                for a, b in zip(first.runs, tool.runs, strict=True)
            )
            for kind in ("wall", "cpu")
        ]
        walls, cpus = ([getattr(one, kind) for one in tool.runs] for kind in ("wall", "cpu"))
        shown = ("1", "1") if tool is first else (f"{value:.1f}" for value in ratios)
        lines.append(f"| {tool.name} | {seconds(walls)} | {seconds(cpus)} | {' | '.join(shown)} |")
    lines += ["", "### Prices", "", "| tool | what it says of the same files |", "|---|---|"]
    lines += [f"| {name} | {said} |" for name, said in prices.items()]
    return "\n".join(lines) + "\n"


def written(text: str, measured: str) -> str:
    """A page with its measured part replaced; ``SystemExit`` where it has no place for it."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise SystemExit(f"the page has no {START} … {END}")
    return f"{before}{START}\n{measured}{END}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--write", type=Path, metavar="PAGE")
    arguments = parser.parse_args()
    found, missing = tools()
    with tempfile.TemporaryDirectory() as folder:
        whole, broken = Path(folder) / "whole", Path(folder) / "broken"
        for directory, files in ((whole, FILES), (broken, BROKEN)):
            directory.mkdir()
            for name, text in files.items():
                (directory / name).write_text(text)
        for tool in found:
            measure(tool, whole, broken)
        for _ in range(arguments.runs):
            for tool in found:
                tool.runs.append(once([*tool.command, "."], whole))
        prices = {tool.name: "no prices" for tool in found}
        prices["pipewarden"] = amount(whole)
        prices["Infracost"] = infracost(whole)
    text = page(found, missing, prices, arguments.runs)
    print(text)
    if arguments.write:
        arguments.write.write_text(written(arguments.write.read_text(), text))


if __name__ == "__main__":
    main()
