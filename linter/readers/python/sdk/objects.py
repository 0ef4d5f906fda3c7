"""Objects of the SDK while a script is read: made, asked for attributes, called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

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
    PathValue,
    Place,
    Property,
    Sdk,
    Seq,
    one_of,
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
ASKED = frozenset({"create_endpoint_config", "create_endpoint", "create_inference_component"})
"""Methods of a pipeline's session that give a step's arguments as well."""
PIPELINE_SESSIONS = ("PipelineSession", "LocalPipelineSession")
RUNNERS = (
    *("EstimatorBase", "Processor", "Transformer", "HyperparameterTuner", "Model", "PipelineModel"),
    *("AutoML", "AutoMLV2", "ModelTrainer", "ModelBuilder", "BaseTrainer", "BaseModelMonitor"),
)


class Call(NamedTuple):
    """What a function or method of the SDK is called with."""

    positional: list[Cell]
    keywords: dict[str, Cell]
    rest: Unknown | None
    """Says that more may be given."""
    place: Place

    def bound(self, names: Sequence[str]) -> dict[str, Cell]:
        """What is given, by the names of the parameters."""
        return dict(zip(names, self.positional, strict=False)) | self.keywords

    def get(self, names: Sequence[str], name: str, default: Any = None) -> Cell:
        """One argument: as given, what may be given, or the default."""
        found = self.bound(names).get(name)
        if found is not None:
            return found
        return Cell(default if self.rest is None else self.rest, self.place)


if TYPE_CHECKING:
    Handler = Callable[[Machine, Sdk, Call], Cell | None]


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
    from linter.readers.python.sdk.functions import function_of

    found = table.resolve(name)
    if found is None:
        function = function_of(name)
        if function is None:
            return None
        return function(machine, Call(positional, keywords, rest, place))
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
    if cell is None:
        return _default(made, name)
    value = cell.value
    if isinstance(value, OneOf) and any(one.value is None for one in value.cells):
        # It may as well be that nothing is given.
        default = _default(made, name)
        if default.value is not None:
            return one_of((*value.cells, default), value.reason, cell.place)
    return cell


def _default(made: Sdk, name: str) -> Cell:
    if made.rest is not None:
        return Cell(made.rest, made.place)
    if made.kind == FUNCTION_STEP:
        return Cell(None, made.place)
    parameters = (
        made.state["parameters"] if made.kind == "_Run" else table.known(made.cls).parameters
    )
    plain, value = table.default_of(parameters, name)
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
        return reference_to(f"Execution.{path}") if path else None
    if owner.endswith("PipelineExperimentConfigProperties"):
        path = {"EXPERIMENT_NAME": "ExperimentName", "TRIAL_NAME": "TrialName"}.get(name)
        return reference_to(f"PipelineExperimentConfig.{path}") if path else None
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


def reference_to(path: str) -> Expression:
    """``{"Get": path}``."""
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
    asked = name in ASKED and table_kind(value, *PIPELINE_SESSIONS)
    if asked or (name in RUNS and table_kind(value, *RUNNERS)):
        return _run(machine, owner, name, positional, keywords, rest, place)
    call = Call(positional, keywords, rest, place)
    handler = _METHODS.get(name)
    if handler is not None:
        found = handler(machine, value, call)
        if found is not None:
            return found
    machine.uncertain += 1
    return Cell(unknown(f"what {value.kind}.{name}() gives when the script runs"), place)


def _names(value: Sdk, method: str) -> list[str]:
    """The parameters of a method, in order."""
    return [item[0] for item in table.known(value.cls).parameters_of(method) or []]


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
    given = Call(positional, keywords, rest, place).bound(_names(value, name))
    made = Sdk(value.cls, "_Run", place, given, rest)
    made.state["method"] = name
    made.state["receiver"] = value
    made.state["parameters"] = table.known(value.cls).parameters_of(name) or []
    return Cell(made, place)


def _set_hyperparameters(machine: Machine, value: Sdk, call: Call) -> Cell | None:
    from linter.readers.python.expressions import truth
    from linter.readers.python.sdk.parts import given, json_of

    if not table_kind(value, "EstimatorBase"):
        return None
    machine.touch(value)
    before = argument(value, "hyperparameters").value
    if isinstance(before, Map):
        merged = Map(dict(before.items), dict(before.keys), before.rest, dict(before.possible))
    elif before is None:
        merged = Map({})
    else:
        merged = Map({}, rest=unknown(why(before)))
    encodes = truth(argument(value, "source_dir").value)
    if table_kind(value, "Framework"):
        encodes = True
    for key, cell in call.keywords.items():
        if encodes is None:
            shown = Cell(unknown("whether it is written as JSON"), cell.place)
        else:
            shown = json_of(cell) if encodes else cell
        if isinstance(cell.value, OneOf) and given(cell.value) is None:
            # It may as well not be given, and then it is what it was.
            merged.items.pop(key, None)
            merged.possible[key] = Cell(unknown(why(cell.value)), cell.place)
        else:
            merged.items[key] = shown
        merged.keys[key] = cell.place
    if call.rest is not None:
        merged.rest = call.rest
        for key in [key for key in merged.items if key not in call.keywords]:
            merged.items[key] = Cell(call.rest, call.place)
    old = value.args.get("hyperparameters")
    value.args["hyperparameters"] = Cell(merged, old.place if old is not None else call.place)
    return Cell(None, call.place)


def _adder(parameter: str, argument_name: str, *, one: bool = False) -> Handler:
    """A method that adds to a list: ``step.add_depends_on([…])``."""

    def add(machine: Machine, value: Sdk, call: Call) -> Cell | None:
        from linter.readers.python.sdk.parts import items_of

        added = call.get([parameter], parameter)
        machine.touch(value)
        before = argument(value, argument_name)
        unsure = isinstance(added.value, Unknown | OneOf)
        more = items_of(added) if unsure or not one else [added]
        value.args[argument_name] = Cell(Seq([*items_of(before), *more]), call.place)
        return Cell(None, call.place)

    return add


def bucket_of(session: Any, place: Place) -> Cell:
    """The default bucket of a session."""
    region, account = unknown("the session's region", "region"), unknown("the account", "account")
    default = make_string(["sagemaker-", region, "-", account])
    if session is None:
        return Cell(default, place)
    if not isinstance(session, Sdk) or session.kind == "_Run":
        return Cell(unknown("the session's default bucket", "default_bucket"), place)
    given = argument(session, "default_bucket")
    if given.value is None:
        return Cell(default, place)
    if isinstance(given.value, Unknown | OneOf):
        return Cell(unknown("the session's default bucket", "default_bucket"), place)
    return given


def _default_bucket(machine: Machine, value: Sdk, call: Call) -> Cell | None:
    return bucket_of(value, call.place) if table_kind(value, *SESSIONS) else None


def _to_string(machine: Machine, value: Sdk, call: Call) -> Cell | None:
    if value.kind in ("ParameterString", "Join"):
        return Cell(value, call.place)
    if table_kind(value, "Parameter"):
        return Cell(as_text(Cell(value, call.place)), call.place)
    return None


def as_text(cell: Cell) -> Any:
    """``variable.to_string()``: a join of nothing but it."""
    place = cell.place
    values = Seq([cell])
    join = Map({"On": Cell("", place), "Values": Cell(values, place)})
    return Expression(Map({"Std:Join": Cell(join, place)}))


def _transformer(machine: Machine, value: Sdk, call: Call) -> Cell | None:
    """``estimator.transformer(...)``, ``model.transformer(...)``."""
    if not table_kind(value, "EstimatorBase", "Model", "PipelineModel"):
        return None
    own = "sagemaker.transformer.Transformer"
    names = {item[0] for item in table.known(own).parameters}
    given = call.bound(_names(value, "transformer"))
    made = Sdk(own, "Transformer", call.place, {}, call.rest)
    made.args.update({name: cell for name, cell in given.items() if name in names})
    made.args["model_name"] = Cell(unknown("a model that is made when the script runs"), call.place)
    made.args["sagemaker_session"] = argument(value, "sagemaker_session")
    if table_kind(value, "EstimatorBase"):
        _falls_back(made, "tags", argument(value, "tags"))
    elif "env" in given:
        _without_network(made, argument(value, "enable_network_isolation"))
    return Cell(made, call.place)


def _falls_back(made: Sdk, name: str, other: Cell) -> None:
    """An argument that another one stands in for where it does not count as true."""
    from linter.readers.python.expressions import truth

    sure = truth(argument(made, name).value)
    if sure is False:
        made.args[name] = other
    elif sure is None and truth(other.value) is not False:
        made.args[name] = Cell(unknown(f"whose {name} are taken"), other.place)


def _without_network(made: Sdk, isolated: Cell) -> None:
    """A model that reaches no network is given no variables."""
    from linter.readers.python.expressions import truth

    sure = truth(isolated.value)
    if sure is not False:
        made.args["env"] = Cell(None if sure else unknown(why(isolated.value)), isolated.place)


def _run_args(machine: Machine, value: Sdk, call: Call) -> Cell | None:
    """``processor.get_run_args(...)``: what a step is given beside the processor."""
    if not table_kind(value, "Processor"):
        return None
    names, place = _names(value, "get_run_args"), call.place
    made = Sdk("sagemaker.processing.RunArgs", "RunArgs", place)
    for name in ("code", "inputs", "outputs", "arguments"):
        made.args[name] = call.get(names, name)
    if table_kind(value, "FrameworkProcessor"):
        _packed(made, place)
    return Cell(made, place)


def _packed(made: Sdk, place: Place) -> None:
    """The code of a framework's processor as the SDK uploads it, with a program to start it."""
    from linter.readers.python.sdk.parts import S3, items_of

    code = made.args["code"].value
    if isinstance(code, str) and code.startswith(S3):
        return
    if not isinstance(code, str | PathValue):
        more = Cell(Loose((), why(code), many=True), place)
        made.args["inputs"] = Cell(Seq([*items_of(made.args["inputs"]), more]), place)
        made.args["code"] = Cell(unknown(why(code)), place)
        return
    where = unknown("where the SDK uploads the code", "code")
    payload = Sdk("sagemaker.processing.ProcessingInput", "ProcessingInput", place)
    payload.args["input_name"] = Cell("code", place)
    payload.args["source"] = Cell(make_string([S3, where]), place)
    payload.args["destination"] = Cell("/opt/ml/processing/input/code/", place)
    items = items_of(made.args["inputs"])
    made.args["inputs"] = Cell(Seq([*items, Cell(payload, place)]), place)
    made.args["code"] = Cell(make_string([S3, where, "/runproc.sh"]), place)


