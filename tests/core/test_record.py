"""Records and entities: fields, defaults, comparison, and what is made when."""

from __future__ import annotations

import dataclasses
from functools import cached_property

import pytest

from linter.core.record import as_plain, entity, field, fields_of, record, replace


@record
class Point:
    """A point."""

    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list, compare=False)


@record
class Other:
    """Another class with the same fields."""

    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list, compare=False)


@record
class Nothing:
    """A record without fields."""


@record
class Named(Point):
    """A record that adds a field."""

    name: str = ""


def test_records_compare_by_their_fields_and_class() -> None:
    assert Point(1, 2) == Point(1, 2)
    assert Point(1, 2) != Point(1, 3)
    assert Point(1) != Other(1)
    assert Point(1, tags=["a"]) == Point(1, tags=["b"])
    assert Nothing() == Nothing()
    assert Named(1, 2, name="a") != Named(1, 2, name="b")


def test_equal_records_have_one_hash() -> None:
    assert len({Point(1, 2), Point(1, 2, ["x"]), Point(2, 1)}) == 2
    assert hash(Named(1, name="n")) == hash(Named(1, 0, name="n"))


def test_fields_in_order_with_those_of_the_base_first() -> None:
    assert list(fields_of(Named)) == list(fields_of(Named(1))) == ["x", "y", "tags", "name"]
    assert list(fields_of("text")) == []
    assert replace(Point(1, 2), y=5) == Point(1, 5)
    with pytest.raises(TypeError, match="z"):
        replace(Point(1), z=1)
    assert as_plain({"at": [Point(1, tags=["t"])]}) == {"at": [{"x": 1, "y": 0, "tags": ["t"]}]}
    match Point(3, 4):
        case Point(x, y):
            assert (x, y) == (3, 4)


def test_a_record_shows_its_fields() -> None:
    assert repr(Named(1, name="n")) == "Named(x=1, y=0, tags=[], name='n')"


def test_records_have_no_dict() -> None:
    assert not hasattr(Point(1), "__dict__")


def test_a_default_that_is_made_is_made_for_each_object() -> None:
    first, second = Point(1), Point(1)
    first.tags.append("only here")
    assert second.tags == []


@pytest.mark.parametrize("arguments", [(), (1, 2, [], "too many")])
def test_wrong_arguments_are_refused_as_by_any_class(arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError, match="__init__"):
        Point(*arguments)  # type: ignore[arg-type]


def test_a_shared_default_is_refused() -> None:
    for default in ([], dataclasses.field(default_factory=list)):
        namespace = {"__annotations__": {"x": "list[int]"}, "x": default}
        with pytest.raises(TypeError, match=r"Bad\.x"):
            record(type("Bad", (), namespace))


@entity
class Counter:
    """Something that changes, with a value that is computed once."""

    start: int
    steps: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.steps.append(self.start)

    @cached_property
    def first(self) -> int:
        """The first step."""
        return self.steps[0]


def test_entities_are_equal_to_themselves_only_and_may_cache() -> None:
    one = Counter(3)
    assert one != Counter(3)
    assert {one, one} == {one}
    one.start = 4
    assert (one.first, one.start) == (3, 4)


@entity
class Summed:
    """One that works something out when it is made."""

    a: int
    b: int = 2
    c: list[int] = field(default_factory=list)
    total: int = 0

    def __post_init__(self) -> None:
        self.total = self.a + self.b


def test_the_hundredth_object_is_made_as_the_first_was() -> None:
    for number in range(100):  # the first ones are made field by field, the others by compiled code
        made = Summed(number, c=[number]) if number % 2 else Summed(a=number, b=2)
        assert (made.a, made.b, made.total) == (number, 2, number + 2)
        assert made.c == ([number] if number % 2 else [])
        with pytest.raises(TypeError):
            Summed(number, a=number)
        with pytest.raises(TypeError):
            Point(number, 2, [], None)  # type: ignore[call-arg]
