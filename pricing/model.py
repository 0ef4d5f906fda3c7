"""What the cost model takes and gives.

:func:`estimate` is the way in: pipelines, standing resources, a price book, a usage file and
options go in, a :class:`CostReport` comes out. All money is ``Decimal`` USD before tax; all time
is ``Decimal`` hours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from linter.core.identity import NO_ROOT, Identity, Root
from linter.core.record import field, record, replace
from linter.domain.starts import Runs, Start, said_of
from pricing.ranges import ZERO, Range, plain, total

if TYPE_CHECKING:
    from linter.core.documents import Problem
    from linter.domain.pipeline import Pipeline
    from pricing.book import PriceBook
    from pricing.books import PriceBooks
    from pricing.history import History
    from pricing.standing import StandingResource
    from pricing.usage import Usage

SCHEMA_VERSION = "1.0"
DEFAULT_RUNS_PER_MONTH = Decimal(30)

HOURS_IN_MONTH = Decimal(730)

USAGE, HISTORY, ASSUMPTION, LIMIT = "usage", "history", "assumption", "limit"

MEASURED, ASSUMED, DECLARED = "measured", "assumed", "declared"
"""What a time rests on: a usage file or past runs; nothing but an assumption; what is declared to
stand all month."""
OBSERVED, DERIVED, NEGOTIATED = "observed", "derived", "negotiated"
"""What a price rests on: AWS's list, another price of it, the user's own file."""


@record
class WhatIf:
    """Changes to try: ``spot=all,cache=on,instance:Train=ml.g5.xlarge``. See ``pricing.whatif``.

    ``spot`` and ``cache`` are ``"all"``/``"on"``, ``"off"`` or ``""`` (as written); ``instances``
    and ``counts`` map a step's name or glob to an instance type or number of instances.
    """

    spot: str = ""
    cache: str = ""
    instances: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return not (self.spot or self.cache or self.instances or self.counts)


@record
class Plan:
    """A Savings Plan that the user has: USD an hour, or the share of compute that it covers.

    ``discount`` is the share that it takes off what it covers, ``None`` where it is not stated.
    """

    commitment: Decimal | None = None
    coverage: Decimal | None = None
    discount: Decimal | None = None


@record
class PlanEffect:
    """What a plan does to an expected month; all amounts in USD a month.

    ``saves`` is negative where more is paid than it covers.
    """

    compute: Decimal
    covered: Decimal
    paid: Decimal
    unused: Decimal
    saves: Decimal
    discount: Decimal
    discount_assumed: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "compute_usd": plain(self.compute),
            "covered_usd": plain(self.covered),
            "paid_usd": plain(self.paid),
            "unused_usd": plain(self.unused),
            "saves_usd": plain(self.saves),
            "discount_percent": plain(self.discount * 100),
            "discount_assumed": self.discount_assumed,
        }


@record
class CostOptions:
    """What the user chose.

    ``runs_per_month`` overrides the usage file for every pipeline. ``with_savings`` turns the
    computation of savings off where only totals are wanted. ``hours_in_month`` is the month by
    which GB-months are prorated: AWS takes the calendar month's (672 to 744), a forecast the mean.
    """

    runs_per_month: Decimal | None = None
    what_if: WhatIf = field(default_factory=WhatIf)
    history: History | None = None
    with_savings: bool = True
    hours_in_month: Decimal = HOURS_IN_MONTH
    plan: Plan | None = None
    tags: Callable[[Any], Mapping[str, str] | None] | None = None
    """Gives the tags of what is priced (a document or a pipeline), ``None`` where not known."""


@record
class Hours:
    """Billed hours of one instance of a step, per run, and where the figure comes from.

    ``source`` is ``usage``, ``history``, ``assumption`` or ``limit`` (the stopping condition cut
    the figure). For a tuning step the hours of all its training jobs are summed.
    """

    range: Range
    source: str
    assumed: bool = False
    """Whether nobody stated or measured the figure, also where a limit cuts it."""

    @property
    def basis(self) -> str:
        return ASSUMED if self.assumed or self.source == ASSUMPTION else MEASURED

    def to_json(self) -> dict[str, Any]:
        return {**self.range.rounded().to_json(), "source": self.source}


@record
class Share:
    """What one step adds to the three totals of a run.

    Not an interval: a step on the cheap branch of a condition adds to ``low`` and not to ``high``.
    """

    low: Decimal
    expected: Decimal
    high: Decimal

    def to_json(self) -> dict[str, Decimal]:
        return {
            "low": plain(self.low),
            "expected": plain(self.expected),
            "high": plain(self.high),
        }


NO_SHARE = Share(Decimal(0), Decimal(0), Decimal(0))


@record
class StepEstimate:
    """One step's price in the runs in which it runs, retries and cache hits included.

    Attributes:
        instance_type: the type, several joined with `` | `` (one of them) or `` + `` (all of
            them), or ``None`` for a step that has no instance.
        usd_per_hour: the price of one instance (expected), ``None`` without one.
        free: whether AWS charges nothing for the step itself.
        unpriced: why some or all of the step's price is missing, ``""`` when it is whole.
        share: what the step adds to the run's totals.
        duration: wall-clock hours from its start to its end.
        ceiling_usd: what one attempt costs at most, at the stopping condition's limit.
        permitted_usd: what its limits and retries allow it to cost when it runs; ``None`` where
            nothing ends it, or its price is not whole.
        weight: how often it is expected to run in a run: a branch's probability, a loop's items.
        open_to_spot: the share of the expected compute that is not on Spot and could be.
        ondemand_usd: the expected compute without Spot, equal to compute when Spot is off.
    """

    name: str
    type: str
    instance_type: str | None = None
    instance_count: Range | None = None
    spot: bool = False
    usd_per_hour: Decimal | None = None
    price_observed: bool | None = None
    price_source: str = ""
    hours: Hours | None = None
    compute: Range = ZERO
    storage: Range = ZERO
    other: Range = ZERO
    notes: tuple[str, ...] = ()
    unpriced: str = ""
    free: bool = False
    share: Share = NO_SHARE
    duration: Range = ZERO
    ceiling_usd: Decimal | None = None
    ondemand: Range = ZERO
    cached: bool = False
    object_path: tuple[str | int, ...] = ()
    permitted_usd: Decimal | None = None
    weight: Decimal = Decimal(1)
    weight_assumed: bool = False
    """Whether nobody stated a probability or a number of items that the weight rests on."""
    open_to_spot: Decimal = Decimal(0)
    price_dates: tuple[str, ...] = ()
    """The dates of the prices that were used, as their sources state them."""

    @property
    def total(self) -> Range:
        return self.compute + self.storage + self.other

    @property
    def complete(self) -> bool:
        """Whether the price is whole; otherwise it is at least the total."""
        return not self.unpriced

    @property
    def basis(self) -> Basis:
        return Basis(
            "" if self.hours is None else self.hours.basis,
            _price_basis(self.price_source, self.price_observed),
        )

    def noting(self, *notes: str) -> StepEstimate:
        """The same with more notes."""
        return replace(self, notes=self.notes + tuple(n for n in notes if n not in self.notes))

    def to_json(self) -> dict[str, Any]:
        count = self.instance_count
        return {
            "name": self.name,
            "type": self.type,
            "instance_type": self.instance_type,
            "instance_count": None if count is None else plain(count.expected),
            "spot": self.spot,
            "usd_per_hour": None if self.usd_per_hour is None else plain(self.usd_per_hour),
            "price_source": self.price_source,
            "price_observed": self.price_observed,
            "hours": None if self.hours is None else self.hours.to_json(),
            "compute_usd": self.compute.to_json(),
            "storage_usd": self.storage.to_json(),
            "other_usd": self.other.to_json(),
            "total_usd": self.total.to_json(),
            "in_run_usd": self.share.to_json(),
            "free": self.free,
            "unpriced": self.unpriced or None,
            "notes": list(self.notes),
            "complete": self.complete,
            "weight": plain(self.weight),
            "weight_assumed": self.weight_assumed,
            "permitted_usd": None if self.permitted_usd is None else plain(self.permitted_usd),
            "price_date": oldest(self.price_dates) or None,
            "basis": self.basis.to_json(),
        }


@record
class Basis:
    """What a figure rests on, in the words of the constants above; ``""`` for nothing."""

    time: str = ""
    price: str = ""

    @property
    def words(self) -> str:
        """``assumed, derived price``; an observed price goes without saying."""
        price = "" if self.price in ("", OBSERVED) else f"{self.price} price"
        return ", ".join(filter(None, (self.time, price)))

    def to_json(self) -> dict[str, str | None]:
        return {"time": self.time or None, "price": self.price or None}


def _price_basis(source: str, observed: bool | None) -> str:
    if observed is None:
        return ""
    if source.rpartition(", ")[2].startswith("negotiated:"):
        return NEGOTIATED
    return OBSERVED if observed else DERIVED


def oldest(dates: Iterable[str]) -> str:
    """The oldest of some dates, which may be a year or a month; ``""`` for none."""
    return min(filter(None, dates), default="")


@record
class Saving:
    """One way to spend less.

    Attributes:
        usd_per_month: what would no longer be spent. Of an applied one: after those applied before
            it, so that the applied ones add up. Of an alternative: of the whole cost.
        applied: whether it is one of the best set of savings that go together.
        alternative_of: the kind of the applied one that it would replace, ``""`` for none.
        alone: what it saves when nothing else is done.
    """

    kind: str
    step: str
    usd_per_month: Range
    how: str
    address: str = ""
    applied: bool = False
    alternative_of: str = ""
    alone: Range = ZERO

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "step": self.step,
            "usd_per_month": self.usd_per_month.to_json(),
            "how": self.how,
            "applied": self.applied,
            "alternative_of": self.alternative_of or None,
            "alone_usd_per_month": self.alone.to_json(),
        }


@record
class Risk:
    """What may be spent beyond the estimate, and is in none of its figures."""

    kind: str
    step: str
    usd: Decimal
    how: str

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "step": self.step, "usd": plain(self.usd), "how": self.how}


@record
class Where:
    """The regions whose prices apply to one thing: the expected one first, mostly the only one.

    ``source`` says why: ``provider aws.west``, ``configured: --region``, ``assumed: …``.
    """

    regions: tuple[str, ...] = ()
    source: str = ""

    @property
    def region(self) -> str:
        """The one that is expected."""
        return self.regions[0] if self.regions else ""

    def __str__(self) -> str:
        return " or ".join(self.regions)

    def to_json(self) -> dict[str, Any]:
        return {
            "region": self.region,
            "regions": list(self.regions),
            "region_source": self.source,
        }


NOWHERE = Where()


@record
class BookFacts:
    """Which prices of a region were used; ``empty`` for a region that has none."""

    region: str
    source: str
    date: str
    warning: str = ""
    empty: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "region": self.region,
            "source": self.source,
            "date": self.date,
            "warning": self.warning or None,
        }


@record
class Unpriced:
    """Something without a price. It is in no total."""

    step: str
    reason: str
    pipeline: str = ""
    address: str = ""
    path: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "reason": self.reason,
            "pipeline": self.pipeline,
            "address": self.address,
            "path": self.path,
        }


@record
class PipelineEstimate:
    """One pipeline. ``per_run`` covers the steps that have a price."""

    name: str
    address: str
    path: str
    runs_per_month: Decimal
    runs_source: str
    steps: tuple[StepEstimate, ...]
    per_run: Range
    duration: Range
    savings: tuple[Saving, ...] = ()
    savings_total: Range = ZERO
    """What the applied savings save together; never more than the cost."""
    after_savings: Range = ZERO
    """The month with them."""
    risks: tuple[Risk, ...] = ()
    gaps: tuple[str, ...] = ()
    """Why a run is not known whole, beside steps without a price."""
    permitted_per_run: Decimal | None = None
    """The dearest run that limits and retries permit; ``None`` where nothing ends a step."""
    tags: Mapping[str, str] | None = field(default_factory=dict)
    """``None`` where they are not known."""
    notes: tuple[str, ...] = ()
    runs_range: Range | None = None
    """Where runs are not one number; ``runs_per_month`` is the expected one."""
    runs_detail: str = ""
    """Where the runs come from: ``by rate(1 hour) in aws_scheduler_schedule.hourly``."""
    runs_more: str = ""
    """What starts it beside that, how often being not known."""
    starts: tuple[Start, ...] = ()
    root: Root = NO_ROOT

    @property
    def identity(self) -> Identity:
        """Matches it with its pipeline, and with what it was before a change."""
        return self.root, self.address

    @property
    def runs(self) -> Range:
        return self.runs_range or Range.exactly(self.runs_per_month)

    where: Where = NOWHERE

    @property
    def complete_run(self) -> bool:
        """Whether nothing of a run lacks a price."""
        return not self.gaps and all(step.complete for step in self.steps)

    @property
    def complete(self) -> bool:
        """Whether nothing of a month lacks a price; otherwise the figures are the least."""
        return self.complete_run and not self.runs_more

    @property
    def basis(self) -> str:
        """``assumed`` where a figure of the month rests on an assumption, else ``measured``."""
        if self.runs_source == ASSUMPTION and self.steps:
            return ASSUMED
        times = {step.basis.time for step in self.steps}
        return ASSUMED if ASSUMED in times else MEASURED if times - {""} else ""

    @property
    def per_month(self) -> Range:
        return self.per_run * self.runs

    def monthly(self, share: Share) -> Share:
        """What a step adds to a month."""
        runs = self.runs
        return Share(share.low * runs.low, share.expected * runs.expected, share.high * runs.high)

    @property
    def runs_said(self) -> str:
        """The runs and their source, for people: ``730 runs a month by rate(1 hour) in …``."""
        if self.runs_source == ASSUMPTION or not self.runs_detail:
            assumed = ", assumed" if self.runs_source == ASSUMPTION else ""
            why = f": {self.runs_detail}" if self.runs_detail else ""
            return f"{plain(self.runs_per_month):f} runs{assumed}{why}"
        runs = Runs(self.runs.low, self.runs.expected, self.runs.high)
        return said_of(runs, self.runs_detail, least=bool(self.runs_more))

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "root": str(self.root),
            "address": self.address,
            "path": self.path,
            **self.where.to_json(),
            "runs_per_month": plain(self.runs_per_month),
            "runs_source": self.runs_source,
            "runs_range": self.runs.to_json(),
            "runs_detail": self.runs_detail or None,
            "schedules": [start.to_json() for start in self.starts],
            "per_run_usd": self.per_run.to_json(),
            "per_month_usd": self.per_month.to_json(),
            "duration_hours": self.duration.rounded().to_json(),
            "steps": [step.to_json() for step in self.steps],
            "savings": [saving.to_json() for saving in self.savings],
            "notes": list(self.notes),
            **_variant(self.root),
            "complete": self.complete,
            "complete_per_run": self.complete_run,
            "basis": self.basis or None,
            "savings_total": self.savings_total.to_json(),
            "after_savings_usd_per_month": self.after_savings.to_json(),
            "risks": [risk.to_json() for risk in self.risks],
            "permitted_per_run_usd": None
            if self.permitted_per_run is None
            else plain(self.permitted_per_run),
            "tags": None if self.tags is None else dict(self.tags),
        }


def _variant(root: Root) -> dict[str, str]:
    return {"variant": root.variant} if root.variant else {}


@record
class StandingEstimate:
    """Something that costs money while it exists, per month of 730 hours."""

    kind: str
    address: str
    path: str
    usd_per_month: Range
    name: str = ""
    instance_type: str | None = None
    instance_count: Range | None = None
    usd_per_hour: Decimal | None = None
    price_source: str = ""
    price_observed: bool | None = None
    idle: bool = False
    unpriced: str = ""
    notes: tuple[str, ...] = ()
    savings: tuple[Saving, ...] = ()
    savings_total: Range = ZERO
    after_savings: Range = ZERO
    price_dates: tuple[str, ...] = ()
    time_basis: str = ""
    supported: bool = True
    """Whether there is a price model for its kind at all."""
    tags: Mapping[str, str] | None = field(default_factory=dict)
    hourly: Range = ZERO
    """What all its instances cost in an hour in which they are on."""
    compute: Range = ZERO
    """The part of the month that is instances."""
    root: Root = NO_ROOT

    @property
    def identity(self) -> Identity:
        return self.root, self.address

    where: Where = NOWHERE

    @property
    def complete(self) -> bool:
        return not self.unpriced

    @property
    def free(self) -> bool:
        """Whether it costs nothing by itself."""
        return self.complete and self.usd_per_month.is_zero

    @property
    def basis(self) -> Basis:
        return Basis(self.time_basis, _price_basis(self.price_source, self.price_observed))

    def noting(self, *notes: str) -> StandingEstimate:
        """The same with more notes."""
        return replace(self, notes=(*self.notes, *notes))

    def to_json(self) -> dict[str, Any]:
        count = self.instance_count
        return {
            "kind": self.kind,
            "name": self.name,
            "root": str(self.root),
            "address": self.address,
            "path": self.path,
            **self.where.to_json(),
            "instance_type": self.instance_type,
            "instance_count": None if count is None else plain(count.expected),
            "usd_per_hour": None if self.usd_per_hour is None else plain(self.usd_per_hour),
            "price_source": self.price_source,
            "price_observed": self.price_observed,
            "usd_per_month": self.usd_per_month.to_json(),
            "idle": self.idle,
            "unpriced": self.unpriced or None,
            "notes": list(self.notes),
            "savings": [saving.to_json() for saving in self.savings],
            **_variant(self.root),
            "complete": self.complete,
            "savings_total": self.savings_total.to_json(),
            "after_savings_usd_per_month": self.after_savings.to_json(),
            "price_date": oldest(self.price_dates) or None,
            "basis": self.basis.to_json(),
            "tags": None if self.tags is None else dict(self.tags),
        }


@record
class Row:
    """One line of a grouped table, per month: three sums that add up to the report's totals."""

    key: str
    per_run: Share
    per_month: Share
    unpriced: int = 0
    savings: Decimal = Decimal(0)
    """What the applied savings are expected to save in a month."""
    assumed: bool = False
    """Whether a part of it rests on an assumption."""

    @property
    def complete(self) -> bool:
        return not self.unpriced

    @property
    def basis(self) -> str:
        """What its amounts rest on; ``""`` where it has none."""
        if not self.per_month.high and not self.per_month.expected:
            return ""
        return ASSUMED if self.assumed else MEASURED

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "per_run_usd": self.per_run.to_json(),
            "per_month_usd": self.per_month.to_json(),
            "unpriced": self.unpriced,
            "complete": self.complete,
            "savings_usd_per_month": plain(self.savings),
            "basis": self.basis or None,
        }


