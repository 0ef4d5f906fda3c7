"""What an estimator may ask while it prices one step."""

from __future__ import annotations

from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from linter.core.record import record
from linter.domain.jobs import job_kind
from linter.domain.pipeline import Pipeline, Step
from pricing.book import PriceBook
from pricing.model import ASSUMPTION, HISTORY, LIMIT, USAGE, CostOptions, Hours
from pricing.ranges import Range
from pricing.resolve import number_range
from pricing.times import ASSUMED_MINUTES, assumed_minutes, default_limit, stated_limit
from pricing.usage import StepUsage, Usage

HOUR = Decimal(3600)


@record
class Context:
    """One pipeline being priced."""

    pipeline: Pipeline
    book: PriceBook
    usage: Usage
    options: CostOptions

    def of(self, step: Step) -> StepUsage:
        return self.usage.step(self.pipeline.title, step.name)

    def number(self, value: Any) -> Range | None:
        return number_range(value, self.pipeline)

    def limit_hours(self, step: Step) -> Decimal | None:
        """Hours after which AWS ends the job: stated, else AWS's default where known."""
        seconds = stated_limit(step, self.number)
        if seconds is None:
            seconds = default_limit(step)
        return None if seconds is None else seconds / HOUR

    def job_hours(self, step: Step, limit: Decimal | None) -> tuple[Hours, list[str]]:
        """Running hours of one job of the step, never beyond ``limit`` hours."""
        notes: list[str] = []
        history = self.options.history
        stated = self.of(step).hours
        source, assumed = USAGE, False
        if stated is None and history is not None:
            stated = history.hours(self.pipeline.title, step.name)
            source = HISTORY
        if stated is None:
            guess = assumed_minutes(step) or Range(Decimal(5), Decimal(15), Decimal(60))
            stated, source, assumed = guess / 60, ASSUMPTION, True
            kind = job_kind(step)
            notes.append(
                f"time assumed: {_plain(guess.low)} to {_plain(guess.high)} minutes,"
                f" {_plain(guess.expected)} expected"
                + (f" ({kind})" if kind != step.type and kind in ASSUMED_MINUTES else "")
            )
        if limit is not None and stated.high > limit:
            if stated.expected > limit:
                if source == USAGE:
                    notes.append("the usage file's time is beyond the job's limit, which holds")
                source = LIMIT
            stated = stated.capped(limit)
        return Hours(stated, source, assumed), notes

    def spot_saving(self, step: Step, instance_type: str) -> tuple[Range, str]:
        """The share of compute that Spot takes off (low ≤ expected ≤ high), and its source.

        A stated share holds for all three figures. An assumed one is uncertain: at worst Spot
        saves nothing, at best AWS's "up to 90%".
        """
        stated = self.of(step).spot_discount
        if stated is not None:
            return Range.exactly(stated), "Spot saving from the usage file"
        history = self.options.history
        past = history.spot_saving(self.pipeline.title, step.name) if history else None
        if past is not None:
            return Range(Decimal(0), past, max(past, Decimal("0.9"))), "Spot saving from history"
        share, source = self.book.spot_saving(instance_type)
        best = max(share, Decimal("0.9"))
        return (
            Range(Decimal(0), share, best),
            f"Spot saving {share * 100:.0f}% {source}",
        )

    def wanted_spot(self, written: bool) -> bool:
        """Whether Spot is on, after ``--what-if``."""
        what_if = self.options.what_if.spot
        return True if what_if == "all" else False if what_if == "off" else written

    def override(self, step: Step) -> tuple[str | None, int | None]:
        """Instance type and count that ``--what-if`` or the usage file sets for the step."""
        what_if = self.options.what_if
        kind = _matching(what_if.instances, step.name)
        count = _matching(what_if.counts, step.name)
        usage = self.of(step)
        return (
            kind if kind is not None else usage.instance_type,
            count if count is not None else usage.instance_count,
        )


def _matching(table: Any, name: str) -> Any:
    if name in table:
        return table[name]
    return next((value for glob, value in table.items() if fnmatchcase(name, glob)), None)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
