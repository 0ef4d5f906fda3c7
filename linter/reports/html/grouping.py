"""Findings by rule, as the page shows them. What is not shown is counted."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from linter.core.documents import Document
from linter.core.printable import printable, width
from linter.core.sources import Span
from linter.gate.review import Review
from linter.policy.model import Finding, Verdict
from linter.reports.amounts import usd
from linter.reports.terminal import excerpt

MAX_OF_A_RULE = 100
"""Places of one rule that are shown."""
MAX_PLACES = 2_000
"""Places that are shown in one part of the page; with more, fewer of each rule."""
FEWEST = 3
"""Places of a rule that are shown however many there are in all."""
MAX_INSTANCES = 10
MAX_RELATED = 5
MAX_TEXT = 600
MAX_PROSE = 1500


class Grouping:
    """Groups the findings of a review; secrets are masked in what it quotes."""

    def __init__(self, review: Review) -> None:
        self._review = review
        self._secrets: dict[str, list[Span]] = defaultdict(list)
        for finding in review.findings:
            if finding.sensitive:
                span = finding.location.span
                self._secrets[span.path].append(span)

    def by_rule(self, findings: Iterable[Finding]) -> list[dict[str, Any]]:
        """One group for each rule and severity: the worst first, then the most frequent."""
        groups: dict[tuple[int, str], list[Finding]] = defaultdict(list)
        for finding in findings:
            groups[int(finding.severity), finding.rule].append(finding)
        most = _shown_of_each(groups)
        ordered = sorted(groups.items(), key=lambda item: (-item[0][0], -len(item[1]), item[0][1]))
        return [self._group(members, most) for _, members in ordered]

    def _group(self, members: Sequence[Finding], most: int) -> dict[str, Any]:
        first = members[0]
        meta = self._review.rules.get(first.rule)
        instances = sum(max(len(f.instances), 1) for f in members)
        files = len({f.path for f in members})
        return {
            "severity": first.severity.word,
            "rank": int(first.severity),
            "rule": printable(first.rule, 60),
            "name": printable(first.name, 100),
            "title": printable(meta.title if meta is not None else first.name, 200),
            "count": len(members),
            "instances": instances,
            "files": files,
            "why": printable(" ".join(first.rationale.split()), MAX_PROSE),
            "fix": printable(" ".join(first.remediation.split()), MAX_PROSE),
            "references": [printable(text, 200) for text in first.references]
            if first.verdict is Verdict.FAIL
            else [],
            "page": first.page,
            "saves": any(f.savings is not None for f in members),
            "places": [self._place(finding) for finding in members[:most]],
            "hidden": max(len(members) - most, 0),
        }

    def _place(self, finding: Finding) -> dict[str, Any]:
        span = finding.location.span
        source = self._review.project.sources.get(span.path)
        before = marked = after = ""
        if source is not None and not finding.sensitive and finding.verdict is Verdict.FAIL:
            secrets = self._secrets.get(span.path, ())
            before, marked, after = _parts(*excerpt(source, span, secrets))
        related = finding.location.related
        several = len(finding.instances) > 1
        if several:
            also = {f"also {document.address}" for document in finding.instances}
            related = tuple(item for item in related if item.message not in also)
        return {
            "place": f"{printable(span.path, 300)}:{span.start_line}:{span.start_column}",
            "address": printable(finding.address, 300),
            "object": printable(finding.object, 300),
            "message": printable(finding.message, MAX_TEXT),
            "because": printable(finding.because, MAX_TEXT),
            "decides": printable(_decides(finding), MAX_TEXT),
            "instances": _instances(finding.instances) if several else "",
            "related": [
                f"{printable(item.message, 200)}: {printable(item.span.path, 200)}:"
                f"{item.span.start_line}"
                for item in related[:MAX_RELATED]
            ],
            "unrelated": max(len(related) - MAX_RELATED, 0),
            "before": before,
            "marked": marked,
            "after": after,
            "saves": ""
            if finding.savings is None
            else usd(finding.savings.expected)
            if finding.savings.low == finding.savings.high
            else f"{usd(finding.savings.expected)} "
            f"({usd(finding.savings.low)}–{usd(finding.savings.high)})",
        }

    def accepted(self) -> list[dict[str, Any]]:
        """What is suppressed or in the baseline, by rule, with the reasons that were given."""
        groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in self._review.findings:
            if finding.suppressed:
                reason = finding.suppression_reason or "no reason is given"
                groups[finding.rule, f"suppressed: {reason}"].append(finding)
            elif finding.baselined:
                groups[finding.rule, "in the baseline"].append(finding)
        return [
            {
                "rule": printable(rule, 60),
                "name": printable(members[0].name, 100),
                "severity": members[0].severity.word,
                "count": len(members),
                "why": printable(why, MAX_TEXT),
                "places": _first_places(members),
            }
            for (rule, why), members in sorted(groups.items())
        ]


def _shown_of_each(groups: Mapping[Any, Sequence[Finding]]) -> int:
    """How many places of each rule are shown, so that all together stay a page."""
    most = MAX_OF_A_RULE
    while most > FEWEST and sum(min(len(g), most) for g in groups.values()) > MAX_PLACES:
        most = max(most // 2, FEWEST)
    return most


def _parts(text: str, start: int, length: int) -> tuple[str, str, str]:
    """A line before, in and after what is marked, which is given in columns of a terminal."""
    if text.isascii():
        return text[:start], text[start : start + length], text[start + length :]
    ends = [0, *accumulate(map(width, text))]
    first, last = (bisect_right(ends, column) - 1 for column in (start, start + length))
    return text[:first], text[first:last], text[last:]


def _instances(documents: Sequence[Document]) -> str:
    names = ", ".join(printable(d.address, 200) for d in documents[:MAX_INSTANCES])
    left = len(documents) - MAX_INSTANCES
    more = f" and {left} more" if left > 0 else ""
    return f"{len(documents)} instances: {names}{more}"


def _first_places(findings: Sequence[Finding]) -> str:
    shown = [
        f"{printable(f.path, 200)}:{f.location.span.start_line}" for f in findings[:MAX_RELATED]
    ]
    left = len(findings) - MAX_RELATED
    return ", ".join(shown) + (f" and {left} more" if left > 0 else "")


def _decides(finding: Finding) -> str:
    """What would decide a check that cannot be decided, as far as that is in the user's hand."""
    names = [name.removeprefix("var.") for name in finding.references if name.startswith("var.")]
    if finding.verdict is not Verdict.UNKNOWN or not names:
        return ""
    return f"{', '.join(f'--var {name}=…' for name in names[:3])} or a plan file"
