"""Parameter files, as ``aws cloudformation deploy --parameter-overrides file://`` takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from linter.core.jsontext import parse_json_source
from linter.core.sources import Source
from linter.core.values import lookup


def given_parameters(
    variables: Mapping[str, str], files: Sequence[str], base: Path | None
) -> dict[str, str]:
    """The values of parameters: those of the files, and then those of the command line.

    A file that is none of CloudFormation's is Terraform's, whose reader says what is wrong in it.
    """
    given: dict[str, str] = {}
    for name in files:
        if name.endswith(".json"):
            try:
                text = Path(base or ".", name).read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError):
                continue
            given.update(_pairs(parse_json_source(Source(name, text)).value))
    return {**given, **variables}


def _pairs(value: Any) -> dict[str, str]:
    """``[{"ParameterKey", "ParameterValue"}]``, or ``{"Parameters": {name: value}}``."""
    if isinstance(value, list):
        found = [(lookup(i, "ParameterKey"), lookup(i, "ParameterValue")) for i in value]
    else:
        named = lookup(value, "Parameters")
        found = list(named.items()) if isinstance(named, dict) else []
    return {
        str(name): item for name, item in found if isinstance(name, str) and isinstance(item, str)
    }
