"""Which rules what is unknown of a statement leaves open: those that it may concern, no others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.core.values import Template, Unknown
from linter.domain.iam.globs import options
from linter.policy.engine import lint
from linter.policy.model import Verdict
from linter.policy.registry import load_rules
from linter.project.load import load_texts
from rules.iam.reading import is_everything, is_service, may_be_everything, may_be_service

HEAD = """
variable "v" {}
resource "aws_iam_role" "r" {
  name = "r"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow",
    Action = "sts:AssumeRole", Principal = { Service = "sagemaker.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "p" {
  role = aws_iam_role.r.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", %s }] })
}
"""
RULES = load_rules().rules


def left_open(statement: str) -> set[str]:
    found = lint(load_texts({"main.tf": HEAD % statement}), RULES).findings
    return {finding.rule for finding in found if finding.verdict is Verdict.UNKNOWN}


@pytest.mark.parametrize(
    ("statement", "closed", "still_open"),
    [
        (
            'Action = "s3:GetObject", Resource = "*", Condition = var.v',
            {"IAM020", "IAM028", "IAM029", "IAM034", "IAM035", "IAM036"},
            {"IAM033"},
        ),
        (
            'Action = "s3:ListBucket", Resource = "*", Condition = var.v',
            {"IAM037", "IAM069"},
            set(),
        ),
        ('Action = "sts:GetCallerIdentity", Resource = "*", Condition = var.v', {"IAM007"}, set()),
        ('Action = "sts:AssumeRole", Resource = "*", Condition = var.v', set(), {"IAM069"}),
        ('Action = "s3:PutObject", Resource = "*", Condition = var.v', {"IAM069"}, {"IAM037"}),
        (
            'Action = "iam:PutRolePolicy", Resource = "*", Condition = var.v',
            {"IAM028", "IAM029", "IAM033", "IAM034", "IAM036"},
            {"IAM020"},
        ),
        (
            'Action = ["s3:GetObject", "iam:*"], Resource = "*", Condition = var.v',
            {"IAM020", "IAM034", "IAM035"},
            {"IAM033"},
        ),
        (
            'Action = "s3:Get${var.v}", Resource = "arn:aws:s3:::b/k"',
            {"IAM001", "IAM002", "IAM003", "IAM004", "IAM005"},
            {"IAM006"},
        ),
        ('Action = "s3:${var.v}", Resource = "*"', {"IAM001", "IAM003", "IAM005"}, {"IAM004"}),
        ('Action = "sage${var.v}", Resource = "*"', {"IAM001", "IAM004"}, {"IAM002", "IAM003"}),
        (
            'Action = "${var.v}", Resource = "*"',
            set(),
            {"IAM001", "IAM002", "IAM003", "IAM004", "IAM020", "IAM034"},
        ),
        (
            'Action = "${var.v}:*", Resource = "*"',
            set(),
            {"IAM001", "IAM002", "IAM003", "IAM004"},
        ),
    ],
)
def test_what_is_unknown_leaves_open_what_it_may_concern(
    statement: str, closed: set[str], still_open: set[str]
) -> None:
    found = left_open(statement)
    assert not closed & found
    assert still_open <= found


@given(
    st.lists(st.sampled_from(["s3", ":", "*", "Get", "", "?"]), min_size=1, max_size=5), st.data()
)
def test_an_action_that_some_text_makes_a_wildcard_may_be_one(
    parts: list[str], data: st.DataObject
) -> None:
    holes = data.draw(st.lists(st.booleans(), min_size=len(parts), max_size=len(parts)))
    whole = "".join(parts)
    template = Template(
        [
            Unknown("v") if hole else part
            for hole, part in zip(holes, parts, strict=True)
            if hole or part
        ]
        or [Unknown("v")]
    )
    (glob,) = options(template)
    if is_everything(whole):
        assert may_be_everything(glob)
    if is_service(whole):
        assert may_be_service(glob.lower())
