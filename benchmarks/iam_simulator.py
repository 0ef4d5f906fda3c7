"""Random requests against random policies: our evaluator and an independent simulator.

    python benchmarks/iam_simulator.py [--requests 5000] [--seed 1]

The simulator is ``@cloud-copilot/iam-simulate`` from the npm registry, put beside this file on
first use (or into ``BENCHMARK_IAM_SIMULATOR``); Node.js 20 or later must be there. Requests are
within one account: identity policies, a permissions boundary, a service control policy and a bucket
policy, with wildcards, exclusions, conditions and policy variables. Exit code 1 where an answer
differs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from linter.domain.iam.evaluate import Permissions, allowed, statements_of
from linter.domain.iam.request import Request

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("BENCHMARK_IAM_SIMULATOR", HERE / ".iam-simulator")).absolute()
PACKAGE = "@cloud-copilot/iam-simulate"
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/job"

ON = {
    "s3:GetObject": ("arn:aws:s3:::artifacts/run/1", "arn:aws:s3:::data/raw/a"),
    "s3:PutObject": ("arn:aws:s3:::artifacts/run/1", "arn:aws:s3:::data/raw/a"),
    "s3:ListBucket": ("arn:aws:s3:::artifacts", "arn:aws:s3:::data"),
    "sagemaker:CreateTrainingJob": (
        f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:training-job/pipelines-a",
        f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/other",
    ),
    "sagemaker:UpdateModelPackage": (
        f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:model-package/churn/1",
    ),
    "iam:PassRole": (f"arn:aws:iam::{ACCOUNT}:role/job", f"arn:aws:iam::{ACCOUNT}:role/admin"),
    "iam:PutRolePolicy": (f"arn:aws:iam::{ACCOUNT}:role/job",),
}
ACTIONS = (
    *ON,
    "*",
    "s3:*",
    "s3:Get*",
    "S3:PutObject",
    "sagemaker:*Package",
    "iam:P*",
    "iam:Pass?ole",
)
RESOURCES = (
    "*",
    *{resource for some in ON.values() for resource in some},
    "arn:aws:s3:::artifacts/*",
    "arn:aws:s3:::*/run/?",
    "arn:aws:s3:::${aws:PrincipalTag/team}/*",
    "arn:aws:s3:::artifacts/${aws:PrincipalTag/missing, 'run'}/*",
    f"arn:aws:sagemaker:*:{ACCOUNT}:training-job/pipelines-*",
    f"arn:aws:iam::{ACCOUNT}:role/*",
)
CONTEXT = {
    "aws:SecureTransport": "true",
    "aws:PrincipalTag/team": "data",
    "aws:SourceIp": "10.1.2.3",
    "aws:MultiFactorAuthAge": "300",
    "aws:CurrentTime": "2026-11-27T12:00:00Z",
}
CONDITIONS: tuple[dict[str, Any], ...] = (
    {"Bool": {"aws:SecureTransport": "true"}},
    {"Bool": {"aws:SecureTransport": "false"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
    {"StringEquals": {"aws:PrincipalTag/team": ["data", "ml"]}},
    {"StringNotEquals": {"aws:PrincipalTag/team": "data"}},
    {"StringLike": {"aws:PrincipalTag/team": "d?t*"}},
    {"StringEqualsIgnoreCase": {"aws:PrincipalTag/team": "DATA"}},
    {"StringNotLike": {"aws:PrincipalTag/missing": "x*"}},
    {"StringEqualsIfExists": {"aws:PrincipalTag/missing": "x"}},
    {"Null": {"aws:PrincipalTag/missing": "true"}},
    {"Null": {"aws:PrincipalTag/team": "true"}},
    {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.0.0/16"]}},
    {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}},
    {"NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": "301"}},
    {"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
    {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
    {
        "Bool": {"aws:SecureTransport": "true"},
        "StringEquals": {"aws:PrincipalTag/team": "ml"},
    },
)


def statement(
    draw: random.Random, *, principal: bool = False, allows: float = 0.7
) -> dict[str, Any]:
    """One statement; of a resource policy with ``principal``."""
    made: dict[str, Any] = {"Effect": "Allow" if draw.random() < allows else "Deny"}
    action = "NotAction" if draw.random() < 0.1 else "Action"
    made[action] = draw.sample(ACTIONS, draw.randint(1, 3))
    resource = "NotResource" if draw.random() < 0.1 else "Resource"
    made[resource] = draw.sample(RESOURCES, draw.randint(1, 3))
    if draw.random() < 0.4:
        made["Condition"] = draw.choice(CONDITIONS)
    if principal:
        made["Principal"] = draw.choice(("*", {"AWS": ROLE}, {"AWS": [ROLE, f"{ROLE}2"]}))
        made.pop("NotAction", None)
        made.pop("NotResource", None)
        made["Action"] = draw.sample(("s3:*", "s3:GetObject", "s3:ListBucket"), 2)
        made["Resource"] = ["arn:aws:s3:::artifacts", "arn:aws:s3:::artifacts/*"]
    return made


def policy(draw: random.Random, count: int, **named: Any) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [statement(draw, **named) for _ in range(count)],
    }


def simulation(draw: random.Random) -> dict[str, Any]:
    """A request with its policies, in the simulator's own form."""
    action = draw.choice(list(ON))
    resource = draw.choice(ON[action])
    made: dict[str, Any] = {
        "request": {
            "principal": ROLE,
            "action": action,
            "resource": {"resource": resource, "accountId": ACCOUNT},
            "contextVariables": CONTEXT,
        },
        "identityPolicies": [{"name": "own", "policy": policy(draw, draw.randint(1, 4))}],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    }
    if draw.random() < 0.3:
        made["permissionBoundaryPolicies"] = [
            {"name": "edge", "policy": policy(draw, draw.randint(1, 3), allows=0.9)}
        ]
    if draw.random() < 0.3:
        control = policy(draw, 1, allows=0.0)
        control["Statement"].append({"Effect": "Allow", "Action": "*", "Resource": "*"})
        made["serviceControlPolicies"] = [
            {"orgIdentifier": "r-1", "policies": [{"name": "control", "policy": control}]}
        ]
    if resource.startswith("arn:aws:s3:::artifacts") and draw.random() < 0.3:
        made["resourcePolicy"] = policy(draw, draw.randint(1, 2), principal=True)
    return made


