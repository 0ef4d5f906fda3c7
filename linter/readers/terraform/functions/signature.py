"""How a function is declared: parameters, result type, and what it does with unknowns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from linter.core.record import record
from linter.readers.terraform.cty.types import (
    BOOL_TYPE,
    DYNAMIC,
    NUMBER_TYPE,
    STRING_TYPE,
    Type,
)


@record
class Parameter:
    """One parameter. ``of`` is the type arguments are converted to."""

    name: str
    of: Type = DYNAMIC
    nullable: bool = False


@record
class Function:
    """A built-in function.

    Args:
        run: takes the converted arguments as values and the context, gives the result. Raises
            ``FunctionError``.
        parameters: the fixed ones.
        variadic: what further arguments must be, ``None`` when there may be none.
        returns: type of the result, as far as it is the same for every call.
        partial: handles unknown arguments itself. Otherwise ``run`` sees wholly known arguments
            only, and a call with anything unknown is an unknown of type ``returns``.
        gathers: takes a collection that is one of several as what those have in common, with
            perhaps more; otherwise the function is called with each of them.
        marked: looks at sensitivity itself; otherwise the result of a call with a sensitive
            argument is sensitive.
        context: wants the context as a last argument.
    """

    run: Callable[..., Any]
    parameters: Sequence[Parameter] = ()
    variadic: Parameter | None = None
    returns: Type = DYNAMIC
    partial: bool = False
    gathers: bool = False
    marked: bool = False
    context: bool = False


def text(name: str) -> Parameter:
    return Parameter(name, STRING_TYPE)


def amount(name: str) -> Parameter:
    return Parameter(name, NUMBER_TYPE)


def truth(name: str) -> Parameter:
    return Parameter(name, BOOL_TYPE)


def anything(name: str, *, nullable: bool = False) -> Parameter:
    return Parameter(name, DYNAMIC, nullable)
