"""``condition ? a : b`` when types differ or the condition is not known."""

from __future__ import annotations

from linter.core.values import Unknown
from linter.readers.terraform.cty.alternatives import one_of
from linter.readers.terraform.cty.convert import convert, soften
from linter.readers.terraform.cty.errors import ConversionError, EvaluationError
from linter.readers.terraform.cty.types import (
    DYNAMIC,
    STRING_TYPE,
    Collection,
    ObjectType,
    TupleType,
    Type,
    friendly_name,
    has_dynamic,
)
from linter.readers.terraform.cty.unify import unify
from linter.readers.terraform.cty.value import (
    NULL,
    STRING,
    Value,
    is_wholly_known,
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
    certain = not (_open(value) or _open(other)) or (wanted is not None and _only_text(wanted))
    if wanted is not None and (settled or (certain and not has_dynamic(wanted))):
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


def _only_text(of: Type) -> bool:
    """Whether nothing that is not known yet can make the type more general."""
    if isinstance(of, Collection):
        return _only_text(of.of)
    if isinstance(of, TupleType):
        return all(map(_only_text, of.items))
    if isinstance(of, ObjectType):
        return all(map(_only_text, of.attributes.values()))
    return of is STRING_TYPE


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
    results: list[Value] = []
    for a in then.options or (then,):
        for b in otherwise.options or (otherwise,):
            alike = a.type == b.type or _untyped_null(a) or _untyped_null(b)
            results += (a, b) if alike else (_try_chosen(a, b), _try_chosen(b, a))
    why = Unknown(f"it depends on a condition: {condition.reason}", condition.references)
    return one_of(why, results)


def _try_chosen(value: Value, other: Value) -> Value:
    try:
        return chosen(value, other)
    except EvaluationError:
        return value
