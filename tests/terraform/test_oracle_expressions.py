"""Every stored expression evaluates to what Terraform 1.11 itself found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from linter.readers.terraform.cty.errors import EvaluationError
from linter.readers.terraform.cty.json_text import encode
from linter.readers.terraform.cty.types import type_to_json
from linter.readers.terraform.evaluate import evaluate_expression

ANSWERS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "oracle" / "expressions.json").read_text("utf-8")
)


def test_there_are_enough() -> None:
    assert len(ANSWERS) >= 1000
    assert sum("error" in answer for answer in ANSWERS) >= 200


@pytest.mark.parametrize("answer", ANSWERS, ids=[answer["expression"][:60] for answer in ANSWERS])
def test_equals_terraform(answer: dict[str, Any]) -> None:
    expression = answer["expression"]
    if "infinity" in answer.get("error", ""):
        # No output can be infinite, but a value can.
        assert evaluate_expression(expression).is_unknown
        return
    if "error" in answer:
        with pytest.raises(EvaluationError):
            evaluate_expression(expression)
        return
    value = evaluate_expression(expression)
    if answer["json"] is None:  # Terraform itself does not know
        assert value.is_unknown
        return
    assert encode(value) == answer["json"]
    assert type_to_json(value.type) == answer["type"]
