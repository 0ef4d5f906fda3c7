"""``ModelTrainer`` of version 3 of the SDK."""

from __future__ import annotations

from functools import partial
from typing import Any

from linter.core.values import Template, make_string
from linter.readers.python.expressions import truth
from linter.readers.python.sdk.objects import argument, table_kind
from linter.readers.python.sdk.parts import (
    S3,
    Build,
    Record,
    bucket_text,
    each,
    either,
    given,
    given_or_not,
    is_variable,
    items_of,
    json_of,
    record,
    role_arn,
)
from linter.readers.python.sdk.shapes import camel, list_of_shapes, request_of_shape
from linter.readers.python.sdk.table import known
from linter.readers.python.values import (
    Cell,
    Loose,
    Map,
    OneOf,
    Sdk,
    Seq,
    is_scalar,
    is_text,
    unknown,
    why,
)

_LIMIT = 3600
_DRIVER = "/opt/ml/input/data/sm_drivers/sm_train.sh"


def request(call: Sdk) -> Cell | None:
    """``CreateTrainingJob`` of ``model_trainer.train(...)``; ``None`` for another kind."""
    trainer: Sdk = call.state["receiver"]
    if trainer.kind != "ModelTrainer" or call.state["method"] != "train":
        return None
    place = trainer.place
    made = Record(place)
    made.always("AlgorithmSpecification", _algorithm(trainer))
    made.always("HyperParameters", _hyperparameters(trainer))
    channels = _channels(trainer, argument(call, "input_data_config"))
    made.put_when(truth(channels.value), "InputDataConfig", channels)
    compute = argument(trainer, "compute")
    made.always("ResourceConfig", _resources(trainer, compute))
    networking = argument(trainer, "networking")
    _networking(made, networking)
    made.always("RoleArn", role_arn(argument(trainer, "role")))
    limit = {"max_runtime_in_seconds": Cell(_LIMIT, place)}
    made.always("StoppingCondition", _shape(trainer, "stopping_condition", limit))
    made.always("OutputDataConfig", _output(trainer))
    made.put_from("CheckpointConfig", argument(trainer, "checkpoint_config"), _checkpoint)
    made.put_if("Environment", argument(trainer, "environment"))
    made.put_from("Tags", argument(trainer, "tags"), list_of_shapes)
    made.put("EnableManagedSpotTraining", each(compute, _spot))
    package = argument(trainer, "model_package_config")
    made.put_from("ModelPackageConfig", package, request_of_shape)
    made.open(trainer.rest)
    return made.cell


def _spot(compute: Cell) -> Cell:
    if table_kind(compute.value, "Compute"):
        return argument(compute.value, "enable_managed_spot_training")
    if compute.value is None:
        return compute
    return Cell(unknown(why(compute.value)), compute.place)


def _shape(trainer: Sdk, name: str, defaults: dict[str, Cell]) -> Cell:
    """A shape that is given, or one of nothing but defaults."""
    made = Record(trainer.place)
    for key, cell in defaults.items():
        made.always(camel(key), cell)
    request = partial(request_of_shape, defaults=defaults)
    return each(given_or_not(argument(trainer, name), made.cell), _unless_made(request))


def _unless_made(build: Build) -> Build:
    return lambda cell: cell if isinstance(cell.value, Map) else build(cell)


def _algorithm(trainer: Sdk) -> Cell:
    made = Record(trainer.place)
    made.put("AlgorithmName", argument(trainer, "algorithm_name"))
    made.put("TrainingImage", argument(trainer, "training_image"))
    made.put("TrainingInputMode", argument(trainer, "training_input_mode"))
    config = argument(trainer, "training_image_config")
    made.put_from("TrainingImageConfig", config, request_of_shape)
    source = argument(trainer, "source_code")
    if truth(source.value):
        place = source.place
        start = Cell(f"chmod +x {_DRIVER} && {_DRIVER}", place)
        made.always("ContainerEntrypoint", Cell(Seq([Cell("/bin/bash", place)]), place))
        made.always("ContainerArguments", Cell(Seq([Cell("-c", place), start]), place))
    elif source.value is not None:
        made.open(unknown(f"the program of the job: {why(source.value)}"))
    return made.cell


def _hyperparameters(trainer: Sdk) -> Cell:
    given = argument(trainer, "hyperparameters")
    value = given.value
    made = Record(given.place)
    if isinstance(value, Map):
        for key, cell in value.items.items():
            text = cell if is_text(cell.value) else json_of(cell)
            if is_variable(cell.value):
                text = Cell(unknown("a pipeline variable as text"), cell.place)
            made.map.items[str(key)] = text
            made.map.keys[str(key)] = value.keys.get(key, cell.place)
        made.open(value.rest)
        for key, cell in value.possible.items():
            made.map.possible[str(key)] = json_of(cell)
    elif value is not None:
        made.open(unknown(f"hyperparameters: {why(value)}"))
    if argument(trainer, "distributed").value is not None:
        made.open(unknown("what the distribution adds"))
    return made.cell


def _resources(trainer: Sdk, compute: Cell) -> Cell:
    place = trainer.place
    defaults = {
        "instance_type": Cell("ml.m5.xlarge", place),
        "instance_count": Cell(1, place),
        "volume_size_in_gb": Cell(30, place),
    }
    made = Record(place)
    for key, cell in defaults.items():
        made.always(camel(key), cell)
    build = _unless_made(partial(_machines, defaults))
    return each(given_or_not(compute, made.cell), build)


