"""Terraform's layout: equals signs and comments of neighbouring lines stand below each other.

``terraform fmt`` aligns them in runs of lines that each hold a whole ``name = value``. An edit that
adds a line to such a run moves the others. A file that was not laid out so is left as it is.
"""

from __future__ import annotations

from linter.core.record import record
from linter.core.regex import lazy_regex

_ASSIGNMENT = lazy_regex(r'([ \t]*)([A-Za-z_][\w-]*|"[^"\\$%]*")([ \t]*)=(?![=>])[ \t]*(.*)')
_HEREDOC = lazy_regex(r"<<-?([A-Za-z_][\w-]*)\s*$")
_OPENING, _CLOSING = "([{", ")]}"


@record
class _Line:
    """A line as its cells: what is assigned to, the value with its sign, the comment."""

    lead: str
    assign: str
    comment: str


def laid_out(text: str) -> str:
    """The text with the runs of assignments and comments aligned, nothing else changed."""
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(ending)
    cells = _cells(lines)
    out: list[str] = []
    index = 0
    while index < len(lines):
        end = index
        while end < len(lines) and cells[end] is not None:
            end += 1
        if end == index:
            out.append(lines[index])
            index += 1
            continue
        run = [cell for cell in cells[index:end] if cell is not None]
        out += _aligned(run)
        index = end
    return ending.join(out)


def _cells(lines: list[str]) -> list[_Line | None]:
    """By line: its cells, ``None`` where it holds no whole assignment."""
    found: list[_Line | None] = []
    heredoc = ""
    commented = False
    for line in lines:
        if heredoc:
            heredoc = "" if line.strip() == heredoc else heredoc
            found.append(None)
            continue
        if commented or line.lstrip().startswith("/*"):
            commented = "*/" not in line
            found.append(None)
            continue
        opened = _HEREDOC.search(line)
        heredoc = opened[1] if opened is not None else ""
        found.append(_cell(line))
    return found


def _cell(line: str) -> _Line | None:
    matched = _ASSIGNMENT.fullmatch(line)
    if matched is None:
        return None
    indent, name, _, value = matched.groups()
    end, depth = _end_of_value(value)
    if depth:
        return None
    rest = value[:end].rstrip()
    return _Line(f"{indent}{name}", f"= {rest}", value[end:].strip()) if rest else None


def _end_of_value(value: str) -> tuple[int, int]:
    """Where a comment begins, and how many brackets stay open."""
    depth, quoted, position = 0, False, 0
    templates: list[int] = []
    while position < len(value):
        sign = value[position]
        if quoted:
            if sign == "\\":
                position += 1
            elif value[position : position + 2] in ("${", "%{"):
                if value[position - 1 : position] != sign:
                    templates.append(depth)
                    depth, quoted = depth + 1, False
                position += 1
            elif sign == '"':
                quoted = False
        elif sign == '"':
            quoted = True
        elif sign == "#" or value[position : position + 2] in ("//", "/*"):
            return position, depth
        elif sign in _OPENING:
            depth += 1
        elif sign in _CLOSING:
            depth -= 1
            if templates and depth == templates[-1] and sign == "}":
                templates.pop()
                quoted = True
        position += 1
    return len(value), depth + quoted


def _aligned(run: list[_Line]) -> list[str]:
    lead = max(len(line.lead) for line in run)
    out = [f"{line.lead:<{lead}} {line.assign}" for line in run]
    start = 0
    while start < len(run):
        end = start
        while end < len(run) and run[end].comment:
            end += 1
        width = max((len(text) for text in out[start:end]), default=0)
        for index in range(start, end):
            out[index] = f"{out[index]:<{width}} {run[index].comment}"
        start = max(end, start + 1)
    return out
