"""Objects of the SDK while a script is read: made, asked for attributes, called."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from linter.core.documents import Problem
from linter.core.values import Unknown, make_string
from linter.readers.python.sdk import table
from linter.readers.python.values import (
    NOWHERE,
    Cell,
    Expression,
    Loose,
    Map,
    Method,
    OneOf,
    Place,
    Property,
    Sdk,
    Seq,
    is_scalar,
    unknown,
    why,
)

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine

STEP_KINDS = ("Step", "StepCollection")
FUNCTION_STEP = "_FunctionStep"
"""What a call of a function under ``@step`` makes."""
SESSIONS = ("Session",)
RUNS = frozenset({"fit", "run", "transform", "register", "create", "train", "build", "tune"})
"""Methods that, under a pipeline's session, give a step's arguments instead of running a job."""
RUNNERS = (
    *("EstimatorBase", "Processor", "Transformer", "HyperparameterTuner", "Model", "PipelineModel"),
    *("AutoML", "AutoMLV2", "ModelTrainer", "ModelBuilder", "BaseTrainer", "BaseModelMonitor"),
)


# --- making ---------------------------------------------------------------------------------------


def make(
    machine: Machine,
    name: str,
    positional: list[Cell],
    keywords: dict[str, Cell],
    rest: Unknown | None,
    place: Place,
) -> Cell | None:
    """What a call of the SDK gives; ``None`` for what the tables do not have."""
    from linter.readers.python.sdk.functions import FUNCTIONS

    found = table.resolve(name)
    if found is None:
        short = name.rsplit(".", 1)[-1]
        special = FUNCTIONS.get(short)
        owner = table.resolve(name.rpartition(".")[0])
        if owner is not None:
            special = FUNCTIONS.get(f"{owner.kind}.{short}")
        return special(machine, positional, keywords, place) if special is not None else None
    made = Sdk(found.name, found.kind, place, {}, rest)
    more = bool(found.entry.get("more")) and not table.is_a(found.name, *_CLOSED)
    _fill(machine, made, found.parameters, positional, keywords, more)
    if found.name.endswith("workflow.pipeline.Pipeline"):
        machine.pipelines.append(made)
    elif found.kind in ("LambdaStep", "CallbackStep"):
        _own_outputs(made)
    return Cell(made, place)


_CLOSED = ("EstimatorBase", "Processor", "Model")
"""Classes whose further keywords go to their ancestors, and are lost where those lack them."""


def _fill(
    machine: Machine,
    made: Sdk,
    parameters: list[list[Any]],
    positional: list[Cell],
    keywords: dict[str, Cell],
    more: bool,
) -> None:
    names = [item[0] for item in parameters]
    for index, cell in enumerate(positional):
        if index < len(names):
            made.args[names[index]] = cell
    for name, cell in keywords.items():
        made.args[RENAMED.get(name, name)] = cell
        if name not in names and not more and name not in RENAMED:
            _name_keyword(machine, made, name, cell)


RENAMED = {
    **{
        f"train_{name}": name for name in ("instance_count", "instance_type", "max_run", "max_wait")
    },
    **{f"train_{name}": name for name in ("use_spot_instances", "volume_size", "volume_kms_key")},
    "image_name": "image_uri",
}
"""Keywords of version 1 that version 2 still takes under their new names."""


def _name_keyword(machine: Machine, made: Sdk, name: str, cell: Cell) -> None:
    if (made.kind, name) in machine.named:
        return
    machine.named.add((made.kind, name))
    machine.problems.append(
        Problem(
            f"{made.kind} has no parameter {name[:80]} in version {table.sdk_version(made.cls)} of "
            "the SDK: it is not read",
            cell.place.file.span(cell.place.node),
            "SYN014",
            lost=False,
            undecided=True,
        )
    )


def _own_outputs(step: Sdk) -> None:
    outputs = step.args.get("outputs")
    if outputs is not None and isinstance(outputs.value, Seq):
        for cell in outputs.value.items:
            if isinstance(cell.value, Sdk):
                cell.value.state["step"] = step


# --- arguments ------------------------------------------------------------------------------------


def argument(made: Sdk, name: str) -> Cell:
    """What a parameter is: as given, or the SDK's default, at the call."""
    cell = made.args.get(name)
    if cell is not None:
        return cell
    if made.rest is not None:
        return Cell(made.rest, made.place)
    if made.kind == "_Run":
        return Cell(made.state["defaults"].get(name), made.place)
    if made.kind == FUNCTION_STEP:
        return Cell(None, made.place)
    plain, value = table.default_of(made.cls, name)
    if not plain:
        return Cell(unknown(f"the SDK's default of {name}"), made.place)
    return Cell(as_value(value, made.place), made.place)


