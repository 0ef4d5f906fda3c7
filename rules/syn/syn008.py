"""SYN008: expressions inside a definition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linter.core.documents import Path
from linter.core.values import MISSING, Template, Unknown, lookup
from linter.domain.expressions import parse_reference
from linter.domain.pipeline import Pipeline
from linter.policy.helpers import display, fail, unknown
from linter.policy.model import Context, Outcome, Subject

_FUNCTIONS = ("Std:Join", "Std:JsonGet")


def check(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    for path, value in subject.raw_nodes:
        if not isinstance(value, dict) or len(value) != 1:
            continue
        key, body = next(iter(value.items()))
        if key == "Get":
            yield from _get((*path, key), body)
        elif isinstance(key, str) and key.startswith("Std:"):
            yield from _function((*path, key), key, body)


def _get(at: Path, target: Any) -> Iterable[Outcome]:
    if isinstance(target, Unknown | Template):
        yield unknown(target, at)
        return
    if not isinstance(target, str):
        yield fail(at, f"Get takes the name of a value, not {display(target)}")
    elif parse_reference(target).root == "":
        yield fail(
            at,
            f"Get of {target!r}: a reference starts with Parameters., Steps., Execution., ForEach. "
            "or IterationOutput.",
        )


def _function(at: Path, name: str, body: Any) -> Iterable[Outcome]:
    if name not in _FUNCTIONS:
        from difflib import get_close_matches

        near = get_close_matches(name, _FUNCTIONS, 1, 0.4)
        hint = f"; did you mean {near[0]}?" if near else ""
        yield fail(at, f"{name} is not an expression that pipelines know{hint}", key=True)
    elif isinstance(body, Unknown):
        return
    elif name == "Std:Join":
        values = lookup(body, "Values")
        if values is MISSING or (not isinstance(values, list | Unknown)):
            yield fail(at, "Std:Join needs a list of Values", detail="Values")
    else:
        if lookup(body, "PropertyFile") is MISSING and lookup(body, "S3Uri") is MISSING:
            yield fail(at, "Std:JsonGet needs a PropertyFile or an S3Uri", detail="PropertyFile")
        if lookup(body, "Path") is MISSING:
            yield fail(at, "Std:JsonGet needs a Path", detail="Path")
