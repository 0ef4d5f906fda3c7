"""Colour, only where a person sees it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import IO, Any

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
    "bold red": "1;31",
    "bold magenta": "1;35",
    "bold yellow": "1;33",
    "bold green": "1;32",
}

SEVERITY_STYLES = {
    "critical": "bold magenta",
    "high": "bold red",
    "medium": "yellow",
    "low": "cyan",
    "info": "blue",
}


def wants_colour(
    stream: IO[Any], choice: str = "auto", environment: Mapping[str, str] | None = None
) -> bool:
    """Whether to colour what is written to ``stream``.

    ``choice`` is ``auto``, ``always`` or ``never``. ``auto`` means a terminal, unless
    ``NO_COLOR`` is set (to anything but the empty string) or ``TERM`` is ``dumb``.
    """
    if choice != "auto":
        return choice == "always"
    env = os.environ if environment is None else environment
    if env.get("NO_COLOR") or env.get("TERM") == "dumb":
        return False
    return bool(getattr(stream, "isatty", lambda: False)())


def columns(stream: IO[Any], environment: Mapping[str, str] | None = None) -> int:
    """Columns of a terminal, or of what ``COLUMNS`` says; 100 where neither does.

    As ``shutil.get_terminal_size``, whose module brings every compression library along.
    """
    env = os.environ if environment is None else environment
    text = env.get("COLUMNS", "")
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    try:
        return os.get_terminal_size(stream.fileno()).columns or 100
    except (AttributeError, ValueError, OSError):
        return 100


class Painter:
    """Wraps text in ANSI styles, or leaves it as it is."""

    def __init__(self, colour: bool, columns: int = 0) -> None:
        self.colour = colour
        self.columns = columns
        """Of the terminal that a person reads; 0 where lines may be of any length."""

    def __call__(self, text: str, style: str) -> str:
        if not self.colour or not text:
            return text
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


PLAIN = Painter(False)
"""For files, pipes and tests."""


def terminal_columns(stream: IO[Any]) -> int:
    """Columns of a terminal, 0 for what is none: hooks, pipes and CI get whole lines."""
    return columns(stream) if stream.isatty() else 0


def painter_for(stream: IO[Any], choice: str = "auto") -> Painter:
    """How to write to a stream: whether in colour, and how wide it is where a person reads it."""
    return Painter(wants_colour(stream, choice), terminal_columns(stream))


def fit(text: str, paint: Painter, most: int = 0) -> str:
    """Text fitted to the terminal that a person reads, by rich; what a pipe gets is as it was.

    ``most`` bounds the columns that are used of a wide terminal; 0 uses all of them.
    """
    if not paint.columns:
        return text
    from linter.reports.fitted import fitted

    return fitted(text, min(paint.columns, most or paint.columns), paint.colour)


def stated_columns(environment: Mapping[str, str] | None = None) -> int:
    """The width that ``COLUMNS`` asks for where no terminal has one; 0 where it does not."""
    text = (os.environ if environment is None else environment).get("COLUMNS", "")
    return int(text) if text.isascii() and text.isdigit() else 0
