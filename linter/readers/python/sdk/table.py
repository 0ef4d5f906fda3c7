"""The SDK's classes: their parameters, defaults and ancestors, as ``build_table.py`` wrote them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

_NEW = ("sagemaker.mlops", "sagemaker.train", "sagemaker.serve", "sagemaker.core")
_DYNAMIC = "__dynamic__"


class Known(NamedTuple):
    """A class of the SDK."""

    name: str
    entry: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return self.name.rsplit(".", 1)[-1]

    @property
    def parameters(self) -> list[list[Any]]:
        """``[[name], [name, default], …]`` of its constructor, in order."""
        found: list[list[Any]] = self.entry.get("init", [])
        return found

    def parameters_of(self, method: str) -> list[list[Any]] | None:
        found: list[list[Any]] | None = self.entry.get("methods", {}).get(method)
        return found if found != [["subclass"]] else None


@cache
def _table(version: int) -> Mapping[str, Any]:
    import json
    from importlib.resources import files

    resource = files("linter.readers.python.sdk") / "data" / f"sagemaker{version}.json"
    found: Mapping[str, Any] = json.loads(resource.read_text("utf-8"))
    return found


def _version(name: str) -> int:
    return 3 if name.startswith(_NEW) else 2


def names_of(module: str) -> list[str]:
    """What a module of the SDK exports as classes."""
    if not module.startswith("sagemaker"):
        return []
    return list(_table(_version(module))["modules"].get(module, ()))


@cache
def resolve(full: str) -> Known | None:
    """The class that a full name stands for, through whatever module it is imported from."""
    module, _, name = full.rpartition(".")
    table = _table(_version(full))
    own = table["modules"].get(module, {}).get(name)
    if own is None:
        return None
    return Known(own, table["classes"][own])


@cache
def known(own: str) -> Known:
    """The class of this name in its own module."""
    return Known(own, _table(_version(own))["classes"][own])


def is_a(own: str, *kinds: str) -> bool:
    """Whether a class is one of these, or inherits from one."""
    entry = known(own)
    return entry.kind in kinds or any(base in kinds for base in entry.entry.get("bases", ()))


def default_of(parameters: Sequence[Sequence[Any]], name: str) -> tuple[bool, Any]:
    """Whether a parameter's default is known as data, and the default."""
    for item in parameters:
        if item[0] == name:
            value = item[1] if len(item) > 1 else None
            return (False, None) if isinstance(value, dict) and _DYNAMIC in value else (True, value)
    return True, None


def value_of(full: str) -> str | None:
    """A member of an enumeration of the SDK, by its full name."""
    owner, _, name = full.rpartition(".")
    found = resolve(owner)
    if found is None:
        return None
    value: str | None = found.entry.get("values", {}).get(name)
    return value


def sdk_version(own: str) -> str:
    """The version of the SDK that the table of a class was made from."""
    text: str = _table(_version(own))["sdk"]
    return text
