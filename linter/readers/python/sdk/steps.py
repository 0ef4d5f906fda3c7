"""Steps: what each kind writes into the definition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from linter.core.values import Unknown, make_string
from linter.readers.python.expressions import truth
from linter.readers.python.machine import Machine
from linter.readers.python.sdk import (
    builder,
    checks,
    models,
    other_steps,
    processing,
    trainer,
    training,
    transform,
)
from linter.readers.python.sdk.objects import FUNCTION_STEP, argument, table_kind
from linter.readers.python.sdk.parts import (
    Record,
    both,
    given,
    given_or_not,
    is_variable,
    items_of,
    mapped,
    record,
    reference,
    text_part,
)
from linter.readers.python.sdk.table import known
from linter.readers.python.values import (
    Cell,
    Loose,
    Map,
    OneOf,
    Property,
    Sdk,
    Seq,
    is_text,
    unknown,
    why,
)

TYPES = {
    "ProcessingStep": "Processing",
    "TrainingStep": "Training",
    "TuningStep": "Tuning",
    "TransformStep": "Transform",
    "CreateModelStep": "Model",
    "ConditionStep": "Condition",
    "FailStep": "Fail",
    "LambdaStep": "Lambda",
    "CallbackStep": "Callback",
    "EMRStep": "EMR",
    "EMRServerlessStep": "EMRServerless",
    "QualityCheckStep": "QualityCheck",
    "ClarifyCheckStep": "ClarifyCheck",
    "AutoMLStep": "AutoML",
    "EndpointConfigStep": "EndpointConfig",
    "EndpointStep": "Endpoint",
    "InferenceComponentStep": "InferenceComponent",
    "LineageStep": "Lineage",
    "NotebookJobStep": "Training",
    FUNCTION_STEP: "Training",
}
"""The type of each kind of step, as the definition has it."""


def request_of(machine: Machine, step: Sdk) -> Cell:
    """A step's ``Arguments``."""
    handler = _ARGUMENTS.get(step.kind)
    if handler is None:
        return Cell(unknown(f"the arguments of a {step.kind}"), step.place)
    return handler(machine, step)


def requests(machine: Machine, cell: Cell, pipeline: Sdk) -> list[Cell]:
    """The steps of a definition that one step, or collection of steps, of a script gives."""
    value = cell.value
    if isinstance(value, Loose):
        inner = [one for c in value.cells for one in requests(machine, c, pipeline)]
        return [Cell(Loose(tuple(inner), value.reason, value.many), cell.place)]
    if isinstance(value, OneOf):
        found: list[Cell] = []
        for one in value.cells:
            made = requests(machine, one, pipeline) if one.value is not None else []
            found += [Cell(Loose((c,), value.reason), c.place) for c in made]
        return found
    if not isinstance(value, Sdk):
        # It may be a collection of steps as well.
        reason = f"a step that is not known: {why(value)}"
        return [Cell(Loose((), reason, many=True), cell.place)]
    if value.kind in _COLLECTIONS:
        value.state["pipeline"] = pipeline
        return _COLLECTIONS[value.kind](machine, value, pipeline)
    if not table_kind(value, "Step"):
        return [Cell(unknown(f"a step made by {value.kind}"), cell.place)]
    return [step_request(machine, value, pipeline)]


def step_request(machine: Machine, step: Sdk, pipeline: Sdk) -> Cell:
    """One step of the definition."""
    machine.step(20)
    step.state["pipeline"] = pipeline
    made = Record(step.place)
    made.always("Name", name_of(step))
    kind = TYPES.get(step.kind, "")
    made.always("Type", kind or Cell(unknown(f"the type of a {step.kind}"), step.place))
    if step.kind == "ConditionStep":
        made.always("Arguments", _condition(machine, step, pipeline))
    else:
        made.always("Arguments", request_of(machine, step))
    put_depends(made, _with_inputs(step))
    made.put_if("DisplayName", argument(step, "display_name"))
    made.put_if("Description", argument(step, "description"))
    made.put_from("RetryPolicies", argument(step, "retry_policies"), retry_policies, test=truth)
    made.put_from("CacheConfig", argument(step, "cache_config"), cache_config, test=truth)
    if step.kind == "ProcessingStep":
        made.put_from("PropertyFiles", argument(step, "property_files"), _files, test=truth)
    other_steps.beside(made, step)
    made.open(step.rest)
    return made.cell


