"""Names of places inside documents that survive moved lines: ``Steps[Train].Arguments``."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from linter.core.documents import Path
from linter.core.regex import lazy_regex

NAME_KEYS = (
    "Sid",
    "Name",
    "Key",
    "Id",
    "name",
    "sid",
    "key",
    "VariantName",
    "variant_name",
    "InputName",
    "OutputName",
    "ChannelName",
    "PolicyName",
    "ParameterName",
)

_PLAIN = lazy_regex(r"[A-Za-z_][\w:-]*", re.ASCII)
MAX_NAME = 80


class Names:
    """Names of list elements, worked out once per list.

    Lists are remembered by identity: use one object only while the documents it is asked about
    are alive and do not change.
    """

    def __init__(self) -> None:
        self._known: dict[int, list[str]] = {}

    def element(self, items: list[Any], index: int) -> str:
        """What an element is called: its Sid or Name where only it has that, else its index."""
        names = self._known.get(id(items))
        if names is None:
            names = self._known[id(items)] = element_names(items)
        return names[index] if 0 <= index < len(names) else str(index)

    def object_path(self, value: Any, path: Path) -> str:
        """A path for people and fingerprints, list elements by name where they have one."""
        out: list[str] = []
        for key in path:
            if isinstance(key, int):
                name = self.element(value, key) if isinstance(value, list) else str(key)
                out.append(f"[{name}]")
                inside = isinstance(value, list) and -len(value) <= key < len(value)
                value = value[key] if inside else None
            else:
                plain = key.isidentifier() or _PLAIN.fullmatch(key) is not None
                out.append((f".{key}" if out else key) if plain else f"[{key!r}]")
                value = value.get(key) if isinstance(value, dict) else None
        return "".join(out)


def element_names(items: list[Any]) -> list[str]:
    """A name for each element of a list; the index for one without a name of its own."""
    own = [_own_name(item) for item in items]
    counts = Counter(name for name in own if name)
    return [name if name and counts[name] == 1 else str(index) for index, name in enumerate(own)]


def _own_name(item: Any) -> str:
    if isinstance(item, dict):
        for key in NAME_KEYS:
            name = item.get(key)
            if isinstance(name, str) and name:
                return name[:MAX_NAME]
    return ""


def join_object(label: str, inner: str) -> str:
    """A subject's label and a path inside it."""
    if not label or not inner:
        return label or inner
    return label + inner if inner.startswith("[") else f"{label}.{inner}"
