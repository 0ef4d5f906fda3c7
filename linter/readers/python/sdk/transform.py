"""Batch transform jobs: what ``transformer.transform(...)`` asks for."""

from __future__ import annotations

from linter.readers.python.sdk.objects import argument
from linter.readers.python.sdk.parts import Record, given_or_not, record, tags_of
from linter.readers.python.sdk.processing import joined_address
from linter.readers.python.values import Cell, Sdk, unknown


def request(step: Sdk, transformer: Sdk, call: Sdk | None) -> Cell:
    """``CreateTransformJob`` without the job's name."""
    source = call
    if call is None:
        given = argument(step, "inputs").value
        source = given if isinstance(given, Sdk) else None
    made = Record(transformer.place)
    made.always("ModelName", argument(transformer, "model_name"))
    made.always("TransformInput", _input(step, source))
    made.always("TransformOutput", _output(step, transformer, own=call is not None))
    resources = Record(transformer.place)
    resources.always("InstanceCount", argument(transformer, "instance_count"))
    resources.always("InstanceType", argument(transformer, "instance_type"))
    resources.put("VolumeKmsKeyId", argument(transformer, "volume_kms_key"))
    resources.put("TransformAmiVersion", argument(transformer, "transform_ami_version"))
    made.always("TransformResources", resources.cell)
    made.put("BatchStrategy", argument(transformer, "strategy"))
    made.put("MaxConcurrentTransforms", argument(transformer, "max_concurrent_transforms"))
    made.put("MaxPayloadInMB", argument(transformer, "max_payload"))
    made.put("Environment", argument(transformer, "env"))
    made.put("Tags", tags_of(argument(transformer, "tags")))
    if source is not None:
        _further(made, source)
    made.open(transformer.rest)
    return made.cell


def _further(made: Record, source: Sdk) -> None:
    filters = Record(source.place)
    filters.put("InputFilter", argument(source, "input_filter"))
    filters.put("OutputFilter", argument(source, "output_filter"))
    filters.put("JoinSource", argument(source, "join_source"))
    made.put_when(filters.filled, "DataProcessing", filters.cell)
    made.put_if("ModelClientConfig", argument(source, "model_client_config"))
    capture = argument(source, "batch_data_capture_config")
    made.put_from("DataCaptureConfig", capture, _captured)
    made.open(source.rest)


def _captured(capture: Cell) -> Cell:
    return Cell(unknown("what is captured"), capture.place)


def _input(step: Sdk, source: Sdk | None) -> Cell:
    if source is None:
        return Cell(unknown("what is transformed"), step.place)
    made = Record(source.place)
    kind = given_or_not(argument(source, "data_type"), Cell("S3Prefix", source.place))
    inner = record(source.place, S3DataType=kind, S3Uri=argument(source, "data"))
    made.always("DataSource", record(source.place, S3DataSource=inner))
    made.put("ContentType", argument(source, "content_type"))
    made.put("CompressionType", argument(source, "compression_type"))
    made.put("SplitType", argument(source, "split_type"))
    return made.cell


def _output(step: Sdk, transformer: Sdk, *, own: bool) -> Cell:
    made = Record(transformer.place)
    path = argument(transformer, "output_path")
    if own:
        path = given_or_not(path, joined_address(step, transformer, transformer.place, []))
    made.always("S3OutputPath", path)
    made.put("KmsKeyId", argument(transformer, "output_kms_key"))
    made.put("AssembleWith", argument(transformer, "assemble_with"))
    made.put("Accept", argument(transformer, "accept"))
    return made.cell
