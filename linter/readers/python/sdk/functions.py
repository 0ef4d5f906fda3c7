"""Functions of the SDK that give values, and functions that become steps."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from linter.core.values import Template, Unknown, make_string
from linter.readers.python.sdk import hosting, lineage, table
from linter.readers.python.sdk.objects import FUNCTION_STEP, Call
from linter.readers.python.sdk.parts import S3
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


def _retrieve(machine: Machine, call: Call) -> Cell:
    region = call.get(("framework", "region"), "region")
    return Cell(image_uri(region.value), call.place)


def _role(machine: Machine, call: Call) -> Cell:
    machine.uncertain += 1
    return Cell(unknown("the role that the script runs with", "execution_role"), call.place)


def _csv(machine: Machine, call: Call) -> Cell:
    defaults = {"header": True, "output_columns_position": "START"}
    names = tuple(defaults)
    inner = Map({name: call.get(names, name, value) for name, value in defaults.items()})
    return Cell(Map({"csv": Cell(inner, call.place)}), call.place)


def _json(machine: Machine, call: Call) -> Cell:
    inner = Map({"lines": call.get(("lines",), "lines", True)})
    return Cell(Map({"json": Cell(inner, call.place)}), call.place)


def _path_join(machine: Machine, call: Call) -> Cell:
    """``s3_path_join("s3://", bucket, prefix)``: slashes are neither doubled nor at the ends."""
    ending = call.get((), "with_end_slash", False).value
    given = [cell.value for cell in call.positional if cell.value not in (None, "")]
    plain = all(isinstance(value, str) for value in given) and isinstance(ending, bool)
    if plain and call.rest is None:
        return Cell(_joined([str(value) for value in given], bool(ending)), call.place)
    parts: list[Any] = []
    for value in given:
        sure = is_text(value)  # what is no text may be empty, and is left out then
        if parts and sure and not isinstance(parts[-1], Unknown):
            parts.append("/")
        pieces = value.parts if isinstance(value, Template) else (value,)
        parts += [piece if is_text(piece) else unknown(why(piece)) for piece in pieces]
    text = make_string([*parts, *([] if ending is False else [unknown("how it ends")])])
    known = [_single(p) for p in text.parts] if isinstance(text, Template) else [text]
    if call.rest is not None:
        known.append(call.rest)
    return Cell(make_string(known), call.place)


def _single(part: Any) -> Any:
    """A part of an address without doubled slashes, those of ``s3://`` apart."""
    if not isinstance(part, str):
        return part
    scheme = S3 if part.startswith(S3) else ""
    return scheme + re.sub("/+", "/", part.removeprefix(S3))


def _joined(parts: list[str], ending: bool) -> str:
    text = "/".join(part if part != S3 else "s3:/" for part in parts)
    scheme = S3 if text.startswith(S3) else ""
    path = re.sub("/+", "/", text.removeprefix(scheme)).strip("/")
    return scheme + path + ("/" if ending and path else "")


def _tuner(machine: Machine, call: Call) -> Cell:
    """A tuner of several estimators."""
    own = "sagemaker.tuner.HyperparameterTuner"
    names = table.known(own).parameters_of("create") or []
    given = call.bound([item[0] for item in names])
    made = Sdk(own, "HyperparameterTuner", call.place, given, call.rest)
    made.state["several"] = True
    return Cell(made, call.place)


Known = Callable[["Machine", Call], Cell | None]
_FUNCTIONS: dict[str, Known] = {
    "sagemaker.image_uris.retrieve": _retrieve,
    "sagemaker.core.image_uris.retrieve": _retrieve,
    "DatasetFormat.csv": _csv,
    "DatasetFormat.json": _json,
    "HyperparameterTuner.create": _tuner,
}
_ANYWHERE: dict[str, Known] = {
    "get_execution_role": _role,
    "s3_path_join": _path_join,
    "production_variant": hosting.production_variant,
}
"""Functions that several modules of the SDK export, none of them under this name for another."""


def function_of(full: str) -> Known | None:
    """What is known of a function of the SDK by its full name, or of one of a class."""
    owner, _, name = full.rpartition(".")
    known = table.resolve(owner)
    if known is not None and name == "create" and known.kind in lineage.ENTITIES.values():
        return lambda machine, call: lineage.entity(full, call)
    if known is not None:
        return _FUNCTIONS.get(f"{known.kind}.{name}")
    return _FUNCTIONS.get(full) or _ANYWHERE.get(name)


# --- @step ----------------------------------------------------------------------------------------


def step_function(machine: Machine, function: Function, node: ast.expr) -> Cell:
    """A function under ``@step(...)``: each call of it is a step that trains."""
    from linter.readers.python.expressions import evaluate

    settings: dict[str, Cell] = {}
    rest: Unknown | None = None
    for keyword in node.keywords if isinstance(node, ast.Call) else ():
        cell = evaluate(machine, keyword.value)
        if keyword.arg is not None:
            settings[keyword.arg] = Cell(cell.value, machine.place(keyword))
        elif isinstance(cell.value, Map):
            settings.update({k: c for k, c in cell.value.items.items() if isinstance(k, str)})
            if not cell.value.exact:
                rest = unknown("further settings of the function's step")
        else:
            rest = unknown(f"further settings of the function's step: {why(cell.value)}")
    declared = machine.place(node)

    def call(
        machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
    ) -> Cell:
        made = Sdk(FUNCTION_STEP, FUNCTION_STEP, declared, dict(settings), rest)
        given = [*positional, *keywords.values()]
        made.state["inputs"] = Cell(Seq(given), place)
        made.state["function"] = function.name
        return Cell(made, place)

    return Cell(Native(call, function.name), declared)