def _sender(name: str) -> Handler:
    """``pipeline.upsert(role_arn=…)``: what is sent beside the definition."""

    def send(machine: Machine, value: Sdk, call: Call) -> Cell | None:
        if value.kind != "Pipeline":
            return None
        machine.touch(value)
        names = _names(value, name)
        value.args[SENT] = Cell(True, call.place)
        for key in SENDS:
            if key in call.bound(names) or call.rest is not None:
                value.args[f"{SENT} {key}"] = call.get(names, key)
        return Cell(Map({}, rest=unknown("an answer of the service")), call.place)

    return send


def _put_triggers(machine: Machine, value: Sdk, call: Call) -> Cell | None:
    """``pipeline.put_triggers([...])``: added to what was put before."""
    from linter.readers.python.sdk.parts import items_of

    if value.kind != "Pipeline":
        return None
    machine.touch(value)
    names = _names(value, "put_triggers")
    before = value.args.get(f"{SENT} triggers")
    items = [] if before is None else items_of(before)
    added = items_of(call.get(names, "triggers"))
    value.args[f"{SENT} triggers"] = Cell(Seq([*items, *added]), call.place)
    value.args[f"{SENT} triggers role_arn"] = call.get(names, "role_arn")
    return Cell(unknown("the schedules' ARNs"), call.place)


SENT = "sent"
SENDS = ("role_arn", "parallelism_config")
"""What is sent with a pipeline. It is kept among the pipeline's arguments, under names that no
parameter can have, so that it is joined as they are where only one branch sends it."""


def is_sent(pipeline: Sdk) -> bool:
    """Whether the script surely creates or updates the pipeline."""
    once = pipeline.args.get(SENT)
    return once is not None and once.value is True


def sent(pipeline: Sdk, name: str) -> Cell | None:
    """What ``upsert()``, ``put_triggers()`` or the like is given; ``None`` where it is not."""
    return pipeline.args.get(f"{SENT} {name}")


_METHODS: dict[str, Handler] = {
    "set_hyperparameters": _set_hyperparameters,
    "add_depends_on": _adder("step_names", "depends_on"),
    "add_retry_policy": _adder("retry_policy", "retry_policies", one=True),
    "default_bucket": _default_bucket,
    "to_string": _to_string,
    "transformer": _transformer,
    "get_run_args": _run_args,
    **{name: _sender(name) for name in ("upsert", "create", "update")},
    "put_triggers": _put_triggers,
}
