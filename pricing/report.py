"""The cost report of pipelines and standing resources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from linter.core.bugs import contained
from linter.core.documents import Problem
from linter.core.record import replace
from linter.core.sources import Span
from linter.domain.pipeline import Pipeline
from pricing.book import PriceBook
from pricing.context import Context
from pricing.execution import price_run
from pricing.model import (
    DEFAULT_RUNS_PER_MONTH,
    NO_SHARE,
    CostOptions,
    CostReport,
    PipelineEstimate,
    Row,
    Share,
    StandingEstimate,
    Unpriced,
)
from pricing.savings import savings_of
from pricing.standing import StandingResource
from pricing.standing_cost import price_standing
from pricing.usage import Usage


def build_report(
    pipelines: Sequence[Pipeline],
    standing: Sequence[StandingResource],
    book: PriceBook,
    usage: Usage,
    options: CostOptions,
) -> CostReport:
    """See :func:`pricing.model.estimate`."""
    from linter.core.clock import today

    bugs: list[Problem] = []
    estimates: list[PipelineEstimate] = []
    things: list[StandingEstimate] = []
    unpriced: list[Unpriced] = []
    for item in pipelines:
        address = item.document.address
        with contained(bugs, f"The price of {item.title}", item.document.locate().span, address):
            estimate = _pipeline(item, book, usage, options)
            gaps = list(_gaps(item, estimate))
            estimates.append(estimate)
            unpriced += gaps
    for thing in standing:
        place = Span(thing.path, 1, 1, 1, 1)
        with contained(bugs, f"The price of {thing.address}", place, thing.address):
            found = price_standing(thing, book, usage, options)
            things.append(found)
            if found.unpriced:
                unpriced.append(_standing_gap(found))
    unpriced += [Unpriced("", bug.message, address=bug.address, path=bug.span.path) for bug in bugs]
    return CostReport(
        book.region,
        book.origin,
        book.date,
        book.age_warning(today()),
        tuple(estimates),
        tuple(things),
        tuple(unpriced),
        book.warnings,
        tuple(bugs),
    )


def _pipeline(
    pipeline: Pipeline, book: PriceBook, usage: Usage, options: CostOptions
) -> PipelineEstimate:
    ctx = Context(pipeline, book, usage, options)
    run = price_run(ctx)
    runs, source = DEFAULT_RUNS_PER_MONTH, "assumption"
    stated = usage.runs(pipeline.title)
    if options.runs_per_month is not None:
        runs, source = options.runs_per_month, "option"
    elif stated is not None:
        runs, source = stated, "usage"
    savings = savings_of(ctx, run.steps, runs) if options.with_savings else ()
    return PipelineEstimate(
        pipeline.title,
        pipeline.address,
        pipeline.path,
        runs,
        source,
        run.steps,
        run.per_run,
        run.duration,
        savings,
        run.notes,
    )


def _gaps(pipeline: Pipeline, found: PipelineEstimate) -> Iterator[Unpriced]:
    """What of a pipeline has no price: steps, and the definition when it is not known."""
    if pipeline.not_read:
        yield Unpriced("", pipeline.not_read, found.name, found.address, found.path)
    elif not pipeline.steps_complete:
        yield Unpriced("", "some of its steps are not known", found.name, found.address, found.path)
    for step in found.steps:
        if step.unpriced:
            yield Unpriced(step.name, step.unpriced, found.name, found.address, found.path)


def _standing_gap(found: StandingEstimate) -> Unpriced:
    return Unpriced(found.name or found.address, found.unpriced, "", found.address, found.path)


GROUPS = ("pipeline", "step", "instance", "region")


def grouped(report: CostReport, by: str) -> list[Row]:
    """The report's rows by ``pipeline``, ``step``, ``instance`` or ``region``.

    The rows' sums are the report's totals. Raises ``ValueError`` for another word.
    """
    if by not in GROUPS:
        raise ValueError(f"{by!r} is not one of {', '.join(GROUPS)}")
    rows: dict[str, Row] = {}

    def add(key: str, run: Share, month: Share, unpriced: bool) -> None:
        row = rows.get(key, Row(key, NO_SHARE, NO_SHARE))
        rows[key] = replace(
            row,
            per_run=_plus(row.per_run, run),
            per_month=_plus(row.per_month, month),
            unpriced=row.unpriced + unpriced,
        )

    for pipeline in report.pipelines:
        for step in pipeline.steps:
            key = {
                "pipeline": pipeline.name,
                "step": f"{pipeline.name} / {step.name}",
                "instance": step.instance_type or "no instance",
                "region": report.region,
            }[by]
            add(key, step.share, _times(step.share, pipeline.runs_per_month), bool(step.unpriced))
    for item in report.standing:
        key = {
            "pipeline": item.name or item.address,
            "step": item.name or item.address,
            "instance": item.instance_type or "no instance",
            "region": report.region,
        }[by]
        month = item.usd_per_month
        add(key, NO_SHARE, Share(month.low, month.expected, month.high), bool(item.unpriced))
    return sorted(rows.values(), key=lambda row: -row.per_month.expected)


def _plus(a: Share, b: Share) -> Share:
    return Share(a.low + b.low, a.expected + b.expected, a.high + b.high)


def _times(share: Share, factor: Decimal) -> Share:
    return Share(share.low * factor, share.expected * factor, share.high * factor)
