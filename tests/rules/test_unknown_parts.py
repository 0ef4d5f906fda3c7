"""A part that is not known never makes a rule pass what it fails, nor fail what it passes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from linter.core.values import walk
from linter.policy.examples import Example
from linter.policy.model import Verdict
from linter.policy.registry import examples_of, load_rules
from linter.project.load import load_texts
from tests.rules.judging import verdict, with_unknown, with_value

PIPELINE_RULES = ("APPR021", "APPR022", "SEC013", "SUP017", "SUP018", "REL017")
TERRAFORM_RULES = (*PIPELINE_RULES, "IAM013", "IAM014", "IAM015")
BY_ID = {rule.id: rule for rule in load_rules().rules}


def examples(rules: tuple[str, ...], *sources: str) -> Iterator[Any]:
    for rule in rules:
        for example in examples_of(BY_ID[rule]).all:
            if example.source in sources and example.verdict is not Verdict.UNKNOWN:
                yield pytest.param(rule, example, id=f"{rule}-{example.name}")


def of_the_engine(path: tuple[str | int, ...]) -> bool:
    """Whether a step, its type or what a parameter may be is not known: no rule decides that."""
    return path[-1] in ("Version", "Name", "EnumValues") or (
        path[0] == "Steps" and (len(path) < 3 or path[-1] == "Type")
    )


@pytest.mark.parametrize(
    ("rule", "example"), list(examples(PIPELINE_RULES, "step", "steps", "pipeline"))
)
def test_of_a_definition(rule: str, example: Example) -> None:
    project = load_texts(dict(example.files))
    (pipeline,) = project.pipelines
    opposite = Verdict.PASS if example.verdict is Verdict.FAIL else Verdict.FAIL
    wrong = [
        path
        for path, _ in walk(pipeline.definition)
        if path and not of_the_engine(path)
        if verdict(rule, with_unknown(pipeline, path), example.parameters) is opposite
    ]
    assert not wrong


TEXT = re.compile(r'(?<=[=\[,(]) *"(?:[^"\\$]|\\.)*"')
"""Literal texts that stand for a value in HCL, rather than for a label or a key."""
KEEP = re.compile(r"2020-12-01|2012-10-17|^ *\"\{\}\"")


@pytest.mark.parametrize(("rule", "example"), list(examples(TERRAFORM_RULES, "terraform")))
def test_of_a_configuration(rule: str, example: Example) -> None:
    text = example.files["main.tf"]
    opposite = Verdict.PASS if example.verdict is Verdict.FAIL else Verdict.FAIL
    wrong = []
    for match in TEXT.finditer(text):
        before = text[: match.start()].rstrip("= ").rsplit(None, 1)[-1]
        if KEEP.search(match[0]) or before in ("source", "Name", "type", "name", "function_name"):
            continue
        changed = f"{text[: match.start()]} var.left_out{text[match.end() :]}"
        project = load_texts({"main.tf": f'{changed}\nvariable "left_out" {{ type = any }}\n'})
        if verdict(rule, project, example.parameters) is opposite:
            wrong.append(match[0])
    assert not wrong


@pytest.mark.parametrize("rule", ["APPR021", "APPR022", "SEC013"])
def test_steps_that_are_not_shown_leave_a_pipeline_undecided(rule: str) -> None:
    found = (e for e in examples_of(BY_ID[rule]).all if e.verdict is not Verdict.PASS)
    example = next(e for e in found if e.source in ("step", "steps", "pipeline"))
    (pipeline,) = load_texts(dict(example.files)).pipelines
    for path in (("Steps",), ("Steps", 0), ("Steps", 0, "Type")):
        assert verdict(rule, with_unknown(pipeline, path)) is not Verdict.PASS


JUNK = (
    None,
    True,
    1,
    "",
    "s3://",
    [],
    {},
    [None],
    {"Get": 1},
    {"Std:JsonGet": 1},
    {"Get": "Steps"},
)


@pytest.mark.parametrize("rule", PIPELINE_RULES)
def test_values_of_any_type_are_read(rule: str) -> None:
    found = (e for e in examples_of(BY_ID[rule]).all if e.verdict is not Verdict.PASS)
    example = next(e for e in found if e.source in ("step", "steps", "pipeline"))
    (pipeline,) = load_texts(dict(example.files)).pipelines
    for path, _ in walk(pipeline.definition):
        for junk in JUNK if path else ():
            verdict(rule, with_value(pipeline, path, junk), example.parameters)
