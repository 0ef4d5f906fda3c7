"""Functions of the SDK that give values, and functions that become steps."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from linter.core.values import make_string
from linter.readers.python.builtin import Handler
from linter.readers.python.sdk.objects import FUNCTION_STEP
from linter.readers.python.values import (
    Cell,
    Function,
    Map,
    Native,
    Place,
    Sdk,
    Seq,
    is_text,
    unknown,
    why,
)

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine


def image_uri(region: Any, *, references: str = "image") -> Any:
    """An image of AWS: the registry's account and the repository are known to the SDK only."""
    where = region if is_text(region) else unknown("the session's region", "region")
    return make_string(
        [
            unknown("the account of the image's registry", "account"),
            ".dkr.ecr.",
            where,
            ".",
            unknown("the image that the SDK chooses", references),
        ]
    )


def _retrieve(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    region = keywords.get("region") or (positional[1] if len(positional) > 1 else None)
    return Cell(image_uri(region.value if region is not None else None), place)


def _role(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    machine.uncertain += 1
    return Cell(unknown("the role that the script runs with", "execution_role"), place)


def _csv(machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place) -> Cell:
    names = ("header", "output_columns_position")
    given = dict(zip(names, positional, strict=False)) | keywords
    header = given.get("header") or Cell(True, place)
    position = given.get("output_columns_position") or Cell("START", place)
    inner = Map({"header": header, "output_columns_position": position})
    return Cell(Map({"csv": Cell(inner, place)}), place)


def _json(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    lines = keywords.get("lines") or (positional[0] if positional else Cell(True, place))
    inner = Map({"lines": lines})
    return Cell(Map({"json": Cell(inner, place)}), place)


def _path_join(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    """``s3_path_join("s3://", bucket, prefix)``."""
    parts: list[Any] = []
    for cell in positional:
        if cell.value is None or cell.value == "":
            continue
        value = cell.value
        if isinstance(value, str):
            value = value if value == "s3://" else value.strip("/")
        if parts and not (isinstance(parts[-1], str) and parts[-1].endswith("/")):
            parts.append("/")
        parts.append(value if is_text(value) else unknown(why(value)))
    return Cell(make_string(parts), place)


def _tuner(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    made = Sdk("sagemaker.tuner.HyperparameterTuner", "HyperparameterTuner", place, dict(keywords))
    return Cell(made, place)


FUNCTIONS: dict[str, Handler] = {
    "retrieve": _retrieve,
    "get_execution_role": _role,
    "DatasetFormat.csv": _csv,
    "DatasetFormat.json": _json,
    "s3_path_join": _path_join,
    "HyperparameterTuner.create": _tuner,
}


# --- @step ----------------------------------------------------------------------------------------


def step_function(machine: Machine, function: Function, node: ast.expr) -> Cell:
    """A function under ``@step(...)``: each call of it is a step that trains."""
    from linter.readers.python.expressions import evaluate

    settings: dict[str, Cell] = {}
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg is not None:
                cell = evaluate(machine, keyword.value)
                settings[keyword.arg] = Cell(cell.value, machine.place(keyword))
    declared = machine.place(node)

    def call(
        machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
    ) -> Cell:
        made = Sdk(FUNCTION_STEP, FUNCTION_STEP, declared, dict(settings))
        given = [*positional, *keywords.values()]
        made.state["inputs"] = Cell(Seq(given), place)
        made.state["function"] = function.name
        return Cell(made, place)

    return Cell(Native(call, function.name), declared)
