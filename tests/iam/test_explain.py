"""What ``iam explain`` says a role may do."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.running import pipewarden, same_as_stored

ROLE = """
data "aws_iam_policy_document" "limits" {
  statement {
    actions   = ["s3:*", "sagemaker:*"]
    resources = ["*"]
  }
}
resource "aws_iam_policy" "limits" {
  name   = "limits"
  policy = data.aws_iam_policy_document.limits.json
}
resource "aws_iam_policy" "own" {
  name   = "own"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:Get*", "iam:*", var.more], Resource = "*" },
      { Effect = "Allow", NotAction = "s3:*", Resource = "*" },
      { Effect = "Deny", NotAction = ["s3:GetObject", "sagemaker:List*"], Resource = "*" },
    ]
  })
}
variable "more" { type = string }
resource "aws_iam_role" "r" {
  name                 = "r"
  permissions_boundary = aws_iam_policy.limits.arn
  assume_role_policy   = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "aws_iam_role_policy_attachment" "own" {
  role       = aws_iam_role.r.name
  policy_arn = aws_iam_policy.own.arn
}
resource "aws_iam_role_policy_attachment" "aws" {
  role       = aws_iam_role.r.name
  policy_arn = "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess"
}
"""


def test_whole_output() -> None:
    ran = pipewarden("iam", "explain", "broken")
    assert (ran.code, ran.err) == (0, "")
    same_as_stored(ran.out, "broken-explain.txt")


def test_denials_boundary_and_what_is_not_known_are_counted(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(ROLE)
    ran = pipewarden("iam", "explain", ".", "--format", "json", cwd=tmp_path)
    (role,) = json.loads(ran.out)["roles"]
    assert role["boundary"] == "aws_iam_policy.limits"
    assert role["managed_policies"] == ["arn:aws:iam::aws:policy/CloudWatchLogsFullAccess"]
    assert set(role["services"]) == {"s3", "sagemaker"}
    assert role["services"]["s3"]["actions"] == 1
    sagemaker = role["services"]["sagemaker"]
    assert set(sagemaker["levels"]) <= {"list", "read"}
    assert 0 < sagemaker["actions"] < sagemaker["of"]
    assert role["denied"] == ["s3:get*", "iam:*", "*"]
    assert role["not_known"] == ["var.more"]
    text = pipewarden("iam", "explain", ".", cwd=tmp_path).out
    assert "further actions: var.more" in text
    assert "aws_iam_policy.limits bounds it" in text
    assert "CloudWatchLogsFullAccess (AWS's or another stack's: not counted here)" in text


def test_nothing_to_explain(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"Version": "2020-12-01", "Steps": []}')
    ran = pipewarden("iam", "explain", ".", cwd=tmp_path)
    assert (ran.code, ran.out, ran.err) == (3, "", "No role was found.\n")
