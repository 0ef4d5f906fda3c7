"""Two results: what got better and what got worse, for each team."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from linter.core.record import record
from linter.fleet.query import ask, connect
from linter.fleet.store import read_run

_SEVERITIES = ("critical", "high", "medium", "low", "info")


@record
class TeamChange:
    """What changed for a team; amounts are expected USD a month, after minus before where said."""

    team: str
    new: Mapping[str, int]
    fixed: Mapping[str, int]
    before: Decimal
    after: Decimal
    saving_before: Decimal
    saving_after: Decimal
    roots_before: int
    roots_after: int
    not_read_before: int
    not_read_after: int

    @property
    def verdict(self) -> str:
        """``better``, ``worse``, ``mixed`` or ``same``, by findings of the worst severities and
        by dollars."""
        worse = better = False
        for severity in _SEVERITIES[:3]:
            balance = self.new.get(severity, 0) - self.fixed.get(severity, 0)
            worse, better = worse or balance > 0, better or balance < 0
        worse, better = worse or self.after > self.before, better or self.after < self.before
        return "mixed" if worse and better else "worse" if worse else "better" if better else "same"

    def to_json(self) -> dict[str, Any]:
        return {
            "team": self.team,
            "verdict": self.verdict,
            "new": dict(self.new),
            "fixed": dict(self.fixed),
            "usd_month": {"before": self.before, "after": self.after},
            "saving_month": {"before": self.saving_before, "after": self.saving_after},
            "roots": {"before": self.roots_before, "after": self.roots_after},
            "not_read": {"before": self.not_read_before, "after": self.not_read_after},
        }


@record
class Comparison:
    """Two results side by side. ``notes`` say what may have changed beside the code."""

    teams: tuple[TeamChange, ...]
    notes: tuple[str, ...]
    new: tuple[tuple[str, ...], ...]
    """Team, severity, rule, repository, path and line, message of what is new, worst first."""
    fixed: tuple[tuple[str, ...], ...]


MAX_LISTED = 200


def compare(before: Path, after: Path) -> Comparison:
    """Compare two folders of results.

    Findings are the same where repository and fingerprint are, which lines that move do not change.

    Raises:
        StoreError, QueryError: one of them cannot be read, or is of another schema.
    """
    runs = [read_run(before), read_run(after)]
    notes = []
    for word, key in (("pipewarden", "tool"), ("settings", "settings")):
        one, other = (str(run.get(key)) for run in runs)
        if one != other:
            notes.append(f"{word} {one} before and {other} after: rules or prices may differ by it")
    for folder, run in zip((before, after), runs, strict=True):
        if run.get("status") != "done":
            notes.append(f"the run of {folder.name} did not come to its end")
    sides = [_side(folder) for folder in (before, after)]
    (old, old_teams), (new, new_teams) = sides
    gone = {key: old[key] for key in old.keys() - new.keys()}
    come = {key: new[key] for key in new.keys() - old.keys()}
    teams = []
    nothing = (Decimal(0), Decimal(0), 0, 0)
    for team in sorted({*old_teams, *new_teams}):
        was, now = old_teams.get(team, nothing), new_teams.get(team, nothing)
        teams.append(
            TeamChange(
                team,
                _counted(come.values(), team),
                _counted(gone.values(), team),
                was[0],
                now[0],
                was[1],
                now[1],
                was[2],
                now[2],
                was[3],
                now[3],
            )
        )
    return Comparison(tuple(teams), tuple(notes), _listed(come.values()), _listed(gone.values()))


_Finding = tuple[str, ...]


def _side(folder: Path) -> tuple[dict[Any, _Finding], dict[str, tuple[Decimal, Decimal, int, int]]]:
    connection = connect(folder)
    found = ask(
        connection,
        """SELECT repository, fingerprint, row_number() OVER (
             PARTITION BY repository, fingerprint ORDER BY root, line, message) AS n,
           team, severity, rule, path, line, message FROM findings
           WHERE verdict = 'fail' AND NOT suppressed AND NOT baselined""",
    )
    findings: dict[Any, _Finding] = {
        tuple(row[:3]): (row[3] or "", row[4], row[5], row[0], f"{row[6]}:{row[7]}", row[8])
        for row in found.rows
    }
    sums = ask(
        connection,
        """SELECT coalesce(team, ''), coalesce(sum(usd_month_expected), 0),
           coalesce(sum(saving_month_expected), 0), count(*),
           count(*) FILTER (status <> 'read') FROM roots GROUP BY 1""",
    )
    return findings, {row[0]: (row[1], row[2], row[3], row[4]) for row in sums.rows}


def _counted(findings: Any, team: str) -> dict[str, int]:
    counts = dict.fromkeys(_SEVERITIES, 0)
    for finding in findings:
        if finding[0] == team:
            counts[finding[1]] += 1
    return {severity: count for severity, count in counts.items() if count}


def _listed(findings: Any) -> tuple[_Finding, ...]:
    order = {word: number for number, word in enumerate(_SEVERITIES)}
    ordered = sorted(findings, key=lambda row: (order.get(row[1], 9), *row))
    return tuple(ordered[:MAX_LISTED])
