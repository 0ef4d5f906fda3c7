"""What anybody with an account can meet is no guard."""

from __future__ import annotations

from typing import Any

import pytest

from linter.core.values import Template, Unknown
from rules.iam.accounts import says_who
from rules.iam.narrowing import is_anywhere, narrows

VAR = Unknown("var.x has no default", ["var.x"])
ARN, ORG = "aws:principalarn", "aws:principalorgid"


@pytest.mark.parametrize(
    ("key", "operator", "value", "wanted"),
    [
        (ARN, "arnlike", "arn:aws:iam::111122223333:role/x", True),
        (ARN, "arnlike", "arn:aws:iam::*:role/x", False),
        (ARN, "arnlike", "arn:aws:iam::1111*:role/x", False),
        (ARN, "arnlike", "arn:aws:iam::*", False),
        (ARN, "arnlike", ["arn:aws:iam::111122223333:root", "arn:*"], False),
        (ARN, "arnlike", Template(["arn:aws:iam::", VAR, ":role/x"]), True),
        (ARN, "arnlike", VAR, None),
        ("aws:sourcearn", "arnlike", "arn:aws:s3:::data", True),
        ("aws:sourcearn", "arnlike", "arn:aws:s3:::*", False),
        ("aws:sourcearn", "arnlike", "arn:aws:sagemaker:*:*:*", False),
        ("aws:sourcearn", "arnlike", "arn:aws:sagemaker:*:111122223333:*", True),
        (ORG, "stringequals", "o-a1b2c3d4e5", True),
        (ORG, "stringequals", VAR, True),
        (ORG, "stringlike", VAR, None),
        (ORG, "stringlike", "o-*", False),
        ("aws:principalorgpaths", "stringlike", "o-*/*", False),
        ("aws:principalorgpaths", "stringlike", "o-a1b2c3d4e5/r-ab12/*", True),
        ("aws:sourceaccount", "stringlike", "*", False),
        ("aws:vpceaccount", "stringequals", "111122223333", True),
        ("aws:vpceorgid", "stringequals", "o-a1b2c3d4e5", True),
        ("aws:sourcevpce", "stringlike", "vpce-*", False),
        ("aws:sourcevpce", "stringequals", "vpce-0a1b2c3d", True),
        ("aws:userid", "stringlike", "AROAEXAMPLE:*", True),
        ("aws:userid", "stringlike", "*:session", False),
        ("aws:multifactorauthpresent", "bool", "true", True),
        ("aws:multifactorauthpresent", "bool", "false", False),
        ("aws:multifactorauthpresent", "bool", VAR, None),
        (ORG, "stringnotequals", "o-a1b2c3d4e5", False),
    ],
)
def test_a_value_that_anybody_meets(
    key: str, operator: str, value: Any, wanted: bool | None
) -> None:
    assert narrows(key, operator, value) is wanted


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (["0.0.0.0/0"], True),
        (["0.0.0.0/1", "128.0.0.0/1"], True),
        (["::/0"], True),
        (["2000::/3"], True),
        (["203.0.113.0/24"], False),
        (["203.0.113.0/24", VAR], None),
        (["0.0.0.0/0", VAR], True),
    ],
)
def test_everywhere_in_pieces(values: list[Any], wanted: bool | None) -> None:
    assert is_anywhere(values) is wanted


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ({"StringEquals": {"aws:PrincipalTag/team": ["ml"]}}, False),
        ({"StringEquals": {"aws:username": ["ada"]}}, False),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}}, False),
        ({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}}, False),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/*"]}}, True),
        ({"StringEquals": VAR}, None),
        (VAR, None),
        ({"Bool": VAR, "StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}}, True),
    ],
)
def test_conditions_as_a_whole(condition: Any, wanted: bool | None) -> None:
    assert says_who({"Condition": condition}) is wanted
