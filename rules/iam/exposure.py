"""IAM076, IAM077: policies of resources that let anybody, or another account, use them."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.values import Unknown, lookup
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Subject
from rules.iam.accounts import OWN, account_of, own_accounts, says_who
from rules.iam.reading import allows, anyone, elements, policy_of, principals

_CONDITION = "its condition is not wholly known"
_MODEL_GROUPS = ("aws_sagemaker_model_package_group_policy", "AWS::SageMaker::ModelPackageGroup")
_KEY = "the key, and so all that is encrypted with it"
_STORES = {
    **dict.fromkeys(
        (
            *("aws_s3_bucket", "aws_s3_bucket_policy", "aws_s3_access_point"),
            *("aws_s3control_access_point_policy", "AWS::S3::BucketPolicy"),
            "AWS::S3::AccessPoint",
        ),
        "objects of the bucket",
    ),
    **dict.fromkeys(
        (
            *("aws_kms_key", "aws_kms_key_policy", "aws_kms_external_key"),
            *("aws_kms_replica_key", "aws_kms_replica_external_key"),
            *("AWS::KMS::Key", "AWS::KMS::ReplicaKey"),
        ),
        _KEY,
    ),
    "aws_ecr_repository_policy": "images of the repository",
    "aws_ecr_registry_policy": "images of the registry",
    "AWS::ECR::Repository": "images of the repository",
    "AWS::ECR::RegistryPolicy": "images of the registry",
    "aws_secretsmanager_secret": "the secret",
    "aws_secretsmanager_secret_policy": "the secret",
    "AWS::SecretsManager::ResourcePolicy": "the secret",
    **dict.fromkeys(
        (
            *("aws_sqs_queue", "aws_sqs_queue_policy", "AWS::SQS::QueuePolicy"),
            "AWS::SQS::QueueInlinePolicy",
        ),
        "the queue, and so the tokens of callback steps",
    ),
    **dict.fromkeys(
        (
            *("aws_sns_topic", "aws_sns_topic_policy", "AWS::SNS::TopicPolicy"),
            "AWS::SNS::TopicInlinePolicy",
        ),
        "the topic, and what is sent to it",
    ),
    "aws_dynamodb_resource_policy": "the table",
    "AWS::DynamoDB::Table": "the table",
    **dict.fromkeys(
        (
            "aws_codeartifact_domain_permissions_policy",
            "aws_codeartifact_repository_permissions_policy",
        ),
        "packages of the repository",
    ),
}
"""Types of resources that hold what a pipeline reads and writes, and what is at stake."""
_SERVICES = {
    "s3": "the bucket or its objects",
    "kms": "the key, and so all that is encrypted with it",
    "ecr": "images of the repository",
    "secretsmanager": "the secret",
}


def public_model_group(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM076: model versions for everybody, for accounts that are not listed, or for changing."""
    if not allows(subject) or policy_of(subject).resource_type not in _MODEL_GROUPS:
        return
    narrowed = says_who(subject.value)
    at = anyone(subject.value)
    if at is not None and not narrowed:
        if narrowed is None:
            yield unknown(_CONDITION, at)
        else:
            yield fail(at, f"{subject.title} lets every AWS account use the models of the group")
    elif at is None and not narrowed:
        yield from _foreign(subject, context, narrowed)
    for path, action in elements(subject.value, "Action"):
        if isinstance(action, str) and action.lower() in ("*", "sagemaker:*"):
            yield fail(
                path,
                f"{subject.title} allows {action} on the model group to whoever it names: they "
                "may also delete versions and approve them",
                detail=action.lower(),
            )


def _foreign(subject: Subject, context: Context, narrowed: bool | None) -> Iterable[Outcome]:
    own = own_accounts(context.project, context.parameters)
    allowed = {str(item) for item in context.parameters["allowed_accounts"]}
    for path, value in principals(subject.value, "AWS"):
        account = account_of(value)
        if account is None or account == OWN or account in own | allowed:
            continue
        if isinstance(account, Unknown):
            yield unknown(value, path)
        elif narrowed is None:
            yield unknown(_CONDITION, path)
        elif not own and not allowed:
            yield unknown("nothing in the scan says which accounts may use the models", path)
        else:
            yield fail(
                path,
                f"{subject.title} lets account {account}, which is not on the list, use the "
                "models of the group",
                detail=account,
            )


def public_data(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM077: a bucket, key, repository or secret for everybody."""
    if not allows(subject):
        return
    stake = _stake(subject)
    if stake is None:
        return
    at = anyone(subject.value)
    if at is None:
        principal = lookup(subject.value, "Principal")
        if isinstance(principal, Unknown):
            yield unknown(principal, ("Principal",))
        return
    narrowed = says_who(subject.value)
    if narrowed is None:
        yield unknown(_CONDITION, at)
    elif not narrowed and not policy_of(subject).resource_type and "Resource" in subject.value:
        yield unknown("it may be the policy of a VPC endpoint or of an organisation as well", at)
    elif not narrowed:
        yield fail(at, f"{subject.title} lets anybody in the world use {stake}")


def _stake(subject: Subject) -> str | None:
    kind = policy_of(subject).resource_type
    if kind:
        return _STORES.get(kind)
    for _, action in elements(subject.value, "Action"):  # a file of its own: by its actions
        if isinstance(action, str):
            found = _SERVICES.get(action.partition(":")[0].lower())
            if found is not None:
                return found
    return None
