"""Values of which one of a few holds and which one is not known: making them, computing with them.

``var.big ? "ml.p4d.24xlarge" : "ml.m5.large"``, ``map[var.env]``, ``lookup(map, var.env)``: an
``UNKNOWN`` with ``options``. A computation is done with each of them, so that what comes out is
again one of a few. An option with which Terraform would stop is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from math import prod
from typing import Any

from linter.core.values import PossibleKeys, Unknown
from linter.readers.terraform.cty.equality import equals
from linter.readers.terraform.cty.errors import EvaluationError
from linter.readers.terraform.cty.types import BOOL_TYPE, DYNAMIC, Type
from linter.readers.terraform.cty.value import (
    LIST,
    MAP,
    MAPPINGS,
    NULL,
    OBJECT,
    REST,
    STRING,
    TUPLE,
    UNKNOWN,
    EncodedValue,
    Value,
    is_wholly_known,
    reasons_of,
    rest_of,
    unknown,
)

MAX_OPTIONS = 24
"""Of more alternatives nothing is kept."""

MAX_COMBINATIONS = 64
"""How often one computation is done at most."""

_MAX_DEPTH = 20
_LISTS = (TUPLE, LIST)


def one_of(why: Unknown, options: Iterable[Value], of: Type | None = None) -> Value:
    """A value that is one of these; what all agree in is certain.

    ``of`` is the type of the result where the options alone do not say it.
    """
    return _one_of(why, list(options), of, 0)


def _one_of(why: Unknown, options: list[Value], of: Type | None, depth: int) -> Value:
    found = _distinct(options)
    if found is None:
        return unknown(why, of=of or DYNAMIC)
    if len(found) == 1:
        return found[0]
    merged = _same_shape(why, found, depth) if depth < _MAX_DEPTH else None
    return merged if merged is not None else _undecided(why, found, of)


def _undecided(why: Unknown, options: list[Value], of: Type | None) -> Value:
    types = [item.type for item in options]
    common = types[0] if all(item == types[0] for item in types) else of or DYNAMIC
    references = dict.fromkeys(why.references)
    for item in options:
        if not is_wholly_known(item):
            references.update(dict.fromkeys(reasons_of(item).references))
    not_null = all(_is_not_null(item) for item in options)
    made = unknown(Unknown(why.reason, references), of=common, not_null=not_null)
    if common is BOOL_TYPE and not_null:
        return made  # both truths say nothing
    made.options = tuple(options)
    made.sensitive = any(item.sensitive for item in options)
    return made


def _is_not_null(value: Value) -> bool:
    return value.not_null if value.kind is UNKNOWN else value.kind is not NULL


def _distinct(options: Iterable[Value]) -> list[Value] | None:
    """The options, each once, nested ones spread out; ``None`` when there are too many."""
    found: list[Value] = []
    for option in options:
        for item in option.options if option.kind is UNKNOWN and option.options else (option,):
            at = next((i for i, other in enumerate(found) if _same(item, other)), None)
            if at is None:
                found.append(item)
            elif item.links != found[at].links:  # the same text, of one thing or another
                links = dict.fromkeys((*found[at].links, *item.links))
                found[at] = found[at].replaced(links=tuple(links))
            if len(found) > MAX_OPTIONS:
                return None
    return found


def _same(a: Value, b: Value) -> bool:
    if a is b:
        return True
    if a.kind is not b.kind or a.type != b.type:
        return False
    if a.decoded is not None or b.decoded is not None:
        return False
    if a.kind is UNKNOWN:
        same = a.not_null == b.not_null and not a.options and not b.options
        return same and bool(a.data == b.data)
    return is_wholly_known(a) and is_wholly_known(b) and equals(a, b) is True


def _same_shape(why: Unknown, options: list[Value], depth: int) -> Value | None:
    """Options that differ only inside, as one value in which those parts are alternatives."""
    first = options[0]
    kind = first.kind
    if any(item.kind is not kind or item.has_rest for item in options):
        return None
    if kind in MAPPINGS:
        keys = first.data.keys()
        if any(item.data.keys() != keys for item in options):
            return None
        parts = {key: _one_of(why, [o.data[key] for o in options], None, depth + 1) for key in keys}
        origins: dict[str, Any] = {}
        for item in reversed(options):
            origins.update(item.key_origins or {})
        return Value(
            kind, parts, _common_of(options), key_origins=origins or None, origin=first.origin
        )
    if kind in _LISTS and len({len(item.data) for item in options}) == 1:
        columns = zip(*(item.data for item in options), strict=True)
        items = [_one_of(why, list(column), None, depth + 1) for column in columns]
        return Value(kind, items, _common_of(options), origin=first.origin)
    if kind is STRING and all(item.decoded is not None for item in options):
        return _encoded(why, options, depth)
    return None


def _encoded(why: Unknown, options: list[Value], depth: int) -> Value:
    """One of several encoded documents: the document is what they have in common."""
    from linter.core.values import Template

    documents = [item.decoded for item in options if item.decoded is not None]
    inner = _one_of(why, documents, None, depth + 1)
    document = joined(inner) or inner
    text = Template((why,))
    return EncodedValue(document, lambda _: text, why)


def _common_of(options: Sequence[Value]) -> Type | None:
    first = options[0].of
    return first if all(item.of == first for item in options) else DYNAMIC


def joined(value: Value) -> Value | None:
    """What is certain of a collection that is one of several; ``None`` when they are unlike.

    Elements that all have are there, others may be: a ``REST``, or keys that are possible.
    """
    if value.kind is not UNKNOWN or not value.options:
        return None
    options = value.options
    if all(item.kind in MAPPINGS for item in options):
        return _joined_mappings(value.data, options)
    if all(item.kind in _LISTS for item in options):
        return _joined_lists(value.data, options)
    return None


def _joined_mappings(why: Unknown, options: Sequence[Value]) -> Value:
    names = dict.fromkeys(name for item in options for name in item.data)
    certain: dict[str, Value] = {}
    possible: dict[str, Value] = {}
    open_end: Unknown | None = None
    for item in options:
        if isinstance(item.rest, PossibleKeys):
            names.update(dict.fromkeys(item.rest.possible))
        elif item.rest is not None:
            open_end = item.rest
    for name in names:
        found = [item.data[name] for item in options if name in item.data]
        everywhere = len(found) == len(options)
        found += [
            item.rest.possible[name]
            for item in options
            if isinstance(item.rest, PossibleKeys) and name in item.rest.possible
        ]
        (certain if everywhere else possible)[name] = one_of(why, found)
    rest: Unknown | None = open_end
    if rest is None and possible:
        rest = PossibleKeys(why.reason, why.references, possible)
    origins: dict[str, Any] = {}
    for item in reversed(options):
        origins.update(item.key_origins or {})
    kind = MAP if all(item.kind is MAP for item in options) else OBJECT
    of = _common_of(options) if kind is MAP else None
    origin = options[0].origin
    return Value(kind, certain, of, rest=rest, key_origins=origins or None, origin=origin)


def _joined_lists(why: Unknown, options: Sequence[Value]) -> Value:
    rows = [item.data for item in options]
    start = _shared(rows)
    rows = [row[start:] for row in rows]
    end = _shared([row[::-1] for row in rows])
    middles = [row[: len(row) - end] for row in rows]
    before = options[0].data[:start]
    after = rows[0][len(rows[0]) - end :]
    elements = [item for row in middles for item in row]
    of = options[0].of if options[0].kind is LIST else None
    kind = LIST if all(item.kind is LIST and item.of == of for item in options) else TUPLE
    middle = rest_over(why, elements, (of or DYNAMIC) if kind is LIST else DYNAMIC)
    return Value(
        kind, [*before, middle, *after], of if kind is LIST else None, origin=options[0].origin
    )


def _shared(rows: Sequence[list[Value]]) -> int:
    count = 0
    for column in zip(*rows, strict=False):
        if any(item.kind is REST for item in column):
            break
        if any(not (item is column[0] or _same(item, column[0])) for item in column):
            break
        count += 1
    return count


def rest_over(why: Unknown, elements: Iterable[Value], of: Type = DYNAMIC) -> Value:
    """A ``REST`` each of whose elements is one of these (some of which may be ``REST``)."""
    options: list[Value] = []
    for item in elements:
        if item.kind is REST and not item.options:
            return rest_of(why, of)
        options += item.options if item.kind in (REST, UNKNOWN) and item.options else (item,)
    found = _distinct(options)
    if not found:
        return rest_of(why, of)
    return rest_of(why, of, found, found[0].origin)


def has_options(value: Value) -> bool:
    return value.kind is UNKNOWN and bool(value.options)


def over_options(
    arguments: Sequence[Value], compute: Callable[[list[Value]], Value]
) -> tuple[Value, bool] | None:
    """The result for every combination of what the arguments may be, and whether all had one.

    ``None`` when there is nothing to combine, or too much. Raises the first error when no
    combination has a result.
    """
    choices = [item.options if has_options(item) else (item,) for item in arguments]
    count = prod(map(len, choices))
    if count <= 1 or count > MAX_COMBINATIONS:
        return None
    results: list[Value] = []
    failure: EvaluationError | None = None
    for combination in product(*choices):
        try:
            results.append(compute(list(combination)))
        except EvaluationError as error:
            failure = failure or error
    if not results and failure is not None:
        raise failure
    why = reasons_of(*(item for item in arguments if has_options(item)))
    return one_of(why, results), failure is None
