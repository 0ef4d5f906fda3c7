"""JSON text to a value, and back from a path to its place in the text.

Values come from the standard library's C decoder. Places are found on demand by a scanner that
indexes only the containers on the way to the asked path: findings are rare, values are many.

Unknown parts of a mapped text may stand anywhere a value, a key or a piece of a string can:
``{"Resource": "arn:aws:s3:::${x}/*", "Count": ${n}}`` (design: definitions in template files).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import suppress
from functools import cached_property
from typing import Any, NamedTuple

from linter.core.documents import Locator, Path, Problem
from linter.core.mapped import BARE_PLACEHOLDER, PLACEHOLDER, MappedText
from linter.core.record import entity, field, record
from linter.core.regex import lazy_regex
from linter.core.sources import Location, Source
from linter.core.values import Unknown, make_string

MAX_DEPTH = 500
"""Deeper nesting is refused; the C decoder's own limit is the interpreter's stack."""

_STRING = lazy_regex(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SPACE = lazy_regex(r"[ \t\r\n]*")
_SCALAR = lazy_regex(r"[^\s,\]\}\[\{\"]+")
_STRUCTURE = lazy_regex(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_QUOTED = f'"{BARE_PLACEHOLDER}"'
_NEXT_BRACKET = lazy_regex(r'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+([\[\]{}])', re.DOTALL)
_NOT_BRACKETS = lazy_regex(r'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+(?:"|\\?\Z))++', re.DOTALL)
_DEPTH = lazy_regex(r'"(?:[^"\\]|\\.)*"|[\[{]+|[\]}]+', re.DOTALL)


@record
class JsonDocument:
    """A parsed text: its value, the way back to the text, and what was wrong with it.

    ``value`` is an ``Unknown`` when the ``problem`` says that content was lost.
    """

    value: Any
    locator: Locator
    problem: Problem | None = None


def parse_json(mapped: MappedText) -> JsonDocument:
    """Parse a text that holds one JSON value.

    A syntax error, nesting deeper than :data:`MAX_DEPTH`, a duplicate key (the last value is
    kept), ``NaN`` or an infinity becomes a ``Problem`` at its exact place; nothing is raised.
    """
    text = mapped.text
    locator = JsonLocator(mapped)
    if mapped.unknowns:
        text = _quote_bare_placeholders(text)
    problem = _depth_problem(mapped)
    if problem is not None:
        return JsonDocument(Unknown(problem.message), locator, problem)
    twice: list[str] = []

    def last_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs) and not twice:
            twice.extend(key for key, count in Counter(k for k, _ in pairs).items() if count > 1)
        return result

    try:
        value = json.loads(text, object_pairs_hook=last_of_each, parse_constant=_refuse_constant)
    except _ConstantError as error:
        at = max(_find_outside_strings(mapped.text, error.constant), 0)
        message = f"{error.constant} is not a JSON value"
        problem = Problem(
            message, mapped.span(at, at + len(error.constant)), hint="Use a number, or a string."
        )
        return JsonDocument(Unknown(message), locator, problem)
    except json.JSONDecodeError as error:
        problem = _syntax_problem(mapped, text, error)
        return JsonDocument(Unknown(problem.message), locator, problem)
    except ValueError:
        message = "A number in this JSON text has too many digits to be read"
        problem = Problem(message, mapped.span(0, 1), hint="Shorten the number.")
        return JsonDocument(Unknown(message), locator, problem)
    if mapped.unknowns:
        value = _Filler(mapped).fill(value)
    if twice:
        start, end = _find_duplicate(mapped.text)
        message = f"The key {json.dumps(twice[0])[:80]} appears twice in the same object"
        hint = "Keep one of them; most parsers silently use the last."
        problem = Problem(message, mapped.span(start, end), hint=hint, lost=False)
    return JsonDocument(value, locator, problem)


class _ConstantError(ValueError):
    def __init__(self, constant: str) -> None:
        super().__init__(constant)
        self.constant = constant


def _refuse_constant(constant: str) -> Any:
    raise _ConstantError(constant)


def _depth_problem(mapped: MappedText) -> Problem | None:
    """Refuse deep nesting before the decoder recurses into it."""
    text = mapped.text
    if text.count("[") + text.count("{") <= MAX_DEPTH or _is_shallow(text):
        return None
    depth = 0
    for match in _DEPTH.finditer(text):
        first = text[match.start()]
        if first == '"':
            continue
        run = match.end() - match.start()
        depth += run if first in "[{" else -run
        if depth > MAX_DEPTH:
            at = match.end() - (depth - MAX_DEPTH)
            return Problem(
                f"JSON nested deeper than {MAX_DEPTH} levels is not read",
                mapped.span(at, at + 1),
                hint="No SageMaker, IAM or Terraform document needs this; check what wrote the "
                "file.",
            )
    return None


def _is_shallow(text: str) -> bool:
    """Whether the brackets close within a few levels, as those of nearly every text do.

    Each round takes the innermost pairs away; all of it runs in C.
    """
    brackets = _NOT_BRACKETS.sub("", text)
    for _ in range(min(60, MAX_DEPTH // 2)):
        if not brackets:
            return True
        brackets = brackets.replace("[]", "").replace("{}", "")
    return False


def _quote_bare_placeholders(text: str) -> str:
    """Quote placeholders outside strings, so that ``{"n": ${x}}`` is JSON."""
    out: list[str] = []
    position = 0
    for match in _STRING.finditer(text):
        outside = text[position : match.start()]
        out.append(outside.replace(PLACEHOLDER, _QUOTED))
        out.append(match.group())
        position = match.end()
    out.append(text[position:].replace(PLACEHOLDER, _QUOTED))
    return "".join(out)


class _Filler:
    """Puts the unknown parts back into decoded values, in the order of the text."""

    def __init__(self, mapped: MappedText) -> None:
        self._unknowns = [mapped.unknowns[at] for at in sorted(mapped.unknowns)]
        self._next = 0

    def fill(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._fill_text(value)
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, dict):
            filled: dict[str, Any] = {}
            for key, item in value.items():
                if PLACEHOLDER in key:
                    key = str(self._fill_text(key))
                filled[key] = self.fill(item)
            return filled
        return value

    def _fill_text(self, text: str) -> Any:
        if text == BARE_PLACEHOLDER:
            return self._take()
        if PLACEHOLDER not in text:
            return text
        parts: list[Any] = []
        for index, piece in enumerate(text.split(PLACEHOLDER)):
            if index:
                parts.append(self._take())
            parts.append(piece)
        return make_string(parts)

    def _take(self) -> Unknown:
        unknown = self._unknowns[self._next]
        self._next += 1
        return unknown


def _find_outside_strings(text: str, word: str) -> int:
    for match in re.finditer(rf'"(?:[^"\\]|\\.)*"|{re.escape(word)}', text, re.DOTALL):
        if match.group() == word:
            return match.start()
    return -1


def _find_duplicate(text: str) -> tuple[int, int]:
    """The span of the first key that repeats in its object, in the text's own order."""
    stack: list[set[str] | None] = []
    for match in _STRUCTURE.finditer(text):
        token = match.group()
        if token == "{":
            stack.append(set())
        elif token == "[":
            stack.append(None)
        elif token in "]}":
            if stack:
                stack.pop()
        elif stack and stack[-1] is not None:
            after = _SPACE.match(text, match.end())
            if after is None or text[after.end() : after.end() + 1] != ":":
                continue
            keys = stack[-1]
            if token in keys:
                return match.start(), match.end()
            keys.add(token)
    return 0, 1


