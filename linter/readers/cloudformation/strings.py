"""The text that a string expression makes, with the place of each of its characters.

Only for strings that hold documents: a policy as JSON text, the body of a pipeline.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from linter.core.documents import Path
from linter.core.mapped import MappedText, MappedTextBuilder
from linter.core.sources import Source
from linter.core.values import Template, Unknown
from linter.readers.cloudformation.evaluator import Evaluator
from linter.readers.cloudformation.functions import SUBSTITUTION, sub_parts, substitute
from linter.readers.cloudformation.values import NO_VALUE, as_text

_Place = tuple[Source, int, int]


def text_of(run: Evaluator, node: Any, at: Path, bindings: dict[str, Any]) -> MappedText:
    """The text of the string expression ``node`` written at ``at``."""
    outer, run.bindings = run.bindings, bindings
    try:
        writer = _Writer(run)
        writer.write(node, at)
    finally:
        run.bindings = outer
    return writer.builder.build(run.text.source, run.text.offsets(at)[0])


class _Writer:
    def __init__(self, run: Evaluator) -> None:
        self.builder = MappedTextBuilder()
        self._run = run

    def write(self, node: Any, at: Path) -> None:
        if isinstance(node, str):
            self._literal(node, at)
            return
        if isinstance(node, dict) and len(node) == 1:
            (name,) = node
            argument, place = node[name], (*at, name)
            if name == "Fn::Sub" and self._sub(argument, place):
                return
            if name == "Fn::Join" and self._join(argument, place):
                return
            if name == "Ref" and self._parameter(argument):
                return
            if name == "Fn::If" and self._branch(argument, place):
                return
        self._value(self._run.evaluate(node, at, None), self._place(at))

    def _place(self, at: Path) -> _Place:
        return (self._run.text.source, *self._run.text.offsets(at))

    def _value(self, value: Any, place: _Place) -> None:
        text = as_text(value)
        for part in text.parts if isinstance(text, Template) else (text,):
            if isinstance(part, Unknown):
                self.builder.add_unknown(part, *place)
            else:
                self.builder.add(part, *place)

    def _literal(self, text: str, at: Path) -> None:
        mapped = self._run.text.mapped_string(at)
        value = self._run.evaluate(text, at, None)
        if mapped is None or mapped.text != value:
            self._value(value, self._place(at))
        else:
            self.builder.extend(mapped)

    def _sub(self, argument: Any, at: Path) -> bool:
        found = sub_parts(self._run, argument, at)
        if found is None:
            return False
        text, place, own = found
        mapped = self._run.text.mapped_string(place)
        if mapped is None or mapped.text != text:
            return False
        position = 0
        for match in SUBSTITUTION.finditer(text):
            self._slice(mapped, position, match.start())
            written = mapped.source_range(*match.span())
            value = (
                "${" + match[2] + "}" if match[1] else substitute(self._run, match[2], own, place)
            )
            self._value(value, written)
            position = match.end()
        self._slice(mapped, position, len(text))
        return True

    def _slice(self, mapped: MappedText, start: int, end: int) -> None:
        pieces = mapped.pieces
        index = max(bisect_right(pieces, start, key=lambda piece: piece.start) - 1, 0)
        while start < end and index < len(pieces):
            stop = min(pieces[index].end, end)
            if stop > start:
                self.builder.add(mapped.text[start:stop], *mapped.source_range(start, stop))
                start = stop
            index += 1

    def _join(self, argument: Any, at: Path) -> bool:
        if not (
            isinstance(argument, list)
            and len(argument) == 2
            and isinstance(argument[0], str)
            and isinstance(argument[1], list)
        ):
            return False
        run = self._run
        delimiter = self._place((*at, 0))
        first = True
        for index, item in enumerate(argument[1]):
            place = (*at, 1, index)
            if isinstance(item, dict) and run.evaluate(item, place, None) is NO_VALUE:
                continue
            if not first:
                self.builder.add(argument[0], *delimiter)
            first = False
            self.write(item, place)
        return True

    def _parameter(self, name: Any) -> bool:
        run = self._run
        if not isinstance(name, str) or name in run.bindings or name not in run.parameters:
            return False
        place = run.parameters.place(name)
        value = run.parameters.value(name)
        mapped = run.text.mapped_string(place) if place is not None else None
        if mapped is None or mapped.text != value:
            return False
        self.builder.extend(mapped)
        return True

    def _branch(self, argument: Any, at: Path) -> bool:
        if not isinstance(argument, list) or len(argument) != 3:
            return False
        truth = self._run.conditions.named(argument[0])
        if not isinstance(truth, bool):
            return False
        index = 1 if truth else 2
        self.write(argument[index], (*at, index))
        return True