def as_value(value: Any, place: Place) -> Any:
    """Plain data as the reader's values."""
    if isinstance(value, dict):
        return Map({key: Cell(as_value(item, place), place) for key, item in value.items()})
    if isinstance(value, list):
        return Seq([Cell(as_value(item, place), place) for item in value])
    return value


# --- attributes -----------------------------------------------------------------------------------


def constant(full: str) -> Any:
    """A constant of the SDK by its full name; ``None`` where it is none."""
    owner, _, name = full.rpartition(".")
    if owner.endswith("ExecutionVariables"):
        path = _EXECUTION.get(name)
        return _get(f"Execution.{path}") if path else None
    if owner.endswith("PipelineExperimentConfigProperties"):
        path = {"EXPERIMENT_NAME": "ExperimentName", "TRIAL_NAME": "TrialName"}.get(name)
        return _get(f"PipelineExperimentConfig.{path}") if path else None
    if not full.startswith("sagemaker"):
        return None
    return table.value_of(full)


_EXECUTION = {
    "START_DATETIME": "StartDateTime",
    "CURRENT_DATETIME": "CurrentDateTime",
    "PIPELINE_NAME": "PipelineName",
    "PIPELINE_ARN": "PipelineArn",
    "PIPELINE_EXECUTION_ID": "PipelineExecutionId",
    "PIPELINE_EXECUTION_ARN": "PipelineExecutionArn",
    "TRAINING_JOB_NAME": "TrainingJobName",
    "PROCESSING_JOB_NAME": "ProcessingJobName",
}


def _get(path: str) -> Expression:
    # Its members have no place of their own: it stands where it is used.
    return Expression(Map({"Get": Cell(path, NOWHERE)}))


def attribute_of(machine: Machine, owner: Cell, name: str, place: Place) -> Cell:
    """An attribute of an object of the SDK. Never raises."""
    value: Sdk = owner.value
    if table_kind(value, *STEP_KINDS):
        found = _of_step(machine, value, name, place)
        if found is not None:
            return found
    if name == "default_bucket" and table_kind(value, *SESSIONS):  # a parameter, and a method
        return Cell(Method(owner, name), place)
    if name in value.args:
        return value.args[name]
    special = _ATTRIBUTES.get(name)
    if special is not None:
        found = special(machine, value, place)
        if found is not None:
            return found
    if value.kind in ("_Run", FUNCTION_STEP):
        return Cell(unknown("what a job gives back"), place)
    entry = table.known(value.cls)
    if entry.parameters_of(name) is not None:
        return Cell(Method(owner, name), place)
    if any(item[0] == name for item in entry.parameters):
        return Cell(argument(value, name).value, place)
    if value.kind == "Properties":
        return Cell(unknown("a property"), place)
    return Cell(Method(owner, name), place)


def table_kind(value: Any, *kinds: str) -> bool:
    """Whether a value is an object of one of these classes of the SDK."""
    if not isinstance(value, Sdk) or value.kind == "_Run":
        return False
    if value.kind == FUNCTION_STEP:
        return "Step" in kinds
    return table.is_a(value.cls, *kinds)


def _of_step(machine: Machine, step: Sdk, name: str, place: Place) -> Cell | None:
    if name == "properties":
        return Cell(Property(step, ""), place)
    if name == "arguments":
        from linter.readers.python.sdk.steps import request_of

        _written_early(machine, step)
        return request_of(machine, step)
    if name == "steps" and table_kind(step, "StepCollection"):
        return Cell(unknown("the steps of a collection"), place)
    return None


def _written_early(machine: Machine, step: Sdk) -> None:
    """Asked for outside of a pipeline, a step's outputs get their addresses from a job's name."""
    machine.touch(step)
    step.state["early"] = True


def _parameter_text(machine: Machine, value: Sdk, place: Place) -> Cell | None:
    return Cell(value, place) if table_kind(value, "Parameter") else None


