"""``regex``, ``regexall`` and ``replace`` with a pattern."""

from __future__ import annotations

import re
from functools import lru_cache

from linter.core.regex import lazy_regex
from linter.core.values import Unknown
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.types import (
    DYNAMIC,
    STRING_TYPE,
    ListType,
    ObjectType,
    TupleType,
    Type,
)
from linter.readers.terraform.cty.value import (
    LIST,
    OBJECT,
    TUPLE,
    Value,
    null,
    string,
    unknown,
)
from linter.readers.terraform.functions.re2 import Captures, find_all, find_first
from linter.readers.terraform.functions.re2_program import Program, compile_pattern
from linter.readers.terraform.functions.re2_tree import PatternError, UnsupportedPatternError
from linter.readers.terraform.functions.signature import Function, text
from linter.readers.terraform.functions.support import TEXT_LIMIT, check_count


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Program:
    return compile_pattern(pattern)


def _program(pattern: str, index: int) -> Program:
    try:
        return _compiled(pattern)
    except PatternError as error:
        raise FunctionError(
            f"invalid regexp pattern: {error.what} in {error.part}", index
        ) from None


def _unsupported(error: UnsupportedPatternError, of: Type) -> Value:
    why = Unknown(f"{error} is not supported")
    return unknown(why, of=of, not_null=True)


def _result_type(program: Program) -> Type:
    named = [name for name in program.groups if name]
    if not program.groups:
        return STRING_TYPE
    if not named:
        return TupleType([STRING_TYPE] * len(program.groups))
    if len(named) != len(program.groups):
        raise FunctionError(
            "invalid regexp pattern: cannot mix both named and unnamed capture groups", 0
        )
    return ObjectType(dict.fromkeys(named, STRING_TYPE))


def _result(program: Program, source: str, captures: Captures) -> Value:
    def group(index: int) -> Value:
        start, end = captures[2 * index], captures[2 * index + 1]
        return null(STRING_TYPE) if start < 0 or end < 0 else string(source[start:end])

    if not program.groups:
        return group(0)
    found = [group(index) for index in range(1, len(program.groups) + 1)]
    if program.groups[0]:
        return Value(OBJECT, dict(zip(program.groups, found, strict=True)))
    return Value(TUPLE, found)


def regex(pattern: Value, source: Value) -> Value:
    of: Type = DYNAMIC
    try:
        program = _program(pattern.data, 0)
        of = _result_type(program)
        found = find_first(program, source.data)
    except UnsupportedPatternError as error:
        return _unsupported(error, of)
    if found is None:
        raise FunctionError("pattern did not match any part of the given string")
    return _result(program, source.data, found)


def regexall(pattern: Value, source: Value) -> Value:
    of: Type = DYNAMIC
    items: list[Value] = []
    try:
        program = _program(pattern.data, 0)
        of = _result_type(program)
        for found in find_all(program, source.data):
            items.append(_result(program, source.data, found))
            check_count(len(items))
    except UnsupportedPatternError as error:
        return _unsupported(error, ListType(of))
    return Value(LIST, items, of)


_REFERENCE = lazy_regex(r"\$(?:\$|([A-Za-z0-9_]+)|\{([A-Za-z0-9_]+)\})")


def replace_pattern(source: Value, pattern: str, replacement: str) -> Value:
    """``replace(str, "/pattern/", "a${1}b")``, with Go's expansion of ``$1`` and ``${name}``."""
    try:
        program = _compiled(pattern)
    except PatternError as error:
        raise FunctionError(str(error)) from None
    except UnsupportedPatternError as error:
        return _unsupported(error, STRING_TYPE)
    out: list[str] = []
    position = size = 0
    content = source.data
    try:
        for found in find_all(program, content):
            made = _expand(program, content, found, replacement)
            out += (content[position : found[0]], made)
            size += len(made)
            if size > TEXT_LIMIT:
                raise FunctionError(f"the result would be longer than {TEXT_LIMIT} characters")
            position = found[1]
    except UnsupportedPatternError as error:
        return _unsupported(error, STRING_TYPE)
    out.append(content[position:])
    return string("".join(out))


def _expand(program: Program, source: str, captures: Captures, replacement: str) -> str:
    def reference(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name is None:
            return "$"
        if name.isdecimal():
            index = int(name) if len(name) < 6 else -1
        else:
            index = program.groups.index(name) + 1 if name in program.groups else -1
        if not 0 <= index <= len(program.groups) or captures[2 * index] < 0:
            return ""
        return source[captures[2 * index] : captures[2 * index + 1]]

    return _REFERENCE.sub(reference, replacement)


_PARAMETERS = (text("pattern"), text("string"))

FUNCTIONS = {
    "regex": Function(regex, _PARAMETERS),
    "regexall": Function(regexall, _PARAMETERS),
}
