"""The cost report of pipelines and standing resources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from linter.core.bugs import contained
from linter.core.documents import Problem
from linter.core.record import replace
from linter.core.sources import Span
from linter.domain.pipeline import Pipeline
from pricing.book import PriceBook
from pricing.books import PriceBooks
from pricing.context import Context
from pricing.elsewhere import any_pipeline, any_standing
from pricing.execution import price_run
from pricing.model import (
    NO_SHARE,
    BookFacts,
    CostOptions,
    CostReport,
    PipelineEstimate,
    Row,
    Share,
    StandingEstimate,
    Unpriced,
    Where,
)
from pricing.ranges import ZERO
from pricing.runs import monthly_runs
from pricing.savings import savings_of
from pricing.standing import StandingResource
from pricing.standing_cost import price_standing
from pricing.usage import Usage


def build_report(
    pipelines: Sequence[Pipeline],
    standing: Sequence[StandingResource],
    book: PriceBook | PriceBooks,
    usage: Usage,
    options: CostOptions,
) -> CostReport:
    """See :func:`pricing.model.estimate`."""
    books = book if isinstance(book, PriceBooks) else PriceBooks.single(book)
    bugs: list[Problem] = []
    estimates: list[PipelineEstimate] = []
    things: list[StandingEstimate] = []
    unpriced: list[Unpriced] = []
    for item in pipelines:
        address = item.document.address
        found = _not_priced(item)  # what is left of it if the program fails
        with contained(bugs, f"The price of {item.title}", item.document.locate().span, address):
            found = _anywhere(item, books, usage, options)
            unpriced += _gaps(item, found)
        estimates.append(found)
    for thing in standing:
        place = Span(thing.path, 1, 1, 1, 1)
        stands = StandingEstimate(
            thing.kind, thing.address, thing.path, ZERO, thing.name, root=thing.root
        )
        before = len(bugs)
        with contained(bugs, f"The price of {thing.address}", place, thing.address):
            stands = _standing(thing, books, usage, options)
            if stands.unpriced:
                unpriced.append(_standing_gap(stands))
        if len(bugs) > before:
            stands = replace(stands, unpriced=bugs[-1].message)
        things.append(stands)
    unpriced += [Unpriced("", bug.message, address=bug.address, path=bug.span.path) for bug in bugs]
    places = [item.where for item in estimates] + [item.where for item in things]
    used = _by_use(places, books)
    facts = tuple(_facts(item) for item in used)
    aged = dict.fromkeys(fact.warning for fact in facts[1:] if fact.warning != facts[0].warning)
    other = dict.fromkeys(text for item in used for text in item.warnings)
    return CostReport(
        facts[0].region,
        facts[0].source,
        facts[0].date,
        facts[0].warning,
        tuple(estimates),
        tuple(things),
        tuple(unpriced),
        tuple(filter(None, (*aged, *other))),
        facts,
        tuple(bugs),
    )


def _not_priced(pipeline: Pipeline) -> PipelineEstimate:
    return PipelineEstimate(
        pipeline.title,
        pipeline.address,
        pipeline.path,
        Decimal(0),
        "assumption",
        (),
        ZERO,
        ZERO,
        root=pipeline.document.root,
    )


def _by_use(places: Sequence[Where], books: PriceBooks) -> list[PriceBook]:
    """The books in use, that of the region most things are in first."""
    counts = Counter(place.region for place in places)
    every = dict.fromkeys(region for place in places for region in place.regions)
    ordered = sorted(every, key=lambda name: (-counts[name], name != books.region, name))
    return [books.of_region(region) for region in ordered or [books.region]]


def _facts(book: PriceBook) -> BookFacts:
    from linter.core.clock import today

    return BookFacts(book.region, book.origin, book.date, book.age_warning(today()), book.empty)


def _anywhere(
    pipeline: Pipeline, books: PriceBooks, usage: Usage, options: CostOptions
) -> PipelineEstimate:
    where = books.where(pipeline)
    found = [_pipeline(pipeline, book, usage, options) for book in books.of(pipeline)]
    made = replace(any_pipeline(found), where=where)
    if len(found) > 1:
        return replace(made, notes=(*made.notes, f"in {where}: {where.source}"))
    return made


def _standing(
    resource: StandingResource, books: PriceBooks, usage: Usage, options: CostOptions
) -> StandingEstimate:
    where = books.where(resource.of)
    found = [price_standing(resource, book, usage, options) for book in books.of(resource.of)]
    made = replace(any_standing(found), where=where)
    return made.noting(f"in {where}: {where.source}") if len(found) > 1 else made


def _pipeline(
    pipeline: Pipeline, book: PriceBook, usage: Usage, options: CostOptions
) -> PipelineEstimate:
    ctx = Context(pipeline, book, usage, options)
    run = price_run(ctx)
    runs = monthly_runs(pipeline, usage, options)
    expected = runs.range.expected
    savings = savings_of(ctx, run.steps, expected) if options.with_savings else ()
    return PipelineEstimate(
        pipeline.deployment,
        pipeline.address,
        pipeline.path,
        expected,
        runs.source,
        run.steps,
        run.per_run,
        run.duration,
        savings,
        run.notes,
        runs.range,
        runs.detail,
        runs.more,
        tuple(pipeline.starts),
        pipeline.document.root,
    )


def combined(
    reports: Sequence[CostReport],
    pipelines: Sequence[PipelineEstimate],
    standing: Sequence[StandingEstimate],
) -> CostReport:
    """One report of several, which were made with different prices or usage files.

    ``pipelines`` and ``standing`` are theirs, in the order in which they are to be listed.
    """
    if len(reports) == 1:
        return reports[0]
    places = Counter(item.where.region for item in pipelines)
    places.update(item.where.region for item in standing)
    books = dict.fromkeys(fact for report in reports for fact in report.books)
    ordered = sorted(books, key=lambda fact: (-places[fact.region], fact.region, fact.source))
    first = ordered[0]
    return CostReport(
        first.region,
        first.source,
        first.date,
        first.warning,
        tuple(pipelines),
        tuple(standing),
        tuple(gap for report in reports for gap in report.unpriced),
        tuple(dict.fromkeys(warning for report in reports for warning in report.warnings)),
        tuple(ordered),
    )


def _gaps(pipeline: Pipeline, found: PipelineEstimate) -> Iterator[Unpriced]:
    """What of a pipeline has no price: steps, and the definition when it is not known."""
    if pipeline.not_read:
        yield Unpriced("", pipeline.not_read, found.name, found.address, found.path)
    elif not pipeline.steps_complete:
        yield Unpriced("", "some of its steps are not known", found.name, found.address, found.path)
    if found.runs_more:
        reason = f"{found.runs_more}; state runs_per_month in the usage file"
        yield Unpriced("", reason, found.name, found.address, found.path)
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
                "region": str(pipeline.where),
            }[by]
            add(key, step.share, pipeline.monthly(step.share), bool(step.unpriced))
    for item in report.standing:
        key = {
            "pipeline": item.name or item.address,
            "step": item.name or item.address,
            "instance": item.instance_type or "no instance",
            "region": str(item.where),
        }[by]
        month = item.usd_per_month
        add(key, NO_SHARE, Share(month.low, month.expected, month.high), bool(item.unpriced))
    return sorted(rows.values(), key=lambda row: -row.per_month.expected)


def _plus(a: Share, b: Share) -> Share:
    return Share(a.low + b.low, a.expected + b.expected, a.high + b.high)
