"""A fleet of generated repositories: linear in roots, memory flat, what a second worker brings.

    python benchmarks/fleet.py [ROOTS] [FOLDER]

Writes repositories of a hundred roots each with ten pipeline steps a root, by default 10,000 roots
with 100,000 steps: Terraform with the definition in line and in a file, CloudFormation, definitions
by themselves and scripts of the SDK, in the shapes that repositories have. Then scans a tenth and
all of it with two workers, and a tenth with one. Each scan is the installed command in a process
of its own; the memory is that of the command itself, which is what must not grow with the roots,
and the most that any one root took.

Exit code 1 when time is not linear within a quarter, memory grows by more than half, or a second
worker makes it less than 1.8 times faster. The last says nothing on a machine that is not quiet:
the load beside the scan is printed.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

ROOTS = 10_000
PER_REPOSITORY = 100
STEPS = 10
TEAMS = ("search", "ads", "risk", "growth", "vision")
COMMAND = Path(sys.executable).with_name("pipewarden")


# --- what is generated ----------------------------------------------------------------------------


def _cluster(number: int) -> dict[str, Any]:
    types = ("ml.m5.xlarge", "ml.c5.2xlarge", "ml.g5.xlarge", "ml.m5.4xlarge")
    return {
        "InstanceType": types[number % 4],
        "InstanceCount": 1 + number % 2,
        "VolumeSizeInGB": 30,
    }


def definition(seed: int, role: Any) -> dict[str, Any]:
    """A pipeline of ten steps: processing and training in turn, a condition, a model."""
    steps: list[dict[str, Any]] = []
    for number in range(STEPS - 2):
        name = f"Step{number}"
        after = {"DependsOn": [f"Step{number - 1}"]} if number else {}
        if number % 2:
            arguments: dict[str, Any] = {
                "AlgorithmSpecification": {
                    "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/train:1",
                    "TrainingInputMode": "File",
                },
                "OutputDataConfig": {"S3OutputPath": f"s3://artifacts-{seed}/out"},
                "ResourceConfig": _cluster(seed + number),
                "RoleArn": role,
                "StoppingCondition": {"MaxRuntimeInSeconds": 3600 * (1 + seed % 5)},
            }
            cache = {"CacheConfig": {"Enabled": True, "ExpireAfter": "P7D"}} if seed % 3 else {}
            steps.append(
                {"Name": name, "Type": "Training", "Arguments": arguments, **cache, **after}
            )
        else:
            arguments = {
                "ProcessingResources": {"ClusterConfig": _cluster(seed + number)},
                "AppSpecification": {
                    "ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/prep:1"
                },
                "RoleArn": role,
            }
            steps.append({"Name": name, "Type": "Processing", "Arguments": arguments, **after})
    steps.append(
        {
            "Name": "Check",
            "Type": "Condition",
            "DependsOn": [f"Step{STEPS - 3}"],
            "Arguments": {
                "Conditions": [
                    {
                        "Type": "GreaterThan",
                        "LeftValue": {"Get": "Parameters.Score"},
                        "RightValue": 0.8,
                    }
                ],
                "IfSteps": [
                    {
                        "Name": "Register",
                        "Type": "Model",
                        "Arguments": {
                            "ExecutionRoleArn": role,
                            "PrimaryContainer": {
                                "Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/serve:1"
                            },
                        },
                    }
                ],
                "ElseSteps": [],
            },
        }
    )
    return {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "Score", "Type": "Float", "DefaultValue": 0.9}],
        "Steps": steps,
    }


_TERRAFORM = """
data "aws_iam_policy_document" "assume" {{
  statement {{
    actions = ["sts:AssumeRole"]
    principals {{
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }}
  }}
}}

resource "aws_iam_role" "job" {{
  name               = "${{var.name}}-role"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}}

resource "aws_iam_role_policy" "job" {{
  role = aws_iam_role.job.id
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [
      {{ Effect = "Allow", Action = ["s3:*"], Resource = ["arn:aws:s3:::artifacts-{seed}/*"] }},
      {{ Effect = "Allow", Action = ["sagemaker:*"], Resource = "*" }},
    ]
  }})
}}

