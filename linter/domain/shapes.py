"""Request shapes of the API calls that steps make, and checking arguments against them.

Source: botocore's SageMaker service model, extracted by ``linter.domain.tools.build_shapes``.
Layout of the data: ``operations`` maps an operation to its input shape, ``shapes`` a name to
``{"t": kind, …}`` with kinds ``s`` structure (``m`` members, ``r`` required), ``l`` list (``e``
element), ``m`` map (``v`` value), ``S`` string (``en`` enum), ``n`` number (``i`` whole), ``b``
boolean, ``T`` time; ``min`` and ``max`` bound lengths, sizes or values.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from linter.core.documents import Path as ValuePath
from linter.core.record import record
from linter.core.values import MISSING, Choice, OpenDict, Rest, Template, Unknown, lookup
from linter.domain.expressions import expression_of

DATA = Path(__file__).parent / "data" / "shapes.json"

OPERATIONS: dict[str, tuple[str, ...]] = {
    "Processing": ("CreateProcessingJob",),
    "ClarifyCheck": ("CreateProcessingJob",),
    "QualityCheck": ("CreateProcessingJob",),
    "Training": ("CreateTrainingJob",),
    "Tuning": ("CreateHyperParameterTuningJob",),
    "Transform": ("CreateTransformJob",),
    "AutoML": ("CreateAutoMLJob", "CreateAutoMLJobV2"),
    "Model": ("CreateModel",),
    "RegisterModel": ("CreateModelPackage",),
    "EndpointConfig": ("CreateEndpointConfig",),
    "Endpoint": ("CreateEndpoint",),
    "InferenceComponent": ("CreateInferenceComponent",),
}
"""Step type → the request its ``Arguments`` become; AutoML steps may use either version."""

MAX_WHOLE = 2**63 - 1
MAX_NUMBER = sys.float_info.max
"""No number of a request is larger; what is written larger is read as infinite."""

GENERATED_NAMES = frozenset(
    {
        "ProcessingJobName",
        "TrainingJobName",
        "HyperParameterTuningJobName",
        "TransformJobName",
        "AutoMLJobName",
        "ModelName",
        "EndpointConfigName",
        "EndpointName",
        "InferenceComponentName",
    }
)
"""Required by the API, filled in by Pipelines when the definition leaves them out."""

PIPELINE_DEFAULTS = frozenset({"RoleArn", "ExecutionRoleArn"})
"""Required by the API; a step without one runs with the pipeline's role."""

STEP_TYPE_ALIASES = {
    "ProcessingJob": "Processing",
    "TrainingJob": "Training",
    "TransformJob": "Transform",
    "TuningJob": "Tuning",
    "AutoMLJob": "AutoML",
}
"""Names in the service's step metadata → the ``Type`` that definitions use."""


class IssueKind(StrEnum):
    UNKNOWN_KEY = "unknown key"
    MISSING = "missing"
    WRONG_TYPE = "wrong type"
    NOT_IN_ENUM = "not in enum"
    OUT_OF_RANGE = "out of range"
    TEXT_FOR_SCALAR = "text for scalar"
    """A number or boolean written as text: accepted in places, refused in others."""


@record
class ShapeIssue:
    """One difference between a value and its shape. ``path`` is below ``Arguments``."""

    kind: IssueKind
    path: ValuePath
    message: str
    suggestions: tuple[str, ...] = ()
    shape: str = ""


@record
class Unread:
    """A value that is not known where not every value is right: free texts are left out."""

    value: Unknown | Template
    container: bool
    """Whether an object or list belongs there, of which members may be wrong."""
    boolean: bool


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return loaded


def source() -> str:
    """What the shapes were extracted from, with its version."""
    return str(_data()["source"])


@cache
def step_types() -> frozenset[str]:
    """Every ``Type`` a step may have, by the service model's step metadata."""
    return frozenset(STEP_TYPE_ALIASES.get(name, name) for name in _data()["step_types"])


@cache
def enum_values(shape: str) -> tuple[str, ...]:
    """The values of an enumeration such as ``TrainingInstanceType``."""
    return tuple(_data()["shapes"][shape].get("en", ()))


def valid_path(step_type: str, path: ValuePath) -> bool:
    """Whether a path below ``Arguments`` can exist for a step type (``True`` where unknown)."""
    operations = OPERATIONS.get(step_type)
    if operations is None:
        return True
    shapes = _data()["shapes"]
    return any(_path_exists(shapes, _data()["operations"][op], path) for op in operations)


