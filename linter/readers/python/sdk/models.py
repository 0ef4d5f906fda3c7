"""Models: registered and created, and the repacking that the SDK adds."""

from __future__ import annotations

from typing import Any

from linter.core.values import make_string
from linter.readers.python.expressions import truth
from linter.readers.python.machine import Machine
from linter.readers.python.sdk.functions import image_uri
from linter.readers.python.sdk.objects import argument, table_kind
from linter.readers.python.sdk.parts import (
    Record,
    items_of,
    mapped,
    request_of_object,
    role_arn,
    tags_of,
)
from linter.readers.python.sdk.processing import image_of
from linter.readers.python.values import Cell, Map, OneOf, PathValue, Sdk, Seq, unknown, why

_METRICS = {"content_type": "ContentType", "s3_uri": "S3Uri", "content_digest": "ContentDigest"}


def registration(machine: Machine, call: Sdk, containers: Cell) -> Cell:
    """``CreateModelPackage`` as a step has it; ``call`` holds the arguments of the registration."""
    made = Record(call.place)
    made.put("ModelPackageGroupName", argument(call, "model_package_group_name"))
    made.put("ModelPackageDescription", argument(call, "description"))
    made.put("Tags", tags_of(argument(call, "tags")) if "tags" in call.args else None)
    made.put("ModelMetrics", _metrics(argument(call, "model_metrics")))
    made.put("DriftCheckBaselines", _baselines(argument(call, "drift_check_baselines")))
    metadata = argument(call, "metadata_properties")
    if metadata.value is not None:
        names = {
            "commit_id": "CommitId",
            "repository": "Repository",
            "generated_by": "GeneratedBy",
            "project_id": "ProjectId",
        }
        made.put("MetadataProperties", request_of_object(metadata, names))
    made.put("CustomerMetadataProperties", argument(call, "customer_metadata_properties"))
    made.put_if("ValidationSpecification", argument(call, "validation_specification"))
    made.put("Domain", argument(call, "domain"))
    made.put("SamplePayloadUrl", argument(call, "sample_payload_url"))
    made.put("Task", argument(call, "task"))
    made.put("SourceUri", argument(call, "source_uri"))
    specification = Record(call.place)
    specification.always("Containers", containers)
    specification.put("SupportedContentTypes", argument(call, "content_types"))
    specification.put("SupportedResponseMIMETypes", argument(call, "response_types"))
    specification.put(
        "SupportedRealtimeInferenceInstanceTypes", argument(call, "inference_instances")
    )
    specification.put("SupportedTransformInstanceTypes", argument(call, "transform_instances"))
    made.always("InferenceSpecification", specification.cell)
    made.always(
        "ModelApprovalStatus", _or(argument(call, "approval_status"), "PendingManualApproval")
    )
    made.always("SkipModelValidation", _or(argument(call, "skip_model_validation"), "None"))
    for name in ("model_card", "model_life_cycle", "model_package_registration_type"):
        if argument(call, name).value is not None:
            made.open(unknown("further members of the model package"))
    made.open(call.rest)
    return made.cell


def _or(cell: Cell, default: str) -> Cell:
    value = cell.value
    if value is None:
        return Cell(default, cell.place)
    if isinstance(value, OneOf):
        cells = tuple(Cell(default, c.place) if c.value is None else c for c in value.cells)
        return Cell(OneOf(cells, value.reason), cell.place)
    return cell


def _metrics(cell: Cell) -> Cell | None:
    value = cell.value
    if value is None:
        return None
    if not table_kind(value, "ModelMetrics"):
        return Cell(unknown(why(value)), cell.place)
    made = Record(value.place)
    for key, members in (
        ("ModelQuality", {"Statistics": "model_statistics", "Constraints": "model_constraints"}),
        (
            "ModelDataQuality",
            {"Statistics": "model_data_statistics", "Constraints": "model_data_constraints"},
        ),
    ):
        inner = _sources(value, members)
        if inner.value.items:
            made.put(key, inner)
    bias = {
        "Report": "bias",
        "PreTrainingReport": "bias_pre_training",
        "PostTrainingReport": "bias_post_training",
    }
    made.always("Bias", _sources(value, bias))
    made.always("Explainability", _sources(value, {"Report": "explainability"}))
    made.open(value.rest)
    return made.cell


