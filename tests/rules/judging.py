"""What a built-in rule says of texts, or of a definition parts of which are not known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from linter.core.record import replace
from linter.core.values import Unknown
from linter.domain.pipeline import Pipeline
from linter.policy.engine import lint
from linter.policy.model import Finding, Verdict
from linter.policy.registry import load_rules
from linter.policy.selection import Selection
from linter.project.load import load_texts
from linter.project.model import Project


def findings(
    rule: str, project: Project, parameters: Mapping[str, Any] | None = None
) -> list[Finding]:
    selection = Selection((rule,), parameters={rule: dict(parameters or {})})
    result = lint(project, load_rules().rules, selection)
    assert not result.crashes
    return list(result.findings)


def verdict(rule: str, project: Project, parameters: Mapping[str, Any] | None = None) -> Verdict:
    said = {finding.verdict for finding in findings(rule, project, parameters)}
    for one in (Verdict.FAIL, Verdict.UNKNOWN):
        if one in said:
            return one
    return Verdict.PASS


def terraform(text: str) -> Project:
    project = load_texts({"main.tf": text})
    assert not project.problems
    return project


def definition(*steps: Any, **more: Any) -> Project:
    body = {"Version": "2020-12-01", "Steps": list(steps), **more}
    return load_texts({"p.json": json.dumps(body)})


def with_unknown(pipeline: Pipeline, path: tuple[str | int, ...]) -> Project:
    """A project of one pipeline, in which the value at a path of its definition is not known."""
    return with_value(pipeline, path, Unknown("left out by the test"))


def with_value(pipeline: Pipeline, path: tuple[str | int, ...], value: Any) -> Project:
    """A project of one pipeline, with another value at a path of its definition."""
    changed = _put(pipeline.definition, path, value)
    document = replace(pipeline.document, value=changed)
    copied = Pipeline(
        pipeline.name,
        document,
        changed,
        pipeline.locator,
        role=pipeline.role,
        resource=pipeline.resource,
        tags=pipeline.tags,
    )
    return Project(documents=[document], pipelines=[copied])


def _put(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    if not path:
        return new
    if isinstance(value, dict):
        return {**value, path[0]: _put(value[path[0]], path[1:], new)}
    index = path[0]
    assert isinstance(index, int)
    return [*value[:index], _put(value[index], path[1:], new), *value[index + 1 :]]
