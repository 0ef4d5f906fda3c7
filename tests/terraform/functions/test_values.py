"""Numbers, conversion, equality, plain values."""

from __future__ import annotations

from fractions import Fraction

import pytest

from linter.core.values import OpenDict, Rest, Template, Unknown
from linter.readers.terraform.cty import numbers
from linter.readers.terraform.cty.convert import convert
from linter.readers.terraform.cty.equality import equals
from linter.readers.terraform.cty.errors import ConversionError, FunctionError
from linter.readers.terraform.cty.graphemes import count_clusters
from linter.readers.terraform.cty.json_text import check_size
from linter.readers.terraform.cty.sets import set_of
from linter.readers.terraform.cty.types import (
    BOOL_TYPE,
    DYNAMIC,
    NUMBER_TYPE,
    STRING_TYPE,
    ListType,
    MapType,
    ObjectType,
    SetType,
    constraint_name,
)
from linter.readers.terraform.cty.unify import unify
from linter.readers.terraform.cty.value import (
    SET,
    TUPLE,
    Value,
    from_plain,
    list_of,
    null,
    number,
    object_of,
    plain,
    rest_of,
    string,
    tuple_of,
    unknown,
)

WHY = Unknown("var.x has no default", ("var.x",))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0", "0"), ("007", "7"), ("1.50", "1.5"), ("1e3", "1000"), ("1E-3", "0.001"),
        ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
        (".5", "0.5"), ("5.", "5"), ("-12.25e1", "-122.5"), ("1e40", "1" + "0" * 40),
        ("0.1", "0.1"), ("1e-40", "0." + "0" * 39 + "1"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_terraform_writes_them(text: str, shown: str) -> None:
    assert numbers.format_number(numbers.parse_number(text)) == shown


@pytest.mark.parametrize(
    "text", ["", " 1", "1_000", "0x10", "1e", "--1", "inf", "1e99999999", "１"]
)
def test_what_is_not_a_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        numbers.parse_number(text)


def test_arithmetic_has_512_bits() -> None:
    third = numbers.divide(1, 3)
    assert numbers.format_number(numbers.multiply(third, 3)) == "1"
    assert len(numbers.format_number(third)) == 157
    tenth, fifth = numbers.parse_number("0.1"), numbers.parse_number("0.2")
    assert numbers.format_number(numbers.add(tenth, fifth)) == "0.3"
    assert numbers.rounded((1 << 512) + 1) == 1 << 512
    assert numbers.format_number((1 << 600) + 0).endswith("0")


def test_integers_of_any_length_can_be_written() -> None:
    digits = numbers.format_number(numbers.parse_number("9" * 100))
    assert digits == "9" * 100
    huge = numbers.parse_number("1" * 15_000)
    assert len(numbers.format_number(huge)) == 15_000


def test_zero_keeps_its_sign() -> None:
    assert numbers.format_number(numbers.negate(0)) == "-0"
    assert plain(number(numbers.negate(0))) == 0


def test_plain_gives_the_values_of_the_core() -> None:
    value = object_of(
        {
            "list": tuple_of([string("a"), rest_of(WHY), unknown(WHY)]),
            "text": string(Template(("arn:", WHY))),
            "half": number(Fraction(1, 2)),
            "none": null(STRING_TYPE),
        },
        WHY,
    )
    made = plain(value)
    assert made == {
        "list": ["a", Rest(WHY.reason, WHY.references), WHY],
        "text": Template(("arn:", WHY)),
        "half": 0.5,
        "none": None,
    }
    assert isinstance(made, OpenDict)
    assert made.rest == WHY


def test_plain_of_a_bomb_gives_up() -> None:
    value = tuple_of([string("x")] * 10)
    for _ in range(12):
        value = tuple_of([value] * 10)
    assert "too large" in repr(plain(value))
    with pytest.raises(FunctionError, match="longer"):
        check_size(value)


def test_from_plain_and_back() -> None:
    data = {"a": [1, 2.5, "x", True, None], "b": {"c": []}}
    assert plain(from_plain(data)) == data


def test_text_is_normalised() -> None:
    assert string("e\u0301").data == "é"
    assert count_clusters("e\u0308\u0301x") == 2


def test_conversion_fills_in_defaults() -> None:
    wanted = ListType(
        ObjectType(
            {"name": STRING_TYPE, "size": NUMBER_TYPE, "note": STRING_TYPE},
            ["size", "note"],
            {"size": number(3)},
        )
    )
    made = convert(
        from_plain([{"name": 5}, {"name": "b", "size": None}, {"name": "c", "size": "9"}]), wanted
    )
    assert plain(made) == [
        {"name": "5", "size": 3, "note": None},
        {"name": "b", "size": 3, "note": None},
        {"name": "c", "size": 9, "note": None},
    ]


@pytest.mark.parametrize(
    ("data", "wanted", "message"),
    [
        ("x", NUMBER_TYPE, "a number is required"),
        ("TRUE", BOOL_TYPE, 'a bool is required; to convert from string, use lowercase "true"'),
        ([1, {}], ListType(STRING_TYPE), "element 1: string required"),
        ({"a": 1}, ObjectType({"b": STRING_TYPE}), 'attribute "b" is required'),
        ({}, ObjectType({"b": STRING_TYPE, "a": STRING_TYPE}),
         'attributes "a" and "b" are required'),
        ({"a": []}, ObjectType({"a": STRING_TYPE}), 'attribute "a": string required'),
        (["a", {}], ListType(), "all list elements must have the same type"),
        ("x", MapType(STRING_TYPE), "map of string required"),
        ([1], MapType(), "map of any single type required"),
    ],
)  # fmt: skip
def test_conversions_that_fail_say_why(data: object, wanted: object, message: str) -> None:
    with pytest.raises(ConversionError) as caught:
        convert(from_plain(data), wanted)  # type: ignore[arg-type]
    assert caught.value.message == message


def test_a_failing_part_is_named() -> None:
    with pytest.raises(ConversionError) as caught:
        convert(from_plain({"a": ["1", "x"]}), MapType(ListType(NUMBER_TYPE)))
    assert caught.value.path == ("a", 1)


def test_conversion_of_the_unknown_keeps_what_is_certain() -> None:
    made = convert(tuple_of([string("b"), unknown(WHY), number(1)]), ListType(DYNAMIC))
    assert plain(made) == ["b", WHY, "1"]
    open_map = convert(object_of({"a": number(1)}, WHY), MapType(STRING_TYPE))
    assert plain(open_map) == {"a": "1"}
    assert open_map.rest is WHY
    typed = convert(unknown(WHY), ListType(STRING_TYPE))
    assert typed.type == ListType(STRING_TYPE)


def test_equality_of_partly_known_values() -> None:
    assert equals(string(Template(("a", WHY))), string("b")) is False
    assert equals(string(Template(("a", WHY))), string("ab")) is None
    assert equals(tuple_of([string("a"), unknown(WHY)]), from_plain(["b", "c"])) is False
    assert equals(tuple_of([unknown(WHY)]), from_plain(["b"])) is None
    assert equals(unknown(WHY, of=NUMBER_TYPE), string("x")) is False
    assert equals(unknown(WHY, not_null=True), null()) is False
    assert equals(unknown(WHY), null()) is None
    assert equals(list_of([string("a")], STRING_TYPE), from_plain(["a"])) is False


def test_sets_are_sorted_and_distinct() -> None:
    made = set_of([string("b"), unknown(WHY), string("a"), string("b")], STRING_TYPE)
    assert made.kind is SET
    assert plain(made) == ["a", "b", WHY]
    as_list = convert(made, ListType(STRING_TYPE))
    rest = Rest(WHY.reason, WHY.references)
    assert plain(as_list) == [rest, "a", rest, "b", rest]


def test_types_have_names() -> None:
    assert constraint_name(SetType(MapType(NUMBER_TYPE))) == "set of map of number"
    assert unify([STRING_TYPE, NUMBER_TYPE]) is STRING_TYPE
    assert unify([NUMBER_TYPE, BOOL_TYPE]) is None
    assert Value(TUPLE, [rest_of(WHY)]).type is DYNAMIC
