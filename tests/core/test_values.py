"""Partly known values."""

from __future__ import annotations

from linter.core.values import (
    MISSING,
    Choice,
    Inner,
    OpenDict,
    Rest,
    Template,
    Unknown,
    dig,
    is_known,
    lookup,
    make_string,
    references_of,
    to_json,
)

X = Unknown("var.x has no default", ("var.x",))


def test_template_cannot_equal_text_its_known_parts_exclude() -> None:
    arn = make_string(["arn:aws:s3:::", X, "/*"])
    assert isinstance(arn, Template)
    assert (arn.prefix, arn.suffix, arn.references) == ("arn:aws:s3:::", "/*", ("var.x",))
    assert not arn.may_equal("*")
    assert arn.may_equal("arn:aws:s3:::data/raw/*")
    assert not arn.may_equal("arn:aws:s3:::data")
    assert str(arn) == "arn:aws:s3:::${var.x}/*"


def test_make_string_gives_the_simplest_value() -> None:
    assert make_string([]) == ""
    assert make_string(["a", "", "b"]) == "ab"
    assert make_string([X]) == Template((X,))
    assert make_string(["a", Template(("b", X)), "c", "d"]) == Template(("ab", X, "cd"))


def test_lookup_tells_absent_from_unknown() -> None:
    assert lookup({"a": 1}, "b") is MISSING
    open_dict = OpenDict({"a": 1}, X)
    assert lookup(open_dict, "a") == 1
    inner = lookup(open_dict, "b")
    assert isinstance(inner, Inner)
    assert inner.container is X
    assert lookup([1, 2], 5) is MISSING
    rest = Rest("more")
    assert lookup([1, rest, 2], 0) == 1
    assert lookup([1, rest, 2], 1) is rest
    assert lookup([1, rest, 2], -1) is rest
    assert lookup(X, "anything").container is X
    assert lookup("text", "a") is MISSING
    assert dig({"a": [{"b": X}]}, "a", 0, "b") is X
    assert dig({"a": [{"b": X}]}, "a", 0, "b", "c", "d").container is X


def test_known_means_known_at_every_depth() -> None:
    assert is_known({"a": [1, {"b": None}]})
    for value in (X, [X], {"a": make_string(["b", X])}, OpenDict(), Choice([1, 2]), [Rest("r")]):
        assert not is_known(value)
    assert set(references_of({"a": [X, make_string(["b", Unknown("y", ("local.y",))])]})) == {
        "var.x",
        "local.y",
    }


def test_json_form_names_what_is_not_known() -> None:
    value = {"a": X, "b": make_string(["p-", X]), "c": [Rest("more", ("var.l",))]}
    because = {"because": "var.x has no default", "references": ["var.x"]}
    assert to_json(value) == {
        "a": {"$unknown": because},
        "b": {"$template": ["p-", {"$unknown": because}]},
        "c": [{"$rest": {"because": "more", "references": ["var.l"]}}],
    }
    assert to_json(Unknown("c", (), (1, 2)))["$unknown"]["one_of"] == [1, 2]
    assert to_json(OpenDict({"k": 1}, X)) == {"k": 1, "$rest": because}
    assert to_json(Choice([1, 2])) == {"$choice": [1, 2]}
