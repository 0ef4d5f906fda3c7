"""``format`` and ``formatlist``."""

from __future__ import annotations

import re

from linter.core.record import entity
from linter.core.regex import lazy_regex
from linter.core.values import Template, Unknown
from linter.readers.terraform.cty.alternatives import over_options, rest_over
from linter.readers.terraform.cty.convert import convert
from linter.readers.terraform.cty.errors import ConversionError, FunctionError
from linter.readers.terraform.cty.graphemes import clusters, count_clusters
from linter.readers.terraform.cty.json_text import json_parts
from linter.readers.terraform.cty.numbers import (
    Number,
    digits_of,
    exact,
    fixed_text,
    general_text,
    is_integer,
    is_negative,
    round_significant,
    round_to,
    scientific_text,
)
from linter.readers.terraform.cty.quoting import go_quote
from linter.readers.terraform.cty.types import (
    BOOL_TYPE,
    DYNAMIC,
    NUMBER_TYPE,
    STRING_TYPE,
    ListType,
    SetType,
    TupleType,
)
from linter.readers.terraform.cty.value import (
    LIST,
    NULL,
    NUMBER,
    REST,
    SEQUENCES,
    STRING,
    UNKNOWN,
    Value,
    reasons_of,
    unknown,
)
from linter.readers.terraform.functions.signature import Function, anything, text
from linter.readers.terraform.functions.support import (
    STRINGS,
    TEXT_LIMIT,
    check_count,
    elements,
    not_known,
    parts_of,
)
from linter.readers.terraform.functions.text import Part, from_parts

_VERB = lazy_regex(
    r"%([0#\-+ ]*)([1-9][0-9]*)?(?:\.([0-9]*))?(?:\[([1-9][0-9]*)\])?([a-zA-Z])", re.ASCII
)
_FIELD_LIMIT = 100_000


@entity
class _Verb:
    raw: str
    offset: int
    flags: str
    width: int
    precision: int
    mode: str

    def fail(self, message: str) -> FunctionError:
        return FunctionError(
            f"unsupported value for {go_quote(self.raw)} at {self.offset}: " + message
        )


def format_(pattern: Value, *arguments: Value) -> Value:
    if not isinstance(pattern.data, str):
        return not_known(pattern, *arguments, of=STRING_TYPE)
    if _has_bare_null(arguments):
        return unknown("format() of null is not known")
    return from_parts(_format(pattern.data, arguments))


def _has_bare_null(arguments: tuple[Value, ...]) -> bool:
    """Terraform 1.11 itself never knows the result of formatting a null without a type."""
    return any(item.kind is NULL and item.type is DYNAMIC for item in arguments)


def _format(pattern: str, arguments: tuple[Value, ...]) -> list[Part]:
    out: list[Part] = []
    size = position = highest = 0
    following = 1
    while position < len(pattern):
        found = pattern.find("%", position)
        if found == -1:
            out.append(pattern[position:])
            break
        out.append(pattern[position:found])
        if pattern.startswith("%%", found):
            out.append("%")
            position = found + 2
            continue
        match = _VERB.match(pattern, found)
        if match is None:
            raise _bad_verb(pattern, found)
        flags, width, precision, chosen, mode = match.groups()
        index = int(chosen) if chosen else following
        highest = max(highest, index)
        verb = _Verb(
            match.group(),
            len(pattern[:found].encode()),
            flags,
            _field(width),
            _field(precision, 0),
            mode,
        )
        if index > len(arguments):
            raise FunctionError(
                f"not enough arguments for {go_quote(verb.raw)} at {verb.offset}: need index"
                f" {index} but have {len(arguments)} total"
            )
        made = _one(verb, arguments[index - 1])
        size += sum(len(part) for part in made if isinstance(part, str))
        if size > TEXT_LIMIT:
            raise FunctionError(f"the result would be longer than {TEXT_LIMIT} characters")
        out += made
        following = index + 1
        position = match.end()
    if highest < len(arguments):
        what = f"only {highest} used by format string" if highest else "no verbs in format string"
        raise FunctionError(f"too many arguments; {what}", highest + 1)
    return out


def _field(text_of: str | None, empty: int = -1) -> int:
    if text_of is None:
        return -1
    number = int(text_of[:9]) if text_of else empty
    if number > _FIELD_LIMIT:
        raise FunctionError("the width or precision is too large", 0)
    return number


