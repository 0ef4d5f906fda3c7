"""Conditions, and the steps that run no job of SageMaker's own, or whose job is plain."""

from __future__ import annotations

from collections.abc import Callable

from linter.core.values import make_string
from linter.readers.python.machine import Machine
from linter.readers.python.sdk import automl, hosting, lineage
from linter.readers.python.sdk.checks import check_type
from linter.readers.python.sdk.functions import image_uri
from linter.readers.python.sdk.objects import FUNCTION_STEP, argument, table_kind
from linter.readers.python.sdk.parts import (
    Record,
    each,
    given,
    given_or_not,
    mapped,
    record,
    role_arn,
    tags_of,
)
from linter.readers.python.sdk.training import put_vpc
from linter.readers.python.values import Cell, Map, Sdk, is_text, unknown, why

_COMPARISONS = {
    "ConditionEquals": "Equals",
    "ConditionGreaterThan": "GreaterThan",
    "ConditionGreaterThanOrEqualTo": "GreaterThanOrEqualTo",
    "ConditionLessThan": "LessThan",
    "ConditionLessThanOrEqualTo": "LessThanOrEqualTo",
}


def condition(cell: Cell) -> Cell:
    """A condition as the definition has it."""
    value = cell.value
    if not isinstance(value, Sdk):
        return Cell(unknown(why(value)), cell.place)
    made = Record(value.place)
    if value.kind in _COMPARISONS:
        made.always("Type", _COMPARISONS[value.kind])
        made.always("LeftValue", argument(value, "left"))
        made.always("RightValue", argument(value, "right"))
    elif value.kind == "ConditionIn":
        made.always("Type", "In")
        made.always("QueryValue", argument(value, "value"))
        made.always("Values", argument(value, "in_values"))
    elif value.kind == "ConditionNot":
        made.always("Type", "Not")
        made.always("Condition", condition(argument(value, "expression")))
    elif value.kind == "ConditionOr":
        made.always("Type", "Or")
        made.always("Conditions", mapped(argument(value, "conditions"), condition))
    else:
        return Cell(unknown(f"a condition made by {value.kind}"), cell.place)
    return made.cell


# --- beside the arguments -------------------------------------------------------------------------


def beside(made: Record, step: Sdk) -> None:
    """Members that some kinds of step have beside their ``Arguments``."""
    if step.kind in ("LambdaStep", "CallbackStep"):
        made.always("OutputParameters", mapped(argument(step, "outputs"), _output))
        if step.kind == "LambdaStep":
            made.always("FunctionArn", _function_arn(step))
        else:
            made.always("SqsQueueUrl", argument(step, "sqs_queue_url"))
    elif step.kind in ("QualityCheckStep", "ClarifyCheckStep"):
        _of_check(made, step)
    elif step.kind == "EMRStep":
        cluster = argument(step, "cluster_config")
        if cluster.value is not None:
            made.open(unknown("the security configuration of the cluster"))


def _output(cell: Cell) -> Cell:
    value = cell.value
    if not isinstance(value, Sdk):
        return Cell(unknown(why(value)), cell.place)
    kind = given_or_not(argument(value, "output_type"), Cell("String", value.place))
    return record(value.place, OutputName=argument(value, "output_name"), OutputType=kind)


def _function_arn(step: Sdk) -> Cell:
    return each(argument(step, "lambda_func"), _arn_of)


def _arn_of(function: Cell) -> Cell:
    value, place = function.value, function.place
    if not table_kind(value, "Lambda"):
        return Cell(unknown(why(value)), place)
    name = argument(value, "function_name").value
    account = unknown("the function's region and account", "account")
    text = make_string(
        ["arn:", account, ":function:", name if is_text(name) else unknown(why(name))]
    )
    return given_or_not(argument(value, "function_arn"), Cell(text, place))


def _of_check(made: Record, step: Sdk) -> None:
    made.always("CheckType", check_type(step))
    members = {
        "ModelPackageGroupName": "model_package_group_name",
        "SkipCheck": "skip_check",
        "FailOnViolation": "fail_on_violation",
        "RegisterNewBaseline": "register_new_baseline",
        "SuppliedBaselineConstraints": "supplied_baseline_constraints",
    }
    if step.kind == "QualityCheckStep":
        members["SuppliedBaselineStatistics"] = "supplied_baseline_statistics"
    for key, name in members.items():
        made.always(key, argument(step, name))


# --- arguments ------------------------------------------------------------------------------------


def _fail(machine: Machine, step: Sdk) -> Cell:
    message = given_or_not(argument(step, "error_message"), Cell("", step.place))
    return record(step.place, ErrorMessage=message)


def _inputs(machine: Machine, step: Sdk) -> Cell:
    return given_or_not(argument(step, "inputs"), Cell(Map({}), step.place))


def _emr(machine: Machine, step: Sdk) -> Cell:
    made = Record(step.place)
    made.put("ClusterId", argument(step, "cluster_id"))
    made.put("ExecutionRoleArn", argument(step, "execution_role_arn"))
    made.put_from("StepConfig", argument(step, "step_config"), _emr_config)
    made.put("ClusterConfig", argument(step, "cluster_config"))
    return made.cell


