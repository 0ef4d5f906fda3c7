"""``iam suggest`` and ``iam explain`` where roles and pipelines have instances."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from linter.project.load import load_texts
from linter.project.reach import attached, needs_of, role_for
from tests.e2e.running import pipewarden

INSTANCES = """
locals {
  v = {
    a = { bucket = "s3://data-a/x", actions = "s3:GetObject" }
    b = { bucket = "s3://data-b/x", actions = "sagemaker:*" }
  }
}
resource "aws_iam_role" "r" {
  for_each = local.v
  name     = "role-${each.key}"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "sagemaker.amazonaws.com" }
  }] })
}
resource "aws_iam_policy" "m" {
  for_each = local.v
  name     = "policy-${each.key}"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Action = each.value.actions, Resource = "*"
  }] })
}
resource "aws_iam_role_policy_attachment" "t" {
  for_each   = local.v
  role       = aws_iam_role.r[each.key].name
  policy_arn = aws_iam_policy.m[each.key].arn
}
resource "aws_sagemaker_pipeline" "p" {
  for_each      = local.v
  pipeline_name = "pipe-${each.key}"
  role_arn      = aws_iam_role.r[each.key].arn
  pipeline_definition = jsonencode({ Version = "2020-12-01", Steps = [{
    Name = "Prepare", Type = "Processing", Arguments = {
      ProcessingInputs = [{ S3Input = { S3Uri = DATA } }]
    }
  }] })
}
"""
OWN, SAME = "each.value.bucket", '"s3://data/x"'
MODULE = 'module "m" {\n  source = "./m"\n}\n'


@pytest.mark.parametrize("inside", [False, True])
def test_a_role_has_the_needs_of_its_own_instance(inside: bool) -> None:
    text = INSTANCES.replace("DATA", OWN)
    files = {"main.tf": MODULE, "m/main.tf": text} if inside else {"main.tf": text}
    project = load_texts(files)
    assert len(project.roles) == 2
    for role, pipeline in zip(project.roles, project.pipelines, strict=True):
        key = str(pipeline.name)[-1]
        [needed] = needs_of(role)
        resources = [resource for s in needed.statements for resource in s.resources]
        assert any(f"data-{key}" in resource for resource in resources)
        assert role_for(project, pipeline, needed.role) is role
        assert attached(role) == []


def test_equal_suggestions_are_printed_once_and_differing_ones_apart(tmp_path: Path) -> None:
    for data, count in ((SAME, 1), (OWN, 2)):
        (tmp_path / "main.tf").write_text(INSTANCES.replace("DATA", data))
        shown = pipewarden("iam", "suggest", "--format", "hcl", str(tmp_path)).out
        assert shown.count("pipe-a: what") == shown.count("pipe-b: what") == 1
        assert shown.count('data "aws_iam_policy_document"') == count


def test_what_is_granted_is_read_from_the_pipelines_own_role(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(INSTANCES.replace("DATA", SAME))
    shown = pipewarden("iam", "suggest", "--format", "diff", str(tmp_path)).out
    of_a, _, of_b = shown.partition("# pipe-b: what")
    assert "s3:GetObject" in of_a and "sagemaker:*" not in of_a
    assert "sagemaker:*" in of_b


def test_explain_tells_what_an_instance_leads_to(tmp_path: Path) -> None:
    text = INSTANCES.replace("DATA", SAME).replace('"sagemaker:*"', '"iam:*"')
    (tmp_path / "main.tf").write_text(text)
    shown = json.loads(pipewarden("iam", "explain", "--format", "json", str(tmp_path)).out)
    ways = {role["role"]: {way["rule"] for way in role["leads_to"]} for role in shown["roles"]}
    assert "IAM012" in ways['aws_iam_role.r["b"]']
    assert "IAM012" not in ways['aws_iam_role.r["a"]']
