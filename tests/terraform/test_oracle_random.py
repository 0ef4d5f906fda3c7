"""Random expressions evaluate to what Terraform 1.11 found (``oracle/compare_random.py``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.terraform.oracle.compare_random import agree, found_here

ANSWERS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "oracle" / "random.json").read_text("utf-8")
)


def test_random_expressions_equal_terraform() -> None:
    assert len(ANSWERS) >= 300
    different = [
        answer["expression"]
        for answer in ANSWERS
        if not agree(answer, found_here(answer["expression"]))
    ]
    assert different == []
