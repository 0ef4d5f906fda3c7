"""IAM's wildcards over texts that are known in part.

A glob is made once from a value of a policy; a text is what it is held against. Inside both, one
character each stands for ``*``, for ``?`` and for a gap: text that is not known. A gap of a glob
may be anything, wildcards included. Every answer is sound: one that is not ``None`` holds whatever
the gaps are.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from linter.core.truth import Truth, agreement
from linter.core.values import Choice, Template, Unknown

STAR, ONE, GAP = "\ue000", "\ue001", "\ue002"
_RESERVED = str.maketrans(dict.fromkeys((STAR, ONE, GAP), "\ufffd"))
_WILDCARDS = str.maketrans({"*": STAR, "?": ONE})
MAX_LENGTH = 8_192
"""Characters of a glob or text that are looked at; what is longer is a gap."""


def plain(text: str) -> str:
    """Text that stands for itself, ``*`` and ``?`` included."""
    if len(text) > MAX_LENGTH:
        return text[:MAX_LENGTH].translate(_RESERVED) + GAP
    return text if text.isascii() else text.translate(_RESERVED)


def wild(text: str) -> str:
    """Text of which ``*`` and ``?`` are wildcards."""
    return plain(text).translate(_WILDCARDS)


def options(value: Any, form: Any = wild) -> tuple[str, ...]:
    """The atoms of a value, one for each text that it may be; a gap where nothing is known."""
    if isinstance(value, str):
        return (form(value),)
    if isinstance(value, Template):
        return ("".join(form(p) if isinstance(p, str) else GAP for p in value.parts),)
    if isinstance(value, Choice):
        return tuple(dict.fromkeys(a for item in value.values for a in options(item, form)))
    if isinstance(value, Unknown):
        if value.alternatives:
            return tuple(dict.fromkeys(a for i in value.alternatives for a in options(i, form)))
        return (GAP,)
    if isinstance(value, bool):
        return (form("true" if value else "false"),)
    return (form(str(value)),)


def holds(globs: tuple[str, ...], texts: tuple[str, ...]) -> Truth:
    """Whether a glob matches a text, each given by the atoms that it may be."""
    if len(globs) == 1 and len(texts) == 1:
        return holds_one(globs[0], texts[0])
    return agreement(holds_one(glob, text) for glob in globs for text in texts)


def holds_one(glob: str, text: str) -> Truth:
    """The same for one of each."""
    if GAP not in glob:
        if covers(glob, text):
            return True
        if GAP not in text:
            return False
    return None if may_meet(glob, text) else False


def covers(glob: str, text: str) -> bool:
    """Whether a glob without gaps matches every text that ``text`` may stand for.

    ``text`` may itself have wildcards: then the question is whether ``glob`` allows all of it.
    Never says so wrongly; may miss it where several pieces of ``glob`` share one of ``text``.
    """
    position = at = _head(glob)
    if glob[:at] != text[:at]:
        return False
    if position == len(glob):
        return at == len(text)
    if glob[position:] == STAR:
        return True
    star, resume = -1, 0
    while at < len(text):
        wanted = glob[position] if position < len(glob) else ""
        found = text[at]
        if wanted == STAR:
            star, resume = position, at
            position += 1
        elif wanted and (
            (wanted == found and found not in (STAR, GAP))
            or (wanted == ONE and found not in (STAR, GAP))
        ):
            position += 1
            at += 1
        elif star >= 0:
            resume += 1
            position, at = star + 1, resume
        else:
            return False
    return not glob[position:].strip(STAR)


@lru_cache(maxsize=4096)
def _head(glob: str) -> int:
    """Where the first wildcard is; what stands before it must stand in the text."""
    first = min(glob.find(STAR) % (len(glob) + 1), glob.find(ONE) % (len(glob) + 1))
    gap = glob.find(GAP)
    return first if gap < 0 else min(first, gap)


@lru_cache(maxsize=4096)
def _masks(glob: str) -> tuple[int, int, int, dict[str, int]]:
    """(states that stay, that take any character, the final state, state by literal)."""
    stays = anything = 0
    literal: dict[str, int] = {}
    for index, atom in enumerate(glob):
        bit = 1 << index
        if atom in (STAR, GAP):
            stays |= bit
        elif atom == ONE:
            anything |= bit
        else:
            literal[atom] = literal.get(atom, 0) | bit
    return stays, anything, 1 << len(glob), literal


def may_meet(glob: str, text: str) -> bool:
    """Whether some value of all gaps and wildcards makes both the same text."""
    stays, anything, final, literal = _masks(glob)
    every = final * 2 - 1
    states = _closed(1, stays)
    for atom in text:
        if atom in (STAR, GAP):
            # Whatever it stands for can take the glob from its first state to any later one.
            states = every & ~((states & -states) - 1)
            continue
        if atom == ONE:
            moving = states & ~stays
        else:
            moving = states & (literal.get(atom, 0) | anything)
        states = _closed((moving << 1 & every) | states & stays, stays)
        if not states:
            return False
    return bool(states & final)


def _closed(states: int, stays: int) -> int:
    """With the states that are reached by letting a wildcard stand for nothing."""
    while True:
        more = states | (states & stays) << 1
        if more == states:
            return states
        states = more
