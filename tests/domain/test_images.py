"""Addresses of container images."""

from __future__ import annotations

import pytest

from linter.core.values import Template, Unknown
from linter.domain.images import EcrImage, aws_accounts, parse

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("text", "image"),
    [
        (
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/churn:1.0",
            EcrImage("111122223333", "eu-west-1", "team/churn", "1.0"),
        ),
        (
            f"111122223333.dkr.ecr.us-gov-west-1.amazonaws.com/churn@{DIGEST}",
            EcrImage("111122223333", "us-gov-west-1", "churn", "", DIGEST),
        ),
        (
            "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/churn",
            EcrImage("111122223333", "cn-north-1", "churn"),
        ),
        (
            "111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/churn:1",
            EcrImage("111122223333", "us-east-1", "churn", "1"),
        ),
        (
            "111122223333.dkr-ecr.us-east-1.on.aws/churn:1",
            EcrImage("111122223333", "us-east-1", "churn", "1"),
        ),
    ],
)
def test_an_image_in_ecr_is_taken_apart(text: str, image: EcrImage) -> None:
    assert parse(text) == image


@pytest.mark.parametrize(
    "text",
    [
        "",
        "python:3.12",
        "docker.io/library/python:3.12",
        "public.ecr.aws/x/y:1",
        "evil.example.com/111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn:1",
        7,
        None,
    ],
)
def test_other_texts_are_no_image_in_ecr(text: object) -> None:
    assert parse(text) is None


def test_of_a_partly_known_text_only_account_and_region_are_told() -> None:
    image = Template(
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn:", Unknown("no default", ("var.t",)))
    )
    assert parse(image) == EcrImage("111122223333", "eu-west-1")
    assert parse(Template((Unknown("no default", ("var.r",)), ":1.0"))) is None


def test_registries_of_aws() -> None:
    assert "763104351884" in aws_accounts()
    assert all(len(account) == 12 and account.isdigit() for account in aws_accounts())
    deep_learning = parse("763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8")
    own = parse("111122223333.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8")
    assert deep_learning is not None and deep_learning.of_aws
    assert own is not None and not own.of_aws
