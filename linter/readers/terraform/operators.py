"""Terraform's operators on partly known values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linter.readers.terraform.cty import numbers
from linter.readers.terraform.cty.alternatives import has_options, over_options
from linter.readers.terraform.cty.convert import convert
from linter.readers.terraform.cty.equality import equals
from linter.readers.terraform.cty.errors import ConversionError, EvaluationError
from linter.readers.terraform.cty.types import BOOL_TYPE, NUMBER_TYPE, Type
from linter.readers.terraform.cty.value import (
    NULL,
    UNKNOWN,
    Value,
    boolean,
    marked,
    number,
    reasons_of,
    unknown,
)

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": numbers.add,
    "-": numbers.subtract,
    "*": numbers.multiply,
    "%": numbers.modulo,
}


def operand(value: Value, wanted: Type, side: str = "") -> Value:
    """An operand converted to the operator's type; raises ``EvaluationError``."""
    where = f"{side} operand" if side else "operand"
    if value.kind is NULL:
        raise EvaluationError(
            f"Invalid operand: Unsuitable value for {where}: argument must not be null."
        )
    try:
        return convert(value, wanted)
    except ConversionError as error:
        raise EvaluationError(f"Invalid operand: Unsuitable value for {where}: {error}.") from error


def not_(value: Value) -> Value:
    truth = operand(value, BOOL_TYPE, "unary")
    if truth.kind is UNKNOWN:
        return unknown(truth.data, of=BOOL_TYPE, not_null=True)
    return marked(boolean(not truth.data), value)


def negative(value: Value) -> Value:
    if has_options(value):
        spread = over_options((value,), lambda only: negative(*only))
        if spread is not None:
            return spread[0]
    amount = operand(value, NUMBER_TYPE, "unary")
    if amount.kind is UNKNOWN:
        return unknown(amount.data, of=NUMBER_TYPE, not_null=True)
    return marked(number(numbers.negate(amount.data)), value)


def binary(operator: str, left: Value, right: Value) -> Value:
    """``left operator right``; raises ``EvaluationError`` for what Terraform refuses."""
    if has_options(left) or has_options(right):
        spread = over_options((left, right), lambda pair: _binary(operator, *pair))
        if spread is not None:
            return marked(spread[0], left, right)
    return marked(_binary(operator, left, right), left, right)


def _binary(operator: str, left: Value, right: Value) -> Value:
    if operator in ("==", "!="):
        same = equals(left, right)
        if same is None:
            return unknown(reasons_of(left, right), of=BOOL_TYPE, not_null=True)
        return boolean(same == (operator == "=="))
    if operator in ("&&", "||"):
        return _logical(operator, left, right)
    a, b = operand(left, NUMBER_TYPE, "left"), operand(right, NUMBER_TYPE, "right")
    compares = operator in ("<", "<=", ">", ">=")
    if a.kind is UNKNOWN or b.kind is UNKNOWN:
        return unknown(reasons_of(a, b), of=BOOL_TYPE if compares else NUMBER_TYPE, not_null=True)
    if compares:
        return boolean(_compare(operator, a, b))
    if operator == "/":
        if numbers.exact(b.data) == 0:
            if numbers.exact(a.data) == 0:
                raise EvaluationError(
                    "Invalid operation: can't divide zero by zero or infinity by infinity."
                )
            why = "the number is infinite, which is not computed with"
            return unknown(why, of=NUMBER_TYPE, not_null=True)
        return number(numbers.divide(a.data, b.data))
    return number(_ARITHMETIC[operator](a.data, b.data))


def _compare(operator: str, a: Value, b: Value) -> bool:
    left, right = numbers.exact(a.data), numbers.exact(b.data)
    if operator == "<":
        return left < right
    if operator == "<=":
        return left <= right
    return left > right if operator == ">" else left >= right


def _logical(operator: str, left: Value, right: Value) -> Value:
    a, b = operand(left, BOOL_TYPE, "left"), operand(right, BOOL_TYPE, "right")
    decisive = operator == "||"
    for side in (a, b):
        if side.kind is not UNKNOWN and side.data is decisive:
            return boolean(decisive)
    if a.kind is UNKNOWN or b.kind is UNKNOWN:
        return unknown(reasons_of(a, b), of=BOOL_TYPE, not_null=True)
    return boolean(not decisive)
