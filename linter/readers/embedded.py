"""Attributes that hold a JSON document as text, by resource type.

Paths may hold ``*`` for every element of a list (nested blocks are lists).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from linter.core.documents import Path

POLICY = (("policy",),)

TERRAFORM: dict[str, tuple[tuple[str, ...], ...]] = {
    "aws_sagemaker_pipeline": (("pipeline_definition",),),
    "aws_iam_role": (("assume_role_policy",), ("inline_policy", "*", "policy")),
    "aws_iam_policy": POLICY,
    "aws_iam_role_policy": POLICY,
    "aws_iam_user_policy": POLICY,
    "aws_iam_group_policy": POLICY,
    "aws_s3_bucket": POLICY,
    "aws_s3_bucket_policy": POLICY,
    "aws_kms_key": POLICY,
    "aws_kms_external_key": POLICY,
    "aws_kms_key_policy": POLICY,
    "aws_ecr_repository_policy": POLICY,
    "aws_ecr_registry_policy": POLICY,
    "aws_ecr_lifecycle_policy": POLICY,
    "aws_sns_topic": POLICY,
    "aws_sns_topic_policy": POLICY,
    "aws_sqs_queue": POLICY,
    "aws_sqs_queue_policy": POLICY,
    "aws_secretsmanager_secret": POLICY,
    "aws_secretsmanager_secret_policy": POLICY,
    "aws_vpc_endpoint": POLICY,
    "aws_vpc_endpoint_policy": POLICY,
    "aws_kms_replica_key": POLICY,
    "aws_kms_replica_external_key": POLICY,
    "aws_efs_file_system_policy": POLICY,
    "aws_s3_access_point": POLICY,
    "aws_s3control_access_point_policy": POLICY,
    "aws_dynamodb_resource_policy": POLICY,
    "aws_kinesis_resource_policy": POLICY,
    "aws_glue_resource_policy": POLICY,
    "aws_cloudwatch_event_bus_policy": POLICY,
    "aws_cloudwatch_log_resource_policy": (("policy_document",),),
    "aws_codeartifact_domain_permissions_policy": (("policy_document",),),
    "aws_codeartifact_repository_permissions_policy": (("policy_document",),),
    "aws_sagemaker_model_package_group_policy": (("resource_policy",),),
    "aws_ssoadmin_permission_set_inline_policy": (("inline_policy",),),
    "aws_iam_policy_document": (("json",),),
    "aws_organizations_policy": (("content",),),
    "aws_scheduler_schedule": (("target", "*", "input"),),
    "aws_sfn_state_machine": (("definition",),),
}

CLOUDFORMATION: dict[str, tuple[tuple[str, ...], ...]] = {
    "AWS::SageMaker::Pipeline": (("PipelineDefinition", "PipelineDefinitionBody"),),
    "AWS::IAM::Role": (("AssumeRolePolicyDocument",), ("Policies", "*", "PolicyDocument")),
    "AWS::IAM::Policy": (("PolicyDocument",),),
    "AWS::IAM::ManagedPolicy": (("PolicyDocument",),),
    "AWS::IAM::RolePolicy": (("PolicyDocument",),),
    "AWS::IAM::UserPolicy": (("PolicyDocument",),),
    "AWS::IAM::GroupPolicy": (("PolicyDocument",),),
    "AWS::IAM::User": (("Policies", "*", "PolicyDocument"),),
    "AWS::IAM::Group": (("Policies", "*", "PolicyDocument"),),
    "AWS::SSO::PermissionSet": (("InlinePolicy",),),
    "AWS::S3::BucketPolicy": (("PolicyDocument",),),
    "AWS::KMS::Key": (("KeyPolicy",),),
    "AWS::ECR::Repository": (("RepositoryPolicyText",),),
    "AWS::KMS::ReplicaKey": (("KeyPolicy",),),
    "AWS::ECR::RegistryPolicy": (("PolicyText",),),
    "AWS::EFS::FileSystem": (("FileSystemPolicy",),),
    "AWS::S3::AccessPoint": (("Policy",),),
    "AWS::DynamoDB::Table": (("ResourcePolicy", "PolicyDocument"),),
    "AWS::Logs::ResourcePolicy": (("PolicyDocument",),),
    "AWS::SNS::TopicPolicy": (("PolicyDocument",),),
    "AWS::SNS::TopicInlinePolicy": (("PolicyDocument",),),
    "AWS::SQS::QueueInlinePolicy": (("PolicyDocument",),),
    "AWS::SQS::QueuePolicy": (("PolicyDocument",),),
    "AWS::SecretsManager::ResourcePolicy": (("ResourcePolicy",),),
    "AWS::SageMaker::ModelPackageGroup": (("ModelPackageGroupPolicy",),),
    "AWS::EC2::VPCEndpoint": (("PolicyDocument",),),
    "AWS::Organizations::Policy": (("Content",),),
    "AWS::Scheduler::Schedule": (("Target", "Input"),),
    "AWS::Serverless::StateMachine": (("Definition",),),
    "AWS::StepFunctions::StateMachine": (("DefinitionString",), ("Definition",)),
}


def matches(value: Any, pattern: tuple[str, ...]) -> Iterator[tuple[Path, Any]]:
    """The paths of a table above in a value, with what stands there; ``None`` is passed over."""
    found: list[tuple[Path, Any]] = [((), value)]
    for step in pattern:
        inner: list[tuple[Path, Any]] = []
        for path, item in found:
            if step == "*":
                if isinstance(item, list):
                    inner.extend(((*path, i), each) for i, each in enumerate(item))
            elif isinstance(item, dict) and step in item:
                inner.append(((*path, step), item[step]))
        found = inner
    yield from ((path, item) for path, item in found if item is not None)