def _bad_verb(pattern: str, start: int) -> FunctionError:
    match = re.compile(r"%[0#\-+ ]*(?:[1-9][0-9]*)?(?:\.[0-9]*)?(?:\[(?:[1-9][0-9]*)?)?").match(
        pattern, start
    )
    end = match.end() if match else start + 1
    if end >= len(pattern):
        return FunctionError(f"invalid format string starting at offset {end}", None)
    return FunctionError(f"unrecognized format character '{pattern[end]}' at offset {end}", None)


def _one(verb: _Verb, argument: Value) -> list[Part]:
    if verb.mode != "v" and argument.kind is NULL:
        raise verb.fail("null value cannot be formatted")
    if verb.mode == "v":
        return _as_is(verb, argument)
    if verb.mode == "t":
        truth = _converted(verb, argument, BOOL_TYPE)
        return [truth.data if truth.kind is UNKNOWN else ("true" if truth.data else "false")]
    if verb.mode in "bdoxX":
        amount = _converted(verb, argument, NUMBER_TYPE)
        return [amount.data] if amount.kind is UNKNOWN else [_integer(verb, amount.data)]
    if verb.mode in "eEfgG":
        amount = _converted(verb, argument, NUMBER_TYPE)
        return [amount.data] if amount.kind is UNKNOWN else [_real(verb, amount.data)]
    if verb.mode in "sq":
        return _string(verb, _converted(verb, argument, STRING_TYPE))
    raise FunctionError(
        f"unsupported format verb '{verb.mode}' in {go_quote(verb.raw)} at offset {verb.offset}"
    )


def _converted(verb: _Verb, argument: Value, wanted: object) -> Value:
    try:
        return convert(argument, wanted)  # type: ignore[arg-type]
    except ConversionError as error:
        raise verb.fail(str(error)) from None


def _as_is(verb: _Verb, argument: Value) -> list[Part]:
    if "#" not in verb.flags:
        if argument.kind is STRING:
            return _padded(verb, parts_of(argument))
        if argument.kind is NUMBER:
            return [_pad(verb, general_text(argument.data))]
        if argument.kind is UNKNOWN:
            return [argument.data]
    return _padded(verb, json_parts(argument))


def _padded(verb: _Verb, parts: list[Part]) -> list[Part]:
    texts = [part for part in parts if isinstance(part, str)]
    if len(texts) == len(parts):
        return [_pad(verb, "".join(texts))]
    if verb.width < 0:
        return parts
    return [next(part for part in parts if isinstance(part, Unknown))]


def _pad(verb: _Verb, made: str) -> str:
    missing = verb.width - count_clusters(made) if verb.width > 0 else 0
    if missing <= 0:
        return made
    pads = ("0" if "0" in verb.flags else " ") * missing
    return made + pads if "-" in verb.flags else pads + made


def _string(verb: _Verb, argument: Value) -> list[Part]:
    if argument.kind is UNKNOWN:
        return [argument.data]
    if isinstance(argument.data, Template):
        if verb.precision > 0:
            return [argument.unknown]
        if verb.mode == "q":
            return _padded(verb, json_parts(argument))
        return _padded(verb, parts_of(argument))
    content = argument.data
    if verb.precision > 0:
        content = "".join(clusters(content)[: verb.precision])
    if verb.mode == "q":
        return _padded(verb, json_parts(Value(STRING, content)))
    return [_pad(verb, content)]


def _signed(verb: _Verb, negative: bool) -> str:
    if negative:
        return "-"
    if "+" in verb.flags:
        return "+"
    return " " if " " in verb.flags else ""


_INTEGER = {"b": "b", "d": "d", "o": "o", "x": "x", "X": "X"}
_PREFIX = {"b": "0b", "o": "0", "x": "0x", "X": "0X", "d": ""}


def _integer(verb: _Verb, amount: Number) -> str:
    if not is_integer(amount):
        raise verb.fail("an integer is required")
    whole = int(exact(amount))
    if whole.bit_length() > 4096 and verb.mode == "d":
        raise verb.fail("the number is too large to be formatted")
    digits = format(abs(whole), _INTEGER[verb.mode])
    if verb.precision >= 0:
        digits = "" if verb.precision == 0 and whole == 0 else digits.rjust(verb.precision, "0")
    prefix = _PREFIX[verb.mode] if "#" in verb.flags else ""
    zeros = "0" in verb.flags and "-" not in verb.flags and verb.precision < 0
    return _framed(verb, _signed(verb, whole < 0) + prefix, digits, zeros=zeros)


