"""Results that ``check --format json`` saved, read back so that two of them can be compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from linter.core.documents import Problem
from linter.core.record import record
from linter.core.sources import Location, Span
from linter.policy.model import Confidence, Finding, RuleCrash, Severity, Verdict


class SavedError(Exception):
    """A file that is no saved result; one line that names it."""


@record
class Saved:
    """What of a result a comparison needs."""

    findings: tuple[Finding, ...]
    unread: tuple[Problem, ...]
    crashes: tuple[RuleCrash, ...]
    files: int


def load(path: Path) -> Saved:
    """The saved result in ``path``. Raises ``SavedError``."""
    try:
        body = json.loads(path.read_bytes())
    except OSError as error:
        raise SavedError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, RecursionError) as error:
        raise SavedError(f"{path}: not whole JSON; save it with check --format json") from error
    if not isinstance(body, dict) or "findings" not in body:
        raise SavedError(f"{path}: not a result of check --format json: it has no findings")
    version = body.get("schema_version")
    if not isinstance(version, str) or version.partition(".")[0] != "1":
        raise SavedError(f"{path}: schema_version is {version!r}; this pipewarden reads 1.x")
    try:
        return Saved(
            tuple(_finding(one) for item in body["findings"] for one in _members(item)),
            tuple(Problem(item["message"], _span(item)) for item in body["unread"]),
            tuple(_crash(item) for item in body.get("crashes", ())),
            int(body["summary"]["files"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SavedError(
            f"{path}: not a whole result of check --format json ({type(error).__name__}: {error})"
        ) from error


def _members(item: dict[str, Any]) -> list[dict[str, Any]]:
    """The single findings of one decision, else the finding itself."""
    members: list[dict[str, Any]] = item.get("members") or [{}]
    return [{**item, **member} for member in members]


def _finding(item: dict[str, Any]) -> Finding:
    return Finding(
        rule=_text(item, "rule"),
        name=_text(item, "name"),
        message=_text(item, "message"),
        address=_text(item, "address"),
        object=_text(item, "object"),
        area=str(item.get("area", "")),
        severity=Severity.parse(_text(item, "severity")),
        confidence=Confidence[str(item.get("confidence", "high")).upper()],
        verdict=Verdict(item["verdict"]),
        location=Location(_span(item)),
        fingerprint=_text(item, "fingerprint"),
        fixable=bool(item.get("fixable")),
        suppressed=bool(item.get("suppressed")),
        baselined=bool(item.get("baselined")),
    )


def _crash(item: dict[str, Any]) -> RuleCrash:
    return RuleCrash(*(_text(item, key) for key in ("rule", "subject", "path", "message")))


def _text(item: dict[str, Any], key: str) -> str:
    value = item[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is not text")
    return value


def _span(item: dict[str, Any]) -> Span:
    start = item["start"]
    end = item.get("end", start)
    places = (start["line"], start["column"], end["line"], end["column"])
    return Span(_text(item, "path"), *(int(place) for place in places))
