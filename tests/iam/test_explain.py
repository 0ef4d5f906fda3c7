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
  policy_arn = "arn:aws:iam::aws:policy/NewerThanTheList"
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
    assert role["managed_policies"] == ["arn:aws:iam::aws:policy/NewerThanTheList"]
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
    assert "NewerThanTheList (AWS's or another stack's: not read, and not counted)" in text


def test_nothing_to_explain(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"Version": "2020-12-01", "Steps": []}')
    ran = pipewarden("iam", "explain", ".", cwd=tmp_path)
    assert (ran.code, ran.out, ran.err) == (3, "", "No roles found.\n")


SHARED = """
locals {
  version = "2012-10-17"
  all = { Effect = "Allow", Action = "iam:*", Resource = "*" }
  few = { Effect = "Allow", Action = "ec2:DescribeInstances", Resource = "*" }
}
resource "aws_iam_policy" "shared" {
  policy = jsonencode({ Version = local.version, Statement = [local.all] })
}
resource "aws_iam_policy" "ceiling" {
  policy = jsonencode({ Version = local.version, Statement = [local.few] })
}
resource "aws_iam_role" "free" {
  assume_role_policy  = jsonencode({ Version = "2012-10-17", Statement = [] })
  managed_policy_arns = [aws_iam_policy.shared.arn]
}
resource "aws_iam_role" "bound" {
  permissions_boundary = aws_iam_policy.ceiling.arn
  assume_role_policy   = jsonencode({ Version = "2012-10-17", Statement = [] })
  managed_policy_arns  = [aws_iam_policy.shared.arn]
}
"""


def test_a_role_is_blamed_for_what_it_has_itself(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(SHARED)
    ran = pipewarden("iam", "explain", ".", "--format", "json", cwd=tmp_path)
    leads = {
        role["role"]: [way["rule"] for way in role["leads_to"]]
        for role in json.loads(ran.out)["roles"]
    }
    assert leads == {"aws_iam_role.free": ["IAM012"], "aws_iam_role.bound": []}


def managed(name: str) -> str:
    return f"""
resource "aws_iam_role" "r" {{
  assume_role_policy  = jsonencode({{ Version = "2012-10-17", Statement = [] }})
  managed_policy_arns = ["arn:aws:iam::aws:policy/{name}"]
}}
"""


def test_aws_policies_are_counted_or_named_as_not_read(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(managed("AdministratorAccess"))
    ran = pipewarden("iam", "explain", ".", "--format", "json", cwd=tmp_path)
    (role,) = json.loads(ran.out)["roles"]
    assert role["actions"] > 10_000
    assert role["managed_policies_not_read"] == []
    text = pipewarden("iam", "explain", ".", cwd=tmp_path).out
    assert "AdministratorAccess (AWS's, as of " in text
    (tmp_path / "main.tf").write_text(managed("SomethingOfAws"))
    text = pipewarden("iam", "explain", ".", cwd=tmp_path).out
    assert "what it may do is not known" in text
    assert "SomethingOfAws (AWS's or another stack's: not read" in text


PATHS = (
    SHARED
    + """
resource "aws_lambda_function" "f" {
  function_name = "nightly"
  role          = aws_iam_role.free.arn
}
resource "aws_iam_user" "dev" { name = "dev" }
resource "aws_iam_user_policy" "dev" {
  user   = aws_iam_user.dev.name
  policy = jsonencode({ Version = local.version, Statement = [local.code] })
}
locals {
  code = {
    Effect   = "Allow"
    Action   = "lambda:UpdateFunctionCode"
    Resource = aws_lambda_function.f.arn
  }
}
"""
)


def test_paths_are_drawn_in_each_format(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(PATHS)

    def drawn(format_: str) -> str:
        ran = pipewarden("iam", "explain", ".", "--paths", "--format", format_, cwd=tmp_path)
        assert (ran.code, ran.err) == (0, "")
        return ran.out

    text = drawn("text")
    assert "aws_iam_user.dev  becomes an administrator in 1 step" in text
    assert "main.tf:35: statement 1 of aws_iam_user_policy.dev" in text
    (path,) = json.loads(drawn("json"))["paths"]
    assert path["steps"][0]["becomes"] == "aws_iam_role.free"
    assert drawn("dot").count(" -> ") == 1
    assert 'label="lambda:updatefunctioncode"' in drawn("dot")
    assert drawn("mermaid").count("-->") == 1
    ran = pipewarden("iam", "explain", ".", "--format", "dot", cwd=tmp_path)
    assert ran.code == 2
