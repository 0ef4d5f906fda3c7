"""Answers and comparisons as text: tables for people, CSV and JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from linter.core.printable import printable, width

MAX_CELL = 60
_SEVERITIES = ("critical", "high", "medium", "low", "info")


def answer_text(columns: Sequence[str], rows: Sequence[Sequence[Any]], form: str) -> str:
    """A query's answer as ``table``, ``csv`` or ``json``; ends with a line break."""
    if form == "csv":
        return _csv(columns, rows)
    if form == "json":
        from linter.core.jsonwrite import dumps

        names = _unique(columns)
        made = [{n: _plain(v) for n, v in zip(names, row, strict=True)} for row in rows]
        return dumps(made) + "\n"
    body = [[_shown(value) for value in row] for row in rows]
    right = [
        all(isinstance(row[n], int | float | Decimal) or row[n] is None for row in rows)
        for n in range(len(columns))
    ]
    return _table([printable(c, MAX_CELL) for c in columns], body, right)


def _unique(columns: Sequence[str]) -> list[str]:
    names: list[str] = []
    for name in columns:
        number, found = 1, name
        while found in names:
            number += 1
            found = f"{name}_{number}"
        names.append(found)
    return names


def _plain(value: Any) -> Any:
    """A value as JSON has it; money keeps its digits."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | bool | int | float | Decimal):
        return value
    return str(value)


def _csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue()


def _cell(value: Any) -> str:
    """A text that a spreadsheet would take for a formula gets an apostrophe, as it does there."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str):
        text = printable(value)
        return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
    return str(value)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return printable(str(value), MAX_CELL)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    widths = [max(map(width, column)) for column in zip(heads, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        parts = [
            " " * (size - width(cell)) + cell if end else cell + " " * (size - width(cell))
            for cell, size, end in zip(cells, widths, right, strict=True)
        ]
        return "  ".join(parts).rstrip()

    ruler = "  ".join("─" * size for size in widths)
    count = f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"
    return "\n".join([line(heads), ruler, *map(line, rows), count]) + "\n"


def comparison_text(
    teams: Sequence[Mapping[str, Any]],
    notes: Sequence[str],
    new: Sequence[Sequence[str]],
    fixed: Sequence[Sequence[str]],
) -> str:
    """What changed, one line a team and one a finding."""
    heads = ["team", "verdict", "new", "fixed", "USD/month before", "after", "change", "not read"]
    rows = []
    for team in teams:
        before, after = team["usd_month"]["before"], team["usd_month"]["after"]
        lost = team["not_read"]
        rows.append(
            [
                printable(team["team"] or "(no team)", MAX_CELL),
                team["verdict"],
                _by_severity(team["new"]),
                _by_severity(team["fixed"]),
                f"{before:,.2f}",
                f"{after:,.2f}",
                f"{after - before:+,.2f}",
                f"{lost['before']} → {lost['after']}",
            ]
        )
    out = [_table(heads, rows, [False, False, False, False, True, True, True, True])]
    out += [f"note: {printable(note, 300)}\n" for note in notes]
    for word, findings in (("New", new), ("Fixed", fixed)):
        if findings:
            out.append(f"\n{word}\n")
        for team_name, severity, rule, repository, place, message in findings:
            whose = f" ({printable(team_name, 40)})" if team_name else ""
            where = f"{printable(repository, 80)}: {printable(place, 120)}"
            out.append(f"  {severity:<8} {rule} {where}{whose}: {printable(message, 160)}\n")
    return "".join(out)


def _by_severity(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[word]} {word}" for word in _SEVERITIES if counts.get(word)) or "0"
