"""Names of places inside documents that survive moved lines: ``Steps[Train].Arguments``."""

from __future__ import annotations

import re
from typing import Any

from linter.core.documents import Path

NAME_KEYS = ("Sid", "Name", "Key", "Id", "name", "sid", "key", "VariantName", "variant_name",
             "InputName", "OutputName", "ChannelName", "PolicyName", "ParameterName")

_PLAIN = re.compile(r"[A-Za-z_][\w:-]*", re.ASCII)
MAX_NAME = 80


def element_name(items: list[Any], index: int) -> str:
    """What a list's element is called: by its Sid or Name where only it has that, else its index.
    """
    item = items[index] if 0 <= index < len(items) else None
    if isinstance(item, dict):
        for key in NAME_KEYS:
            name = item.get(key)
            if isinstance(name, str) and name:
                same = sum(isinstance(o, dict) and o.get(key) == name for o in items[:1000])
                return name[:MAX_NAME] if same == 1 else str(index)
    return str(index)


def object_path(value: Any, path: Path) -> str:
    """A path for people and fingerprints, list elements by name where they have one."""
    out: list[str] = []
    for key in path:
        if isinstance(key, int):
            name = element_name(value, key) if isinstance(value, list) else str(key)
            out.append(f"[{name}]")
            value = value[key] if isinstance(value, list) and -len(value) <= key < len(value) \
                else None
        else:
            plain = _PLAIN.fullmatch(key) is not None
            out.append((f".{key}" if out else key) if plain else f"[{key!r}]")
            value = value.get(key) if isinstance(value, dict) else None
    return "".join(out)


def join_object(label: str, inner: str) -> str:
    """A subject's label and a path inside it."""
    if not label or not inner:
        return label or inner
    return label + inner if inner.startswith("[") else f"{label}.{inner}"
