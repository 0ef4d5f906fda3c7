"""Processing jobs: what ``processor.run(...)`` asks the service for."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from functools import partial
from typing import Any

from linter.core.values import Template, make_string
from linter.readers.python.expressions import truth
from linter.readers.python.machine import Machine
from linter.readers.python.sdk.functions import image_uri
from linter.readers.python.sdk.objects import argument, reference_to, table_kind
from linter.readers.python.sdk.parts import (
    S3,
    Record,
    both,
    bucket_and_prefix,
    each,
    given,
    given_or_not,
    items_of,
    listed,
    may_be_variable,
    record,
    role_arn,
    tags_of,
)
from linter.readers.python.sdk.shapes import request_of_shape
from linter.readers.python.values import (
    Cell,
    Loose,
    Map,
    PathValue,
    Place,
    Sdk,
    Seq,
    unknown,
    why,
)

_CODE = "/opt/ml/processing/input/code"
_SPARK = ("PySparkProcessor", "SparkJarProcessor", "SageMakerClarifyProcessor")


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
    made.put_when(truth(inputs.value), "ProcessingInputs", inputs)
    _put_outputs(made, run)
    made.put("Environment", argument(processor, "env"))
    made.put_from("NetworkConfig", argument(processor, "network_config"), network)
    made.put_from("StoppingCondition", argument(processor, "max_runtime_in_seconds"), stopping)
    made.put("Tags", tags_of(argument(processor, "tags")))
    made.open(processor.rest)
    return made.cell


def _cluster(processor: Sdk) -> Cell:
    made = Record(processor.place)
    put = made.put if _is_new(processor) else made.always
    put("InstanceType", argument(processor, "instance_type"))
    put("InstanceCount", argument(processor, "instance_count"))
    put("VolumeSizeInGB", argument(processor, "volume_size_in_gb"))
    made.put("VolumeKmsKeyId", argument(processor, "volume_kms_key"))
    return made.cell


def stopping(limit: Cell) -> Cell:
    return record(limit.place, MaxRuntimeInSeconds=limit)


def network(cell: Cell) -> Cell:
    """``NetworkConfig(...)`` as the request has it."""
    value = cell.value
    if not table_kind(value, "NetworkConfig"):
        return Cell(unknown(why(value)), cell.place)
    made = Record(value.place)
    isolation = argument(value, "enable_network_isolation")
    made.always("EnableNetworkIsolation", given_or_not(isolation, False))
    made.put(
        "EnableInterContainerTrafficEncryption",
        argument(value, "encrypt_inter_container_traffic"),
    )
    vpc = Record(value.place)
    vpc.put("SecurityGroupIds", argument(value, "security_group_ids"))
    vpc.put("Subnets", argument(value, "subnets"))
    made.put_when(vpc.filled, "VpcConfig", vpc.cell)
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
    return given_or_not(argument(owner, "image_uri"), Cell(image_uri(None), owner.place))


def _entrypoint(run: Run) -> Cell:
    processor = run.processor
    if _is_framework(processor):
        path = "/opt/ml/processing/input/entrypoint/runproc.sh"
        items = [Cell(text, processor.place) for text in ("/bin/bash", path)]
        return Cell(Seq(items), processor.place)
    default = Cell(Seq([Cell("python3", processor.place)]), processor.place)
    command = given_or_not(argument(processor, "command"), default)
    items = items_of(command)
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
    converted = _numbered(items, _input)
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


def _numbered(items: list[Cell], build: Callable[[Cell, int | None], Cell]) -> list[Cell]:
    """Each built with its number, which is not known behind what may not be there."""
    found: list[Cell] = []
    number: int | None = 0
    for item in items:
        loose = item.value if isinstance(item.value, Loose) else None
        number = None if number is None or (loose is not None and loose.many) else number + 1
        if loose is None:
            found.append(each(item, partial(_with_number, build, number)))
            continue
        inner = tuple(each(one, partial(_with_number, build, number)) for one in loose.cells)
        found.append(Cell(loose._replace(cells=inner), item.place))
        number = None
    return found


def _with_number(build: Callable[[Cell, int | None], Cell], number: int | None, item: Cell) -> Cell:
    return build(item, number)


def _name(prefix: str, number: int | None, place: Place) -> Cell:
    return Cell(f"{prefix}-{number}" if number else unknown("its number is not known"), place)


def _code_input(code: Cell, name: str, directory: str, role: str) -> Cell:
    value = code.value
    text = value.text if isinstance(value, PathValue) else value
    remote = isinstance(text, str) and text.startswith(S3)
    remote = remote or (isinstance(text, Template) and text.prefix.startswith(S3))
    if remote:
        uri: Any = text
    else:
        where = unknown(f"where the SDK uploads the {role}", "code")
        uri = make_string([S3, where, "/", _base_name(value)])
    return _s3_input(code.place, Cell(name, code.place), Cell(uri, code.place), directory)


def _framework_inputs(run: Run) -> list[Cell]:
    code = run.get("code")
    place = code.place
    upload = make_string([S3, unknown("where the SDK uploads the code", "code")])
    start = make_string([S3, unknown("where the SDK uploads the code", "code"), "/runproc.sh"])
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


def _input(item: Cell, number: int | None) -> Cell:
    value = item.value
    if not table_kind(value, "ProcessingInput"):
        return Cell(unknown(why(value)), item.place)
    made = Record(value.place)
    name = argument(value, "input_name")
    made.always("InputName", given_or_not(name, _name("input", number, value.place)))
    _app_managed(made, value)
    source, destination = argument(value, "source"), argument(value, "destination")
    shape = argument(value, "s3_input")
    if shape.value is None:
        sure = both(given(source.value), given(destination.value))
        made.put_when(sure, "S3Input", _own_input(value, source, destination))
    elif given(shape.value):
        made.put_from("S3Input", shape, _given_input)
    else:
        made.put_when(None, "S3Input", Cell(unknown(why(shape.value)), shape.place))
    made.put_from("DatasetDefinition", argument(value, "dataset_definition"), request_of_shape)
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
    made = request_of_shape(cell)
    if isinstance(made.value, Map):
        for members in (made.value.items, made.value.possible):
            if "S3Uri" in members:
                members["S3Uri"] = _uploaded(members["S3Uri"])
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
    return each(source, _upload)


def _upload(source: Cell) -> Cell:
    value = source.value
    if may_be_variable(value):
        return source
    text = value.text if isinstance(value, PathValue) else value
    if isinstance(text, str) and not text.startswith(S3):
        where = unknown("where the SDK uploads the input", "input")
        return Cell(make_string([S3, where]), source.place)
    if isinstance(text, Template) and not text.prefix.startswith(S3):
        return Cell(unknown("where the SDK uploads the input", "input"), source.place)
    return Cell(text, source.place)


# --- outputs --------------------------------------------------------------------------------------


def _put_outputs(made: Record, run: Run) -> None:
    outputs = run.get("outputs")
    items = items_of(outputs)
    processor = run.processor
    if processor.kind in _SPARK:
        items = [*items, Cell(Loose((), "what the processor adds", many=True), processor.place)]
    found = Cell(Seq(_numbered(items, partial(_output, run))), outputs.place)
    inner = Record(outputs.place)
    inner.always("Outputs", found)
    inner.put("KmsKeyId", argument(processor, "output_kms_key"))
    made.put_when(truth(found.value), "ProcessingOutputConfig", inner.cell)


def _output(run: Run, item: Cell, number: int | None) -> Cell:
    value = item.value
    if not table_kind(value, "ProcessingOutput"):
        return Cell(unknown(why(value)), item.place)
    made = Record(value.place)
    default = _name("output", number, value.place)
    name = given_or_not(argument(value, "output_name"), default)
    made.always("OutputName", name)
    _app_managed(made, value)
    shape = argument(value, "s3_output")
    if shape.value is None:
        made.put_from("S3Output", argument(value, "source"), partial(_own_output, run, value, name))
    elif given(shape.value):
        made.put_from("S3Output", shape, partial(_given_output, run, value, name))
    else:
        made.put_when(None, "S3Output", Cell(unknown(why(shape.value)), shape.place))
    made.put_from("FeatureStoreOutput", argument(value, "feature_store_output"), request_of_shape)
    made.open(value.rest)
    return made.cell


def _own_output(run: Run, output: Sdk, name: Cell, source: Cell) -> Cell:
    return record(
        output.place,
        S3Uri=_address(run, output, name, argument(output, "destination")),
        LocalPath=source,
        S3UploadMode=argument(output, "s3_upload_mode"),
    )


def _given_output(run: Run, output: Sdk, name: Cell, shape: Cell) -> Cell:
    """The shape of version 3."""
    made = request_of_shape(shape)
    if isinstance(made.value, Map):
        uri = argument(shape.value, "s3_uri")
        made.value.possible.pop("S3Uri", None)
        made.value.items["S3Uri"] = _address(run, output, name, uri)
    return made


def _address(run: Run, output: Sdk, name: Cell, where: Cell) -> Cell:
    """Where an output goes: as given, or an address of the SDK's own."""

    def one(cell: Cell) -> Cell:
        value = cell.value
        if value is None or (isinstance(value, str) and not value.startswith(S3)):
            return _default_destination(run, output, name)
        if isinstance(value, Template) and not value.prefix.startswith(S3):
            reason = f"an address that is not known: {why(value)}"
            return Cell(unknown(reason), cell.place)
        return cell

    return each(where, one)


def _default_destination(run: Run, output: Sdk, name: Cell) -> Cell:
    place = output.place
    if run.step.state.get("early"):
        # Its address was made of a job's name, before the pipeline was there.
        where = unknown("an address with the job's name", "job name")
        text = name.value if isinstance(name.value, str | Template) else unknown(why(name.value))
        return Cell(make_string([S3, where, "/output/", text]), place)
    return joined_address(run.step, run.processor, place, ["output", name])


def joined_address(step: Sdk, owner: Sdk, place: Place, ending: list[Any]) -> Cell:
    """``s3://bucket/pipeline/execution/step/…`` as the SDK joins it when the pipeline runs."""
    pipeline = step.state.get("pipeline")
    name = Cell(unknown("the pipeline's name", "pipeline name"), place)
    values = [
        Cell("s3:/", place),
        *bucket_and_prefix(owner),
        argument(pipeline, "name") if isinstance(pipeline, Sdk) else name,
        Cell(reference_to("Execution.PipelineExecutionId"), place),
        argument(step, "name"),
        *(item if isinstance(item, Cell) else Cell(item, place) for item in ending),
    ]
    joined = listed(Cell(Seq(values), place))
    return record(place, **{"Std:Join": record(place, On="/", Values=joined)})
