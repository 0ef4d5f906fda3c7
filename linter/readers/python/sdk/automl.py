"""AutoML jobs: what ``automl.fit(...)`` asks for. Only ``AutoML`` can be run in a step."""

from __future__ import annotations

from functools import partial

from linter.core.values import Template, make_string
from linter.readers.python.expressions import truth
from linter.readers.python.machine import Machine
from linter.readers.python.sdk.objects import argument, table_kind
from linter.readers.python.sdk.parts import (
    S3,
    Record,
    bucket_text,
    each,
    given_or_not,
    holding,
    is_variable,
    items_of,
    mapped,
    record,
    role_arn,
    tags_of,
)
from linter.readers.python.values import Cell, Sdk, Seq, unknown, why

_LIMITS = {
    "MaxCandidates": "max_candidates",
    "MaxRuntimePerTrainingJobInSeconds": "max_runtime_per_training_job_in_seconds",
    "MaxAutoMLJobRuntimeInSeconds": "total_job_runtime_in_seconds",
}
_OF_CHANNEL = {
    "CompressionType": "compression",
    "ChannelType": "channel_type",
    "ContentType": "content_type",
    "SampleWeightAttributeName": "sample_weight_attribute_name",
}


def request(machine: Machine, step: Sdk) -> Cell:
    """``CreateAutoMLJob`` without the job's name, and without what steps do not take."""
    call = argument(step, "step_args").value
    owner = call.state["receiver"] if isinstance(call, Sdk) and call.kind == "_Run" else None
    if not isinstance(call, Sdk) or owner is None or owner.kind != "AutoML":
        return Cell(unknown(f"its arguments are not known: {why(call)}"), step.place)
    made = Record(owner.place)
    made.put_from("InputDataConfig", argument(call, "inputs"), lambda one: _channels(owner, one))
    made.always("OutputDataConfig", _output(owner))
    made.always("AutoMLJobConfig", _config(owner))
    made.always("RoleArn", role_arn(argument(owner, "role")))
    made.put("AutoMLJobObjective", argument(owner, "job_objective"))
    made.put("ProblemType", argument(owner, "problem_type"))
    made.put_from("Tags", argument(owner, "tags"), tags_of)
    made.open(owner.rest)
    made.open(call.rest)
    return made.cell


def _output(owner: Sdk) -> Cell:
    made = Record(owner.place)
    default = Cell(make_string([S3, *bucket_text(owner), "/"]), owner.place)
    made.always("S3OutputPath", given_or_not(argument(owner, "output_path"), default))
    made.put("KmsKeyId", argument(owner, "output_kms_key"))
    return made.cell


def _config(owner: Sdk) -> Cell:
    made = Record(owner.place)
    limits = Record(owner.place)
    for key, name in _LIMITS.items():
        limits.put(key, argument(owner, name))
    made.always("CompletionCriteria", limits.cell)
    security = Record(owner.place)
    encrypts = given_or_not(argument(owner, "encrypt_inter_container_traffic"), False)
    security.always("EnableInterContainerTrafficEncryption", encrypts)
    security.put_if("VolumeKmsKeyId", argument(owner, "volume_kms_key"))
    security.put_if("VpcConfig", argument(owner, "vpc_config"))
    made.always("SecurityConfig", security.cell)
    for key, inner, name in (
        ("CandidateGenerationConfig", "FeatureSpecificationS3Uri", "feature_specification_s3_uri"),
        ("DataSplitConfig", "ValidationFraction", "validation_fraction"),
    ):
        made.put_from(key, argument(owner, name), partial(holding, inner), test=truth)
    made.put_if("Mode", argument(owner, "mode"))
    return made.cell


# --- channels -------------------------------------------------------------------------------------


def _channels(owner: Sdk, inputs: Cell) -> Cell:
    value = inputs.value
    if table_kind(value, "AutoMLInput"):
        return Cell(Seq(_of_input(value)), inputs.place)
    if isinstance(value, Seq):
        if all(table_kind(item.value, "AutoMLInput") for item in value.items):
            found = [one for item in value.items for one in _of_input(item.value)]
            return Cell(Seq(found), inputs.place)
        return mapped(inputs, lambda one: _of_address(owner, one))
    if isinstance(value, str | Template) or is_variable(value):
        return Cell(Seq([_of_address(owner, inputs)]), inputs.place)
    return Cell(unknown(why(value)), inputs.place)


def _of_input(value: Sdk) -> list[Cell]:
    inputs = argument(value, "inputs")
    single = isinstance(inputs.value, str | Template) or is_variable(inputs.value)

    def channel(uri: Cell) -> Cell:
        made = Record(value.place)
        kind = given_or_not(argument(value, "s3_data_type"), "S3Prefix")
        source = record(value.place, S3DataType=kind, S3Uri=uri)
        made.always("DataSource", record(value.place, S3DataSource=source))
        made.always("TargetAttributeName", argument(value, "target_attribute_name"))
        for key, name in _OF_CHANNEL.items():
            made.put(key, argument(value, name))
        made.open(value.rest)
        return made.cell

    return items_of(mapped(Cell(Seq([inputs]), inputs.place) if single else inputs, channel))


def _of_address(owner: Sdk, uri: Cell) -> Cell:
    """A channel of an address, with what the job says of its data."""
    made = Record(uri.place)
    kind = given_or_not(argument(owner, "s3_data_type"), "S3Prefix")
    source = Record(uri.place)
    source.always("S3DataType", kind)
    source.always("S3Uri", each(uri, _uploaded))
    target = argument(owner, "target_attribute_name")
    if truth(target.value) is not True:
        source.open(unknown("how the data is spread"))
    made.always("DataSource", record(uri.place, S3DataSource=source.cell))
    made.put("CompressionType", argument(owner, "compression_type"))
    made.put("TargetAttributeName", target)
    made.put("ContentType", argument(owner, "content_type"))
    made.put("SampleWeightAttributeName", argument(owner, "sample_weight_attribute_name"))
    return made.cell


def _uploaded(uri: Cell) -> Cell:
    value = uri.value
    known = isinstance(value, str) and value.startswith(S3)
    known = known or (isinstance(value, Template) and value.prefix.startswith(S3))
    if known or is_variable(value):
        return uri
    return Cell(make_string([S3, unknown("where the SDK uploads the data", "data")]), uri.place)
