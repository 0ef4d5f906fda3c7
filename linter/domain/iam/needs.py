"""What the steps of a pipeline need to be allowed, by type.

Sources: the developer guide's pages on IAM access management for pipelines and on execution roles
(https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html), and for EMR steps AWS's own
policy for them, https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSageMakerPipelinesIntegrations.html.
docs/iam-suggest.md says which permission comes from which.
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
EMR_STEPS = ("AddJobFlowSteps", "CancelSteps", "DescribeCluster", "DescribeStep", "ListSteps")
EMR_CLUSTER = ("RunJobFlow", "TerminateJobFlows")
EMR_ANYWHERE = ("RunJobFlow",)
"""Which take no cluster: there is none yet."""
ON_CONFIGURATIONS = ("CreateEndpoint", "UpdateEndpoint")
"""Which act on the endpoint and on its configuration."""
EVENTS = ("DeleteRule", "DescribeRule", "PutRule", "PutTargets", "RemoveTargets")
EMR_RULES = (
    "SageMakerPipelineExecutionEMRStepStatusUpdateRule",
    "SageMakerPipelineExecutionEMRClusterStatusUpdateRule",
)
"""The rules of EventBridge by which a pipeline hears of its EMR steps and clusters."""
LOGS = ("CreateLogGroup", "CreateLogStream", "DescribeLogStreams", "PutLogEvents")
PULL = ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")
KEYS = ("Decrypt", "DescribeKey", "GenerateDataKey")
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

NOTHING = frozenset({"Condition", "Fail", "ForEach"})
"""Step types that need nothing of themselves; their inner steps and property files are seen to."""
DERIVED = NOTHING | frozenset(JOB_ACTIONS) | {"RegisterModel", "Lambda", "Callback", "EMR"}
"""Step types of which it is known what they need. Others are named, and never taken for nothing."""

JOB_NAMES = {
    "Processing": "ProcessingJobName",
    "Training": "TrainingJobName",
    "Tuning": "HyperParameterTuningJobName",
    "Transform": "TransformJobName",
    "AutoML": "AutoMLJobName",
    "Model": "ModelName",
    "EndpointConfig": "EndpointConfigName",
    "Endpoint": "EndpointName",
}
"""Where a definition names what a step makes, which else is ``pipelines-…``: names of jobs are
beginnings (``use_custom_job_prefix`` of PipelineDefinitionConfig), those of endpoints are whole."""

OUTPUT_MEMBERS = frozenset(
    {
        *("ProcessingOutputConfig", "OutputDataConfig", "TransformOutput", "CheckpointConfig"),
        *("DebugHookConfig", "TensorBoardOutputConfig", "ProfilerConfig", "DataCaptureConfig"),
        *("S3Output", "MonitoringOutputConfig"),
    }
)
"""Members of arguments below which an S3 location is written to."""
