"""The baseline: findings that existed when a team began, which do not fail the gate.

A file of counts keyed by path and fingerprint, so a new violation in another file is never taken
for an old one. It grows only by ``create`` and ``update``; entries that nothing matches any more
are stale and are reported until ``prune`` takes them out.
"""

from __future__ import annotations

import json
import stat
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from linter.core.files import WriteError, write_report
from linter.core.jsonwrite import dumps
from linter.core.record import entity, field, record
from linter.policy.model import Finding, Verdict
from linter.version import __version__

FORMAT_VERSION = 1
MAX_BYTES = 200_000_000

__all__ = [
    "Baseline",
    "BaselineError",
    "Change",
    "Entry",
    "WriteError",
    "apply",
    "create",
    "load",
    "prune",
    "save",
    "update",
]

Key = tuple[str, str]
"""Path from the repository's root, and fingerprint."""


class BaselineError(Exception):
    """A baseline that cannot be used; one line that names the file and, if it can, the line."""


@record
class Entry:
    """Findings of one fingerprint in one file; rule and message are for people only."""

    path: str
    fingerprint: str
    rule: str
    message: str
    count: int = 1

    @property
    def key(self) -> Key:
        return self.path, self.fingerprint


@entity
class Baseline:
    entries: dict[Key, Entry] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many findings it covers."""
        return sum(entry.count for entry in self.entries.values())


@record
class Change:
    """What ``update`` or ``prune`` did, in findings; to be printed, so nothing grows silently."""

    added: int = 0
    removed: int = 0
    total: int = 0


def load(path: str | Path) -> Baseline:
    """Read a baseline. Raises :class:`BaselineError`."""
    try:
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):
            raise BaselineError(f"{path}: the baseline cannot be read: not a regular file")
        if status.st_size > MAX_BYTES:
            raise BaselineError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB")
        text = Path(path).read_text(encoding="utf-8")
        data = json.loads(text)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BaselineError(f"{path}: the baseline cannot be read: {reason}") from error
    except UnicodeDecodeError as error:
        raise BaselineError(f"{path}: the baseline is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise BaselineError(
            f"{path}:{error.lineno}:{error.colno}: the baseline is not valid JSON ({error.msg}); "
            "restore it from version control or recreate it with baseline create"
        ) from error
    except (RecursionError, ValueError) as error:
        raise BaselineError(f"{path}: the baseline is not a baseline file") from error
    return _parse(str(path), data)


def _parse(path: str, data: Any) -> Baseline:
    if not isinstance(data, dict) or not isinstance(data.get("findings"), list):
        raise BaselineError(f"{path}: not a baseline: it has no list named findings")
    version = data.get("version")
    if version != FORMAT_VERSION:
        raise BaselineError(
            f"{path}: version {str(version)[:20]} of the baseline format is not known, "
            f"only {FORMAT_VERSION}"
        )
    baseline = Baseline()
    for number, item in enumerate(data["findings"]):
        entry = _entry(item)
        if entry is None:
            raise BaselineError(f"{path}: findings[{number}] is not an entry of a baseline")
        if entry.key in baseline.entries:
            raise BaselineError(f"{path}: findings[{number}] repeats an earlier entry")
        baseline.entries[entry.key] = entry
    return baseline


def _entry(item: Any) -> Entry | None:
    if not isinstance(item, dict):
        return None
    path, fingerprint = item.get("path"), item.get("fingerprint")
    rule, message = item.get("rule"), item.get("message")
    count = item.get("count", 1)
    if not (isinstance(path, str) and isinstance(fingerprint, str) and path and fingerprint):
        return None
    if not (isinstance(rule, str) and isinstance(message, str)):
        return None
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        return None
    return Entry(path, fingerprint, rule, message, count)


def save(path: str | Path, baseline: Baseline) -> None:
    """Write a baseline as a whole, in a stable order. Raises ``WriteError``."""
    findings = [
        {
            "path": entry.path,
            "rule": entry.rule,
            "message": entry.message,
            "fingerprint": entry.fingerprint,
            **({"count": entry.count} if entry.count > 1 else {}),
        }
        for entry in sorted(
            baseline.entries.values(), key=lambda e: (e.path, e.rule, e.fingerprint)
        )
    ]
    head = {"version": FORMAT_VERSION, "made_by": f"pipewarden {__version__}"}
    write_report(path, dumps({**head, "findings": findings}) + "\n")


def create(findings: Sequence[Finding], prefix: str = "") -> Baseline:
    """A baseline of failures that are not suppressed. ``prefix`` as in ``Project.path_prefix``."""
    entries: dict[Key, Entry] = {}
    counts = _counts(findings, prefix)
    for finding in findings:
        key = (prefix + finding.path, finding.fingerprint)
        if key in counts and key not in entries:
            entries[key] = Entry(*key, finding.rule, finding.message[:500], counts[key])
    return Baseline(entries)


def _counts(findings: Sequence[Finding], prefix: str) -> Counter[Key]:
    return Counter((prefix + f.path, f.fingerprint) for f in findings if _counted(f))


def _counted(finding: Finding) -> bool:
    return finding.verdict is Verdict.FAIL and not finding.suppressed


def apply(baseline: Baseline, findings: Sequence[Finding], prefix: str = "") -> list[Entry]:
    """Mark findings that the baseline covers (``baselined``); gives the stale entries.

    Of an entry's count as many findings are marked as there are, no more than it counts. A stale
    entry is one with findings left over; its ``count`` says how many.
    """
    left = Counter({key: entry.count for key, entry in baseline.entries.items()})
    for finding in findings:
        if not _counted(finding):
            continue
        # What was accepted of every variant of a root is accepted of some.
        for fingerprint in (finding.fingerprint, finding.general):
            key = (prefix + finding.path, fingerprint)
            if left[key] > 0:
                left[key] -= 1
                finding.baselined = True
                break
    return [
        Entry(entry.path, entry.fingerprint, entry.rule, entry.message, left[key])
        for key, entry in baseline.entries.items()
        if left[key] > 0
    ]


def prune(
    baseline: Baseline, findings: Sequence[Finding], prefix: str = ""
) -> tuple[Baseline, Change]:
    """Without what is stale. Adds nothing."""
    counts = _counts(findings, prefix)
    kept = {
        key: Entry(
            entry.path, entry.fingerprint, entry.rule, entry.message, min(entry.count, counts[key])
        )
        for key, entry in baseline.entries.items()
        if counts[key]
    }
    pruned = Baseline(kept)
    return pruned, Change(0, baseline.total - pruned.total, pruned.total)


def update(
    baseline: Baseline, findings: Sequence[Finding], prefix: str = ""
) -> tuple[Baseline, Change]:
    """What is found now: new findings added, stale ones taken out, both counted."""
    kept, change = prune(baseline, findings, prefix)
    new = create(findings, prefix)
    return new, Change(new.total - kept.total, change.removed, new.total)