def function_steps(cell: Cell) -> list[Sdk]:
    """The calls of functions under ``@step`` whose results a value holds."""
    found: list[Sdk] = []
    pending = [cell.value]
    for _ in range(1_000):
        if not pending:
            break
        value = pending.pop(0)
        if isinstance(value, Sdk) and value.kind == FUNCTION_STEP:
            found.append(value)
        elif isinstance(value, Seq):
            pending += [one.value for one in value.items]
        elif isinstance(value, Map):
            pending += [one.value for one in value.items.values()]
        elif isinstance(value, Loose | OneOf):
            pending += [one.value for one in value.cells]
    return found


def _with_inputs(step: Sdk) -> Cell:
    """What a step waits for: a function also for those whose results it is given."""
    given = argument(step, "depends_on")
    inputs = step.state.get("inputs")
    before = function_steps(inputs) if isinstance(inputs, Cell) else []
    if not before:
        return given
    added = [Cell(one, given.place) for one in before]
    return Cell(Seq([*items_of(given), *added]), given.place)


def name_of(step: Sdk) -> Cell:
    given = argument(step, "name")
    if given.value is None and step.kind == FUNCTION_STEP:
        return Cell(unknown("a name that the SDK makes of the function's"), given.place)
    return given


def put_depends(made: Record, cell: Cell) -> None:
    """Names of the steps that are waited for; of a collection, all of its steps."""
    made.put_from("DependsOn", cell, _names_waited_for, test=truth)


def _names_waited_for(cell: Cell) -> Cell:
    value = cell.value
    if not isinstance(value, Seq):
        return Cell(unknown(why(value)), cell.place)
    names: list[Cell] = []
    for item in value.items:
        names += _waited_for(item)
    return Cell(Seq(names), cell.place)


def _waited_for(item: Cell) -> list[Cell]:
    value = item.value
    if is_text(value):
        return [item]
    if isinstance(value, Property):
        return [Cell(name_of(value.step).value, item.place)]
    if isinstance(value, Sdk) and value.kind in _COLLECTION_NAMES:
        return [Cell(name, item.place) for name in _COLLECTION_NAMES[value.kind](value)]
    if table_kind(value, "Step"):
        return [Cell(name_of(value).value, item.place)]
    if isinstance(value, Loose):
        inner = tuple(one for c in value.cells for one in _waited_for(c))
        return [Cell(Loose(inner, value.reason, value.many), item.place)]
    return [Cell(unknown(f"a step that is waited for: {why(value)}"), item.place)]


def cache_config(cell: Cell) -> Cell:
    value = cell.value
    if not table_kind(value, "CacheConfig"):
        return Cell(unknown(why(value)), cell.place)
    made = Record(value.place)
    made.always("Enabled", argument(value, "enable_caching"))
    made.put("ExpireAfter", argument(value, "expire_after"))
    made.open(value.rest)
    return made.cell


def _files(cell: Cell) -> Cell:
    return mapped(cell, _property_file)


def _property_file(cell: Cell) -> Cell:
    value = cell.value
    if not table_kind(value, "PropertyFile"):
        return Cell(unknown(why(value)), cell.place)
    return record(
        value.place,
        PropertyFileName=argument(value, "name"),
        OutputName=argument(value, "output_name"),
        FilePath=argument(value, "path"),
    )


def retry_policies(cell: Cell) -> Cell:
    return mapped(cell, _retry_policy)


def _retry_policy(cell: Cell) -> Cell:
    value = cell.value
    if not table_kind(value, "RetryPolicy"):
        return Cell(unknown(why(value)), cell.place)
    made = Record(value.place)
    made.put("BackoffRate", argument(value, "backoff_rate"))
    made.put("IntervalSeconds", argument(value, "interval_seconds"))
    made.put_if("MaxAttempts", argument(value, "max_attempts"))
    made.put_if("ExpireAfterMin", argument(value, "expire_after_mins"))
    types: list[Cell] = []
    for name in ("exception_types", "failure_reason_types"):
        types += items_of(argument(value, name))
    made.always("ExceptionType", Cell(Seq(types), value.place))
    made.open(value.rest)
    return made.cell


