"""``cost --format csv``: one row per step and per thing that stands, or one per group."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from linter.reports.escape import csv_cell
from pricing.model import CostReport, Saving, StandingEstimate, oldest
from pricing.ranges import plain

_STEP_COLUMNS = (
    "pipeline",
    "path",
    "step",
    "type",
    "instance_type",
    "instance_count",
    "spot",
    "usd_per_hour",
    "price_source",
    "hours_low",
    "hours_expected",
    "hours_high",
    "hours_source",
    "usd_low",
    "usd_expected",
    "usd_high",
    "unpriced",
    "notes",
    "per_month_low",
    "per_month_expected",
    "per_month_high",
    "runs_per_month",
    "runs_source",
    "runs_detail",
    "region",
    "region_source",
    "currency",
    "price_date",
    "price_basis",
    "time_basis",
    "complete",
    "weight",
    "weight_assumed",
    "permitted_usd",
    "savings_per_month",
    "per_year_expected",
)


def render(report: CostReport, group_by: str | None = None) -> str:
    """CSV text. A cell that a spreadsheet would run as a formula is preceded by an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if group_by is not None:
        from pricing.report import grouped

        writer.writerow(
            (
                group_by,
                "per_run_usd",
                "per_month_low",
                "per_month_usd",
                "per_month_high",
                "unpriced",
                "complete",
                "per_year_usd",
                "savings_usd",
                "basis",
                "currency",
            )
        )
        for row in grouped(report, group_by):
            month = row.per_month
            writer.writerow(
                (
                    _safe(row.key),
                    _number(row.per_run.expected),
                    _number(month.low),
                    _number(month.expected),
                    _number(month.high),
                    row.unpriced,
                    str(row.complete).lower(),
                    _number(month.expected * 12),
                    _number(row.savings),
                    row.basis,
                    "USD",
                )
            )
        return out.getvalue()
    writer.writerow(_STEP_COLUMNS)
    for pipeline in report.pipelines:
        for step in pipeline.steps:
            hours = step.hours
            times: tuple[str, ...] = ("", "", "", "")
            if hours is not None:
                time = hours.range.rounded()
                numbers = (time.low, time.expected, time.high)
                times = (*(_number(number) for number in numbers), hours.source)
            count = step.instance_count
            month = pipeline.monthly(step.share)
            writer.writerow(
                (
                    _safe(pipeline.name),
                    _safe(pipeline.path),
                    _safe(step.name),
                    _safe(step.type),
                    _safe(step.instance_type or ""),
                    "" if count is None else _number(count.expected),
                    str(step.spot).lower(),
                    "" if step.usd_per_hour is None else _number(step.usd_per_hour),
                    _safe(step.price_source),
                    *times,
                    _number(step.total.low),
                    _number(step.total.expected),
                    _number(step.total.high),
                    _safe(step.unpriced),
                    _safe("; ".join(step.notes)),
                    _number(month.low),
                    _number(month.expected),
                    _number(month.high),
                    _number(pipeline.runs_per_month),
                    _safe(pipeline.runs_source),
                    _safe(pipeline.runs_detail),
                    _safe(str(pipeline.where)),
                    _safe(pipeline.where.source),
                    "USD",
                    oldest(step.price_dates),
                    step.basis.price,
                    step.basis.time,
                    str(step.complete).lower(),
                    _number(step.weight),
                    str(step.weight_assumed).lower(),
                    "" if step.permitted_usd is None else _number(step.permitted_usd),
                    _number(_saved(s for s in pipeline.savings if s.step == step.name)),
                    _number(month.expected * 12),
                )
            )
    for item in report.standing:
        writer.writerow(_standing(item))
    return out.getvalue()


def _standing(item: StandingEstimate) -> list[str]:
    """What stands, in the columns of steps: it belongs to no pipeline and has no run."""
    count = item.instance_count
    cells = {
        "path": _safe(item.path),
        "step": _safe(item.name or item.address),
        "type": item.kind,
        "instance_type": _safe(item.instance_type or ""),
        "instance_count": "" if count is None else _number(count.expected),
        "spot": "false",
        "usd_per_hour": "" if item.usd_per_hour is None else _number(item.usd_per_hour),
        "price_source": _safe(item.price_source),
        "unpriced": _safe(item.unpriced),
        "notes": _safe("; ".join(item.notes)),
        "per_month_low": _number(item.usd_per_month.low),
        "per_month_expected": _number(item.usd_per_month.expected),
        "per_month_high": _number(item.usd_per_month.high),
        "region": _safe(str(item.where)),
        "region_source": _safe(item.where.source),
        "currency": "USD",
        "price_date": oldest(item.price_dates),
        "price_basis": item.basis.price,
        "time_basis": item.basis.time,
        "complete": str(item.complete).lower(),
        "savings_per_month": _number(_saved(item.savings)),
        "per_year_expected": _number(item.usd_per_month.expected * 12),
    }
    return [cells.get(column, "") for column in _STEP_COLUMNS]


def _saved(savings: Iterable[Saving]) -> Decimal:
    return sum((s.usd_per_month.expected for s in savings if s.applied), Decimal(0))


def _number(amount: Decimal) -> str:
    return f"{plain(amount):f}"


def _safe(text: str) -> str:
    return csv_cell(text)
