"""GitHub Actions: annotations in the log, and the job's summary in Markdown.

GitHub keeps 10 errors, 10 warnings and 10 notices of a step, so the worst come first and the rest
are counted. Columns are given only within one line; over several lines GitHub would drop the
annotation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from linter.core.sources import Span
from linter.gate.review import GateResult, Review
from linter.policy.model import Finding, Severity, Verdict
from linter.reports.amounts import of_cost
from linter.reports.escape import (
    code,
    markdown,
    plain,
    repository_path,
    workflow_data,
    workflow_property,
)

if TYPE_CHECKING:
    from linter.gate.weakening import Weakening

PER_LEVEL = 10
SUMMARY_LIMIT = 1_000_000
"""Bytes of a step's summary; GitHub refuses more than 1 MiB."""
COMMENT_LIMIT = 65_000
"""Characters of a comment; GitHub refuses more than 65,536."""
MARKER = "<!-- pipewarden -->"
"""Leads the summary, so that a comment made of it is found again and updated."""

_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}


def render(review: Review) -> str:
    """Workflow commands, worst first, then one line that counts what was left out."""
    return commands(review, worst_first(review), review.weakened, review.gate)


def commands(
    review: Review, findings: Iterable[Finding], weakened: Iterable[Weakening], gate: GateResult
) -> str:
    """The same for some findings of a review, worst first, and a verdict on them."""
    shown: Counter[str] = Counter()
    left = 0
    lines: list[str] = []
    for level, span, title, message in _annotations(review, findings, weakened):
        if shown[level] == PER_LEVEL:
            left += 1
            continue
        shown[level] += 1
        lines.append(_command(level, span, title, message, review.project.path_prefix))
    if left:
        lines.append(f"pipewarden: {left} more, which GitHub would not show as annotations")
    state = "passed" if gate.passed else "failed"
    reasons = f": {'; '.join(plain(r) for r in gate.reasons)}" if gate.reasons else ""
    lines.append(f"pipewarden: the gate {state}{reasons}")
    return "\n".join(lines) + "\n"


def _annotations(
    review: Review, findings: Iterable[Finding], weakened: Iterable[Weakening]
) -> Iterator[tuple[str, Span, str, str]]:
    for problem in review.unread:
        yield "error", problem.span, "not read", problem.message
    for one in weakened:
        span = Span(one.path, one.line, 1, one.line, 1)
        yield "warning", span, "this change weakens the gate", one.text
    for crash in review.lint.crashes:
        text = f"{crash.rule} crashed on {crash.subject}: {crash.message}"
        yield "error", Span(crash.path, 1, 1, 1, 1), "rule crashed", text
    for finding in findings:
        title = f"{finding.rule} {finding.name}"
        text = f"{finding.message} ({finding.page})" if finding.page else finding.message
        yield _LEVELS[finding.severity], finding.location.span, title, text


def worst_first(review: Review) -> list[Finding]:
    """Visible failures by severity, then as they come."""
    failed = [f for f in review.visible_findings if f.verdict is Verdict.FAIL]
    return sorted(failed, key=lambda f: -int(f.severity))


def _command(level: str, span: Span, title: str, message: str, prefix: str) -> str:
    properties = {
        "file": repository_path(prefix, span.path),
        "line": str(span.start_line),
        "endLine": str(span.end_line),
    }
    if span.start_line == span.end_line:
        properties["col"] = str(span.start_column)
        properties["endColumn"] = str(max(span.end_column, span.start_column))
    properties["title"] = title
    text = ",".join(f"{key}={workflow_property(value)}" for key, value in properties.items())
    return f"::{level} {text}::{workflow_data(message)}"


def step_summary(review: Review, limit: int = COMMENT_LIMIT) -> str:
    """Markdown for ``$GITHUB_STEP_SUMMARY`` and for a comment on a pull request.

    ``limit`` is in UTF-8 bytes, so the text also has at most so many characters. Rows are cut
    from the least severe up; the last line says how many.
    """
    state = "✅ passed" if review.gate.passed else "❌ failed"
    head = [MARKER, f"## pipewarden: gate {state}", ""]
    head.extend(f"- {markdown(reason)}" for reason in review.gate.reasons)
    if review.weakened:
        from linter.reports.diff_report import weakened_markdown

        head.extend(weakened_markdown(review.weakened))
    if review.gate.reasons or review.weakened:
        head.append("")
    project = review.project
    head.append(
        f"Files: {project.files}, documents: {len(project.documents)}, "
        f"pipelines: {len(project.pipelines)}. Checks not decided: {review.unknown_count}, "
        f"suppressed: {review.suppressed_count}, in the baseline: {review.baselined_count}."
    )
    rows = [*_unread_rows(review), *_finding_rows(review)]
    total = review.savings_total
    foot = []
    if total is not None:
        foot = [
            "",
            (
                f"Fixing these saves about {total.expected:,.2f} USD per month "
                f"({total.low:,.2f} to {total.high:,.2f}){markdown(of_cost(review.cost), 300)}."
            ),
        ]
    if rows:
        head.extend(("", "| Severity | Rule | Place | What |", "| --- | --- | --- | --- |"))
    room = limit - sum(len(line.encode("utf-8", "replace")) + 1 for line in (*head, *foot)) - 100
    kept: list[str] = []
    for row in rows:
        room -= len(row.encode("utf-8", "replace")) + 1
        if room < 0:
            break
        kept.append(row)
    if len(kept) < len(rows):
        foot = ["", f"{len(rows) - len(kept)} more rows do not fit here.", *foot]
    return "\n".join((*head, *kept, *foot)) + "\n"


def _unread_rows(review: Review) -> Iterator[str]:
    for problem in review.unread:
        yield f"| not read | | {_place(problem.span)} | {markdown(problem.message, 300)} |"
    for crash in review.lint.crashes:
        yield f"| crash | {crash.rule} | {code(crash.path, 200)} | {markdown(crash.message, 300)} |"


def _finding_rows(review: Review) -> Iterator[str]:
    for f in worst_first(review):
        rule = f"{rule_link(f)} {markdown(f.name)}"
        place = _place(f.location.span)
        yield f"| {f.severity.word} | {rule} | {place} | {markdown(f.message, 300)} |"


def rule_link(finding: Finding) -> str:
    """A rule's id in Markdown, as a link where its page is published."""
    return f"[{finding.rule}]({finding.page})" if finding.page else finding.rule


def _place(span: Span) -> str:
    return code(f"{plain(span.path, 200)}:{span.start_line}:{span.start_column}", 240)