# --- conditions -----------------------------------------------------------------------------------


def _condition(machine: Machine, step: Sdk, pipeline: Sdk) -> Cell:
    made = Record(step.place)
    conditions = argument(step, "conditions")
    empty: list[Cell] = []
    if conditions.value is None:
        conditions = Cell(Seq(empty), step.place)
    made.always("Conditions", mapped(conditions, other_steps.condition))
    for name, key in (("if_steps", "IfSteps"), ("else_steps", "ElseSteps")):
        branch = argument(step, name)
        steps: list[Cell] = []
        for item in items_of(branch):
            steps += requests(machine, item, pipeline)
        made.always(key, Cell(Seq(steps), branch.place))
    return made.cell


# --- jobs -----------------------------------------------------------------------------------------


class _Job(NamedTuple):
    """The object that runs a step's job, and the call that was made of it if there was one."""

    owner: Sdk
    call: Sdk | None
    inputs: Cell


def _job_of(step: Sdk, method: str, own: str, *kinds: str) -> _Job | Cell:
    """What ``step_args=`` was got from, or the object that the step is given itself."""
    args = argument(step, "step_args").value
    if isinstance(args, Sdk) and args.kind == "_Run":
        owner: Sdk = args.state["receiver"]
        if args.state["method"] == method and table_kind(owner, *kinds):
            return _Job(owner, args, _given_to(args))
    elif args is None:
        args = argument(step, own).value
        if table_kind(args, *kinds):
            return _Job(args, None, argument(step, "inputs"))
    return Cell(unknown(f"its arguments are not known: {why(args)}"), step.place)


def _given_to(call: Sdk) -> Cell:
    """The inputs of a call; those of an algorithm of Amazon are records, which are not read."""
    names = [item[0] for item in call.state["parameters"]]
    if "inputs" not in names and "records" in names:
        return Cell(unknown("records, which the SDK uploads"), call.place)
    return argument(call, "inputs")


def _processing(machine: Machine, step: Sdk) -> Cell:
    job = _job_of(step, "run", "processor", "Processor")
    if isinstance(job, Cell):
        return job
    return processing.request(machine, processing.Run(step, job.owner, job.call))


def _training(machine: Machine, step: Sdk) -> Cell:
    call = argument(step, "step_args").value
    if isinstance(call, Sdk) and call.kind == "_Run":
        found = trainer.request(call)
        if found is not None:
            return found
    job = _job_of(step, "fit", "estimator", "EstimatorBase")
    return job if isinstance(job, Cell) else training.request(machine, job.owner, job.inputs)


def _tuning(machine: Machine, step: Sdk) -> Cell:
    job = _job_of(step, "fit", "tuner", "HyperparameterTuner")
    if isinstance(job, Cell):
        return job
    return training.tuning(machine, job.owner, job.inputs)


def _transform(machine: Machine, step: Sdk) -> Cell:
    job = _job_of(step, "transform", "transformer", "Transformer")
    return job if isinstance(job, Cell) else transform.request(step, job.owner, job.call)


def _create_model(machine: Machine, step: Sdk) -> Cell:
    model = argument(step, "model")
    call = argument(step, "step_args").value
    if isinstance(call, Sdk) and call.kind == "_Run":
        model = Cell(call.state["receiver"], step.place)
    elif call is not None:
        model = Cell(unknown(why(call)), step.place)
    own = call if isinstance(call, Sdk) and call.kind == "_Run" else None
    return models.creation(machine, model, {}, own)


_ARGUMENTS: dict[str, Callable[[Machine, Sdk], Cell]] = {
    "ProcessingStep": _processing,
    "TrainingStep": _training,
    "TuningStep": _tuning,
    "TransformStep": _transform,
    "CreateModelStep": _create_model,
    "QualityCheckStep": checks.quality,
    "ClarifyCheckStep": checks.clarify,
    **other_steps.ARGUMENTS,
}


