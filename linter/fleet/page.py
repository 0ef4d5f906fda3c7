"""The page of a fleet: dollars and findings of each team, pipeline and rule, and their trend.

Like the review page it loads nothing, is safe by its content policy, and is complete without its
script, which only sorts and filters.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from linter.core.printable import printable, visible
from linter.fleet.query import QUESTIONS, ask, connect
from linter.fleet.store import earlier_runs, read_run
from linter.reports.html.page import content_policy
from linter.version import __version__

MAX_ROWS = 500
"""Rows of any table; how many are left out is said."""
MAX_TREND = 24
"""Runs of the trend, the latest."""
_MAX_TEXT = 300

_TOTALS = """
SELECT count(*), count(*) FILTER (status = 'read'), count(*) FILTER (status = 'partly'),
  count(*) FILTER (status = 'not'), coalesce(sum(findings), 0), coalesce(sum(critical), 0),
  coalesce(sum(high), 0), coalesce(sum(undecided), 0), coalesce(sum(unpriced), 0),
  coalesce(sum(usd_month_low), 0), coalesce(sum(usd_month_expected), 0),
  coalesce(sum(usd_month_high), 0), coalesce(sum(saving_month_expected), 0),
  coalesce(sum(pipelines), 0), coalesce(sum(steps), 0), count(DISTINCT repository)
FROM roots"""
_TEAMS = """
SELECT team, count(DISTINCT repository), count(*), sum(usd_month_low), sum(usd_month_expected),
  sum(usd_month_high), sum(saving_month_expected), sum(critical), sum(high), sum(medium), sum(low),
  sum(undecided), count(*) FILTER (status <> 'read') FROM roots GROUP BY team
ORDER BY 5 DESC NULLS LAST, team"""
_PIPELINES = """
SELECT root, team, repository, name, path, steps, runs_month, runs_source, usd_run_expected,
  usd_month_low, usd_month_expected, usd_month_high, saving_month_expected, complete FROM pipelines
ORDER BY usd_month_expected DESC NULLS LAST, team, repository, name, address LIMIT ?"""
_STANDING = """
SELECT root, team, repository, kind, name, address, instance_type, usd_month_expected,
  saving_month_expected, idle FROM costs WHERE kind <> 'pipeline'
ORDER BY usd_month_expected DESC NULLS LAST, team, repository, name, address LIMIT ?"""
_WORST = """
SELECT root, team, repository, kind, path, status, critical, high, medium, low, undecided,
  usd_month_expected, saving_month_expected, gate_passed FROM roots WHERE status <> 'not'
ORDER BY critical DESC, high DESC, medium DESC, low DESC, repository, path, kind LIMIT ?"""
_FAILURES = """
SELECT team, repository, stage, kind, path, line, message FROM failures
ORDER BY stage, kind, repository, path, line LIMIT ?"""
_SAVED = """
SELECT team, kind, count(*), sum(usd_month_low), sum(usd_month_expected), sum(usd_month_high)
FROM savings WHERE applied GROUP BY ALL ORDER BY 5 DESC, team, kind LIMIT ?"""


def render(folders: Sequence[Path], title: str = "Fleet review", near: Path | None = None) -> str:
    """The page of the last folder; those before it are its past.

    Args:
        near: the folder of the page, from which the roots' own reports are linked.

    Raises:
        StoreError, QueryError: a folder holds no results that this version reads.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    import linter.reports.html

    here = Path(__file__).parent
    shared = Path(linter.reports.html.__file__).parent
    environment = Environment(
        loader=FileSystemLoader(here),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"usd": _usd, "count": _count, "raw": _raw}
    style = (shared / "page.css").read_text("utf-8")
    script = (here / "page.js").read_text("utf-8")
    page = environment.get_template("page.html.j2").render(
        style=Markup(style),  # noqa: S704 - a file of this package
        script=Markup(script),  # noqa: S704
        policy=content_policy(style, script),
        version=__version__,
        title=printable(title.strip(), _MAX_TEXT) or "Fleet review",
        **_content(folders, near),
    )
    return visible(page)


