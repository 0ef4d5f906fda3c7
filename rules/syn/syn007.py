"""SYN007: declarations of pipeline parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linter.core.documents import Path
from linter.core.values import MISSING, Template, Unknown, lookup
from linter.domain.pipeline import Pipeline
from linter.policy.helpers import display, fail
from linter.policy.model import Context, Outcome, Subject

_TYPES: dict[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
}


def check(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    entries = lookup(pipeline.definition, "Parameters")
    seen: set[str] = set()
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if not isinstance(entry, dict):
            continue
        path: Path = ("Parameters", index)
        name = lookup(entry, "Name")
        if name is MISSING or name is None:
            yield fail((*path, "Name"), f"parameter {index + 1} has no Name", detail="Name")
        elif isinstance(name, str):
            if name in seen:
                yield fail((*path, "Name"), f"the parameter {name} is declared twice")
            seen.add(name)
        yield from _declaration(entry, path, name if isinstance(name, str) else str(index + 1))


def _declaration(entry: dict[str, Any], path: Path, name: str) -> Iterable[Outcome]:
    kind = lookup(entry, "Type")
    if kind is MISSING or kind is None:
        yield fail((*path, "Type"), f"the parameter {name} has no Type", detail="Type")
        return
    if not isinstance(kind, str):
        return
    if kind not in _TYPES:
        from difflib import get_close_matches

        near = get_close_matches(kind, _TYPES, 1, 0.3)
        hint = f"; did you mean {near[0]}?" if near else ""
        yield fail((*path, "Type"), f"the parameter {name} has the unknown type {kind!r}{hint}")
        return
    default, enum = lookup(entry, "DefaultValue"), lookup(entry, "EnumValues")
    if not _fits(default, kind):
        yield fail(
            (*path, "DefaultValue"),
            f"the default {display(default)} of the parameter {name} is not of type {kind}",
        )
    elif (
        isinstance(enum, list)
        and isinstance(default, str | int | float)
        and not any(isinstance(item, Unknown | Template) for item in enum)
        and default not in enum
    ):
        yield fail(
            (*path, "DefaultValue"),
            f"the default {display(default)} of the parameter {name} is not among its EnumValues",
        )
    for index, item in enumerate(enum if isinstance(enum, list) else []):
        if not _fits(item, kind):
            yield fail(
                (*path, "EnumValues", index),
                f"{display(item)} in the EnumValues of the parameter {name} is not of type {kind}",
            )


def _fits(value: Any, kind: str) -> bool:
    if value is MISSING or value is None or isinstance(value, Unknown):
        return True
    if isinstance(value, Template):
        return kind == "String"
    if isinstance(value, bool):
        return kind == "Boolean"
    return isinstance(value, _TYPES[kind])