def _emr_config(cell: Cell) -> Cell:
    value = cell.value
    if not table_kind(value, "EMRStepConfig"):
        return Cell(unknown(why(value)), cell.place)
    made = Record(value.place)
    made.always("Jar", argument(value, "jar"))
    made.put("Args", argument(value, "args"))
    made.put("MainClass", argument(value, "main_class"))
    made.put("Properties", argument(value, "properties"))
    return record(value.place, HadoopJarStep=made.cell)


def _notebook(machine: Machine, step: Sdk) -> Cell:
    """A notebook job runs as a training job."""
    made = Record(step.place)
    resources = Record(step.place)
    resources.always("VolumeSizeInGB", argument(step, "volume_size"))
    resources.always("InstanceCount", 1)
    resources.always("InstanceType", argument(step, "instance_type"))
    resources.put("VolumeKmsKeyId", argument(step, "volume_kms_key"))
    made.always("ResourceConfig", resources.cell)
    limit = argument(step, "max_runtime_in_seconds")
    made.always("StoppingCondition", record(limit.place, MaxRuntimeInSeconds=limit))
    made.always("RoleArn", role_arn(argument(step, "role")))
    put_vpc(made, step)
    made.put_if(
        "EnableInterContainerTrafficEncryption",
        argument(step, "encrypt_inter_container_traffic"),
    )
    made.put("Tags", tags_of(argument(step, "tags")))
    made.always("AlgorithmSpecification", _own_program(argument(step, "image_uri")))
    made.open(unknown("what the SDK adds to a notebook job"))
    return made.cell


def _own_program(image: Cell) -> Cell:
    made = Record(image.place)
    made.always("TrainingImage", given_or_not(image, image_uri(None)))
    made.always("TrainingInputMode", "File")
    made.open(unknown("the program that the SDK starts"))
    return made.cell


def _function(machine: Machine, step: Sdk) -> Cell:
    """A call of a function under ``@step`` runs as a training job."""
    made = Record(step.place)
    resources = Record(step.place)
    defaults = {"volume_size": 30, "instance_count": 1, "max_runtime_in_seconds": 86400}

    def setting(name: str) -> Cell:
        return given_or_not(argument(step, name), Cell(defaults[name], step.place))

    resources.always("VolumeSizeInGB", setting("volume_size"))
    resources.always("InstanceCount", setting("instance_count"))
    configured = Cell(unknown("the instance type of the SDK's configuration"), step.place)
    resources.always("InstanceType", given_or_not(argument(step, "instance_type"), configured))
    resources.put("VolumeKmsKeyId", argument(step, "volume_kms_key"))
    resources.put("KeepAlivePeriodInSeconds", argument(step, "keep_alive_period_in_seconds"))
    made.always("ResourceConfig", resources.cell)
    limit = setting("max_runtime_in_seconds")
    stopping = Record(limit.place)
    stopping.always("MaxRuntimeInSeconds", limit)
    stopping.put("MaxWaitTimeInSeconds", argument(step, "max_wait_time_in_seconds"))
    made.always("StoppingCondition", stopping.cell)
    made.always("RoleArn", role_arn(argument(step, "role")))
    put_vpc(made, step)
    for name, key in (
        ("encrypt_inter_container_traffic", "EnableInterContainerTrafficEncryption"),
        ("use_spot_instances", "EnableManagedSpotTraining"),
    ):
        made.put_if(key, argument(step, name))
    made.put("Tags", tags_of(argument(step, "tags")))
    made.always("AlgorithmSpecification", _own_program(argument(step, "image_uri")))
    made.open(unknown("what the SDK adds to a function's job"))
    return made.cell


def _emr_serverless(machine: Machine, step: Sdk) -> Cell:
    made = Record(step.place)
    config = argument(step, "job_config")
    application = argument(step, "application_id")
    if table_kind(config.value, "EMRServerlessJobConfig"):
        made.always("ExecutionRoleArn", argument(config.value, "execution_role_arn"))
        made.always("JobConfig", _serverless_job(config.value, application))
    else:
        made.always("JobConfig", Cell(unknown(why(config.value)), config.place))
        made.open(unknown(why(config.value)))
    made.put("ApplicationId", application)
    if given(application.value) is False:
        made.put("ApplicationConfig", argument(step, "application_config"))
    elif given(application.value) is None:
        made.put_when(None, "ApplicationConfig", argument(step, "application_config"))
    return made.cell


def _serverless_job(config: Sdk, application: Cell) -> Cell:
    made = Record(config.place)
    made.always("executionRoleArn", argument(config, "execution_role_arn"))
    made.always("jobDriver", argument(config, "job_driver"))
    made.put("applicationId", application)
    made.put("configurationOverrides", argument(config, "configuration_overrides"))
    made.put("executionTimeoutMinutes", argument(config, "execution_timeout_minutes"))
    made.put("name", argument(config, "name"))
    made.put("tags", argument(config, "tags"))
    made.open(config.rest)
    return made.cell


ARGUMENTS: dict[str, Callable[[Machine, Sdk], Cell]] = {
    "FailStep": _fail,
    "LambdaStep": _inputs,
    "CallbackStep": _inputs,
    "EMRStep": _emr,
    "NotebookJobStep": _notebook,
    FUNCTION_STEP: _function,
    "AutoMLStep": automl.request,
    **dict.fromkeys(hosting.CALLS, hosting.request),
    "LineageStep": lineage.request,
    "EMRServerlessStep": _emr_serverless,
}