@record
class SeenKind:
    """A kind of thing that costs money and has no price model here, with how many were seen."""

    service: str
    count: int
    supported: bool
    why: str

    def to_json(self) -> dict[str, Any]:
        return {
            "service": self.service,
            "count": self.count,
            "supported": self.supported,
            "why": self.why,
        }


@record
class Coverage:
    """Steps, standing resources and other things that cost money, by what is known of them."""

    seen: int
    priced: int
    free: int
    unpriced: int
    unsupported: int

    @property
    def said(self) -> str:
        return (
            f"{self.seen} seen: {self.priced} priced, {self.free} free, {self.unpriced} not priced,"
            f" {self.unsupported} not supported"
        )

    def to_json(self) -> dict[str, int]:
        return {
            "seen": self.seen,
            "priced": self.priced,
            "free": self.free,
            "not_priced": self.unpriced,
            "not_supported": self.unsupported,
        }


@record
class Assumptions:
    """Of how many figures nobody has stated or measured what they rest on."""

    times: int
    of_times: int
    runs: int
    of_runs: int
    derived: int
    of_prices: int

    @property
    def said(self) -> str:
        """``assumed: 3 of 4 times, 1 of 1 numbers of runs; derived: 2 of 5 prices``."""
        assumed = [
            f"{number} of {of} {what}"
            for number, of, what in (
                (self.times, self.of_times, "times"),
                (self.runs, self.of_runs, "numbers of runs"),
            )
            if number
        ]
        parts = [f"assumed: {', '.join(assumed)}"] if assumed else []
        measured = self.of_times - self.times
        parts += [f"measured or declared: {measured} times"] if measured else []
        parts += [f"derived: {self.derived} of {self.of_prices} prices"] if self.derived else []
        return "; ".join(parts)

    def to_json(self) -> dict[str, int]:
        return {
            "times_assumed": self.times,
            "times": self.of_times,
            "runs_assumed": self.runs,
            "pipelines": self.of_runs,
            "prices_derived": self.derived,
            "prices": self.of_prices,
        }


