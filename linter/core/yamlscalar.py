"""The text a YAML scalar denotes, with the place of each of its characters.

The value itself is libyaml's; only the way back to the source is worked out here. Where the two
cannot be aligned the whole value stands for the whole scalar.
"""

from __future__ import annotations

import re
from typing import Any

from linter.core.mapped import MappedText, MappedTextBuilder
from linter.core.regex import lazy_regex
from linter.core.sources import Source

_WORDS = lazy_regex(r"\s+|\S+")
_SPACE = lazy_regex(r"\s*")
_ESCAPES = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "\t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    " ": " ",
    '"': '"',
    "/": "/",
    "\\": "\\",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_HEX = {"x": 2, "u": 4, "U": 8}


def mapped_scalar(source: Source, node: Any, start: int, end: int) -> MappedText:
    """The value of a scalar node written at ``source.text[start:end]``."""
    value: str = node.value
    builder = MappedTextBuilder()
    style = node.style
    if style == '"':
        done = _double_quoted(builder, source, start + 1, end - 1)
    elif style == "'":
        done = _words(builder, source, value, start + 1, end - 1, quote="'")
    elif style in ("|", ">"):
        header = source.text.find("\n", start, end)
        body = end if header == -1 else header + 1
        done = style == "|" and _literal(builder, source, value, body)
        if not done:
            builder = MappedTextBuilder()
            done = _words(builder, source, value, body, end)
    else:
        done = _words(builder, source, value, start, end)
    mapped = builder.build(source, start)
    if done and mapped.text == value:
        return mapped
    whole = MappedTextBuilder()
    whole.add(value, source, start, end)
    return whole.build(source, start)


def _literal(builder: MappedTextBuilder, source: Source, value: str, start: int) -> bool:
    """A literal block: each line of the value is the end of its source line."""
    text = source.text
    lines = value.split("\n")
    for number, line in enumerate(lines):
        stop = text.find("\n", start)
        stop = len(text) if stop == -1 else stop
        finish = stop - 1 if stop > start and text[stop - 1] == "\r" else stop
        if line:
            begin = finish - len(line)
            if begin < start or text[begin:finish] != line:
                return False
            if finish == stop and number < len(lines) - 1 and stop < len(text):
                builder.add(line + "\n", source, begin, stop + 1)
                start = stop + 1
                continue
            builder.add(line, source, begin, finish)
        if number < len(lines) - 1:
            builder.add("\n", source, finish, min(stop + 1, len(text)))
        start = stop + 1
    return True


def _words(
    builder: MappedTextBuilder, source: Source, value: str, start: int, end: int, quote: str = ""
) -> bool:
    """Folded text: the same words in the same order, with other space between them."""
    text = source.text
    position = start
    for match in _WORDS.finditer(value):
        word = match.group()
        if word.isspace():
            found = _SPACE.match(text, position, end)
            stop = found.end() if found else position
            builder.add(word, source, position, stop)
            position = stop
            continue
        found = _SPACE.match(text, position, end)
        position = found.end() if found else position
        for index, part in enumerate(word.split(quote)) if quote else ((0, word),):
            if index:
                builder.add(quote, source, position, position + 2)
                position += 2
            if not text.startswith(part, position, end):
                return False
            builder.add(part, source, position, position + len(part))
            position += len(part)
    return True


def _double_quoted(builder: MappedTextBuilder, source: Source, start: int, end: int) -> bool:
    text = source.text
    position = start
    special = re.compile(r"\\|[ \t]*\r?\n")
    while position < end:
        match = special.search(text, position, end)
        stop = match.start() if match else end
        builder.add(text[position:stop], source, position, stop)
        if match is None:
            return True
        if match.group() != "\\":
            position = _fold(builder, source, stop, end)
            continue
        after = _escape(builder, source, stop, end)
        if after == stop:
            return False
        position = after
    return True


def _fold(builder: MappedTextBuilder, source: Source, start: int, end: int) -> int:
    """Line breaks inside double quotes: one is a space, more are one fewer breaks."""
    match = _SPACE.match(source.text, start, end)
    stop = match.end() if match else start
    breaks = source.text.count("\n", start, stop)
    builder.add("\n" * (breaks - 1) or " ", source, start, stop)
    return stop


def _escape(builder: MappedTextBuilder, source: Source, start: int, end: int) -> int:
    """One escape sequence; its own start when it is not valid."""
    text = source.text
    letter = text[start + 1 : start + 2]
    if letter in ("\n", "\r"):
        match = re.compile(r"\\\r?\n[ \t]*").match(text, start, end)
        return match.end() if match else start
    if letter in _HEX:
        stop = start + 2 + _HEX[letter]
        try:
            builder.add(chr(int(text[start + 2 : stop], 16)), source, start, stop)
        except (ValueError, OverflowError):
            return start
        return stop
    if letter not in _ESCAPES:
        return start
    builder.add(_ESCAPES[letter], source, start, start + 2)
    return start + 2
