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
from sagemaker.clarify import BiasConfig, DataConfig
from sagemaker.debugger import DebuggerHookConfig, ProfilerConfig, Rule, rule_configs
from sagemaker.debugger import TensorBoardOutputConfig
from sagemaker.drift_check_baselines import DriftCheckBaselines
from sagemaker.instance_group import InstanceGroup
from sagemaker.metadata_properties import MetadataProperties
from sagemaker.model_monitor import DatasetFormat
from sagemaker.pipeline import PipelineModel
from sagemaker.processing import FeatureStoreOutput, FrameworkProcessor
from sagemaker.pytorch.model import PyTorchModel
from sagemaker.pytorch.processing import PyTorchProcessor
from sagemaker.spark.processing import PySparkProcessor
from sagemaker.sklearn.model import SKLearnModel
from sagemaker.tensorflow import TensorFlow
from sagemaker.huggingface import HuggingFace
from sagemaker.xgboost.estimator import XGBoost
from sagemaker.xgboost.model import XGBoostModel
from sagemaker.workflow.automl_step import AutoMLStep
from sagemaker.workflow.check_job_config import CheckJobConfig
from sagemaker.workflow.clarify_check_step import ClarifyCheckStep, DataBiasCheckConfig
from sagemaker.workflow.function_step import step as as_step
from sagemaker.workflow.monitor_batch_transform_step import MonitorBatchTransformStep
from sagemaker.workflow.notebook_job_step import NotebookJobStep
from sagemaker.workflow.quality_check_step import DataQualityCheckConfig, ModelQualityCheckConfig
from sagemaker.workflow.quality_check_step import QualityCheckStep
from sagemaker.workflow.step_collections import EstimatorTransformer, RegisterModel
from sagemaker.workflow.steps import CreateModelStep
from sagemaker.workflow.endpoint_step import EndpointConfigStep, EndpointStep
from sagemaker.workflow.inference_component_step import InferenceComponentStep
from sagemaker.workflow.lineage_step import (
    LineageAssociation, LineageEntityReference, LineageStep,
)
role = {ROLE}
machine = dict(role=role, instance_type="ml.m5.xlarge", instance_count=1, sagemaker_session=session)
image = dict(image_uri={IMAGE})
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
from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.model_monitor import DatasetFormat
from sagemaker.core.processing import Processor
from sagemaker.core.shapes import Channel, DataSource, InstanceGroup, S3DataSource
from sagemaker.core.training.configs import SourceCode
from sagemaker.core.transformer import Transformer
from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum
from sagemaker.mlops.workflow.callback_step import CallbackStep
from sagemaker.mlops.workflow.check_job_config import CheckJobConfig
from sagemaker.mlops.workflow.emr_step import EMRStep, EMRStepConfig
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.mlops.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep
from sagemaker.mlops.workflow.steps import TransformStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.serve.model_builder import ModelBuilder
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