def _baselines(cell: Cell) -> Cell | None:
    value = cell.value
    if value is None:
        return None
    if not table_kind(value, "DriftCheckBaselines"):
        return Cell(unknown(why(value)), cell.place)
    made = Record(value.place)
    for key, members in (
        ("ModelQuality", {"Statistics": "model_statistics", "Constraints": "model_constraints"}),
        (
            "ModelDataQuality",
            {"Statistics": "model_data_statistics", "Constraints": "model_data_constraints"},
        ),
        (
            "Bias",
            {
                "ConfigFile": "bias_config_file",
                "PreTrainingConstraints": "bias_pre_training_constraints",
                "PostTrainingConstraints": "bias_post_training_constraints",
            },
        ),
        (
            "Explainability",
            {
                "Constraints": "explainability_constraints",
                "ConfigFile": "explainability_config_file",
            },
        ),
    ):
        inner = _sources(value, members)
        if inner.value.items:
            made.put(key, inner)
    made.open(value.rest)
    return made.cell


def _sources(owner: Sdk, members: dict[str, str]) -> Cell:
    made = Record(owner.place)
    for key, name in members.items():
        cell = argument(owner, name)
        if cell.value is not None:
            made.put(key, request_of_object(cell, _METRICS))
    return made.cell


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
    if has_code(value):
        _script_variables(inner, value, known=repacked is not None and not early)
    if value.kind not in ("Model",):
        inner.rest = inner.rest or unknown(f"variables that {value.kind} sets")
    made.always("Environment", Cell(inner, environment.place))
    data = repacked if repacked is not None else argument(value, "model_data")
    if isinstance(data.value, Map):
        made.put("ModelDataSource", data)
    elif repacked is None and data.value is not None and repacks(value) is not False:
        made.put("ModelDataUrl", Cell(unknown("where the SDK puts the repacked model"), data.place))
    else:
        made.put("ModelDataUrl", data)
    made.put_if("ImageConfig", argument(value, "image_config"))
    made.put_if("AdditionalModelDataSources", argument(value, "additional_model_data_sources"))
    made.open(value.rest)
    return made.cell


def has_code(model: Sdk) -> bool:
    """Whether a model brings a script of its own."""
    return any(
        truth(argument(model, name).value) is not False
        for name in ("entry_point", "source_dir", "dependencies", "git_config")
    )


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


def _script_variables(environment: Map, model: Sdk, *, known: bool) -> None:
    code = argument(model, "entry_point")
    where: Any = "/opt/ml/model/code" if known else unknown("where the SDK puts the code")
    members = {
        "SAGEMAKER_PROGRAM": script_name(code.value),
        "SAGEMAKER_SUBMIT_DIRECTORY": where,
        "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
        "SAGEMAKER_REGION": make_string([unknown("the session's region", "region")]),
    }
    for key, item in members.items():
        environment.items[key] = Cell(item, code.place)


def creation(machine: Machine, model: Cell, repacked: dict[int, Cell]) -> Cell:
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
    made.put_if("VpcConfig", argument(value, "vpc_config"))
    made.put_if("EnableNetworkIsolation", argument(value, "enable_network_isolation"))
    made.open(value.rest)
    return made.cell


def estimator_container(step: Sdk, estimator: Any, data: Cell) -> Cell:
    """The container of a model that ``RegisterModel(estimator=…)`` registers."""
    given = argument(step, "image_uri")
    if given.value is not None:
        image = given
    elif isinstance(estimator, Sdk) and estimator.kind == "Estimator":
        image = argument(estimator, "image_uri")
    else:
        image = Cell(image_uri(None), step.place)
    made = Record(step.place)
    made.always("Image", image)
    made.put("ModelDataUrl", data)
    return Cell(Seq([made.cell]), step.place)
