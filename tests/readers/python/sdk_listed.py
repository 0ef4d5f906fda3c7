"""Scripts for the SDK, written out: what random ones do not reach."""

from __future__ import annotations

from tests.readers.python.sdk_scripts import HEAD_2, HEAD_3, ROLE

IMAGE = '"111122223333.dkr.ecr.eu-west-1.amazonaws.com/x:1"'

_HEAD_2 = f"""{HEAD_2}
from sagemaker import production_variant
from sagemaker.automl.automl import AutoML, AutoMLInput
from sagemaker.inputs import CreateModelInput, FileSystemInput, ShuffleConfig
from sagemaker.lineage.action import Action
from sagemaker.lineage.artifact import Artifact
from sagemaker.lineage.context import Context
from sagemaker.workflow.automl_step import AutoMLStep
from sagemaker.workflow.endpoint_step import EndpointConfigStep, EndpointStep
from sagemaker.workflow.inference_component_step import InferenceComponentStep
from sagemaker.workflow.lineage_step import (
    LineageAssociation, LineageEntityReference, LineageStep,
)
role = {ROLE}
"""

_HEAD_3 = f"""{HEAD_3}
from sagemaker.core.helper.session_helper import production_variant
from sagemaker.core.lineage.action import Action
from sagemaker.core.lineage.artifact import Artifact
from sagemaker.core.lineage.context import Context
from sagemaker.mlops.workflow.emr_serverless_step import EMRServerlessJobConfig, EMRServerlessStep
from sagemaker.mlops.workflow.endpoint_step import EndpointConfigStep, EndpointStep
from sagemaker.mlops.workflow.inference_component_step import InferenceComponentStep
from sagemaker.mlops.workflow.lineage_step import (
    LineageAssociation, LineageEntityReference, LineageStep,
)
role = {ROLE}
"""

_SHARED = {
    "endpoint": """
step = EndpointStep(name="E", step_args=session.create_endpoint(
    endpoint_name="e", config_name="c", tags=[{"Key": "a", "Value": "b"}]))
""",
    "endpoint without tags": """
step = EndpointStep(name="E", step_args=session.create_endpoint("e", data), description="d",
    cache_config=CacheConfig(enable_caching=True, expire_after="P1D"))
""",
    "configuration of variants": """
step = EndpointConfigStep(name="C", step_args=session.create_endpoint_config(
    name="c", kms_key="key", tags=[{"Key": "a", "Value": "b"}], production_variants=[
        production_variant("m", "ml.m5.large", 2, volume_size=20,
            accelerator_type="ml.eia1.medium"),
        production_variant(model_name="n", serverless_inference_config={"MemorySizeInMB": 2048,
            "MaxConcurrency": 2}, variant_name="B", initial_weight=3)]))
""",
    "configuration without models": """
step = EndpointConfigStep(name="C", step_args=session.create_endpoint_config(
    name="c", role=role, data_capture_config_dict={"EnableCapture": True},
    async_inference_config_dict={"OutputConfig": {"S3OutputPath": "s3://b/o"}},
    production_variants=[production_variant(
        instance_type="ml.g5.xlarge", initial_instance_count=0,
        managed_instance_scaling={"Status": "ENABLED"},
        routing_config={"RoutingStrategy": "RANDOM"},
        inference_ami_version="al2", model_data_download_timeout=60,
        container_startup_health_check_timeout=90)]))
""",
    "inference component": """
step = InferenceComponentStep(name="I", step_args=session.create_inference_component(
    inference_component_name="i", endpoint_name="e", variant_name="AllTraffic",
    specification={"ModelName": "m",
        "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024}},
    tags=[{"Key": "a", "Value": "b"}]))
""",
    "inference component with copies": """
step = InferenceComponentStep(name="I", step_args=session.create_inference_component(
    "i", "e", "AllTraffic", {"ModelName": "m"}, runtime_config={"CopyCount": 3}))
""",
    "lineage": """
step = LineageStep(
    name="L",
    actions=[Action.create(action_name="run", source_uri="s3://b/r", source_type="S3ETag",
        action_type="ModelTraining", properties={"a": "b"}, status="Completed",
        sagemaker_session=session)],
    artifacts=Artifact.create(artifact_name="model", source_uri=data, artifact_type="Model",
        sagemaker_session=session),
    contexts=[Context.create(context_name="c", source_uri="s3://b/c", context_type="x",
        description="d", sagemaker_session=session)],
    associations=[
        LineageAssociation(
            source=LineageEntityReference(name="run", type="Action"),
            destination=LineageEntityReference(name="model", type="Artifact"),
            association_type="Produced"),
        LineageAssociation(
            source=LineageEntityReference(name="run", type="Action"),
            destination=LineageEntityReference(arn="arn:aws:sagemaker:eu-west-1:1:artifact/x"))])
""",
}

