"""Objects of version 3 that are shapes of the API: their fields under the API's names."""

from __future__ import annotations

from linter.readers.python.sdk.objects import argument
from linter.readers.python.sdk.parts import Record, is_variable, mapped
from linter.readers.python.sdk.table import known
from linter.readers.python.values import Cell, OneOf, Sdk, Seq, unknown, why

_WORDS = {"gb": "GB", "mb": "MB", "ec2": "Ec2", "efs": "EFS", "fsx": "FSx"}


def camel(name: str) -> str:
    """``s3_data_type`` as the API writes it: ``S3DataType``."""
    return "".join(_WORDS.get(word, word.capitalize()) for word in name.split("_"))


def request_of_shape(cell: Cell, defaults: dict[str, Cell] | None = None) -> Cell:
    """A shape as the request has it; what is absent is left out."""
    value = cell.value
    if isinstance(value, OneOf):
        inner = tuple(
            one if one.value is None else request_of_shape(one, defaults) for one in value.cells
        )
        return Cell(OneOf(inner, value.reason), cell.place)
    if not isinstance(value, Sdk) or is_variable(value):
        return cell if isinstance(value, Seq) else Cell(unknown(why(value)), cell.place)
    made = Record(value.place)
    for item in known(value.cls).parameters:
        one = argument(value, item[0])
        if one.value is None and defaults and item[0] in defaults:
            one = defaults[item[0]]
        made.put(camel(item[0]), _nested(one))
    made.open(value.rest)
    return made.cell


def _nested(cell: Cell) -> Cell:
    value = cell.value
    if isinstance(value, Sdk) and not is_variable(value):
        return request_of_shape(cell)
    if isinstance(value, Seq) and any(isinstance(item.value, Sdk) for item in value.items):
        return mapped(cell, _nested)
    return cell


def list_of_shapes(cell: Cell) -> Cell:
    return mapped(cell, _nested)
