"""What Dask runs: open an entry, scan a root. Each gives what happened and never raises."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from linter.core.record import fields_of, record
from linter.fleet.checkout import CheckoutError, checked_out
from linter.fleet.isolation import Answer, ask
from linter.fleet.warm import DONE
from linter.version import __version__


@record
class Limits:
    """What one root may take; times in seconds, memory in MB."""

    seconds: float = 300.0
    megabytes: float = 1024.0
    opening: float = 900.0
    files: int = 20_000

    def to_json(self) -> dict[str, float]:
        return {name: getattr(self, name) for name in fields_of(self)}


Outcome = dict[str, Any]
"""``failed`` is ``None`` or (kind, message); the rest depends on the task."""


def version() -> str:
    """What is installed on a worker."""
    return __version__


def open_entry(task: Mapping[str, Any]) -> Outcome:
    """Fetch an entry, and say which roots it has."""
    limits, entry = task["limits"], task["entry"]
    try:
        with checked_out(entry, task["work"], limits["opening"]) as found:
            answer = ask(
                "split",
                {"directory": found.directory, "options": task["options"]},
                seconds=limits["opening"],
                megabytes=limits["megabytes"],
            )
            outcome = _outcome(answer)
            outcome["revision"] = found.revision
            return outcome
    except CheckoutError as error:
        return failed(error.kind, str(error))
    except Exception as error:
        return failed("bug", f"{type(error).__name__}: {error}")


def scan_root(task: Mapping[str, Any]) -> Outcome:
    """Everything that is said of one root."""
    limits, entry, root = task["limits"], task["entry"], task["root"]
    if root["files"] > limits["files"]:
        many = f"{root['files']:,} files, more than the {limits['files']:,} that a root may have"
        return failed("files", f"{many} (--max-files)")
    try:
        with checked_out(entry, task["work"], limits["opening"], task["revision"]) as found:
            request = {
                "directory": found.directory,
                "paths": root["paths"],
                "options": task["options"],
                "page": task["page"],
                "title": f"{entry['name']}: {root['path']}",
                "revision": found.revision,
                "team": entry["team"],
            }
            answer = ask("scan", request, seconds=limits["seconds"], megabytes=limits["megabytes"])
            return _outcome(answer)
    except CheckoutError as error:
        return failed(error.kind, str(error))
    except Exception as error:
        return failed("bug", f"{type(error).__name__}: {error}")


def _outcome(answer: Answer) -> Outcome:
    measured = {
        "seconds": answer.seconds,
        "cpu": answer.cpu,
        "peak_mb": answer.peak_mb,
        "worker": _worker(),
    }
    if answer.outcome != DONE:
        return {"failed": (answer.outcome, answer.detail), **measured}
    body = json.loads(answer.body)
    if "refused" in body:
        return {"failed": ("settings", body["refused"]), **measured}
    return {"failed": None, "body": body, **measured}


def failed(kind: str, message: str) -> Outcome:
    """What is said of a task that gave no rows."""
    return {
        "failed": (kind, message),
        "seconds": 0.0,
        "cpu": 0.0,
        "peak_mb": 0,
        "worker": _worker(),
    }


def _worker() -> str:
    """The address of the Dask worker that runs this; ``""`` outside of one."""
    from distributed import get_worker

    try:
        return str(get_worker().address)
    except ValueError:
        return ""
