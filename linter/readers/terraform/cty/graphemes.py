"""Characters as people see them: Terraform counts and cuts text by grapheme clusters."""

from __future__ import annotations

from unicodedata import category

_ZWJ = "\u200d"
_EXTENDING = frozenset(("Mn", "Me", "Mc"))


def _extends(char: str) -> bool:
    """Whether a character belongs to the one before it."""
    code = ord(char)
    return (
        char == _ZWJ
        or category(char) in _EXTENDING
        or 0x1F3FB <= code <= 0x1F3FF
        or 0xE0020 <= code <= 0xE007F
        or code == 0x200C
    )


def _is_flag_half(char: str) -> bool:
    return 0x1F1E6 <= ord(char) <= 0x1F1FF


def _is_pictograph(char: str) -> bool:
    code = ord(char)
    return 0x1F000 <= code <= 0x1FAFF or 0x2190 <= code <= 0x2BFF or code in (0xA9, 0xAE)


def _hangul(char: str) -> str:
    code = ord(char)
    if 0x1100 <= code <= 0x115F:
        return "L"
    if 0x1160 <= code <= 0x11A7:
        return "V"
    if 0x11A8 <= code <= 0x11FF:
        return "T"
    if 0xAC00 <= code <= 0xD7A3:
        return "LV" if (code - 0xAC00) % 28 == 0 else "LVT"
    return ""


_HANGUL_FOLLOWS = {"L": ("L", "V", "LV", "LVT"), "LV": ("V", "T"), "V": ("V", "T"),
                   "LVT": ("T",), "T": ("T",)}  # fmt: skip


def clusters(text: str) -> list[str]:
    """The text cut into grapheme clusters."""
    if text.isascii() and "\r\n" not in text:
        return list(text)
    result: list[str] = []
    flags = 0
    for char in text:
        if result and _joins(result[-1], char, flags):
            result[-1] += char
        else:
            result.append(char)
        flags = flags + 1 if _is_flag_half(char) else 0
    return result


def _joins(cluster: str, char: str, flags: int) -> bool:
    last = cluster[-1]
    if last == "\r":
        return char == "\n"
    if last == "\n" or char in "\r\n" or category(last) == "Cc":
        return False
    if _extends(char):
        return True
    if last == _ZWJ and _is_pictograph(char) and _is_pictograph(cluster[0]):
        return True
    if _is_flag_half(char) and _is_flag_half(last):
        return flags % 2 == 1
    return _hangul(char) in _HANGUL_FOLLOWS.get(_hangul(last), ())


def count_clusters(text: str) -> int:
    """How long Terraform says a text is."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    return len(clusters(text))
