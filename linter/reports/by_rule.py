"""Findings by rule, for a terminal: how many, what they save, and what to do in one line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from linter.core.printable import printable, width
from linter.policy.model import Finding, Money, Severity
from linter.reports.style import SEVERITY_STYLES, Painter


def by_rule(findings: Sequence[Finding], paint: Painter, columns: int) -> list[str]:
    """One line for each rule and severity, the worst and most frequent first.

    Args:
        columns: the width that lines are cut to; 0 does not cut.
    """
    groups: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.rule), []).append(finding)
    ordered = sorted(groups.items(), key=lambda item: (-item[0][0], -len(item[1]), item[0][1]))
    wide = max((len(rule) for _, rule in groups), default=0)
    lines: list[str] = []
    for (severity, rule), members in ordered:
        saved = sum((f.savings.expected for f in members if f.savings), start=Decimal(0))
        amount = f"${saved:,.2f} a month. " if saved > 0 else ""
        head = f"  {len(members):>4}  {severity.word:<9}{rule:<{wide}}  "
        text = cut(f"{amount}{in_one_line(members[0].remediation)}", columns - len(head))
        word = paint(f"{severity.word:<9}", SEVERITY_STYLES[severity.word])
        lines.append(f"  {len(members):>4}  {word}{paint(f'{rule:<{wide}}', 'bold')}  {text}")
    return lines


def in_one_line(text: str) -> str:
    """The first sentence of a remediation, without code blocks."""
    plain = printable(" ".join(text.split("```")[0].split()), 600)
    end = plain.find(". ")
    return plain if end < 0 else plain[: end + 1]


def amount_of(savings: Money | None) -> str:
    """What a finding saves, for the end of its line; ``""`` for nothing."""
    if savings is None or savings.high <= 0:
        return ""
    return f"${savings.expected:,.2f} a month"


def cut(text: str, room: int) -> str:
    """Text of one line in so many columns; all of it where there is no limit (0 or less)."""
    if room <= 0 or width(text) <= room:
        return text
    kept = text[: max(room - 1, 1)]
    while width(kept) > max(room - 1, 1):
        kept = kept[:-1]
    return f"{kept.rstrip()}…"
