"""Scripts for the SDK, made at random: what one may write, in many combinations."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

ROLE = '"arn:aws:iam::111122223333:role/r"'
HEAD_2 = """\
import json
import os
import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.sklearn.estimator import SKLearn
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.pytorch.estimator import PyTorch
from sagemaker.inputs import TrainingInput, TransformInput
from sagemaker.model import Model
from sagemaker.network import NetworkConfig
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.processing import ProcessingInput, ProcessingOutput, Processor, ScriptProcessor
from sagemaker.transformer import Transformer
from sagemaker.tuner import CategoricalParameter, ContinuousParameter, HyperparameterTuner
from sagemaker.tuner import IntegerParameter
from sagemaker.lambda_helper import Lambda
from sagemaker.workflow.callback_step import CallbackOutput, CallbackStep
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import *
from sagemaker.workflow.emr_step import EMRStep, EMRStepConfig
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.lambda_step import LambdaOutput, LambdaStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger
from sagemaker.workflow.parameters import ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.pipeline_experiment_config import PipelineExperimentConfig
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.retry import SageMakerJobExceptionTypeEnum, SageMakerJobStepRetryPolicy
from sagemaker.workflow.retry import StepExceptionTypeEnum, StepRetryPolicy
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TrainingStep, TransformStep
from sagemaker.workflow.steps import TuningStep

session = PipelineSession()
size = ParameterString(name="Size", default_value="ml.m5.xlarge")
many = ParameterInteger(name="Many", default_value=2)
share = ParameterFloat(name="Share", default_value=0.5)
dry = ParameterBoolean(name="Dry", default_value=False)
data = ParameterString("Data", "s3://bucket/data", enum_values=["s3://bucket/data", "s3://b/c"])
config = {"env": "prod", "sizes": ["ml.c5.xlarge", "ml.c5.2xlarge"], "hours": 2}
"""


def maybe(name: str, *values: str) -> st.SearchStrategy[str]:
    """A keyword with one of the values, or none at all."""
    return st.one_of(st.just(""), st.sampled_from([f"{name}={value}" for value in values]))


def call(name: str, *keywords: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A call with keywords in any order."""
    return (
        st.tuples(*keywords)
        .map(lambda given: [one for one in given if one])
        .flatmap(st.permutations)
        .map(lambda given: f"{name}({', '.join(given)})")
    )


def always(name: str, *values: str) -> st.SearchStrategy[str]:
    return st.sampled_from([f"{name}={value}" for value in values])


_TYPES = (
    "size",
    '"ml.m5.xlarge"',
    'config["sizes"][1]',
    "f\"ml.{'g5'}.xlarge\"",
    '"ml.p3.2xlarge"',
)
_COUNTS = ("1", "many", "config['hours']", "len(config['sizes'])")
_ADDRESS = ('"s3://bucket/x"', "data", "f\"s3://bucket/{config['env']}/y\"", '"s3://b/" + "z"')
_JOIN = 'Join(on="/", values=["s3://bucket", ExecutionVariables.PIPELINE_EXECUTION_ID, "o"])'
_TAGS = ('[{"Key": "team", "Value": "ml"}]', '[dict(Key="a", Value=config["env"])]')
_SUBNETS = ('["subnet-1", "subnet-2"]', "[f'subnet-{i}' for i in range(3)]")

_machines = (always("instance_type", *_TYPES), always("instance_count", *_COUNTS))
_small = (
    always("instance_type", "size", '"ml.m5.xlarge"', 'config["sizes"][1]'),
    always("instance_count", "1", "len(config['sizes']) - 1"),
)