# --- collections ----------------------------------------------------------------------------------


def _suffixed(step: Sdk, suffix: str) -> Cell:
    name = argument(step, "name")
    text = name.value if is_text(name.value) else unknown(why(name.value))
    return Cell(make_string([text, suffix]), name.place)


def _model_step(machine: Machine, step: Sdk, pipeline: Sdk) -> list[Cell]:
    call = argument(step, "step_args").value
    if not (isinstance(call, Sdk) and call.kind == "_Run"):
        return _of_no_call(step, f"a model's step: {why(call)}")
    model: Sdk = call.state["receiver"]
    if model.kind == "ModelBuilder":
        return _built_model(machine, step, call)
    steps, repacked = _repacking(machine, step, model)
    registers = call.state["method"] == "register"
    made = Record(step.place)
    if table_kind(step, "Step"):  # version 3: one step under its own name
        made.always("Name", argument(step, "name"))
    else:
        made.always("Name", _suffixed(step, "-RegisterModel" if registers else "-CreateModel"))
    made.always("Type", "RegisterModel" if registers else "Model")
    cell = Cell(model, call.place)
    if registers:
        containers = models.containers_of(_with_image(cell, call), repacked)
        containers = models.registered(containers, call, model.kind)
        made.always("Arguments", models.registration(machine, call, containers))
    else:
        made.always("Arguments", models.creation(machine, cell, repacked, call))
    _around(made, step, waits=not steps)
    return [*steps, made.cell]


def _of_no_call(step: Sdk, reason: str) -> list[Cell]:
    """A model's step of what is not known: of version 2 it may be several steps."""
    if not table_kind(step, "Step"):
        return [Cell(Loose((), reason, many=True), step.place)]
    made = Record(step.place)
    made.always("Name", argument(step, "name"))
    made.always("Type", Cell(unknown(reason), step.place))
    made.always("Arguments", Cell(unknown(reason), step.place))
    made.open(unknown(reason))
    return [made.cell]


def _built_model(machine: Machine, step: Sdk, call: Sdk) -> list[Cell]:
    """The step of a builder of version 3, and perhaps one that repacks its model."""
    registers = call.state["method"] == "register"
    model: Sdk = call.state["receiver"]
    made = Record(step.place)
    made.always("Name", argument(step, "name"))
    if call.state["method"] not in ("register", "build"):
        made.always("Type", "Model")
        made.always("Arguments", Cell(unknown("what the model's builder does"), call.place))
        return [made.cell]
    made.always("Type", "RegisterModel" if registers else "Model")
    if registers:
        containers = models.registered(builder.containers(call), call, model.kind)
        made.always("Arguments", models.registration(machine, call, containers))
    else:
        made.always("Arguments", builder.creation(call))
    repacks = builder.brings_code(model) is not False
    if repacks:
        made.open(unknown("whether it waits for a step that repacks the model"))
    _around(made, step, waits=not repacks)
    reason = "a step that repacks the model, if the SDK finds it needed"
    before = [Cell(Loose((), reason, many=True), step.place)] if repacks else []
    return [*before, made.cell]


def _with_image(model: Cell, call: Sdk) -> Cell:
    """The model with the image that ``register()`` is given in place of its own."""
    value: Sdk = model.value
    image = given_or_not(argument(call, "image_uri"), argument(value, "image_uri"))
    copy = Sdk(value.cls, value.kind, value.place, dict(value.args), value.rest, dict(value.state))
    copy.args["image_uri"] = image
    return Cell(copy, model.place)


def _around(made: Record, step: Sdk, *, waits: bool) -> None:
    if waits:
        put_depends(made, argument(step, "depends_on"))
    made.put_if("DisplayName", argument(step, "display_name"))
    made.put_if("Description", argument(step, "description"))
    policies = argument(step, "retry_policies")
    if isinstance(policies.value, Map):
        found = policies.value.items
        policies = found.get("register_model_retry_policies") or found.get(
            "create_model_retry_policies", Cell(None, policies.place)
        )
    made.put_from("RetryPolicies", policies, retry_policies, test=truth)
    made.open(step.rest)


