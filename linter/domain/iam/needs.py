"""What the steps of a pipeline need to be allowed, by type.

Sources: the developer guide's pages on IAM access management for pipelines and on execution roles
(https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html).
"""

from __future__ import annotations

from collections.abc import Mapping

JOB_ACTIONS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "Processing": (
        ("CreateProcessingJob", "DescribeProcessingJob", "StopProcessingJob"),
        "processing-job/pipelines-*",
    ),
    "Training": (
        ("CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob"),
        "training-job/pipelines-*",
    ),
    "Tuning": (
        (
            "CreateHyperParameterTuningJob",
            "DescribeHyperParameterTuningJob",
            "StopHyperParameterTuningJob",
            "ListTrainingJobsForHyperParameterTuningJob",
        ),
        "hyper-parameter-tuning-job/pipelines-*",
    ),
    "Transform": (
        ("CreateTransformJob", "DescribeTransformJob", "StopTransformJob"),
        "transform-job/pipelines-*",
    ),
    "AutoML": (
        (
            "CreateAutoMLJob",
            "CreateAutoMLJobV2",
            "DescribeAutoMLJob",
            "DescribeAutoMLJobV2",
            "StopAutoMLJob",
            "ListCandidatesForAutoMLJob",
        ),
        "automl-job/pipelines-*",
    ),
    "Model": (("CreateModel", "DescribeModel"), "model/pipelines-*"),
    "EndpointConfig": (("CreateEndpointConfig", "DescribeEndpointConfig"), "endpoint-config/*"),
    "Endpoint": (("CreateEndpoint", "DescribeEndpoint", "UpdateEndpoint"), "endpoint/*"),
    "ClarifyCheck": (
        ("CreateProcessingJob", "DescribeProcessingJob", "StopProcessingJob"),
        "processing-job/pipelines-*",
    ),
    "QualityCheck": (
        ("CreateProcessingJob", "DescribeProcessingJob", "StopProcessingJob"),
        "processing-job/pipelines-*",
    ),
}
"""Step type → SageMaker actions of the pipeline's role, and the resources they act on."""


REGISTRY = (
    "CreateModelPackage",
    "CreateModelPackageGroup",
    "DescribeModelPackage",
    "DescribeModelPackageGroup",
    "ListModelPackages",
)
EMR_STEPS = ("AddJobFlowSteps", "CancelSteps", "DescribeCluster", "DescribeStep")
EMR_CLUSTER = ("RunJobFlow", "TerminateJobFlows")
LOGS = ("CreateLogGroup", "CreateLogStream", "DescribeLogStreams", "PutLogEvents")
PULL = ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")
KEYS = ("CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKey")
INTERFACES = (
    "CreateNetworkInterface",
    "CreateNetworkInterfacePermission",
    "DeleteNetworkInterface",
    "DeleteNetworkInterfacePermission",
)
NETWORK = (
    "DescribeDhcpOptions",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeVpcs",
)
CONTAINERS = frozenset(
    {
        *("Processing", "Training", "Tuning", "Transform", "AutoML", "Model"),
        *("ClarifyCheck", "QualityCheck"),
    }
)
"""Step types that run containers with a role of their own."""

OUTPUT_MEMBERS = frozenset(
    {
        *("ProcessingOutputConfig", "OutputDataConfig", "TransformOutput", "CheckpointConfig"),
        *("DebugHookConfig", "TensorBoardOutputConfig", "ProfilerConfig", "DataCaptureConfig"),
        *("S3Output", "MonitoringOutputConfig"),
    }
)
"""Members of arguments below which an S3 location is written to."""
