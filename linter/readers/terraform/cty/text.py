"""Text as Terraform keeps it."""

from __future__ import annotations

from unicodedata import normalize

from linter.core.values import Template


def normal_text(text: str | Template) -> str | Template:
    """All text is kept in Unicode's normal form C."""
    if isinstance(text, str) and not text.isascii():
        return normalize("NFC", text)
    return text