def _syntax_problem(mapped: MappedText, text: str, error: json.JSONDecodeError) -> Problem:
    # Each quoted placeholder made the text two characters longer.
    at = error.pos
    at -= 2 * text.count(_QUOTED, 0, at)
    at = min(at, len(mapped.text))
    message, hint, at = _explain(mapped.text, error.msg, at)
    return Problem(message, mapped.span(at, min(at + 1, len(mapped.text))), hint=hint)


def _explain(text: str, reason: str, at: int) -> tuple[str, str, int]:
    """A sentence for people, what to do, and the place it is about."""
    if not text.strip():
        return "The text is empty where JSON is expected", "Write a JSON value.", 0
    rest = text[at:].lstrip(" \t\r\n")
    if not rest and not reason.startswith("Unterminated"):
        return (
            "The JSON text ends before its last value is complete",
            "Close the open brackets; the file may have been cut off.",
            len(text.rstrip()),
        )
    if reason.startswith("Unterminated"):
        return "This string is never closed", 'Add the closing ".', at
    if reason.startswith("Invalid control character"):
        return (
            "A line break or control character stands inside a string",
            "Write it as \\n, or close the string on its line.",
            at,
        )
    if reason.startswith(("Invalid \\escape", "Invalid \\uXXXX")):
        return "This backslash does not begin a JSON escape", "Write \\\\ for a backslash.", at
    if reason == "Extra data":
        return "There is more text after the end of the JSON value", "Remove it.", at
    found = rest[0]
    if found == "'":
        return (
            "JSON strings are written with double quotes",
            "Replace ' by \".",
            text.index("'", at),
        )
    if text.startswith(("//", "/*", "#"), at):
        return "JSON has no comments", "Remove the comment.", at
    position = len(text) - len(rest) if rest else at
    if reason.startswith("Expecting ',' delimiter"):
        return (
            f"Expected a comma or a closing bracket before {_quote(found)}",
            "Separate members with commas.",
            position,
        )
    if reason.startswith("Expecting ':' delimiter"):
        return (
            f"Expected a colon after the key, found {_quote(found)}",
            'Write "key": value.',
            position,
        )
    if reason.startswith(("Expecting property name", "Illegal trailing comma")):
        if found == "}" or reason.startswith("Illegal"):
            return (
                "A comma before the closing bracket",
                "Remove the trailing comma.",
                _comma_before(text, at),
            )
        return (
            f"Expected a key in double quotes, found {_quote(found)}",
            'Keys are written as "key".',
            position,
        )
    if found in "]}":
        return (
            f"Expected a value before {_quote(found)}",
            "Remove the trailing comma, or add the missing value.",
            _comma_before(text, position),
        )
    return (
        f"Expected a JSON value, found {_quote(found)}",
        "Values are strings in double quotes, numbers, true, false, null, [ ] and { }.",
        position,
    )


