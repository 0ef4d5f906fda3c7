"""A pipeline's definition, put together of what its script made."""

from __future__ import annotations

from typing import Any

from linter.core.values import Rest, Template, Unknown, make_string
from linter.readers.python.machine import Machine
from linter.readers.python.sdk.objects import argument, table_kind
from linter.readers.python.sdk.parts import Record, given_or_not, items_of, listed, record
from linter.readers.python.sdk.steps import function_steps, last_name, requests
from linter.readers.python.values import (
    Cell,
    Expression,
    Loose,
    Map,
    OneOf,
    PathValue,
    Place,
    Property,
    Sdk,
    Seq,
    is_scalar,
    portable,
    unknown,
    why,
)

VERSION = "2020-12-01"
_TYPES = {
    "ParameterString": "String",
    "ParameterInteger": "Integer",
    "ParameterFloat": "Float",
    "ParameterBoolean": "Boolean",
}


def definition(machine: Machine, pipeline: Sdk) -> Cell:
    """What ``pipeline.definition()`` gives, as far as it is known."""
    made = Record(pipeline.place)
    made.always("Version", VERSION)
    made.always("Metadata", Cell(Map({}), pipeline.place))
    parameters = argument(pipeline, "parameters")
    made.always("Parameters", _parameters(parameters))
    made.always("PipelineExperimentConfig", _experiment(pipeline))
    if pipeline.cls.startswith("sagemaker.mlops"):
        mlflow = argument(pipeline, "mlflow_config")
        reason = "the settings of MLflow"
        made.always("MlflowConfig", mlflow if mlflow.value is None else unknown(reason))
    steps = argument(pipeline, "steps")
    found: list[Cell] = []
    for item in items_of(steps):
        found += requests(machine, item, pipeline)
    made.always("Steps", Cell(Seq(found), steps.place))
    made.open(pipeline.rest)
    _add_referred(machine, made, pipeline, found)
    return made.cell


def _parameters(cell: Cell) -> Cell:
    items: list[Cell] = []
    for item in items_of(cell):
        if isinstance(item.value, Loose):
            inner = tuple(
                _parameter(one) for one in item.value.cells if table_kind(one.value, "Parameter")
            )
            items.append(Cell(item.value._replace(cells=inner), item.place))
        elif table_kind(item.value, "Parameter"):
            items.append(_parameter(item))
        elif isinstance(item.value, Unknown | OneOf):
            items.append(Cell(unknown(why(item.value)), item.place))
        # What is no parameter is left out by the SDK as well.
    return Cell(Seq(items), cell.place)


def _parameter(cell: Cell) -> Cell:
    value: Sdk = cell.value
    made = Record(value.place)
    made.always("Name", argument(value, "name"))
    kind = _TYPES.get(value.kind)
    own = argument(value, "parameter_type") if kind is None else Cell(kind, value.place)
    made.always("Type", given_or_not(own, "String"))
    made.put("DefaultValue", argument(value, "default_value"))
    if value.kind == "ParameterString":
        made.put_if("EnumValues", argument(value, "enum_values"))
    made.open(value.rest)
    return made.cell


def _experiment(pipeline: Sdk) -> Cell:
    given = pipeline.args.get("pipeline_experiment_config")
    place = pipeline.place
    if given is None and pipeline.rest is None:
        return record(
            place,
            ExperimentName=record(place, Get="Execution.PipelineName"),
            TrialName=record(place, Get="Execution.PipelineExecutionId"),
        )
    if given is not None and given.value is None:
        return Cell(None, given.place)
    if given is not None and table_kind(given.value, "PipelineExperimentConfig"):
        value: Sdk = given.value
        return record(
            given.place,
            ExperimentName=argument(value, "experiment_name"),
            TrialName=argument(value, "trial_name"),
        )
    return Cell(unknown("the experiment's settings"), place)


