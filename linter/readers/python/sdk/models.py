"""Models: registered and created, and the repacking that the SDK adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from linter.core.values import Unknown, make_string
from linter.readers.python.expressions import truth
from linter.readers.python.machine import Machine
from linter.readers.python.sdk.functions import image_uri
from linter.readers.python.sdk.objects import argument, table_kind
from linter.readers.python.sdk.parts import (
    Record,
    either,
    given,
    given_or_not,
    holding,
    items_of,
    mapped,
    request_of_object,
    role_arn,
    tags_of,
    text_of,
)
from linter.readers.python.sdk.processing import image_of
from linter.readers.python.values import Cell, Map, OneOf, PathValue, Sdk, Seq, unknown, why

_SOURCE = {"content_type": "ContentType", "s3_uri": "S3Uri", "content_digest": "ContentDigest"}
_METADATA = {
    "commit_id": "CommitId",
    "repository": "Repository",
    "generated_by": "GeneratedBy",
    "project_id": "ProjectId",
}
_QUALITY = {
    "ModelQuality": {"Statistics": "model_statistics", "Constraints": "model_constraints"},
    "ModelDataQuality": {
        "Statistics": "model_data_statistics",
        "Constraints": "model_data_constraints",
    },
}
_METRICS = {
    **_QUALITY,
    "Bias": {
        "Report": "bias",
        "PreTrainingReport": "bias_pre_training",
        "PostTrainingReport": "bias_post_training",
    },
    "Explainability": {"Report": "explainability"},
}
_BASELINES = {
    **_QUALITY,
    "Bias": {
        "ConfigFile": "bias_config_file",
        "PreTrainingConstraints": "bias_pre_training_constraints",
        "PostTrainingConstraints": "bias_post_training_constraints",
    },
    "Explainability": {
        "Constraints": "explainability_constraints",
        "ConfigFile": "explainability_config_file",
    },
}
_PLAIN = {
    "ModelPackageDescription": "description",
    "CustomerMetadataProperties": "customer_metadata_properties",
    "Domain": "domain",
    "SamplePayloadUrl": "sample_payload_url",
    "Task": "task",
    "SourceUri": "source_uri",
}


def registration(machine: Machine, call: Sdk, containers: Cell) -> Cell:
    """``CreateModelPackage`` as a step has it; ``call`` holds the arguments of the registration."""
    made = Record(call.place)
    _put_group(made, call)
    for key, name in _PLAIN.items():
        made.put(key, argument(call, name))
    made.put("Tags", tags_of(argument(call, "tags")))
    always = ("Bias", "Explainability")
    made.put_from(
        "ModelMetrics",
        argument(call, "model_metrics"),
        partial(_of_groups, "ModelMetrics", _METRICS, always),
    )
    made.put_from(
        "DriftCheckBaselines",
        argument(call, "drift_check_baselines"),
        partial(_of_groups, "DriftCheckBaselines", _BASELINES, ()),
    )
    made.put_from(
        "MetadataProperties",
        argument(call, "metadata_properties"),
        lambda cell: request_of_object(cell, _METADATA),
    )
    made.put_if("ValidationSpecification", argument(call, "validation_specification"))
    specification = Record(call.place)
    specification.always("Containers", containers)
    for key, name in (
        ("SupportedContentTypes", "content_types"),
        ("SupportedResponseMIMETypes", "response_types"),
        ("SupportedRealtimeInferenceInstanceTypes", "inference_instances"),
        ("SupportedTransformInstanceTypes", "transform_instances"),
    ):
        specification.put(key, argument(call, name))
    made.always("InferenceSpecification", specification.cell)
    approval = argument(call, "approval_status")
    made.always("ModelApprovalStatus", given_or_not(approval, "PendingManualApproval"))
    made.always(
        "SkipModelValidation", given_or_not(argument(call, "skip_model_validation"), "None")
    )
    for name in ("model_card", "model_life_cycle", "model_package_registration_type", "base_model"):
        if argument(call, name).value is not None:
            made.open(unknown("further members of the model package"))
    made.open(call.rest)
    return made.cell


Groups = Mapping[str, Mapping[str, str]]


def _of_groups(kind: str, groups: Groups, always: Sequence[str], cell: Cell) -> Cell:
    """Files of metrics or constraints, grouped as the request has them."""
    value = cell.value
    if not table_kind(value, kind):
        return Cell(unknown(why(value)), cell.place)
    made = Record(value.place)
    for key, members in groups.items():
        inner = Record(value.place)
        for member, name in members.items():
            inner.put_from(
                member, argument(value, name), lambda one: request_of_object(one, _SOURCE)
            )
        made.put_when(True if key in always else inner.filled, key, inner.cell)
    made.open(value.rest)
    return made.cell


_OF_CONTAINER = {
    "Framework": "framework",
    "FrameworkVersion": "framework_version",
    "NearestModelName": "nearest_model_name",
}


def described(containers: Cell, call: Sdk, kind: str) -> Cell:
    """Containers with what a registration says of the framework in them."""

    def one(cell: Cell) -> Cell:
        if not isinstance(cell.value, Map):
            return cell
        made = Record(cell.place)
        own = cell.value
        made.map = Map(dict(own.items), dict(own.keys), own.rest, dict(own.possible))
        for key, name in _OF_CONTAINER.items():
            made.put(key, argument(call, name))
        made.put_from(
            "ModelInput",
            argument(call, "data_input_configuration"),
            partial(holding, "DataInputConfig"),
        )
        if kind not in _WITHOUT_FRAMEWORK:
            made.map.items.pop("Framework", None)
            made.put_when(None, "Framework", Cell(unknown(f"the framework of {kind}"), cell.place))
        return made.cell

    if not isinstance(containers.value, Seq):
        return containers
    return mapped(containers, one)


_WITHOUT_FRAMEWORK = ("Model", "PipelineModel", "ModelBuilder")


def is_versioned(call: Sdk, kind: str) -> bool | None:
    """Whether a package is one of a group: only then its containers are told in full."""
    group = given(argument(call, "model_package_group_name").value)
    if kind == "PipelineModel":
        return group
    name = given(argument(call, "model_package_name").value)
    return either(group, None if name is None else not name)


def bare(containers: Cell) -> Cell:
    """Containers of a package without a group: image and model, nothing else."""

    def one(cell: Cell) -> Cell:
        if not isinstance(cell.value, Map):
            return cell
        made = Record(cell.place)
        own = cell.value
        for members, sure in ((own.items, True), (own.possible, None)):
            for key in ("Image", "ModelDataUrl"):
                if key in members:
                    made.put_when(sure, key, members[key])
        made.open(own.rest)
        return made.cell

    return mapped(containers, one) if isinstance(containers.value, Seq) else containers


def registered(containers: Cell, call: Sdk, kind: str) -> Cell:
    """The containers of ``model.register(...)``."""
    versioned = is_versioned(call, kind)
    if versioned is None:
        return Cell(unknown("whether the package is one of a group"), call.place)
    return described(containers, call, kind) if versioned else bare(containers)


def _put_group(made: Record, call: Sdk) -> None:
    """The group of the package; the SDK makes one up where neither has a name."""
    group = argument(call, "model_package_group_name")
    receiver = call.state.get("receiver")
    made_up = call.kind == "_Run" and getattr(receiver, "kind", "") != "PipelineModel"
    named = given(argument(call, "model_package_name").value)
    if not made_up or named:
        made.put("ModelPackageGroupName", group)
    elif named is None and given(group.value) is not True:
        made.put_when(None, "ModelPackageGroupName", Cell(unknown(why(group.value)), group.place))
    else:
        chosen = Cell(unknown("a group that the SDK names after the image"), group.place)
        made.always("ModelPackageGroupName", given_or_not(group, chosen))


# --- containers -----------------------------------------------------------------------------------


def containers_of(model: Cell, repacked: dict[int, Cell], *, early: bool = False) -> Cell:
    """The containers of a model, or of each model of a pipeline of models.

    ``early`` says that their variables were made before the model was known to be repacked.
    """
    value = model.value
    if table_kind(value, "PipelineModel"):
        models = argument(value, "models")
        numbers = iter(range(len(items_of(models))))
        return mapped(models, lambda one: _container(one, repacked.get(next(numbers, 0)), early))
    return Cell(Seq([_container(model, repacked.get(0), early)]), model.place)


def _container(model: Cell, repacked: Cell | None, early: bool) -> Cell:
    value = model.value
    if not table_kind(value, "Model"):
        return Cell(unknown(why(value)), model.place)
    made = Record(value.place)
    made.always("Image", image_of(value))
    environment = argument(value, "env")
    inner = Map({})
    if isinstance(environment.value, Map):
        given = environment.value
        inner = Map(dict(given.items), dict(given.keys), given.rest, dict(given.possible))
    elif environment.value is not None:
        inner.rest = unknown(why(environment.value))
    variables = Record(value.place)
    variables.map = inner
    brings = has_code(value)
    for key, item in _script_variables(value, known=repacked is not None and not early).items():
        variables.put_when(brings, key, item)
    if value.kind not in ("Model",):
        inner.rest = inner.rest or unknown(f"variables that {value.kind} sets")
    made.always("Environment", Cell(inner, environment.place))
    _put_data(made, value, repacked)
    made.put_if("ImageConfig", argument(value, "image_config"))
    made.put_if("AdditionalModelDataSources", argument(value, "additional_model_data_sources"))
    made.open(value.rest)
    return made.cell


def _put_data(made: Record, model: Sdk, repacked: Cell | None) -> None:
    """Where the model is: as given, or where the SDK puts it with its script."""
    model_data = repacked if repacked is not None else argument(model, "model_data")
    moves = repacks(model) if repacked is None else False
    where = unknown("where the SDK puts the repacked model")
    if moves and not isinstance(model_data.value, Map):
        made.put_from("ModelDataUrl", model_data, lambda data: Cell(where, data.place))
    elif moves is not False and model_data.value is not None:
        for key in ("ModelDataUrl", "ModelDataSource"):
            made.put_when(None, key, Cell(where, model_data.place))
    elif isinstance(model_data.value, Map):
        made.put("ModelDataSource", model_data)
    elif isinstance(model_data.value, Unknown | OneOf):
        for key in ("ModelDataUrl", "ModelDataSource"):
            made.put_when(None, key, Cell(unknown(why(model_data.value)), model_data.place))
    else:
        made.put("ModelDataUrl", model_data)


def has_code(model: Sdk) -> bool | None:
    """Whether a model brings a script of its own; ``None`` where that is not known."""
    names = ("entry_point", "source_dir", "dependencies", "git_config")
    return either(*(truth(argument(model, name).value) for name in names))


_BY_ISOLATION = ("SKLearnModel", "XGBoostModel")


def repacks(model: Sdk) -> bool | None:
    """Whether the SDK puts a model's script into its archive; ``None`` where that is not known.

    Source: ``_upload_code(repack=…)`` of each class of models in version 2 of the SDK.
    """
    has_script = truth(argument(model, "entry_point").value)
    if not has_script:
        return has_script
    if model.kind in _BY_ISOLATION:
        return truth(argument(model, "enable_network_isolation").value)
    if model.kind == "HuggingFaceModel":
        return True
    if model.kind == "PyTorchModel":
        version = argument(model, "framework_version").value
        if not isinstance(version, str):
            return None
        return not version.startswith(("0.", "1.0", "1.1."))
    if model.kind == "Model":
        source, git = argument(model, "source_dir"), argument(model, "git_config")
        found = truth(source.value)
        return found if git.value is None else None
    return None


def script_name(value: Any) -> Any:
    """The name of a script without its directory."""
    import posixpath

    text = value.text if isinstance(value, PathValue) else value
    return posixpath.basename(text) if isinstance(text, str) else unknown(why(value))


def _script_variables(model: Sdk, *, known: bool) -> dict[str, Cell]:
    code = argument(model, "entry_point")
    where: Any = "/opt/ml/model/code" if known else unknown("where the SDK puts the code")
    level = text_of(argument(model, "container_log_level"))
    region = make_string([unknown("the session's region", "region")])
    return {
        "SAGEMAKER_PROGRAM": Cell(script_name(code.value), code.place),
        "SAGEMAKER_SUBMIT_DIRECTORY": Cell(where, code.place),
        "SAGEMAKER_CONTAINER_LOG_LEVEL": level,
        "SAGEMAKER_REGION": Cell(region, code.place),
    }


def creation(
    machine: Machine, model: Cell, repacked: dict[int, Cell], call: Sdk | None = None
) -> Cell:
    """``CreateModel`` as a step has it."""
    value = model.value
    if not table_kind(value, "Model", "PipelineModel"):
        kind = getattr(value, "kind", "")
        reason = f"what a {kind} sends" if kind else why(value)
        return Cell(unknown(reason), model.place)
    made = Record(value.place)
    made.always("ExecutionRoleArn", role_arn(argument(value, "role")))
    containers = containers_of(model, repacked)
    if table_kind(value, "PipelineModel"):
        made.always("Containers", containers)
    else:
        made.always("PrimaryContainer", containers.value.items[0])
    if call is not None:
        made.put_from("Tags", argument(call, "tags"), tags_of, test=truth)
        made.open(call.rest)
    made.put_if("VpcConfig", argument(value, "vpc_config"))
    made.put_if("EnableNetworkIsolation", argument(value, "enable_network_isolation"))
    made.open(value.rest)
    return made.cell


def estimator_container(step: Sdk, estimator: Any, data: Cell) -> Cell:
    """The container of a model that ``RegisterModel(estimator=…)`` registers."""
    if isinstance(estimator, Sdk) and estimator.kind == "Estimator":
        own = argument(estimator, "image_uri")
    else:
        own = Cell(image_uri(None), step.place)
    image = given_or_not(argument(step, "image_uri"), own)
    made = Record(step.place)
    made.always("Image", image)
    made.put("ModelDataUrl", data)
    return Cell(Seq([made.cell]), step.place)
