"""Quality and bias checks: processing jobs of Model Monitor and Clarify."""

from __future__ import annotations

from typing import Any

from linter.core.values import Template, Unknown, make_string
from linter.readers.python.machine import Machine
from linter.readers.python.sdk.functions import image_uri
from linter.readers.python.sdk.objects import argument, table_kind
from linter.readers.python.sdk.parts import (
    S3,
    Record,
    each,
    given_or_not,
    is_variable,
    json_of,
    record,
    role_arn,
    tags_of,
)
from linter.readers.python.sdk.processing import network, stopping
from linter.readers.python.values import Cell, Loose, Map, OneOf, Sdk, Seq, unknown, why

_CHECK_TYPES = {
    "DataQualityCheckConfig": "DATA_QUALITY",
    "ModelQualityCheckConfig": "MODEL_QUALITY",
    "DataBiasCheckConfig": "DATA_BIAS",
    "ModelBiasCheckConfig": "MODEL_BIAS",
    "ModelExplainabilityCheckConfig": "MODEL_EXPLAINABILITY",
}


def check_type(step: Sdk) -> Cell:
    """What a check compares."""
    name = "quality_check_config" if step.kind == "QualityCheckStep" else "clarify_check_config"
    config = argument(step, name)
    kind = config.value.kind if isinstance(config.value, Sdk) else ""
    found = _CHECK_TYPES.get(kind)
    return Cell(found if found else unknown(why(config.value)), config.place)


def _job(step: Sdk) -> Record | Cell:
    """What both have in common: machines, image, role and network of the job's configuration."""
    given = argument(step, "check_job_config")
    config = given.value
    if not table_kind(config, "CheckJobConfig"):
        return Cell(unknown(why(config)), given.place)
    made = Record(config.place)
    cluster = Record(config.place)
    cluster.always("InstanceType", argument(config, "instance_type"))
    cluster.always("InstanceCount", argument(config, "instance_count"))
    cluster.always("VolumeSizeInGB", argument(config, "volume_size_in_gb"))
    cluster.put("VolumeKmsKeyId", argument(config, "volume_kms_key"))
    made.always("ProcessingResources", record(config.place, ClusterConfig=cluster.cell))
    made.always("RoleArn", role_arn(argument(config, "role")))
    made.always("AppSpecification", record(config.place, ImageUri=image_uri(None)))
    limit = argument(config, "max_runtime_in_seconds")
    if _is_new(config):
        # It is not known how version 3 writes a network.
        made.put_from("NetworkConfig", argument(config, "network_config"), _not_known)
        made.always("StoppingCondition", each(given_or_not(limit, _LIMIT), stopping))
    else:
        made.put_from("NetworkConfig", argument(config, "network_config"), network)
        made.put_from("StoppingCondition", limit, stopping)
    made.put("Tags", tags_of(argument(config, "tags")))
    made.open(config.rest)
    return made


_LIMIT = 86400
_ONLY_OLD = ("AppManaged", "S3DataDistributionType", "S3CompressionType")


def _is_new(config: Any) -> bool:
    return isinstance(config, Sdk) and config.cls.startswith("sagemaker.mlops")


def _not_known(cell: Cell) -> Cell:
    return Cell(unknown(why(cell.value)), cell.place)


def _of_version(cells: list[Cell], config: Any) -> list[Cell]:
    """Inputs and outputs with the members that version 2 alone writes, or without them."""
    for cell in cells if _is_new(config) else ():
        pending = [cell.value]
        while pending:
            value = pending.pop()
            if isinstance(value, Map):
                for key in _ONLY_OLD:
                    value.items.pop(key, None)
                pending += [one.value for one in value.items.values()]
    return cells


def _result(made: Record, step: Sdk, name: str, uri: Cell) -> None:
    config: Sdk = argument(step, "check_job_config").value
    place = uri.place
    output = record(
        place,
        OutputName=name,
        AppManaged=False,
        S3Output=record(
            place,
            S3Uri=uri,
            LocalPath="/opt/ml/processing/output",
            S3UploadMode="EndOfJob",
        ),
    )
    outputs = Record(place)
    outputs.always("Outputs", Cell(Seq(_of_version([output], config)), place))
    outputs.put("KmsKeyId", argument(config, "output_kms_key"))
    made.always("ProcessingOutputConfig", outputs.cell)


def quality(machine: Machine, step: Sdk) -> Cell:
    made = _job(step)
    if isinstance(made, Cell):
        return made
    config = argument(step, "quality_check_config").value
    if not isinstance(config, Sdk):
        return Cell(unknown(why(config)), step.place)
    uri = argument(config, "output_s3_uri")
    where = make_string([S3, unknown("where the SDK puts the results", "results")])
    uri = given_or_not(uri, Cell(where, uri.place))
    _result(made, step, "quality_check_output", uri)
    made.always(
        "ProcessingInputs", Cell(Seq(_of_version(_quality_inputs(config), config)), config.place)
    )
    made.always("Environment", _environment(step, config))
    return made.cell