def _path_exists(shapes: dict[str, Any], name: str, path: ValuePath) -> bool:
    for key in path:
        shape = shapes[name]
        if shape["t"] == "s":
            if key not in shape["m"]:
                return False
            name = shape["m"][key]
        elif shape["t"] == "l":
            name = shape["e"]
        elif shape["t"] == "m":
            name = shape["v"]
        else:
            return False
    return True


def check_arguments(
    step_type: str, raw: Any, resolved: Any, unread: list[Unread] | None = None
) -> list[ShapeIssue]:
    """Compare a step's ``Arguments`` with the request they become.

    Args:
        step_type: the step's ``Type``; a type without a known request gives no issues.
        raw: the arguments as written, for what is an expression.
        resolved: the same with expressions resolved; paths are equal.
        unread: is given what could not be compared, because its value is not known.
    """
    operations = OPERATIONS.get(step_type, ())
    best: list[ShapeIssue] | None = None
    for operation in operations:
        checker = _Checker()
        issues = list(checker.check(_data()["operations"][operation], raw, resolved))
        if best is None or len(issues) < len(best):
            best = issues
            if unread is not None:
                unread[:] = checker.unread
    return best or []


class _Checker:
    def __init__(self) -> None:
        self._shapes: dict[str, Any] = _data()["shapes"]
        self.unread: list[Unread] = []

    def check(self, root: str, raw: Any, resolved: Any) -> Iterator[ShapeIssue]:
        stack: list[tuple[str, Any, Any, ValuePath]] = [(root, raw, resolved, ())]
        while stack:
            name, written, value, path = stack.pop()
            shape = self._shapes[name]
            if isinstance(value, Choice):
                for option in value.values:
                    if isinstance(option, Unknown):
                        self._leave(shape, option)
                    yield from self._scalar(name, shape, option, path)
                continue
            if isinstance(value, Unknown):
                if not expression_of(written):  # those are accepted anywhere
                    self._leave(shape, value)
                continue
            if value is None:
                continue
            if isinstance(value, Template):
                self._leave(shape, value)
                if shape["t"] in "slm":
                    yield self._wrong(name, shape, value, path)
                continue
            if shape["t"] == "s" and isinstance(value, dict):
                if expression_of(written):
                    continue
                yield from self._structure(name, shape, value, path)
                stack.extend(
                    (shape["m"][key], lookup(written, key), item, (*path, key))
                    for key, item in value.items()
                    if key in shape["m"]
                )
            elif shape["t"] == "l" and isinstance(value, list):
                yield from self._size(name, shape, value, path)
                stack.extend(
                    (shape["e"], lookup(written, index), item, (*path, index))
                    for index, item in enumerate(value)
                )
            elif shape["t"] == "m" and isinstance(value, dict):
                yield from self._size(name, shape, value, path)
                stack.extend(
                    (shape["v"], lookup(written, key), item, (*path, key))
                    for key, item in value.items()
                )
            else:
                yield from self._scalar(name, shape, value, path)

    def _leave(self, shape: dict[str, Any], value: Unknown | Template) -> None:
        kind = shape["t"]
        if kind in "slmbn" or "en" in shape:
            self.unread.append(Unread(value, kind in "slm", kind == "b"))

    def _structure(
        self, name: str, shape: dict[str, Any], value: dict[str, Any], path: ValuePath
    ) -> Iterator[ShapeIssue]:
        members = shape["m"]
        if isinstance(value, OpenDict):
            self._leave(shape, value.rest)
        for key in value:
            if key not in members:
                near = _nearest(key, [name for name in members if name not in value])
                hint = f"; did you mean {near[0]}?" if near else ""
                yield ShapeIssue(
                    IssueKind.UNKNOWN_KEY,
                    (*path, key),
                    f"{key} is not a member of {name}{hint}",
                    near,
                    name,
                )
        for key in shape.get("r", ()):
            if lookup(value, key) is not MISSING:
                continue
            if not path and (key in GENERATED_NAMES or key in PIPELINE_DEFAULTS):
                continue
            yield ShapeIssue(IssueKind.MISSING, (*path, key), f"{name} requires {key}", (), name)

    def _size(
        self, name: str, shape: dict[str, Any], value: Any, path: ValuePath
    ) -> Iterator[ShapeIssue]:
        open_ended = isinstance(value, OpenDict) or (
            isinstance(value, list) and any(isinstance(item, Rest) for item in value)
        )
        low, high = shape.get("min"), shape.get("max")
        if high is not None and len(value) > high:
            yield ShapeIssue(
                IssueKind.OUT_OF_RANGE,
                path,
                f"{len(value)} entries where at most {high} are allowed",
                (),
                name,
            )
        elif low is not None and len(value) < low and not open_ended:
            yield ShapeIssue(
                IssueKind.OUT_OF_RANGE,
                path,
                f"{len(value)} entries where at least {low} are needed",
                (),
                name,
            )

    def _scalar(
        self, name: str, shape: dict[str, Any], value: Any, path: ValuePath
    ) -> Iterator[ShapeIssue]:
        kind = shape["t"]
        if isinstance(value, Unknown | Template) or value is None:
            return
        if kind == "S":
            yield from self._text(name, shape, value, path)
        elif kind == "b":
            if isinstance(value, str) and value.lower() in ("true", "false"):
                yield self._as_text(name, value, "a boolean", path)
            elif not isinstance(value, bool):
                yield self._wrong(name, shape, value, path)
        elif kind == "n":
            yield from self._number(name, shape, value, path)
        elif kind != "T":
            yield self._wrong(name, shape, value, path)

    def _text(
        self, name: str, shape: dict[str, Any], value: Any, path: ValuePath
    ) -> Iterator[ShapeIssue]:
        if isinstance(value, bool | dict | list):
            yield self._wrong(name, shape, value, path)
            return
        text = str(value)
        enum = shape.get("en")
        if enum is not None:
            if text not in enum:
                near = _nearest(text, enum)
                hint = f"; nearest: {', '.join(near)}" if near else ""
                yield ShapeIssue(
                    IssueKind.NOT_IN_ENUM, path, f"{text!r} is not a {name}{hint}", near, name
                )
        elif "max" in shape and len(text) > shape["max"]:
            yield ShapeIssue(
                IssueKind.OUT_OF_RANGE,
                path,
                f"{len(text)} characters where at most {shape['max']} are allowed",
                (),
                name,
            )
        elif text == "" and shape.get("min", 0) > 0:
            yield ShapeIssue(
                IssueKind.OUT_OF_RANGE, path, "an empty text where one is needed", (), name
            )

    def _number(
        self, name: str, shape: dict[str, Any], value: Any, path: ValuePath
    ) -> Iterator[ShapeIssue]:
        number: float
        if isinstance(value, str):
            try:
                number = float(value)
            except (ValueError, OverflowError):
                yield self._wrong(name, shape, value, path)
                return
        elif isinstance(value, bool) or not isinstance(value, int | float):
            yield self._wrong(name, shape, value, path)
            return
        else:
            number = value
        limit = MAX_WHOLE if shape.get("i") else MAX_NUMBER
        if not -limit <= number <= limit:  # nor is it for what is no number
            shown = repr(value) if isinstance(value, str) else f"{value}"
            yield ShapeIssue(
                IssueKind.OUT_OF_RANGE, path, f"{shown[:40]} is not a number AWS takes", (), name
            )
            return
        if isinstance(value, str):
            yield self._as_text(name, value, "a number", path)
        if shape.get("i") and number != int(number):
            yield ShapeIssue(
                IssueKind.WRONG_TYPE, path, f"{value} where a whole number is needed", (), name
            )
        low, high = shape.get("min"), shape.get("max")
        if (low is not None and number < low) or (high is not None and number > high):
            bounds = f"{'-∞' if low is None else low} to {'∞' if high is None else high}"
            yield ShapeIssue(IssueKind.OUT_OF_RANGE, path, f"{value} is outside {bounds}", (), name)

    @staticmethod
    def _as_text(name: str, value: str, wanted: str, path: ValuePath) -> ShapeIssue:
        return ShapeIssue(
            IssueKind.TEXT_FOR_SCALAR,
            path,
            f"the text {value!r} stands where {wanted} belongs",
            (),
            name,
        )

    @staticmethod
    def _wrong(name: str, shape: dict[str, Any], value: Any, path: ValuePath) -> ShapeIssue:
        wanted = {
            "s": "an object",
            "l": "a list",
            "m": "an object",
            "S": "a text",
            "n": "a number",
            "b": "true or false",
            "T": "a time",
        }[shape["t"]]
        return ShapeIssue(
            IssueKind.WRONG_TYPE, path, f"{_describe(value)} where {wanted} is needed", (), name
        )


def _describe(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str | Template):
        return f"the text {str(value)[:40]!r}"
    return f"the number {value}"


def _nearest(word: str, options: Any) -> tuple[str, ...]:
    from difflib import get_close_matches

    lowered = {option.lower(): option for option in options}
    near = get_close_matches(word.lower(), lowered, 3, 0.75)
    return tuple(lowered[item] for item in near)
