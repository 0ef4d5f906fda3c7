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


def build(region, role=None, sizes=("a", "b"), **more):
    if role is None:
        role = sagemaker.get_execution_role()
    steps = []
    for index, kind in enumerate(config["sizes"]):
        processor = SKLearnProcessor(
            framework_version="1.2-1",
            role=role,
            instance_type=kind,
            instance_count=many,
            sagemaker_session=session,
            network_config=NetworkConfig(enable_network_isolation=True),
        )
        args = processor.run(
            code="script.py",
            inputs=[ProcessingInput(source=data, destination="/opt/in")],
            outputs=[ProcessingOutput(output_name=f"o{index}", source="/opt/out")],
        )
        steps.append(
            ProcessingStep(
                name=f"P{index}",
                step_args=args,
                cache_config=CacheConfig(enable_caching=True, expire_after="P7D"),
            )
        )
    estimator = Estimator(
        image_uri="i",
        role=role,
        instance_type=size,
        instance_count=1,
        use_spot_instances=True,
        max_wait=90000,
        **more,
    )
    estimator.set_hyperparameters(a=1, b="x")
    train = TrainingStep(name="Train", step_args=estimator.fit({"t": TrainingInput(data)}))
    train.add_depends_on([steps[0]])
    model = Model(
        image_uri="i",
        model_data=train.properties.ModelArtifacts.S3ModelArtifacts,
        role=role,
        sagemaker_session=session,
    )
    register = ModelStep(
        name="Reg",
        step_args=model.register(
            content_types=["a"],
            response_types=["b"],
            approval_status="Approved",
            model_package_group_name="g",
        ),
    )
    try:
        limit = float(os.environ["LIMIT"])
    except KeyError:
        limit = 0.5
    check = ConditionStep(
        name="C",
        conditions=[ConditionGreaterThan(left=share, right=limit)],
        if_steps=[register],
        else_steps=[FailStep(name="F")],
    )
    while region:
        steps += [train, check]
        break
    return Pipeline(name=f"p-{region}", parameters=[size, many, data], steps=steps)


class Holder:
    kinds = {k: [v for v in range(3) if v] for k in "ab"}

    def __init__(self, name="x"):
        self.name = name

    @property
    def title(self):
        return "%s-%d" % (self.name, len(self.kinds))


if __name__ == "__main__":
    build(Holder().title).upsert(role_arn="arn:aws:iam::111122223333:role/r")
