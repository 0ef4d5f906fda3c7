"""Reading numbers, names and switches out of partly known values."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from linter.core.record import record
from linter.core.regex import lazy_regex
from linter.core.values import MISSING, Choice, Template, Unknown
from linter.domain.pipeline import Pipeline
from pricing.ranges import Range

_NUMBER = lazy_regex(r"\s*\d{1,12}(?:\.\d{1,9})?\s*")
MAX_NUMBER = Decimal(10**9)
MAX_INSTANCES = Decimal(100_000)


@record
class Options:
    """The values something may have, and the one to expect (the parameter's default)."""

    values: tuple[Any, ...]
    expected: Any


def options_of(value: Any, pipeline: Pipeline | None) -> Options | None:
    """The known values of a value, ``None`` when none is known."""
    if isinstance(value, Choice):
        values = value.values
        return Options(values, _default(value, pipeline)) if values else None
    if isinstance(value, Unknown) and value.alternatives:
        return Options(value.alternatives, value.alternatives[0])
    if value is MISSING or value is None or isinstance(value, Unknown | Template):
        return None
    return Options((value,), value)


def _default(choice: Choice, pipeline: Pipeline | None) -> Any:
    for reference in choice.references:
        parameter = (
            pipeline.parameters.get(reference.removeprefix("Parameters."))
            if pipeline is not None
            else None
        )
        if parameter is not None and parameter.default in choice.values:
            return parameter.default
    return choice.values[0]


def to_number(value: Any) -> Decimal | None:
    """A non-negative number, also as text (pipelines keep numbers in String parameters)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return Decimal(value.strip()) if value.isascii() and _NUMBER.fullmatch(value) else None
    if isinstance(value, int):
        return Decimal(value) if 0 <= value <= MAX_NUMBER else None
    if isinstance(value, float) and 0 <= value <= float(MAX_NUMBER):
        return Decimal(str(value))
    return None


def number_range(value: Any, pipeline: Pipeline | None) -> Range | None:
    """From the least to the greatest value it may have; ``None`` when none is known."""
    options = options_of(value, pipeline)
    if options is None:
        return None
    numbers = [number for item in options.values if (number := to_number(item)) is not None]
    if not numbers:
        return None
    expected = to_number(options.expected)
    return Range.around(numbers, expected if expected is not None else max(numbers))


def counted(value: Any, pipeline: Pipeline | None, *, least: int = 1) -> tuple[Range | None, str]:
    """A number of instances, and why it may be more: of one that is not known at least one runs.

    It is whole, from ``least`` to :data:`MAX_INSTANCES`; ``None`` with the reason where the value
    is no such number.
    """
    number = number_range(value, pipeline)
    why = why_unknown(value, "number of instances")
    if number is not None:
        ends = (number.low, number.expected, number.high)
        possible = all(least <= end <= MAX_INSTANCES and end == int(end) for end in ends)
        return (number, "") if possible else (None, why)
    if value is MISSING or value is None or isinstance(value, Unknown | Template):
        return Range.exactly(1), f"{why}; one is counted"
    return None, why


def switch(value: Any, pipeline: Pipeline | None) -> bool | None:
    """A boolean, also as text; ``None`` when unknown. Of several, the expected one."""
    options = options_of(value, pipeline)
    if options is None:
        return None
    item = options.expected
    if isinstance(item, str) and item.lower() in ("true", "false"):
        return item.lower() == "true"
    return item if isinstance(item, bool) else None


def why_unknown(value: Any, what: str) -> str:
    """One clause: why a value is not known."""
    if value is MISSING or value is None:
        return f"no {what} is given"
    if isinstance(value, Unknown):
        return f"the {what} is not known: {value.reason}"
    if isinstance(value, Template):
        return f"the {what} is not known: {value}"
    return f"the {what} is no valid value"


def known_items(value: Any) -> tuple[list[Any], bool]:
    """The known elements of a list, and whether there may be more."""
    if isinstance(value, dict):
        return [value], False  # a block that occurs once
    if not isinstance(value, list):
        return [], isinstance(value, Unknown)
    known = [item for item in value if not isinstance(item, Unknown)]
    return known, len(known) < len(value)


def texts(values: Iterable[Any]) -> list[str]:
    return [value for value in values if isinstance(value, str)]
