"""What functions keep of partly known arguments, and where values come from."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from linter.core.values import OpenDict, Rest, Template, Unknown
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.types import STRING_TYPE, ListType, MapType, SetType
from linter.readers.terraform.cty.value import (
    Value,
    from_plain,
    list_of,
    object_of,
    plain,
    string,
    tuple_of,
    unknown,
)
from linter.readers.terraform.functions import LAZY, call, call_lazy, exists, names
from tests.hanging import ends

WHY = Unknown("var.x has no default", ("var.x",))
REST = Rest(WHY.reason, WHY.references)
U = unknown(WHY)


class FakeContext:
    """Files in memory."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def read_file(self, path: str) -> Value:
        if path not in self.files:
            raise FunctionError(f'no file exists at "{path}"', 0)
        return string(self.files[path])

    def read_bytes(self, path: str) -> bytes | None:
        return self.files[path].encode() if path in self.files else None

    def file_exists(self, path: str) -> bool | None:
        return path in self.files

    def list_files(self, path: str) -> list[str] | None:
        return sorted(self.files)

    def absolute_path(self, path: str) -> str | None:
        return None

    def render_template(self, text: Value, variables: dict[str, Value], *, name: str) -> Value:
        return string(f"{name}:{text.data}:{','.join(variables)}")


CONTEXT = FakeContext({"a.json": "{}", "b/c.txt": "hi", "b/d/e.txt": "", "f.tpl": "x"})


def run(name: str, *arguments: Any) -> Value:
    return call(name, [from_plain(item) for item in arguments], CONTEXT)


def shown(name: str, *arguments: Any) -> Any:
    return plain(run(name, *arguments))


def test_all_of_terraforms_functions_are_here() -> None:
    assert len(names()) == 121
    assert exists("core::merge")
    assert not exists("nosuch")
    assert {"try", "can"} == LAZY


def test_structures_keep_what_is_known() -> None:
    assert shown("concat", ["a"], U, ["b"]) == ["a", REST, "b"]
    merged = run("merge", {"a": "1", "b": "2"}, U, {"b": "3"})
    assert plain(merged) == {"a": WHY, "b": "3"}
    assert isinstance(plain(merged), OpenDict)
    assert shown("flatten", [["a"], U, ["b"]]) == ["a", REST, "b"]
    assert shown("element", ["a", U], 0) == "a"
    assert shown("slice", ["a", "b", U], 0, 2) == ["a", "b"]
    assert shown("distinct", ["a", "a", U]) == ["a", REST]
    assert shown("compact", ["a", "", U]) == ["a", REST]
    assert shown("keys", object_of({"a": U})) == ["a"]
    assert shown("sort", ["b", "a", U]) == [REST, "a", REST, "b", REST]
    assert shown("toset", ["b", U, "a"]) == ["a", "b", WHY]
    assert shown("contains", ["a", U], "a") is True
    assert isinstance(shown("contains", ["a", U], "b"), Unknown)
    assert shown("contains", ["a", Template(("x", WHY))], "b") is False
    assert shown("lookup", object_of({"a": string("1")}, WHY), "a", "z") == "1"
    assert isinstance(shown("lookup", object_of({"a": string("1")}, WHY), "b", "z"), Unknown)
    assert isinstance(shown("coalesce", U, "x"), Unknown)
    assert shown("coalesce", "x", U) == "x"
    assert shown("length", [U, U]) == 2
    assert isinstance(shown("length", tuple_of([U, from_plain(REST)])), Unknown)
    assert shown("alltrue", [U, False]) is False
    assert shown("setunion", ["a"], U) == ["a", REST]


def test_text_keeps_what_is_known() -> None:
    assert shown("format", "%s/%d/x", U, 5) == Template((WHY, "/5/x"))
    assert shown("join", ",", ["a", U, "b"]) == Template(("a,", WHY, ",b"))
    assert shown("join", ",", tuple_of([string("a"), from_plain(REST), string("b")])) == Template(
        ("a", REST, "b")
    )
    assert shown("lower", Template(("ARN:", WHY))) == Template(("arn:", WHY))
    assert shown("split", ":", Template(("arn:aws:", WHY, ":x"))) == [
        "arn",
        "aws",
        Rest(WHY.reason, WHY.references),
        "x",
    ]
    assert shown("trimspace", Template((" a ", WHY, " "))) == Template(("a", WHY))
    assert shown("startswith", Template(("arn:", WHY)), "arn") is True
    assert shown("startswith", Template(("arn:", WHY)), "x") is False
    assert shown("trimprefix", Template(("arn:", WHY)), "arn:") == Template((WHY,))
    assert shown("replace", Template(("a-", WHY)), "-", "_") == Template(("a_", WHY))


def test_jsonencode_remembers_its_argument() -> None:
    argument = from_plain({"Action": "s3:*", "Resource": U})
    encoded = call("jsonencode", [argument], CONTEXT)
    assert encoded.decoded is argument
    assert plain(encoded) == Template(('{"Action":"s3:*","Resource":', WHY, "}"))
    assert plain(call("jsondecode", [encoded], CONTEXT)) == {"Action": "s3:*", "Resource": WHY}


