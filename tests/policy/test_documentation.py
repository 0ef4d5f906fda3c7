"""The rules in docs/writing-rules.md are real: they load, and their examples come out right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from linter.policy.rulefile import parse_rule
from linter.policy.testing import TestReport, run_examples

GUIDE = Path(__file__).parents[2] / "docs" / "writing-rules.md"
BLOCKS = re.findall(r"```yaml\n(id: .*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", BLOCKS, ids=lambda text: text.split()[1])
def test_worked_rules(text: str) -> None:
    area = text.split()[1].rstrip("0123456789").lower()
    rule, examples = parse_rule("docs/writing-rules.md", text, package=f"rules.{area}")
    report = TestReport()
    run_examples(rule, examples, report)
    assert report.failures == []


def test_there_are_five() -> None:
    assert len(BLOCKS) == 5
