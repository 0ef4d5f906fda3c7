"""Processing jobs: what ``processor.run(...)`` asks the service for."""

from __future__ import annotations

import posixpath
from typing import Any

from linter.core.values import Template, make_string
from linter.readers.python.machine import Machine
from linter.readers.python.sdk.functions import image_uri
from linter.readers.python.sdk.objects import _get, argument, table_kind
from linter.readers.python.sdk.parts import (
    Record,
    bucket_prefix,
    default_bucket,
    is_variable,
    items_of,
    mapped,
    may_be_variable,
    record,
    role_arn,
    tags_of,
)
from linter.readers.python.sdk.table import known
from linter.readers.python.values import (
    Cell,
    Loose,
    Map,
    OneOf,
    PathValue,
    Place,
    Sdk,
    Seq,
    unknown,
    why,
)

_CODE = "/opt/ml/processing/input/code"
_SPARK = ("PySparkProcessor", "SparkJarProcessor", "SageMakerClarifyProcessor")
_S3 = "s3://"


class Run:
    """One run of a processor: what the call and the step around it give."""

    def __init__(self, step: Sdk, processor: Sdk, call: Sdk | None) -> None:
        self.step = step
        self.processor = processor
        self.call = call

    def get(self, name: str) -> Cell:
        """An argument of ``run()``, or of the step where that takes the processor itself."""
        if self.call is not None:
            return argument(self.call, name)
        return argument(self.step, "job_arguments" if name == "arguments" else name)


def request(machine: Machine, run: Run) -> Cell:
    """``CreateProcessingJob`` without the job's name."""
    processor = run.processor
    made = Record(processor.place)
    made.always("ProcessingResources", record(processor.place, ClusterConfig=_cluster(processor)))
    made.always("AppSpecification", _application(run))
    made.always("RoleArn", role_arn(argument(processor, "role")))
    inputs = _inputs(run)
    if inputs.value.items:
        made.always("ProcessingInputs", inputs)
    made.put("ProcessingOutputConfig", _outputs(run))
    made.put("Environment", argument(processor, "env"))
    made.put("NetworkConfig", network(argument(processor, "network_config")))
    limit = argument(processor, "max_runtime_in_seconds")
    if limit.value is not None:
        inner = Record(limit.place)
        inner.put("MaxRuntimeInSeconds", limit)
        made.put("StoppingCondition", inner.cell)
    made.put("Tags", tags_of(argument(processor, "tags")))
    made.open(processor.rest)
    return made.cell


def _cluster(processor: Sdk) -> Cell:
    made = Record(processor.place)
    made.always("InstanceType", argument(processor, "instance_type"))
    made.always("InstanceCount", argument(processor, "instance_count"))
    made.always("VolumeSizeInGB", argument(processor, "volume_size_in_gb"))
    made.put("VolumeKmsKeyId", argument(processor, "volume_kms_key"))
    return made.cell


def network(cell: Cell) -> Cell | None:
    """``NetworkConfig(...)`` as the request has it."""
    value = cell.value
    if value is None:
        return None
    if isinstance(value, OneOf):
        inner = [network(one) or Cell(None, one.place) for one in value.cells]
        return Cell(OneOf(tuple(inner), value.reason), cell.place)
    if not table_kind(value, "NetworkConfig"):
        return Cell(unknown(why(value)), cell.place)
    made = Record(value.place)
    isolation = argument(value, "enable_network_isolation")
    made.always(
        "EnableNetworkIsolation",
        isolation if isolation.value is not None else Cell(False, isolation.place),
    )
    made.put(
        "EnableInterContainerTrafficEncryption",
        argument(value, "encrypt_inter_container_traffic"),
    )
    vpc = Record(value.place)
    vpc.put("SecurityGroupIds", argument(value, "security_group_ids"))
    vpc.put("Subnets", argument(value, "subnets"))
    if vpc.map.items or vpc.map.possible:
        made.put("VpcConfig", vpc.cell)
    made.open(value.rest)
    return made.cell


# --- the program ----------------------------------------------------------------------------------


def _is_framework(processor: Sdk) -> bool:
    return table_kind(processor, "FrameworkProcessor")