def _add_referred(machine: Machine, made: Record, pipeline: Sdk, found: list[Cell]) -> None:
    """Steps that others take values from run as well, also where the list does not name them."""
    known = _listed(pipeline)
    pending = list(found)
    seen: set[int] = set()
    for step in _functions_before(pipeline):
        if id(step) not in known:
            known.add(id(step))
            added = requests(machine, Cell(step, step.place), pipeline)
            found += added
            pending += added
    while pending:
        cell = pending.pop(0)
        for step in _steps_in(cell, seen):
            if id(step) in known:
                continue
            known.add(id(step))
            added = requests(machine, Cell(step, step.place), pipeline)
            found += added
            pending += added


def _functions_before(pipeline: Sdk) -> list[Sdk]:
    """Functions whose results the listed ones are given, and those before them."""
    found: list[Sdk] = []
    pending = function_steps(argument(pipeline, "steps"))
    while pending and len(found) < 1_000:
        step = pending.pop(0)
        inputs = step.state.get("inputs")
        before = function_steps(inputs) if isinstance(inputs, Cell) else []
        fresh = [one for one in before if not any(one is known for known in found)]
        found += fresh
        pending += fresh
    return found


def _listed(pipeline: Sdk) -> set[int]:
    known: set[int] = set()
    pending = items_of(argument(pipeline, "steps"))
    while pending:
        value = pending.pop().value
        if isinstance(value, Loose | OneOf):
            pending += value.cells
        if not isinstance(value, Sdk) or id(value) in known:
            continue
        known.add(id(value))
        if value.kind == "ConditionStep":
            pending += items_of(argument(value, "if_steps"))
            pending += items_of(argument(value, "else_steps"))
    return known


def _steps_in(cell: Cell, seen: set[int]) -> list[Sdk]:
    """The steps whose properties a part of the definition refers to."""
    steps: list[Sdk] = []
    pending: list[Any] = [cell.value]
    while pending:
        value = pending.pop(0)
        if isinstance(value, Property):
            steps.append(value.step)
            continue
        if isinstance(value, Sdk | Map | Seq):
            if id(value) in seen:
                continue
            seen.add(id(value))
        if isinstance(value, Seq):
            pending += [one.value for one in value.items]
        elif isinstance(value, Map):
            pending += [one.value for one in (*value.items.values(), *value.possible.values())]
        elif isinstance(value, Loose | OneOf):
            pending += [one.value for one in value.cells]
        elif isinstance(value, Sdk) and value.kind == "Join":
            pending += [one.value for one in value.args.values()]
    return steps


# --- to the project's own values ------------------------------------------------------------------

Places = dict[tuple[str | int, ...], Place]
MAX_VALUES = 200_000


