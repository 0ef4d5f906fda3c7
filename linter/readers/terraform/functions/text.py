"""Functions on text. Of a partly known text the known parts are kept where that is certain."""

from __future__ import annotations

from collections.abc import Callable
from unicodedata import category

from linter.core.values import Template, Unknown, make_string
from linter.readers.terraform.cty.alternatives import over_options
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.graphemes import clusters
from linter.readers.terraform.cty.types import BOOL_TYPE, STRING_TYPE
from linter.readers.terraform.cty.value import (
    LIST,
    NULL,
    REST,
    STRING,
    UNKNOWN,
    Value,
    boolean,
    is_wholly_known,
    rest_of,
    string,
)
from linter.readers.terraform.functions.signature import Function, Parameter, amount, text
from linter.readers.terraform.functions.support import (
    STRINGS,
    TEXT_LIMIT,
    bounded,
    not_known,
    parts_of,
    string_list,
    whole,
)

Part = str | Unknown
_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


def from_parts(parts: list[Part]) -> Value:
    made = make_string(parts)
    return string(bounded(made)) if isinstance(made, str) else Value(STRING, made)


def _case(convert: Callable[[str], str], source: str) -> str:
    """Letter by letter, as Go does it: one character never becomes two."""
    if source.isascii():
        return convert(source)
    if convert is str.lower:
        source = source.replace("\u0130", "i")  # two letters for Python, one for Go
    changed = ((char, convert(char)) for char in source)
    return "".join(new if len(new) == 1 else char for char, new in changed)


def _each_part(source: Value, change: Callable[[str], str]) -> Value:
    if source.kind is UNKNOWN:
        return not_known(source, of=STRING_TYPE)
    if isinstance(source.data, str):
        return string(bounded(change(source.data)))
    return from_parts([change(p) if isinstance(p, str) else p for p in source.data.parts])


def lower(source: Value) -> Value:
    return _each_part(source, lambda found: _case(str.lower, found))


def upper(source: Value) -> Value:
    return _each_part(source, lambda found: _case(str.upper, found))


def title(source: Value) -> Value:
    result: list[str] = []
    boundary = True
    for char in source.data:
        upper_char = char.title()
        result.append(upper_char if boundary and len(upper_char) == 1 else char)
        boundary = _separates(char)
    return string("".join(result))


def _separates(char: str) -> bool:
    if char.isascii():
        return not (char.isalnum() or char == "_")
    if char.isalpha() or category(char) == "Nd":
        return False
    return char in _SPACE


def strrev(source: Value) -> Value:
    return string("".join(reversed(clusters(source.data))))


def substr(source: Value, offset: Value, size: Value) -> Value:
    if UNKNOWN in (offset.kind, size.kind, source.kind):
        return not_known(source, offset, size, of=STRING_TYPE)
    start, count = whole(offset, 1), whole(size, 2)
    data = source.data
    if isinstance(data, Template):
        prefix = data.prefix
        if start >= 0 and count >= 0 and start + count < len(prefix) and prefix.isascii():
            return string(prefix[start : start + count])
        return not_known(source, of=STRING_TYPE)
    cut = clusters(data)
    if start < 0:
        start = max(start + len(cut), 0)
        if count == 0:
            # A quirk of Terraform: a length of zero counts only from the front.
            return string("".join(cut[start:]))
    elif count == 0:
        return string("")
    return string("".join(cut[start:] if count < 0 else cut[start : start + count]))


def join(separator: Value, *lists: Value) -> Value:
    if not lists:
        raise FunctionError("at least one list is required")
    if any(item.kind is UNKNOWN for item in lists):
        return not_known(separator, *lists, of=STRING_TYPE)
    items: list[Value] = []
    for index, source in enumerate(lists):
        for position, item in enumerate(source.data):
            if item.kind is NULL:
                where = f" of list {index + 1}" if len(lists) > 1 else ""
                raise FunctionError(
                    f"element {position}{where} is null; cannot concatenate null values", index + 1
                )
        items += source.data
    if isinstance(separator.data, str) and all(isinstance(item.data, str) for item in items):
        total = sum(len(item.data) for item in items) + len(separator.data) * len(items)
        if total > TEXT_LIMIT:
            raise FunctionError(f"the result would be longer than {TEXT_LIMIT} characters")
        return string(separator.data.join(item.data for item in items))
    if not any(item.kind is REST for item in items):
        spread = over_options(items, lambda each: join(separator, _texts(each)))
        if spread is not None:
            return spread[0]
    between = parts_of(separator)
    parts: list[Part] = []
    open_end = True  # no separator is known to stand after the start or beside a rest
    for item in items:
        if item.kind is REST:
            parts.append(item.data)
            open_end = True
            continue
        if not open_end:
            parts += between
        parts += parts_of(item)
        open_end = False
    return from_parts(parts)