def _is_script(processor: Sdk) -> bool:
    return table_kind(processor, "ScriptProcessor") and processor.kind not in _SPARK


def _application(run: Run) -> Cell:
    processor = run.processor
    made = Record(processor.place)
    made.always("ImageUri", image_of(processor))
    if processor.kind in _SPARK:
        made.open(unknown("what the processor makes of its arguments"))
        return made.cell
    arguments = run.get("arguments")
    made.put("ContainerArguments", arguments)
    if _is_script(processor):
        made.always("ContainerEntrypoint", _entrypoint(run))
    else:
        made.put("ContainerEntrypoint", argument(processor, "entrypoint"))
    return made.cell


def image_of(owner: Sdk) -> Cell:
    """The image that is given, or one that the SDK chooses for a framework."""
    given = argument(owner, "image_uri")
    if given.value is not None and not _may_be_none(given.value):
        return given
    return Cell(image_uri(None), owner.place)


def _may_be_none(value: Any) -> bool:
    return isinstance(value, OneOf) and any(cell.value is None for cell in value.cells)


def _entrypoint(run: Run) -> Cell:
    processor = run.processor
    if _is_framework(processor):
        path = "/opt/ml/processing/input/entrypoint/runproc.sh"
        items = [Cell(text, processor.place) for text in ("/bin/bash", path)]
        return Cell(Seq(items), processor.place)
    command = argument(processor, "command")
    items = items_of(command)
    if command.value is None:
        items = [Cell("python3", processor.place)]
    code = run.get("code")
    name = _base_name(code.value)
    return Cell(Seq([*items, Cell(make_string([f"{_CODE}/", name]), code.place)]), command.place)


def _base_name(value: Any) -> Any:
    text = value.text if isinstance(value, PathValue) else value
    if isinstance(text, str):
        return posixpath.basename(text.rstrip("/"))
    if isinstance(text, Template) and "/" in text.suffix:
        return posixpath.basename(text.suffix)
    return unknown(f"the script's name: {why(value)}")


# --- inputs ---------------------------------------------------------------------------------------


def _inputs(run: Run) -> Cell:
    given = run.get("inputs")
    items = items_of(given)
    converted = [_numbered(item, number) for number, item in enumerate(items, 1)]
    processor = run.processor
    if processor.kind in _SPARK:
        reason = "what the processor adds"
        converted.append(Cell(Loose((), reason, many=True), processor.place))
    elif _is_framework(processor) and run.call is None:
        start = "/opt/ml/processing/input/entrypoint"
        converted.append(_code_input(run.get("code"), "entrypoint", start, "entry point"))
    elif _is_framework(processor):
        converted += _framework_inputs(run)
    elif _is_script(processor):
        converted.append(_code_input(run.get("code"), "code", _CODE, "code"))
    if _is_new(processor):
        for cell in converted[len(items) :]:
            if isinstance(cell.value, Map):
                cell.value.items.pop("AppManaged", None)
    return Cell(Seq(converted), given.place)


def _numbered(item: Cell, number: int) -> Cell:
    if isinstance(item.value, Loose | OneOf):
        inner = tuple(_numbered(one, number) for one in item.value.cells)
        return Cell(item.value._replace(cells=inner), item.place)
    return _input(item, number)


def _code_input(code: Cell, name: str, directory: str, role: str) -> Cell:
    value = code.value
    text = value.text if isinstance(value, PathValue) else value
    remote = isinstance(text, str) and text.startswith(_S3)
    remote = remote or (isinstance(text, Template) and text.prefix.startswith(_S3))
    if remote:
        uri: Any = text
    else:
        where = unknown(f"where the SDK uploads the {role}", "code")
        uri = make_string([_S3, where, "/", _base_name(value)])
    return _s3_input(code.place, Cell(name, code.place), Cell(uri, code.place), directory)


def _framework_inputs(run: Run) -> list[Cell]:
    code = run.get("code")
    place = code.place
    upload = make_string([_S3, unknown("where the SDK uploads the code", "code")])
    start = make_string([_S3, unknown("where the SDK uploads the code", "code"), "/runproc.sh"])
    return [
        _s3_input(place, Cell("code", place), Cell(upload, place), f"{_CODE}/"),
        _s3_input(
            place,
            Cell("entrypoint", place),
            Cell(start, place),
            "/opt/ml/processing/input/entrypoint",
        ),
    ]