class _Repacking(NamedTuple):
    """Steps that the SDK adds because models bring scripts, and where the models are then."""

    steps: list[Cell]
    places: dict[int, Cell]


def _models_of(step: Sdk, model: Sdk) -> list[Cell]:
    if model.kind == "PipelineModel":
        return items_of(argument(model, "models"))
    return [Cell(model, step.place)]


def _add_repack(
    machine: Machine | None, found: _Repacking, step: Sdk, index: int, name: Cell, model: Sdk
) -> None:
    data = argument(model, "model_data")
    found.steps.append(_repack_step(step, name, model, data, machine))
    path = make_string(["Steps.", name.value, ".ModelArtifacts.S3ModelArtifacts"])
    found.places[index] = reference(path, step.place)


def _repacking(machine: Machine | None, step: Sdk, model: Sdk) -> _Repacking:
    """For ``ModelStep``: where the model's data is made in the run."""
    found = _Repacking([], {})
    for index, cell in enumerate(_models_of(step, model)):
        one = cell.value
        if not table_kind(one, "Model"):
            continue
        data = argument(one, "model_data").value
        made_in_run = None if isinstance(data, Unknown | OneOf) else is_variable(data)
        repacks = both(models.repacks(one), made_in_run)
        if repacks is None:
            reason = "a step that repacks the model, if the SDK finds it needed"
            found.steps.append(Cell(Loose((), reason, many=True), step.place))
        elif repacks:
            name = argument(one, "name").value
            label = name if is_text(name) else (str(index) if name is None else unknown(why(name)))
            own = _suffixed(step, "")
            text = make_string([own.value, "-RepackModel-", label])
            _add_repack(machine, found, step, index, Cell(text, own.place), one)
    return found


def _repack_models(machine: Machine | None, step: Sdk, model: Sdk) -> _Repacking:
    """For ``RegisterModel``: whatever the model's data is."""
    found = _Repacking([], {})
    for index, cell in enumerate(_models_of(step, model)):
        one = cell.value
        if not table_kind(one, "Model"):
            continue
        brings = given(argument(one, "entry_point").value)
        if brings is None:
            reason = "a step that repacks the model, if it has a script"
            found.steps.append(Cell(Loose((), reason, many=True), step.place))
        elif brings:
            name = argument(one, "name").value
            label = framework_of(one) if name is None else text_part(name)
            text = make_string([label, "-RepackModel"])
            _add_repack(machine, found, step, index, Cell(text, one.place), one)
    return found


def _repack_step(step: Sdk, name: Cell, model: Sdk, data: Cell, machine: Any) -> Cell:
    """The training job that repacks: one small machine, unless settings say otherwise."""
    place = step.place
    settings = (
        argument(step, "repack_model_step_settings").value if step.kind == "ModelStep" else None
    )
    repacker = Sdk("sagemaker.sklearn.estimator.SKLearn", "SKLearn", place, {})
    set_so = settings.items if isinstance(settings, Map) else {}
    if settings is not None and not (isinstance(settings, Map) and settings.exact):
        repacker.rest = unknown("settings of the repacking that are not known")
    code = (
        argument(model, "entry_point")
        if "entry_point" not in step.args
        else step.args["entry_point"]
    )
    holder = step if "entry_point" in step.args else model
    source = argument(holder, "source_dir")
    repacker.args.update(
        {
            "instance_type": Cell("ml.m5.large", place),
            "instance_count": Cell(1, place),
            "entry_point": Cell("_repack_script_launcher.sh", place),
            "source_dir": given_or_not(source, Cell(unknown("a directory"), place)),
            "sagemaker_session": argument(model, "sagemaker_session"),
            "role": argument(model, "role"),
            "disable_profiler": Cell(True, place),
            "hyperparameters": Cell(
                Map(
                    {
                        "inference_script": Cell(models.script_name(code.value), code.place),
                        "model_archive": data,
                        "dependencies": _joined_names(argument(holder, "dependencies")),
                        "source_dir": source,
                    }
                ),
                place,
            ),
        }
    )
    repacker.args.update(_repack_network(step, model))
    repacker.args.update({key: cell for key, cell in set_so.items() if isinstance(key, str)})
    made = Record(place)
    made.always("Name", name)
    made.always("Type", "Training")
    arguments = training.request(machine, repacker, data)
    arguments.value.items["OutputDataConfig"] = Cell(
        unknown("where the repacked model goes"), place
    )
    for key in ("DebugHookConfig",):
        hook = arguments.value.items.get(key)
        if hook is not None and isinstance(hook.value, Map):
            hook.value.items["S3OutputPath"] = Cell(unknown("where the repacked model goes"), place)
    made.always("Arguments", arguments)
    _around(made, step, waits=True)
    if step.kind == "ModelStep":
        text = "Used to repack a model with customer scripts for a register/create model step"
        made.always("Description", text)
        made.map.items.pop("DisplayName", None)
    return made.cell