_ONLY_2 = {
    "configuration by keywords": """
step = EndpointConfigStep(name="C", step_args=session.create_endpoint_config(
    name="c", model_name="m", initial_instance_count=2, instance_type=size, kms_key="key",
    volume_size=30, container_startup_health_check_timeout=600),
    retry_policies=[StepRetryPolicy(exception_types=[StepExceptionTypeEnum.THROTTLING])])
""",
    "serverless configuration": """
step = EndpointConfigStep(name="C", step_args=session.create_endpoint_config(
    "c", "m", serverless_inference_config_dict={"MemorySizeInMB": 2048, "MaxConcurrency": 5}))
""",
    "configuration with a role only": """
step = EndpointConfigStep(name="C", step_args=session.create_endpoint_config(
    name="c", instance_type="ml.m5.large", role="role-name"))
""",
    "AutoML": """
automl = AutoML(
    role=role, target_attribute_name="y", sagemaker_session=session, mode="ENSEMBLING",
    output_path="s3://b/o", output_kms_key="key", volume_kms_key="key", max_candidates=5,
    max_runtime_per_training_job_in_seconds=600, total_job_runtime_in_seconds=many,
    encrypt_inter_container_traffic=True, problem_type="BinaryClassification",
    job_objective={"MetricName": "F1"}, validation_fraction=0.2, tags=[{"Key": "a", "Value": "b"}],
    vpc_config={"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    feature_specification_s3_uri="s3://b/f.json", content_type="text/csv;header=present",
    compression_type="Gzip", s3_data_type="ManifestFile", sample_weight_attribute_name="w")
step = AutoMLStep(name="A", step_args=automl.fit(inputs="s3://b/d"),
    cache_config=CacheConfig(enable_caching=True, expire_after="P1D"))
""",
    "AutoML with inputs": """
automl = AutoML(role="role-name", target_attribute_name="y", sagemaker_session=session,
    mode="ENSEMBLING", generate_candidate_definitions_only=False)
step = AutoMLStep(name="A", step_args=automl.fit(inputs=[
    AutoMLInput(inputs="s3://b/d", target_attribute_name="y", channel_type="training"),
    AutoMLInput(inputs=["s3://b/v", data], target_attribute_name="y", compression="Gzip",
        channel_type="validation", content_type="text/csv", s3_data_type="S3Prefix",
        sample_weight_attribute_name="w")]))
""",
    "AutoML of several addresses": """
automl = AutoML(role=role, target_attribute_name="y", sagemaker_session=session, mode="ENSEMBLING")
step = AutoMLStep(name="A", step_args=automl.fit(inputs=["s3://b/d", data]))
""",
}

_ONLY_3 = {
    "configuration with a network": """
step = EndpointConfigStep(name="C", step_args=session.create_endpoint_config(
    "c", [{"VariantName": "A", "ModelName": "m", "InstanceType": size}], role=role,
    vpc_config={"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    enable_network_isolation=True, explainer_config_dict={"ClarifyExplainerConfig": {}}))
""",
    "EMR serverless": """
step = EMRServerlessStep(name="S", display_name="S", description="d", application_id="app",
    job_config=EMRServerlessJobConfig(
        job_driver={"sparkSubmit": {"entryPoint": "s3://b/x.py"}}, execution_role_arn=role,
        configuration_overrides={"monitoringConfiguration": {}}, execution_timeout_minutes=30,
        name="n", tags={"a": "b"}))
""",
    "EMR serverless with an application": """
step = EMRServerlessStep(name="S", display_name="S", description="d",
    application_config={"type": "SPARK", "releaseLabel": "emr-7.0.0"},
    job_config=EMRServerlessJobConfig(job_driver={"sparkSubmit": {"entryPoint": data}},
        execution_role_arn=role),
    cache_config=CacheConfig(enable_caching=True, expire_after="P1D"))
""",
}

_TAIL = """
pipeline = Pipeline(name="P", parameters=[size, many, share, data], steps=[%s],
    sagemaker_session=session)
"""


def _whole(head: str, lines: str) -> str:
    return head + lines + _TAIL % ("*steps" if "\nsteps = " in lines else "step")


SCRIPTS_2 = {name: _whole(_HEAD_2, lines) for name, lines in (_SHARED | _ONLY_2).items()}
SCRIPTS_3 = {name: _whole(_HEAD_3, lines) for name, lines in (_SHARED | _ONLY_3).items()}
