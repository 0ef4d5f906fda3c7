"""What is recognised and not read: definitions elsewhere, and state machines that start jobs.

To pass over them in silence would be to say that nothing is wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from linter.core.documents import Document, Path, Problem
from linter.core.jsontext import JsonDocument, JsonLocator
from linter.core.regex import lazy_regex
from linter.core.sources import Source
from linter.core.values import Template, lookup, walk
from linter.discovery.detect import is_policy
from linter.domain.pipeline import looks_like_definition

STATE_MACHINES = frozenset(
    {
        "aws_sfn_state_machine",
        "AWS::StepFunctions::StateMachine",
        "AWS::Serverless::StateMachine",
    }
)
_STARTS = lazy_regex(r":states:::(?:aws-sdk:)?sagemaker:(create[A-Za-z]{1,40})")
"""A task's resource that makes a job, a model or an endpoint."""

EXCLUDE = "or leave the file out: --exclude, or exclude in the configuration"


def of_json(source: Source, parsed: JsonDocument) -> Problem | None:
    """That a JSON file is known and not read; ``None`` for one that is nobody's business."""
    value = parsed.value
    if lookup(value, "PipelineName") and isinstance(
        location := lookup(value, "PipelineDefinitionS3Location"), dict
    ):
        place = f"s3://{lookup(location, 'Bucket')}/{lookup(location, 'ObjectKey')}"
        return _of_member(
            source, parsed, "PipelineDefinitionS3Location", f"The definition is {place[:200]}"
        )
    if isinstance(lookup(value, "States"), dict) and "StartAt" in value:
        actions = sorted(set(_started(value)))
        if actions:
            return _of_member(source, parsed, "States", _jobs(actions))
    return None


MAX_ITEMS = 200_000


def of_content(parsed: JsonDocument) -> Problem | None:
    """That a definition or a policy stands where none is read, or is none that can be read."""
    pending: list[tuple[Path, Any]] = [((), parsed.value)]
    for _ in range(MAX_ITEMS):
        if not pending:
            return None
        path, item = pending.pop()
        if isinstance(item, dict):
            what = _is_like(item)
            if what:
                at = parsed.locator.locate(path).span
                hint = f"Put it into a file of its own, {EXCLUDE}."
                return Problem(f"{what}, which is not read", at, rule="", hint=hint)
            pending.extend(((*path, key), inner) for key, inner in item.items())
        elif isinstance(item, list):
            pending.extend(((*path, index), inner) for index, inner in enumerate(item))
    return None


def _is_like(item: Mapping[str, Any]) -> str:
    if looks_like_definition(item):
        return "A pipeline definition stands inside something else"
    if is_policy(item):
        return "A policy stands inside something else"
    if item.get("Version") in ("2012-10-17", "2008-10-17") and "Statement" in item:
        return "This looks like a policy"
    return ""


def _of_member(source: Source, parsed: JsonDocument, key: str, what: str) -> Problem:
    locator = parsed.locator
    at = locator.locate_key((key,)).span if isinstance(locator, JsonLocator) else source.span(0, 1)
    hint = f"Check the pipelines that it belongs to by themselves, {EXCLUDE}."
    return Problem(f"{what}, which is not read", at, rule="", hint=hint)


def of_resource(document: Document) -> Problem | None:
    """That the jobs a state machine of a template or module starts are not checked."""
    if document.type not in STATE_MACHINES:
        return None
    actions = sorted(set(_started(document.value)))
    if not actions:
        return None
    return Problem(
        f"{document.address}: {_jobs(actions)}, which are not checked",
        document.locate(()).span,
        "SYN014",
        lost=False,
        address=document.address,
        undecided=True,
    )


def _jobs(actions: list[str]) -> str:
    shown = ", ".join(actions[:3])
    return f"The state machine starts work in SageMaker by itself ({shown})"


def _started(value: Any) -> Iterator[str]:
    for _, item in walk(value, max_depth=60):
        parts = item.parts if isinstance(item, Template) else (item,)
        for part in parts:
            if isinstance(part, str) and "sagemaker:create" in part:
                yield from (found[1] for found in _STARTS.finditer(part))
