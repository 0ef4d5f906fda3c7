"""Function calls, those of ``try`` and ``can`` included."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.sets import elements_in_order
from linter.readers.terraform.cty.value import (
    LIST,
    MAPPINGS,
    REST,
    SEQUENCES,
    SET,
    STRING,
    TUPLE,
    UNKNOWN,
    Value,
    is_wholly_known,
    reasons_of,
    unknown,
)
from linter.readers.terraform.evaluation.budget import LocatedError
from linter.readers.terraform.nearest import did_you_mean
from linter.readers.terraform.scope import Scope
from linter.readers.terraform.syntax.tree import (
    Attribute,
    Call,
    Index,
    Node,
    Origin,
    Splat,
    Template,
    Variable,
)

if TYPE_CHECKING:
    from linter.readers.terraform.evaluation.evaluator import Evaluator


MAX_LINKS = 8
"""References that are kept of the way to one value."""

_TEMPLATE_STRING = frozenset({"templatestring", "core::templatestring"})


def call(evaluator: Evaluator, node: Call, scope: Scope) -> Value:
    """The result; raises ``LocatedError`` at the argument that is to blame."""
    from linter.readers.terraform import functions

    name = node.name
    if not functions.exists(name):
        if functions.is_of_provider(name):
            return _of_provider(evaluator, node, scope)
        raise LocatedError(
            partial(_unknown_function, name), Origin(node.source, node.start, node.name_end)
        )
    if functions.is_lazy(name):
        return _lazy_call(evaluator, node, scope)
    if name in _TEMPLATE_STRING and node.arguments:
        _check_template_reference(node.arguments[0])
    arguments = [evaluator.contained(item, scope) for item in node.arguments]
    if node.expand:
        expanded = _expanded(arguments.pop(), node)
        if expanded is None:
            evaluator.doubts += 1
            return unknown(f"{name} is called with arguments that are not known")
        arguments.extend(expanded)
    known = all(map(is_wholly_known, arguments))
    if not known:
        evaluator.doubts += 1
    evaluator.budget.spend(node, 1 + sum(_weight(item) for item in arguments) // 16)
    try:
        result = functions.call(name, arguments, evaluator.roots.functions)
    except FunctionError as error:
        at = error.argument_index
        place: Node = node
        if at is not None and at < len(node.arguments):
            place = node.arguments[at]
        raise LocatedError(f"{_call_title(error)}: {error.message}", place.origin) from error
    if known and not is_wholly_known(result):
        evaluator.doubts += 1  # not evaluated: it may fail
    evaluator.budget.make(node, _characters(result))
    if name in ("jsondecode", "core::jsondecode"):
        from linter.readers.terraform.json_values import partly_decoded, with_places

        if result.kind is UNKNOWN:
            result = partly_decoded(arguments[0]) or result
        else:
            result = with_places(result, arguments[0])
    return with_links(result, arguments)


def with_links(made: Value, parts: Iterable[Value]) -> Value:
    """A text that was made of others is linked to what they are linked to."""
    if made.links or (made.kind is not STRING and made.kind is not UNKNOWN):
        return made
    found: dict[str, None] = {}
    for part in parts:
        found.update(dict.fromkeys(part.links))
        if part.kind in SEQUENCES:
            for item in part.data:
                found.update(dict.fromkeys(item.links))
    return made.replaced(links=tuple(found)[:MAX_LINKS]) if found else made


def _of_provider(evaluator: Evaluator, node: Call, scope: Scope) -> Value:
    """A function that a provider defines: only the provider knows what it gives."""
    arguments = [evaluator.contained(item, scope) for item in node.arguments]
    evaluator.doubts += 1
    return unknown(f"{node.name}() is a provider's function", reasons_of(*arguments).references)


def _expanded(value: Value, node: Call) -> list[Value] | None:
    kind = value.kind
    if kind is UNKNOWN:
        return None
    if kind in (TUPLE, LIST, SET):
        items = elements_in_order(value)
        return None if any(item.kind is REST for item in items) else items
    raise LocatedError(
        "Invalid expanding argument value: The expanding argument (indicated by ...) must be "
        "of a tuple, list, or set type.",
        node.arguments[-1].origin,
    )


def _lazy_call(evaluator: Evaluator, node: Call, scope: Scope) -> Value:
    from linter.readers.terraform import functions

    def thunk(item: Node) -> Callable[[], tuple[Value, bool]]:
        def run() -> tuple[Value, bool]:
            before = evaluator.doubts
            evaluator.strict += 1
            try:
                value = evaluator.eval(item, scope)
            finally:
                evaluator.strict -= 1
            return value, evaluator.doubts == before

        return run

    before = evaluator.doubts
    result = functions.call_lazy(node.name, [thunk(item) for item in node.arguments])
    # Errors inside were caught: only an undecided result leaves a doubt.
    evaluator.doubts = before + (1 if not is_wholly_known(result) else 0)
    return result


def _weight(value: Value) -> int:
    """A rough size, for the budget."""
    if value.kind is STRING:
        if value.decoded is not None:
            return 1
        return len(value.data) if isinstance(value.data, str) else 1
    return len(value.data) if value.kind in SEQUENCES or value.kind in MAPPINGS else 1


def _characters(value: Value) -> int:
    """How much text a function made, as far as one look tells."""
    if value.kind is STRING:
        return len(value.data) if isinstance(value.data, str) else 0
    if value.kind in SEQUENCES:
        return 8 * len(value.data) + sum(
            len(item.data)
            for item in value.data
            if item.kind is STRING and isinstance(item.data, str)
        )
    return 8 * len(value.data) if value.kind in MAPPINGS else 0


def _check_template_reference(node: Node) -> None:
    """``templatestring`` takes a reference to a text, never an expression that builds one."""
    if isinstance(node, Variable | Attribute | Index | Splat):
        return
    words = (
        "templatestring is only for rendering templates retrieved dynamically from elsewhere, and "
        "so does not support providing a literal template; consider using a template string "
        "expression instead"
        if isinstance(node, Template)
        else "must be a direct reference to a single string from elsewhere, containing valid "
        "Terraform template syntax"
    )
    raise LocatedError(
        'Invalid function argument: Invalid value for "template" parameter: invalid template '
        f"expression: {words}.",
        node.origin,
    )


def _call_title(error: FunctionError) -> str:
    if error.argument_index is not None:
        return "Invalid function argument"
    if error.message.startswith("Call to function"):
        return "Error in function call"
    return (
        "Not enough function arguments"
        if "at least" in error.message or "Missing value" in error.message
        else "Too many function arguments"
    )


def _unknown_function(name: str) -> str:
    from linter.readers.terraform import functions

    hint = did_you_mean(name, functions.names())
    return f'Call to unknown function: There is no function named "{name}".{hint}'