def _texts(items: list[Value]) -> Value:
    return Value(LIST, items, STRING_TYPE)


def split(separator: Value, source: Value) -> Value:
    mark, data = separator.data, source.data
    if separator.kind is UNKNOWN or source.kind is UNKNOWN or isinstance(mark, Template):
        return not_known(separator, source, of=STRINGS)
    if isinstance(data, Template):
        if len(mark) != 1:
            return not_known(source, of=STRINGS)
        before = data.prefix.split(mark)[:-1]
        after = data.suffix.split(mark)[1:]
        middle = rest_of(source.unknown, STRING_TYPE)
        items = [*map(string, before), middle, *map(string, after)]
        return Value(LIST, items, STRING_TYPE)
    if mark == "":
        return string_list(list(data))
    if data.count(mark) > TEXT_LIMIT // 100:
        raise FunctionError("the text has too many parts")
    return string_list(data.split(mark))


def replace(source: Value, old: Value, new: Value) -> Value:
    if not (is_wholly_known(old) and is_wholly_known(new)) or source.kind is UNKNOWN:
        return not_known(source, old, new, of=STRING_TYPE)
    find, put = old.data, new.data
    if len(find) > 1 and find[0] == "/" == find[-1]:
        if isinstance(source.data, Template):
            return not_known(source, of=STRING_TYPE)
        from linter.readers.terraform.functions.regular import replace_pattern

        replaced: Value = replace_pattern(source, find[1:-1], put)
        return replaced
    if isinstance(source.data, Template) and len(find) != 1:
        return not_known(source, of=STRING_TYPE)

    def change(part: str) -> str:
        if len(put) > len(find):
            grown = len(part) + (part.count(find)) * (len(put) - len(find))
            if grown > TEXT_LIMIT:
                raise FunctionError(f"the result would be longer than {TEXT_LIMIT} characters")
        return part.replace(find, put)

    return _each_part(source, change)


def indent(spaces: Value, source: Value) -> Value:
    if spaces.kind is UNKNOWN or source.kind is UNKNOWN:
        return not_known(spaces, source, of=STRING_TYPE)
    count = whole(spaces, 0)
    if count < 0:
        raise FunctionError("the number of spaces must not be negative", 0)
    newlines = sum(part.count("\n") for part in parts_of(source) if isinstance(part, str))
    if count * newlines > TEXT_LIMIT:
        raise FunctionError(f"the result would be longer than {TEXT_LIMIT} characters")
    pad = "\n" + " " * count if newlines else ""
    return _each_part(source, lambda part: part.replace("\n", pad) if newlines else part)


# --- trimming --------------------------------------------------------------------------------


def _trim_end(parts: list[Part], chars: str) -> list[Part]:
    """The parts without these characters at the end.

    When known text at the end goes altogether, the unknown before it is cut too, and what it
    leaves open may go further into the known text before that.
    """
    result = list(parts)
    swallowed: list[Part] = []
    while result:
        last = result.pop()
        if isinstance(last, Unknown):
            swallowed = [last]
            continue
        kept = last.rstrip(chars)
        if kept:
            return [*result, kept, *swallowed]
    return swallowed


def _mirror(parts: list[Part]) -> list[Part]:
    return [part[::-1] if isinstance(part, str) else part for part in reversed(parts)]


def _trim_start(parts: list[Part], chars: str) -> list[Part]:
    return _mirror(_trim_end(_mirror(parts), chars))


def trimspace(source: Value) -> Value:
    return _trimmed(source, _SPACE)


def _trimmed(source: Value, chars: str) -> Value:
    if source.kind is UNKNOWN:
        return not_known(source, of=STRING_TYPE)
    if isinstance(source.data, str):
        return string(source.data.strip(chars) if chars else source.data)
    if not chars:
        return source
    return from_parts(_trim_start(_trim_end(parts_of(source), chars), chars))


def trim(source: Value, cutset: Value) -> Value:
    if not is_wholly_known(cutset):
        return not_known(source, cutset, of=STRING_TYPE)
    return _trimmed(source, cutset.data)


def chomp(source: Value) -> Value:
    if source.kind is UNKNOWN:
        return not_known(source, of=STRING_TYPE)
    if isinstance(source.data, str):
        return string(source.data.rstrip("\r\n"))
    return from_parts(_trim_end(parts_of(source), "\r\n"))


