"""The page's content, prepared for the template; the template only places it."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linter.core.printable import printable, visible
from linter.core.record import record
from linter.gate.review import Review
from linter.policy.model import Finding, Severity, Verdict
from linter.reports.amounts import NO_PRICE, at_least, column, spread, usd
from linter.reports.cost_table import book_line, left_out_lines, place_of, price_warnings
from linter.reports.graph import nodes_of, step_of
from linter.reports.html import figures as amounts
from linter.reports.html.drawing import Face, draw, schedule, timeline
from linter.reports.html.figures import marked, pipelines_whole, standing_whole
from linter.reports.html.grouping import MAX_TEXT, Grouping
from linter.reports.html.trying import compared
from linter.reports.measured import HEADINGS, MeasuredStep, MeasuredSteps, cells_of
from linter.reports.trend import TITLE, notes_of, rows_of
from linter.version import __version__
from pricing.model import ASSUMPTION, HISTORY, USAGE
from pricing.ranges import ZERO, Range, total

if TYPE_CHECKING:
    from linter.domain.pipeline import Pipeline
    from linter.reports.trend import Point
    from pricing.model import CostReport, PipelineEstimate, Saving, StepEstimate

MAX_DRAWN = 400
"""Steps of a pipeline that are drawn; of a larger one the table alone is shown."""
MAX_BOXES = 2_000
"""Steps that are drawn on the whole page."""
MAX_STEPS = 3_000
"""Rows of steps on the whole page; what is not shown is one row with the rest of the sum."""
MAX_ROWS = 500
"""Rows of any other table."""
MAX_PIPELINES = 300
"""Pipelines that have a section; all are in the overview."""
MAX_LINKS = 40
"""Pipelines in the table of contents."""
MAX_WAITS = 12

_ENDS = ("low", "expected", "high")
_BRANCHES = {"IfSteps": "if true", "ElseSteps": "else", "ForEachBody": "for each"}


@record
class Meeting:
    """What the head of the page says. Empty texts are left out."""

    title: str = "Pipeline review"
    date: str = ""
    commit: str = ""
    prepared_for: str = ""
    scanned: str = ""


@record
class Trial:
    """``--what-if``: the changes as they were given, and the cost with them."""

    changes: str
    cost: CostReport


def render(
    review: Review,
    cost: CostReport,
    meeting: Meeting | None = None,
    trial: Trial | None = None,
    over_time: tuple[Sequence[Point], int] | None = None,
    measured: MeasuredSteps | None = None,
) -> str:
    """The whole page. Nothing is loaded from anywhere; it works without JavaScript.

    ``over_time`` are revisions with their cost, and how many there are in all; ``measured`` is what
    a history says of the steps.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    here = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(here),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = ((here / name).read_text("utf-8") for name in ("page.css", "page.js"))
    meeting = meeting or Meeting()
    page = environment.get_template("page.html.j2").render(
        style=Markup(style),  # noqa: S704 - a file of this package
        script=Markup(script),  # noqa: S704
        policy=content_policy(style, script),
        version=__version__,
        meeting={
            name: printable(getattr(meeting, name), MAX_TEXT)
            for name in ("title", "date", "commit", "prepared_for", "scanned")
        },
        over_time=_over_time(*over_time) if over_time else None,
        measured=None if measured is None else _measured(*measured),
        **_content(review, cost, trial),
    )
    return visible(page)


def _measured(rows: Sequence[MeasuredStep], notes: Sequence[str]) -> dict[str, Any]:
    return {
        "headings": list(HEADINGS),
        "rows": [[printable(cell, MAX_TEXT) for cell in cells_of(row)] for row in rows],
        "notes": [printable(note, MAX_TEXT) for note in notes],
    }


def _over_time(points: Sequence[Point], total: int) -> dict[str, Any]:
    return {
        "title": TITLE,
        "rows": [
            (row.date, row.commit, row.subject, row.amount, row.change, f"{row.share * 100:.2f}")
            for row in rows_of(points)
        ],
        "notes": notes_of(points, total),
    }


def content_policy(style: str, script: str = "") -> str:
    """Only this style and this script; nothing is loaded, sent or framed."""

    def hashed(text: str) -> str:
        return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}'"

    scripts = f" script-src {hashed(script)};" if script else ""
    return (
        f"default-src 'none'; style-src {hashed(style)};{scripts}"
        " base-uri 'none'; form-action 'none'"
    )


