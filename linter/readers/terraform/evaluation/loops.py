"""``for`` expressions, and what loops of templates share with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linter.core.values import Unknown
from linter.readers.terraform.cty.alternatives import has_options, over_options, rest_over
from linter.readers.terraform.cty.convert import convert
from linter.readers.terraform.cty.errors import ConversionError
from linter.readers.terraform.cty.sets import elements_in_order
from linter.readers.terraform.cty.types import (
    DYNAMIC,
    NUMBER_TYPE,
    STRING_TYPE,
    Collection,
    Type,
    friendly_name,
)
from linter.readers.terraform.cty.value import (
    MAPPINGS,
    NULL,
    REST,
    SEQUENCES,
    SET,
    UNKNOWN,
    Value,
    marked,
    number,
    object_of,
    reasons_of,
    rest_of,
    string,
    tuple_of,
    unknown,
)
from linter.readers.terraform.evaluation.budget import MAX_ELEMENTS, LocatedError
from linter.readers.terraform.scope import Scope
from linter.readers.terraform.syntax.tree import For, Node

if TYPE_CHECKING:
    from linter.readers.terraform.evaluation.evaluator import Evaluator


def for_expression(evaluator: Evaluator, node: For, scope: Scope) -> Value:
    """A tuple, or an object when there is a key expression; raises ``LocatedError``."""
    source = evaluator.eval(node.collection, scope)
    if has_options(source):
        spread = over_options((source,), lambda only: _strictly(evaluator, node, only[0], scope))
        if spread is not None:
            evaluator.doubts += not spread[1]
            return spread[0]
    return marked(_for_over(evaluator, node, source, scope), source)


def _strictly(evaluator: Evaluator, node: For, source: Value, scope: Scope) -> Value:
    """One of several collections: what fails in it may never come to be."""
    evaluator.strict += 1
    try:
        return _for_over(evaluator, node, source, scope)
    finally:
        evaluator.strict -= 1


def _for_over(evaluator: Evaluator, node: For, source: Value, scope: Scope) -> Value:
    if source.kind is NULL:
        raise LocatedError(
            "Iteration over null value: A null value cannot be used as the collection in a "
            "'for' expression.",
            node.collection.origin,
        )
    if source.kind is UNKNOWN:
        evaluator.doubts += 1
        if node.key_expression is None:
            rest = rest_of(source.data, element_type(source.type))
            repeated = _repeated(evaluator, node, rest, scope)
            if repeated is not None and repeated.options:
                return tuple_of([repeated])
        return unknown(reasons_of(source), not_null=True)
    pairs = pairs_of(source, node.collection)
    if node.key_expression is not None:
        return _for_object(evaluator, node, pairs, scope)
    results: list[Value] = []
    for key, item in pairs:
        if item.kind is REST:
            repeated = _repeated(evaluator, node, item, scope)
            if repeated is not None:
                results.append(repeated)
            continue
        inner = bind(node.key, node.name, key, item, scope)
        wanted = _wanted(evaluator, node, inner)
        if wanted is False:
            continue
        if isinstance(wanted, Unknown):
            value, _ = evaluator.attempt(node.value_expression, inner)
            results.append(rest_of(wanted) if value is None else rest_over(wanted, [value]))
            continue
        results.append(evaluator.contained(node.value_expression, inner))
    return tuple_of(results)


def _repeated(evaluator: Evaluator, node: For, item: Value, scope: Scope) -> Value | None:
    """What the turns over elements that are not known give; ``None``: certainly nothing.

    The expression is evaluated once with an element of which nothing is known: what it says
    whatever the element is holds for each turn.
    """
    why = item.data
    made: list[Value] = []
    element = Unknown(why.reason, [f"{reference}[…]" for reference in why.references])
    for option in item.options or (unknown(element, of=item.of or DYNAMIC),):
        inner = bind(node.key, node.name, unknown(element), option, scope)
        if node.condition is not None:
            truth, _ = evaluator.attempt(node.condition, inner)
            if truth is None:
                return rest_of(why)
            if truth.data is False:
                continue
        value, _ = evaluator.attempt(node.value_expression, inner)
        if value is None:
            return rest_of(why)
        made.append(value)
    return rest_over(why, made) if made else None


def pairs_of(source: Value, node: Node) -> list[tuple[Value, Value]]:
    """(key, element) of a collection; ``REST`` elements stand for unknown ones."""
    kind = source.kind
    if kind in MAPPINGS:
        pairs = [
            (string(key, (source.key_origins or {}).get(key)), source.data[key])
            for key in sorted(source.data)
        ]
        if source.rest is not None:
            rest = rest_of(source.rest)
            mixed: list[tuple[Value, Value]] = [(rest, rest)]
            for pair in pairs:
                mixed += (pair, (rest, rest))
            pairs = mixed
    elif kind in SEQUENCES:
        items = elements_in_order(source)
        pairs = []
        certain = True
        for index, item in enumerate(items):
            certain = certain and item.kind is not REST
            if kind is SET:
                pairs.append((item, item))
            elif certain:
                pairs.append((number(index), item))
            else:
                pairs.append((unknown(reasons_of(*items), of=NUMBER_TYPE), item))
    else:
        raise LocatedError(
            "Iteration over non-iterable value: A value of type "
            f"{friendly_name(source.type)} cannot be used as the collection in a 'for' "
            "expression.",
            node.origin,
        )
    if len(pairs) > MAX_ELEMENTS:
        raise LocatedError(
            f"A loop over {len(pairs):,} elements is not evaluated (the limit is {MAX_ELEMENTS:,})",
            node.origin,
        )
    return pairs


def element_type(of: Type) -> Type:
    return of.of if isinstance(of, Collection) else DYNAMIC


def bind(key_name: str, name: str, key: Value, item: Value, scope: Scope) -> Scope:
    """The scope of one turn of a loop; without ``key_name`` the key has no name."""
    names = {name: item}
    if key_name:
        names[key_name] = key
    return Scope(names, scope)


def _wanted(evaluator: Evaluator, node: For, scope: Scope) -> bool | Unknown:
    if node.condition is None:
        return True
    truth = evaluator.condition(node.condition, scope)
    if truth.kind is UNKNOWN:
        found: Unknown = truth.data
        return found
    return bool(truth.data)


def _for_object(
    evaluator: Evaluator, node: For, pairs: list[tuple[Value, Value]], scope: Scope
) -> Value:
    assert node.key_expression is not None
    results: dict[str, Any] = {}
    origins: dict[str, Any] = {}
    rest: Unknown | None = None
    for key, item in pairs:
        if item.kind is REST:
            rest = item.data
            continue
        inner = bind(node.key, node.name, key, item, scope)
        wanted = _wanted(evaluator, node, inner)
        if wanted is False:
            continue
        name = _for_key(evaluator, node.key_expression, inner)
        if isinstance(wanted, Unknown) or not isinstance(name.data, str):
            rest = wanted if isinstance(wanted, Unknown) else reasons_of(name)
            if node.group and isinstance(name.data, str):
                results.setdefault(name.data, []).append(rest_of(rest))
            continue
        value = evaluator.contained(node.value_expression, inner)
        if node.group:
            results.setdefault(name.data, []).append(value)
        elif name.data in results:
            raise LocatedError(
                f'Duplicate object key: Two different items produced the key "{name.data}" in '
                "this 'for' expression. If duplicates are expected, use the ellipsis (...) "
                "after the value expression to enable grouping by key.",
                node.key_expression.origin,
            )
        else:
            results[name.data] = value
        origins.setdefault(name.data, name.origin)
    if node.group:
        results = _groups(results, rest)
    return object_of({key: results[key] for key in sorted(results)}, rest, key_origins=origins)


def _groups(groups: dict[str, list[Value]], rest: Unknown | None) -> dict[str, Value]:
    """Grouped values as tuples; with unknown members anywhere, each group may hold more."""
    made: dict[str, Value] = {}
    for key, items in groups.items():
        if all(item.kind is REST for item in items):
            continue  # the group may not exist at all
        if rest is not None:
            more = rest_of(rest)
            spread: list[Value] = [more]
            for item in items:
                spread += (item, more)
            items = spread
        made[key] = tuple_of(items)
    return made


def _for_key(evaluator: Evaluator, node: Node, scope: Scope) -> Value:
    key = evaluator.eval(node, scope)
    if key.kind is NULL:
        raise LocatedError(
            "Invalid object key: Key expression in 'for' expression must not produce a null value.",
            node.origin,
        )
    try:
        return convert(key, STRING_TYPE)
    except ConversionError as error:
        raise LocatedError(
            f"Invalid object key: The key expression produced an invalid result: {error}.",
            node.origin,
        ) from error
