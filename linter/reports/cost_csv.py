"""``cost --format csv``: one row per step, or per group."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from pricing.model import CostReport

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
                )
            )
        return out.getvalue()
    writer.writerow(_STEP_COLUMNS)
    for pipeline in report.pipelines:
        for step in pipeline.steps:
            hours = step.hours
            times = (
                ("", "", "", "")
                if hours is None
                else (
                    _number(hours.range.low),
                    _number(hours.range.expected),
                    _number(hours.range.high),
                    hours.source,
                )
            )
            count = step.instance_count
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
                )
            )
    return out.getvalue()


def _number(amount: Decimal) -> str:
    return f"{amount:f}"


def _safe(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
