"""Pairs of a resource and what is linked to it, each of which a good and a bad instance has.

The first block is what the others refer to, or what they name the instance of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.project.instances import Block, By, Json, Named, Nested, Ref, Text

ACCOUNT = "arn:aws:iam::111122223333"


@dataclass(frozen=True)
class Pair:
    """``says`` is the rule that tells the bad instance from the good one, or ``price``."""

    name: str
    says: str
    blocks: tuple[Block, ...]
    plan: bool = True
    """Whether a plan says enough of it to tell them apart."""


def policy(*statements: Mapping[str, Any]) -> Json:
    return Json({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: Any, resources: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def trust(service: Any) -> Json:
    return policy(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    )


ONE_BUCKET = "arn:aws:s3:::data/*"
SAGEMAKER = trust("sagemaker.amazonaws.com")


def role(**more: Any) -> Block:
    body = {"name": Named("role"), "assume_role_policy": SAGEMAKER, **more}
    return Block("aws_iam_role", "r", body)


def pipeline(role_arn: Any = f"{ACCOUNT}:role/elsewhere", *steps: Mapping[str, Any]) -> Block:
    definition = {"Version": "2020-12-01", "Steps": list(steps)}
    return Block(
        "aws_sagemaker_pipeline",
        "p",
        {
            "pipeline_name": Named("pipe"),
            "pipeline_display_name": Named("pipe"),
            "role_arn": role_arn,
            "pipeline_definition": Json(definition),
        },
    )


def training(output: Any = "s3://elsewhere/x", **arguments: Any) -> dict[str, Any]:
    return {
        "Name": "Train",
        "Type": "Training",
        "Arguments": {
            "RoleArn": f"{ACCOUNT}:role/jobs",
            "OutputDataConfig": {"S3OutputPath": output},
            "ResourceConfig": {
                "InstanceType": "ml.m5.xlarge",
                "InstanceCount": 1,
                "VolumeSizeInGB": 30,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            **arguments,
        },
    }


BUCKET = Block("aws_s3_bucket", "b", {"bucket": Named("data")})
BUCKET_ID = Ref("aws_s3_bucket.b", "id")
USES_BUCKET = pipeline(
    f"{ACCOUNT}:role/elsewhere",
    training(Text(("s3://", Ref("aws_s3_bucket.b", "bucket"), "/models"))),
)


def of_bucket(kind: str, **body: Any) -> Block:
    return Block(kind, "c", {"bucket": BUCKET_ID, **body})


def bucket_pair(name: str, says: str, *blocks: Block) -> Pair:
    return Pair(name, says, (BUCKET, *blocks, USES_BUCKET))


def user_arn(kind: str) -> Ref:
    return Ref(f"aws_iam_{kind}.u", "name")


def inline(document: Any, **more: Any) -> Block:
    body = {"name": Named("inline"), "role": Ref("aws_iam_role.r", "name"), "policy": document}
    return Block("aws_iam_role_policy", "i", {**body, **more})


MANAGED = Block(
    "aws_iam_policy",
    "m",
    {
        "name": Named("managed"),
        "policy": policy(allow(By("s3:GetObject", "sagemaker:*"), By(ONE_BUCKET, "*"))),
    },
)
ATTACHMENT = Block(
    "aws_iam_role_policy_attachment",
    "t",
    {"role": Ref("aws_iam_role.r", "name"), "policy_arn": Ref("aws_iam_policy.m", "arn")},
)


def variants(model: Any = "elsewhere", number: Any = 1) -> Nested:
    return Nested(
        {
            "variant_name": "main",
            "model_name": model,
            "instance_type": "ml.m5.xlarge",
            "initial_instance_count": number,
        }
    )


def configuration(**more: Any) -> Block:
    body = {"name": Named("config"), "production_variants": variants(), **more}
    return Block("aws_sagemaker_endpoint_configuration", "c", body)


ENDPOINT = Block(
    "aws_sagemaker_endpoint",
    "e",
    {
        "name": Named("endpoint"),
        "endpoint_config_name": Ref("aws_sagemaker_endpoint_configuration.c", "name"),
    },
)


def model(**more: Any) -> Block:
    body = {"name": Named("model"), "execution_role_arn": f"{ACCOUNT}:role/serving", **more}
    return Block("aws_sagemaker_model", "m", body)


GROUP = Block("aws_security_group", "g", {"name": Named("group"), "vpc_id": "vpc-1"})
GROUP_ID = Ref("aws_security_group.g", "id")


def notebook(**more: Any) -> Block:
    body = {
        "name": Named("notebook"),
        "role_arn": f"{ACCOUNT}:role/notebook",
        "instance_type": "ml.t3.medium",
        **more,
    }
    return Block("aws_sagemaker_notebook_instance", "n", body)


IN_GROUP = notebook(subnet_id="subnet-1", security_groups=[GROUP_ID])
EVERYWHERE, INSIDE = "0.0.0.0/0", "10.0.0.0/8"
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": By("false", "true")}},
}
KMS = {"Principal": By({"AWS": f"{ACCOUNT}:root"}, "*")}

PAIRS = (
    # Roles and what is attached to them
    Pair(
        "role-inline-policy",
        "IAM003",
        (role(), inline(policy(allow(By("s3:GetObject", "sagemaker:*"), By(ONE_BUCKET, "*"))))),
    ),
    Pair(
        "role-data-policy",
        "IAM003",
        (
            Block(
                "data.aws_iam_policy_document",
                "d",
                {
                    "statement": Nested(
                        {
                            "actions": [By("s3:GetObject", "sagemaker:*")],
                            "resources": [By(ONE_BUCKET, "*")],
                        }
                    )
                },
            ),
            role(),
            inline(Ref("data.aws_iam_policy_document.d", "json")),
        ),
    ),
    Pair("role-attachment", "IAM003", (role(), MANAGED, ATTACHMENT)),
    Pair(
        "role-attachment-of-aws-policy",
        "IAM013",
        (
            role(),
            Block(
                "aws_iam_role_policy_attachment",
                "t",
                {
                    "role": Ref("aws_iam_role.r", "name"),
                    "policy_arn": By(
                        "arn:aws:iam::aws:policy/ReadOnlyAccess",
                        "arn:aws:iam::aws:policy/AdministratorAccess",
                    ),
                },
            ),
        ),
    ),
    Pair(
        "role-attachment-list",
        "IAM003",
        (
            role(),
            MANAGED,
            Block(
                "aws_iam_policy_attachment",
                "t",
                {
                    "name": Named("attachment"),
                    "roles": [Ref("aws_iam_role.r", "name")],
                    "policy_arn": Ref("aws_iam_policy.m", "arn"),
                },
            ),
        ),
    ),
    Pair(
        "role-attachments-exclusive",
        "IAM013",
        (
            role(),
            Block(
                "aws_iam_role_policy_attachments_exclusive",
                "t",
                {
                    "role_name": Ref("aws_iam_role.r", "name"),
                    "policy_arns": [
                        By(
                            "arn:aws:iam::aws:policy/ReadOnlyAccess",
                            "arn:aws:iam::aws:policy/AdministratorAccess",
                        )
                    ],
                },
            ),
        ),
    ),
    Pair(
        "role-boundary",
        "IAM003",
        (
            Block(
                "aws_iam_policy",
                "boundary",
                {
                    "name": Named("boundary"),
                    "policy": policy(allow(By("s3:GetObject", "sagemaker:*"))),
                },
            ),
            role(permissions_boundary=Ref("aws_iam_policy.boundary", "arn")),
            inline(policy(allow("sagemaker:*"))),
        ),
    ),
    Pair(
        "role-deny",
        "IAM003",
        (
            role(),
            inline(policy(allow("sagemaker:*"))),
            Block(
                "aws_iam_role_policy",
                "deny",
                {
                    "name": Named("deny"),
                    "role": Ref("aws_iam_role.r", "id"),
                    "policy": policy(
                        {
                            "Effect": "Deny",
                            "Action": By("sagemaker:*", "s3:*"),
                            "Resource": "*",
                        }
                    ),
                },
            ),
        ),
    ),
    Pair(
        "role-of-pipeline",
        "IAM067",
        (
            role(assume_role_policy=trust(By("sagemaker.amazonaws.com", "lambda.amazonaws.com"))),
            pipeline(Ref("aws_iam_role.r", "arn"), training()),
        ),
    ),
    Pair(
        "role-of-notebook",
        "IAM067",
        (
            role(assume_role_policy=trust(By("sagemaker.amazonaws.com", "lambda.amazonaws.com"))),
            notebook(role_arn=Ref("aws_iam_role.r", "arn")),
        ),
    ),
    Pair(
        "role-of-domain",
        "IAM067",
        (
            role(assume_role_policy=trust(By("sagemaker.amazonaws.com", "lambda.amazonaws.com"))),
            Block(
                "aws_sagemaker_domain",
                "d",
                {
                    "domain_name": Named("domain"),
                    "auth_mode": "IAM",
                    "vpc_id": "vpc-1",
                    "subnet_ids": ["subnet-1"],
                    "default_user_settings": Nested(
                        {"execution_role": Ref("aws_iam_role.r", "arn")}
                    ),
                },
            ),
        ),
    ),
    Pair(
        "role-of-profile",
        "IAM067",
        (
            role(assume_role_policy=trust(By("sagemaker.amazonaws.com", "lambda.amazonaws.com"))),
            Block(
                "aws_sagemaker_user_profile",
                "u",
                {
                    "domain_id": "d-1",
                    "user_profile_name": Named("user"),
                    "user_settings": Nested({"execution_role": Ref("aws_iam_role.r", "arn")}),
                },
            ),
        ),
    ),
    Pair(
        "role-of-model",
        "IAM067",
        (
            role(assume_role_policy=trust(By("sagemaker.amazonaws.com", "lambda.amazonaws.com"))),
            model(execution_role_arn=Ref("aws_iam_role.r", "arn")),
        ),
    ),
    Pair(
        "role-passed",
        "IAM017",
        (
            role(assume_role_policy=trust(By("sagemaker.amazonaws.com", "lambda.amazonaws.com"))),
            Block(
                "aws_iam_policy",
                "m",
                {
                    "name": Named("passes"),
                    "policy": policy(allow("iam:PassRole", Ref("aws_iam_role.r", "arn"))),
                },
            ),
        ),
        plan=False,
    ),
    Pair(
        "policy-attached-twice",
        "IAM075",
        (
            Block(
                "aws_iam_policy",
                "m",
                {"name": Named("managed"), "policy": policy(allow("s3:GetObject", ONE_BUCKET))},
            ),
            Block(
                "aws_iam_policy_attachment",
                "t",
                {
                    "name": Named("attachment"),
                    "roles": ["one"],
                    "policy_arn": Ref("aws_iam_policy.m", "arn"),
                },
            ),
            Block(
                "aws_iam_role_policy_attachment",
                "o",
                {
                    "role": "other",
                    "policy_arn": By(
                        "arn:aws:iam::aws:policy/ReadOnlyAccess", Ref("aws_iam_policy.m", "arn")
                    ),
                },
            ),
        ),
    ),
    Pair(
        "user-with-password",
        "IAM072",
        (
            Block("aws_iam_user", "u", {"name": Named("user")}),
            Block(
                "aws_iam_user_login_profile",
                "l",
                {"user": By(user_arn("user"), "somebody")},
            ),
        ),
    ),
    # Buckets and their companions
    bucket_pair(
        "bucket-versioning",
        "REL013",
        of_bucket(
            "aws_s3_bucket_versioning",
            versioning_configuration=Nested({"status": By("Enabled", "Suspended")}),
        ),
    ),
    bucket_pair(
        "bucket-lifecycle",
        "COST028",
        of_bucket(
            "aws_s3_bucket_lifecycle_configuration",
            rule=Nested(
                {
                    "id": "old",
                    "status": "Enabled",
                    "abort_incomplete_multipart_upload": By([{"days_after_initiation": 7}], None),
                }
            ),
        ),
    ),
    bucket_pair(
        "bucket-encryption",
        "ENC027",
        of_bucket(
            "aws_s3_bucket_server_side_encryption_configuration",
            rule=Nested(
                {
                    "apply_server_side_encryption_by_default": Nested(
                        {"sse_algorithm": By("aws:kms", "AES256")}
                    )
                }
            ),
        ),
    ),
    bucket_pair(
        "bucket-policy", "ENC028", of_bucket("aws_s3_bucket_policy", policy=policy(TLS_ONLY))
    ),
    Pair(
        "bucket-of-checkpoints",
        "ENC031",
        (
            BUCKET,
            of_bucket(
                "aws_s3_bucket_server_side_encryption_configuration",
                rule=Nested(
                    {
                        "apply_server_side_encryption_by_default": Nested(
                            {
                                "sse_algorithm": By("aws:kms", "AES256"),
                                "kms_master_key_id": By(
                                    "arn:aws:kms:us-east-1:111122223333:key/one", None
                                ),
                            }
                        )
                    }
                ),
            ),
            pipeline(
                f"{ACCOUNT}:role/elsewhere",
                training(
                    CheckpointConfig={
                        "S3Uri": Text(("s3://", Ref("aws_s3_bucket.b", "bucket"), "/c"))
                    }
                ),
            ),
        ),
    ),
    Pair(
        "repository-lifecycle",
        "COST030",
        (
            Block("aws_ecr_repository", "r", {"name": Named("images")}),
            Block(
                "aws_ecr_lifecycle_policy",
                "l",
                {
                    "repository": By(Ref("aws_ecr_repository.r", "name"), "other"),
                    "policy": Json({"rules": []}),
                },
            ),
        ),
    ),
    # Keys
    Pair(
        "key-of-notebook",
        "ENC024",
        (
            Block(
                "aws_kms_alias",
                "k",
                {"name": By("alias/ours", "alias/aws/sagemaker"), "target_key_id": "1234"},
            ),
            notebook(kms_key_id=Ref("aws_kms_alias.k", "arn")),
        ),
    ),
    Pair(
        "key-policy",
        "IAM077",
        (
            Block("aws_kms_key", "k", {"description": Named("key"), "enable_key_rotation": True}),
            Block(
                "aws_kms_key_policy",
                "p",
                {
                    "key_id": Ref("aws_kms_key.k", "id"),
                    "policy": policy(allow("kms:Decrypt", "*", **KMS)),
                },
            ),
        ),
    ),
    # Networks
    Pair(
        "group-rule",
        "NET018",
        (
            GROUP,
            Block(
                "aws_vpc_security_group_ingress_rule",
                "r",
                {
                    "security_group_id": GROUP_ID,
                    "ip_protocol": "tcp",
                    "from_port": 443,
                    "to_port": 443,
                    "cidr_ipv4": By(INSIDE, EVERYWHERE),
                },
            ),
            IN_GROUP,
        ),
    ),
    Pair(
        "group-of-notebook",
        "NET018",
        (
            Block(
                "aws_security_group",
                "g",
                {
                    "name": Named("group"),
                    "ingress": Nested(
                        {
                            "protocol": "tcp",
                            "from_port": 443,
                            "to_port": 443,
                            "cidr_blocks": [By(INSIDE, EVERYWHERE)],
                        }
                    ),
                },
            ),
            IN_GROUP,
        ),
    ),
    Pair(
        "group-that-is-used",
        "NET018",
        (
            Block(
                "aws_security_group",
                "g",
                {
                    "name": Named("group"),
                    "ingress": Nested({"protocol": "tcp", "cidr_blocks": [EVERYWHERE]}),
                },
            ),
            notebook(subnet_id="subnet-1", security_groups=[By("sg-elsewhere", GROUP_ID)]),
        ),
    ),
    Pair(
        "subnet-endpoints",
        "NET019",
        (
            Block("aws_vpc", "v", {"cidr_block": "10.0.0.0/16"}),
            Block(
                "aws_subnet", "s", {"vpc_id": Ref("aws_vpc.v", "id"), "cidr_block": "10.0.1.0/24"}
            ),
            Block(
                "aws_vpc_endpoint",
                "x",
                {
                    "vpc_id": Ref("aws_vpc.v", "id"),
                    "service_name": By("com.amazonaws.us-east-1.s3", "com.amazonaws.us-east-1.sns"),
                },
            ),
            notebook(
                subnet_id=Ref("aws_subnet.s", "id"),
                security_groups=["sg-1"],
                direct_internet_access="Disabled",
            ),
            model(
                enable_network_isolation=False,
                vpc_config=Nested(
                    {"subnets": [Ref("aws_subnet.s", "id")], "security_group_ids": ["sg-1"]}
                ),
            ),
        ),
    ),
    Pair(
        "subnet-nat",
        "NET019",
        (
            Block("aws_vpc", "v", {"cidr_block": "10.0.0.0/16"}),
            Block(
                "aws_subnet", "s", {"vpc_id": Ref("aws_vpc.v", "id"), "cidr_block": "10.0.1.0/24"}
            ),
            Block(
                "aws_nat_gateway",
                "x",
                {"subnet_id": By(Ref("aws_subnet.s", "id"), "subnet-elsewhere")},
            ),
            model(
                vpc_config=Nested(
                    {"subnets": [Ref("aws_subnet.s", "id")], "security_group_ids": ["sg-1"]}
                ),
            ),
        ),
    ),
    Pair(
        "default-network",
        "NET017",
        (
            Block("data.aws_vpc", "v", {"default": By(False, True), "id": By("vpc-1", None)}),
            Block(
                "aws_security_group",
                "g",
                {"name": Named("group"), "vpc_id": Ref("data.aws_vpc.v", "id")},
            ),
            IN_GROUP,
        ),
        plan=False,
    ),
    # Serving
    Pair(
        "endpoint-configuration",
        "price",
        (configuration(production_variants=variants(number=By(1, 3))), ENDPOINT),
    ),
    Pair(
        "endpoint-model",
        "APPR008",
        (
            model(
                primary_container=Nested(
                    {
                        "model_package_name": By("arn:aws:sagemaker:::model-package/m/1", None),
                        "model_data_url": By(None, "s3://models/m.tar.gz"),
                    }
                )
            ),
            configuration(production_variants=variants(Ref("aws_sagemaker_model.m", "name"))),
            ENDPOINT,
        ),
    ),
    Pair(
        "endpoint-scaling",
        "COST018",
        (
            configuration(),
            ENDPOINT,
            Block(
                "aws_appautoscaling_target",
                "t",
                {
                    "service_namespace": "sagemaker",
                    "scalable_dimension": "sagemaker:variant:DesiredInstanceCount",
                    "min_capacity": 1,
                    "max_capacity": 2,
                    "resource_id": By(
                        Text(
                            ("endpoint/", Ref("aws_sagemaker_endpoint.e", "name"), "/variant/main")
                        ),
                        "endpoint/other/variant/main",
                    ),
                },
            ),
        ),
    ),
    Pair(
        "endpoint-scaling-price",
        "price",
        (
            configuration(),
            ENDPOINT,
            Block(
                "aws_appautoscaling_target",
                "t",
                {
                    "service_namespace": "sagemaker",
                    "scalable_dimension": "sagemaker:variant:DesiredInstanceCount",
                    "min_capacity": By(1, 4),
                    "max_capacity": By(2, 8),
                    "resource_id": Text(
                        ("endpoint/", Ref("aws_sagemaker_endpoint.e", "name"), "/variant/main")
                    ),
                },
            ),
        ),
    ),
    Pair(
        "endpoint-clock",
        "COST020",
        (
            configuration(tags={"Environment": "dev"}),
            ENDPOINT,
            Block(
                "aws_appautoscaling_target",
                "t",
                {
                    "service_namespace": "sagemaker",
                    "scalable_dimension": "sagemaker:variant:DesiredInstanceCount",
                    "min_capacity": 1,
                    "max_capacity": 2,
                    "resource_id": Text(
                        ("endpoint/", Ref("aws_sagemaker_endpoint.e", "name"), "/variant/main")
                    ),
                },
            ),
            Block(
                "aws_appautoscaling_scheduled_action",
                "s",
                {
                    "name": Named("night"),
                    "service_namespace": "sagemaker",
                    "schedule": "cron(0 20 * * ? *)",
                    "resource_id": By(
                        Ref("aws_appautoscaling_target.t", "resource_id"),
                        "endpoint/other/variant/main",
                    ),
                },
            ),
        ),
    ),
    Pair(
        "endpoint-queue",
        "COST019",
        (
            configuration(
                async_inference_config=By(
                    None, [{"output_config": [{"s3_output_path": "s3://elsewhere/out"}]}]
                )
            ),
            ENDPOINT,
            Block(
                "aws_appautoscaling_target",
                "t",
                {
                    "service_namespace": "sagemaker",
                    "scalable_dimension": "sagemaker:variant:DesiredInstanceCount",
                    "min_capacity": 1,
                    "max_capacity": 2,
                    "resource_id": Text(
                        ("endpoint/", Ref("aws_sagemaker_endpoint.e", "name"), "/variant/main")
                    ),
                },
            ),
        ),
    ),
    Pair(
        "configuration-model",
        "SYN009",
        (
            model(enable_network_isolation=By(False, True)),
            configuration(
                production_variants=Nested(
                    {
                        "variant_name": "main",
                        "model_name": Ref("aws_sagemaker_model.m", "name"),
                        "serverless_config": Nested(
                            {"max_concurrency": 5, "memory_size_in_mb": 2048}
                        ),
                    }
                )
            ),
        ),
    ),
    Pair(
        "monitoring-job",
        "COST027",
        (
            Block(
                "aws_sagemaker_data_quality_job_definition",
                "j",
                {
                    "name": Named("job"),
                    "role_arn": f"{ACCOUNT}:role/monitor",
                    "job_resources": Nested(
                        {
                            "cluster_config": Nested(
                                {
                                    "instance_count": 1,
                                    "instance_type": By("ml.m5.large", "ml.m5.24xlarge"),
                                    "volume_size_in_gb": 20,
                                }
                            )
                        }
                    ),
                },
            ),
            Block(
                "aws_sagemaker_monitoring_schedule",
                "s",
                {
                    "name": Named("schedule"),
                    "monitoring_schedule_config": Nested(
                        {
                            "monitoring_job_definition_name": Ref(
                                "aws_sagemaker_data_quality_job_definition.j", "name"
                            ),
                            "monitoring_type": "DataQuality",
                            "schedule_config": Nested({"schedule_expression": "cron(0 * ? * * *)"}),
                        }
                    ),
                },
            ),
        ),
    ),
    # Notebooks, pipelines and model groups
    Pair(
        "notebook-lifecycle",
        "COST023",
        (
            Block(
                "aws_sagemaker_notebook_instance_lifecycle_configuration",
                "l",
                {"name": Named("lifecycle"), "on_start": "ZWNobyBzdG9w"},
            ),
            notebook(
                lifecycle_config_name=By(
                    Ref("aws_sagemaker_notebook_instance_lifecycle_configuration.l", "name"), None
                )
            ),
        ),
    ),
    Pair(
        "pipeline-price",
        "price",
        (
            role(),
            pipeline(
                Ref("aws_iam_role.r", "arn"),
                training(
                    ResourceConfig={
                        "InstanceType": "ml.m5.xlarge",
                        "InstanceCount": By(1, 4),
                        "VolumeSizeInGB": 30,
                    }
                ),
            ),
        ),
    ),
    Pair(
        "model-group-policy",
        "IAM076",
        (
            Block(
                "aws_sagemaker_model_package_group",
                "g",
                {"model_package_group_name": Named("models")},
            ),
            Block(
                "aws_sagemaker_model_package_group_policy",
                "p",
                {
                    "model_package_group_name": Ref(
                        "aws_sagemaker_model_package_group.g", "model_package_group_name"
                    ),
                    "resource_policy": policy(allow("sagemaker:DescribeModelPackage", "*", **KMS)),
                },
            ),
        ),
    ),
)
