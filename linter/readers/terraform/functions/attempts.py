"""``try`` and ``can``: arguments are evaluated one by one, errors are caught."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from linter.core.values import Unknown
from linter.readers.terraform.cty.alternatives import has_options, one_of
from linter.readers.terraform.cty.errors import EvaluationError, FunctionError
from linter.readers.terraform.cty.types import BOOL_TYPE
from linter.readers.terraform.cty.value import (
    UNKNOWN,
    Value,
    boolean,
    reasons_of,
    unknown,
)

Thunk = Callable[[], tuple[Value, bool]]


def attempt(thunks: Sequence[Thunk]) -> Value:
    """The first expression without error.

    One that used something unknown where it may yet fail decides nothing: the result is one of
    what it gives and what later expressions give.
    """
    if not thunks:
        raise FunctionError('Call to function "try" failed: at least one argument is required.')
    errors: list[EvaluationError] = []
    possible: list[Value] = []
    for thunk in thunks:
        try:
            value, certain = thunk()
        except EvaluationError as error:
            errors.append(error)
            continue
        if certain and not possible:
            return value
        possible.append(value)
        if certain or _says_nothing(value):
            break
    if possible:
        why = reasons_of(*possible)
        why = Unknown(f"try: {why.reason}", why.references)
        if any(map(_says_nothing, possible)):
            return unknown(why)
        return one_of(why, possible)
    raise FunctionError(lambda: _all_failed(errors))


def _says_nothing(value: Value) -> bool:
    return value.kind is UNKNOWN and not has_options(value)


def _all_failed(errors: Sequence[EvaluationError]) -> str:
    words = " ".join(error.message for error in errors[:5])
    return f'Call to function "try" failed: no expression succeeded: {words}'


def can(thunks: Sequence[Thunk]) -> Value:
    """Whether the expression evaluates without error."""
    if len(thunks) != 1:
        raise FunctionError('Function "can" expects only 1 argument(s).')
    try:
        value, certain = thunks[0]()
    except EvaluationError:
        return boolean(False)
    if certain:
        return boolean(True)
    return unknown(reasons_of(value), of=BOOL_TYPE, not_null=True)
