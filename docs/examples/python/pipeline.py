"""Prepares data, trains a model and registers it: a pipeline as it is often written."""

import os

import boto3
import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.processing import ProcessingInput, ProcessingOutput
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TrainingStep

BASE = os.path.dirname(os.path.abspath(__file__))


def get_pipeline(region, role=None, bucket=None, name="churn", instance_type="ml.m5.4xlarge"):
    """The pipeline, for a region and a role."""
    session = PipelineSession(boto3.Session(region_name=region), default_bucket=bucket)
    if role is None:
        role = sagemaker.get_execution_role(session)
    data = ParameterString(name="InputData", default_value=f"s3://{bucket}/churn/input")

    processor = SKLearnProcessor(
        framework_version="1.2-1",
        role=role,
        instance_type="ml.m5.xlarge",
        instance_count=1,
        sagemaker_session=session,
    )
    prepare = ProcessingStep(
        name="Prepare",
        step_args=processor.run(
            code=os.path.join(BASE, "prepare.py"),
            inputs=[ProcessingInput(source=data, destination="/opt/ml/processing/input")],
            outputs=[ProcessingOutput(output_name="train", source="/opt/ml/processing/train")],
        ),
        cache_config=CacheConfig(enable_caching=True, expire_after="P30D"),
    )

    image = sagemaker.image_uris.retrieve("xgboost", region, version="1.7-1")
    estimator = Estimator(
        image_uri=image,
        role=role,
        instance_type=instance_type,
        instance_count=1,
        output_path=f"s3://{bucket}/churn/model",
        sagemaker_session=session,
    )
    estimator.set_hyperparameters(objective="binary:logistic", num_round=200)
    train_data = prepare.properties.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri
    train = TrainingStep(
        name="Train",
        step_args=estimator.fit({"train": TrainingInput(train_data, content_type="text/csv")}),
    )

    model = Model(
        image_uri=image,
        model_data=train.properties.ModelArtifacts.S3ModelArtifacts,
        role=role,
        sagemaker_session=session,
    )
    register = ModelStep(
        name="Register",
        step_args=model.register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            model_package_group_name="churn",
            approval_status="Approved",
        ),
    )
    return Pipeline(
        name=name,
        parameters=[data],
        steps=[prepare, train, register],
        sagemaker_session=session,
    )
