"""How often a pipeline runs in a month, and who says so."""

from __future__ import annotations

from linter.core.record import record
from linter.domain.pipeline import Pipeline
from linter.domain.starts import started
from pricing.model import DEFAULT_RUNS_PER_MONTH, HISTORY, USAGE, CostOptions
from pricing.ranges import Range
from pricing.usage import Usage


@record
class MonthlyRuns:
    """``source`` is ``option``, ``usage``, ``history``, ``schedule`` or ``assumption``.

    ``detail`` says for people where the figure comes from. ``more`` says what starts the pipeline
    beside that, how often being not known: the figure is then the least.
    """

    range: Range
    source: str
    detail: str = ""
    more: str = ""


def monthly_runs(pipeline: Pipeline, usage: Usage, options: CostOptions) -> MonthlyRuns:
    """What the user says, else what was, else what the schedules say, else the assumption.

    The option is the command line's or the configuration's.
    """
    if options.runs_per_month is not None:
        return MonthlyRuns(Range.exactly(options.runs_per_month), "option")
    stated = usage.runs(pipeline.title)
    if stated is not None:
        return MonthlyRuns(Range.exactly(stated), USAGE)
    if options.history is not None:
        steps = [
            step.name
            for step in pipeline.steps
            if all(outer.type != "ForEach" for outer in step.ancestors)
        ]
        found = options.history.runs_per_month(pipeline.title, steps)
        if found is not None:
            return MonthlyRuns(Range.exactly(found.runs), HISTORY, found.detail)
    known = started(pipeline.starts)
    if known.runs is not None:
        runs = known.runs
        span = Range(runs.low, runs.expected, runs.high)
        return MonthlyRuns(span, "schedule", known.detail, known.more)
    return MonthlyRuns(Range.exactly(DEFAULT_RUNS_PER_MONTH), "assumption", known.detail)
