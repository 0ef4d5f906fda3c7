"""``try`` and ``can``: arguments are evaluated one by one, errors are caught."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from linter.core.values import Unknown
from linter.readers.terraform.cty.errors import EvaluationError, FunctionError
from linter.readers.terraform.cty.types import BOOL_TYPE
from linter.readers.terraform.cty.value import Value, boolean, reasons_of, unknown

Thunk = Callable[[], tuple[Value, bool]]


def attempt(thunks: Sequence[Thunk]) -> Value:
    """The first expression without error.

    One that used something unknown where it may yet fail decides nothing: the result is its
    value or that of a later expression.
    """
    if not thunks:
        raise FunctionError('Call to function "try" failed: at least one argument is required.')
    errors: list[EvaluationError] = []
    for thunk in thunks:
        try:
            value, certain = thunk()
        except EvaluationError as error:
            errors.append(error)
            continue
        if certain:
            return value
        why = reasons_of(value)
        return unknown(Unknown(f"try: {why.reason}", why.references))
    raise FunctionError(lambda: _all_failed(errors))


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
