"""Schedules that a script puts on its pipeline, as the resources of EventBridge that they are."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from linter.core.values import make_string
from linter.readers.python.expressions import truth
from linter.readers.python.operators import as_text
from linter.readers.python.sdk.objects import argument, sent, table_kind
from linter.readers.python.sdk.parts import (
    Record,
    each,
    given,
    given_or_not,
    items_of,
    record,
    role_arn,
    text_part,
)
from linter.readers.python.values import Cell, Loose, Place, Sdk, Seq, unknown, why

TYPE = "AWS::Scheduler::Schedule"


class Schedule(NamedTuple):
    """A schedule in CloudFormation's words; ``maybe`` says that it may not be made."""

    value: Cell
    place: Place
    maybe: bool


def schedules(pipeline: Sdk) -> list[Schedule]:
    """What ``pipeline.put_triggers([...])`` makes."""
    put = sent(pipeline, "triggers")
    found: list[Schedule] = []
    build = partial(_schedule, pipeline)
    for item in items_of(put) if put is not None else ():
        value = item.value
        if isinstance(value, Loose):
            inner = value.cells or (Cell(unknown(value.reason), item.place),)
            found += [Schedule(_schedule(pipeline, one), one.place, True) for one in inner]
        elif value is not None:
            found.append(Schedule(each(item, build), item.place, given(value) is not True))
    return found


def _schedule(pipeline: Sdk, cell: Cell) -> Cell:
    value = cell.value
    made = Record(cell.place)
    name = argument(pipeline, "name")
    if not table_kind(value, "PipelineSchedule"):
        reason = Cell(unknown(f"a trigger that is not known: {why(value)}"), cell.place)
        made.always("ScheduleExpression", reason)
        made.always("State", reason)
    else:
        made = Record(value.place)
        made.always("Name", given_or_not(argument(value, "name"), name))
        made.always("ScheduleExpression", _expression(value))
        made.always("State", _state(argument(value, "enabled")))
        begins = argument(value, "start_date")
        made.put_when(given(begins.value), "StartDate", Cell(unknown("a date"), begins.place))
    made.always("FlexibleTimeWindow", record(cell.place, Mode="OFF"))
    made.always("Target", _target(pipeline, name))
    return made.cell


def _state(enabled: Cell) -> Cell:
    sure = truth(enabled.value)
    if sure is None:
        return Cell(unknown(why(enabled.value)), enabled.place)
    return Cell("ENABLED" if sure else "DISABLED", enabled.place)


def _expression(value: Sdk) -> Cell:
    """The one of ``rate``, ``cron`` and ``at`` that is given."""
    kinds = {name: argument(value, name) for name in ("at", "rate", "cron")}
    known = [name for name, cell in kinds.items() if given(cell.value) is not False]
    if len(known) != 1:
        return Cell(unknown("which kind of schedule it is"), value.place)
    kind = known[0]
    return each(kinds[kind], lambda cell: _written(kind, cell))


def _written(kind: str, cell: Cell) -> Cell:
    value = cell.value
    if kind == "cron":
        return Cell(make_string(["cron(", text_part(value), ")"]), cell.place)
    if kind == "rate" and isinstance(value, Seq) and value.exact and len(value.items) == 2:
        number, unit = (text_part(as_text(one.value)) for one in value.items)
        return Cell(make_string(["rate(", number, " ", unit, ")"]), cell.place)
    return Cell(make_string([f"{kind}(", unknown(why(value)), ")"]), cell.place)


def _target(pipeline: Sdk, name: Cell) -> Cell:
    where = unknown("the account and region that the script runs in", "account")
    arn = make_string(["arn:aws:sagemaker:", where, ":pipeline/", text_part(name.value)])
    made = Record(name.place)
    made.always("Arn", Cell(arn, name.place))
    role = sent(pipeline, "triggers role_arn")
    role = Cell(None, name.place) if role is None else role
    made.always("RoleArn", role_arn(role))
    return made.cell