def _content(folders: Sequence[Path], near: Path | None) -> dict[str, Any]:
    folder = folders[-1]
    run = read_run(folder)
    connection = connect(folder)

    def rows(sql: str) -> list[list[Any]]:
        return [[_safe(value) for value in row] for row in ask(connection, sql).rows]

    def table(sql: str, count: str) -> dict[str, Any]:
        found = rows(sql.replace("?", str(MAX_ROWS)))
        (whole,) = ask(connection, count).rows[0]
        return {"rows": found, "hidden": max(whole - len(found), 0), "count": whole}

    (totals,) = rows(_TOTALS)
    return {
        "run": {
            key: printable(str(run.get(key) or ""), _MAX_TEXT)
            for key in ("run", "started", "ended", "status", "tool", "manifest")
        },
        "totals": totals,
        "teams": rows(_TEAMS),
        "pipelines": table(_PIPELINES, "SELECT count(*) FROM pipelines"),
        "standing": table(_STANDING, "SELECT count(*) FROM costs WHERE kind <> 'pipeline'"),
        "rules": rows(QUESTIONS["rules"].sql),
        "worst": table(_WORST, "SELECT count(*) FROM roots WHERE status <> 'not'"),
        "saved": rows(_SAVED.replace("?", str(MAX_ROWS))),
        "failures": table(_FAILURES, "SELECT count(*) FROM failures"),
        "trend": _trend(folders),
        "links": _links(folder, near),
    }


def _safe(value: Any) -> Any:
    return printable(value, _MAX_TEXT) if isinstance(value, str) else value


def _trend(folders: Sequence[Path]) -> list[dict[str, Any]]:
    """One row a run that came to its end, oldest first."""
    runs: dict[str, dict[str, Any]] = {}
    for folder in folders:
        read_run(folder)
        for run in earlier_runs(folder):
            if run.get("status") == "done" and isinstance(run.get("teams"), dict):
                runs[str(run["run"])] = run
    ordered = sorted(runs.values(), key=lambda run: str(run.get("started")))[-MAX_TREND:]
    points: list[dict[str, Any]] = []
    for run in ordered:
        point: dict[str, Any] = {
            "started": printable(str(run.get("started")), 40),
            "tool": printable(str(run.get("tool")), 40),
        }
        for key in ("roots", "findings", "critical", "high"):
            point[key] = _summed(run, key)
        point["usd"] = _summed(run, "usd_month_expected")
        point["saving"] = _summed(run, "saving_month_expected")
        points.append(point)
    most = max((point["usd"] for point in points), default=Decimal(0))
    before: dict[str, Any] | None = None
    for point in points:
        point["share"] = f"{point['usd'] / most * 100:.2f}" if most else "0"
        point["change"] = None if before is None else point["usd"] - before["usd"]
        point["more"] = None if before is None else point["findings"] - before["findings"]
        before = point
    return points


def _summed(run: Mapping[str, Any], key: str) -> Decimal:
    """A figure of all teams; what a damaged file says instead counts as nothing."""
    total = Decimal(0)
    for team in run["teams"].values():
        try:
            total += Decimal(str(team.get(key, 0)))
        except (ArithmeticError, AttributeError):
            continue
    return total if total.is_finite() else Decimal(0)


def _links(folder: Path, near: Path | None) -> dict[str, str]:
    """The way from the page to each root's own report, where there is one."""
    from urllib.parse import quote

    reports = folder / "reports"
    if near is None or not reports.is_dir():
        return {}
    way = os.path.relpath(reports.absolute(), near)
    return {
        path.stem: quote(Path(way, path.name).as_posix())
        for path in reports.glob("*.html")
        if path.stem.isalnum()
    }


def _usd(value: Any) -> str:
    return "" if value is None else f"{value:,.2f}"


def _count(value: Any) -> str:
    return "" if value is None else f"{int(value):,}"


def _raw(value: Any) -> str:
    """A number as the script sorts by it; nothing sorts as zero."""
    return "0" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
