"""Which attributes of which resources hold IAM policies, and how policies are attached."""

from __future__ import annotations

from linter.core.documents import Path

RESOURCE_POLICIES: dict[str, tuple[Path, ...]] = {
    "aws_s3_bucket_policy": (("policy",),),
    "aws_s3_bucket": (("policy",),),
    "aws_kms_key": (("policy",),),
    "aws_kms_key_policy": (("policy",),),
    "aws_ecr_repository_policy": (("policy",),),
    "aws_ecr_registry_policy": (("policy",),),
    "aws_sns_topic": (("policy",),),
    "aws_sns_topic_policy": (("policy",),),
    "aws_sqs_queue": (("policy",),),
    "aws_sqs_queue_policy": (("policy",),),
    "aws_secretsmanager_secret": (("policy",),),
    "aws_secretsmanager_secret_policy": (("policy",),),
    "aws_sagemaker_model_package_group_policy": (("resource_policy",),),
    "aws_kms_external_key": (("policy",),),
    "aws_kms_replica_key": (("policy",),),
    "aws_kms_replica_external_key": (("policy",),),
    "aws_efs_file_system_policy": (("policy",),),
    "aws_s3_access_point": (("policy",),),
    "aws_s3control_access_point_policy": (("policy",),),
    "aws_dynamodb_resource_policy": (("policy",),),
    "aws_kinesis_resource_policy": (("policy",),),
    "aws_glue_resource_policy": (("policy",),),
    "aws_cloudwatch_event_bus_policy": (("policy",),),
    "aws_cloudwatch_log_resource_policy": (("policy_document",),),
    "aws_codeartifact_domain_permissions_policy": (("policy_document",),),
    "aws_codeartifact_repository_permissions_policy": (("policy_document",),),
    "aws_vpc_endpoint": (("policy",),),
    "aws_vpc_endpoint_policy": (("policy",),),
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
}

ORGANIZATION_POLICIES: dict[str, tuple[Path, str, tuple[str, ...]]] = {
    # type → (path of the document, member that holds its kind, those that bound principals)
    "aws_organizations_policy": (("content",), "type", ("SERVICE_CONTROL_POLICY",)),
    "AWS::Organizations::Policy": (("Content",), "Type", ("SERVICE_CONTROL_POLICY",)),
}
"""Policies of an organisation. Terraform's are service control policies where they do not say."""
RESOURCE_CONTROL = "RESOURCE_CONTROL_POLICY"

ROLE_TYPES = ("aws_iam_role", "AWS::IAM::Role")

INLINE_ROLE_POLICIES: dict[str, tuple[Path, str]] = {
    # type → (path of the document, attribute that names the role)
    "aws_iam_role_policy": (("policy",), "role"),
    "AWS::IAM::RolePolicy": (("PolicyDocument",), "RoleName"),
}

PRINCIPAL_POLICIES: dict[str, tuple[Path, str]] = {
    "aws_iam_user_policy": (("policy",), "user"),
    "aws_iam_group_policy": (("policy",), "group"),
    "AWS::IAM::UserPolicy": (("PolicyDocument",), "UserName"),
    "AWS::IAM::GroupPolicy": (("PolicyDocument",), "GroupName"),
    "aws_ssoadmin_permission_set_inline_policy": (("inline_policy",), "permission_set_arn"),
    "AWS::SSO::PermissionSet": (("InlinePolicy",), "Name"),
}

PRINCIPALS_WITH_POLICIES = ("AWS::IAM::User", "AWS::IAM::Group")
"""Users and groups that hold their inline policies themselves, in ``Policies``."""

MANAGED_POLICIES: dict[str, Path] = {
    "aws_iam_policy": ("policy",),
    "AWS::IAM::ManagedPolicy": ("PolicyDocument",),
    "AWS::IAM::Policy": ("PolicyDocument",),
}
"""Policies that are attached by name; ``AWS::IAM::Policy`` names its roles itself."""

ATTACHMENTS: dict[str, tuple[str, str]] = {
    # type → (attribute of roles, users or groups; attribute of the policy's ARN)
    "aws_iam_role_policy_attachment": ("role", "policy_arn"),
    "aws_iam_user_policy_attachment": ("user", "policy_arn"),
    "aws_iam_group_policy_attachment": ("group", "policy_arn"),
}

ROLE_LISTS = {"AWS::IAM::ManagedPolicy": "Roles", "AWS::IAM::Policy": "Roles"}
PRINCIPAL_LISTS = {
    "AWS::IAM::ManagedPolicy": ("Users", "Groups"),
    "AWS::IAM::Policy": ("Users", "Groups"),
    "aws_iam_policy_attachment": ("users", "groups"),
}


def policy_paths(resource_type: str) -> tuple[Path, ...]:
    """Where a resource of a type holds policies that are not a role's own."""
    found = list(RESOURCE_POLICIES.get(resource_type, ()))
    for table in (INLINE_ROLE_POLICIES, PRINCIPAL_POLICIES, ORGANIZATION_POLICIES):
        if resource_type in table:
            found.append(table[resource_type][0])
    if resource_type in MANAGED_POLICIES:
        found.append(MANAGED_POLICIES[resource_type])
    return tuple(found)
