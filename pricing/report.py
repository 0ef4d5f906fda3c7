"""The cost report of pipelines and standing resources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from linter.core.bugs import contained
from linter.core.clock import today
from linter.core.documents import Problem
from linter.core.record import replace
from linter.core.sources import Span
from linter.core.tally import TALLY
from linter.domain.pipeline import Pipeline
from pricing.beside import is_left_out, left_out_of
from pricing.book import PriceBook
from pricing.books import PriceBooks
from pricing.context import Context
from pricing.coverage import old_prices
from pricing.elsewhere import any_pipeline, any_standing
from pricing.execution import price_run
from pricing.model import (
    ASSUMED,
    ASSUMPTION,
    NO_SHARE,
    BookFacts,
    CostOptions,
    CostReport,
    PipelineEstimate,
    Plan,
    Row,
    Saving,
    SeenKind,
    Share,
    StandingEstimate,
    Unpriced,
    Where,
)
from pricing.plan import effect_of, effects_together
from pricing.ranges import ZERO
from pricing.runs import monthly_runs
from pricing.savings import risks_of, savings_of
from pricing.stacking import Stacked
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
    counted: list[StandingEstimate] = []
    TALLY.of = len(pipelines)
    for item in pipelines:
        TALLY.done += 1
        address = item.document.address
        found = _not_priced(item)  # what is left of it if the program fails
        before = len(bugs)
        with contained(bugs, f"The price of {item.title}", item.document.locate().span, address):
            found = _anywhere(item, books, usage, options)
        if len(bugs) > before:
            found = replace(found, gaps=(bugs[-1].message,))
        estimates.append(found)
    for thing in standing:
        place = Span(thing.path, 1, 1, 1, 1)
        stands = StandingEstimate(
            thing.kind, thing.address, thing.path, ZERO, thing.name, root=thing.root
        )
        before = len(bugs)
        with contained(bugs, f"The price of {thing.address}", place, thing.address):
            stands = _standing(thing, books, usage, options)
        failed = len(bugs) > before
        if failed:
            stands = replace(stands, unpriced=bugs[-1].message)
        (counted if is_left_out(stands) and not failed else things).append(stands)
    unpriced = (
        *(gap for found in estimates for gap in _gaps(found)),
        *(_standing_gap(item) for item in things if item.unpriced),
    )
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
        left_out=left_out_of(counted),
        old_prices=old_prices(estimates, things, today()),
        plan=None if options.plan is None else effect_of(options.plan, estimates, things),
        bugs=tuple(bugs),
    )


def _not_priced(pipeline: Pipeline) -> PipelineEstimate:
    return PipelineEstimate(
        pipeline.deployment,
        pipeline.address,
        pipeline.path,
        Decimal(0),
        ASSUMPTION,
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
    return BookFacts(book.region, book.origin, book.date, book.age_warning(today()), book.empty)


def _anywhere(
    pipeline: Pipeline, books: PriceBooks, usage: Usage, options: CostOptions
) -> PipelineEstimate:
    where = books.where(pipeline)
    found = [_pipeline(pipeline, book, usage, options) for book in books.of(pipeline)]
    tags = options.tags(pipeline) if options.tags is not None else {}
    made = replace(any_pipeline(found), where=where, tags=tags)
    if len(found) > 1:
        return replace(made, notes=(*made.notes, f"in {where}: {where.source}"))
    return made


def _standing(
    resource: StandingResource, books: PriceBooks, usage: Usage, options: CostOptions
) -> StandingEstimate:
    where = books.where(resource.of)
    found = [price_standing(resource, book, usage, options) for book in books.of(resource.of)]
    tags = options.tags(resource.of) if options.tags is not None and resource.of else {}
    made = replace(any_standing(found), where=where, tags=tags)
    return made.noting(f"in {where}: {where.source}") if len(found) > 1 else made


def _pipeline(
    pipeline: Pipeline, book: PriceBook, usage: Usage, options: CostOptions
) -> PipelineEstimate:
    ctx = Context(pipeline, book, usage, options)
    run = price_run(ctx)
    runs = monthly_runs(pipeline, usage, options)
    expected = runs.range.expected
    gaps = _run_gaps(pipeline)
    stacked = Stacked(after=run.per_run * runs.range)
    if options.with_savings:
        stacked = savings_of(ctx, run.steps, runs.range)
    return PipelineEstimate(
        pipeline.deployment,
        pipeline.address,
        pipeline.path,
        expected,
        runs.source,
        run.steps,
        run.per_run,
        run.duration,
        stacked.savings,
        stacked.total,
        stacked.after,
        risks_of(ctx, run.steps),
        gaps,
        None if gaps else run.permitted,
        notes=run.notes,
        runs_range=runs.range,
        runs_detail=runs.detail,
        runs_more=runs.more,
        starts=tuple(pipeline.starts),
        root=pipeline.document.root,
    )


def combined(
    reports: Sequence[CostReport],
    pipelines: Sequence[PipelineEstimate],
    standing: Sequence[StandingEstimate],
    plans: Iterable[tuple[Plan, Sequence[CostReport]]] = (),
) -> CostReport:
    """One report of several, which were made with different prices or usage files.

    ``pipelines`` and ``standing`` are theirs, in the order in which they are to be listed;
    ``plans`` are the Savings Plans, each with those of the reports that it is for.
    """
    if len(reports) == 1:
        return reports[0]
    places = Counter(item.where.region for item in pipelines)
    places.update(item.where.region for item in standing)
    books = dict.fromkeys(fact for report in reports for fact in report.books)
    ordered = sorted(books, key=lambda fact: (-places[fact.region], fact.region, fact.source))
    first = ordered[0]
    effects = [
        effect_of(
            plan,
            [item for report in covered for item in report.pipelines],
            [item for report in covered for item in report.standing],
        )
        for plan, covered in plans
    ]
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
        left_out=_left_out_together(reports),
        old_prices=old_prices(pipelines, standing, today()),
        plan=effects_together(effects),
        bugs=tuple(bug for report in reports for bug in report.bugs),
    )


def _left_out_together(reports: Sequence[CostReport]) -> tuple[SeenKind, ...]:
    """Each kind once, with how many all reports have."""
    found: dict[SeenKind, int] = {}
    for report in reports:
        for kind in report.left_out:
            key = replace(kind, count=0)
            found[key] = found.get(key, 0) + kind.count
    return tuple(replace(kind, count=count) for kind, count in found.items())


def _run_gaps(pipeline: Pipeline) -> tuple[str, ...]:
    """Why a run is not known whole, beside steps without a price."""
    if pipeline.not_read:
        return (pipeline.not_read,)
    return () if pipeline.steps_complete else ("some of its steps are not known",)


def _gaps(found: PipelineEstimate) -> Iterator[Unpriced]:
    """What of a pipeline has no price: steps, and the definition when it is not known."""
    for gap in found.gaps:
        yield Unpriced("", gap, found.name, found.address, found.path)
    if found.runs_more:
        reason = f"{found.runs_more}; state runs_per_month in the usage file"
        yield Unpriced("", reason, found.name, found.address, found.path)
    for step in found.steps:
        if step.unpriced:
            yield Unpriced(step.name, step.unpriced, found.name, found.address, found.path)


def _standing_gap(found: StandingEstimate) -> Unpriced:
    return Unpriced(found.name or found.address, found.unpriced, "", found.address, found.path)


GROUPS = ("pipeline", "step", "instance", "region", "path")
TAG = "tag:"
"""Before the name of a tag by which rows are grouped."""


def grouped(report: CostReport, by: str) -> list[Row]:
    """The report's rows by one of :data:`GROUPS`, or by the value of a tag (``tag:team``).

    The rows' sums are the report's totals. Raises ``ValueError`` for another word.
    """
    if by not in GROUPS and not (by.startswith(TAG) and by != TAG):
        raise ValueError(f"{by!r} is not one of {', '.join(GROUPS)}, tag:NAME")
    rows: dict[str, Row] = {}

    def add(key: str, run: Share, month: Share, unpriced: bool, assumed: bool) -> None:
        row = rows.get(key, Row(key, NO_SHARE, NO_SHARE))
        rows[key] = replace(
            row,
            per_run=_plus(row.per_run, run),
            per_month=_plus(row.per_month, month),
            unpriced=row.unpriced + unpriced,
            assumed=row.assumed or assumed,
        )

    def save(key: str, savings: Sequence[Saving]) -> None:
        saved = sum((s.usd_per_month.expected for s in savings if s.applied), Decimal(0))
        rows[key] = replace(rows[key], savings=rows[key].savings + saved)

    for pipeline in report.pipelines:
        guessed = pipeline.runs_source == ASSUMPTION
        whole = _key_of_whole(pipeline, by)
        for step in pipeline.steps:
            key = whole or {
                "step": f"{pipeline.name} / {step.name}",
                "instance": step.instance_type or "no instance",
            }.get(by, "")
            month = pipeline.monthly(step.share)
            assumed = step.basis.time == ASSUMED or (guessed and month.expected > 0)
            add(key, step.share, month, bool(step.unpriced), assumed)
            save(key, [s for s in pipeline.savings if s.step == step.name])
        for _ in (*pipeline.gaps, *filter(None, (pipeline.runs_more,))):
            add(whole or f"{pipeline.name} / not known", NO_SHARE, NO_SHARE, True, False)
    for item in report.standing:
        name = item.name or item.address
        key = _key_of_whole(item, by) or {
            "step": name,
            "instance": item.instance_type or "no instance",
        }.get(by, "")
        stands = item.usd_per_month
        share = Share(stands.low, stands.expected, stands.high)
        add(key, NO_SHARE, share, bool(item.unpriced), item.basis.time == ASSUMED)
        save(key, item.savings)
    return sorted(rows.values(), key=lambda row: -row.per_month.expected)


def _key_of_whole(item: PipelineEstimate | StandingEstimate, by: str) -> str:
    """The group of all of a pipeline or of a resource; ``""`` where its parts differ."""
    if by == "pipeline":
        return item.name or item.address
    if by == "region":
        return str(item.where)
    if by == "path":
        return item.path
    if by.startswith(TAG):
        return tag_value(item.tags, by.removeprefix(TAG))
    return ""


def tag_value(tags: Mapping[str, str] | None, name: str) -> str:
    """The value of a tag, names being compared without case; what stands for one that is absent."""
    if tags is None:
        return f"{name} not known"
    folded = {key.lower(): value for key, value in tags.items()}
    return folded.get(name.lower(), f"no {name}")


def _plus(a: Share, b: Share) -> Share:
    return Share(a.low + b.low, a.expected + b.expected, a.high + b.high)