def _content(review: Review, cost: CostReport, trial: Trial | None) -> dict[str, Any]:
    grouping = Grouping(review)
    failed = [f for f in review.single_findings if f.verdict is Verdict.FAIL]
    undecided = [f for f in review.single_findings if f.verdict is Verdict.UNKNOWN]
    counts = Counter(f.severity.word for f in failed)
    severities = [(s.word, counts[s.word]) for s in reversed(Severity) if counts[s.word]]
    pipelines, overview = _pipelines(review, cost, failed, [word for word, _ in severities])
    crashes = [
        (printable(c.path), printable(f"rule {c.rule} failed on {c.subject}: {c.message}", 400))
        for c in review.lint.crashes
    ]
    unread = [
        (f"{printable(p.span.path)}:{p.span.start_line}", printable(p.message, MAX_TEXT))
        for p in review.unread
    ]
    return {
        "gate": review.gate,
        "reasons": [printable(reason, MAX_TEXT) for reason in review.gate.reasons],
        "files": review.project.files,
        "severities": severities,
        "found": len(failed),
        "groups": grouping.by_rule(failed),
        "unknowns": grouping.by_rule(undecided),
        "undecided": len(undecided),
        "unread": _capped([*unread, *crashes]),
        "absent": _capped([printable(address, 300) for address in review.project.absent]),
        "accepted": _capped(grouping.accepted()),
        "suppressed": review.suppressed_count,
        "baselined": review.baselined_count,
        "pipelines": pipelines,
        "not_described": max(len(review.project.pipelines) - MAX_PIPELINES, 0),
        "linked": MAX_LINKS,
        "overview": overview,
        "standing": _standing(cost),
        "savings": _savings(cost),
        "what_if": None if trial is None else compared(cost, trial.cost, trial.changes),
        "unpriced": _capped(
            [
                {
                    "of": printable(gap.pipeline or gap.step or gap.address, 200),
                    "address": printable(gap.address or gap.path, 200),
                    "step": printable(gap.step if gap.pipeline else "", 200),
                    "why": printable(gap.reason, MAX_TEXT),
                }
                for gap in cost.unpriced
            ]
        ),
        "seen": [printable(text, MAX_TEXT) for text in left_out_lines(cost)],
        "per_run": at_least(cost.per_run, cost.complete_run),
        "per_month": _tile(cost.per_month, cost.complete),
        "pipelines_month": _tile(cost.pipelines_per_month, pipelines_whole(cost)),
        "standing_month": _tile(cost.standing_per_month, standing_whole(cost)),
        "coverage": cost.coverage.said,
        "priced": (cost.steps_priced, cost.steps_total),
        "basis": printable(cost.assumptions.said),
        "book": book_line(cost),
        "warnings": [printable(text, MAX_TEXT) for text in price_warnings(cost)],
    }


def _tile(value: Range, whole: bool) -> tuple[str, str]:
    """The expected figure, and the range beneath it."""
    return amounts.middle(value, whole), amounts.between(value)


def _capped(rows: Sequence[Any], most: int = MAX_ROWS) -> dict[str, Any]:
    """The rows that are shown, and how many are not."""
    return {"rows": rows[:most], "hidden": max(len(rows) - most, 0), "count": len(rows)}


# --- pipelines ----------------------------------------------------------------------------------


