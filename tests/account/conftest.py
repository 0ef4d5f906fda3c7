"""An account on loopback with one pipeline, and the command that pulls it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.account.server import Fake, aws

REGION = "eu-west-1"
ACCOUNT = "123456789012"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
WIDE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "2",
    "AWS_RETRY_MODE": "standard",
    "CI": "true",
}


def definition(role: str, **environment: str) -> dict[str, Any]:
    return {
        "Version": "2020-12-01",
        "Steps": [
            {
                "Name": "Train",
                "Type": "Training",
                "Arguments": {
                    "AlgorithmSpecification": {
                        "TrainingImage": "141502667606.dkr.ecr.eu-west-1.amazonaws.com/x:1",
                        "TrainingInputMode": "File",
                    },
                    "OutputDataConfig": {"S3OutputPath": "s3://churn-data/models"},
                    "ResourceConfig": {
                        "InstanceType": "ml.m5.xlarge",
                        "InstanceCount": 1,
                        "VolumeSizeInGB": 30,
                    },
                    "StoppingCondition": {"MaxRuntimeInSeconds": 7200},
                    "RoleArn": role,
                    "Environment": environment,
                },
            }
        ],
    }


@dataclass
class Cloud:
    """The account, and how to talk to it."""

    fake: Fake
    environment: dict[str, str]
    role: str

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.fake.url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(Path(sys.executable).parent / "pipewarden"), *arguments],
            cwd=cwd,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def pull(self, cwd: Path, *more: str) -> subprocess.CompletedProcess[str]:
        return self.run("pull", "--region", REGION, "-o", "snapshot", *more, cwd=cwd)


def executions(count: int, **more: Any) -> dict[str, Any]:
    """Answers of SageMaker for executions of ``churn`` that took 600, 660, 720 … seconds."""
    base = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/churn/execution/e"
    jobs = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/pipelines-churn-"

    def listed(body: dict[str, Any]) -> Any:
        start = int(body.get("NextToken") or 0)
        page = [
            {
                "PipelineExecutionArn": f"{base}{n}",
                "PipelineExecutionStatus": "Succeeded",
                "StartTime": 1_790_000_000 + n * 86_400,
            }
            for n in range(start, min(start + 100, count))
        ]
        after = start + 100
        return {
            "PipelineExecutionSummaries": page,
            **({"NextToken": str(after)} if after < count else {}),
        }

    def described(body: dict[str, Any]) -> Any:
        n = int(body["PipelineExecutionArn"].rpartition("/e")[2])
        return {
            "PipelineExecutionArn": f"{base}{n}",
            "PipelineExecutionStatus": "Succeeded",
            "CreationTime": 1_790_000_000 + n * 86_400,
        }

    def steps(body: dict[str, Any]) -> Any:
        n = int(body["PipelineExecutionArn"].rpartition("/e")[2])
        start = 1_790_000_000 + n * 86_400
        step = {
            "StepName": "Train",
            "StepStatus": "Succeeded",
            "StartTime": start,
            "EndTime": start + 900,
            "AttemptCount": 1,
            "Metadata": {"TrainingJob": {"Arn": f"{jobs}{n}"}},
        }
        return {"PipelineExecutionSteps": [step]}

    def job(body: dict[str, Any]) -> Any:
        n = int(body["TrainingJobName"].rpartition("-")[2])
        return {
            "TrainingJobName": body["TrainingJobName"],
            "TrainingJobStatus": "Completed",
            "TrainingTimeInSeconds": 600 + 60 * n,
            "BillableTimeInSeconds": 600 + 60 * n,
            "EnableManagedSpotTraining": False,
            "ResourceConfig": {
                "InstanceType": "ml.m5.xlarge",
                "InstanceCount": 1,
                "VolumeSizeInGB": 30,
            },
        }

    return {
        "SageMaker.ListPipelineExecutions": listed,
        "SageMaker.DescribePipelineExecution": described,
        "SageMaker.ListPipelineExecutionSteps": steps,
        "SageMaker.DescribeTrainingJob": job,
        **more,
    }


EMPTY: dict[str, Any] = {
    # What moto lacks, with nothing in it.
    "SageMaker.ListPipelineVersions": lambda body: {"PipelineVersionSummaries": []},
    "SageMaker.ListSpaces": lambda body: {"Spaces": []},
    "SageMaker.ListApps": lambda body: {"Apps": []},
    "SageMaker.ListFeatureGroups": lambda body: {"FeatureGroupSummaries": []},
    "SageMaker.ListMonitoringSchedules": lambda body: {"MonitoringScheduleSummaries": []},
    "SageMaker.ListMlflowTrackingServers": lambda body: {"TrackingServerSummaries": []},
    "ServiceQuotasV20190624.ListServiceQuotas": lambda body: {
        "Quotas": [{"QuotaName": "ml.m5.xlarge for training job usage", "Value": 4.0}]
    },
}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    import os

    with aws() as fake:
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "TMPDIR")}
        environment = {
            **keep,
            **ENVIRONMENT,
            "AWS_ENDPOINT_URL": fake.url,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "COLUMNS": "100",
            "SOURCE_DATE_EPOCH": "1798243200",
        }
        made = Cloud(fake, environment, "")
        made.client("sts")  # moto resets nothing between servers: every test has its own names
        import moto.backends

        for name in ("sagemaker", "iam", "s3"):
            moto.backends.get_backend(name).reset()
        iam = made.client("iam")
        made.role = iam.create_role(RoleName="churn", AssumeRolePolicyDocument=json.dumps(TRUST))[
            "Role"
        ]["Arn"]
        iam.put_role_policy(RoleName="churn", PolicyName="p", PolicyDocument=json.dumps(WIDE))
        made.client("s3").create_bucket(
            Bucket="churn-data", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        made.client("sagemaker").create_pipeline(
            PipelineName="churn",
            PipelineDefinition=json.dumps(definition(made.role)),
            ClientRequestToken="t" * 40,
            RoleArn=made.role,
            Tags=[{"Key": "team", "Value": "growth"}],
        )
        fake.answers.update(EMPTY)
        fake.answers.update(executions(5))
        fake.calls.clear()
        yield made