def _machines(defaults: dict[str, Cell], compute: Cell) -> Cell:
    value = compute.value
    if not table_kind(value, "Compute"):
        return Cell(unknown(why(value)), compute.place)
    made = Record(value.place)
    several = either(
        *(
            given(argument(value, name).value)
            for name in ("instance_groups", "instance_preferences")
        )
    )
    for item in known(value.cls).parameters:
        name = item[0]
        if name == "enable_managed_spot_training":
            continue
        cell = argument(value, name)
        if name in defaults and not (several and name.startswith("inst")):
            default = defaults[name]._replace(place=value.place)
            unsure = several is None and name.startswith("inst") and given(cell.value) is not True
            cell = (
                Cell(unknown(why(cell.value)), cell.place)
                if unsure
                else given_or_not(cell, default)
            )
        made.put_from(camel(name), cell, _listed_shapes)
    made.open(value.rest)
    return made.cell


def _listed_shapes(cell: Cell) -> Cell:
    return list_of_shapes(cell) if isinstance(cell.value, Seq) else cell


def _networking(made: Record, networking: Cell) -> None:
    value = networking.value
    if value is None:
        return
    if not table_kind(value, "Networking"):
        made.open(unknown(f"the network of the job: {why(value)}"))
        return
    vpc = Record(value.place)
    vpc.put("SecurityGroupIds", argument(value, "security_group_ids"))
    vpc.put("Subnets", argument(value, "subnets"))
    made.put_when(vpc.filled, "VpcConfig", vpc.cell)
    made.put("EnableNetworkIsolation", argument(value, "enable_network_isolation"))
    made.put(
        "EnableInterContainerTrafficEncryption",
        argument(value, "enable_inter_container_traffic_encryption"),
    )
    if value.rest is not None:
        made.open(value.rest)


def _output(trainer: Sdk) -> Cell:
    place = trainer.place
    name = argument(trainer, "base_job_name").value
    label = name if is_text(name) else unknown("the job's name", "job name")
    path = make_string([S3, *bucket_text(trainer), "/", label])
    defaults = {"s3_output_path": Cell(path, place), "compression_type": Cell("GZIP", place)}
    return _shape(trainer, "output_data_config", defaults)


def _checkpoint(cell: Cell) -> Cell:
    where = make_string([S3, unknown("where the SDK puts checkpoints", "checkpoints")])
    return request_of_shape(cell, {"s3_uri": Cell(where, cell.place)})


# --- channels -------------------------------------------------------------------------------------


def _channels(trainer: Sdk, given: Cell) -> Cell:
    own = items_of(argument(trainer, "input_data_config"))
    added = items_of(given)
    place = given.place if given.value is not None else trainer.place
    if own and added:
        reason = "channels of the trainer and of the call"
        return Cell(Seq([Cell(Loose((), reason, many=True), place)]), place)
    items = [_channel(cell) for cell in (*own, *added)]
    source = argument(trainer, "source_code").value
    if source is not None:
        items += _code(trainer, source)
    return Cell(Seq(items), place)


def _channel(cell: Cell) -> Cell:
    value = cell.value
    if isinstance(value, Loose):
        return Cell(value._replace(cells=tuple(map(_channel, value.cells))), cell.place)
    if table_kind(value, "Channel"):
        return request_of_shape(cell)
    if not table_kind(value, "InputData"):
        return Cell(unknown(why(value)), cell.place)
    made = Record(value.place)
    made.always("ChannelName", argument(value, "channel_name"))
    data = argument(value, "data_source")
    source = data.value
    if table_kind(source, "S3DataSource"):
        made.always("DataSource", record(data.place, S3DataSource=request_of_shape(data)))
    elif is_variable(source) or is_scalar(source) or isinstance(source, Template):
        if isinstance(source, str) and not source.startswith(S3):
            where = make_string([S3, unknown("where the SDK uploads the data", "data")])
            data = Cell(where, data.place)
        made.always("DataSource", record(data.place, S3DataSource=_s3(data)))
        made.always("InputMode", "File")
    else:
        made.open(unknown(why(source)))
    made.put_if("ContentType", argument(value, "content_type"))
    return made.cell


def _s3(uri: Cell) -> Cell:
    return record(
        uri.place, S3DataType="S3Prefix", S3Uri=uri, S3DataDistributionType="FullyReplicated"
    )


def _code(trainer: Sdk, source: Any) -> list[Cell]:
    place = trainer.place

    def channel(name: str) -> Cell:
        where = make_string([S3, unknown("where the SDK uploads the code", "code")])
        return record(
            place,
            ChannelName=name,
            DataSource=record(place, S3DataSource=_s3(Cell(where, place))),
            InputMode="File",
        )

    if not isinstance(source, Sdk) or isinstance(source, OneOf):
        reason = f"channels with the code: {why(source)}"
        return [Cell(Loose((), reason, many=True), place)]
    directory = truth(argument(source, "source_dir").value)
    names = ["code", "sm_drivers"] if directory is not False else ["sm_drivers"]
    found = [channel(name) for name in names]
    if directory is None:
        found[0] = Cell(Loose((found[0],), "a directory of code that may be given"), place)
    return found