def _joined_names(cell: Cell) -> Cell:
    if truth(cell.value) is False:
        return Cell(None, cell.place)
    return Cell(unknown("the names of what it depends on"), cell.place)


def _repack_network(step: Sdk, model: Sdk) -> dict[str, Cell]:
    if table_kind(model, "EstimatorBase"):
        names = ("subnets", "security_group_ids")
        return {name: argument(model, name) for name in names}
    vpc = argument(model, "vpc_config")
    if vpc.value is None:
        return {}
    if isinstance(vpc.value, Map) and vpc.value.exact:
        found = vpc.value.items
        none = Cell(None, vpc.place)
        return {
            "subnets": found.get("Subnets", none),
            "security_group_ids": found.get("SecurityGroupIds", none),
        }
    return {
        name: Cell(unknown(why(vpc.value)), vpc.place) for name in ("subnets", "security_group_ids")
    }


def _register_model(machine: Machine, step: Sdk, pipeline: Sdk) -> list[Cell]:
    steps: list[Cell] = []
    estimator = argument(step, "estimator").value
    data = argument(step, "model_data")
    model = argument(step, "model")
    own_code = argument(step, "entry_point")
    if given(own_code.value) is None:
        reason = "a step that repacks the model, if there is a script"
        steps.append(Cell(Loose((), reason, many=True), step.place))
        data = Cell(unknown(why(own_code.value)), step.place)
    elif own_code.value is not None and isinstance(estimator, Sdk):
        name = _suffixed(step, "-RepackModel")
        steps.append(_repack_step(step, name, estimator, data, machine))
        path = make_string(["Steps.", name.value, ".ModelArtifacts.S3ModelArtifacts"])
        data = reference(path, step.place)
    if table_kind(model.value, "Model", "PipelineModel"):
        more, repacked = _repack_models(machine, step, model.value)
        steps += more
        containers = models.containers_of(model, repacked, early=True)
        containers = models.described(containers, step, "Model")
    elif model.value is not None:
        containers = Cell(unknown(why(model.value)), model.place)
    else:
        containers = models.estimator_container(step, estimator, data)
    made = Record(step.place)
    made.always("Name", _suffixed(step, "-RegisterModel"))
    made.always("Type", "RegisterModel")
    made.always("Arguments", models.registration(machine, step, containers))
    _around(made, step, waits=not steps)
    return [*steps, made.cell]


def framework_of(model: Sdk) -> Any:
    """The name of the framework that a model's class is of."""
    found = known(model.cls).entry.get("constants", {}).get("_framework_name")
    return found if isinstance(found, str) else unknown("a name that the SDK makes")


def _estimator_transformer(machine: Machine, step: Sdk, pipeline: Sdk) -> list[Cell]:
    reason = "the model and the job that an EstimatorTransformer makes"
    return [Cell(Loose((), reason, many=True), step.place)]