def trimprefix(source: Value, prefix: Value) -> Value:
    if not is_wholly_known(prefix) or source.kind is UNKNOWN:
        return not_known(source, prefix, of=STRING_TYPE)
    wanted = prefix.data
    if isinstance(source.data, str):
        return string(source.data.removeprefix(wanted))
    starts = _starts(source, wanted)
    if starts is None:
        return not_known(source, of=STRING_TYPE)
    if not starts:
        return source
    first, *others = source.data.parts
    return from_parts([first[len(wanted) :], *others] if wanted else [first, *others])


def trimsuffix(source: Value, suffix: Value) -> Value:
    if not is_wholly_known(suffix) or source.kind is UNKNOWN:
        return not_known(source, suffix, of=STRING_TYPE)
    wanted = suffix.data
    if isinstance(source.data, str):
        return string(source.data.removesuffix(wanted))
    ends = _ends(source, wanted)
    if ends is None:
        return not_known(source, of=STRING_TYPE)
    if not ends or not wanted:
        return source
    *others, last = source.data.parts
    return from_parts([*others, last[: -len(wanted)]])


# --- questions -------------------------------------------------------------------------------


def _starts(source: Value, wanted: str) -> bool | None:
    if not wanted:
        return True
    if source.kind is UNKNOWN:
        return None
    known = source.data if isinstance(source.data, str) else source.data.prefix
    if known.startswith(wanted):
        return True
    if isinstance(source.data, str) or not wanted.startswith(known):
        return False
    return None


def _ends(source: Value, wanted: str) -> bool | None:
    if not wanted:
        return True
    if source.kind is UNKNOWN:
        return None
    known = source.data if isinstance(source.data, str) else source.data.suffix
    if known.endswith(wanted):
        return True
    if isinstance(source.data, str) or not wanted.endswith(known):
        return False
    return None


def _answer(outcome: bool | None, *arguments: Value) -> Value:
    return not_known(*arguments, of=BOOL_TYPE) if outcome is None else boolean(outcome)


def startswith(source: Value, prefix: Value) -> Value:
    if not is_wholly_known(prefix):
        return not_known(source, prefix, of=BOOL_TYPE)
    if source.kind is UNKNOWN and not source.not_null:
        return not_known(source, of=BOOL_TYPE)
    return _answer(_starts(source, prefix.data), source)


def endswith(source: Value, suffix: Value) -> Value:
    if not is_wholly_known(suffix):
        return not_known(source, suffix, of=BOOL_TYPE)
    if source.kind is UNKNOWN and not source.not_null:
        return not_known(source, of=BOOL_TYPE)
    return _answer(_ends(source, suffix.data), source)


def strcontains(source: Value, wanted: Value) -> Value:
    if not is_wholly_known(wanted) or source.kind is UNKNOWN:
        return not_known(source, wanted, of=BOOL_TYPE)
    if any(wanted.data in part for part in parts_of(source) if isinstance(part, str)):
        return boolean(True)
    return boolean(False) if isinstance(source.data, str) else not_known(source, of=BOOL_TYPE)


def _text_function(run: Callable[..., Value], *names: str, partial: bool = True) -> Function:
    return Function(run, tuple(map(text, names)), returns=STRING_TYPE, partial=partial)


def _question(run: Callable[..., Value], *names: str) -> Function:
    return Function(run, tuple(map(text, names)), returns=BOOL_TYPE, partial=True)


FUNCTIONS = {
    "lower": _text_function(lower, "str"),
    "upper": _text_function(upper, "str"),
    "title": _text_function(title, "str", partial=False),
    "strrev": _text_function(strrev, "str", partial=False),
    "substr": Function(
        substr, (text("str"), amount("offset"), amount("length")), returns=STRING_TYPE, partial=True
    ),
    "join": Function(
        join, (text("separator"),), Parameter("lists", STRINGS), returns=STRING_TYPE, partial=True
    ),
    "split": Function(split, (text("separator"), text("str")), returns=STRINGS, partial=True),
    "replace": _text_function(replace, "str", "substr", "replace"),
    "indent": Function(indent, (amount("spaces"), text("str")), returns=STRING_TYPE, partial=True),
    "trimspace": _text_function(trimspace, "str"),
    "trim": _text_function(trim, "str", "cutset"),
    "chomp": _text_function(chomp, "str"),
    "trimprefix": _text_function(trimprefix, "str", "prefix"),
    "trimsuffix": _text_function(trimsuffix, "str", "suffix"),
    "startswith": _question(startswith, "str", "prefix"),
    "endswith": _question(endswith, "str", "suffix"),
    "strcontains": _question(strcontains, "str", "substr"),
}