_JOBS_2 = {
    "estimator with everything": """
step = TrainingStep(name="T", step_args=Estimator(
    **image, **machine, entry_point="script.py", hyperparameters={"a": 1, "b": data},
    enable_network_isolation=True, model_uri="s3://b/m.tar.gz", model_channel_name="start",
    disable_output_compression=True, container_entry_point=["python3"],
    container_arguments=["--a", "b"], training_repository_access_mode="Vpc",
    training_repository_credentials_provider_arn="arn:aws:lambda:eu-west-1:1:function:f",
    enable_infra_check=True, enable_remote_debug=True, enable_session_tag_chaining=True,
    max_retry_attempts=3, tensorboard_output_config=TensorBoardOutputConfig("s3://b/t", "/opt/t"),
    subnets=["subnet-1"], security_group_ids=["sg-1"], volume_kms_key="key",
).fit({"train": TrainingInput("s3://b/t", shuffle_config=ShuffleConfig(3),
    attribute_names=["a"], s3_data_type="AugmentedManifestFile", record_wrapping="RecordIO")}))
""",
    "estimator of groups": """
step = TrainingStep(name="T", step_args=Estimator(
    **image, role=role, sagemaker_session=session, instance_groups=[
        InstanceGroup("one", "ml.c5.xlarge", 1), InstanceGroup("two", "ml.m5.xlarge", 2)],
).fit(TrainingInput("s3://b/t", instance_groups=["one"], target_attribute_name="y")))
""",
    "estimator on a file system": """
step = TrainingStep(name="T", step_args=Estimator(**image, **machine, subnets=["subnet-1"],
    security_group_ids=["sg-1"]).fit({"train": FileSystemInput(
        "fs-1", "FSxLustre", "/fsx/data", "rw", content_type="text/csv")}))
""",
    "estimator with rules": """
step = TrainingStep(name="T", step_args=Estimator(**image, **machine, rules=[
    Rule.sagemaker(rule_configs.loss_not_decreasing())]).fit())
""",
    "estimator with a profiler": """
step = TrainingStep(name="T", step_args=Estimator(**image, **machine,
    profiler_config=ProfilerConfig(system_monitor_interval_millis=500),
    debugger_hook_config=DebuggerHookConfig(s3_output_path="s3://b/h")).fit())
""",
    "estimator on trainium": """
step = TrainingStep(name="T", step_args=Estimator(**image, role=role, instance_count=1,
    instance_type="ml.trn1.2xlarge", sagemaker_session=session).fit("s3://b/t"))
""",
    "estimator by version 1 names": """
step = TrainingStep(name="T", step_args=Estimator(
    **image, role=role, train_instance_type="ml.m5.xlarge", train_instance_count=2,
    train_max_run=60,
    train_volume_size=50, sagemaker_session=session).fit("s3://b/t"))
""",
    "estimator that is given itself": """
step = TrainingStep(name="T", estimator=Estimator(**image, **machine), inputs={"a": "s3://b/t"})
""",
    "frameworks": """
common = dict(machine, entry_point="script.py", instance_type="ml.p3.2xlarge",
    use_spot_instances=True, max_wait=100000,
    checkpoint_s3_uri="s3://b/c")
made = [
    SKLearn(framework_version="1.2-1", **(common | {"instance_type": "ml.m5.xlarge"})),
    PyTorch(framework_version="2.1", py_version="py310", checkpoint_local_path="/c", **common),
    PyTorch(framework_version="2.1.0", py_version="py310", **common,
        distribution={"torch_distributed": {"enabled": True}}),
    XGBoost(framework_version="1.7-1", hyperparameters={"max_depth": 5}, **(common | {
        "instance_type": "ml.m5.xlarge"})),
    TensorFlow(framework_version="2.11", py_version="py39", **common),
    HuggingFace(transformers_version="4.28", pytorch_version="2.0", py_version="py310", **common),
]
steps = [TrainingStep(name=f"T{i}", step_args=one.fit("s3://b/t")) for i, one in enumerate(made)]
""",
    "tuner with tags and everything": """
estimator = Estimator(**image, **machine, tags=[{"Key": "a", "Value": "b"}], subnets=["subnet-1"],
    security_group_ids=["sg-1"], checkpoint_s3_uri="s3://b/c", use_spot_instances=True,
    max_wait=90000, max_retry_attempts=2, hyperparameters={"x": 1, "rate": 2})
step = TuningStep(name="T", step_args=HyperparameterTuner(
    estimator, "m", {"rate": ContinuousParameter(0.1, 0.5, "Logarithmic")},
    [{"Name": "m", "Regex": "x"}], tags=[{"Key": "c", "Value": "d"}], max_runtime_in_seconds=7200,
    random_seed=4, strategy="Hyperband", early_stopping_type="Off").fit("s3://b/t"))
""",
    "tuner that varies by itself": """
estimator = Estimator(**image, **machine, hyperparameters={"x": 1, "rate": 2})
step = TuningStep(name="T", step_args=HyperparameterTuner(
    estimator, "m", {"rate": ContinuousParameter(0.1, 0.5)}, [{"Name": "m", "Regex": "x"}],
    autotune=True, hyperparameters_to_keep_static=["x"]).fit("s3://b/t"))
""",
    "tuner of a grid": """
step = TuningStep(name="T", step_args=HyperparameterTuner(
    Estimator(**image, **machine), "m", {"kind": CategoricalParameter(["x", "y"])},
    [{"Name": "m", "Regex": "x"}], strategy="Grid").fit("s3://b/t"))
""",
    "tuner of several": """
made = {"a": Estimator(**image, **machine), "b": SKLearn(framework_version="1.2-1",
    entry_point="script.py", **machine)}
step = TuningStep(name="T", step_args=HyperparameterTuner.create(
    made, {"a": "m", "b": "m"}, {"a": {"rate": ContinuousParameter(0.1, 0.5)},
        "b": {"depth": IntegerParameter(1, 3)}},
    {"a": [{"Name": "m", "Regex": "x"}], "b": [{"Name": "m", "Regex": "x"}]},
    max_jobs=4, max_parallel_jobs=2).fit(
        {"a": "s3://b/a", "b": "s3://b/b"}, include_cls_metadata={"a": False, "b": False}))
""",
    "processors of frameworks": """
pytorch = PyTorchProcessor(framework_version="2.1", py_version="py310", **machine)
framework = FrameworkProcessor(SKLearn, "1.2-1", code_location="s3://b/code", **machine)
steps = [
    ProcessingStep(name="A", step_args=pytorch.run(code="script.py", arguments=["--a", data],
        inputs=[ProcessingInput("s3://b/x", "/opt/ml/processing/x")],
        outputs=[ProcessingOutput(source="/opt/ml/processing/out")])),
    ProcessingStep(name="B", step_args=framework.run(code="script.py",
        outputs=[ProcessingOutput(output_name="o", source="/opt/ml/processing/out",
            app_managed=False, s3_upload_mode="Continuous")])),
]
""",
    "processor that is given itself": """
processor = ScriptProcessor(command=["python3"], **image, **machine)
step = ProcessingStep(name="P", processor=processor, code="script.py", job_arguments=["--a", "b"],
    inputs=[ProcessingInput(source="s3://b/x", destination="/opt/ml/processing/x")],
    outputs=[ProcessingOutput(source="/opt/ml/processing/o", destination=data)],
    property_files=[PropertyFile("F", "output-1", "r.json")])
""",
    "processor with arguments that were got": """
processor = FrameworkProcessor(SKLearn, "1.2-1", **machine)
got = processor.get_run_args(code="script.py", arguments=["--a", "b"],
    inputs=[ProcessingInput(source="s3://b/x", destination="/opt/ml/processing/x")])
step = ProcessingStep(name="P", processor=processor, code=got.code, inputs=got.inputs,
    outputs=got.outputs, job_arguments=got.arguments)
""",
    "spark": """
step = ProcessingStep(name="S", step_args=PySparkProcessor(framework_version="3.3", **machine,
    max_runtime_in_seconds=1200, env={"A": "b"}, volume_size_in_gb=50).run(
        submit_app="script.py", arguments=["--a", "b"], spark_event_logs_s3_uri="s3://b/logs"))
""",
    "transformers of estimators and models": """
transformer = Estimator(**image, **machine, tags=[{"Key": "a", "Value": "b"}]).transformer(
    2, "ml.m5.large", "MultiRecord", "Line", "s3://b/out", "key", "text/csv", {"A": "1"}, 2, 6)
steps = [TransformStep(name="A", step_args=transformer.transform(
    "s3://b/in", "ManifestFile", "text/csv", "Gzip", "Line", input_filter="$[1:]",
    output_filter="$[0]", join_source="Input",
    model_client_config={"InvocationsTimeoutInSeconds": 5}))]
steps += [TransformStep(name="B", transformer=Transformer("m", 1, "ml.m5.large",
    output_path="s3://b/o"), inputs=TransformInput(data="s3://b/in", content_type="text/csv"))]
""",
    "registered models": """
made = [
    Model(**image, role=role, sagemaker_session=session, model_data="s3://b/m.tar.gz", name="n"),
    PipelineModel([
        Model(**image, model_data=data, sagemaker_session=session, role=role, env={"A": "1"}),
        Model(**image, model_data="s3://b/n.tar.gz", sagemaker_session=session, role=role),
    ], role=role, sagemaker_session=session),
    XGBoostModel(model_data="s3://b/m.tar.gz", role=role, framework_version="1.7-1",
        entry_point="script.py", sagemaker_session=session),
]
source = MetricsSource("application/json", "s3://b/s.json", "digest")
steps = [ModelStep(name=f"R{i}", step_args=one.register(
    content_types=["text/csv"], response_types=["text/csv"], model_package_group_name="G",
    inference_instances=["ml.m5.large"], transform_instances=["ml.m5.large"],
    image_uri="1.dkr.ecr.eu-west-1.amazonaws.com/other:1", marketplace_cert=False,
    model_metrics=ModelMetrics(model_statistics=source, model_constraints=source,
        model_data_statistics=source, bias=source, explainability=source),
    drift_check_baselines=DriftCheckBaselines(model_statistics=source, bias_config_file=None,
        model_data_constraints=source),
    metadata_properties=MetadataProperties(commit_id="c", project_id="p"),
    customer_metadata_properties={"a": "b"}, domain="COMPUTER_VISION", task="OTHER",
    sample_payload_url="s3://b/p", skip_model_validation="All", source_uri="s3://b/u"),
    display_name="shown") for i, one in enumerate(made)]
""",
    "registered model of a framework": """
step = ModelStep(name="R", step_args=Model(**image, role=role, sagemaker_session=session,
    model_data="s3://b/m.tar.gz").register(content_types=["text/csv"], response_types=["text/csv"],
    model_package_group_name="G", framework="XGBOOST", framework_version="1.7",
    nearest_model_name="resnet50", data_input_configuration="{}", description="d"))
""",
    "registered model without a group": """
step = ModelStep(name="R", step_args=Model(**image, role=role, sagemaker_session=session,
    model_data="s3://b/m.tar.gz").register(content_types=["text/csv"], response_types=["text/csv"]))
""",
    "registered model by its package's name": """
step = ModelStep(name="R", step_args=Model(**image, role=role, sagemaker_session=session,
    model_data="s3://b/m.tar.gz", env={"A": "b"}).register(content_types=["text/csv"],
    response_types=["text/csv"], inference_instances=["ml.m5.large"],
    transform_instances=["ml.m5.large"], model_package_name="package"))
""",
    "created models": """
made = [
    Model(**image, role=role, sagemaker_session=session, model_data="s3://b/m.tar.gz", name="n",
        vpc_config={"Subnets": ["s-1"], "SecurityGroupIds": ["sg-1"]},
        enable_network_isolation=True),
    Model(**image, role=role, sagemaker_session=session, model_data={"S3DataSource": {
        "S3Uri": "s3://b/m/", "S3DataType": "S3Prefix", "CompressionType": "None"}}),
    PipelineModel([Model(**image, model_data=data, sagemaker_session=session, role=role)] * 2,
        role=role, sagemaker_session=session),
    SKLearnModel(model_data="s3://b/m.tar.gz", role=role, framework_version="1.2-1",
        entry_point="script.py", sagemaker_session=session),
]
steps = [ModelStep(name=f"C{i}", step_args=one.create(instance_type="ml.m5.large",
    **({"tags": [{"Key": "a", "Value": "b"}]} if i == 0 else {}))) for i, one in enumerate(made)]
""",
    "created model of a step": """
model = Model(**image, role=role, model_data=data, sagemaker_session=session)
step = CreateModelStep(name="C", model=model, inputs=CreateModelInput("ml.m5.large"))
""",
    "models that are repacked": """
estimator = Estimator(**image, **machine)
train = TrainingStep(name="T", step_args=estimator.fit("s3://b/t"))
artifacts = train.properties.ModelArtifacts.S3ModelArtifacts
made = [
    PyTorchModel(model_data=artifacts, role=role, framework_version="2.1", py_version="py310",
        entry_point="script.py", sagemaker_session=session),
    Model(**image, model_data=artifacts, role=role, entry_point="script.py", source_dir=".",
        sagemaker_session=session, vpc_config={"Subnets": ["s-1"], "SecurityGroupIds": ["sg-1"]}),
]
steps = [train, *(ModelStep(name=f"C{i}", step_args=one.create(instance_type="ml.m5.large"))
    for i, one in enumerate(made))]
""",
    "collection that registers": """
estimator = Estimator(**image, **machine)
train = TrainingStep(name="T", step_args=estimator.fit("s3://b/t"))
artifacts = train.properties.ModelArtifacts.S3ModelArtifacts
steps = [train, RegisterModel(name="R", estimator=estimator, model_data=artifacts,
    content_types=["text/csv"], response_types=["text/csv"], inference_instances=["ml.m5.large"],
    transform_instances=["ml.m5.large"], model_package_group_name="G", approval_status="Approved",
    description="d", depends_on=[train], tags=[{"Key": "a", "Value": "b"}])]
""",
    "steps that wait for collections": """
estimator = SKLearn(framework_version="1.2-1", entry_point="script.py", **machine)
train = TrainingStep(name="T", step_args=estimator.fit("s3://b/t"))
artifacts = train.properties.ModelArtifacts.S3ModelArtifacts
register = RegisterModel(name="R", estimator=estimator, model_data=artifacts,
    content_types=["text/csv"], response_types=["text/csv"], inference_instances=["ml.m5.large"],
    transform_instances=["ml.m5.large"], model_package_group_name="G", entry_point="script.py",
    source_dir=".", description="d", image_uri="1.dkr.ecr.eu-west-1.amazonaws.com/x:1")
create = ModelStep(name="C", step_args=Model(**image, model_data=artifacts, role=role,
    entry_point="script.py", source_dir=".", sagemaker_session=session).create(
        instance_type="ml.m5.large"), depends_on=[register])
last = FailStep(name="F", error_message="x", depends_on=[create, register, train])
steps = [train, register, create, last]
""",
    "quality checks": """
job = CheckJobConfig(role=role, instance_count=1, instance_type="ml.c5.xlarge",
    volume_size_in_gb=60, sagemaker_session=session, env={"A": "b"}, volume_kms_key="key",
    output_kms_key="key", max_runtime_in_seconds=600, tags=[{"Key": "a", "Value": "b"}],
    network_config=NetworkConfig(enable_network_isolation=True))
steps = [
    QualityCheckStep(name="D", check_job_config=job, quality_check_config=DataQualityCheckConfig(
        baseline_dataset="s3://b/d", dataset_format=DatasetFormat.csv(header=True),
        output_s3_uri="s3://b/o"), skip_check=False, register_new_baseline=True,
        model_package_group_name="G"),
    QualityCheckStep(name="M", check_job_config=job, quality_check_config=ModelQualityCheckConfig(
        baseline_dataset=data, dataset_format=DatasetFormat.json(), problem_type="Regression",
        inference_attribute="_c0", ground_truth_attribute="_c1"), fail_on_violation=False,
        supplied_baseline_statistics="s3://b/s.json", supplied_baseline_constraints="s3://b/c.json"),
]
""",
    "bias check": """
job = CheckJobConfig(role=role, sagemaker_session=session, env={"A": "b"})
step = ClarifyCheckStep(name="B", check_job_config=job, clarify_check_config=DataBiasCheckConfig(
    data_config=DataConfig("s3://b/d", "s3://b/o", label="y", dataset_type="text/csv"),
    data_bias_config=BiasConfig([1], "z")), skip_check=True, model_package_group_name="G")
""",
    "monitored transform": """
transformer = Transformer("m", 1, "ml.m5.large", sagemaker_session=session, output_path="s3://b/o")
job = CheckJobConfig(role=role, sagemaker_session=session)
step = MonitorBatchTransformStep(name="W", transform_step_args=transformer.transform("s3://b/i"),
    monitor_configuration=DataQualityCheckConfig(baseline_dataset="s3://b/d",
        dataset_format=DatasetFormat.csv(), output_s3_uri="s3://b/q"),
    check_job_configuration=job, monitor_before_transform=True, description="d",
    display_name="shown")
""",
    "steps without jobs": """
first = FailStep(name="F", error_message="no", depends_on=["L"])
function = Lambda(function_arn="arn:aws:lambda:eu-west-1:111122223333:function:f")
out = LambdaOutput(output_name="o")
made = LambdaStep(name="L", lambda_func=function, outputs=[out], description="d", display_name="e",
    cache_config=CacheConfig(enable_caching=True, expire_after="P1D"))
back = CallbackStep(name="C", sqs_queue_url="https://q", inputs={"a": out}, outputs=[])
cluster = EMRStep(name="E", display_name="E", description="d", cluster_id=None,
    step_config=EMRStepConfig("s3://b/j.jar", ["x"], "main", [{"Key": "a", "Value": "b"}]),
    cluster_config={"Applications": [{"Name": "Spark"}],
        "Instances": {"InstanceGroups": []}})
role_of_cluster = EMRStep("E2", "E", "d", "j-1", EMRStepConfig("s3://b/j.jar"),
    execution_role_arn=role)
steps = [made, back, cluster, role_of_cluster, first]
steps[-1].add_depends_on([back, "E"])
made.add_depends_on(["E"])
""",
    "conditions": """
def fail(name):
    return FailStep(name=name)
check = ConditionStep(name="If", conditions=[
    ConditionGreaterThanOrEqualTo(left=share, right=0.5),
    ConditionLessThan(left=Join(on="", values=["a", data]), right="b"),
    ConditionOr(conditions=[ConditionIn(value=data, in_values=["a", share]),
        ConditionNot(expression=ConditionEquals(left=many, right=3))]),
], if_steps=[fail("A")], else_steps=[fail("B"), fail("C")], depends_on=["X"], description="d")
steps = [fail("X"), check]
""",
    "parameters": """
extra = [ParameterString("S"), ParameterInteger("I"), ParameterFloat("N", default_value=1.5),
    ParameterBoolean("B", default_value=True),
    ParameterString(name="E", enum_values=["a"], default_value="a")]
step = FailStep(name="F", error_message=Join(on="-", values=[extra[0], extra[1].to_string(),
    ExecutionVariables.PIPELINE_NAME, ExecutionVariables.START_DATETIME]))
""",
}

