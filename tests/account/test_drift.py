"""``drift``: code beside what is deployed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.account.conftest import ACCOUNT, REGION, Cloud, definition

MAIN = """
variable "image" { type = string }

resource "aws_iam_role" "churn" {
  name               = "churn"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sagemaker.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.churn.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [%s]
  })
}

resource "aws_sagemaker_pipeline" "churn" {
  pipeline_name       = "churn"
  role_arn            = "arn:aws:iam::123456789012:role/churn"
  pipeline_definition = jsonencode(%s)
}
"""
SAME = (
    """{ Effect = "Allow", Action = ["s3:Get*", "s3:List*", "s3:Put*", "s3:*"], Resource = "*" }"""
)
READ = """{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }"""


def code(folder: Path, item: dict[str, Any], statement: str = SAME) -> None:
    (folder / "infra").mkdir()
    text = MAIN % (statement, json.dumps(item))
    (folder / "infra" / "main.tf").write_text(text, encoding="utf-8")


def drift(cloud: Cloud, folder: Path, *more: str) -> dict[str, Any]:
    done = cloud.run("drift", "infra", "snapshot", "--format", "json", *more, cwd=folder)
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (1 if found["drifted"] and "--fail-on-drift" in more else 0)
    return found


def test_what_is_the_same_has_not_drifted(cloud: Cloud, tmp_path: Path) -> None:
    cloud.pull(tmp_path)
    code(tmp_path, definition(cloud.role))

    found = drift(cloud, tmp_path, "--fail-on-drift")

    assert not found["drifted"]
    assert [item["kind"] for item in found["compared"]] == ["pipeline", "role"]
    done = cloud.run("drift", "infra", "snapshot", cwd=tmp_path)
    assert done.stdout == (
        "No drift: 2 compared, 0 drifted; 0 in code only; 0 in the account only.\n"
    )


def test_a_bigger_instance_and_a_lost_limit(cloud: Cloud, tmp_path: Path) -> None:
    cloud.pull(tmp_path)
    ours = definition(cloud.role)
    arguments = ours["Steps"][0]["Arguments"]
    arguments["ResourceConfig"]["InstanceType"] = "ml.m5.4xlarge"
    del arguments["StoppingCondition"]
    arguments["EnableNetworkIsolation"] = True
    code(tmp_path, ours)

    found = drift(cloud, tmp_path, "--fail-on-drift")

    pipeline = found["compared"][0]
    assert {
        (item["what"], str(item["code"]), str(item["account"])) for item in pipeline["differences"]
    } == {
        (
            "Train: Arguments.ResourceConfig.InstanceType",
            "ml.m5.4xlarge",
            "ml.m5.xlarge",
        ),
        ("Train: Arguments.StoppingCondition", "None", "{'MaxRuntimeInSeconds': 7200}"),
        ("Train: Arguments.EnableNetworkIsolation", "True", "None"),
    }
    assert all(item["path"] == "infra/main.tf" for item in pipeline["differences"])


def test_what_the_code_leaves_open_is_no_drift(cloud: Cloud, tmp_path: Path) -> None:
    cloud.pull(tmp_path)
    ours = definition(cloud.role)
    ours["Steps"][0]["Arguments"]["AlgorithmSpecification"]["TrainingImage"] = "${var.image}"
    code(tmp_path, ours)

    found = drift(cloud, tmp_path)

    assert not found["drifted"]
    assert found["compared"][0]["open"] == 1


def test_roles_are_compared_by_what_they_allow(cloud: Cloud, tmp_path: Path) -> None:
    cloud.pull(tmp_path)
    code(tmp_path, definition(cloud.role), READ)

    found = drift(cloud, tmp_path)

    role = found["compared"][1]
    assert role["drifted"]
    (only,) = [item for item in role["permissions"] if "s3:DeleteBucket" in item["actions"]]
    assert only["allowed_by"] == "account"
    assert only["resource"] == "*"
    assert not any("s3:GetObject" in item["actions"] for item in role["permissions"])


def test_a_step_on_one_side_only(cloud: Cloud, tmp_path: Path) -> None:
    cloud.pull(tmp_path)
    ours = definition(cloud.role)
    ours["Steps"].append({"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}})
    code(tmp_path, ours)

    (difference,) = drift(cloud, tmp_path)["compared"][0]["differences"]
    assert (difference["what"], difference["code"]) == ("Stop: step", "Fail")


def test_deployed_and_in_no_code(cloud: Cloud, tmp_path: Path) -> None:
    cloud.client("sagemaker").create_pipeline(
        PipelineName="forgotten",
        PipelineDefinition=json.dumps(definition(cloud.role)),
        ClientRequestToken="u" * 40,
        RoleArn=cloud.role,
    )
    cloud.pull(tmp_path)
    code(tmp_path, definition(cloud.role))

    found = drift(cloud, tmp_path, "--fail-on-drift")

    assert [item["name"] for item in found["only_account"]] == ["forgotten"]
    assert found["only_account"][0]["path"].endswith(f"{REGION}/pipelines/forgotten.json")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["infra", "nowhere"], "nowhere: no such file or directory"),
        (["infra", "infra"], "infra is not an account snapshot"),
    ],
)
def test_a_mistake_is_one_line(
    cloud: Cloud, tmp_path: Path, arguments: list[str], said: str
) -> None:
    code(tmp_path, definition(cloud.role))
    done = cloud.run("drift", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_name_that_is_made_at_run_time_is_not_called_forgotten(
    cloud: Cloud, tmp_path: Path
) -> None:
    cloud.pull(tmp_path)
    code(tmp_path, definition(cloud.role))
    file = tmp_path / "infra" / "main.tf"
    file.write_text(
        'variable "env" { type = string }\n'
        + file.read_text().replace(
            'pipeline_name       = "churn"', 'pipeline_name       = "chu${var.env}"'
        )
    )
    found = drift(cloud, tmp_path)
    assert found["only_account"] == []
    assert [item["kind"] for item in found["unnamed"]] == ["pipeline"]
    assert ACCOUNT in json.dumps(found)
