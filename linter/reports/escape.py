"""Text from scanned files, made harmless for each kind of output.

A scanned file may hold anything: escape sequences, markup, direction marks, names of thousands of
characters. Every format passes what it shows through one of these.
"""

from __future__ import annotations

import re
from posixpath import normpath
from urllib.parse import quote

from linter.core.printable import printable
from linter.core.regex import lazy_regex

MAX_TEXT = 1000
"""Characters of a message; more is cut in the middle."""

_MARKDOWN = lazy_regex(r"([\\`*_{}\[\]()#+!|~$])")


def plain(text: str, limit: int = MAX_TEXT) -> str:
    """One line, control characters visible, not longer than ``limit``."""
    return printable(text, limit)


def paragraphs(text: str, limit: int = 10 * MAX_TEXT) -> str:
    """Like :func:`plain`, with line breaks kept. For texts of rules."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "\n".join(printable(line) for line in cut.split("\n"))


def markdown(text: str, limit: int = MAX_TEXT) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no mention of a user or issue."""
    shown = plain(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", shown).replace("@", "@\u200b").replace("://", ":\u200b//")


def code(text: str, limit: int = MAX_TEXT) -> str:
    """An inline code span in Markdown, fit for a table's cell."""
    shown = plain(text, limit).replace("|", "\u2502")
    if not shown:
        return ""
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or longest else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def sarif_message(text: str, limit: int = MAX_TEXT) -> str:
    """A SARIF plain-text message, in which ``[text](target)`` would be a link."""
    shown = plain(text, limit)
    if "](" not in shown:
        return shown
    return shown.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def csv_cell(text: str) -> str:
    """A cell on one line, that a spreadsheet does not run as a formula."""
    shown = plain(text)
    return f"'{shown}" if shown.lstrip(" ")[:1] in ("=", "+", "-", "@") else shown


def xml_attribute(text: str, limit: int = MAX_TEXT) -> str:
    """A quoted attribute value."""
    from xml.sax.saxutils import quoteattr

    return quoteattr(plain(text, limit))


def xml_text(text: str, limit: int = 10 * MAX_TEXT) -> str:
    """Character data; line breaks are kept."""
    from xml.sax.saxutils import escape

    return escape(paragraphs(text, limit))


def workflow_data(text: str) -> str:
    """The message of a GitHub workflow command."""
    return plain(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """A property of a GitHub workflow command."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


def repository_path(prefix: str, path: str) -> str:
    """A path from the repository's root, for formats that are read there."""
    return normpath(f"{prefix}{path}") if path else path


def uri(path: str) -> str:
    """A relative URI reference to a path."""
    return quote(path.encode("utf-8", "surrogateescape" if _decodable(path) else "replace"))


def _decodable(path: str) -> bool:
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
