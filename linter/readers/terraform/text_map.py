"""Where the characters of an evaluated string were written.

A string value carries its map as a function, run only when a finding, or a document inside the
string, asks for it.
"""

from __future__ import annotations

from linter.core.mapped import MappedText, MappedTextBuilder
from linter.core.values import Template, Unknown
from linter.readers.terraform.cty.value import STRING, Value
from linter.readers.terraform.syntax.tree import Origin


def mapped_text(value: Value) -> MappedText | None:
    """The text of a string value with its places; ``None`` when it was not written anywhere."""
    if value.kind is not STRING or not isinstance(value.origin, Origin):
        return None
    builder = MappedTextBuilder()
    append(builder, value, value.origin)
    return builder.build(value.origin.source, value.origin.start)


def append(builder: MappedTextBuilder, value: Value, place: Origin) -> None:
    """Add a string value to a text; what has no map of its own stands for ``place``."""
    if isinstance(value.text_map, Origin):
        origin = value.text_map
        builder.add(value.data, origin.source, origin.start, origin.end)
        return
    if value.text_map is not None:
        value.text_map(builder)
        return
    origin = value.origin if isinstance(value.origin, Origin) else place
    parts = value.data.parts if isinstance(value.data, Template) else (value.data,)
    for part in parts:
        if isinstance(part, Unknown):
            builder.add_unknown(part, origin.source, origin.start, origin.end)
        else:
            builder.add(part, origin.source, origin.start, origin.end)
