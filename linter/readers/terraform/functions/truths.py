"""``alltrue``, ``anytrue``, ``coalesce``."""

from __future__ import annotations

from linter.core.values import Template
from linter.readers.terraform.cty.convert import convert, soften
from linter.readers.terraform.cty.errors import ConversionError, FunctionError
from linter.readers.terraform.cty.types import (
    BOOL_TYPE,
    DYNAMIC,
    STRING_TYPE,
    ListType,
    has_dynamic,
)
from linter.readers.terraform.cty.unify import unify
from linter.readers.terraform.cty.value import (
    NULL,
    REST,
    STRING,
    UNKNOWN,
    Value,
    boolean,
    is_wholly_known,
    reasons_of,
)
from linter.readers.terraform.functions.signature import Function, Parameter, anything
from linter.readers.terraform.functions.support import not_known

_BOOLS = Parameter("list", ListType(BOOL_TYPE))


def alltrue(source: Value) -> Value:
    return _decide(source, deciding=False)


def anytrue(source: Value) -> Value:
    return _decide(source, deciding=True)


def _decide(source: Value, *, deciding: bool) -> Value:
    """One element with the deciding truth settles it; null counts as false."""
    if source.kind is UNKNOWN:
        return not_known(source, of=BOOL_TYPE)
    unsure = False
    for item in source.data:
        if item.kind is UNKNOWN or item.kind is REST:
            unsure = True
        elif (item.kind is not NULL and item.data) is deciding:
            return boolean(deciding)
    return not_known(source, of=BOOL_TYPE) if unsure else boolean(not deciding)


def coalesce(*arguments: Value) -> Value:
    types = [argument.type for argument in arguments]
    uncertain = any(
        not is_wholly_known(argument) and has_dynamic(argument.type) for argument in arguments
    )
    wanted = unify(types)
    if wanted is None and not uncertain:
        raise FunctionError("all arguments must have the same type")
    if uncertain:
        wanted = STRING_TYPE if STRING_TYPE in types else DYNAMIC
    for argument in arguments:
        candidate = argument
        if wanted is not None and argument.kind is not NULL:
            try:
                candidate = convert(argument, wanted)
            except ConversionError as error:
                raise FunctionError(str(error)) from error
        if candidate.kind is NULL:
            continue
        if candidate.kind is UNKNOWN or _may_be_empty(candidate):
            return not_known(candidate, of=wanted)
        if candidate.kind is STRING and wanted is STRING_TYPE and candidate.data == "":
            continue
        if uncertain and wanted is DYNAMIC:
            # It may yet be converted to what the unknown ones turn out to be.
            return soften(candidate, reasons_of(*arguments))
        return candidate
    raise FunctionError("no non-null, non-empty-string arguments")


def _may_be_empty(value: Value) -> bool:
    text = value.data
    return isinstance(text, Template) and not any(isinstance(part, str) for part in text.parts)


FUNCTIONS = {
    "alltrue": Function(alltrue, (_BOOLS,), returns=BOOL_TYPE, partial=True),
    "anytrue": Function(anytrue, (_BOOLS,), returns=BOOL_TYPE, partial=True),
    "coalesce": Function(coalesce, (), anything("vals", nullable=True), partial=True),
}
