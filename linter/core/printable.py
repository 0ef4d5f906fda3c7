"""Making hostile text safe to show."""

from __future__ import annotations

import unicodedata

from linter.core.regex import lazy_regex
from linter.core.secrets import masked

_ACTING = lazy_regex(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str, limit: int | None = None) -> str:
    """``text`` on one line, with everything that could disturb a terminal made visible.

    Control characters (escape sequences, line breaks), direction marks, lone surrogates and
    other unprintable characters become ``\\xNN`` or ``\\uNNNN``. Text longer than ``limit``
    characters is cut in the middle.
    """
    if limit is not None and len(text) > limit:
        text = masked(text)  # before it is cut: half a secret is one as well
        half = (limit - 1) // 2
        text = f"{text[: limit - 1 - half]}…{text[len(text) - half :]}"
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _harmless(character) else _visible(character) for character in text)


def visible(text: str) -> str:
    """Text of several lines, in which nothing acts on a terminal or on how text is shown."""
    return _ACTING.sub(lambda found: _visible(found[0]), text)


def _harmless(character: str) -> bool:
    return character.isprintable() and character not in _BIDI


def _visible(character: str) -> str:
    code = ord(character)
    if character in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def width(text: str) -> int:
    """Columns that printable text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