resource "aws_sagemaker_pipeline" "p" {{
  pipeline_name         = var.name
  pipeline_display_name = var.name
  role_arn              = aws_iam_role.job.arn
  pipeline_definition   = {definition}
}}

variable "name" {{
  type    = string
  default = "pipeline-{seed}"
}}
"""

_SCRIPT = """
from sagemaker.inputs import TrainingInput
from sagemaker.processing import ProcessingInput, ProcessingOutput
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.steps import ProcessingStep

ROLE = "arn:aws:iam::123456789012:role/job"
steps = []
for number in range({steps}):
    processor = SKLearnProcessor(
        framework_version="1.2-1", role=ROLE, instance_type="{machine}", instance_count=1
    )
    steps.append(ProcessingStep(name=f"Step{{number}}", processor=processor, code="prep.py"))
pipeline = Pipeline(name="pipeline-{seed}", steps=steps)
"""


def write_root(folder: Path, seed: int) -> None:
    """One root, in one of five forms."""
    folder.mkdir(parents=True)
    form = seed % 5
    if form == 0:
        text = _hcl(definition(seed, "arn:aws:iam::123456789012:role/job"))
        main = _TERRAFORM.format(seed=seed, definition=f"jsonencode({text})")
        (folder / "main.tf").write_text(main)
    elif form == 1:
        body = definition(seed, "arn:aws:iam::123456789012:role/job")
        (folder / "definition.json").write_text(json.dumps(body, indent=2))
        main = _TERRAFORM.format(seed=seed, definition='file("${path.module}/definition.json")')
        (folder / "main.tf").write_text(main)
    elif form == 2:
        body = definition(seed, "arn:aws:iam::123456789012:role/job")
        (folder / "template.json").write_text(json.dumps(_stack(seed, body), indent=2))
    elif form == 3:
        body = definition(seed, "arn:aws:iam::123456789012:role/job")
        (folder / "pipeline.json").write_text(json.dumps(body, indent=2))
    else:
        machine = _cluster(seed)["InstanceType"]
        (folder / "pipeline.py").write_text(_SCRIPT.format(seed=seed, steps=STEPS, machine=machine))


def _stack(seed: int, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            "Pipeline": {
                "Type": "AWS::SageMaker::Pipeline",
                "Properties": {
                    "PipelineName": f"pipeline-{seed}",
                    "RoleArn": "arn:aws:iam::123456789012:role/job",
                    "PipelineDefinition": {"PipelineDefinitionBody": json.dumps(body)},
                },
            }
        },
    }


def _hcl(value: Any, indent: int = 2) -> str:
    """JSON-like data as an HCL expression."""
    pad = " " * indent
    if isinstance(value, dict):
        inner = "".join(f"{pad}  {k} = {_hcl(v, indent + 2)}\n" for k, v in value.items())
        return f"{{\n{inner}{pad}}}"
    if isinstance(value, list):
        return f"[{', '.join(_hcl(v, indent) for v in value)}]"
    return json.dumps(value)


def generate(folder: Path, roots: int, per_repository: int = PER_REPOSITORY) -> Path:
    """Repositories below a folder; gives their manifest."""
    entries = []
    for number in range(0, roots, per_repository):
        name = f"repository-{number // per_repository:04d}"
        for seed in range(number, min(number + per_repository, roots)):
            write_root(folder / name / f"root-{seed:05d}", seed)
        team = TEAMS[number // per_repository % len(TEAMS)]
        entries.append(f'[[entries]]\npath = "{name}"\nteam = "{team}"\n')
    manifest = folder / "fleet.toml"
    manifest.write_text("\n".join(entries))
    return manifest


# --- what is measured -----------------------------------------------------------------------------


@dataclass
class Measured:
    roots: int
    steps: int
    workers: int
    seconds: float
    cpu: float
    own_cpu: float
    own_mb: int
    tree_mb: int
    root_mb: int
    root_seconds: float
    busy: float
    size_mb: float

    def __str__(self) -> str:
        return (
            f"{self.roots:>6,} roots {self.steps:>8,} steps {self.workers} worker(s):"
            f" {self.seconds:7.1f} s, {self.seconds / self.roots * 1000:6.1f} ms a root,"
            f" {self.cpu / self.roots * 1000:6.1f} ms CPU in a root's process;"
            f" the command itself {self.own_cpu / self.roots * 1000:.1f} ms a root,"
            f" {self.own_mb} MB,"
            f" with workers {self.tree_mb} MB, a root at most {self.root_mb} MB,"
            f" mean {self.root_seconds * 1000:.0f} ms; results {self.size_mb:.1f} MB;"
            f" all that ran on the machine took {self.busy:.0%} of it"
        )


def measure(manifest: Path, roots: int, workers: int, results: Path) -> Measured:
    """Scan with the installed command, watching its memory."""
    import duckdb

    command = [str(COMMAND), "fleet", "scan", str(manifest), "-o", str(results), "-q"]
    before = _machine_busy()
    start = monotonic()
    process = subprocess.Popen([*command, "--workers", str(workers)])
    peaks, own = [0, 0], [0.0]
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            own[0] = max(own[0], _processor(process.pid))
            peaks[0] = max(peaks[0], _resident([process.pid]))
            peaks[1] = max(peaks[1], _resident(_tree(process.pid)))
            sleep(0.5)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    seconds = monotonic() - start
    done.set()
    watcher.join()
    if code != 0:
        raise SystemExit(f"the scan ended with {code}")
    machine = _machine_busy() - before
    asked = duckdb.connect()
    found, steps, read = asked.execute(
        "SELECT count(*), sum(steps), count(*) FILTER (status = 'read')"
        f" FROM '{results}/roots/*.parquet'"
    ).fetchone()
    if found != roots or read != roots or steps != roots * STEPS:
        raise SystemExit(f"of {roots} roots {found} were found, {read} read, with {steps} steps")
    mean, cpu, most = asked.execute(
        "SELECT avg(seconds)::DOUBLE, sum(cpu_seconds)::DOUBLE, max(peak_mb)"
        f" FROM '{results}/timings/*.parquet'"
    ).fetchone()
    size = sum(path.stat().st_size for path in results.rglob("*.parquet")) / 1e6
    busy = machine / (seconds * (os.cpu_count() or 1))
    return Measured(
        roots,
        steps,
        workers,
        seconds,
        cpu,
        own[0],
        *(p // 1_000_000 for p in peaks),
        most,
        mean,
        busy,
        size,
    )


def _processor(process: int) -> float:
    """Seconds of a processor that a process has taken; 0 for one that is gone."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _machine_busy() -> float:
    """Seconds of processors that everything on the machine has taken."""
    fields = [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def _tree(process: int) -> list[int]:
    """A process and all that it started."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found, waiting = [], [process]
    while waiting:
        current = waiting.pop()
        found.append(current)
        waiting.extend(children.get(current, ()))
    return found


def _resident(processes: list[int]) -> int:
    total = 0
    for process in processes:
        try:
            total += int(Path(f"/proc/{process}/statm").read_text().split()[1])
        except OSError:
            continue
    return total * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    roots = int(sys.argv[1]) if len(sys.argv) > 1 else ROOTS
    tenth = max(roots // 10, PER_REPOSITORY)
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp(prefix="fleet-"))
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.platform()}")
    small = generate(folder / "small", tenth)
    large = generate(folder / "large", roots)
    runs = [
        measure(small, tenth, 1, folder / "results-1"),
        measure(small, tenth, 2, folder / "results-2"),
        measure(large, roots, 2, folder / "results-all"),
    ]
    for run in runs:
        print(run, flush=True)
    start = monotonic()
    again = [str(COMMAND), "fleet", "scan", str(large), "-o", str(folder / "results-all")]
    subprocess.run(again, check=True, capture_output=True)
    print(f"again, with nothing changed: {monotonic() - start:.1f} s")
    ratio = runs[0].seconds / runs[1].seconds
    growth = (runs[2].seconds / runs[2].roots) / (runs[1].seconds / runs[1].roots)
    memory = runs[2].tree_mb / runs[1].tree_mb
    print(f"two workers to one: {ratio:.2f} times; a root among all to one among a tenth:")
    print(f"{growth:.2f} times the time; the memory of the run: {memory:.2f} times")
    if len(sys.argv) <= 2:
        shutil.rmtree(folder)
    return 0 if ratio >= 1.8 and growth <= 1.25 and memory <= 1.5 else 1


if __name__ == "__main__":
    raise SystemExit(main())