@record
class OldPrices:
    """How many of the prices that were used are too old, and the oldest date."""

    count: int
    of: int
    oldest: str
    days: int

    @property
    def said(self) -> str:
        return (
            f"{self.count} of {self.of} prices used are older than {self.days} days, the oldest of"
            f" {self.oldest}; `pipewarden prices refresh` gets new ones"
        )

    def to_json(self) -> dict[str, Any]:
        return {"count": self.count, "of": self.of, "oldest": self.oldest, "days": self.days}


@record
class CostReport:
    """Everything that was priced, and everything that was not.

    ``region`` is the one that most things are in, and ``book_…`` say which prices of it were used;
    ``books`` has the same for every region in use.
    """

    def of(self, pipeline: Pipeline) -> PipelineEstimate:
        """The estimate of one of the pipelines it was made of. Raises ``KeyError``."""
        wanted = pipeline.document.identity
        for item in self.pipelines:
            if item.identity == wanted:
                return item
        raise KeyError(wanted)

    region: str
    book_source: str
    book_date: str
    book_warning: str
    pipelines: tuple[PipelineEstimate, ...] = ()
    standing: tuple[StandingEstimate, ...] = ()
    unpriced: tuple[Unpriced, ...] = ()
    warnings: tuple[str, ...] = ()
    books: tuple[BookFacts, ...] = ()
    left_out: tuple[SeenKind, ...] = ()
    """What else of AWS was seen and is in no total."""
    old_prices: OldPrices | None = None
    plan: PlanEffect | None = None
    """What the Savings Plan of the configuration does; the totals are without it."""

    @property
    def regions_without_prices(self) -> tuple[str, ...]:
        return tuple(book.region for book in self.books if book.empty)

    bugs: tuple[Problem, ...] = ()
    """What could not be priced because the program itself failed; it is in ``unpriced`` too."""

    @property
    def per_run(self) -> Range:
        """One run of every pipeline."""
        return total(item.per_run for item in self.pipelines)

    @property
    def per_month(self) -> Range:
        """All runs of a month, and what stands."""
        return total(item.per_month for item in self.pipelines) + self.standing_per_month

    @property
    def standing_per_month(self) -> Range:
        return total(item.usd_per_month for item in self.standing)

    @property
    def complete(self) -> bool:
        """Whether nothing lacks a price; otherwise the totals are lower bounds."""
        return not self.unpriced

    @property
    def complete_run(self) -> bool:
        """Whether nothing of the runs lacks a price."""
        return all(item.complete_run for item in self.pipelines)

    @property
    def pipelines_per_month(self) -> Range:
        return total(item.per_month for item in self.pipelines)

    @property
    def savings_total(self) -> Range:
        """What every applied saving saves together."""
        return total(
            [item.savings_total for item in self.pipelines]
            + [item.savings_total for item in self.standing]
        )

    @property
    def after_savings(self) -> Range:
        return total(
            [item.after_savings for item in self.pipelines]
            + [item.after_savings for item in self.standing]
        )

    @property
    def coverage(self) -> Coverage:
        """How much of what was seen has a price."""
        from pricing.coverage import coverage_of

        return coverage_of(self)

    @property
    def steps_total(self) -> int:
        return sum(len(item.steps) for item in self.pipelines)

    @property
    def steps_priced(self) -> int:
        """Steps with a whole price, those that cost nothing included."""
        return sum(not step.unpriced for item in self.pipelines for step in item.steps)

    @property
    def share_priced(self) -> Decimal:
        """The share of steps with a whole price, 0 to 1; 1 without steps."""
        return Decimal(self.steps_priced) / self.steps_total if self.steps_total else Decimal(1)

    @property
    def assumptions(self) -> Assumptions:
        """What of the figures nobody has stated or measured."""
        steps = [step for item in self.pipelines for step in item.steps]
        bases = [step.basis for step in steps] + [item.basis for item in self.standing]
        return Assumptions(
            sum(basis.time == ASSUMED for basis in bases),
            sum(bool(basis.time) for basis in bases),
            sum(item.runs_source == ASSUMPTION for item in self.pipelines),
            len(self.pipelines),
            sum(basis.price == DERIVED for basis in bases),
            sum(bool(basis.price) for basis in bases),
        )

    @property
    def savings(self) -> tuple[Saving, ...]:
        """Every saving, the largest first."""
        every = [s for p in self.pipelines for s in p.savings]
        every += [s for item in self.standing for s in item.savings]
        return tuple(sorted(every, key=lambda s: -s.usd_per_month.expected))

    def only(self, wanted: Callable[[PipelineEstimate | StandingEstimate], bool]) -> CostReport:
        """The same for a part of what was priced, without what is said of the whole."""
        pipelines = tuple(item for item in self.pipelines if wanted(item))
        standing = tuple(item for item in self.standing if wanted(item))
        kept: tuple[PipelineEstimate | StandingEstimate, ...] = (*pipelines, *standing)
        named = {(item.address, item.path) for item in kept}
        regions = {region for item in kept for region in item.where.regions}
        return replace(
            self,
            pipelines=pipelines,
            standing=standing,
            unpriced=tuple(gap for gap in self.unpriced if (gap.address, gap.path) in named),
            books=tuple(book for book in self.books if book.region in regions),
            left_out=(),
            old_prices=None,
            plan=None,
        )

    def to_json(self) -> dict[str, Any]:
        """The document ``cost --format json`` prints; money stays ``Decimal``."""
        return {
            "schema_version": SCHEMA_VERSION,
            "currency": "USD",
            "region": self.region,
            "price_book": {
                "source": self.book_source,
                "date": self.book_date,
                "warning": self.book_warning or None,
            },
            "price_books": [book.to_json() for book in self.books],
            "pipelines": [item.to_json() for item in self.pipelines],
            "standing": [item.to_json() for item in self.standing],
            "unpriced": [item.to_json() for item in self.unpriced],
            "warnings": list(self.warnings),
            "totals": {
                "per_run_usd": self.per_run.to_json(),
                "per_month_usd": self.per_month.to_json(),
                "standing_per_month_usd": self.standing_per_month.to_json(),
                "complete": self.complete,
                "steps": self.steps_total,
                "steps_priced": self.steps_priced,
                "share_priced": plain(self.share_priced.quantize(Decimal("0.0001")))
                if self.steps_total
                else None,
                "complete_per_run": self.complete_run,
                "pipelines_per_month_usd": self.pipelines_per_month.to_json(),
                "pipelines_complete": all(item.complete for item in self.pipelines),
                "standing_complete": all(item.complete for item in self.standing),
            },
            "savings_total": self.savings_total.to_json(),
            "after_savings_usd_per_month": self.after_savings.to_json(),
            "coverage": self.coverage.to_json(),
            "left_out": [item.to_json() for item in self.left_out],
            "assumptions": self.assumptions.to_json(),
            "savings_plan": None if self.plan is None else self.plan.to_json(),
            "old_prices": None if self.old_prices is None else self.old_prices.to_json(),
        }


def estimate(
    pipelines: Sequence[Pipeline],
    standing: Sequence[StandingResource],
    book: PriceBook | PriceBooks,
    usage: Usage,
    options: CostOptions | None = None,
) -> CostReport:
    """Price pipelines and standing resources. Never raises for what the inputs hold.

    ``book`` is one book for all, or those of the regions in which the things run.
    """
    from pricing.report import build_report

    return build_report(pipelines, standing, book, usage, options or CostOptions())
