"""``[[policy]]``: what kind of policy a file holds that does not say it itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import pipewarden

ROLE = """
provider "aws" { allowed_account_ids = ["%s"] }

resource "aws_iam_role" "r" {
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
  role   = aws_iam_role.r.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}
"""
DENY_IAM = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": ["iam:*", "organizations:*"], "Resource": "*"}],
}
ANYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def write(folder: Path, entry: str, policy: object, account: str = "111122223333") -> None:
    (folder / "main.tf").write_text(ROLE % account)
    (folder / "org").mkdir()
    (folder / "org" / "p.json").write_text(json.dumps(policy))
    if entry:
        (folder / "pipewarden.toml").write_text(f"[[policy]]\n{entry}\n")


def explained(folder: Path) -> dict[str, Any]:
    ran = pipewarden("iam", "explain", ".", "--format", "json", cwd=folder)
    (role,) = json.loads(ran.out)["roles"]
    found: dict[str, Any] = role
    return found


@pytest.mark.parametrize(
    ("entry", "bounded"),
    [
        ("", False),
        ('path = "org/*.json"\nkind = "scp"', True),
        ('path = "org/*.json"\nkind = "scp"\naccounts = ["111122223333"]', True),
        ('path = "org/*.json"\nkind = "scp"\naccounts = ["444455556666"]', False),
        ('path = "elsewhere/*.json"\nkind = "scp"', False),
        ('path = "org/*.json"\nkind = "identity"', False),
    ],
)
def test_a_service_control_policy_bounds_the_roles_of_its_accounts(
    tmp_path: Path, entry: str, bounded: bool
) -> None:
    write(tmp_path, entry, DENY_IAM)
    assert ("iam" in explained(tmp_path)["services"]) is not bounded


@pytest.mark.parametrize(
    ("kind", "reported"),
    [("", True), ("identity", True), ("scp", False), ("boundary", False)],
)
def test_the_same_text_is_judged_for_what_it_is(tmp_path: Path, kind: str, reported: bool) -> None:
    """``Allow *`` grants nothing where it only bounds: every organisation has it as a policy."""
    (tmp_path / "p.json").write_text(json.dumps(ANYTHING))
    if kind:
        (tmp_path / "pipewarden.toml").write_text(f'[[policy]]\npath = "p.json"\nkind = "{kind}"\n')
    ran = pipewarden("check", ".", "--select", "IAM001,IAM002", "--format", "json", cwd=tmp_path)
    assert bool(json.loads(ran.out)["findings"]) is reported


def test_the_last_entry_that_matches_decides(tmp_path: Path) -> None:
    write(
        tmp_path,
        'path = "**"\nkind = "identity"\n[[policy]]\npath = "org/**"\nkind = "scp"',
        DENY_IAM,
    )
    assert "iam" not in explained(tmp_path)["services"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('path = "a.json"', "a [[policy]] entry needs path and kind"),
        ('path = "a.json"\nkind = "spc"', "scp"),
        ('path = "a.json"\nkind = "scp"\naccounts = ["1234"]', "is no account: twelve digits"),
        ('path = "a.json"\nkind = "trust"\naccounts = ["111122223333"]', "only policies of an"),
        ('path = "a.json"\nkind = "scp"\naccount = []', "accounts"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, entry: str, said: str) -> None:
    write(tmp_path, entry, DENY_IAM)
    ran = pipewarden("check", ".", cwd=tmp_path)
    assert ran.code == 2
    assert said in ran.err and ran.err.startswith("Error: pipewarden.toml:")