def _comma_before(text: str, position: int) -> int:
    before = text[:position].rstrip(" \t\r\n")
    return len(before) - 1 if before.endswith(",") else position


def _quote(character: str) -> str:
    return repr(character) if character.isprintable() else f"U+{ord(character):04X}"


_KEPT_LEVELS = 8
"""Of containers so many levels deeper the end is kept."""


class _Member(NamedTuple):
    key: tuple[int, int] | None
    value: tuple[int, int]


@entity
class JsonLocator:
    """Finds paths in a JSON text; indexes containers as they are asked for."""

    mapped: MappedText
    _members: dict[tuple[int, int], dict[str | int, _Member]] = field(
        default_factory=dict, repr=False
    )
    _ends: dict[int, int] = field(default_factory=dict, repr=False)
    _trail: dict[int, tuple[Path, tuple[int, int]]] = field(default_factory=dict, repr=False)

    def locate(self, path: Path) -> Location:
        _, value = self._walk(path)
        return Location(self.mapped.span(*value))

    def locate_key(self, path: Path) -> Location:
        key, value = self._walk(path)
        return Location(self.mapped.span(*(key or value)))

    def offsets(self, path: Path) -> tuple[int, int]:
        """Start and end of the value at ``path`` in the mapped text."""
        return self._walk(path)[1]

    def member(self, path: Path) -> tuple[tuple[int, int] | None, tuple[int, int]]:
        """Offsets of the last key of ``path`` (``None`` for a list item) and of its value."""
        return self._walk(path)

    def _walk(self, path: Path) -> tuple[tuple[int, int] | None, tuple[int, int]]:
        key: tuple[int, int] | None = None
        value = self._whole
        rest: Path = path
        # Who walks a tree asks for members of what was asked for just before: a way from the
        # root for each would take the square of the depth.
        around = self._trail.get(len(path) - 1)
        if around is not None and around[0] == path[:-1]:
            value, rest = around[1], path[-1:]
        for part in rest:
            members = self._index(value)
            member = members.get(part)
            if member is None:
                return key, value
            key, value = member
        self._trail[len(path)] = path, value
        return key, value

    @cached_property
    def _whole(self) -> tuple[int, int]:
        text = self.mapped.text
        start = _skip_space(text, 0)
        return start, max(len(text.rstrip()), start)

    def _index(self, container: tuple[int, int]) -> dict[str | int, _Member]:
        found = self._members.get(container)
        if found is None:
            found = self._members[container] = self._scan(*container)
        return found

    def _scan(self, start: int, end: int) -> dict[str | int, _Member]:
        text = self.mapped.text
        opening = text[start : start + 1]
        members: dict[str | int, _Member] = {}
        if opening not in ("{", "["):
            return members
        position = _skip_space(text, start + 1)
        index = 0
        while position < end and text[position] not in "]}":
            key: tuple[int, int] | None = None
            name: str | int = index
            if opening == "{":
                match = _STRING.match(text, position)
                if match is None:
                    break
                key = match.span()
                name = self._key_name(*key)
                position = _skip_space(text, match.end())
                if text[position : position + 1] != ":":
                    break
                position = _skip_space(text, position + 1)
            stop = self._value_end(position)
            if stop == position:
                break
            members[name] = _Member(key, (position, stop))
            index += 1
            position = _skip_space(text, stop)
            if text[position : position + 1] == ",":
                position = _skip_space(text, position + 1)
        return members

    def _value_end(self, start: int) -> int:
        """The end of the value that starts at ``start``; ``start`` itself when there is none.

        What is nested deeper is met on the way; some of its ends are kept, so that no part of a
        deep text is looked at for each level around it.
        """
        text = self.mapped.text
        first = text[start : start + 1]
        if first == '"':
            match = _STRING.match(text, start)
            return match.end() if match else start
        if first not in ("{", "["):
            match = _SCALAR.match(text, start)
            return match.end() if match else start
        if start in self._ends:
            return self._ends[start]
        opened = [start]
        position = start + 1
        while opened:
            match = _NEXT_BRACKET.search(text, position)
            if match is None:
                return len(text)
            position = match.end()
            if match[1] in "{[":
                at = match.start(1)
                end = self._ends.get(at)
                if end is None:
                    opened.append(at)
                else:
                    position = end
                continue
            begin = opened.pop()
            if opened and len(opened) % _KEPT_LEVELS == 0:
                self._ends[begin] = position
        return position

    def _key_name(self, start: int, end: int) -> str:
        name = self.mapped.text[start + 1 : end - 1]
        if "\\" in name:
            # In a text that is no JSON a key may end in the middle of an escape.
            with suppress(ValueError):
                name = json.loads(self.mapped.text[start:end], strict=False)
        if PLACEHOLDER in name:
            return str(self.mapped.fill(name, start))
        return str(name)


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def parse_json_source(source: Source) -> JsonDocument:
    """Parse a whole file."""
    return parse_json(MappedText.of_source(source))
