"""Places for what ``jsondecode`` reads out of a text that was written somewhere."""

from __future__ import annotations

from linter.core.jsontext import JsonLocator, parse_json
from linter.core.values import Template
from linter.readers.terraform.cty.value import MAPPINGS, SEQUENCES, STRING, Value, from_plain
from linter.readers.terraform.syntax.tree import Origin
from linter.readers.terraform.text_map import mapped_text

MAX_NODES = 20_000
"""Values given places of their own; a larger document keeps the place of the call."""


def partly_decoded(text: Value) -> Value | None:
    """What a JSON text denotes of which parts are not known; ``None`` when it is not JSON so.

    An unknown part inside a JSON string is taken for characters of that string, as whoever writes
    such a text means it.
    """
    if text.kind is not STRING or text.decoded is not None or not isinstance(text.data, Template):
        return None
    mapped = mapped_text(text)
    if mapped is None:
        return None
    parsed = parse_json(mapped)
    if parsed.problem is not None:
        return None
    return with_places(from_plain(parsed.value), text)


def with_places(result: Value, text: Value) -> Value:
    """``result`` of decoding ``text``, each part of it with the place where it is written."""
    if text.kind is not STRING or text.decoded is not None or text.text_map is None:
        return result
    mapped = mapped_text(text)
    if mapped is None:
        return result
    locator = JsonLocator(mapped)
    pending: list[tuple[tuple[str | int, ...], Value]] = [((), result)]
    count = 0
    while pending and count < MAX_NODES:
        path, value = pending.pop()
        count += 1
        _, (start, end) = locator.member(path)
        value.origin = Origin(*mapped.source_range(start, end))
        if value.kind in MAPPINGS:
            origins = {}
            for key, item in value.data.items():
                place, _ = locator.member((*path, key))
                if place is not None:
                    origins[key] = Origin(*mapped.source_range(*place))
                pending.append(((*path, key), item))
            value.key_origins = origins
        elif value.kind in SEQUENCES:
            pending.extend(((*path, index), item) for index, item in enumerate(value.data))
    return result