def _s3_input(place: Place, name: Cell, uri: Cell, directory: str) -> Cell:
    return record(
        place,
        InputName=name,
        AppManaged=False,
        S3Input=record(
            place,
            S3Uri=uri,
            LocalPath=directory,
            S3DataType="S3Prefix",
            S3InputMode="File",
            S3DataDistributionType="FullyReplicated",
            S3CompressionType="None",
        ),
    )


def _input(item: Cell, number: int) -> Cell:
    value = item.value
    if not table_kind(value, "ProcessingInput"):
        return Cell(unknown(why(value)), item.place)
    made = Record(value.place)
    name = argument(value, "input_name")
    made.always(
        "InputName", name if name.value is not None else Cell(f"input-{number}", value.place)
    )
    _app_managed(made, value)
    source, destination = argument(value, "source"), argument(value, "destination")
    s3_input = argument(value, "s3_input")
    if s3_input.value is not None:
        made.put("S3Input", _given_input(s3_input))
    elif source.value is not None and destination.value is not None:
        made.put("S3Input", _own_input(value, source, destination))
    if argument(value, "dataset_definition").value is not None:
        made.put("DatasetDefinition", _api_object(argument(value, "dataset_definition")))
    made.open(value.rest)
    return made.cell


def _app_managed(made: Record, value: Sdk) -> None:
    """Version 2 always says it, version 3 where it is given."""
    if _is_new(value):
        made.put("AppManaged", value.args.get("app_managed"))
    else:
        made.always("AppManaged", argument(value, "app_managed"))


def _is_new(value: Sdk) -> bool:
    return value.cls.startswith("sagemaker.core")


def _given_input(cell: Cell) -> Cell:
    """``S3Input(...)``, or the shape of version 3, whose address may be a file of this machine."""
    made = _api_object(cell)
    if isinstance(made.value, Map) and "S3Uri" in made.value.items:
        made.value.items["S3Uri"] = _uploaded(made.value.items["S3Uri"])
    return made


def _own_input(value: Sdk, source: Cell, destination: Cell) -> Cell:
    inner = Record(value.place)
    inner.always("S3Uri", _uploaded(source))
    inner.always("LocalPath", destination)
    inner.put("S3DataType", argument(value, "s3_data_type"))
    inner.put("S3InputMode", argument(value, "s3_input_mode"))
    inner.put("S3DataDistributionType", argument(value, "s3_data_distribution_type"))
    inner.put("S3CompressionType", argument(value, "s3_compression_type"))
    return inner.cell


def _uploaded(source: Cell) -> Cell:
    """An address, or where a file of this machine is uploaded to."""
    value = source.value
    if may_be_variable(value):
        return source
    text = value.text if isinstance(value, PathValue) else value
    if isinstance(text, str) and not text.startswith(_S3):
        where = unknown("where the SDK uploads the input", "input")
        return Cell(make_string([_S3, where]), source.place)
    if isinstance(text, Template) and not text.prefix.startswith(_S3[: len(text.prefix)]):
        return Cell(unknown("where the SDK uploads the input", "input"), source.place)
    return Cell(text, source.place)


def _api_object(cell: Cell) -> Cell:
    """An object whose request has its arguments in CamelCase."""
    value = cell.value
    if not isinstance(value, Sdk):
        return Cell(unknown(why(value)), cell.place)
    made = Record(value.place)
    names = [item[0] for item in known(value.cls).parameters]
    for name in dict.fromkeys((*names, *value.args)):
        one = argument(value, name)
        inner = (
            _api_object(one) if isinstance(one.value, Sdk) and not is_variable(one.value) else one
        )
        made.put(camel(name), inner)
    made.open(value.rest)
    return made.cell


def camel(name: str) -> str:
    """``s3_data_type`` as the API writes it: ``S3DataType``."""
    words = {"kms": "Kms", "s3": "S3", "gb": "GB", "uri": "Uri", "arn": "Arn"}
    return "".join(words.get(word, word.capitalize()) for word in name.split("_"))


