"""``check --add-ignores``: suppressions written for findings, as minimal edits.

HCL and YAML get a comment on a line of its own above the finding, as far indented as that line;
inside a heredoc or a multi-line string, above the line on which that starts. Files without
comments (JSON) get ``[[ignore]]`` entries for the configuration.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from linter.core.printable import printable
from linter.core.record import entity, field
from linter.core.sources import Source
from linter.gate.comments import Layout, has_comments, layout_of
from linter.policy.model import Finding, Verdict


@entity
class AddedIgnores:
    """``texts`` are whole new texts by path; ``entries`` is TOML to append to the configuration."""

    texts: dict[str, str] = field(default_factory=dict)
    entries: str = ""
    count: int = 0
    """How many findings they cover."""


def add_ignores(
    findings: Sequence[Finding],
    sources: Mapping[str, Source],
    reason: str,
    until: date | None = None,
    seen: Callable[[str], str] | None = None,
) -> AddedIgnores:
    """Suppressions for failures that are not suppressed yet. Nothing is written to disk.

    What could not be decided gets none: it would hide the failure once its value is known.
    ``reason`` becomes one line.
    ``reason`` becomes one line; ``seen`` gives a path as the configuration's entries write it.
    """
    reason = printable(" ".join(reason.split()))
    result = AddedIgnores()
    by_path: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.verdict is Verdict.FAIL and not finding.suppressed:
            by_path[finding.path].append(finding)
            result.count += 1
    entries: list[str] = []
    for path, found in by_path.items():
        source = sources.get(path)
        if source is not None and has_comments(source):
            result.texts[path] = _edited(source, found, reason, until)
        else:
            shown = path if seen is None else seen(path)
            entries.extend(_entries(shown, found, reason, until))
    result.entries = "\n".join(entries)
    return result


def _edited(source: Source, findings: list[Finding], reason: str, until: date | None) -> str:
    layout = layout_of(source)
    rules: dict[int, set[str]] = defaultdict(set)
    for finding in findings:
        rules[_target(source, layout, finding)].add(finding.rule)
    ending = "\r\n" if "\r\n" in source.text else "\n"
    date_part = f" until={until}" if until is not None else ""
    pieces: list[str] = []
    position = 0
    for line in sorted(rules):
        start = source.line_starts[line - 1]
        text = source.line(line)
        indent = text[: len(text) - len(text.lstrip(" \t"))]
        pieces.append(source.text[position:start])
        names = ", ".join(sorted(rules[line]))
        pieces.append(f"{indent}# pipewarden: ignore[{names}]{date_part} -- {reason}{ending}")
        position = start
    pieces.append(source.text[position:])
    return "".join(pieces)


def _target(source: Source, layout: Layout, finding: Finding) -> int:
    """The line above which a comment is a comment and covers the finding."""
    line = min(finding.location.span.start_line, len(source.line_starts))
    while True:
        opener = source.position(layout.opener(source.line_starts[line - 1]))[0]
        if opener == line:
            return line
        line = opener


def _entries(path: str, findings: list[Finding], reason: str, until: date | None) -> list[str]:
    wanted: dict[tuple[str, str], None] = {}
    for finding in findings:
        places = [finding.object or finding.address]
        if len(finding.instances) > 1 and "[" in finding.address:
            places = [document.address for document in finding.instances]  # not all of a block's
        wanted.update(dict.fromkeys((finding.rule, place) for place in places))
    entries: list[str] = []
    for rule, address in wanted:
        lines = ["[[ignore]]", f"rule = {_toml(rule)}", f"path = {_toml(path)}"]
        if address:
            lines.append(f"address = {_toml(address)}")
        lines.append(f"reason = {_toml(reason)}")
        if until is not None:
            lines.append(f"until = {until}")
        entries.append("\n".join(lines) + "\n")
    return entries


def _toml(text: str) -> str:
    """A TOML basic string."""
    out: list[str] = []
    for character in text:
        code = ord(character)
        if character in '"\\':
            out.append(f"\\{character}")
        elif code < 0x20 or code == 0x7F or 0xD800 <= code <= 0xDFFF:
            out.append(f"\\u{code:04x}" if not 0xD800 <= code <= 0xDFFF else "\\ufffd")
        else:
            out.append(character)
    return '"' + "".join(out) + '"'
