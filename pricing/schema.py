"""The JSON Schemas of usage and price files, from the tables that their parsers go by.

Draft 7, which editors know best. The parsers decide: a schema cannot say that low, expected and
high are in this order, or that a new family of machines may be right.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linter.core.regions import LOCAL_ZONE, REGIONS
from linter.core.schemas import SCHEMA_FILES
from pricing.known import RATES_BY_TYPE, instance_types, rates
from pricing.pricefile import COMPONENTS, MAX_USD_PER_HOUR
from pricing.pricefile import FILE_KEYS as PRICE_KEYS
from pricing.pricefile import REGION_KEYS as PRICE_REGION_KEYS
from pricing.usage import (
    FILE_KEYS,
    MAX_RUNS_PER_MONTH,
    PIPELINE_KEYS,
    STANDING_SHAPES,
    STEP_SHAPES,
    KeyShape,
)

_Schema = dict[str, Any]
_DRAFT = "http://json-schema.org/draft-07/schema#"
_INSTANCE_PATTERN = r"^ml\.[a-z][a-z0-9-]*\.[a-z0-9-]+$"


def usage_schema() -> _Schema:
    """The schema of ``pipewarden-usage.yml``."""
    steps = _mapping(additionalProperties=_shapes(STEP_SHAPES))
    runs = _number(0, MAX_RUNS_PER_MONTH, "Runs of a pipeline in a month.")
    pipeline = _closed(PIPELINE_KEYS, {"runs_per_month": runs, "steps": steps})
    body = {
        "version": {"const": 1},
        "runs_per_month": runs,
        "pipelines": _mapping(
            additionalProperties=pipeline, description="By name, which may be a glob."
        ),
        "standing": _mapping(
            additionalProperties=_shapes(STANDING_SHAPES),
            description="What is on between runs, by name or address.",
        ),
    }
    return _file("pipewarden usage file", "usage", _closed(FILE_KEYS, body))


def price_schema() -> _Schema:
    """The schema of a price file."""
    discount = _number(0, 100, "Percent off list prices.")
    price = _number(0, MAX_USD_PER_HOUR, "USD per hour.")
    table = _mapping(
        propertyNames={"anyOf": [{"enum": instance_types()}, {"pattern": _INSTANCE_PATTERN}]},
        additionalProperties=price,
    )
    named = "|".join(name.rstrip(":") for name in RATES_BY_TYPE)
    body = {
        "discount_percent": discount,
        "prices": _closed(COMPONENTS, dict.fromkeys(COMPONENTS, table)),
        "rates": _mapping(
            propertyNames={"anyOf": [{"enum": rates()}, {"pattern": f"^({named}):"}]},
            additionalProperties=_number(0, MAX_USD_PER_HOUR, "USD per unit."),
        ),
    }
    regions = _mapping(
        propertyNames={"anyOf": [{"enum": ["*", *sorted(REGIONS)]}, {"pattern": LOCAL_ZONE}]},
        additionalProperties=_closed(PRICE_REGION_KEYS, body),
    )
    top = {"version": {"const": 1}, "discount_percent": discount, "regions": regions}
    return _file("pipewarden price file", "prices", _closed(PRICE_KEYS, top))


def _file(title: str, name: str, body: _Schema) -> _Schema:
    return {
        "$schema": _DRAFT,
        "$id": f"urn:pipewarden:{SCHEMA_FILES[name]}",
        "title": title,
        **body,
        "type": "object",
        "required": ["version"],
    }


def _mapping(**more: Any) -> _Schema:
    """A mapping; the parsers take an empty one written as nothing."""
    return {"type": ["object", "null"], **more}


def _closed(keys: tuple[str, ...], properties: Mapping[str, _Schema]) -> _Schema:
    """A mapping of the parser's ``keys``; one without a property is an error of ours."""
    known = {key: properties[key] for key in keys}
    return _mapping(properties=known, additionalProperties=False)


def _shapes(shapes: Mapping[str, KeyShape]) -> _Schema:
    return _closed(tuple(shapes), {key: _shape(shape) for key, shape in shapes.items()})


def _number(low: int, high: int, text: str, type_: str = "number") -> _Schema:
    return {"type": type_, "minimum": low, "maximum": high, "description": text}


def _shape(shape: KeyShape) -> _Schema:
    if shape.kind == "boolean":
        return {"type": "boolean", "description": shape.text}
    if shape.kind == "type":
        known = [{"enum": instance_types()}, {"type": "string", "pattern": _INSTANCE_PATTERN}]
        return {"description": shape.text, "anyOf": known}
    if shape.kind == "whole":
        return _number(shape.low, shape.high, shape.text, "integer")
    number = _number(shape.low, shape.high, shape.text)
    if shape.kind != "range":
        return number
    bounds = _number(shape.low, shape.high, "")
    bounds.pop("description")
    parts = ("low", "expected", "high")
    limits = {
        "type": "object",
        "properties": dict.fromkeys(parts, bounds),
        "required": list(parts),
        "additionalProperties": False,
    }
    return {"description": shape.text, "anyOf": [bounds, limits]}
