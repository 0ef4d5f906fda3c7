"""The resource of the scan that a name or an ARN stands for: by reference, else by its text."""

from __future__ import annotations

import re
from typing import Any
from weakref import WeakKeyDictionary

from linter.core.documents import Document
from linter.core.values import Template, Unknown, lookup, possible_values
from linter.project.model import Project

JOB_DEFINITIONS = tuple(
    f"{prefix}{name}{suffix}"
    for prefix, suffix, names in (
        (
            "aws_sagemaker_",
            "_job_definition",
            ("data_quality", "model_bias", "model_quality", "model_explainability"),
        ),
        (
            "AWS::SageMaker::",
            "JobDefinition",
            ("DataQuality", "ModelBias", "ModelQuality", "ModelExplainability"),
        ),
    )
    for name in names
)
"""What a monitoring schedule may name as its job."""

NAMES = {
    "aws_s3_bucket": "bucket",
    "AWS::S3::Bucket": "BucketName",
    "aws_iam_role": "name",
    "AWS::IAM::Role": "RoleName",
    "aws_iam_policy": "name",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "aws_iam_user": "name",
    "AWS::IAM::User": "UserName",
    "aws_iam_group": "name",
    "AWS::IAM::Group": "GroupName",
    "aws_sagemaker_endpoint": "name",
    "AWS::SageMaker::Endpoint": "EndpointName",
    "aws_sagemaker_endpoint_configuration": "name",
    "AWS::SageMaker::EndpointConfig": "EndpointConfigName",
    "aws_sagemaker_model": "name",
    "AWS::SageMaker::Model": "ModelName",
    "aws_sagemaker_model_package_group": "model_package_group_name",
    "AWS::SageMaker::ModelPackageGroup": "ModelPackageGroupName",
    "aws_sagemaker_pipeline": "pipeline_name",
    "AWS::SageMaker::Pipeline": "PipelineName",
    "aws_sagemaker_notebook_instance_lifecycle_configuration": "name",
    **{
        kind: "name" if kind.startswith("aws_") else "JobDefinitionName" for kind in JOB_DEFINITIONS
    },
    "aws_lambda_function": "function_name",
    "AWS::Lambda::Function": "FunctionName",
    "aws_ecr_repository": "name",
    "aws_kms_alias": "name",
    "AWS::KMS::Alias": "AliasName",
}
"""Resource type → the member that holds its name, where others may refer to it by that."""

_by_name: WeakKeyDictionary[Project, dict[str, dict[Any, list[Document]]]] = WeakKeyDictionary()


def named(project: Project, value: Any, home: Document, *types: str) -> list[Document]:
    """Resources of some types that a name or ARN, written in ``home``, stands for.

    References decide, instance keys included. Where there is none, the text does: the same module
    instance first, then the same root, then the whole scan where the name is unique. More than one
    means that it is one of them, and which is not known; none that it is not in the scan.
    """
    linked = [d for d in project.linked(value, home) if d.type in types and _fits(value, d)]
    if linked:
        return linked
    possible = possible_values(value)
    if len(possible) > 1:
        each = [named(project, one, home, *types) for one in possible]
        return list({id(document): document for found in each for document in found}.values())
    text: Any = _last(value) if isinstance(value, str) else value
    if not text or not isinstance(text, str | Template):
        return []
    found = [
        document
        for kind in types
        for document in _named(project, kind).get(text, ())
        if document.kind != "terraform.data" and not document.root.never_with(home.root)
    ]
    for near in (
        [document for document in found if document.module == home.module],
        [document for document in found if document.root == home.root],
    ):
        if len(near) > 1:
            # A plan gives embedded text without its references, and those of the whole argument.
            referred = project.linked(home.value, home)
            near = [document for document in near if document in referred] or near
        if near:
            return near
    # What two roots leave open in the same words need not be the same.
    return found if len(found) == 1 and isinstance(text, str) else []


def name_of(document: Document) -> Any:
    """A resource's name as it is written; ``MISSING`` where it has none."""
    return lookup(document.value, NAMES.get(document.type, "name"))


def _named(project: Project, kind: str) -> dict[Any, list[Document]]:
    tables = _by_name.setdefault(project, {})
    table = tables.get(kind)
    if table is None:
        table = tables[kind] = {}
        for document in project.of_type(kind):
            name = name_of(document)
            if isinstance(name, str | Template):
                key = _last(name) if isinstance(name, str) else name
                table.setdefault(key, []).append(document)
    return table


def _last(text: str) -> str:
    """The name in an ARN, or the text itself."""
    return text.rsplit("/", 1)[-1].rsplit(":", 1)[-1] if text.startswith("arn:") else text


def _fits(value: Any, document: Document) -> bool:
    """Whether a text that was made of a reference may be the resource's name or ARN.

    ``"${aws_s3_bucket.b.id}-logs"`` is reached through the bucket, and is another one.
    """
    name = name_of(document)
    if isinstance(value, str):
        text = _last(value)
        if isinstance(name, str):
            return text in (_last(name), name)
        return name.may_equal(text) if isinstance(name, Template) else True
    if isinstance(value, Template):
        tail = _tail(value)
        whole = len(tail.parts) == 1  # all of it is what the resource is called
        if isinstance(name, Template) and not (whole and isinstance(tail.parts[0], Unknown)):
            return value == name or (_agree(tail, name) and tail.suffix == name.suffix)
        if isinstance(name, str):
            last = _last(name).rsplit("/", 1)[-1]
            behind = Template(tail.parts[1:] or [""])  # what is not known may hold a "/"
            return value.may_equal(name) or tail.may_equal(last) or behind.may_equal(last)
        return whole
    return True


def _tail(value: Template) -> Template:
    """The part of an ARN, a path or a name behind its last ``/`` or ``:``."""
    kept: list[str | Unknown] = []
    for part in reversed(value.parts):
        if isinstance(part, str):
            end = re.split("[/:]", part)[-1]
            kept.append(end)
            if end != part:
                break
        else:
            kept.append(part)
    return Template([part for part in reversed(kept) if part] or [""])


def _agree(one: Template, other: Template) -> bool:
    """Whether two texts may begin alike."""
    a, b = one.prefix, other.prefix
    return a.startswith(b) or b.startswith(a)
