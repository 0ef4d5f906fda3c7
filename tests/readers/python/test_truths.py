"""Small programs about one thing each: what is claimed of ``r`` is what Python makes of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from linter.core.values import MISSING, Template, Unknown
from linter.readers.python.operators import literal
from linter.readers.python.values import Cell, Loose, Map, OneOf, PathValue, Seq, portable
from tests.readers.python.test_programs import evaluated

KINDS: dict[str, tuple[type, ...]] = {
    "list": (list,),
    "tuple": (tuple,),
    "set": (set, frozenset),
    "range": (range,),
}


def _fits(cell: Cell, real: Any) -> bool:
    """Whether what is claimed admits what really came out."""
    value = cell.value
    if isinstance(value, Unknown):
        return True
    if isinstance(value, OneOf):
        return any(_fits(one, real) for one in value.cells)
    if isinstance(value, Template):
        return isinstance(real, str) and value.may_equal(real)
    if isinstance(value, PathValue):
        return _fits(Cell(value.text, cell.place), str(real))
    if isinstance(value, Seq):
        if value.kind == "iterator":
            return not isinstance(real, list | tuple | set | dict | str) and _match(
                value.items, list(real)
            )
        if not isinstance(real, KINDS[value.kind]):
            return False
        if isinstance(real, set | frozenset):
            return _match(
                sorted(value.items, key=lambda c: str(c.value)), sorted(real, key=str)
            ) or any(isinstance(c.value, Loose) for c in value.items)
        return _match(value.items, list(real))
    if isinstance(value, Map):
        return (
            isinstance(real, dict)
            and all(key in real and _fits(one, real[key]) for key, one in value.items.items())
            and all(
                key in value.items or (key in value.possible or value.rest is not None)
                for key in real
            )
            and all(key not in real or _fits(one, real[key]) for key, one in value.possible.items())
        )
    if isinstance(value, str) and not isinstance(portable(value), str):
        return _fits(Cell(portable(value), cell.place), real)
    return type(value) is type(real) and bool(value == real)


def _match(cells: list[Cell], real: list[Any]) -> bool:
    if not cells:
        return not real
    first, *rest = cells
    if isinstance(first.value, Loose):
        loose = first.value
        if _match(rest, real):
            return True
        takes = real and (not loose.cells or any(_fits(one, real[0]) for one in loose.cells))
        return bool(takes) and _match(cells if loose.many else rest, real[1:])
    return bool(real) and _fits(first, real[0]) and _match(rest, real[1:])


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
    assert _fits(cell, real["r"]), (cell.value, real["r"])


@pytest.mark.parametrize("program", KNOWN)
def test_what_is_simple_is_known(program: str) -> None:
    assert literal(evaluated(program).names["r"].value) is not MISSING