def _framed(verb: _Verb, sign: str, digits: str, *, zeros: bool) -> str:
    missing = max(verb.width - len(sign) - len(digits), 0)
    if zeros:
        return sign + "0" * missing + digits
    if "-" in verb.flags:
        return sign + digits + " " * missing
    return " " * missing + sign + digits


def _real(verb: _Verb, amount: Number) -> str:
    mode, precision = verb.mode, verb.precision
    if mode in "gG":
        size: Number = -amount if amount < 0 else amount
        body = general_text(size, precision, mode)
    elif mode == "f":
        places = 6 if precision < 0 else precision
        _, digits, point = round_to(amount, places)
        body = fixed_text(digits, point, places)
    else:
        places = 6 if precision < 0 else precision
        _, digits, point = round_significant(amount, places + 1) if amount else digits_of(0)
        body = scientific_text(digits, point, places, mode)
    zeros = "0" in verb.flags and "-" not in verb.flags
    return _framed(verb, _signed(verb, is_negative(amount)), body, zeros=zeros)


# --- formatlist ------------------------------------------------------------------------------


def formatlist(pattern: Value, *arguments: Value) -> Value:
    if not isinstance(pattern.data, str):
        return not_known(pattern, *arguments, of=STRINGS)
    if _has_bare_null(arguments):
        return unknown("formatlist() of null is not known", of=STRINGS, not_null=True)
    if not arguments:
        return Value(LIST, [format_(pattern)], STRING_TYPE)
    length = -1
    chooser = 0
    unsure = False
    columns: list[list[Value] | Value] = []
    for index, argument in enumerate(arguments):
        of = argument.type
        maybe = argument.kind is UNKNOWN and (
            of is DYNAMIC or isinstance(of, ListType | SetType | TupleType)
        )
        if maybe:
            unsure = True
            columns.append(argument)
        elif argument.kind in SEQUENCES:
            items = elements(argument)
            if any(item.kind is REST for item in items):
                unsure = True
            elif length == -1:
                length, chooser = len(items), index
            elif len(items) != length:
                raise FunctionError(
                    f"argument {index + 1} has length {len(items)}, which is inconsistent with"
                    f" argument {chooser + 1} of length {length}",
                    index + 1,
                )
            columns.append(items)
        else:
            columns.append(argument)
    if unsure:
        return _repeated(pattern.data, arguments, columns)
    count = 1 if length == -1 else length
    check_count(count)
    results: list[Value] = []
    for position in range(count):
        row = tuple(item[position] if isinstance(item, list) else item for item in columns)
        results.append(_row(pattern.data, row, position))
    return Value(LIST, results, STRING_TYPE)


def _repeated(
    pattern: str, arguments: tuple[Value, ...], columns: list[list[Value] | Value]
) -> Value:
    """Any number of texts, each of which has what the pattern says."""
    why = reasons_of(*arguments)
    row: list[Value] = []
    for column, argument in zip(columns, arguments, strict=True):
        if isinstance(column, list):
            row.append(unknown(why, of=argument.of or DYNAMIC))
        else:
            row.append(unknown(why) if column.kind is UNKNOWN else column)
    try:
        sample = from_parts(_format(pattern, tuple(row)))
    except FunctionError:
        return not_known(*arguments, of=STRINGS)
    return Value(LIST, [rest_over(why, [sample], STRING_TYPE)], STRING_TYPE)


def _row(pattern: str, row: tuple[Value, ...], position: int) -> Value:
    spread = over_options(row, lambda each: _row(pattern, tuple(each), position))
    if spread is not None:
        return spread[0]
    try:
        return from_parts(_format(pattern, row))
    except FunctionError as error:
        raise FunctionError(f"error on format iteration {position}: {error.message}") from None


_ARGUMENTS = anything("args", nullable=True)

FUNCTIONS = {
    "format": Function(format_, (text("format"),), _ARGUMENTS, returns=STRING_TYPE, partial=True),
    "formatlist": Function(
        formatlist, (text("format"),), _ARGUMENTS, returns=STRINGS, partial=True
    ),
}