def ours(one: dict[str, Any]) -> bool | None:
    """What our evaluator says of a simulation."""
    request = one["request"]

    def of(items: list[dict[str, Any]]) -> tuple[Any, ...]:
        return tuple(s for item in items for s in statements_of(item["policy"]))

    edge = one.get("permissionBoundaryPolicies")
    permissions = Permissions(
        of(one["identityPolicies"]),
        None if edge is None else of(edge),
        resource=tuple(statements_of(one["resourcePolicy"])) if "resourcePolicy" in one else (),
        controls=tuple(s for level in one["serviceControlPolicies"] for s in of(level["policies"])),
    )
    context = {key.lower(): value for key, value in request["contextVariables"].items()}
    return allowed(
        permissions,
        Request(
            request["action"],
            request["resource"]["resource"],
            principal=ROLE,
            context=context,
            complete=True,
        ),
    )


def theirs(simulations: list[dict[str, Any]]) -> tuple[list[str], float]:
    """What the simulator says, and its seconds."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        sys.exit("npm and node are not on PATH; the simulator runs on Node.js 20 or later")
    if not (FOLDER / "node_modules").is_dir():
        FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [npm, "install", "--silent", "--no-save", "--prefix", str(FOLDER), PACKAGE], check=True
        )
    worker = FOLDER / "worker.mjs"
    worker.write_text((HERE / "iam_simulator.mjs").read_text())
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "asked.json"
        asked.write_text(json.dumps(simulations))
        found = subprocess.run(
            [node, str(worker), str(asked)], check=True, capture_output=True, text=True
        )
    answer = json.loads(found.stdout)
    return answer["answers"], answer["seconds"]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    draw = random.Random(given.seed)
    simulations = [simulation(draw) for _ in range(given.requests)]
    answers, seconds = theirs(simulations)
    start = time.perf_counter()
    own = [ours(one) for one in simulations]
    taken = time.perf_counter() - start
    counted: Counter[str] = Counter()
    different = 0
    for one, mine, answer in zip(simulations, own, answers, strict=True):
        if answer.startswith("error"):
            counted["refused by the simulator"] += 1
        elif mine is None:
            counted["left open by us"] += 1
        elif mine is (answer == "Allowed"):
            counted["allowed by both" if mine else "denied by both"] += 1
        else:
            counted["different"] += 1
            different += 1
            if different <= 5:
                print(f"ours {mine}, theirs {answer}:\n{json.dumps(one, indent=1)}\n")
    for what, count in counted.most_common():
        print(f"{count:7} {what}")
    rates = len(own) / taken, len(own) / seconds
    print(f"{rates[0]:7.0f} requests a second by us, {rates[1]:.0f} by the simulator")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
