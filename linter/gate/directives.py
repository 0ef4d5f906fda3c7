"""``pipewarden: ignore[RULE, …] until=DATE -- reason`` in comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from linter.core.printable import printable
from linter.core.record import record
from linter.core.regex import lazy_regex
from linter.core.sources import Source, Span
from linter.gate import MARKER
from linter.gate.comments import Layout

_START = lazy_regex(r"(?:^|(?<=[\s;,*]))pipewarden:[ \t]*", re.IGNORECASE)
_DIRECTIVE = lazy_regex(
    r"ignore[ \t]*\[(?P<rules>[^\]]*)\]"
    r"(?:[ \t]+until[ \t]*=[ \t]*(?P<until>[^\s;]+))?"
    r"(?:[ \t]*--[ \t]*(?P<reason>.*))?",
    re.DOTALL,
)


@record
class Directive:
    """One directive and the lines it covers (``first`` to ``last``, inclusive).

    ``fault`` says what is wrong with a malformed one, which covers nothing.
    """

    span: Span
    rules: tuple[str, ...] = ()
    until: date | None = None
    reason: str = ""
    first: int = 0
    last: int = 0
    fault: str = ""


def directives_of(source: Source, layout: Layout) -> Iterator[Directive]:
    """Every directive of a text, malformed ones too, in order.

    A comment beside code covers that line, a comment on lines of its own the next line that is
    not a comment; a line on which a block starts stands for the whole block.
    """
    own = _own_lines(source, layout)
    for comment in layout.comments:
        if MARKER not in comment.text.lower():
            continue
        line = source.position(comment.start)[0]
        if line in own:
            target = line + 1
            while target in own:
                target += 1
        else:
            target = line
        last = layout.block_end(target)
        for text, offset, at_start in _segments(comment.text):
            span = source.span(comment.start + offset, comment.start + offset + len(text))
            directive = parse_directive(text, span, target, last, certain=at_start)
            if directive is not None:
                yield directive


def _own_lines(source: Source, layout: Layout) -> set[int]:
    """Lines that hold comments and nothing else."""
    if layout.own is not None:
        return layout.own
    lines: set[int] = set()
    for comment in layout.comments:
        first, column = source.position(comment.start)
        last, end_column = source.position(max(comment.end - 1, comment.start))
        before = source.line(first)[: column - 1].strip(" \t\ufeff")
        after = source.line(last)[end_column:].strip()
        if before in ("#", "//", "/*") and (not after or not comment.text.strip()):
            lines.update(range(first, last + 1))
    return lines


def _segments(text: str) -> Iterator[tuple[str, int, bool]]:
    """(directive's text, its offset, whether it starts a line of the comment)."""
    starts = [found.start() for found in _START.finditer(text)]
    for index, start in enumerate(starts):
        end = starts[index + 1] if index + 1 < len(starts) else len(text)
        line_end = text.find("\n", start)
        if line_end >= 0:
            end = min(end, line_end)
        lead = text[text.rfind("\n", 0, start) + 1 : start].strip(" \t*#/")
        yield text[start:end].rstrip(" \t\r;,*"), start, not lead or index > 0


def parse_directive(
    text: str, span: Span, first: int, last: int, *, certain: bool = True
) -> Directive | None:
    """One directive. ``None`` for prose that mentions the tool (``certain`` rules that out)."""
    head = _START.match(text)
    body = text[head.end() :] if head else text
    found = _DIRECTIVE.fullmatch(body)
    if found is None:
        if not certain and "[" not in body:
            return None
        return Directive(span, fault=_fault(body))
    rules = tuple(word.strip() for word in found["rules"].split(",") if word.strip())
    if not rules:
        return Directive(span, fault="it names no rule: write ignore[RULE]")
    until = None
    if found["until"]:
        try:
            until = date.fromisoformat(found["until"])
        except ValueError:
            shown = printable(found["until"], 40)
            return Directive(span, fault=f"until={shown} is no date: write until=YYYY-MM-DD")
    return Directive(span, rules, until, (found["reason"] or "").strip(), first, last)


def _fault(body: str) -> str:
    word = re.match(r"[\w-]*", body)
    name = word[0] if word else ""
    if name.lower() != "ignore":
        return (
            f"{printable(name or body, 40)!r} is no directive: "
            "write pipewarden: ignore[RULE] -- reason"
        )
    rest = body[len(name) :].strip()
    if not rest.startswith("["):
        return "the rules go in brackets: write ignore[RULE]"
    if "]" not in rest:
        return "the bracket behind ignore is not closed"
    extra = rest.partition("]")[2].strip()
    return f"{printable(extra, 40)!r} is not understood: a reason follows --, a date until="