def test_values_keep_where_they_were_written() -> None:
    first, second = string("a", "here"), string("b", "there")
    source = Value(object_of({}).kind, {"k": first, "l": second}, key_origins={"k": "key"})
    merged = call("merge", [source, from_plain({"m": 1})], CONTEXT)
    assert merged.data["k"] is first
    assert merged.key_origins == {"k": "key"}
    keys = call("keys", [source], CONTEXT)
    assert keys.data[0].origin == "key"
    listed = call("tolist", [tuple_of([first, second])], CONTEXT)
    assert [item.origin for item in listed.data] == ["here", "there"]
    decoded = call("jsondecode", [call("jsonencode", [source], CONTEXT)], CONTEXT)
    assert decoded.data["k"] is first
    ordered = call("sort", [list_of([second, first], STRING_TYPE)], CONTEXT)
    assert [item.origin for item in ordered.data] == ["here", "there"]


def test_sensitivity_is_carried_and_hides_nothing() -> None:
    secret = run("sensitive", "x")
    assert secret.sensitive
    assert plain(secret) == "x"
    assert run("upper", secret).sensitive
    assert not run("nonsensitive", secret).sensitive
    assert shown("issensitive", secret) is True


@pytest.mark.parametrize("name", ["timestamp", "plantimestamp", "uuid"])
def test_chance_and_time_are_unknown(name: str) -> None:
    assert run(name).is_unknown
    assert run(name).type is STRING_TYPE


def test_other_things_that_are_not_known() -> None:
    assert run("bcrypt", "x").is_unknown
    assert run("pathexpand", "~/x").is_unknown
    assert run("abspath", "x").is_unknown
    assert run("base64gzip", "x").is_unknown


def test_files() -> None:
    assert shown("file", "b/c.txt") == "hi"
    assert shown("fileexists", "nope") is False
    assert shown("filemd5", "b/c.txt") == "49f68a5c8493ec2c0bf489821c21fc3b"
    assert shown("filebase64", "b/c.txt") == "aGk="
    assert shown("fileset", ".", "**/*.txt") == ["b/c.txt", "b/d/e.txt"]
    assert shown("fileset", ".", "b/*.txt") == ["b/c.txt"]
    assert shown("fileset", ".", "*.{json,tpl}") == ["a.json", "f.tpl"]
    assert shown("templatefile", "f.tpl", {"v": 1}) == "templatefile:x:v"
    assert isinstance(shown("templatefile", "f.tpl", U), Unknown)
    with pytest.raises(FunctionError, match='Invalid value for "path" parameter: no file exists'):
        run("file", "nope")
    with pytest.raises(FunctionError, match="invalid template variable name"):
        run("templatefile", "f.tpl", {"a b": 1})


def test_errors_name_the_argument() -> None:
    with pytest.raises(FunctionError) as caught:
        run("upper", ["a"])
    assert caught.value.message == 'Invalid value for "str" parameter: string required.'
    assert caught.value.argument_index == 0
    with pytest.raises(FunctionError, match='"upper" expects only 1 argument'):
        run("upper", "a", "b")
    with pytest.raises(FunctionError, match="argument must not be null"):
        run("upper", None)


def test_try_and_can_decide_only_what_is_certain() -> None:
    def fails() -> tuple[Value, bool]:
        raise FunctionError("no")

    sure = lambda: (string("a"), True)  # noqa: E731
    unsure = lambda: (string("a"), False)  # noqa: E731
    assert plain(call_lazy("try", [fails, sure])) == "a"
    other = lambda: (string("b"), True)  # noqa: E731
    assert call_lazy("try", [unsure, other]).is_unknown
    assert plain(call_lazy("try", [unsure, sure])) == "a"  # whichever it is
    assert plain(call_lazy("can", [fails])) is False
    assert call_lazy("can", [unsure]).is_unknown
    with pytest.raises(FunctionError):
        call_lazy("try", [fails, fails])


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("regex", ["^(a+)+$", "a" * 3000 + "b"]),
        ("regexall", ["(x+x+)+y", "x" * 3000]),
        ("replace", ["a" * 2000, "/(.*)(.*)(.*)(.*)(.*)z/", ""]),
        ("fileset", [".", "**/**/**/**/*a*a*a*a*b"]),
    ],
)
def test_no_pattern_runs_away(name: str, arguments: list[Any]) -> None:
    with ends(), contextlib.suppress(FunctionError):
        run(name, *arguments)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("range", [1_000_000]),
        ("format", ["%999999999d", 1]),
        ("indent", [2_000_000_000, "a\nb"]),
        ("parseint", ["9" * 100_000, 10]),
        ("jsondecode", ["[" * 100_000]),
        ("jsondecode", ["[" * 100_000 + "]" * 100_000]),
        ("yamldecode", ["[" * 5_000 + "]" * 5_000]),
        ("tonumber", ["1e999999999"]),
        ("setproduct", [list(range(400)), list(range(400))]),
        (
            "yamldecode",
            [
                "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
                + "".join(
                    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n"
                    for i in range(9)
                )
            ],
        ),
        ("replace", ["a" * 10_000, "a", "b" * 10_000]),
        ("regex", ["(" * 5_000, ""]),
    ],
)
def test_bombs_are_refused(name: str, arguments: list[Any]) -> None:
    with ends(), pytest.raises(FunctionError):
        result = run(name, *arguments)
        if result.is_unknown:
            raise FunctionError("unknown")


def test_typed_unknowns() -> None:
    assert run("keys", unknown(WHY, of=MapType(STRING_TYPE))).type == ListType(STRING_TYPE)
    assert run("toset", unknown(WHY, of=ListType(STRING_TYPE))).type == SetType(STRING_TYPE)
    with pytest.raises(FunctionError):
        run("keys", unknown(WHY, of=STRING_TYPE))
