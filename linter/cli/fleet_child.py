"""What a fleet's worker asks for one root: the same session that ``check`` and ``cost`` have.

Run as ``python -m linter.cli.fleet_child``; see :mod:`linter.fleet.warm` for what it speaks. It
stands with the commands because it is one: the settings, the nearest configuration and the prices
are found as they are found for everybody, so what a fleet says of a root is what ``check`` says.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from linter.cli.session import Refused, Session

_SAMPLE = {
    "main.tf": """
resource "aws_iam_role" "r" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow",
    Action = "sts:AssumeRole", Principal = { Service = "sagemaker.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow",
    Action = ["s3:*", "iam:PassRole"], Resource = "*" }] })
}
resource "aws_sagemaker_pipeline" "p" {
  pipeline_name       = "warm"
  role_arn            = aws_iam_role.r.arn
  pipeline_definition = file("warm.json")
}
""",
    "warm.json": """{"Version": "2020-12-01", "Steps": [{"Name": "T", "Type": "Training",
 "Arguments": {"AlgorithmSpecification": {"TrainingImage": "i", "TrainingInputMode": "File"},
 "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
 "StoppingCondition": {"MaxRuntimeInSeconds": 3600}}},
 {"Name": "P", "Type": "Processing", "Arguments": {"ProcessingResources": {"ClusterConfig":
 {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}}}}]}""",
    "stack.yaml": """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  B: {Type: "AWS::S3::Bucket"}
""",
    "warm.py": """
from sagemaker.workflow.pipeline import Pipeline
pipeline = Pipeline(name="warm", steps=[])
""",
}


_warm: list[Session] = []
"""The session of the first scan in this process: what it read is every child's."""


def warm_up() -> None:
    """Import, and read twice, what every root needs: rules, the service model, prices."""
    import tempfile

    options = {"config_file": "none", "quiet": True, "today": "2000-01-01"}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in _SAMPLE.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        for _ in range(2):  # classes compile what makes their objects when they are made often
            split({"directory": folder, "options": options})
            scan({"directory": folder, "options": options, "paths": [*_SAMPLE]})
        os.chdir("/")


def split(request: Mapping[str, Any]) -> bytes:
    """The roots of a folder, its digest and how many files it has."""
    from linter.fleet.split import content_digest, roots_in

    os.chdir(request["directory"])
    try:
        given = Session((".",), request["options"]).load_options()
        digest, files = content_digest()
        found = roots_in(given.exclude_of, given.exclude)
    except Refused as error:
        return _refused(error)
    body = {"content": digest, "files": files, "roots": [root.to_json() for root in found]}
    return json.dumps(body).encode("utf-8", "surrogateescape")


def scan(request: Mapping[str, Any]) -> bytes:
    """The rows of one root, and its page where it is asked for."""
    from linter.fleet.rows import rows_of

    os.chdir(request["directory"])
    try:
        session = Session(tuple(request["paths"]), request["options"])
        if _warm:
            session.take_over(_warm[0])
        project = session.load()
        review = session.review(project)
        cost = session.price(project)
    except Refused as error:
        return _refused(error)
    if not _warm:
        _warm.append(session)
    _raise_for_memory(review, project)
    body: dict[str, Any] = {"rows": rows_of(review, cost, session.today)}
    if session.rules.errors:
        body["refused"] = "; ".join(str(error) for error in session.rules.errors)
        return json.dumps(body).encode()
    if request.get("page"):
        body["page"] = _page(review, cost, request, session.today)
    return json.dumps(body).encode("utf-8", "backslashreplace")


def _raise_for_memory(review: Any, project: Any) -> None:
    """Too little memory is no fault of a file's, although it costs only the block it hits."""
    said = [problem.message for problem in project.problems if problem.bug]
    said += [crash.message for crash in review.lint.crashes]
    if any("MemoryError" in message for message in said):
        raise MemoryError


def _page(review: Any, cost: Any, request: Mapping[str, Any], today: date) -> str:
    from linter.core.secrets import masked
    from linter.reports.html.page import Meeting, render

    meeting = Meeting(
        request["title"],
        today.isoformat(),
        request.get("revision", ""),
        request.get("team", ""),
        ", ".join(request["paths"][:5]),
    )
    return masked(render(review, cost, meeting))


def _refused(error: Refused) -> bytes:
    return json.dumps({"refused": error.format_message()}).encode("utf-8", "backslashreplace")


def main() -> None:
    """Answer on standard input and output."""
    from linter.fleet.warm import serve

    os.environ["CI"] = "1"  # no progress is drawn
    serve({"split": split, "scan": scan}, warm_up)


if __name__ == "__main__":
    main()
