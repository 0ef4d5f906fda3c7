"""What a function claims to know with some of its arguments unknown is what it finds later."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linter.core.values import PossibleKeys, Template, Unknown
from linter.readers.terraform.cty.alternatives import one_of, rest_over
from linter.readers.terraform.cty.convert import convert
from linter.readers.terraform.cty.equality import equals
from linter.readers.terraform.cty.errors import EvaluationError
from linter.readers.terraform.cty.types import (
    BOOL_TYPE,
    DYNAMIC,
    NUMBER_TYPE,
    STRING_TYPE,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
)
from linter.readers.terraform.cty.value import (
    MAPPINGS,
    SEQUENCES,
    SET,
    STRING,
    TUPLE,
    Value,
    boolean,
    from_plain,
    is_wholly_known,
    null,
    number,
    object_of,
    string,
    tuple_of,
    unknown,
)
from linter.readers.terraform.functions import call

sys.path.insert(0, str(Path(__file__).parent))
from tests.terraform.functions.covering import covers

WHY = Unknown("hidden", ("var.hidden",))


def hide(value: Value, chance: random.Random, depth: int = 0) -> Value:
    """The value with parts of it unknown, in every way the evaluator makes them so."""
    roll = chance.random()
    if roll < 0.2:
        others = _others(value, chance, depth)
        return one_of(WHY, [value, *chance.sample(others, 1 + chance.randint(0, 1))])
    if roll < 0.4:
        of = value.type if chance.random() < 0.5 else DYNAMIC
        known_type = of if value.kind is not Value else DYNAMIC
        return unknown(
            WHY, of=known_type, not_null=value.kind.name != "NULL" and chance.random() < 0.5
        )
    if value.kind is STRING and roll < 0.7:
        return _hide_text(value, chance)
    if value.kind in SEQUENCES:
        return _hide_elements(value, chance, depth)
    if value.kind in MAPPINGS:
        return _hide_keys(value, chance, depth)
    return value


def _others(value: Value, chance: random.Random, depth: int) -> list[Value]:
    """What the value might as well be: alternatives, the value itself among them when hidden."""
    others = [string("a"), number(1), null(), tuple_of([string("b")]), object_of({"a": null()})]
    if value.kind in SEQUENCES and value.kind is not SET:
        others.append(value.replaced(data=[*value.data, *value.data[:1]], _type=None))
        others.append(value.replaced(data=value.data[1:], _type=None))
    elif value.kind in MAPPINGS:
        fewer = {k: v for k, v in value.data.items() if chance.random() < 0.5}
        others.append(value.replaced(data=fewer, _type=None))
        if value.data:
            more = {"a": next(iter(value.data.values())), **value.data}
            others.append(value.replaced(data=more, _type=None))
    if depth < 2:
        others.append(hide(value, chance, depth + 1))
    return others


def _hide_text(value: Value, chance: random.Random) -> Value:
    text = value.data
    first, second = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
    parts = [part for part in (text[:first], WHY, text[second:]) if part != ""]
    return Value(STRING, Template(parts))


def _hide_elements(value: Value, chance: random.Random, depth: int) -> Value:
    items = [hide(item, chance, depth + 1) for item in value.data]
    if chance.random() < 0.4:
        first, second = sorted((chance.randint(0, len(items)), chance.randint(0, len(items))))
        seen = items[first:second]
        options = [*seen, *items[:1]] if chance.random() < 0.5 else []
        items[first:second] = [rest_over(WHY, options, value.of or DYNAMIC)]
    if value.kind is SET:
        known = [item for item in items if is_wholly_known(item)]
        items = known + [i for i in items if not is_wholly_known(i)]
    of = value.of
    if value.kind is not TUPLE and any(not is_wholly_known(item) for item in items):
        # The evaluator does not always know the element type.
        if (
            chance.random() < 0.3
            and all(i.kind in (STRING,) or not is_wholly_known(i) for i in items)
            and value.of is STRING_TYPE
        ):
            of = STRING_TYPE
        items = [
            i.replaced(of=value.of, _type=None)
            if not is_wholly_known(i) and i.type is DYNAMIC
            else i
            for i in items
        ]
    return Value(value.kind, items, of)


def _hide_keys(value: Value, chance: random.Random, depth: int) -> Value:
    items = {}
    dropped = {}
    for name, item in value.data.items():
        if chance.random() < 0.25:
            dropped[name] = hide(item, chance, depth + 1)
        else:
            items[name] = hide(item, chance, depth + 1)
    rest: Unknown | None = WHY if dropped or chance.random() < 0.2 else None
    if rest is not None and chance.random() < 0.6:
        possible = dict(dropped)
        if "d" not in value.data and (value.of is None or value.of is STRING_TYPE):
            possible["d"] = string("d")
        rest = PossibleKeys(WHY.reason, WHY.references, possible)
    return Value(value.kind, items, value.of, rest=rest)


texts = st.sampled_from(["a", "b", "c", "ab", "a,b", "", "A b", "1", " x ", "a/b/c", "x\n", "%"])
strings = texts.map(string)
numbers = st.integers(-2, 4).map(number)
bools = st.booleans().map(boolean)
scalars = st.one_of(strings, numbers, bools, st.just(null()))


def tuples(inner: st.SearchStrategy[Value], size: int = 4) -> st.SearchStrategy[Value]:
    return st.lists(inner, max_size=size).map(lambda items: Value(TUPLE, items))


def objects(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    names = st.sampled_from(["a", "b", "c", "d"])
    return st.dictionaries(names, inner, max_size=4).map(
        lambda items: Value(from_plain({}).kind, items)
    )


def _as(values: st.SearchStrategy[Value], wanted: object) -> st.SearchStrategy[Value]:
    def attempt(value: Value) -> Value:
        try:
            return convert(value, wanted)  # type: ignore[arg-type]
        except EvaluationError:
            return value

    return values.map(attempt)


string_tuples = tuples(strings)
any_items = st.one_of(strings, numbers, tuples(scalars, 2), objects(scalars))
string_lists = _as(string_tuples, ListType(STRING_TYPE))
number_lists = _as(tuples(numbers), ListType(NUMBER_TYPE))
lists = st.one_of(
    string_tuples,
    tuples(scalars),
    tuples(any_items),
    string_lists,
    number_lists,
    _as(tuples(objects(strings)), ListType(DYNAMIC)),
)
sets = st.one_of(
    _as(string_tuples, SetType(STRING_TYPE)), _as(tuples(numbers), SetType(NUMBER_TYPE))
)
sequences = st.one_of(lists, sets)
mappings = st.one_of(
    objects(any_items),
    objects(scalars),
    _as(objects(strings), MapType(STRING_TYPE)),
    _as(objects(numbers), MapType(NUMBER_TYPE)),
)
anything = st.one_of(scalars, sequences, mappings)
formats = st.sampled_from(
    ["%s", "x%sy", "%s/%s", "%v", "%d", "%q", "%5s|", "%-4s|%s", "a", "%%%s", "%.1s", "%t"]
).map(string)
indices = st.integers(-1, 4).map(number)

CALLS: dict[str, list[st.SearchStrategy[Value]]] = {
    "length": [anything],
    "element": [lists, indices],
    "concat": [lists, lists, lists],
    "flatten": [st.one_of(sequences, tuples(lists))],
    "reverse": [sequences],
    "slice": [lists, indices, indices],
    "sort": [st.one_of(string_tuples, string_lists, sets)],
    "distinct": [sequences],
    "compact": [st.one_of(tuples(st.one_of(strings, st.just(null()))), string_lists)],
    "contains": [sequences, st.one_of(strings, numbers)],
    "index": [lists, st.one_of(strings, numbers)],
    "chunklist": [lists, st.integers(0, 3).map(number)],
    "coalescelist": [lists, lists],
    "one": [st.one_of(tuples(strings, 1), sets)],
    "matchkeys": [string_tuples, string_tuples, string_tuples],
    "keys": [mappings],
    "values": [mappings],
    "lookup": [mappings, st.sampled_from(["a", "b", "c"]).map(string), scalars],
    "merge": [mappings, mappings, mappings],
    "zipmap": [tuples(strings, 2), tuples(scalars, 2)],
    "transpose": [_as(objects(string_tuples), MapType(ListType(STRING_TYPE)))],
    "alltrue": [tuples(bools)],
    "anytrue": [tuples(bools)],
    "coalesce": [scalars, scalars, scalars],
    "setunion": [sequences, sequences],
    "setintersection": [sequences, sequences],
    "setsubtract": [sequences, sequences],
    "setproduct": [sequences, sequences],
    "tolist": [st.one_of(sequences, st.just(null()))],
    "toset": [sequences],
    "tomap": [mappings],
    "tostring": [scalars],
    "tonumber": [scalars],
    "tobool": [scalars],
    "lower": [strings],
    "upper": [strings],
    "title": [strings],
    "strrev": [strings],
    "substr": [strings, indices, indices],
    "join": [strings, string_tuples, st.one_of(sets, string_lists)],
    "split": [st.sampled_from([",", "/", "", "ab"]).map(string), strings],
    "replace": [strings, strings, strings],
    "indent": [st.integers(0, 3).map(number), strings],
    "trimspace": [strings],
    "trim": [strings, strings],
    "chomp": [strings],
    "trimprefix": [strings, strings],
    "trimsuffix": [strings, strings],
    "startswith": [strings, strings],
    "endswith": [strings, strings],
    "strcontains": [strings, strings],
    "format": [formats, scalars],
    "formatlist": [formats, st.one_of(strings, string_tuples)],
    "jsonencode": [anything],
    "jsondecode": [anything],
    "base64encode": [strings],
    "base64decode": [strings.map(lambda item: call("base64encode", [item], _NoContext()))],  # type: ignore[arg-type]
    "max": [numbers, numbers],
    "sum": [tuples(numbers)],
    "range": [indices],
    "regexall": [st.sampled_from(["a", "(b)", "."]).map(string), strings],
    "yamlencode": [anything],
    "nonsensitive": [scalars],
}


class _NoContext:
    """No function here reads files."""


def _called(name: str, arguments: list[Value]) -> Value:
    if name == "jsondecode":
        arguments = [call("jsonencode", arguments, _NoContext())]  # type: ignore[arg-type]
    return call(name, arguments, _NoContext())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CALLS)
def test_what_is_claimed_is_found(name: str) -> None:
    @settings(
        max_examples=40,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(arguments=st.tuples(*CALLS[name]), seed=st.integers(0, 2**32))
    def check(arguments: tuple[Value, ...], seed: int) -> None:
        try:
            actual = _called(name, list(arguments))
        except EvaluationError:
            return
        if actual.is_unknown:  # Terraform itself does not know
            return
        chance = random.Random(seed)
        hidden = [hide(item, chance) if chance.random() < 0.8 else item for item in arguments]
        claim = _called(name, hidden)
        assert covers(claim, actual), f"{name}({hidden}) = {claim}, but {arguments} give {actual}"

    check()


@settings(max_examples=200, deadline=None, database=None)
@given(left=anything, right=anything, seed=st.integers(0, 2**32))
def test_equality_is_sound(left: Value, right: Value, seed: int) -> None:
    chance = random.Random(seed)
    right = left if chance.random() < 0.4 else right
    claim = equals(hide(left, chance), hide(right, chance))
    assert claim is None or claim == equals(left, right)


TYPES = [
    STRING_TYPE,
    NUMBER_TYPE,
    BOOL_TYPE,
    ListType(STRING_TYPE),
    ListType(),
    SetType(),
    SetType(NUMBER_TYPE),
    MapType(),
    MapType(STRING_TYPE),
    ListType(MapType()),
    ObjectType({"a": STRING_TYPE, "b": DYNAMIC}, ["b"]),
    TupleType([STRING_TYPE, DYNAMIC]),
    ObjectType({"a": STRING_TYPE, "b": NUMBER_TYPE}, ["a", "b"], {"b": number(7)}),
    ListType(ObjectType({"a": STRING_TYPE}, ["a"])),
    MapType(ListType(STRING_TYPE)),
]


@settings(max_examples=200, deadline=None, database=None)
@given(value=anything, wanted=st.sampled_from(TYPES), seed=st.integers(0, 2**32))
def test_conversion_is_sound(value: Value, wanted: object, seed: int) -> None:
    try:
        actual = convert(value, wanted)  # type: ignore[arg-type]
    except EvaluationError:
        return
    hidden = hide(value, random.Random(seed))
    claim = convert(hidden, wanted)  # type: ignore[arg-type]
    assert covers(claim, actual), f"{hidden} to {wanted} = {claim}, but {value} gives {actual}"


def test_hiding_hides() -> None:
    chance = random.Random(5)
    source = from_plain({"a": ["x", 1], "b": "text"})
    assert any(not is_wholly_known(hide(source, chance)) for _ in range(5))