def _pipelines(
    review: Review, cost: CostReport, failed: Sequence[Finding], severities: Sequence[str]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The sections of the pipelines and the table over all of them, the dearest first."""
    priced = {estimate.identity: estimate for estimate in cost.pipelines}
    pairs = [(p, priced[p.document.identity]) for p in review.project.pipelines]
    pairs.sort(key=lambda pair: -pair[1].per_month.expected)
    of_document: dict[Any, list[Finding]] = defaultdict(list)
    for finding in failed:
        for document in finding.instances:
            of_document[document].append(finding)
    about = [of_document.get(pipeline.document, []) for pipeline, _ in pairs]
    placed = {id(finding) for findings in about for finding in findings}
    elsewhere = [finding for finding in failed if id(finding) not in placed]
    rows, boxes = MAX_STEPS, MAX_BOXES
    sections = []
    described = list(zip(pairs, about, strict=True))[:MAX_PIPELINES]
    for number, ((pipeline, estimate), findings) in enumerate(described, 1):
        drawn = len(pipeline.steps) <= min(MAX_DRAWN, boxes)
        section = _pipeline(number, pipeline, estimate, findings, drawn, max(rows, 0))
        rows -= len(estimate.steps)
        boxes -= len(pipeline.steps) if drawn else 0
        sections.append(section)
    return sections, _overview(cost, sections, pairs, about, elsewhere, severities)


def _overview(
    cost: CostReport,
    sections: Sequence[Mapping[str, Any]],
    pairs: Sequence[tuple[Pipeline, PipelineEstimate]],
    about: Sequence[Sequence[Finding]],
    elsewhere: Sequence[Finding],
    severities: Sequence[str],
) -> dict[str, Any]:
    """One row a pipeline, the totals, and what was found outside of pipelines."""
    estimates = [estimate for _, estimate in pairs]
    runs, run_total = column([e.per_run.expected for e in estimates])
    months = [
        amounts.split_column(
            [getattr(e.per_month, end) for e in estimates], getattr(cost.standing_per_month, end)
        )
        for end in _ENDS
    ]
    bests = [amounts.best_saving(estimate) for estimate in estimates]
    stands = [amounts.best_saving(item) for item in cost.standing]
    saved = amounts.split_column(bests, sum(stands, Decimal(0)))
    roots = {estimate.root for estimate in estimates if estimate.root.kind != "file"}
    rows = []
    for index, ((pipeline, estimate), findings) in enumerate(zip(pairs, about, strict=True)):
        whole_run, whole = estimate.complete_run, estimate.complete
        known = bool(estimate.per_run.high)
        rows.append(
            {
                "id": sections[index]["id"] if index < len(sections) else "",
                "title": printable(pipeline.title, 200),
                "path": printable(pipeline.path, 300),
                "root": printable(str(estimate.root), 200) if len(roots) > 1 else "",
                "region": place_of(estimate.where),
                "placed_by": printable(estimate.where.source, 120),
                "runs": marked(_number(estimate.runs), not estimate.runs_more, True),
                "runs_amount": estimate.runs.expected,
                "runs_source": _runs_source(estimate),
                "run": marked(runs[index], whole_run, known),
                "month": [marked(month.parts[index], whole, known) for month in months],
                "amounts": [getattr(estimate.per_month, end) for end in _ENDS],
                "findings": _by_severity(findings, severities),
                "saving": saved.parts[index] if bests[index] else "",
            }
        )
    known = bool(cost.per_run.high)
    counts = [_by_severity(findings, severities) for findings in about]
    outside = _by_severity(elsewhere, severities)
    return {
        "rows": rows,
        "severities": severities,
        "run": marked(run_total, cost.complete_run, known),
        "month": [marked(month.together, pipelines_whole(cost), known) for month in months],
        "findings": [sum(count[n] for count in counts) for n in range(len(severities))],
        "saving": saved.together if any(bests) else "",
        "standing": [
            marked(month.rest, standing_whole(cost), bool(cost.standing_per_month.high))
            if cost.standing
            else ""
            for month in months
        ],
        "outside": outside,
        "standing_saving": saved.rest if any(stands) else "",
        "all": [marked(month.whole, cost.complete, bool(cost.per_month.high)) for month in months],
        "all_findings": [
            sum(count[n] for count in (*counts, outside)) for n in range(len(severities))
        ],
        "all_saving": saved.whole,
        "any_saving": any((*stands, *bests)),
        "shared": sum(map(len, about)) - len({id(f) for found in about for f in found}),
    }


def _by_severity(findings: Sequence[Finding], severities: Sequence[str]) -> list[int]:
    counts = Counter(finding.severity.word for finding in findings)
    return [counts[word] for word in severities]


def _number(value: Range) -> str:
    low, middle, high = (
        f"{number.quantize(Decimal('0.01')).normalize():,f}"
        for number in (value.low, value.expected, value.high)
    )
    return middle if low == high else f"{middle} ({low}–{high})"


_RUNS = {
    ASSUMPTION: "assumed",
    USAGE: "measured: usage file",
    HISTORY: "measured: history",
    "option": "as given",
    "schedule": "derived",
}
"""Where a number of runs comes from, for people."""


def _runs_source(estimate: PipelineEstimate) -> str:
    """Where the number of runs comes from: ``assumed``, ``derived by rate(1 hour) in …``."""
    source, detail = _RUNS.get(estimate.runs_source, estimate.runs_source), estimate.runs_detail
    joint = " " if detail.startswith("by ") else ", "
    said = f"{source}{joint}{detail}" if detail else source
    return printable("; ".join(filter(None, (said, estimate.runs_more))), 400)


def _pipeline(
    number: int,
    pipeline: Pipeline,
    estimate: PipelineEstimate,
    findings: Sequence[Finding],
    drawn: bool,
    most: int,
) -> dict[str, Any]:
    in_step: dict[Any, list[Finding]] = defaultdict(list)
    for finding in findings:
        place = step_of(finding)
        if place is not None:
            in_step[place].append(finding)
    places = {step.path: n for n, step in enumerate(pipeline.steps, 1)}
    priced = {step.object_path: step for step in estimate.steps}
    nodes = nodes_of(pipeline, estimate, {})
    faces = [
        Face(
            places[node.step.path],
            node.label,
            _face_lines(node.step, priced.get(node.step.path), in_step[node.step.path]),
            _worst(in_step[node.step.path]),
        )
        for node in nodes
    ]
    waits = {
        node.step.path: sorted(faces[n].number for n in node.waits) for node in nodes if node.waits
    }
    critical = schedule(nodes, estimate)[2]
    return {
        "id": f"pipeline-{number}",
        "title": printable(pipeline.title, 200),
        "path": printable(pipeline.path, 300),
        "address": printable(pipeline.address, 300),
        "region": place_of(estimate.where),
        "per_run": at_least(estimate.per_run, estimate.complete_run),
        "per_month": at_least(estimate.per_month, estimate.complete),
        "runs": printable(estimate.runs_said, MAX_TEXT),
        "duration": _hours(estimate.duration),
        "findings": len(findings),
        "own": len(findings) - sum(map(len, in_step.values())),
        "notes": [printable(note, MAX_TEXT) for note in estimate.notes],
        "steps_count": len(pipeline.steps),
        "tiles": draw(nodes, faces, critical) if drawn and nodes else [],
        "critical": " → ".join(f"#{faces[n].number} {faces[n].name}" for n in critical[:30])
        + (f" → and {len(critical) - 30} more" if len(critical) > 30 else ""),
        "timeline": timeline(nodes, faces, estimate) if drawn else [],
        **_steps(pipeline, estimate, in_step, places, waits, most),
    }


def _face_lines(step: Any, price: StepEstimate | None, found: Sequence[Finding]) -> tuple[str, ...]:
    kind = printable(str(step.type or "no type"), 40)
    branch = _BRANCHES.get(step.branch, "")
    lines = [f"{kind}, {branch}" if branch else kind]
    if price is not None and not price.free:
        lines.append(
            f"{usd(price.total.expected)} a run"
            if not price.unpriced
            else f"≥ {usd(price.total.expected)} a run"
            if price.total.high
            else NO_PRICE
        )
    if found:
        lines.append(f"{_plural(len(found), 'finding')}, {_worst(found)}")
    return tuple(lines)


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _worst(findings: Sequence[Finding]) -> str:
    return max((f.severity for f in findings), default=Severity.INFO).word if findings else ""


def _steps(
    pipeline: Pipeline,
    estimate: PipelineEstimate,
    in_step: Mapping[Any, Sequence[Finding]],
    places: Mapping[Any, int],
    waits: Mapping[Any, Sequence[int]],
    most: int,
) -> dict[str, Any]:
    """The rows of the steps' table; of very many the dearest, and one row for the rest."""
    every = estimate.steps
    shown = list(every)
    if len(every) > most:
        keep = sorted(range(len(every)), key=lambda n: -every[n].share.expected)[:most]
        shown = [every[n] for n in sorted(keep)]
    kept = {id(step) for step in shown}
    rest = [step for step in every if id(step) not in kept]
    sums = []
    for end in _ENDS:
        values = [getattr(step.share, end) for step in shown]
        if rest:
            values.append(sum((getattr(step.share, end) for step in rest), Decimal(0)))
        sums.append(column(values))
    greatest = max((step.share.expected for step in every), default=Decimal(0))
    weighed = [amounts.weight_of(step) for step in shown]
    whole = not any(step.unpriced for step in every)
    types = {step.path: step for step in pipeline.steps}
    rows = []
    for index, step in enumerate(shown):
        own = types.get(step.object_path)
        branch = _BRANCHES.get(own.branch, "") if own is not None else ""
        rows.append(
            {
                "number": places.get(step.object_path, index + 1),
                "name": printable(step.name, 120),
                "type": printable(step.type, 60),
                "branch": branch,
                "after": _after(waits.get(step.object_path, ())),
                "machines": amounts.machines(step),
                "hourly": amounts.hourly(step),
                "hours": amounts.hours_of(step),
                "basis": step.basis.words,
                "alone": "free" if step.free else at_least(step.total, not step.unpriced),
                "weight": weighed[index],
                "permitted": amounts.permitted(step),
                "cells": ["free"] * 3
                if step.free
                else [
                    marked(texts[index], not step.unpriced, bool(step.total.high))
                    for texts, _ in sums
                ],
                "amounts": [getattr(step.share, end) for end in _ENDS],
                "share": float(step.share.expected / greatest * 100) if greatest else 0.0,
                "findings": len(in_step.get(step.object_path, ())),
                "worst": _worst(in_step.get(step.object_path, ())),
            }
        )
    return {
        "steps": rows,
        "rest": {
            "count": len(rest),
            "cells": [
                marked(
                    texts[-1],
                    not any(step.unpriced for step in rest),
                    any(step.total.high for step in rest),
                )
                for texts, _ in sums
            ],
            "findings": sum(len(in_step.get(step.object_path, ())) for step in rest),
        }
        if rest
        else None,
        "sums": [marked(text, whole, bool(estimate.per_run.high)) for _, text in sums],
        "step_findings": sum(map(len, in_step.values())),
        "permits": any(row["permitted"] for row in rows),
        "remarks": [
            (
                row["number"],
                row["name"],
                printable("; ".join(filter(None, (step.unpriced, *step.notes))), MAX_TEXT),
                printable(step.price_source, 200),
            )
            for row, step in zip(rows, shown, strict=True)
            if step.unpriced or step.notes or step.price_source
        ],
    }


def _after(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    more = len(numbers) - MAX_WAITS
    text = ", ".join(f"#{number}" for number in numbers[:MAX_WAITS])
    return f"after {text}" + (f" and {more} more" if more > 0 else "")


def _hours(value: Range) -> str:
    low, middle, high = (f"{number:,.2f}" for number in (value.low, value.expected, value.high))
    return f"{middle} h" if low == high else f"{middle} h ({low}–{high})"


# --- what stands, savings -----------------------------------------------------------------------


def _standing(cost: CostReport) -> dict[str, Any]:
    """What costs money while it exists; of very many the dearest, and one row for the rest."""
    items = sorted(cost.standing, key=lambda item: -item.usd_per_month.expected)
    shown, rest = items[:MAX_ROWS], items[MAX_ROWS:]
    values = [item.usd_per_month for item in shown]
    if rest:
        values.append(total(item.usd_per_month for item in rest))
    sums = [column([getattr(value, end) for value in values]) for end in _ENDS]
    return {
        "rows": [
            {
                "name": printable(item.name or item.address, 200),
                "address": printable(item.address if item.name else "", 200),
                "kind": printable(item.kind, 80) + (", idle" if item.idle else ""),
                "region": place_of(item.where),
                "machines": amounts.machines(item),
                "hourly": amounts.hourly(item),
                "basis": item.basis.words,
                "cells": ["free"] * 3
                if getattr(item, "free", False)
                else [
                    marked(texts[index], not item.unpriced, bool(item.usd_per_month.high))
                    for texts, _ in sums
                ],
                "amounts": [getattr(item.usd_per_month, end) for end in _ENDS],
                "notes": printable(
                    "; ".join(
                        filter(
                            None,
                            (
                                item.unpriced,
                                *item.notes,
                                f"price: {item.price_source}" if item.price_source else "",
                            ),
                        )
                    ),
                    MAX_TEXT,
                ),
            }
            for index, item in enumerate(shown)
        ],
        "count": len(items),
        "rest": {
            "count": len(rest),
            "cells": [
                marked(
                    texts[-1],
                    not any(item.unpriced for item in rest),
                    any(item.usd_per_month.high for item in rest),
                )
                for texts, _ in sums
            ],
        }
        if rest
        else None,
        "sums": [
            marked(text, standing_whole(cost), bool(cost.standing_per_month.high))
            for _, text in sums
        ],
    }


def _savings(cost: CostReport) -> dict[str, Any]:
    """For each thing the best saving, and beneath it what could be done instead."""
    named = [(item.name, item.savings) for item in cost.pipelines]
    named += [(item.name or item.address, item.savings) for item in cost.standing]
    groups = [
        (printable(name, 120), group)
        for name, savings in named
        for group in amounts.alternatives(savings)
    ]
    groups.sort(key=lambda entry: -_amount(entry[1][0]).expected)
    best = cost.savings_total
    return {
        **_capped(
            [
                {
                    "of": name,
                    "step": printable(group[0].step, 120) if group[0].step != name else "",
                    "rows": [
                        {
                            "kind": printable(saving.kind, 60),
                            "instead": index > 0 and not saving.applied,
                            "amount": spread(_amount(saving)),
                            "how": printable(saving.how, MAX_TEXT),
                        }
                        for index, saving in enumerate(group)
                    ],
                }
                for name, group in groups
            ]
        ),
        "together": "" if best == ZERO else spread(best),
        "tile": _tile(best, True),
        "leaving": spread(cost.after_savings),
    }


def _amount(saving: Saving) -> Range:
    return saving.usd_per_month if saving.applied else amounts.alone(saving)
