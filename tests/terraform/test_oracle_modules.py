"""Configurations of several files and modules give the outputs that Terraform 1.11 gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from linter.core.values import Unknown
from tests.terraform.reading import document, read_folder

ORACLE = Path(__file__).parent / "oracle"
ANSWERS: dict[str, dict[str, Any]] = json.loads((ORACLE / "modules.json").read_text("utf-8"))


def test_there_are_enough() -> None:
    assert len(ANSWERS) >= 40
    assert sorted(ANSWERS) == sorted(path.name for path in (ORACLE / "modules").iterdir())


@pytest.mark.parametrize("name", ANSWERS)
def test_equals_terraform(name: str) -> None:
    result = read_folder(ORACLE / "modules" / name, workspace="default")
    assert [problem.message for problem in result.problems] == []
    found = {
        item.address.removeprefix("output."): item.value
        for item in result.documents
        if item.kind == "terraform.output" and item.address.startswith("output.")
    }
    for unknown in [key for key in found if key.startswith("unknown_")]:
        assert isinstance(found.pop(unknown), Unknown)
    # Terraform does not print outputs that are null.
    shown = {key: value for key, value in found.items() if value is not None}
    assert _numbers_alike(shown) == ANSWERS[name]


def test_an_output_is_located_where_its_value_is_written() -> None:
    result = read_folder(ORACLE / "modules" / "module_simple", workspace="default")
    location = document(result, "output.hello").locate()
    assert (location.span.path, location.span.start_line) == ("child/main.tf", 2)


def _numbers_alike(value: Any) -> Any:
    """Whole floats as integers: JSON does not tell them apart."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_numbers_alike(item) for item in value]
    if isinstance(value, dict):
        return {key: _numbers_alike(item) for key, item in value.items()}
    return value
