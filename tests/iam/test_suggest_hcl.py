"""A suggested policy as Terraform: what the role's module may name, laid out as fmt does."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from linter.domain.iam.derive import Needs, Statement
from linter.reports.policy_hcl import render
from tests.terraform.reading import read


def needs(role: str, *resources: str) -> Needs:
    many = tuple(f"sagemaker:Describe{word}Job" for word in ("Training", "Processing", "Transform"))
    statements = [
        Statement("Short", ("s3:GetObject",), resources),
        Statement("Long", many, ("*",), (("StringEquals", "iam:PassedToService", ("a", "b")),)),
    ]
    return Needs(role, statements, [])


@pytest.mark.parametrize(
    ("role", "resource", "written"),
    [
        ("<aws_iam_role.r.arn>", "<aws_s3_bucket.b.arn>", "aws_s3_bucket.b.arn"),
        ("<aws_iam_role.r.arn>", "<aws_s3_bucket.b.arn>/*", '"${aws_s3_bucket.b.arn}/*"'),
        ("<aws_iam_role.r.arn>", "<module.m.bucket_arn>", "module.m.bucket_arn"),
        (
            "<aws_iam_role.r.arn>",
            "<module.m.aws_s3_bucket.b.arn>",
            '"<module.m.aws_s3_bucket.b.arn>"',
        ),
        ("<module.m.aws_iam_role.r.arn>", "<module.m.aws_s3_bucket.b.arn>", "aws_s3_bucket.b.arn"),
        ("<module.m.aws_iam_role.r.arn>", "<module.m.var.bucket>/x", '"${var.bucket}/x"'),
        ("<module.m.aws_iam_role.r.arn>", "<module.m.module.n.arn>", "module.n.arn"),
        ("<module.m.aws_iam_role.r.arn>", "<aws_s3_bucket.b.arn>", '"<aws_s3_bucket.b.arn>"'),
        ("<module.m.aws_iam_role.r.arn>", "<module.n.arn>", '"<module.n.arn>"'),
        ('<module.m["a"].aws_iam_role.r.arn>', '<module.m["a"].local.x>', "local.x"),
        (
            "arn:aws:iam::1:role/r",
            "<module.m.aws_s3_bucket.b.arn>",
            '"<module.m.aws_s3_bucket.b.arn>"',
        ),
        (
            "<aws_iam_role.r.arn>",
            "arn:aws:s3:::b/${aws:userid}/*",
            '"arn:aws:s3:::b/$${aws:userid}/*"',
        ),
        ("<aws_iam_role.r.arn>", "<the account>", '"<the account>"'),
    ],
)
def test_only_what_the_module_of_the_role_sees_is_a_reference(
    role: str, resource: str, written: str
) -> None:
    text = render(needs(role, resource))
    assert f"resources = [{written}]\n" in text
    result = read(text)
    assert all("undeclared" in problem.message for problem in result.problems)


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_it_is_laid_out_as_terraform_does(tmp_path: Path) -> None:
    for number, resources in enumerate((("a",), ("a" * 80,), ("a", "<aws_s3_bucket.b.arn>/*"))):
        (tmp_path / f"p{number}.tf").write_text(
            render(needs("<module.m.aws_iam_role.r.arn>", *resources), f"p{number}")
        )
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-diff", str(tmp_path)], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")
