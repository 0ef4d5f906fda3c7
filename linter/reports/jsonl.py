"""JSON Lines: one object per line, for streams and log stores.

``type`` is ``finding``, ``unread``, ``crash`` or, in the last line, ``summary``; the rest of each
object is as in ``--format json``.
"""

from __future__ import annotations

from linter.core.jsonwrite import dumps
from linter.gate.review import Review
from linter.reports.json_report import as_dict

_KINDS = {"findings": "finding", "unread": "unread", "crashes": "crash"}


def render(review: Review) -> str:
    """Lines, each of which ends with a line break."""
    report = as_dict(review)
    lines = [
        dumps({"type": kind, **item}, indent=None)
        for key, kind in _KINDS.items()
        for item in report[key]
    ]
    head = {"type": "summary", "schema_version": report["schema_version"], "tool": report["tool"]}
    lines.append(dumps({**head, **report["summary"]}, indent=None))
    return "\n".join(lines) + "\n"