def _variables(cell: Cell) -> Record:
    """The variables that are given, to be added to."""
    made = Record(cell.place)
    value = cell.value
    if isinstance(value, Map):
        made.map = Map(dict(value.items), dict(value.keys), value.rest, dict(value.possible))
    elif value is not None:
        made.open(unknown(why(value)))
    return made


_SCRIPTS = ("post_analytics_processor_script", "record_preprocessor_script")


def _environment(step: Sdk, config: Sdk) -> Cell:
    """The variables that tell the container what to compare."""
    made = _variables(argument(argument(step, "check_job_config").value, "env"))
    made.always("output_path", "/opt/ml/processing/output")
    made.always("publish_cloudwatch_metrics", "Disabled")
    made.put_from("dataset_format", argument(config, "dataset_format"), json_of)
    made.always("dataset_source", "/opt/ml/processing/input/baseline_dataset_input")
    if config.kind == "ModelQualityCheckConfig":
        made.always("analysis_type", "MODEL_QUALITY")
        made.put("problem_type", argument(config, "problem_type"))
        for name in _ATTRIBUTES:
            made.put(name, argument(config, name))
    if any(argument(config, name).value is not None for name in _SCRIPTS):
        made.open(unknown("scripts of the check"))
    return made.cell


_ATTRIBUTES = (
    "inference_attribute",
    "probability_attribute",
    "ground_truth_attribute",
    "probability_threshold_attribute",
)


def _quality_inputs(config: Sdk) -> list[Cell]:
    data = argument(config, "baseline_dataset")
    place = data.place
    inputs = [
        record(
            place,
            InputName="baseline_dataset_input",
            AppManaged=False,
            S3Input=record(
                place,
                S3Uri=_address(data),
                LocalPath="/opt/ml/processing/input/baseline_dataset_input",
                S3DataType="S3Prefix",
                S3InputMode="File",
                S3DataDistributionType="FullyReplicated",
                S3CompressionType="None",
            ),
        )
    ]
    if any(argument(config, name).value is not None for name in _SCRIPTS):
        inputs.append(Cell(Loose((), "scripts of the check", many=True), place))
    return inputs


def _address(cell: Cell) -> Cell:
    def one(cell: Cell) -> Cell:
        value: Any = cell.value
        sure = isinstance(value, str) and value.startswith(S3)
        sure = sure or (isinstance(value, Template) and value.prefix.startswith(S3))
        if sure or is_variable(value):
            return cell
        return Cell(unknown("where the SDK uploads the data"), cell.place)

    return each(cell, one)


def clarify(machine: Machine, step: Sdk) -> Cell:
    made = _job(step)
    if isinstance(made, Cell):
        return made
    config = argument(step, "clarify_check_config").value
    data = argument(config, "data_config").value if isinstance(config, Sdk) else None
    if isinstance(data, Sdk):
        uri = argument(data, "s3_output_path")
        if isinstance(uri.value, OneOf | Unknown) or uri.value is None:
            uri = Cell(unknown("where the results go"), uri.place)
        _result(made, step, "analysis_result", uri)
        made.always(
            "ProcessingInputs", Cell(Seq(_of_version(_clarify_inputs(data), config)), data.place)
        )
    else:
        made.always("ProcessingOutputConfig", Cell(unknown(why(data)), step.place))
        made.always("ProcessingInputs", Cell(unknown("inputs of the check"), step.place))
    job: Sdk = argument(step, "check_job_config").value
    made.put("Environment", argument(job, "env"))
    if not (isinstance(config, Sdk) and config.kind == "DataBiasCheckConfig"):
        made.open(unknown("what a check of a model adds"))
    return made.cell


def _clarify_inputs(data: Sdk) -> list[Cell]:
    place = data.place
    source = argument(data, "s3_data_input_path")

    def one(name: str, uri: Cell, folder: str, spread: Cell, packed: Cell) -> Cell:
        inner = record(
            place,
            S3Uri=uri,
            LocalPath=f"/opt/ml/processing/input/{folder}",
            S3DataType="S3Prefix",
            S3InputMode="File",
            S3DataDistributionType=spread,
            S3CompressionType=packed,
        )
        return record(place, InputName=name, AppManaged=False, S3Input=inner)

    where = Cell(unknown("where the SDK uploads the analysis"), place)
    everywhere, plain = Cell("FullyReplicated", place), Cell("None", place)
    return [
        one("analysis_config", where, "config", everywhere, plain),
        one(
            "dataset",
            _address(source),
            "data",
            given_or_not(argument(data, "s3_data_distribution_type"), everywhere),
            given_or_not(argument(data, "s3_compression_type"), plain),
        ),
    ]