network = call(
    "NetworkConfig",
    maybe("enable_network_isolation", "True", "False"),
    maybe("encrypt_inter_container_traffic", "True", "False"),
    maybe("subnets", *_SUBNETS),
    maybe("security_group_ids", '["sg-1"]'),
)
cache = st.one_of(
    st.just(""),
    call(
        "CacheConfig", always("enable_caching", "True", "False"), maybe("expire_after", '"P30D"')
    ).map("cache_config={}".format),
)
retries = st.one_of(
    st.just(""),
    st.sampled_from(
        [
            "retry_policies=[StepRetryPolicy(exception_types=[StepExceptionTypeEnum.SERVICE_FAULT],"
            " max_attempts=3)]",
            "retry_policies=[SageMakerJobStepRetryPolicy(exception_types="
            "[SageMakerJobExceptionTypeEnum.CAPACITY_ERROR], interval_seconds=30, "
            "expire_after_mins=60, backoff_rate=1.5)]",
        ]
    ),
)
around = (
    maybe("display_name", '"Shown"'),
    maybe("description", '"What it does"', '"a" * 3'),
    cache,
    retries,
)


def _processor(kind: str) -> st.SearchStrategy[str]:
    own = {
        "SKLearnProcessor": [always("framework_version", '"1.2-1"')],
        "ScriptProcessor": [
            always("image_uri", '"111122223333.dkr.ecr.eu-west-1.amazonaws.com/x:1"'),
            always("command", '["python3"]', '["python3", "-u"]'),
        ],
        "Processor": [
            always("image_uri", '"111122223333.dkr.ecr.eu-west-1.amazonaws.com/x:1"'),
            maybe("entrypoint", '["python3", "/opt/x.py"]'),
        ],
    }[kind]
    return call(
        kind,
        *own,
        always("role", ROLE),
        *(_small if kind == "SKLearnProcessor" else _machines),
        always("sagemaker_session", "session"),
        maybe("volume_size_in_gb", "50", "10 * 10"),
        maybe("volume_kms_key", '"key"'),
        maybe("output_kms_key", '"key"'),
        maybe("max_runtime_in_seconds", "3600", "config['hours'] * 3600", "60 ** 2"),
        maybe("env", '{"A": "1"}', "{k: str(v) for k, v in config.items() if k == 'env'}"),
        maybe("tags", *_TAGS),
        st.one_of(st.just(""), network.map("network_config={}".format)),
    )


_inputs = st.lists(
    call(
        "ProcessingInput",
        always("source", *_ADDRESS),
        always("destination", '"/opt/ml/processing/in"'),
        maybe("input_name", '"first"'),
        maybe("s3_data_distribution_type", '"ShardedByS3Key"'),
    ),
    max_size=2,
)
_outputs = st.lists(
    call(
        "ProcessingOutput",
        always("source", '"/opt/ml/processing/out"'),
        maybe("output_name", '"report"', '"train"'),
        maybe("destination", *_ADDRESS, _JOIN),
        maybe("s3_upload_mode", '"Continuous"'),
    ),
    max_size=2,
)


@st.composite
def processing(draw: Any, name: str) -> tuple[str, str]:
    kind = draw(st.sampled_from(["SKLearnProcessor", "ScriptProcessor", "Processor"]))
    made = draw(_processor(kind))
    inputs, outputs = draw(_inputs), draw(_outputs)
    run = [f"inputs=[{', '.join(inputs)}]", f"outputs=[{', '.join(outputs)}]"]
    if kind != "Processor":
        run.append(draw(st.sampled_from(['code="script.py"', 'code="s3://bucket/code/run.py"'])))
    arguments = draw(maybe("arguments", '["--a", "b"]', '["--data", data, "--n", str(3)]'))
    run += [arguments] if arguments else []
    files = 'property_files=[PropertyFile(name="F", output_name="report", path="r.json")]'
    extra = [one for one in draw(st.tuples(*around)) if one]
    extra += [files] if any('"report"' in one for one in outputs) and draw(st.booleans()) else []
    lines = f"""
{name}_processor = {made}
{name} = ProcessingStep(
    name="{name.title()}", step_args={name}_processor.run({", ".join(run)}),
    {", ".join(extra)}
)
"""
    return name, lines


