"""Extract the request shapes that pipeline steps use from botocore's SageMaker service model.

    python -m linter.domain.tools.build_shapes

The model is the authority on what a request may hold, but it is 3 MB of JSON and takes a quarter
of a second to read; a lint run needs the shapes of a few operations. Run this after an upgrade of
botocore; a test compares the result with the installed model.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from linter.domain.shapes import DATA, OPERATIONS

ENUM_SHAPES = (
    "TrainingInstanceType",
    "ProcessingInstanceType",
    "TransformInstanceType",
    "ProductionVariantInstanceType",
    "InstanceType",
    "AppInstanceType",
)
"""Instance type enumerations that rules on other resources ask for."""


def build() -> dict[str, Any]:
    """The compact form; see :mod:`linter.domain.shapes` for its layout."""
    import botocore
    from botocore.loaders import Loader

    model = Loader().load_service_model("sagemaker", "service-2")
    shapes = model["shapes"]
    wanted: dict[str, Any] = {}
    roots: dict[str, str] = {}
    pending = list(ENUM_SHAPES)
    for operations in OPERATIONS.values():
        for operation in operations:
            roots[operation] = model["operations"][operation]["input"]["shape"]
            pending.append(roots[operation])
    while pending:
        name = pending.pop()
        if name in wanted:
            continue
        wanted[name], inner = _compact(shapes[name])
        pending.extend(inner)
    return {
        "source": f"botocore {botocore.__version__}, sagemaker 2017-07-24",
        "step_types": sorted(shapes["PipelineExecutionStepMetadata"]["members"]),
        "operations": roots,
        "shapes": dict(sorted(wanted.items())),
    }


def _compact(shape: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    kind = shape["type"]
    if kind == "structure":
        members = {name: member["shape"] for name, member in shape["members"].items()}
        compact: dict[str, Any] = {"t": "s", "m": members}
        if shape.get("required"):
            compact["r"] = shape["required"]
        return compact, list(members.values())
    if kind == "list":
        return _bounded({"t": "l", "e": shape["member"]["shape"]}, shape), [
            shape["member"]["shape"]
        ]
    if kind == "map":
        return _bounded({"t": "m", "v": shape["value"]["shape"]}, shape), [shape["value"]["shape"]]
    compact = {"t": {"string": "S", "boolean": "b", "timestamp": "T"}.get(kind, "n")}
    if kind in ("integer", "long"):
        compact["i"] = 1
    if "enum" in shape:
        compact["en"] = shape["enum"]
        return compact, []
    return _bounded(compact, shape), []


def _bounded(compact: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    for key in ("min", "max"):
        if key in shape:
            compact[key] = shape[key]
    return compact


def main() -> None:
    text = json.dumps(build(), separators=(",", ":"), sort_keys=False)
    Path(DATA).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
