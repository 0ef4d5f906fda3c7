"""Functions on numbers."""

from __future__ import annotations

import math

from linter.readers.terraform.cty.convert import convert
from linter.readers.terraform.cty.errors import ConversionError, FunctionError
from linter.readers.terraform.cty.numbers import Number, add, exact, rounded
from linter.readers.terraform.cty.types import NUMBER_TYPE, STRING_TYPE, friendly_name
from linter.readers.terraform.cty.value import MAPPINGS, NULL, SEQUENCES, Value, number, unknown
from linter.readers.terraform.functions import go_math
from linter.readers.terraform.functions.signature import Function, amount, anything
from linter.readers.terraform.functions.support import whole


def absolute(num: Value) -> Value:
    return number(abs(num.data))


def ceil(num: Value) -> Value:
    return number(math.ceil(num.data))


def floor(num: Value) -> Value:
    return number(math.floor(num.data))


def signum(num: Value) -> Value:
    if num.data != int(num.data) or not -(2**63) <= num.data < 2**63:
        raise FunctionError(
            "value must be a whole number, between -9223372036854775808 and 9223372036854775807", 0
        )
    return number((num.data > 0) - (num.data < 0))


def highest(*numbers: Value) -> Value:
    if not numbers:
        raise FunctionError("must pass at least one number")
    return number(max((item.data for item in numbers), key=exact))


def lowest(*numbers: Value) -> Value:
    if not numbers:
        raise FunctionError("must pass at least one number")
    return number(min((item.data for item in numbers), key=exact))


def _float(amount_of: Number) -> float:
    try:
        return float(exact(amount_of))
    except OverflowError:
        raise FunctionError("the number is too large for this function") from None


def _finite(result: float) -> Value:
    if math.isnan(result):
        raise FunctionError("result is not a number")
    if math.isinf(result):
        return unknown("the number is infinite, which is not computed with", of=NUMBER_TYPE)
    return number(result)


def log(num: Value, base: Value) -> Value:
    top, bottom = go_math.log(_float(num.data)), go_math.log(_float(base.data))
    if bottom == 0:
        return _finite(math.nan if top == 0 or math.isnan(top) else math.inf)
    return _finite(top / bottom)


def power(num: Value, exponent: Value) -> Value:
    base, raised = _float(num.data), _float(exponent.data)
    try:
        result = go_math.power(base, raised)
    except (OverflowError, ZeroDivisionError):
        result = math.inf
    except ValueError:
        result = math.nan
    return _finite(result)


def total(source: Value) -> Value:
    if source.kind not in SEQUENCES and source.kind not in MAPPINGS:
        raise FunctionError("cannot sum noniterable", 0)
    if not source.data:
        raise FunctionError("cannot sum an empty list", 0)
    if source.kind in MAPPINGS:
        raise FunctionError(
            "argument must be list, set, or tuple. Received " + friendly_name(source.type), 0
        )
    result: Number | None = None
    for item in source.data:
        if item.kind is NULL:
            raise FunctionError("argument must be list, set, or tuple of number values", 0)
        try:
            converted = convert(item, NUMBER_TYPE)
        except ConversionError:
            raise FunctionError(
                "argument must be list, set, or tuple of number values", 0
            ) from None
        result = converted.data if result is None else add(result, converted.data)
    return number(result if result is not None else 0)


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def parseint(source: Value, base: Value) -> Value:
    if source.type is not STRING_TYPE:
        raise FunctionError(f"first argument must be a string, not {friendly_name(source.type)}", 0)
    radix = whole(base, 1)
    if not 2 <= radix <= 62:
        raise FunctionError("base must be a whole number between 2 and 62 inclusive", 1)
    text = source.data
    digits = text[1:] if text[:1] in ("+", "-") else text
    if radix <= 36:
        digits = digits.lower()
    allowed = _DIGITS[:radix]
    if not digits or len(digits) > 10_000 or any(digit not in allowed for digit in digits):
        raise FunctionError(f'cannot parse "{text}" as a base {radix} integer', 0)
    result = 0
    for digit in digits:
        result = result * radix + allowed.index(digit)
    return number(rounded(-result if text[0] == "-" else result))


_NUM = amount("num")

FUNCTIONS = {
    "abs": Function(absolute, (_NUM,), returns=NUMBER_TYPE),
    "ceil": Function(ceil, (_NUM,), returns=NUMBER_TYPE),
    "floor": Function(floor, (_NUM,), returns=NUMBER_TYPE),
    "signum": Function(signum, (_NUM,), returns=NUMBER_TYPE),
    "max": Function(highest, (), amount("numbers"), returns=NUMBER_TYPE),
    "min": Function(lowest, (), amount("numbers"), returns=NUMBER_TYPE),
    "log": Function(log, (_NUM, amount("base")), returns=NUMBER_TYPE),
    "pow": Function(power, (_NUM, amount("power")), returns=NUMBER_TYPE),
    "sum": Function(total, (anything("list"),), returns=NUMBER_TYPE),
    "parseint": Function(parseint, (anything("number"), amount("base")), returns=NUMBER_TYPE),
}
