"""Which resources of SageMaker are pulled, and how an answer becomes a template's properties.

Names of operations and members follow botocore's service model (API reference,
https://docs.aws.amazon.com/sagemaker/latest/APIReference/), names of properties CloudFormation's
resource reference. Members that are no property are kept as what was observed.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of resource that is listed and described.

    ``list``, ``key``: the operation that lists and the member of its answer that holds the list.
    ``describe``, ``arguments``: the operation that describes and what it takes from an entry of
    the list. ``name`` is the member that names it in the folder, ``properties`` those that a
    template has, ``renamed`` those that a template calls otherwise.
    """

    folder: str
    type: str
    list: str
    key: str
    describe: str
    arguments: tuple[str, ...]
    name: str
    arn: str
    properties: tuple[str, ...]
    renamed: dict[str, str] = field(default_factory=dict)
    tagged: bool = True


ENDPOINTS = Kind(
    "endpoints",
    "AWS::SageMaker::Endpoint",
    *("list_endpoints", "Endpoints", "describe_endpoint", ("EndpointName",)),
    *("EndpointName", "EndpointArn"),
    ("EndpointName", "EndpointConfigName"),
    {"LastDeploymentConfig": "DeploymentConfig"},
)
ENDPOINT_CONFIG = Kind(
    "endpoint-configs",
    "AWS::SageMaker::EndpointConfig",
    *("list_endpoint_configs", "EndpointConfigs", "describe_endpoint_config"),
    ("EndpointConfigName",),
    *("EndpointConfigName", "EndpointConfigArn"),
    (
        *("EndpointConfigName", "ProductionVariants", "DataCaptureConfig", "KmsKeyId"),
        *("AsyncInferenceConfig", "ExplainerConfig", "ShadowProductionVariants"),
        *("ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation"),
    ),
)
MODEL = Kind(
    "models",
    "AWS::SageMaker::Model",
    *("list_models", "Models", "describe_model", ("ModelName",), "ModelName", "ModelArn"),
    (
        *("ModelName", "PrimaryContainer", "Containers", "InferenceExecutionConfig"),
        *("ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation"),
    ),
)
GROUPS = Kind(
    "model-package-groups",
    "AWS::SageMaker::ModelPackageGroup",
    *("list_model_package_groups", "ModelPackageGroupSummaryList", "describe_model_package_group"),
    ("ModelPackageGroupName",),
    *("ModelPackageGroupName", "ModelPackageGroupArn"),
    ("ModelPackageGroupName", "ModelPackageGroupDescription"),
)
PACKAGE = Kind(
    "model-packages",
    "AWS::SageMaker::ModelPackage",
    *("list_model_packages", "ModelPackageSummaryList", "describe_model_package"),
    ("ModelPackageName",),
    *("ModelPackageArn", "ModelPackageArn"),
    (
        *("ModelPackageGroupName", "ModelPackageDescription", "InferenceSpecification"),
        *("ModelApprovalStatus", "MetadataProperties", "ModelMetrics", "ApprovalDescription"),
        *("CustomerMetadataProperties", "DriftCheckBaselines", "SourceUri", "SecurityConfig"),
    ),
)
LISTED = (
    ENDPOINTS,
    GROUPS,
    Kind(
        "notebook-instances",
        "AWS::SageMaker::NotebookInstance",
        *("list_notebook_instances", "NotebookInstances", "describe_notebook_instance"),
        ("NotebookInstanceName",),
        *("NotebookInstanceName", "NotebookInstanceArn"),
        (
            *("NotebookInstanceName", "InstanceType", "SubnetId", "RoleArn", "KmsKeyId"),
            *("DirectInternetAccess", "VolumeSizeInGB", "DefaultCodeRepository"),
            *("AdditionalCodeRepositories", "RootAccess", "PlatformIdentifier"),
            "InstanceMetadataServiceConfiguration",
        ),
        {
            "SecurityGroups": "SecurityGroupIds",
            "NotebookInstanceLifecycleConfigName": "LifecycleConfigName",
        },
    ),
    Kind(
        "domains",
        "AWS::SageMaker::Domain",
        *("list_domains", "Domains", "describe_domain", ("DomainId",), "DomainId", "DomainArn"),
        (
            *("DomainName", "AuthMode", "DefaultUserSettings", "DomainSettings", "KmsKeyId"),
            *("AppNetworkAccessType", "SubnetIds", "VpcId", "AppSecurityGroupManagement"),
            *("TagPropagation", "DefaultSpaceSettings"),
        ),
    ),
    Kind(
        "spaces",
        "AWS::SageMaker::Space",
        *("list_spaces", "Spaces", "describe_space", ("DomainId", "SpaceName")),
        *("SpaceName", "SpaceArn"),
        (
            *("DomainId", "SpaceName", "SpaceSettings", "OwnershipSettings"),
            *("SpaceSharingSettings", "SpaceDisplayName"),
        ),
    ),
    Kind(
        "apps",
        "AWS::SageMaker::App",
        *("list_apps", "Apps", "describe_app"),
        ("DomainId", "UserProfileName", "SpaceName", "AppType", "AppName"),
        *("AppName", "AppArn"),
        ("DomainId", "UserProfileName", "AppType", "AppName", "ResourceSpec"),
    ),
    Kind(
        "feature-groups",
        "AWS::SageMaker::FeatureGroup",
        *("list_feature_groups", "FeatureGroupSummaries", "describe_feature_group"),
        ("FeatureGroupName",),
        *("FeatureGroupName", "FeatureGroupArn"),
        (
            *("FeatureGroupName", "RecordIdentifierFeatureName", "EventTimeFeatureName"),
            *("FeatureDefinitions", "OnlineStoreConfig", "OfflineStoreConfig"),
            *("ThroughputConfig", "RoleArn", "Description"),
        ),
    ),
    Kind(
        "monitoring-schedules",
        "AWS::SageMaker::MonitoringSchedule",
        *("list_monitoring_schedules", "MonitoringScheduleSummaries"),
        *("describe_monitoring_schedule", ("MonitoringScheduleName",)),
        *("MonitoringScheduleName", "MonitoringScheduleArn"),
        ("MonitoringScheduleName", "MonitoringScheduleConfig", "EndpointName"),
    ),
    Kind(
        "mlflow-tracking-servers",
        "AWS::SageMaker::MlflowTrackingServer",
        *("list_mlflow_tracking_servers", "TrackingServerSummaries"),
        *("describe_mlflow_tracking_server", ("TrackingServerName",)),
        *("TrackingServerName", "TrackingServerArn"),
        (
            *("TrackingServerName", "ArtifactStoreUri", "TrackingServerSize", "MlflowVersion"),
            *("RoleArn", "WeeklyMaintenanceWindowStart", "AutomaticModelRegistration"),
        ),
    ),
    Kind(
        "clusters",
        "AWS::SageMaker::Cluster",
        *("list_clusters", "ClusterSummaries", "describe_cluster", ("ClusterName",)),
        *("ClusterName", "ClusterArn"),
        (
            *("ClusterName", "InstanceGroups", "RestrictedInstanceGroups", "VpcConfig"),
            *("Orchestrator", "NodeRecovery", "ClusterRole", "AutoScaling"),
        ),
    ),
)
"""Listed with nothing but their operation. Endpoint configurations and models are pulled where an
endpoint uses them: accounts keep thousands that nothing uses."""

JOBS: dict[str, tuple[str, str, str]] = {
    # member of a step's Metadata → (operation, its argument, member that holds what is named)
    "TrainingJob": ("describe_training_job", "TrainingJobName", "Arn"),
    "ProcessingJob": ("describe_processing_job", "ProcessingJobName", "Arn"),
    "TransformJob": ("describe_transform_job", "TransformJobName", "Arn"),
    "TuningJob": ("describe_hyper_parameter_tuning_job", "HyperParameterTuningJobName", "Arn"),
    "QualityCheck": ("describe_processing_job", "ProcessingJobName", "CheckJobArn"),
    "ClarifyCheck": ("describe_processing_job", "ProcessingJobName", "CheckJobArn"),
    "AutoMLJob": ("describe_auto_ml_job_v2", "AutoMLJobName", "Arn"),
}
"""The jobs that a step of an execution names, and how each is described."""
