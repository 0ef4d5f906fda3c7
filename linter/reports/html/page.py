"""The page's content, prepared for the template; the template only places it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linter.core.printable import printable, visible
from linter.gate.review import Review
from linter.gate.undecided import Undecided
from linter.policy.model import Finding, Severity, Verdict
from linter.reports.amounts import at_least, spread, usd
from linter.reports.cost_table import (
    book_line,
    left_out_lines,
    machines,
    place_of,
    price_warnings,
    several_regions,
    weight_of,
)
from linter.reports.graph import failures_by_step, nodes_of
from linter.reports.html.drawing import draw, schedule, timeline
from linter.reports.terminal import excerpt
from linter.version import __version__
from pricing.model import oldest

if TYPE_CHECKING:
    from linter.domain.pipeline import Pipeline
    from pricing.model import CostReport, PipelineEstimate

MAX_DRAWN = 400
"""Steps of a pipeline that are drawn; of a larger one the tables alone are shown."""
MAX_TEXT = 600


def render(review: Review, cost: CostReport) -> str:
    """The whole page. Nothing is loaded from anywhere; it works without JavaScript."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    failed = [f for f in review.visible_findings if f.verdict is Verdict.FAIL]
    counts = Counter(f.severity.word for f in failed)
    page = environment.get_template("page.html.j2").render(
        version=__version__,
        gate=review.gate,
        reasons=[printable(reason, MAX_TEXT) for reason in review.gate.reasons],
        files=review.project.files,
        severities=[(s.word, counts.get(s.word, 0)) for s in reversed(Severity)],
        findings=[_finding(review, f) for f in sorted(failed, key=lambda f: -int(f.severity))],
        unknowns=[_unknown(group) for group in review.undecided],
        unread=[(printable(p.span.path), printable(p.message, MAX_TEXT)) for p in review.unread],
        pipelines=[
            _pipeline(
                pipeline,
                cost.of(pipeline),
                failures_by_step(failed, pipeline),
                several_regions(cost),
            )
            for pipeline in review.project.pipelines
        ],
        standing=[
            (
                printable(i.name or i.address),
                f"{i.kind} in {place_of(i.where)}" if several_regions(cost) else i.kind,
                machines(i),
                "free" if i.free else at_least(i.usd_per_month, i.complete),
                i.basis.words,
                printable("; ".join(filter(None, (i.unpriced, *i.notes))), MAX_TEXT),
            )
            for i in cost.standing
        ],
        savings=[
            (
                s.kind,
                printable(s.step or s.address),
                spread(s.usd_per_month if s.applied else s.alone),
                "" if s.applied else f"or, instead of {s.alternative_of}",
                printable(s.how, 300),
            )
            for s in sorted(cost.savings, key=lambda s: not s.applied)
            if s.applied or s.alternative_of
        ][:50],
        saved=spread(cost.savings_total),
        left=spread(cost.after_savings),
        unpriced=[
            (printable(u.pipeline), printable(u.step), printable(u.reason, MAX_TEXT))
            for u in cost.unpriced
        ],
        left_out=[printable(text, MAX_TEXT) for text in left_out_lines(cost)],
        per_run=at_least(cost.per_run, cost.complete_run),
        per_month=at_least(cost.per_month, cost.complete),
        pipelines_month=at_least(cost.pipelines_per_month, all(p.complete for p in cost.pipelines)),
        standing_month=at_least(
            cost.standing_per_month, all(item.complete for item in cost.standing)
        ),
        coverage=cost.coverage.said,
        assumptions=cost.assumptions.said,
        book=book_line(cost),
        warnings=[printable(warning, MAX_TEXT) for warning in price_warnings(cost)],
    )
    return visible(page)


def _finding(review: Review, finding: Finding) -> dict[str, Any]:
    span = finding.location.span
    source = review.project.sources.get(span.path)
    shown = ("", 0, 0)
    if source is not None and not finding.sensitive:
        shown = excerpt(source, span)
    text, start, width = shown
    return {
        "severity": finding.severity.word,
        "rank": int(finding.severity),
        "rule": finding.rule,
        "name": finding.name,
        "place": f"{printable(span.path)}:{span.start_line}:{span.start_column}",
        "message": printable(finding.message, MAX_TEXT),
        "why": printable(" ".join(finding.rationale.split()), 1500),
        "fix": printable(" ".join(finding.remediation.split()), 1500),
        "before": text[:start],
        "marked": text[start : start + width],
        "after": text[start + width :],
        "saves": "" if finding.savings is None else usd(finding.savings.expected),
    }


def _unknown(group: Undecided) -> dict[str, str]:
    finding = group.first
    span = finding.location.span
    several = len(group.findings) > 1
    return {
        "rule": ", ".join(group.rules),
        "place": f"{printable(span.path)}:{span.start_line}",
        "message": "" if several else printable(finding.message, MAX_TEXT),
        "because": printable(group.because, MAX_TEXT),
    }


def _pipeline(
    pipeline: Pipeline, estimate: PipelineEstimate, findings: Mapping[str, int], placed: bool
) -> dict[str, Any]:
    nodes = nodes_of(pipeline, estimate, findings)
    drawn = len(nodes) <= MAX_DRAWN
    critical = schedule(nodes, estimate)[2] if drawn else set()
    dearest = max((s.total.expected for s in estimate.steps), default=Decimal(0))
    return {
        "title": printable(pipeline.deployment, 200),
        "path": printable(pipeline.path),
        "region": place_of(estimate.where) if placed else "",
        "per_run": at_least(estimate.per_run, estimate.complete_run),
        "per_month": at_least(estimate.per_month, estimate.complete),
        "runs": printable(estimate.runs_said, 600),
        "drawing": draw(nodes, critical) if drawn else None,
        "timeline": timeline(nodes, estimate) if drawn else [],
        "steps": [
            {
                "name": printable(step.name, 120),
                "type": printable(step.type),
                "instance": printable(machines(step)),
                "rate": "" if step.usd_per_hour is None else f"{step.usd_per_hour.normalize():f}",
                "price": printable(step.price_source, 200),
                "dated": oldest(step.price_dates),
                "cost": "free" if step.free else at_least(step.total, step.complete),
                "weight": "" if step.free or step.weight == 1 else weight_of(step),
                "permitted": "" if step.permitted_usd is None else usd(step.permitted_usd),
                "amount": f"{step.total.expected:f}",
                "share": float(step.total.expected / dearest * 100) if dearest else 0.0,
                "hours": "" if step.hours is None else f"{step.hours.range.expected:.2f}",
                "source": step.basis.words,
                "notes": printable("; ".join((step.unpriced, *step.notes)).strip("; "), MAX_TEXT),
                "findings": findings.get(step.name, 0),
            }
            for step in estimate.steps
        ],
    }
