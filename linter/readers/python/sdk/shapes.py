"""Objects of version 3 that are shapes of the API: their fields under the API's names."""

from __future__ import annotations

from linter.readers.python.sdk.objects import argument
from linter.readers.python.sdk.parts import Record, each, given_or_not, is_variable, mapped
from linter.readers.python.sdk.table import known
from linter.readers.python.values import Cell, Loose, OneOf, Sdk, Seq, unknown, why

_WORDS = {"gb": "GB", "mb": "MB", "ec2": "Ec2", "efs": "EFS", "fsx": "FSx"}


def camel(name: str) -> str:
    """``s3_data_type`` as the API writes it: ``S3DataType``."""
    return "".join(_WORDS.get(word, word.capitalize()) for word in name.split("_"))


def request_of_shape(cell: Cell, defaults: dict[str, Cell] | None = None) -> Cell:
    """A shape as the request has it; what is absent is left out."""

    def one(cell: Cell) -> Cell:
        value = cell.value
        if not isinstance(value, Sdk) or is_variable(value):
            plain = isinstance(value, Seq) or value is None
            return cell if plain else Cell(unknown(why(value)), cell.place)
        made = Record(value.place)
        names = [item[0] for item in known(value.cls).parameters]
        for name in dict.fromkeys((*names, *value.args)):
            member = argument(value, name)
            if defaults and name in defaults:
                member = given_or_not(member, defaults[name])
            made.put_from(camel(name), member, _nested)
        made.open(value.rest)
        return made.cell

    return each(cell, one)


def _nested(cell: Cell) -> Cell:
    value = cell.value
    if isinstance(value, Sdk) and not is_variable(value):
        return request_of_shape(cell)
    if isinstance(value, Seq) and any(_holds_shapes(item) for item in value.items):
        return mapped(cell, _nested)
    return cell


def _holds_shapes(item: Cell) -> bool:
    value = item.value
    if isinstance(value, Loose | OneOf):
        return any(_holds_shapes(one) for one in value.cells)
    return isinstance(value, Sdk) and not is_variable(value)


def list_of_shapes(cell: Cell) -> Cell:
    return mapped(cell, _nested)