def _monitored(machine: Machine, step: Sdk, pipeline: Sdk) -> list[Cell]:
    """A batch transform with a check before or behind it."""
    config = argument(step, "monitor_configuration")
    quality = isinstance(config.value, Sdk) and "Quality" in config.value.kind
    if not isinstance(config.value, Sdk):
        reason = f"a transform and a check of what is not known: {why(config.value)}"
        return [Cell(Loose((), reason, many=True), step.place)]
    job = Sdk("sagemaker.workflow.steps.TransformStep", "TransformStep", step.place)
    check = Sdk(
        "sagemaker.workflow.quality_check_step.QualityCheckStep", "QualityCheckStep", step.place
    )
    if not quality:
        check.cls = "sagemaker.workflow.clarify_check_step.ClarifyCheckStep"
        check.kind = "ClarifyCheckStep"
    shown = argument(step, "display_name")
    for inner, suffix in ((job, "-transform"), (check, "-monitoring")):
        inner.rest = step.rest
        inner.args["name"] = _suffixed(step, suffix)
        inner.args["description"] = argument(step, "description")
        if shown.value is not None:
            text = shown.value if is_text(shown.value) else unknown(why(shown.value))
            inner.args["display_name"] = Cell(make_string([text, suffix]), shown.place)
    job.args["step_args"] = argument(step, "transform_step_args")
    check.args["quality_check_config" if quality else "clarify_check_config"] = config
    check.args["check_job_config"] = argument(step, "check_job_configuration")
    for name in ("supplied_baseline_statistics", "supplied_baseline_constraints"):
        check.args[name] = argument(step, name)
    check.args["fail_on_violation"] = argument(step, "fail_on_violation")
    before = argument(step, "monitor_before_transform")
    first = truth(before.value)
    for waits, other, sure in ((job, check, first), (check, job, first is False)):
        if sure is None:
            waits.args["depends_on"] = Cell(unknown(why(before.value)), before.place)
        elif sure:
            waits.args["depends_on"] = Cell(Seq([other.args["name"]]), before.place)
    if first is None:
        check.args["depends_on"] = Cell(unknown(why(before.value)), before.place)
    return [step_request(machine, job, pipeline), step_request(machine, check, pipeline)]


_COLLECTIONS: dict[str, Callable[[Machine, Sdk, Sdk], list[Cell]]] = {
    "ModelStep": _model_step,
    "RegisterModel": _register_model,
    "EstimatorTransformer": _estimator_transformer,
    "MonitorBatchTransformStep": _monitored,
}


def _names_of(steps: list[Cell]) -> list[Any]:
    """The names of steps that the SDK adds; what may be added stays loose."""
    return [
        one.value.items["Name"].value if isinstance(one.value, Map) else one.value for one in steps
    ]


def _model_names(step: Sdk) -> list[Any]:
    args = argument(step, "step_args").value
    if table_kind(step, "Step"):
        return [argument(step, "name").value]
    if not (isinstance(args, Sdk) and args.kind == "_Run"):
        reason = f"a model's step: {why(args)}"
        return [Loose((), reason, many=True), unknown(reason)]
    registers = args.state["method"] == "register"
    last = _suffixed(step, "-RegisterModel" if registers else "-CreateModel").value
    return [*_names_of(_repacking(None, step, args.state["receiver"]).steps), last]


def _register_names(step: Sdk) -> list[Any]:
    names: list[Any] = []
    brings = given(argument(step, "entry_point").value)
    model = argument(step, "model").value
    if brings is None:
        names.append(Loose((), "a step that repacks the model, if there is a script", many=True))
    elif brings and isinstance(argument(step, "estimator").value, Sdk):
        names.append(_suffixed(step, "-RepackModel").value)
    if table_kind(model, "Model", "PipelineModel"):
        names += _names_of(_repack_models(None, step, model).steps)
    return [*names, _suffixed(step, "-RegisterModel").value]


_COLLECTION_NAMES: dict[str, Callable[[Sdk], list[Any]]] = {
    "ModelStep": _model_names,
    "RegisterModel": _register_names,
    "EstimatorTransformer": lambda step: [_suffixed(step, "TransformStep").value],
    "MonitorBatchTransformStep": lambda step: [
        _suffixed(step, "-transform").value,
        _suffixed(step, "-monitoring").value,
    ],
}


def last_name(step: Sdk) -> Any:
    """The name that ``step.properties`` refers to: of a collection, its last step's."""
    names = _COLLECTION_NAMES.get(step.kind)
    return argument(step, "name").value if names is None else names(step)[-1]