_hyperparameters = st.sampled_from(
    ["", 'hyperparameters={"a": 1, "b": "x", "c": 0.5, "d": share, "e": data, "f": True}']
)
_estimator = (
    always("role", ROLE, '"role/r"'),
    always("sagemaker_session", "session"),
    maybe("volume_size", "100"),
    maybe("volume_kms_key", '"key"'),
    maybe("output_path", *_ADDRESS, _JOIN),
    maybe("output_kms_key", '"key"'),
    maybe("max_run", "7200"),
    maybe("input_mode", '"Pipe"'),
    maybe("tags", *_TAGS),
    st.sampled_from(["", 'subnets=["subnet-1"], security_group_ids=["sg-1"]']),
    maybe("encrypt_inter_container_traffic", "True", "False"),
    st.sampled_from(["", "use_spot_instances=True, max_wait=90000", "use_spot_instances=False"]),
    st.sampled_from(
        ["", 'checkpoint_s3_uri="s3://b/c"', 'checkpoint_s3_uri=data, checkpoint_local_path="/c"']
    ),
    maybe("disable_profiler", "True", "False"),
    maybe("debugger_hook_config", "False"),
    maybe("environment", '{"A": "1"}'),
    maybe("max_retry_attempts", "2"),
    maybe("metric_definitions", '[{"Name": "m", "Regex": "x"}]'),
    maybe("keep_alive_period_in_seconds", "600"),
)


def estimators() -> st.SearchStrategy[str]:
    image = always("image_uri", '"111122223333.dkr.ecr.eu-west-1.amazonaws.com/x:1"')
    script = always("entry_point", '"script.py"')
    return st.one_of(
        call(
            "Estimator",
            image,
            _hyperparameters,
            *_machines,
            *_estimator,
            maybe("enable_network_isolation", "True", "False"),
        ),
        call(
            "SKLearn",
            script,
            always("framework_version", '"1.2-1"'),
            _hyperparameters,
            *_small,
            *_estimator,
        ),
        call(
            "PyTorch",
            script,
            always("framework_version", '"2.1"'),
            always("py_version", '"py310"'),
            _hyperparameters,
            *_machines,
            *_estimator,
        ),
    )


_channel = st.one_of(
    st.sampled_from(_ADDRESS),
    call(
        "TrainingInput",
        always("s3_data", *_ADDRESS),
        maybe("content_type", '"text/csv"'),
        maybe("input_mode", '"FastFile"'),
        maybe("distribution", '"ShardedByS3Key"'),
        maybe("compression", '"Gzip"'),
    ),
)
_fit = st.one_of(
    _channel,
    st.dictionaries(st.sampled_from(["train", "test"]), _channel, min_size=1).map(
        lambda given: "{" + ", ".join(f'"{k}": {v}' for k, v in given.items()) + "}"
    ),
)


@st.composite
def training(draw: Any, name: str) -> tuple[str, str]:
    extra = [one for one in draw(st.tuples(*around)) if one]
    later = draw(
        st.sampled_from(["", f"{name}_estimator.set_hyperparameters(depth=3, rate=0.1)\n"])
    )
    lines = f"""
{name}_estimator = {draw(estimators())}
{later}{name} = TrainingStep(
    name="{name.title()}", step_args={name}_estimator.fit({draw(_fit)}), {", ".join(extra)}
)
"""
    return name, lines


@st.composite
def tuning(draw: Any, name: str) -> tuple[str, str]:
    extra = [one for one in draw(st.tuples(*around)) if one]
    tuner = draw(
        call(
            "HyperparameterTuner",
            always("estimator", f"{name}_estimator"),
            always("objective_metric_name", '"m"'),
            always(
                "hyperparameter_ranges",
                '{"rate": ContinuousParameter(0.1, 0.5), "depth": IntegerParameter(1, 9), '
                '"kind": CategoricalParameter(["x", "y"])}',
            ),
            always("metric_definitions", '[{"Name": "m", "Regex": "x"}]'),
            maybe("max_jobs", "10", "many"),
            maybe("max_parallel_jobs", "3"),
            maybe("early_stopping_type", '"Auto"'),
            maybe("objective_type", '"Minimize"'),
            maybe("strategy", '"Random"'),
        )
    )
    lines = f"""
{name}_estimator = {draw(estimators())}
{name}_tuner = {tuner}
{name} = TuningStep(
    name="{name.title()}", step_args={name}_tuner.fit({draw(_fit)}), {", ".join(extra)}
)
"""
    return name, lines


