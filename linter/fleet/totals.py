"""The sums of a run that its ``run.json`` keeps: what trends and differences are drawn from."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from linter.fleet.store import rows_of

_SEVERITIES = ("critical", "high", "medium", "low", "info")
_SUMS = (
    *(f"usd_month_{end}" for end in ("low", "expected", "high")),
    *(f"saving_month_{end}" for end in ("low", "expected", "high")),
)
_COUNTS = ("pipelines", "steps", "findings", *_SEVERITIES, "undecided", "unpriced")


def totals_of(folder: Path) -> dict[str, Any]:
    """By team, and findings by rule. Money as text with all its digits."""
    teams: dict[str, dict[str, Any]] = {}
    gates = 0
    columns = ["team", "status", "gate_passed", "unread", *_COUNTS, *_SUMS]
    for row in rows_of(folder, "roots", columns):
        team = teams.setdefault(
            row["team"] or "",
            {"roots": 0, "read": 0, "partly": 0, "not": 0}
            | dict.fromkeys(_COUNTS, 0)
            | dict.fromkeys(_SUMS, Decimal(0)),
        )
        team["roots"] += 1
        team[row["status"]] += 1
        gates += row["gate_passed"] is False and not row["unread"]
        for name in (*_COUNTS, *_SUMS):
            team[name] += row[name] or 0
    rules: Counter[str] = Counter()
    columns = ["rule", "verdict", "suppressed", "baselined"]
    for row in rows_of(folder, "findings", columns):
        if row["verdict"] == "fail" and not row["suppressed"] and not row["baselined"]:
            rules[row["rule"]] += 1
    return {
        "gates_failed": gates,
        "teams": {
            name: {key: str(v) if isinstance(v, Decimal) else v for key, v in team.items()}
            for name, team in sorted(teams.items())
        },
        "rules": dict(sorted(rules.items())),
    }
