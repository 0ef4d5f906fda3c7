"""``condition ? a : b`` when types differ or the condition is not known."""

from __future__ import annotations

from linter.core.values import Unknown
from linter.readers.terraform.cty.convert import convert, soften
from linter.readers.terraform.cty.equality import equals
from linter.readers.terraform.cty.errors import ConversionError, EvaluationError
from linter.readers.terraform.cty.types import DYNAMIC, Type, friendly_name, has_dynamic
from linter.readers.terraform.cty.unify import unify
from linter.readers.terraform.cty.value import (
    MAPPINGS,
    NULL,
    OBJECT,
    SEQUENCES,
    STRING,
    TUPLE,
    Value,
    is_wholly_known,
    object_of,
    plain,
    tuple_of,
    unknown,
)


def chosen(value: Value, other: Value | None) -> Value:
    """The branch a known condition takes, converted to the type both branches share.

    ``other`` is ``None`` when the other branch cannot be evaluated.
    """
    if other is None:
        return value
    if value.type == other.type:
        return value
    if _untyped_null(value) or _untyped_null(other):
        return value if not _untyped_null(value) else _typed_null(value, other)
    wanted = _shared_type(value, other)
    # Where everything is known, a type that is left open is so for Terraform as well (the elements
    # of an empty list, a null), and takes whatever stands there.
    settled = is_wholly_known(value) and is_wholly_known(other)
    if wanted is not None and (settled or not has_dynamic(wanted)):
        try:
            return convert(value, wanted)
        except ConversionError as error:
            raise _inconsistent(value, other) from error
    if wanted is None and (settled or not (_open(value) or _open(other))):
        raise _inconsistent(value, other)
    if value.kind is STRING:
        return value
    # The other branch may yet decide the type (a number may become text): only what no
    # conversion changes is certain.
    return soften(value, Unknown("the type depends on the other branch of a condition"))


def _untyped_null(value: Value) -> bool:
    return value.kind is NULL and value.type is DYNAMIC


def _typed_null(value: Value, other: Value) -> Value:
    return value.replaced(of=other.type, _type=None) if not has_dynamic(other.type) else value


def _open(value: Value) -> bool:
    return has_dynamic(value.type)


def _shared_type(value: Value, other: Value) -> Type | None:
    return unify([value.type, other.type])


def _inconsistent(value: Value, other: Value) -> EvaluationError:
    return EvaluationError(
        "Inconsistent conditional result types: The true and false result expressions must have "
        f"consistent types. The 'true' value is {friendly_name(value.type)}, but the 'false' value "
        f"is {friendly_name(other.type)}."
    )


def either(condition: Unknown, then: Value, otherwise: Value) -> Value:
    """What is certain whichever branch an unknown condition takes."""
    a, b = then, otherwise
    if then.type != otherwise.type and not (_untyped_null(then) or _untyped_null(otherwise)):
        a, b = _try_chosen(then, otherwise), _try_chosen(otherwise, then)
    return _merge(condition, a, b, depth=0)


def _try_chosen(value: Value, other: Value) -> Value:
    try:
        return chosen(value, other)
    except EvaluationError:
        return value


def _merge(condition: Unknown, a: Value, b: Value, depth: int) -> Value:
    if equals(a, b) and is_wholly_known(a):
        if a.links != b.links:  # the same text, of one thing or another
            return a.replaced(links=tuple(dict.fromkeys((*a.links, *b.links))))
        return a
    if depth < 20 and a.kind is b.kind and not a.has_rest and not b.has_rest:
        if a.kind in MAPPINGS and a.data.keys() == b.data.keys():
            merged = {k: _merge(condition, a.data[k], b.data[k], depth + 1) for k in a.data}
            if a.kind is OBJECT:
                return object_of(merged, key_origins=a.key_origins, origin=a.origin)
            return Value(a.kind, merged, a.of, key_origins=a.key_origins, origin=a.origin)
        if (
            a.kind in SEQUENCES
            and a.kind is not None
            and len(a.data) == len(b.data)
            and a.kind.name != "SET"
        ):
            items = [
                _merge(condition, x, y, depth + 1) for x, y in zip(a.data, b.data, strict=True)
            ]
            if a.kind is TUPLE:
                return tuple_of(items, a.origin)
            return Value(a.kind, items, a.of, origin=a.origin)
    references = [*condition.references]
    for side in (a, b):
        references.extend(_references(side))
    alternatives = [plain(side) for side in (a, b)]
    reason = f"it depends on a condition: {condition.reason}"
    of = a.type if a.type == b.type else DYNAMIC
    return unknown(Unknown(reason, references, alternatives), of=of)


def _references(value: Value) -> tuple[str, ...]:
    from linter.readers.terraform.cty.value import reasons_of

    return () if is_wholly_known(value) else reasons_of(value).references
