"""Small programs about one thing each: what is claimed of ``r`` is what Python makes of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from linter.core.values import MISSING
from linter.readers.python.operators import literal
from tests.readers.python.agreeing import evaluated, fits


def _programs(name: str) -> list[str]:
    text = (Path(__file__).parent / "truths" / f"{name}.txt").read_text("utf-8")
    return text.removesuffix("\n").split("\n---\n")


KNOWN = _programs("known")
"""Programs that are simple enough to be known."""
SOUND = _programs("sound")
"""Programs of which something may stay unknown, but nothing may be claimed wrongly."""


@pytest.mark.parametrize("program", KNOWN + SOUND)
def test_nothing_wrong_is_claimed(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setattr(os, "linesep", os.linesep)
    real: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(program, "p.py", "exec", dont_inherit=True), real)
    cell = evaluated(program).names["r"]
    assert fits(cell, real["r"]), (cell.value, real["r"])


@pytest.mark.parametrize("program", KNOWN)
def test_what_is_simple_is_known(program: str) -> None:
    assert literal(evaluated(program).names["r"].value) is not MISSING