_ATTRIBUTES: dict[str, Callable[[Machine, Sdk, Place], Cell | None]] = {
    "boto_region_name": lambda machine, value, place: Cell(
        unknown("the session's region", "region"), place
    ),
    "expr": _parameter_text,
}


# --- methods --------------------------------------------------------------------------------------


def call_method(
    machine: Machine,
    owner: Cell,
    name: str,
    positional: list[Cell],
    keywords: dict[str, Cell],
    rest: Unknown | None,
    place: Place,
) -> Cell:
    """A method of an object of the SDK. Never raises."""
    value: Sdk = owner.value
    if name in RUNS and table_kind(value, *RUNNERS):
        return _run(machine, owner, name, positional, keywords, rest, place)
    handler = _METHODS.get(name)
    if handler is not None:
        found = handler(machine, value, positional, keywords, place)
        if found is not None:
            return found
    if value.kind == "Pipeline" and name in ("upsert", "create", "update"):
        return _sent(machine, value, name, positional, keywords, rest, place)
    machine.uncertain += 1
    return Cell(unknown(f"what {value.kind}.{name}() gives when the script runs"), place)


def _run(
    machine: Machine,
    owner: Cell,
    name: str,
    positional: list[Cell],
    keywords: dict[str, Cell],
    rest: Unknown | None,
    place: Place,
) -> Cell:
    value: Sdk = owner.value
    parameters = table.known(value.cls).parameters_of(name) or []
    made = Sdk(value.cls, "_Run", place, {}, rest)
    names = [item[0] for item in parameters]
    for index, cell in enumerate(positional):
        if index < len(names):
            made.args[names[index]] = cell
    made.args.update(keywords)
    made.state["method"] = name
    made.state["receiver"] = value
    made.state["defaults"] = {
        item[0]: item[1] for item in parameters if len(item) == 2 and is_scalar(item[1])
    }
    return Cell(made, place)


def _set_hyperparameters(
    machine: Machine,
    value: Sdk,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
) -> Cell | None:
    from linter.readers.python.expressions import truth
    from linter.readers.python.sdk.parts import json_of

    if not table_kind(value, "EstimatorBase"):
        return None
    machine.touch(value)
    given = argument(value, "hyperparameters").value
    if isinstance(given, Map):
        merged = Map(dict(given.items), dict(given.keys), given.rest, dict(given.possible))
    elif given is None:
        merged = Map({})
    else:
        merged = Map({}, rest=unknown(why(given)))
    encodes = truth(argument(value, "source_dir").value)
    if table_kind(value, "Framework"):
        encodes = True
    for key, cell in keywords.items():
        if encodes is False:
            merged.items[key] = cell
        elif encodes is None:
            merged.items[key] = Cell(unknown("whether it is written as JSON"), cell.place)
        else:
            merged.items[key] = json_of(cell)
        merged.keys[key] = cell.place
    old = value.args.get("hyperparameters")
    value.args["hyperparameters"] = Cell(merged, old.place if old is not None else place)
    return Cell(None, place)


def _add_depends_on(
    machine: Machine,
    value: Sdk,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
) -> Cell | None:
    added = positional[0] if positional else keywords.get("step_names")
    if added is None:
        return None
    machine.touch(value)
    before = value.args.get("depends_on")
    items: list[Cell] = []
    if before is not None and isinstance(before.value, Seq):
        items += before.value.items
    if isinstance(added.value, Seq):
        items += added.value.items
    else:
        items.append(Cell(unknown(why(added.value)), added.place))
    value.args["depends_on"] = Cell(Seq(items), before.place if before is not None else place)
    return Cell(None, place)


def _add_retry_policy(
    machine: Machine,
    value: Sdk,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
) -> Cell | None:
    added = positional[0] if positional else keywords.get("retry_policy")
    if added is None:
        return None
    machine.touch(value)
    before = value.args.get("retry_policies")
    items = list(before.value.items) if before and isinstance(before.value, Seq) else []
    value.args["retry_policies"] = Cell(Seq([*items, added]), place)
    return Cell(None, place)


def bucket_of(session: Any, place: Place) -> Cell:
    """The default bucket of a session."""
    if isinstance(session, Sdk) and session.kind != "_Run":
        given = session.args.get("default_bucket")
        if given is not None and given.value is not None:
            value = given.value
            may_be_default = isinstance(value, OneOf) and any(c.value is None for c in value.cells)
            if not may_be_default:
                return given
            return Cell(unknown("the session's default bucket", "default_bucket"), place)
        if session.rest is not None:
            return Cell(unknown("the session's default bucket", "default_bucket"), place)
    region, account = unknown("the session's region", "region"), unknown("the account", "account")
    return Cell(make_string(["sagemaker-", region, "-", account]), place)