@st.composite
def transform(draw: Any, name: str) -> tuple[str, str]:
    extra = [one for one in draw(st.tuples(*around)) if one]
    made = draw(
        call(
            "Transformer",
            always("model_name", '"model"'),
            always("instance_type", *_TYPES),
            always("instance_count", *_COUNTS),
            always("sagemaker_session", "session"),
            maybe("output_path", *_ADDRESS),
            maybe("accept", '"text/csv"'),
            maybe("strategy", '"MultiRecord"'),
            maybe("volume_kms_key", '"key"'),
            maybe("output_kms_key", '"key"'),
            maybe("max_payload", "6"),
            maybe("env", '{"A": "1"}'),
            maybe("tags", *_TAGS),
        )
    )
    given = draw(maybe("content_type", '"text/csv"'))
    lines = f"""
{name}_transformer = {made}
{name} = TransformStep(
    name="{name.title()}",
    step_args={name}_transformer.transform({", ".join(filter(None, ["data", given]))}),
    {", ".join(extra)}
)
"""
    return name, lines


@st.composite
def other(draw: Any, name: str) -> tuple[str, str]:
    lines = draw(
        st.sampled_from(
            [
                f'{name} = FailStep(name="{name.title()}", '
                f'error_message=Join(on=" ", values=["no", share]))',
                f'{name} = FailStep(name="{name.title()}", display_name="x")',
                f'{name}_out = LambdaOutput(output_name="status")\n'
                f'{name} = LambdaStep(name="{name.title()}", lambda_func=Lambda(function_arn='
                f'"arn:aws:lambda:eu-west-1:111122223333:function:f"), '
                f'inputs={{"a": data, "b": 1}}, outputs=[{name}_out])',
                f'{name} = CallbackStep(name="{name.title()}", sqs_queue_url="https://q", '
                f'inputs={{"a": "b"}}, outputs=[CallbackOutput(output_name="o")])',
                f'{name} = EMRStep(name="{name.title()}", display_name="E", description="d", '
                f'cluster_id="j-1", step_config=EMRStepConfig(jar="s3://b/j.jar", args=["x"]))',
            ]
        )
    )
    return name, f"\n{lines}\n"


@st.composite
def registering(draw: Any, name: str, source: str | None) -> tuple[str, str]:
    data = f"{source}.properties.ModelArtifacts.S3ModelArtifacts" if source else '"s3://b/m.tar.gz"'
    extra = [
        one
        for one in draw(
            st.tuples(
                maybe("approval_status", '"Approved"', "data", '"PendingManualApproval"'),
                maybe("inference_instances", '["ml.m5.large"]'),
                maybe("transform_instances", '["ml.m5.large"]'),
                maybe("description", '"d"'),
                maybe("customer_metadata_properties", '{"a": "b"}'),
                maybe(
                    "model_metrics",
                    'ModelMetrics(model_statistics=MetricsSource(content_type="application/json", '
                    's3_uri="s3://b/e.json"))',
                ),
            )
        )
        if one
    ]
    method = draw(st.sampled_from(["register", "create"]))
    given = (
        f'content_types=["text/csv"], response_types=["text/csv"], model_package_group_name="G", '
        f"{', '.join(extra)}"
        if method == "register"
        else ""
    )
    model = draw(
        call(
            "Model",
            always("image_uri", '"111122223333.dkr.ecr.eu-west-1.amazonaws.com/x:1"'),
            always("model_data", data),
            always("role", ROLE),
            always("sagemaker_session", "session"),
            maybe("env", '{"A": "1"}'),
            maybe("vpc_config", '{"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}'),
            maybe("enable_network_isolation", "True"),
            maybe("entry_point", '"script.py"') if source else st.just(""),
        )
    )
    lines = f"""
{name}_model = {model}
{name} = ModelStep(name="{name.title()}", step_args={name}_model.{method}({given}))
"""
    return name, lines


