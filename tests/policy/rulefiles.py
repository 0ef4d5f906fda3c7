"""Small rule files for tests."""

from __future__ import annotations

from typing import Any

import yaml

from linter.core.documents import ConstantLocator
from linter.core.sources import Location, Span
from linter.policy.model import Context, Outcome, Subject
from linter.policy.rule import Rule
from linter.policy.rulefile import parse_rule
from linter.policy.runner import BoundTarget
from linter.project.model import Project


def rule_data(**changes: Any) -> dict[str, Any]:
    """The data of a valid rule; a change to ``None`` removes the key."""
    data: dict[str, Any] = {
        "id": "TEAM001",
        "name": "no-description",
        "title": "Step has no description",
        "severity": "low",
        "confidence": "high",
        "applies_to": ["pipeline.step"],
        "require": [{"path": "$.Description", "set": True}],
        "message": "{title} has no description",
        "rationale": "People read it.",
        "remediation": "Write one.",
        "examples": {
            "fail": [{"name": "none", "step": {"Name": "A", "Type": "Fail", "Arguments": {}}}],
            "pass": [
                {
                    "name": "one",
                    "step": {"Name": "A", "Type": "Fail", "Arguments": {}, "Description": "d"},
                }
            ],
        },
    }
    data.update(changes)
    return {key: value for key, value in data.items() if value is not None}


def rule_text(**changes: Any) -> str:
    return yaml.safe_dump(rule_data(**changes), sort_keys=False)


def make_rule(**changes: Any) -> Rule:
    return parse_rule("team.yaml", rule_text(**changes), origin="test")[0]


def subject(value: Any, kind: str = "pipeline.step", title: str = "step A") -> Subject:
    locator = ConstantLocator(Location(Span("p.json", 1, 1, 1, 2)))
    return Subject(kind, "Fail", value, value, locator, "p.json", "", "Steps[A]", title)


def judge(value: Any, /, **changes: Any) -> list[Outcome] | None:
    """What a rule of conditions says of a value."""
    rule = make_rule(**changes)
    parameters = {name: d["default"] for name, d in rule.meta.parameters.items()}
    bound = BoundTarget(rule, rule.targets[0], parameters, None)
    return bound.run(subject(value), Context(Project(), parameters))