def _default_bucket(
    machine: Machine,
    value: Sdk,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
) -> Cell | None:
    return bucket_of(value, place) if table_kind(value, *SESSIONS) else None


def _to_string(
    machine: Machine,
    value: Sdk,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
) -> Cell | None:
    if value.kind in ("ParameterString", "Join"):
        return Cell(value, place)
    if table_kind(value, "Parameter"):
        return Cell(as_text(Cell(value, place)), place)
    return None


def as_text(cell: Cell) -> Any:
    """``variable.to_string()``: a join of nothing but it."""
    place = cell.place
    values = Seq([cell])
    join = Map({"On": Cell("", place), "Values": Cell(values, place)})
    return Expression(Map({"Std:Join": Cell(join, place)}))


def _transformer(
    machine: Machine,
    value: Sdk,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
) -> Cell | None:
    if not table_kind(value, "EstimatorBase", "Model", "PipelineModel"):
        return None
    made = Sdk("sagemaker.transformer.Transformer", "Transformer", place)
    names = ("instance_count", "instance_type")
    for name, cell in zip(names, positional, strict=False):
        made.args[name] = cell
    made.args.update(keywords)
    made.args["model_name"] = Cell(unknown("a model that is made when the script runs"), place)
    return Cell(made, place)


def _run_args(
    machine: Machine,
    value: Sdk,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
) -> Cell | None:
    """``processor.get_run_args(...)``: what a step is given beside the processor."""
    if not table_kind(value, "Processor"):
        return None
    parameters = table.known(value.cls).parameters_of("get_run_args") or []
    given = {item[0]: cell for item, cell in zip(parameters, positional, strict=False)} | keywords
    made = Sdk("sagemaker.processing.RunArgs", "RunArgs", place)
    for name in ("code", "inputs", "outputs", "arguments"):
        made.args[name] = given.get(name, Cell(None, place))
    code = made.args["code"]
    remote = isinstance(code.value, str) and code.value.startswith("s3://")
    if table_kind(value, "FrameworkProcessor") and not remote:
        where = unknown("where the SDK uploads the code", "code")
        payload = Sdk("sagemaker.processing.ProcessingInput", "ProcessingInput", place)
        payload.args["input_name"] = Cell("code", place)
        payload.args["source"] = Cell(make_string(["s3://", where]), place)
        payload.args["destination"] = Cell("/opt/ml/processing/input/code/", place)
        before = made.args["inputs"].value
        items = list(before.items) if isinstance(before, Seq) else []
        if before is not None and not isinstance(before, Seq):
            items = [Cell(Loose((), why(before), many=True), place)]
        made.args["inputs"] = Cell(Seq([*items, Cell(payload, place)]), place)
        made.args["code"] = Cell(make_string(["s3://", where, "/runproc.sh"]), place)
    return Cell(made, place)


_METHODS: dict[str, Callable[[Machine, Sdk, list[Cell], dict[str, Cell], Place], Cell | None]] = {
    "set_hyperparameters": _set_hyperparameters,
    "add_depends_on": _add_depends_on,
    "add_retry_policy": _add_retry_policy,
    "default_bucket": _default_bucket,
    "to_string": _to_string,
    "transformer": _transformer,
    "get_run_args": _run_args,
}


def _sent(
    machine: Machine,
    value: Sdk,
    name: str,
    positional: list[Cell],
    keywords: dict[str, Cell],
    rest: Unknown | None,
    place: Place,
) -> Cell:
    """``pipeline.upsert(role_arn=…)``: what is sent beside the definition."""
    machine.touch(value)
    parameters = table.known(value.cls).parameters_of(name) or []
    given = dict(keywords)
    for item, cell in zip(parameters, positional, strict=False):
        given[item[0]] = cell
    sent = dict(value.state.get("sent", {}))
    sent.update(given)
    value.state["sent"] = sent
    value.state["sent at"] = place
    if rest is not None:
        value.state["sent rest"] = rest
    return Cell(Map({}, rest=unknown("an answer of the service")), place)