_ONLY_3 = {
    "configuration with a network": """
step = EndpointConfigStep(name="C", step_args=session.create_endpoint_config(
    "c", [{"VariantName": "A", "ModelName": "m", "InstanceType": size}], role=role,
    vpc_config={"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    enable_network_isolation=True, explainer_config_dict={"ClarifyExplainerConfig": {}}))
""",
    "built model": f"""
builder = ModelBuilder(image_uri={IMAGE}, s3_model_data_url="s3://b/m.tar.gz", role_arn=role,
    sagemaker_session=session, env_vars={{"A": "1"}}, instance_type="ml.g5.xlarge",
    network=Networking(subnets=["s-1"], security_group_ids=["sg-1"], enable_network_isolation=True))
step = ModelStep(name="M", step_args=builder.build(model_name="m"), description="d",
    display_name="D")
""",
    "built model of a run": f"""
trainer = ModelTrainer(training_image={IMAGE}, role=role, sagemaker_session=session)
train = TrainingStep(name="T", step_args=trainer.train())
builder = ModelBuilder(image_uri={IMAGE}, role_arn=role, sagemaker_session=session,
    s3_model_data_url=train.properties.ModelArtifacts.S3ModelArtifacts,
    network=Networking(subnets=["s-1"]))
steps = [train, ModelStep(name="M", step_args=builder.build(
    role_arn="arn:aws:iam::111122223333:role/other", tags=[{{"Key": "a", "Value": "b"}}]),
    depends_on=[train])]
""",
    "registered model of a builder": f"""
builder = ModelBuilder(image_uri={IMAGE}, s3_model_data_url=data, role_arn=role,
    sagemaker_session=session, env_vars={{"A": "1"}})
step = ModelStep(name="M", step_args=builder.register(
    model_package_group_name="G", content_types=["text/csv"], response_types=["text/csv"],
    inference_instances=["ml.m5.large"], transform_instances=["ml.m5.large"],
    approval_status="Approved", description="d", domain="MACHINE_LEARNING", task="OTHER",
    customer_metadata_properties={{"a": "b"}}, skip_model_validation="All"))
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


_JOBS_3 = {
    "trainer with everything": f"""
trainer = ModelTrainer(
    training_image={IMAGE}, role="role-name", sagemaker_session=session, base_job_name="job",
    source_code=SourceCode(source_dir=".", entry_script="script.py"), environment={{"A": "b"}},
    compute=Compute(instance_type=size, instance_count=many, volume_size_in_gb=50,
        volume_kms_key_id="key", keep_alive_period_in_seconds=60),
    networking=Networking(subnets=["s-1"], security_group_ids=["sg-1"],
        enable_network_isolation=True, enable_inter_container_traffic_encryption=True),
    stopping_condition=StoppingCondition(
        max_runtime_in_seconds=60, max_pending_time_in_seconds=7200),
    output_data_config=OutputDataConfig(s3_output_path="s3://b/o", compression_type="NONE"),
    checkpoint_config=CheckpointConfig(s3_uri="s3://b/c", local_path="/c"),
    hyperparameters={{"a": {{"b": [1]}}}},
    tags=[Tag(key="a", value="b")], training_input_mode="FastFile",
    input_data_config=[InputData(channel_name="own", data_source="s3://b/own")])
step = TrainingStep(name="T", step_args=trainer.train(), description="d", display_name="D")
""",
    "trainer of groups": f"""
trainer = ModelTrainer(training_image={IMAGE}, role=role, sagemaker_session=session,
    compute=Compute(instance_groups=[InstanceGroup(
        instance_group_name="g", instance_type="ml.m5.xlarge", instance_count=2)]))
step = TrainingStep(name="T", step_args=trainer.train(input_data_config=[InputData(
    channel_name="c", data_source=S3DataSource(s3_data_type="S3Prefix", s3_uri="s3://b/c",
        s3_data_distribution_type="ShardedByS3Key")),
    Channel(channel_name="d", data_source=DataSource(s3_data_source=S3DataSource(
        s3_data_type="S3Prefix", s3_uri=data)), input_mode="Pipe", content_type="text/csv")]))
""",
    "processor with everything": f"""
processor = Processor(
    role=role, image_uri={IMAGE}, instance_count=2, instance_type=size, sagemaker_session=session,
    entrypoint=["python3", "/opt/x.py"], volume_size_in_gb=50, volume_kms_key="key",
    output_kms_key="key", max_runtime_in_seconds=600, env={{"A": "b"}},
    tags=[{{"Key": "a", "Value": "b"}}], network_config=NetworkConfig(
        enable_network_isolation=True, subnets=["s-1"], security_group_ids=["sg-1"],
        encrypt_inter_container_traffic=True))
step = ProcessingStep(name="P", step_args=processor.run(arguments=["--a", data],
    inputs=[ProcessingInput(input_name="a", app_managed=False, s3_input=ProcessingS3Input(
        s3_uri="s3://b/a", local_path="/opt/ml/processing/a", s3_data_type="S3Prefix",
        s3_input_mode="File", s3_data_distribution_type="ShardedByS3Key",
        s3_compression_type="Gzip"))],
    outputs=[ProcessingOutput(output_name="o", s3_output=ProcessingS3Output(
        s3_uri="s3://b/o", local_path="/opt/ml/processing/o", s3_upload_mode="Continuous"))]))
""",
    "transformer": """
transformer = Transformer(model_name="m", instance_count=1, instance_type="ml.m5.large",
    strategy="SingleRecord", assemble_with="Line", output_path="s3://b/o", output_kms_key="key",
    accept="text/csv", max_concurrent_transforms=2, max_payload=6, env={"A": "b"},
    tags=[{"Key": "a", "Value": "b"}], volume_kms_key="key", sagemaker_session=session)
step = TransformStep(name="T", step_args=transformer.transform("s3://b/i", content_type="text/csv",
    split_type="Line", compression_type="Gzip", input_filter="$", join_source="Input"))
""",
    "transformer with an image": """
transformer = Transformer("m", 1, size, sagemaker_session=session, transform_ami_version="al2")
step = TransformStep(name="T", step_args=transformer.transform(data))
""",
    "steps without jobs": """
out = LambdaOutput(output_name="o", output_type=LambdaOutputTypeEnum.String)
made = LambdaStep(name="L", outputs=[out], inputs={"a": data}, lambda_func=Lambda(
    function_arn="arn:aws:lambda:eu-west-1:111122223333:function:f"))
back = CallbackStep(name="C", sqs_queue_url="https://q", inputs={"a": "b"}, outputs=[
    CallbackOutput(output_name="o", output_type=CallbackOutputTypeEnum.Integer)])
cluster = EMRStep(name="E", display_name="E", description="d", cluster_id="j-1",
    step_config=EMRStepConfig("s3://b/j.jar", ["x"]))
steps = [made, back, cluster, FailStep(name="F", error_message=Join(on=" ", values=["a", share]))]
""",
    "conditions": """
def fail(name):
    return FailStep(name=name)
check = ConditionStep(name="If", conditions=[
    ConditionGreaterThanOrEqualTo(left=share, right=0.5),
    ConditionOr(conditions=[ConditionIn(value=data, in_values=["a", share]),
        ConditionNot(expression=ConditionEquals(left=many, right=3))]),
], if_steps=[fail("A")], else_steps=[fail("B"), fail("C")], depends_on=["X"], description="d")
steps = [fail("X"), check]
""",
    "quality check": """
job = CheckJobConfig(role=role, instance_count=1, instance_type="ml.c5.xlarge",
    volume_size_in_gb=60, sagemaker_session=session, env={"A": "b"})
step = QualityCheckStep(name="D", check_job_config=job, quality_check_config=DataQualityCheckConfig(
    baseline_dataset="s3://b/d", dataset_format=DatasetFormat.csv(header=True),
    output_s3_uri="s3://b/o"), skip_check=False, model_package_group_name="G")
""",
}


def _whole(head: str, lines: str) -> str:
    return head + lines + _TAIL % ("*steps" if "\nsteps = " in lines else "step")


SCRIPTS_2 = {name: _whole(_HEAD_2, lines) for name, lines in (_SHARED | _ONLY_2 | _JOBS_2).items()}
SCRIPTS_3 = {name: _whole(_HEAD_3, lines) for name, lines in (_SHARED | _ONLY_3 | _JOBS_3).items()}