@st.composite
def scripts(draw: Any) -> str:
    """A whole script with one to four steps, some behind a condition."""
    kinds = {
        "processing": processing,
        "training": training,
        "tuning": tuning,
        "transform": transform,
        "other": other,
    }
    text = HEAD_2
    names: list[str] = []
    trained: str | None = None
    for index in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(sorted(kinds)))
        name, lines = draw(kinds[kind](f"step{'abc'[index]}"))
        text += lines
        names.append(name)
        trained = name if kind == "training" else trained
    if draw(st.booleans()):
        name, lines = draw(registering("model", trained))
        text += lines
        names.append(name)
    if len(names) > 1 and draw(st.booleans()):
        text += f"\n{names[-1]}.depends_on = None\n"
        inner = names.pop()
        comparison = draw(
            st.sampled_from(
                [
                    "ConditionGreaterThan(left=share, right=0.5)",
                    "ConditionEquals(left=data, right='x')",
                    "ConditionIn(value=data, in_values=['a', 'b'])",
                    "ConditionNot(ConditionLessThanOrEqualTo(left=many, right=3))",
                    "ConditionOr(conditions=[ConditionEquals(left=dry, right=True)])",
                ]
            )
        )
        text += (
            f'\ncheck = ConditionStep(name="Check", conditions=[{comparison}], '
            f"if_steps=[{inner}], else_steps=[])\n"
        )
        names.append("check")
    elif len(names) > 1 and draw(st.booleans()):
        text += f"\n{names[-1]}.add_depends_on([{names[0]}])\n" if names[-1] != "model" else ""
    listed = draw(
        st.sampled_from(
            [
                f"[{', '.join(names)}]",
                f"[step for step in [{', '.join(names)}]]",
                "sum([" + ", ".join(f"[{name}]" for name in names) + "], [])",
            ]
        )
    )
    if listed.startswith("sum"):
        text += (
            "\nall_steps = []\nfor one in (" + ", ".join(names) + ",):\n    all_steps.append(one)\n"
        )
        listed = "all_steps"
    extra = draw(
        st.sampled_from(
            [
                "",
                ", pipeline_experiment_config=None",
                ', pipeline_experiment_config=PipelineExperimentConfig("e", '
                "ExecutionVariables.PIPELINE_EXECUTION_ID)",
            ]
        )
    )
    text += f"""
pipeline = Pipeline(
    name="P", parameters=[size, many, share, dry, data], steps={listed},
    sagemaker_session=session{extra}
)
"""
    return text


# --- version 3 ------------------------------------------------------------------------------------

HEAD_3 = """\
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.network import NetworkConfig
from sagemaker.core.shapes import (
    CheckpointConfig, OutputDataConfig, ProcessingInput, ProcessingOutput, ProcessingS3Input,
    ProcessingS3Output, StoppingCondition, Tag,
)
from sagemaker.core.training.configs import Compute, InputData, Networking
from sagemaker.core.workflow.conditions import *
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep, TrainingStep
from sagemaker.train.model_trainer import ModelTrainer

session = PipelineSession()
size = ParameterString(name="Size", default_value="ml.m5.xlarge")
many = ParameterInteger(name="Many", default_value=2)
share = ParameterFloat(name="Share", default_value=0.5)
data = ParameterString("Data", "s3://bucket/data")
config = {"env": "prod", "sizes": ["ml.c5.xlarge", "ml.c5.2xlarge"], "hours": 2}
"""
_cached = st.one_of(
    st.just(""),
    st.sampled_from(['cache_config=CacheConfig(enable_caching=True, expire_after="P7D")']),
)