# --- outputs --------------------------------------------------------------------------------------


def _outputs(run: Run) -> Cell | None:
    given = run.get("outputs")
    items = items_of(given)
    processor = run.processor
    if processor.kind in _SPARK:
        items = [*items, Cell(Loose((), "what the processor adds", many=True), processor.place)]
    if not items:
        return None
    numbers = iter(range(1, len(items) + 1))
    outputs = mapped(
        Cell(Seq(items), given.place), lambda item: _output(run, item, next(numbers, 0))
    )
    made = Record(given.place)
    made.always("Outputs", outputs)
    made.put("KmsKeyId", argument(processor, "output_kms_key"))
    return made.cell


def _output(run: Run, item: Cell, number: int) -> Cell:
    value = item.value
    if not table_kind(value, "ProcessingOutput"):
        return Cell(unknown(why(value)), item.place)
    made = Record(value.place)
    name = argument(value, "output_name")
    if name.value is None:
        name = Cell(f"output-{number}", value.place)
    made.always("OutputName", name)
    _app_managed(made, value)
    source = argument(value, "source")
    shape = argument(value, "s3_output")
    if shape.value is not None:
        made.put("S3Output", _given_output(run, value, name, shape))
    elif source.value is not None:
        inner = record(
            value.place,
            S3Uri=_destination(run, value, name),
            LocalPath=source,
            S3UploadMode=argument(value, "s3_upload_mode"),
        )
        made.put("S3Output", inner)
    feature = argument(value, "feature_store_output")
    if feature.value is not None:
        made.put("FeatureStoreOutput", _api_object(feature))
    made.open(value.rest)
    return made.cell


def _given_output(run: Run, output: Sdk, name: Cell, shape: Cell) -> Cell:
    """The shape of version 3."""
    made = _api_object(shape)
    if isinstance(made.value, Map):
        given = made.value.items.get("S3Uri") or made.value.possible.pop("S3Uri", None)
        cell = given if given is not None else Cell(None, shape.place)
        made.value.items["S3Uri"] = _address(run, output, name, cell)
    return made


def _destination(run: Run, output: Sdk, name: Cell) -> Cell:
    return _address(run, output, name, argument(output, "destination"))


def _address(run: Run, output: Sdk, name: Cell, given: Cell) -> Cell:
    value = given.value
    if isinstance(value, OneOf):
        cells = tuple(
            _default_destination(run, output, name) if cell.value is None else cell
            for cell in value.cells
        )
        return Cell(OneOf(cells, value.reason), given.place)
    local = isinstance(value, str) and not value.startswith(_S3)
    if value is None or local:
        return _default_destination(run, output, name)
    if isinstance(value, Template) and not value.prefix.startswith(_S3):
        return Cell(unknown(f"an address that is not known: {why(value)}"), given.place)
    return given


def _default_destination(run: Run, output: Sdk, name: Cell) -> Cell:
    place = output.place
    if run.step.state.get("early"):
        # Its address was made of a job's name, before the pipeline was there.
        where = unknown("an address with the job's name", "job name")
        text = name.value if isinstance(name.value, str | Template) else unknown(why(name.value))
        return Cell(make_string([_S3, where, "/output/", text]), place)
    return joined_address(run.step, run.processor, place, ["output", name])


def joined_address(step: Sdk, owner: Sdk, place: Place, ending: list[Any]) -> Cell:
    """``s3://bucket/pipeline/execution/step/…`` as the SDK joins it when the pipeline runs."""
    prefix = bucket_prefix(owner)
    middle = [Cell(prefix, place)] if prefix is not None else []
    values = [
        Cell("s3:/", place),
        default_bucket(owner),
        *middle,
        Cell(unknown("the pipeline's name", "pipeline name"), place),
        Cell(_get("Execution.PipelineExecutionId"), place),
        argument(step, "name"),
        *(item if isinstance(item, Cell) else Cell(item, place) for item in ending),
    ]
    pipeline = step.state.get("pipeline")
    if isinstance(pipeline, Sdk):
        values[2 + len(middle)] = argument(pipeline, "name")
    return record(place, **{"Std:Join": record(place, On="/", Values=Cell(Seq(values), place))})
