"""Endpoint configurations, endpoints and inference components, which a session is asked for."""

from __future__ import annotations

from collections.abc import Callable

from linter.readers.python.expressions import truth
from linter.readers.python.machine import Machine
from linter.readers.python.sdk.objects import Call, argument
from linter.readers.python.sdk.parts import (
    Record,
    each,
    either,
    given,
    given_or_not,
    record,
    role_arn,
    tags_of,
)
from linter.readers.python.values import Cell, Loose, Map, OneOf, Place, Sdk, Seq, unknown, why

Getter = Callable[[str], Cell]
CALLS = {
    "EndpointConfigStep": "create_endpoint_config",
    "EndpointStep": "create_endpoint",
    "InferenceComponentStep": "create_inference_component",
}
"""The method of a pipeline's session that each kind of step takes the arguments of."""


def request(machine: Machine, step: Sdk) -> Cell:
    """A step's request; what its session was not asked for is not known."""
    call = argument(step, "step_args").value
    method = CALLS[step.kind]
    if not (isinstance(call, Sdk) and call.kind == "_Run" and call.state["method"] == method):
        return Cell(unknown(f"its arguments are not known: {why(call)}"), step.place)
    return _REQUESTS[method](call)


def _endpoint(call: Sdk) -> Cell:
    return record(
        call.place,
        EndpointName=argument(call, "endpoint_name"),
        EndpointConfigName=argument(call, "config_name"),
        Tags=_tags(call),
    )


def _tags(call: Sdk) -> Cell:
    none: list[Cell] = []
    return tags_of(given_or_not(argument(call, "tags"), Cell(Seq(none), call.place)))


def _component(call: Sdk) -> Cell:
    one_copy = record(call.place, CopyCount=1)
    made = Record(call.place)
    made.always("InferenceComponentName", argument(call, "inference_component_name"))
    made.always("EndpointName", argument(call, "endpoint_name"))
    made.always("VariantName", argument(call, "variant_name"))
    made.always("Specification", argument(call, "specification"))
    made.always("RuntimeConfig", given_or_not(argument(call, "runtime_config"), one_copy))
    made.put_from("Tags", argument(call, "tags"), tags_of, test=truth)
    return made.cell


# --- configurations -------------------------------------------------------------------------------


def _endpoint_config(call: Sdk) -> Cell:
    new = call.cls.startswith("sagemaker.core")
    made = Record(call.place)
    made.always("EndpointConfigName", argument(call, "name"))
    variants = argument(call, "production_variants")
    if not new:
        variants = given_or_not(variants, Cell(Seq([_own_variant(call)]), call.place))
    made.always("ProductionVariants", variants)
    _put_role(made, argument(call, "role"), variants, new=new)
    if new:
        made.put_from("Tags", argument(call, "tags"), tags_of, test=truth)
        made.put_if("KmsKeyId", argument(call, "kms_key"))
        made.put("VpcConfig", argument(call, "vpc_config"))
        made.put("EnableNetworkIsolation", argument(call, "enable_network_isolation"))
    else:
        made.always("Tags", _tags(call))
        made.put("KmsKeyId", argument(call, "kms_key"))
    made.put("DataCaptureConfig", argument(call, "data_capture_config_dict"))
    made.put("AsyncInferenceConfig", argument(call, "async_inference_config_dict"))
    made.put("ExplainerConfig", argument(call, "explainer_config_dict"))
    made.open(call.rest)
    return made.cell


def _put_role(made: Record, role: Cell, variants: Cell, *, new: bool) -> None:
    """The role of an endpoint of components: its variants have no models of their own."""
    modelled = _have_models(variants)
    bare = None if modelled is None else not modelled
    sure = either(bare, given(role.value)) if new else bare
    if sure is not False:
        expanded = role_arn(role) if bare is not False else role
        made.put_when(sure, "ExecutionRoleArn", expanded)


def _have_models(variants: Cell) -> bool | None:
    """Whether at least one variant names a model."""
    value = variants.value
    if isinstance(value, OneOf | Loose):
        found = {_have_models(one) for one in value.cells}
        return None if isinstance(value, Loose) or len(found) != 1 else found.pop()
    if isinstance(value, Seq):
        return either(*(_have_models(one) for one in value.items))
    if isinstance(value, Map):
        return "ModelName" in value.items or (False if value.exact else None)
    return None


_OWN_NAMES = {"serverless_inference_config": "serverless_inference_config_dict"}


def _own_variant(call: Sdk) -> Cell:
    """The only variant, where the call describes it by keywords."""

    def get(name: str) -> Cell:
        if name in ("variant_name", "initial_weight", "managed_instance_scaling"):
            return Cell(_DEFAULTS.get(name), call.place)
        return argument(call, _OWN_NAMES.get(name, name))

    return _variant(get, call.place)


def production_variant(machine: Machine, call: Call) -> Cell:
    """``production_variant(model_name=…, instance_type=…)``."""
    return _variant(lambda name: call.get(_NAMES, name, _DEFAULTS.get(name)), call.place)


_DEFAULTS = {"variant_name": "AllTraffic", "initial_weight": 1}
_NAMES = (
    *("model_name", "instance_type", "initial_instance_count", "variant_name", "initial_weight"),
    *("accelerator_type", "serverless_inference_config", "volume_size"),
    *("model_data_download_timeout", "container_startup_health_check_timeout"),
    *("managed_instance_scaling", "routing_config", "inference_ami_version"),
)
_OF_MACHINES = {
    "VolumeSizeInGB": "volume_size",
    "ModelDataDownloadTimeoutInSeconds": "model_data_download_timeout",
    "ContainerStartupHealthCheckTimeoutInSeconds": "container_startup_health_check_timeout",
    "RoutingConfig": "routing_config",
}


def _variant(get: Getter, place: Place) -> Cell:
    made = Record(place)
    made.always("VariantName", get("variant_name"))
    model = get("model_name")
    made.put_if("ModelName", model)
    made.put_when(truth(model.value), "InitialVariantWeight", get("initial_weight"))
    made.put_if("AcceleratorType", get("accelerator_type"))
    made.put_if("ManagedInstanceScaling", get("managed_instance_scaling"))
    serverless = get("serverless_inference_config")
    made.put_if("ServerlessConfig", serverless)
    sure = truth(serverless.value)
    machines = None if sure is None else not sure
    made.put_when(machines, "InitialInstanceCount", each(get("initial_instance_count"), _at_least))
    made.put_when(machines, "InstanceType", get("instance_type"))
    for key, name in _OF_MACHINES.items():
        cell = get(name)
        if machines:
            made.put(key, cell)
        elif machines is None and cell.value is not None:
            made.put_when(None, key, cell)
    made.put_if("InferenceAmiVersion", get("inference_ami_version"))
    return made.cell


def _at_least(count: Cell) -> Cell:
    """One machine where the number does not count as true."""
    return Cell(1, count.place) if truth(count.value) is False else count


_REQUESTS = {
    "create_endpoint_config": _endpoint_config,
    "create_endpoint": _endpoint,
    "create_inference_component": _component,
}
