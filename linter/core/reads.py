"""Which unknowns a check has read, so that its silence is not taken for a pass.

A check says what is wrong; one that says nothing passes its subject. When it could not read what it
asked for, that would be an unknown that passes in silence. So whoever judges watches what is read:
:func:`linter.core.values.lookup` reports every unknown that it gives, and readers of what is worked
out once for several checks report what they had to leave out, by :func:`note`.

Only an unknown that may be anything counts: one that refers to an attribute of a resource, or to
what a step of a pipeline will give, is *some* ARN or name, whatever it will be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from linter.core.identity import split_address

MAX_NOTED = 16
"""Unknowns that are kept of one check on one subject."""

_OPEN_ROOTS = (
    *("var.", "local.", "each.", "count.", "self.", "path.", "terraform."),
    "Parameters.",
)
_NAMING = ("arn", "id", "name", "url", "bucket", "partition", "dns_suffix", "region")
"""Ends of attributes by which a data source names one thing that exists."""


class Reads:
    """What one check read of which nothing is known."""

    __slots__ = ("unknowns",)

    def __init__(self) -> None:
        self.unknowns: list[Any] = []


_watched: list[Reads] = []


def watched() -> bool:
    """Whether somebody listens."""
    return bool(_watched)


@contextmanager
def watching() -> Iterator[Reads]:
    """Gather what is noted until the block ends."""
    reads = Reads()
    _watched.append(reads)
    try:
        yield reads
    finally:
        _watched.remove(reads)


@contextmanager
def unwatched() -> Iterator[None]:
    """For what is read without its deciding anything: titles, related places."""
    held = _watched[:]
    _watched.clear()
    try:
        yield
    finally:
        _watched[:] = held


def note(*unknowns: Any) -> None:
    """Say that something could not be read which may matter."""
    if not _watched:
        return
    found = _watched[-1].unknowns
    for unknown in unknowns:
        known = any(one is unknown for one in found)
        if len(found) < MAX_NOTED and not known and may_be_anything(unknown.references):
            found.append(unknown)


def settle(unknown: Any) -> None:
    """Take back what was noted of an unknown: what was asked of it has an answer all the same."""
    if _watched:
        found = _watched[-1].unknowns
        found[:] = [one for one in found if one is not unknown]


def may_be_anything(references: Iterable[str]) -> bool:
    """Whether an unknown with these references names nothing: a variable, a parameter, no word."""
    return not any(map(_names_something, references))


def _names_something(reference: str) -> bool:
    if reference.startswith("AWS::"):
        return True  # the account, the region: whichever, it is one
    if reference.startswith("module."):
        reference = _inside_modules(reference)
    if "." not in reference or reference.startswith(_OPEN_ROOTS):
        return False
    if reference.startswith("data."):
        return reference.rpartition(".")[2].endswith(_NAMING)
    return True


def _inside_modules(reference: str) -> str:
    """What a reference names inside the modules it goes through: a resource, or else nothing.

    An output of a module that could not be read may be anything.
    """
    names = [name for name, _ in split_address(reference)]
    while len(names) > 1 and names[0] == "module":
        names = names[2:]
    resource = names[1:] if names[:1] == ["data"] else names
    return ".".join(names) if len(resource) > 2 and "_" in resource[0] else ""


_TEXTS = (
    *("name", "names", "arn", "arns", "type", "types", "uri", "url", "image", "id", "ids", "key"),
    *("count", "gb", "seconds", "status", "mode", "bucket", "value", "role", "region", "version"),
    *("enabled", "path", "prefix", "policy", "message", "size", "port", "isolation", "location"),
)
_OF_TEXTS = frozenset(("environment", "hyperparameters", "tags"))


def names_a_text(path: Sequence[str | int]) -> bool:
    """Whether what stands at a path is a text or number by its key: nothing is below it."""
    keys = [str(key).lower() for key in path if not isinstance(key, int)]
    return bool(keys) and (keys[-1].endswith(_TEXTS) or keys[-2:-1] in ([k] for k in _OF_TEXTS))
