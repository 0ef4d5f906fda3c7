"""Small fleets for tests, and what their results say."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from linter.fleet.tables import COMPARED, TABLES
from tests.e2e.running import Ran, pipewarden

ROLE = "arn:aws:iam::123456789012:role/job"


def definition(name: str, steps: int = 2, *, machine: str = "ml.m5.xlarge") -> dict[str, Any]:
    """A pipeline of processing steps."""
    return {
        "Version": "2020-12-01",
        "Metadata": {"of": name},
        "Steps": [
            {
                "Name": f"Step{number}",
                "Type": "Processing",
                "Arguments": {
                    "ProcessingResources": {
                        "ClusterConfig": {
                            "InstanceType": machine,
                            "InstanceCount": 1,
                            "VolumeSizeInGB": 30,
                        }
                    },
                    "AppSpecification": {"ImageUri": "x.dkr.ecr.us-east-1.amazonaws.com/p:1"},
                    "RoleArn": ROLE,
                },
            }
            for number in range(steps)
        ],
    }


def heavy() -> str:
    """A definition of a few megabytes that takes a hundred when it is read."""
    many = ",".join(["[1]"] * 1_000_000)
    text = json.dumps(definition("heavy"))
    return text.replace('"Metadata": {', f'"Metadata": {{"all": [{many}], ')


TERRAFORM = """
resource "aws_iam_role" "job" {
  name = "job"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow", Action = "sts:AssumeRole"
      Principal = { Service = "sagemaker.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "job" {
  role = aws_iam_role.job.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:*"], Resource = "*" }]
  })
}

resource "aws_sagemaker_pipeline" "p" {
  pipeline_name       = "read-by-terraform"
  role_arn            = aws_iam_role.job.arn
  pipeline_definition = file("${path.module}/definition.json")
}
"""


def write(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    return path


def repository(folder: Path, roots: int = 2, **more: Any) -> Path:
    """A Terraform root that reads a definition, and definitions by themselves."""
    write(folder / "infra" / "main.tf", TERRAFORM)
    write(folder / "infra" / "definition.json", definition("infra"))
    for number in range(roots - 1):
        write(folder / "lone" / f"p{number}.json", definition(f"p{number}", **more))
    return folder


def commit(folder: Path) -> str:
    """Make a git repository of a folder; gives the commit."""

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    if not (folder / ".git").exists():
        git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-qm", "c")
    return git("rev-parse", "HEAD")


def scan(manifest: Path, results: Path, *options: str, **environment: str) -> Ran:
    workers = () if "--workers" in options or "--scheduler" in options else ("--workers", "1")
    return pipewarden(
        "fleet",
        "scan",
        str(manifest),
        "-o",
        str(results),
        *workers,
        *options,
        cwd=manifest.parent,
        **environment,
    )


def table(results: Path, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for path in sorted((results / name).glob("*.parquet")):
        rows += pq.read_table(path).to_pylist()
    return rows


def in_bytes(results: Path) -> dict[str, bytes]:
    """Every dataset that must not differ, in the order of its rows' own content, as bytes."""
    found: dict[str, bytes] = {}
    for name in COMPARED:
        paths = sorted((results / name).glob("*.parquet"))
        whole = pa.concat_tables([pq.read_table(path) for path in paths]).combine_chunks()
        order = sorted(
            range(whole.num_rows), key=lambda n, t=whole: repr(t.slice(n, 1).to_pylist())
        )
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, whole.schema) as writer:
            writer.write_table(whole.take(order).combine_chunks())
        found[name] = sink.getvalue().to_pybytes()
    return found


def said_columns(name: str) -> list[str]:
    return [column.name for column in TABLES[name]]
