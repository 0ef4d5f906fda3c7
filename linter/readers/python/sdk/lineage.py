"""What a step records of where things come from: entities, and how they hang together."""

from __future__ import annotations

from functools import partial

from linter.readers.python.expressions import truth
from linter.readers.python.machine import Machine
from linter.readers.python.sdk import table
from linter.readers.python.sdk.objects import Call, argument, table_kind
from linter.readers.python.sdk.parts import Record, given, mapped
from linter.readers.python.sdk.shapes import camel
from linter.readers.python.values import Cell, OneOf, Sdk, Seq, unknown, why

ENTITIES = {"actions": "Action", "artifacts": "Artifact", "contexts": "Context"}
_OF_SOURCE = ("source_uri", "source_type", "source_types")


def entity(full: str, call: Call) -> Cell | None:
    """``Action.create(...)`` under a pipeline's session: what the step is given."""
    found = table.resolve(full.rpartition(".")[0])
    parameters = found.parameters_of("create") if found is not None else None
    if found is None or parameters is None:
        return None
    bound = call.bound([item[0] for item in parameters])
    made = Sdk(found.name, "_Run", call.place, bound, call.rest)
    made.state.update(method="create", receiver=None, entity=found.kind, parameters=parameters)
    return Cell(made, call.place)


def request(machine: Machine, step: Sdk) -> Cell:
    """``Arguments`` of a step of lineage."""
    made = Record(step.place)
    for name, kind in ENTITIES.items():
        cell = _as_list(argument(step, name))
        made.put_from(f"{kind}s", cell, partial(_entities, kind), test=truth)
    associations = argument(step, "associations")
    made.put_from("Associations", associations, lambda one: mapped(one, _association), test=truth)
    made.open(step.rest)
    return made.cell


def _as_list(cell: Cell) -> Cell:
    """One entity stands for a list of it."""
    single = isinstance(cell.value, Sdk)
    return Cell(Seq([cell]), cell.place) if single else cell


def _entities(kind: str, cell: Cell) -> Cell:
    return mapped(cell, partial(_entity, kind))


def _entity(kind: str, cell: Cell) -> Cell:
    value = cell.value
    if not (isinstance(value, Sdk) and value.state.get("entity") == kind):
        return Cell(unknown(why(value)), cell.place)
    made = Record(value.place)
    source = Record(value.place)
    for item in value.state["parameters"]:
        name = item[0]
        if name == "source_types":
            types = argument(value, name)
            reason = unknown("types of the source")
            if given(types.value) is not False:
                source.put("SourceTypes", Cell(reason, types.place))
        elif name in _OF_SOURCE:
            source.put(camel(name), argument(value, name))
        elif name != "sagemaker_session":
            made.put(camel(name), argument(value, name))
    made.always("Source", source.cell)
    made.open(value.rest)
    return made.cell


def _association(cell: Cell) -> Cell:
    value = cell.value
    if not table_kind(value, "LineageAssociation"):
        return Cell(unknown(why(value)), cell.place)
    made = Record(value.place)
    made.always("Source", _end(argument(value, "source")))
    made.always("Destination", _end(argument(value, "destination")))
    made.put("AssociationType", argument(value, "association_type"))
    return made.cell


def _end(cell: Cell) -> Cell:
    value = cell.value
    if not table_kind(value, "LineageEntityReference"):
        return Cell(unknown(why(value)), cell.place)
    made = Record(value.place)
    arn = argument(value, "arn")
    if isinstance(arn.value, OneOf) or given(arn.value) is None:
        return Cell(unknown(why(arn.value)), cell.place)
    if arn.value is not None:
        made.always("Arn", arn)
        return made.cell
    made.always("Name", argument(value, "name"))
    made.always("Type", argument(value, "type"))
    return made.cell
