"""How long the lint stage takes on a pipeline of many steps, with every rule there is.

    python benchmarks/many_steps.py [RUNS]

Steps are training and processing jobs in turn, each after the one before. Sizes from 250 to 2,000
show the growth. Each run is a process of its own, without collection of garbage, as in the command.
Exit code 1 when the median of processor time for 2,000 steps is not below the bound.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
from time import process_time
from typing import Any

SIZES = (250, 500, 1_000, 2_000)
BOUND_S = 2.0


def definition(size: int) -> dict[str, Any]:
    """A definition with ``size`` steps."""
    job = {
        "RoleArn": {"Get": "Parameters.Role"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
    cluster = {
        "InstanceType": {"Get": "Parameters.Type"},
        "InstanceCount": 1,
        "VolumeSizeInGB": 30,
    }
    training = {
        **job,
        "ResourceConfig": cluster,
        "AlgorithmSpecification": {"TrainingImage": "x.dkr.ecr/y:1", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
    }
    processing = {
        **job,
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": "x.dkr.ecr/z:1"},
    }
    steps = [
        {
            "Name": f"S{number}",
            "Type": "Processing" if number % 2 else "Training",
            "Arguments": processing if number % 2 else training,
            **({"DependsOn": [f"S{number - 1}"]} if number else {}),
        }
        for number in range(size)
    ]
    parameters = [
        {"Name": "Role", "Type": "String", "DefaultValue": "arn:aws:iam::111122223333:role/r"},
        {
            "Name": "Type",
            "Type": "String",
            "DefaultValue": "ml.m5.large",
            "EnumValues": ["ml.m5.large", "ml.m5.xlarge"],
        },
    ]
    return {"Version": "2020-12-01", "Parameters": parameters, "Steps": steps}


def one_run(size: int) -> tuple[float, int]:
    """Seconds of the processor in the lint stage, and findings."""
    from linter.policy.engine import lint
    from linter.policy.registry import load_rules
    from linter.policy.selection import Selection
    from linter.project.load import load_texts

    rules = load_rules().rules
    every = Selection(select=[rule.id for rule in rules])
    project = load_texts({"pipeline.json": json.dumps(definition(size), indent=1)})
    gc.disable()
    start = process_time()
    result = lint(project, rules, every)
    spent = process_time() - start
    assert not result.crashes, result.crashes
    return spent, len(result.findings)


def main() -> int:
    """Run the benchmark."""
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(one_run(int(sys.argv[2]))))
        return 0
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    median = 0.0
    for size in SIZES:
        taken: list[float] = []
        findings = 0
        for _ in range(runs):
            command = [sys.executable, __file__, "--once", str(size)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            spent, findings = json.loads(done.stdout)
            taken.append(spent)
        median = statistics.median(taken)
        print(f"{size:>6} steps  {findings:>6} findings  median {median:6.3f} s", end="")
        print(
            f"  from {min(taken):6.3f} to {max(taken):6.3f} s  {median / size * 1e6:6.0f} µs/step"
        )
    return 0 if median < BOUND_S else 1


if __name__ == "__main__":
    raise SystemExit(main())
