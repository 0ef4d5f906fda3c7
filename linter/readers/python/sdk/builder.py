"""``ModelBuilder`` of version 3: the models that it builds and registers in a pipeline."""

from __future__ import annotations

from linter.readers.python.expressions import truth
from linter.readers.python.sdk.functions import image_uri
from linter.readers.python.sdk.objects import argument, table_kind
from linter.readers.python.sdk.parts import (
    Record,
    either,
    given,
    given_or_not,
    itself,
    role_arn,
    tags_of,
)
from linter.readers.python.values import Cell, Map, OneOf, Sdk, Seq, unknown, why

_ELSEWHERE = ("model", "model_path", "inference_spec", "modelbuilder_list", "model_server")
"""Where a model comes from if it is not where ``s3_model_data_url`` says."""


def creation(call: Sdk) -> Cell:
    """``CreateModel`` of ``builder.build(...)``."""
    builder: Sdk = call.state["receiver"]
    made = Record(builder.place)
    role = given_or_not(argument(call, "role_arn"), argument(builder, "role_arn"))
    made.always("ExecutionRoleArn", role_arn(role))
    if given(argument(builder, "modelbuilder_list").value) is not False:
        made.open(unknown("several models that are built together"))
    else:
        made.always("PrimaryContainer", container(builder))
    _network(made, builder)
    made.put_from("Tags", argument(call, "tags"), tags_of, test=truth)
    made.open(builder.rest)
    made.open(call.rest)
    return made.cell


def containers(call: Sdk) -> Cell:
    """The containers that ``builder.register(...)`` registers."""
    builder: Sdk = call.state["receiver"]
    if isinstance(argument(builder, "model").value, Seq):
        return Cell(unknown("a model of several containers"), builder.place)
    return Cell(Seq([container(builder)]), builder.place)


def brings_code(builder: Sdk) -> bool | None:
    """Whether a builder has a script that the SDK puts into the model."""
    return given(argument(builder, "source_code").value)


def container(builder: Sdk) -> Cell:
    """The image and the model, as far as the builder is told of them."""
    place = builder.place
    if _found_elsewhere(builder) is not False:
        made = Record(place)
        made.open(unknown("the container that the model's builder chooses"))
        return made.cell
    made = Record(place)
    chosen = Cell(image_uri(None), place)
    made.always("Image", given_or_not(argument(builder, "image_uri"), chosen))
    variables = argument(builder, "env_vars")
    inner = Map({})
    if isinstance(variables.value, Map):
        own = variables.value
        inner = Map(dict(own.items), dict(own.keys), own.rest, dict(own.possible))
    inner.rest = inner.rest or unknown("variables that the SDK adds")
    made.always("Environment", Cell(inner, variables.place))
    _data(made, builder)
    made.put_if("ImageConfig", argument(builder, "image_config"))
    made.open(builder.rest)
    return made.cell


def _found_elsewhere(builder: Sdk) -> bool | None:
    own_image = given(argument(builder, "image_uri").value)
    # Its path has a default, a new directory, which matters only to what is built in it.
    named = [name for name in _ELSEWHERE if name in builder.args or builder.rest is not None]
    elsewhere = (given(argument(builder, name).value) for name in named)
    return either(*elsewhere, None if own_image is None else not own_image)


def _data(made: Record, builder: Sdk) -> None:
    data = argument(builder, "s3_model_data_url")
    value = data.value
    if brings_code(builder) is not False:
        made.put_when(
            None, "ModelDataUrl", Cell(unknown("where the SDK puts the model"), data.place)
        )
        made.put_when(None, "ModelDataSource", Cell(unknown("where the model is"), data.place))
    elif isinstance(value, Map):
        made.put("ModelDataSource", data)
    elif given(value) is True and not isinstance(value, OneOf):
        made.put_from("ModelDataUrl", data, itself)
    elif value is not None:
        for key in ("ModelDataUrl", "ModelDataSource"):
            made.put_when(None, key, Cell(unknown(why(value)), data.place))


def _network(made: Record, builder: Sdk) -> None:
    network = argument(builder, "network")
    value = network.value
    isolates = "EnableNetworkIsolation"
    image = argument(builder, "image_uri").value
    decided = isinstance(image, str) and "nova-" in image
    if value is None:
        if decided:
            made.put_when(None, isolates, Cell(True, network.place))
        return
    if not table_kind(value, "Networking"):
        made.open(unknown(f"the network of the model: {why(value)}"))
        return
    subnets, groups = argument(value, "subnets"), argument(value, "security_group_ids")
    none: list[Cell] = []
    vpc = Record(value.place)
    for key, cell in (("Subnets", subnets), ("SecurityGroupIds", groups)):
        vpc.always(key, given_or_not(cell, Cell(Seq(none), value.place)))
    sure = either(truth(subnets.value), truth(groups.value))
    made.put_when(sure, "VpcConfig", vpc.cell)
    isolation = argument(value, "enable_network_isolation")
    if decided:
        made.put_when(None, isolates, Cell(True, isolation.place))
    else:
        made.put_if(isolates, isolation)
    made.open(value.rest)
