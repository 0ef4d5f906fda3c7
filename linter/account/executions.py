"""What pipelines ran: executions, their steps, and the jobs' own records."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from linter.account.client import Account, DeniedError, GoneError
from linter.account.kinds import JOBS
from linter.account.sagemaker import SERVICE
from linter.account.snapshot import EXECUTION, INCOMPLETE, Area, Object, plain

FINISHED = ("Succeeded", "Failed", "Stopped")
_OF_A_JOB = (
    # What is kept of a job's record: what it ran on, how long, what it was billed for, where.
    *("TrainingJobStatus", "ProcessingJobStatus", "TransformJobStatus", "AutoMLJobStatus"),
    *("HyperParameterTuningJobStatus", "SecondaryStatus", "FailureReason", "ExitMessage"),
    *("CreationTime", "TrainingStartTime", "TrainingEndTime", "ProcessingStartTime"),
    *("ProcessingEndTime", "TransformStartTime", "TransformEndTime", "EndTime"),
    *("HyperParameterTuningEndTime", "TrainingTimeInSeconds", "BillableTimeInSeconds"),
    *("EnableManagedSpotTraining", "ResourceConfig", "ProcessingResources", "TransformResources"),
    *("VpcConfig", "NetworkConfig", "EnableNetworkIsolation", "RoleArn", "StoppingCondition"),
    *(
        "EnableInterContainerTrafficEncryption",
        "RetryStrategy",
        "WarmPoolStatus",
        "ConsumedResources",
    ),
    *("ConsumedResources", "TrainingJobStatusCounters", "TuningJobCompletionDetails"),
    *("ModelName", "OutputDataConfig"),
)

_NEEDED = tuple(
    f"{SERVICE}:{operation}"
    for operation in (
        *("describe_pipeline_execution", "list_pipeline_execution_steps"),
        "list_training_jobs_for_hyper_parameter_tuning_job",
        *(operation for operation, _, _ in JOBS.values()),
    )
)
"""What an execution's record is put together from."""


def pull_executions(account: Account, area: Area, pipelines: list[str], since: datetime) -> int:
    """The executions of the pipelines that were created since a moment; gives how many.

    A finished one does not change any more: it is taken over where it is known.
    """
    account.client(SERVICE)
    wanted: list[tuple[str, dict[str, Any]]] = []
    for pipeline in pipelines:
        wanted += [(pipeline, summary) for summary in _listed(account, pipeline, since)]
    account.each("executions", lambda item: _execution(account, area, *item), wanted)
    return len(wanted)


def _listed(account: Account, pipeline: str, since: datetime) -> list[dict[str, Any]]:
    try:
        return list(
            account.pages(
                SERVICE,
                "list_pipeline_executions",
                "PipelineExecutionSummaries",
                PipelineName=pipeline,
                CreatedAfter=since,
            )
        )
    except GoneError:
        return []
    except DeniedError as error:
        account.note(f"{SERVICE}:list_pipeline_executions", pipeline, error)
        return []


def _execution(account: Account, area: Area, pipeline: str, summary: dict[str, Any]) -> None:
    arn = str(summary["PipelineExecutionArn"])
    folder, name = f"executions/{pipeline}", arn.rpartition("/")[2]
    known = area.known(folder, name)
    finished = known and known["Observed"].get("PipelineExecutionStatus") in FINISHED
    if known and finished and not known["Observed"].get(INCOMPLETE):
        area.keep(folder, name)
        return
    observed = plain(
        account.asked(SERVICE, "describe_pipeline_execution", arn, PipelineExecutionArn=arn)
    ) or plain(summary)
    observed["Steps"] = [_step(account, step) for step in _steps(account, arn)]
    observed.pop("PipelineExecutionArn", None)
    if account.was_denied(*_NEEDED):
        observed[INCOMPLETE] = True
    made = Object(EXECUTION, arn, area.account, area.region, {"PipelineName": pipeline}, observed)
    area.put(folder, name, made)


def _steps(account: Account, arn: str) -> list[dict[str, Any]]:
    try:
        found = list(
            account.pages(
                SERVICE,
                "list_pipeline_execution_steps",
                "PipelineExecutionSteps",
                PipelineExecutionArn=arn,
            )
        )
    except GoneError:
        return []
    except DeniedError as error:
        account.note(f"{SERVICE}:list_pipeline_execution_steps", arn, error)
        return []
    steps: list[dict[str, Any]] = plain(found)
    return sorted(steps, key=lambda step: (str(step.get("StartTime", "")), step["StepName"]))


def _step(account: Account, step: dict[str, Any]) -> dict[str, Any]:
    """A step with the records of the job that it ran, where it names one.

    A job's record may be gone: SageMaker keeps them, users may have no right to read them.
    """
    metadata = step.get("Metadata") or {}
    for kind, (operation, argument, member) in JOBS.items():
        arn = str((metadata.get(kind) or {}).get(member) or "")
        if not arn:
            continue
        name = arn.rpartition("/")[2]
        answer = account.asked(SERVICE, operation, name, **{argument: name})
        if answer:
            record = plain(answer)
            step["Job"] = {key: record[key] for key in _OF_A_JOB if record.get(key) is not None}
            step["Job"]["Arn"] = arn
            step["Job"]["Kind"] = kind
            if kind == "TuningJob":
                step["Job"]["Trials"] = _trials(account, name)
        break
    return step


def _trials(account: Account, tuning_job: str) -> list[dict[str, Any]]:
    """The training jobs that a tuning job started: their states and times."""
    found = account.listed(
        SERVICE,
        *("list_training_jobs_for_hyper_parameter_tuning_job", "TrainingJobSummaries"),
        HyperParameterTuningJobName=tuning_job,
    )
    members = ("TrainingJobStatus", "TrainingStartTime", "TrainingEndTime")
    return [{key: item[key] for key in members if key in item} for item in plain(found)]
