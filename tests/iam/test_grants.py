"""Grants of KMS keys count in what a role may do."""

from __future__ import annotations

import json
from pathlib import Path

from linter.project.access import access_of
from linter.project.load import load_texts
from tests.e2e.running import pipewarden

ROLE = """
resource "aws_iam_role" "r" {
  name               = "jobs"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "aws_kms_key" "k" {}
resource "aws_kms_grant" "g" {
  key_id            = %s
  grantee_principal = aws_iam_role.r.arn
  operations        = ["Decrypt", "GenerateDataKey"]
  %s
}
"""
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
ARN = f"arn:aws:kms:us-east-1:111122223333:key/{KEY}"


def may(action: str, resource: str, key: str = f'"{KEY}"', more: str = "") -> bool | None:
    project = load_texts({"main.tf": ROLE % (key, more)})
    (role,) = project.roles
    return access_of(role).allows(action, resource)


def test_a_grant_allows_its_operations_on_its_key() -> None:
    assert may("kms:Decrypt", ARN) is True
    assert may("kms:Encrypt", ARN) is False
    assert may("kms:Decrypt", ARN.replace("1234abcd", "9999abcd")) is False
    assert may("kms:Decrypt", ARN, key=f'"{ARN}"') is True


def test_a_constraint_is_a_condition() -> None:
    more = 'constraints {\n    encryption_context_equals = { Team = "ml" }\n  }'
    assert may("kms:Decrypt", ARN, more=more) is None


def test_a_key_that_is_not_known_leaves_it_open() -> None:
    assert may("kms:Decrypt", ARN, key="aws_kms_key.k.key_id") is None


def test_a_deny_holds(tmp_path: Path) -> None:
    deny = """
resource "aws_iam_role_policy" "d" {
  role   = aws_iam_role.r.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = "kms:*", Resource = "*" }]
  })
}
"""
    project = load_texts({"main.tf": ROLE % (f'"{KEY}"', "") + deny})
    assert access_of(project.roles[0]).allows("kms:Decrypt", ARN) is False


def test_explain_names_it(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(ROLE % (f'"{KEY}"', ""))
    text = pipewarden("iam", "explain", ".", cwd=tmp_path).out
    assert "granted     use of a key by aws_kms_grant.g" in text
    assert "may perform 2 actions of 1 service" in text
    ran = pipewarden("iam", "explain", ".", "--format", "json", cwd=tmp_path)
    assert json.loads(ran.out)["roles"][0]["grants"] == ["aws_kms_grant.g"]
