"""AWS's own managed policies, as documents: those that can be attached, as of a day.

``data/managed_policies.bin`` is written by ``linter.domain.tools.build_managed_policies``. A policy
that is newer than it is not read, and named so.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from linter.core.values import Template

FILE = Path(__file__).parent.parent / "data" / "managed_policies.bin"


def name_of(arn: Any) -> str:
    """The name of AWS's managed policy that an ARN names, in any partition; else empty."""
    text = arn.suffix if isinstance(arn, Template) else arn
    if not isinstance(text, str) or not (isinstance(arn, Template) or text.startswith("arn:")):
        return ""
    _, found, name = text.partition(":iam::aws:policy/")
    return name.rpartition("/")[2] if found else ""


def document_of(arn: Any) -> dict[str, Any] | None:
    """The policy that an ARN of AWS names; ``None`` where it is not read."""
    name = name_of(arn)
    return _document(name) if name else None


def newest() -> str:
    """The day of the newest change that the documents have, as ``2026-09-30``."""
    return str(_index()["newest"])


def known_names() -> list[str]:
    """The names of all policies whose documents are read."""
    return list(_index()["policies"])


@cache
def _index() -> dict[str, Any]:
    import json

    with FILE.open("rb") as file:
        line = file.readline()
    index: dict[str, Any] = json.loads(line)
    index["start"] = len(line)
    return index


@cache
def _document(name: str) -> dict[str, Any] | None:
    import json
    import zlib

    index = _index()
    place = index["policies"].get(name)
    if place is None:
        return None
    begin, end = place
    with FILE.open("rb") as file:
        file.seek(index["start"])
        dictionary = file.read(index["dictionary"])
        file.seek(index["start"] + len(dictionary) + begin)
        packed = file.read(end - begin)
    found: dict[str, Any] = json.loads(zlib.decompressobj(-15, dictionary).decompress(packed))
    return found
