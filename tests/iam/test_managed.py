"""AWS's managed policies as documents in the package."""

from __future__ import annotations

import json

from moto.iam.aws_managed_policies import aws_managed_policies_data

from linter.core.values import Template, Unknown
from linter.domain.iam.evaluate import Permissions, allowed, statements_of
from linter.domain.iam.managed import document_of, known_names, newest
from linter.domain.iam.request import Request

AWS = "arn:aws:iam::aws:policy/"


def may(name: str, action: str, resource: str = "*") -> bool | None:
    document = document_of(AWS + name)
    assert document is not None
    return allowed(Permissions(statements_of(document)), Request(action, resource))


def test_every_document_is_a_policy() -> None:
    assert len(known_names()) > 1_000
    for name in known_names():
        document = document_of(AWS + name)
        assert document is not None and statements_of(document), name


def test_documents_are_those_of_the_copies() -> None:
    copies = json.loads(aws_managed_policies_data)
    shared = [name for name in known_names() if name in copies]
    assert len(shared) > 1_000
    same = sum(document_of(AWS + name) == copies[name]["Document"] for name in shared)
    # A copy that is newer than the package may have changed some.
    assert same > 0.9 * len(shared)
    assert newest() >= "2026-09-30"


def test_what_well_known_ones_allow() -> None:
    assert may("AdministratorAccess", "iam:CreateUser") is True
    assert may("PowerUserAccess", "iam:CreateUser") is False
    assert may("PowerUserAccess", "s3:DeleteBucket") is True
    assert may("AmazonS3ReadOnlyAccess", "s3:GetObject") is True
    assert may("AmazonS3ReadOnlyAccess", "s3:PutObject") is False
    assert may("AmazonSageMakerFullAccess", "sagemaker:CreateTrainingJob") is True
    assert may("ReadOnlyAccess", "sagemaker:CreateTrainingJob") is False


def test_names_in_every_partition_and_path() -> None:
    assert document_of("arn:aws-cn:iam::aws:policy/AmazonS3FullAccess") is not None
    assert document_of(AWS + "job-function/ViewOnlyAccess") is not None
    partly = Template([Unknown("the partition"), ":iam::aws:policy/AmazonS3FullAccess"])
    assert document_of(partly) == document_of(AWS + "AmazonS3FullAccess")


def test_what_is_not_aws_is_not_read() -> None:
    assert document_of("arn:aws:iam::111122223333:policy/AdministratorAccess") is None
    assert document_of(AWS + "NewerThanTheList") is None
    assert document_of(Unknown("x")) is None
