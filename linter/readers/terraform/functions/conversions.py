"""``tostring`` and its like, and the functions about sensitivity."""

from __future__ import annotations

from collections.abc import Callable

from linter.readers.terraform.cty.convert import convert, resolved
from linter.readers.terraform.cty.errors import ConversionError, FunctionError
from linter.readers.terraform.cty.quoting import go_quote
from linter.readers.terraform.cty.types import (
    BOOL_TYPE,
    DYNAMIC,
    NUMBER_TYPE,
    STRING_TYPE,
    ListType,
    MapType,
    SetType,
    Type,
    constraint_name,
    friendly_name,
)
from linter.readers.terraform.cty.unify import convertible
from linter.readers.terraform.cty.value import NULL, UNKNOWN, Value, boolean, null, unknown
from linter.readers.terraform.functions.signature import Function, anything

_ONLY = {
    BOOL_TYPE: 'only the strings "true" or "false" are allowed',
    NUMBER_TYPE: "given string must be a decimal representation of a number",
}


def _converter(wanted: Type) -> Callable[[Value], Value]:
    def run(value: Value) -> Value:
        if value.kind is NULL and convertible(value.type, wanted):
            return null(resolved(value.type, wanted), value.origin)
        try:
            return convert(value, wanted)
        except ConversionError as error:
            given = value.type
            if given is STRING_TYPE and wanted in _ONLY and not error.path:
                raise FunctionError(
                    f"cannot convert {go_quote(value.data)} to {wanted}; {_ONLY[wanted]}", 0
                ) from None
            if convertible(given, wanted) and error.path:
                raise FunctionError(str(error), 0) from None
            raise FunctionError(
                f"cannot convert {friendly_name(given)} to {constraint_name(wanted)}", 0
            ) from None

    return run


def _convert_to(wanted: Type) -> Function:
    return Function(
        _converter(wanted), (anything("v", nullable=True),), returns=wanted, partial=True
    )


def sensitive(value: Value) -> Value:
    return value if value.sensitive else value.replaced(sensitive=True)


def nonsensitive(value: Value) -> Value:
    return value.replaced(sensitive=False) if value.sensitive else value


def issensitive(value: Value) -> Value:
    if value.sensitive:
        return boolean(True)
    if value.kind is UNKNOWN:
        return unknown(value.data, of=BOOL_TYPE, not_null=True)
    return boolean(False)


def ephemeralasnull(value: Value) -> Value:
    return null(value.type) if value.ephemeral else value


_VALUE = (anything("value", nullable=True),)

FUNCTIONS = {
    "tostring": _convert_to(STRING_TYPE),
    "tonumber": _convert_to(NUMBER_TYPE),
    "tobool": _convert_to(BOOL_TYPE),
    "tolist": _convert_to(ListType(DYNAMIC)),
    "toset": _convert_to(SetType(DYNAMIC)),
    "tomap": _convert_to(MapType(DYNAMIC)),
    "sensitive": Function(sensitive, _VALUE, partial=True, marked=True),
    "nonsensitive": Function(nonsensitive, _VALUE, partial=True, marked=True),
    "issensitive": Function(issensitive, _VALUE, returns=BOOL_TYPE, partial=True, marked=True),
    "ephemeralasnull": Function(ephemeralasnull, _VALUE, partial=True, marked=True),
}
