"""Which module has which function, and how a call is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from linter.readers.terraform.cty.alternatives import has_options, joined, over_options
from linter.readers.terraform.cty.errors import ConversionError, FunctionError
from linter.readers.terraform.cty.types import DYNAMIC
from linter.readers.terraform.cty.value import (
    NULL,
    Value,
    is_wholly_known,
    marked,
    reasons_of,
    unknown,
)
from linter.readers.terraform.functions.context import FunctionContext
from linter.readers.terraform.functions.signature import Function, Parameter

_MODULES = {
    "numeric": "abs ceil floor log max min parseint pow signum sum",
    "text": "chomp endswith indent join lower replace split startswith strcontains strrev "
    "substr title trim trimprefix trimspace trimsuffix upper",
    "formatting": "format formatlist",
    "regular": "regex regexall",
    "sequences": "compact contains distinct element index length reverse slice sort",
    "lists": "chunklist coalescelist concat flatten matchkeys one range",
    "sets": "setintersection setproduct setsubtract setunion",
    "mappings": "keys lookup merge transpose values zipmap",
    "truths": "alltrue anytrue coalesce",
    "conversions": "ephemeralasnull issensitive nonsensitive sensitive tobool tolist tomap "
    "tonumber toset tostring",
    "encodings": "base64decode base64encode base64gzip csvdecode jsondecode jsonencode "
    "textdecodebase64 textencodebase64 urlencode",
    "yaml": "yamldecode yamlencode",
    "hashes": "base64sha256 base64sha512 bcrypt md5 rsadecrypt sha1 sha256 sha512 uuid uuidv5",
    "files": "abspath basename dirname file filebase64 filebase64sha256 filebase64sha512 "
    "fileexists filemd5 fileset filesha1 filesha256 filesha512 pathexpand templatefile "
    "templatestring",
    "networks": "cidrhost cidrnetmask cidrsubnet cidrsubnets",
    "times": "formatdate plantimestamp timeadd timecmp timestamp",
    "provider": "provider::terraform::decode_tfvars provider::terraform::encode_expr "
    "provider::terraform::encode_tfvars",
}

_MODULE_OF = {name: module for module, line in _MODULES.items() for name in line.split()}

LAZY = frozenset(("try", "can"))
"""Functions whose arguments the evaluator passes as thunks, to :func:`call_lazy`."""

_functions: dict[str, Function] = {}


def _base(name: str) -> str:
    return name.removeprefix("core::")


def names() -> list[str]:
    """Every function by its plain name, sorted."""
    return sorted((*_MODULE_OF, *LAZY))


def exists(name: str) -> bool:
    """Whether Terraform has the function; ``core::`` in front of a name is understood."""
    return _base(name) in _MODULE_OF or _base(name) in LAZY


def is_of_provider(name: str) -> bool:
    """Whether a provider defines it: ``provider::aws::arn_parse``."""
    first, *parts = name.split("::")
    return first == "provider" and len(parts) in (2, 3) and all(parts) and parts[0] != "terraform"


def is_lazy(name: str) -> bool:
    return _base(name) in LAZY


def find(name: str) -> Function:
    """The declaration of a function that :func:`exists`, ``try`` and ``can`` excepted."""
    base = _base(name)
    found = _functions.get(base)
    if found is None:
        module = import_module(f"linter.readers.terraform.functions.{_MODULE_OF[base]}")
        _functions.update(module.FUNCTIONS)
        found = _functions[base]
    return found


def call(name: str, arguments: Sequence[Value], context: FunctionContext) -> Value:
    """Calls a function; ``name`` must :func:`exists`.

    Raises:
        FunctionError: with a whole sentence, ready to be shown at the argument or the call.
    """
    function = find(name)
    try:
        return _call(function, arguments, context)
    except FunctionError as error:
        index = error.argument_index
        if index is None:
            raise FunctionError(
                f'Call to function "{name}" failed: {_sentence(error.message)}'
            ) from error
        label = _parameter(function, index).name
        raise FunctionError(
            f'Invalid value for "{label}" parameter: {_sentence(error.message)}', index
        ) from error
    except _ArityError as error:
        raise FunctionError(f'Function "{name}" {error}') from error
    except RecursionError as error:
        raise FunctionError(
            f'Call to function "{name}" failed: the value is nested too deeply.'
        ) from error


class _ArityError(Exception):
    pass


def _sentence(message: str) -> str:
    return message if message.endswith((".", "?", "!")) else message + "."


def _parameter(function: Function, index: int) -> Parameter:
    if index < len(function.parameters):
        return function.parameters[index]
    return function.variadic or Parameter("argument")


def _call(function: Function, arguments: Sequence[Value], context: FunctionContext) -> Value:
    _check_count(function, len(arguments))
    if any(map(has_options, arguments)):
        if function.gathers:
            arguments = [joined(argument) or argument for argument in arguments]
        spread = over_options(arguments, lambda each: _call_once(function, each, context))
        if spread is not None:
            return spread[0]
    return _call_once(function, arguments, context)


def _call_once(function: Function, arguments: Sequence[Value], context: FunctionContext) -> Value:
    converted: list[Value] = []
    for index, argument in enumerate(arguments):
        parameter = _parameter(function, index)
        if argument.kind is NULL and not parameter.nullable:
            raise FunctionError("argument must not be null", index)
        if parameter.of is not DYNAMIC:
            argument = _convert(argument, parameter, index)
        converted.append(argument)
    if not function.partial and not all(map(is_wholly_known, converted)):
        result = unknown(reasons_of(*converted), of=function.returns, not_null=True)
    elif function.context:
        result = function.run(*converted, context)
    else:
        result = function.run(*converted)
    return result if function.marked else marked(result, *converted)


def _convert(argument: Value, parameter: Parameter, index: int) -> Value:
    from linter.readers.terraform.cty.convert import convert

    try:
        return convert(argument, parameter.of)
    except ConversionError as error:
        raise FunctionError(str(error), index) from error


def _check_count(function: Function, given: int) -> None:
    wanted = len(function.parameters)
    if given < wanted:
        missing = function.parameters[given].name
        raise _ArityError(
            f"expects {'at least ' if function.variadic else ''}{wanted} argument(s). "
            f'Missing value for "{missing}".'
        )
    if given > wanted and function.variadic is None:
        raise _ArityError(f"expects only {wanted} argument(s).")


Thunk = Callable[[], tuple[Value, bool]]
"""Evaluates an argument of ``try`` or ``can``. The flag says whether it is certain to evaluate
without error whatever the unknown inputs are (nothing unknown was used where it may fail)."""


def call_lazy(name: str, thunks: Sequence[Thunk]) -> Value:
    """``try`` and ``can``. What the thunks raise must be ``EvaluationError`` to be caught."""
    from linter.readers.terraform.functions.attempts import attempt, can

    return can(thunks) if _base(name) == "can" else attempt(thunks)