class Finished:
    """A definition, or what is sent beside it, in the project's values, and where each of them is
    written."""

    def __init__(self, cell: Cell, around: Place) -> None:
        self.places: Places = {}
        self.key_places: Places = {}
        self._count = 0
        self.value = self._plain(cell, (), around, 0)

    def _plain(self, cell: Cell, path: tuple[str | int, ...], around: Place, depth: int) -> Any:
        self._count += 1
        if self._count > MAX_VALUES or depth > 60:
            return Unknown("a definition that is too large to be read")
        place = cell.place or around
        self.places[path] = place
        value = cell.value
        if isinstance(value, Map):
            return self._dict(value, path, place, depth)
        if isinstance(value, Seq):
            return [
                self._plain(one, (*path, index), place, depth + 1)
                for index, one in enumerate(value.items)
            ]
        if isinstance(value, Loose):
            return self._rest(value, path, place, depth)
        if isinstance(value, OneOf):
            inner = [self._aside(one, place, depth) for one in value.cells]
            return Unknown(value.reason, (), inner)
        if isinstance(value, str):
            return portable(value)
        if isinstance(value, Template):
            return make_string([portable(p) if isinstance(p, str) else p for p in value.parts])
        if isinstance(value, Unknown) or (is_scalar(value) and not isinstance(value, bytes)):
            return value
        return self._expression(value, path, place, depth)

    def _dict(self, value: Map, path: tuple[str | int, ...], place: Place, depth: int) -> Any:
        from linter.core.values import OpenDict, PossibleKeys

        found: dict[str, Any] = {}
        for key, one in value.items.items():
            name = key if isinstance(key, str) else str(key)
            inner = (*path, name)
            found[name] = self._plain(one, inner, place, depth + 1)
            self.key_places[inner] = value.keys.get(key) or one.place or place
        if value.exact:
            return found
        reason = value.rest.reason if value.rest is not None else "it may be there or not"
        if value.rest is None:
            possible = {
                str(key): self._aside(one, place, depth) for key, one in value.possible.items()
            }
            return OpenDict(found, PossibleKeys(reason, (), possible))
        return OpenDict(found, Unknown(reason))

    def _rest(self, value: Loose, path: tuple[str | int, ...], place: Place, depth: int) -> Rest:
        inner = [self._aside(one, place, depth) for one in value.cells]
        alternatives = [] if not inner else [*inner, None]
        if value.many and not inner:
            alternatives = []
        return Rest(value.reason, (), alternatives)

    def _aside(self, cell: Cell, place: Place, depth: int) -> Any:
        """A value that may stand somewhere: its members have no place of their own."""
        places, keys = self.places, self.key_places
        self.places, self.key_places = {}, {}
        try:
            return self._plain(cell, (), place, depth + 1)
        finally:
            self.places, self.key_places = places, keys

    def _expression(self, value: Any, path: tuple[str | int, ...], place: Place, depth: int) -> Any:
        if isinstance(value, Property):
            return {"Get": self._property(value)}
        if isinstance(value, Expression):
            return self._plain(Cell(value.value, place), path, place, depth)
        if isinstance(value, PathValue):
            return self._plain(Cell(value.text, place), path, place, depth)
        if isinstance(value, Sdk):
            made = _of_variable(value, place)
            if made is not None:
                return self._plain(made, path, place, depth)
            return Unknown(f"a {value.kind} where a value should be")
        return Unknown(why(value))

    def _property(self, value: Property) -> Any:
        name = last_name(value.step)
        path = value.path
        if value.step.kind in ("LambdaStep", "CallbackStep") and path.startswith("Outputs["):
            path = f"OutputParameters{path.removeprefix('Outputs')}"
        text = name if isinstance(name, str | Template) else unknown(why(name))
        return make_string(["Steps.", text, f".{path}" if path else ""])


def _of_variable(value: Sdk, place: Place) -> Cell | None:
    """A pipeline variable as the expression that stands for it."""
    if table_kind(value, "Parameter"):
        name = argument(value, "name").value
        text = name if isinstance(name, str | Template) else unknown(why(name))
        return record(place, Get=Cell(make_string(["Parameters.", text]), place))
    if value.kind == "Join":
        on = argument(value, "on")
        values = argument(value, "values")
        return record(place, **{"Std:Join": record(place, On=on, Values=listed(values))})
    if value.kind == "JsonGet":
        return record(place, **{"Std:JsonGet": _json_get(value, place)})
    if value.kind in ("LambdaOutput", "CallbackOutput"):
        step = value.state.get("step")
        if isinstance(step, Sdk):
            name = argument(value, "output_name").value
            shown = name if isinstance(name, str) else "?"
            return Cell(Property(step, f"OutputParameters['{shown}']"), place)
    return None


def _json_get(value: Sdk, place: Place) -> Cell:
    made = Record(place)
    file = argument(value, "property_file").value
    if file is None:
        made.always("S3Uri", argument(value, "s3_uri"))
    else:
        step = argument(value, "step_name").value
        own = argument(value, "step").value
        if step is None and isinstance(own, Sdk):
            step = argument(own, "name").value
        name = argument(file, "name").value if table_kind(file, "PropertyFile") else file
        parts = [
            one if isinstance(one, str | Template) else unknown(why(one)) for one in (step, name)
        ]
        path = make_string(["Steps.", parts[0], ".PropertyFiles.", parts[1]])
        made.always("PropertyFile", record(place, Get=path))
    made.always("Path", argument(value, "json_path"))
    return made.cell