@st.composite
def trainers(draw: Any, name: str) -> str:
    compute = call(
        "Compute",
        maybe("instance_type", *_TYPES),
        maybe("instance_count", "1", "many", "config['hours']"),
        maybe("volume_size_in_gb", "100"),
        maybe("volume_kms_key_id", '"key"'),
        maybe("keep_alive_period_in_seconds", "600"),
        maybe("enable_managed_spot_training", "True", "False"),
    )
    networking = call(
        "Networking",
        maybe("subnets", *_SUBNETS),
        maybe("security_group_ids", '["sg-1"]'),
        maybe("enable_network_isolation", "True", "False"),
        maybe("enable_inter_container_traffic_encryption", "True"),
    )
    made = draw(
        call(
            "ModelTrainer",
            always("training_image", '"111122223333.dkr.ecr.eu-west-1.amazonaws.com/x:1"'),
            always("role", ROLE),
            always("sagemaker_session", "session"),
            maybe("base_job_name", '"job"'),
            st.one_of(st.just(""), compute.map("compute={}".format)),
            st.one_of(st.just(""), networking.map("networking={}".format)),
            maybe(
                "stopping_condition",
                "StoppingCondition(max_runtime_in_seconds=7200)",
                "StoppingCondition(max_runtime_in_seconds=60 * 60, max_wait_time_in_seconds=9000)",
            ),
            maybe(
                "output_data_config",
                'OutputDataConfig(s3_output_path="s3://b/o")',
                'OutputDataConfig(s3_output_path=data, kms_key_id="key")',
            ),
            maybe("checkpoint_config", 'CheckpointConfig(s3_uri="s3://b/c")'),
            maybe("hyperparameters", '{"a": 1, "b": "x", "c": 0.5, "d": [1, 2]}'),
            maybe("environment", '{"A": "1"}'),
            maybe("tags", '[Tag(key="team", value="ml")]'),
            maybe("training_input_mode", '"Pipe"'),
        )
    )
    inputs = draw(
        st.sampled_from(
            [
                "",
                'input_data_config=[InputData(channel_name="train", data_source="s3://b/t")]',
                'input_data_config=[InputData(channel_name="train", data_source=data, '
                'content_type="text/csv"), InputData(channel_name="t", data_source="s3://b/u")]',
            ]
        )
    )
    return f"""
{name}_trainer = {made}
{name} = TrainingStep(
    name="{name.title()}", step_args={name}_trainer.train({inputs}), {draw(_cached)}
)
"""


@st.composite
def processors(draw: Any, name: str) -> str:
    made = draw(
        call(
            "ScriptProcessor",
            always("image_uri", '"111122223333.dkr.ecr.eu-west-1.amazonaws.com/x:1"'),
            always("command", '["python3"]'),
            always("role", ROLE),
            always("instance_type", *_TYPES),
            always("instance_count", "1", "many"),
            always("sagemaker_session", "session"),
            maybe("volume_size_in_gb", "50"),
            maybe("volume_kms_key", '"key"'),
            maybe("output_kms_key", '"key"'),
            maybe("max_runtime_in_seconds", "3600"),
            maybe("env", '{"A": "1"}'),
            st.one_of(st.just(""), network.map("network_config={}".format)),
        )
    )
    given = draw(
        st.sampled_from(
            [
                "",
                'inputs=[ProcessingInput(input_name="in", s3_input=ProcessingS3Input(s3_uri=data, '
                'local_path="/opt/ml/processing/in", s3_data_type="S3Prefix"))]',
                'outputs=[ProcessingOutput(output_name="out", s3_output=ProcessingS3Output('
                's3_uri="s3://b/o", local_path="/opt/ml/processing/out", '
                's3_upload_mode="EndOfJob"))]',
            ]
        )
    )
    return f"""
{name}_processor = {made}
{name} = ProcessingStep(
    name="{name.title()}", step_args={name}_processor.run(code="script.py", {given}),
    {draw(_cached)}
)
"""


@st.composite
def scripts3(draw: Any) -> str:
    """A script for version 3 of the SDK."""
    text = HEAD_3
    names = []
    for index in range(draw(st.integers(1, 2))):
        name = f"step{'abc'[index]}"
        text += draw(draw(st.sampled_from([trainers, processors]))(name))
        names.append(name)
    if len(names) == 2 and draw(st.booleans()):
        text += (
            f'\ncheck = ConditionStep(name="Check", conditions=[ConditionGreaterThan(left=share, '
            f'right=0.5)], if_steps=[{names[1]}], else_steps=[FailStep(name="No")])\n'
        )
        names[1] = "check"
    return (
        text
        + f"""
pipeline = Pipeline(
    name="P", parameters=[size, many, share, data], steps=[{", ".join(names)}],
    sagemaker_session=session
)
"""
    )
