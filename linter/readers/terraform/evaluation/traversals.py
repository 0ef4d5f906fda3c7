"""Names, attributes, indices and splats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from linter.core.values import PossibleKeys, Unknown
from linter.readers.terraform.cty.alternatives import has_options, one_of, over_options, rest_over
from linter.readers.terraform.cty.convert import convert
from linter.readers.terraform.cty.errors import ConversionError, EvaluationError
from linter.readers.terraform.cty.numbers import exact, is_integer
from linter.readers.terraform.cty.sets import elements_in_order
from linter.readers.terraform.cty.types import (
    DYNAMIC,
    NUMBER_TYPE,
    STRING_TYPE,
    ListType,
    MapType,
    ObjectType,
    SetType,
    Type,
    friendly_name,
)
from linter.readers.terraform.cty.value import (
    LIST,
    MAPPINGS,
    NULL,
    OBJECT,
    REST,
    SEQUENCES,
    SET,
    STRING,
    TUPLE,
    UNKNOWN,
    Value,
    first_unknown,
    marked,
    reasons_of,
    rest_of,
    tuple_of,
    unknown,
)
from linter.readers.terraform.evaluation.budget import LocatedError
from linter.readers.terraform.functions.mappings import options_of_key
from linter.readers.terraform.scope import Scope, Step
from linter.readers.terraform.syntax.tree import Attribute, Index, Node, Splat, Variable

if TYPE_CHECKING:
    from linter.readers.terraform.evaluation.evaluator import Evaluator


def variable(evaluator: Evaluator, node: Variable, scope: Scope) -> Value:
    """What a name alone stands for; raises ``LocatedError``."""
    return _reference(evaluator, node, [], scope)


def traversal(evaluator: Evaluator, node: Node, scope: Scope) -> Value:
    """What ``a.b[c].d`` stands for; raises ``LocatedError``."""
    steps: list[Step] = []
    at = node
    while True:
        if isinstance(at, Attribute):
            steps.append(("attribute", at.name, at))
            at = at.of
        elif isinstance(at, Index):
            steps.append(("index", at.key, at))
            at = at.of
        else:
            break
    steps.reverse()
    if isinstance(at, Variable):
        return _reference(evaluator, at, steps, scope)
    return _steps(evaluator, evaluator.eval(at, scope), steps, scope)


def _reference(evaluator: Evaluator, root: Variable, steps: list[Step], scope: Scope) -> Value:
    local = scope.find(root.name)
    if local is not None:
        return _steps(evaluator, local, steps, scope)
    found = evaluator.roots.traverse(root.name, steps, root, evaluator, scope)
    if found is None:
        raise LocatedError(
            f'Invalid reference: A reference to "{root.name}" must be followed by at least one '
            "attribute access, specifying the resource name."
            if not steps
            else f'Reference to undeclared name: "{root.name}" is not declared here.',
            root.origin,
        )
    value, used = found
    return _steps(evaluator, value, steps[used:], scope)


def _steps(evaluator: Evaluator, value: Value, steps: Sequence[Step], scope: Scope) -> Value:
    for kind, what, node in steps:
        try:
            if kind == "attribute":
                value = marked(attribute_of(evaluator, value, str(what)), value)
            else:
                assert isinstance(what, Node)
                key = evaluator.eval(what, scope)
                value = marked(index_of(evaluator, value, key), value, key)
        except LocatedError:
            raise
        except EvaluationError as error:
            raise LocatedError(error.message, node.origin) from error
    return value


def attribute_of(evaluator: Evaluator, value: Value, name: str) -> Value:
    """``value.name``; raises ``EvaluationError``."""
    kind = value.kind
    if has_options(value):
        spread = over_options((value,), lambda only: attribute_of(evaluator, only[0], name))
        if spread is not None:
            evaluator.doubts += not spread[1]
            return spread[0]
    if kind in MAPPINGS:
        found: Value | None = value.data.get(name)
        if found is not None:
            return found
        if isinstance(value.rest, PossibleKeys):
            possible: Value | None = value.rest.possible.get(name)
            if possible is not None:
                evaluator.doubts += 1
                return possible
        elif value.rest is not None:
            evaluator.doubts += 1
            return unknown(_deeper(value.rest, name), of=value.of or DYNAMIC)
        what = "object" if kind is OBJECT else "map"
        raise EvaluationError(
            f'Unsupported attribute: This object does not have an attribute named "{name}".'
            if what == "object"
            else f'Missing map element: This map does not have an element with the key "{name}".'
        )
    if kind is UNKNOWN or kind is REST:
        evaluator.doubts += 1
        return unknown(_deeper(value.data, name), of=_member_type(value.type, name))
    if kind is NULL:
        raise EvaluationError(
            "Attempt to get attribute from null value: This value is null, so it does not have "
            "any attributes."
        )
    raise EvaluationError(
        f"Unsupported attribute: Can't access attributes on a {_kind_word(value)}."
        if kind in SEQUENCES
        else "Unsupported attribute: Can't access attributes on a "
        f"primitive-typed value ({friendly_name(value.type)})."
    )


def index_of(evaluator: Evaluator, value: Value, key: Value) -> Value:
    """``value[key]``; raises ``EvaluationError``."""
    kind = value.kind
    if has_options(value) or has_options(key):
        spread = over_options((value, key), lambda pair: index_of(evaluator, *pair))
        if spread is not None:
            evaluator.doubts += not spread[1]
            return spread[0]
    if kind is NULL:
        raise EvaluationError(
            "Attempt to index null value: This value is null, so it does not have any indices."
        )
    if key.kind is NULL:
        raise EvaluationError("Invalid index: Can't use a null value as an indexing key.")
    if kind is UNKNOWN or kind is REST:
        evaluator.doubts += 1
        return unknown(_indexed(value.data, key), of=_element_type(value.type))
    if kind in MAPPINGS:
        return _map_index(evaluator, value, key)
    if kind is TUPLE or kind is LIST:
        return _list_index(evaluator, value, key)
    if kind is SET:
        raise EvaluationError(
            "Invalid index: Elements of a set are identified only by their value and don't "
            "have any separate index or key to select with, so it's only possible to perform "
            "operations across all elements of the set."
        )
    raise EvaluationError("Invalid index: This value does not have any indices.")


def _map_index(evaluator: Evaluator, value: Value, key: Value) -> Value:
    try:
        name = convert(key, STRING_TYPE)
    except ConversionError as error:
        raise EvaluationError(
            "Invalid index: The given key does not identify an element in this collection "
            f"value: {error}."
        ) from error
    if name.kind is STRING and isinstance(name.data, str):
        found: Value | None = value.data.get(name.data)
        if found is not None:
            return found
        possible = value.rest.possible if isinstance(value.rest, PossibleKeys) else {}
        if name.data in possible:
            evaluator.doubts += 1
            perhaps: Value = possible[name.data]
            return perhaps
        if value.rest is None or isinstance(value.rest, PossibleKeys):
            raise EvaluationError(
                "Invalid index: The given key does not identify an element in this collection "
                "value."
            )
        evaluator.doubts += 1
        return unknown(_deeper(value.rest, name.data), of=value.of or DYNAMIC)
    evaluator.doubts += 1
    options = options_of_key(value, name)
    if options:
        return one_of(reasons_of(key), options, value.of)
    why = reasons_of(key, value) if value.has_rest else reasons_of(key)
    return unknown(_with_references(why, value), of=value.of or DYNAMIC)


def _list_index(evaluator: Evaluator, value: Value, key: Value) -> Value:
    try:
        at = convert(key, NUMBER_TYPE)
    except ConversionError as error:
        raise EvaluationError(
            "Invalid index: The given key does not identify an element in this collection "
            f"value: {error}."
        ) from error
    items: list[Value] = value.data
    if at.kind is UNKNOWN:
        evaluator.doubts += 1
        if items and not value.has_rest:
            return one_of(reasons_of(key), items, value.of)
        return unknown(_with_references(reasons_of(key), value), of=value.of or DYNAMIC)
    if not is_integer(at.data):
        raise EvaluationError(
            "Invalid index: The given key does not identify an element in this collection "
            "value: indexing a sequence requires a whole number, but the given index has a "
            "fractional part."
        )
    index = int(exact(at.data))
    if index < 0:
        raise EvaluationError(
            "Invalid index: The given key does not identify an element in this collection "
            "value: a negative number is not a valid index for a sequence."
        )
    rest = next((i for i, item in enumerate(items) if item.kind is REST), None)
    if rest is not None and index >= rest:
        evaluator.doubts += 1
        return unknown(reasons_of(*items[rest:]), of=value.of or DYNAMIC)
    if index >= len(items):
        detail = (
            "the collection has no elements"
            if not items
            else "the given index is greater than or equal to the length of the collection"
        )
        raise EvaluationError(
            "Invalid index: The given key does not identify an element in this collection "
            f"value: {detail}."
        )
    return items[index]


def splat(evaluator: Evaluator, node: Splat, scope: Scope) -> Value:
    """What ``a[*].b`` or ``a.*.b`` stands for; raises ``EvaluationError``."""
    source = evaluator.eval(node.of, scope)
    return _splat_over(evaluator, source, node.steps, node, scope)


def _splat_over(
    evaluator: Evaluator,
    source: Value,
    steps: tuple[tuple[str, Any], ...],
    node: Node,
    scope: Scope,
) -> Value:
    kind = source.kind
    if has_options(source):
        spread = over_options(
            (source,), lambda only: _splat_over(evaluator, only[0], steps, node, scope)
        )
        if spread is not None:
            evaluator.doubts += not spread[1]
            return spread[0]
    if kind is NULL:
        return tuple_of(())
    if kind is UNKNOWN or kind is REST:
        evaluator.doubts += 1
        if steps:
            name = "".join(f".{w}" if k == "attribute" else "[…]" for k, w in steps)
            return unknown(_deeper(source.data, "*" + name, star=True), not_null=True)
        return unknown(source.data, not_null=True)
    if kind not in SEQUENCES:
        items = [source]
    else:
        items = elements_in_order(source)
    results: list[Value] = []
    for item in items:
        evaluator.budget.spend(node)
        if item.kind is REST:
            made = [_splat_item(evaluator, each, steps, node, scope) for each in item.options]
            results.append(rest_over(item.data, made) if made else rest_of(item.data))
            continue
        results.append(_splat_item(evaluator, item, steps, node, scope))
    if kind is LIST or kind is SET:
        return _as_list(results)
    return tuple_of(results)


def _splat_item(
    evaluator: Evaluator, item: Value, steps: tuple[tuple[str, Any], ...], node: Node, scope: Scope
) -> Value:
    for kind, what in steps:
        if kind == "attribute":
            item = attribute_of(evaluator, item, what)
        elif kind == "index":
            item = index_of(evaluator, item, evaluator.eval(what, scope))
        else:
            item = _splat_over(evaluator, item, what, node, scope)
    return item


def _deeper(why: Unknown, name: str, *, star: bool = False) -> Unknown:
    """The unknown of an attribute of something unknown: the same reason, longer references."""
    suffix = f"[{name}" if star else f".{name}"
    if star:
        suffix = "[*]" + name.removeprefix("*")
    return Unknown(why.reason, [reference + suffix for reference in why.references])


def _indexed(why: Unknown, key: Value) -> Unknown:
    if key.kind is STRING and isinstance(key.data, str):
        suffix = f'["{key.data}"]'
    elif key.kind.name == "NUMBER" and is_integer(key.data):
        suffix = f"[{int(exact(key.data))}]"
    else:
        suffix = "[…]"
    return Unknown(why.reason, [reference + suffix for reference in why.references])


def _with_references(why: Unknown, value: Value) -> Unknown:
    """An index that is not known: what the elements refer to is still a hint for linking."""
    inner = first_unknown(value)
    if inner is None:
        return why
    return Unknown(why.reason, [*why.references, *reasons_of(value).references])


def _member_type(of: Type, name: str) -> Type:
    if isinstance(of, ObjectType):
        return of.attributes.get(name, DYNAMIC)
    return of.of if isinstance(of, MapType) else DYNAMIC


def _element_type(of: Type) -> Type:
    return of.of if isinstance(of, ListType | MapType | SetType) else DYNAMIC


def _as_list(items: list[Value]) -> Value:
    """Results of a splat over a list: a list when they have one type, as Terraform has it."""
    types = [item.type for item in items if item.kind is not REST]
    if not types or any(t != types[0] for t in types) or types[0] is DYNAMIC:
        return tuple_of(items) if types else Value(LIST, items, DYNAMIC)
    return Value(LIST, items, types[0])


def _kind_word(value: Value) -> str:
    return {LIST: "list of objects", SET: "set of objects", TUPLE: "tuple"}.get(value.kind, "value")
