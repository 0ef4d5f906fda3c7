"""Records: dataclasses that share what a dataclass would compile."""

from __future__ import annotations

from dataclasses import field, fields, replace

from linter.core.record import record


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


def test_a_record_is_a_dataclass() -> None:
    assert [f.name for f in fields(Named)] == ["x", "y", "tags", "name"]
    assert replace(Point(1, 2), y=5) == Point(1, 5)
    match Point(3, 4):
        case Point(x, y):
            assert (x, y) == (3, 4)


def test_a_record_shows_its_fields() -> None:
    assert repr(Named(1, name="n")) == "Named(x=1, y=0, tags=[], name='n')"


def test_records_have_no_dict() -> None:
    assert not hasattr(Point(1), "__dict__")
