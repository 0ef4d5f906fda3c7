"""ISO 8601 durations, as SageMaker's step cache reads them."""

from __future__ import annotations

import re

from linter.core.regex import lazy_regex

_DURATION = lazy_regex(
    r"[Pp]?"
    r"(?:(\d{1,9})[Yy])?(?:(\d{1,9})[Mm])?(?:(\d{1,9})[Ww])?(?:(\d{1,9})[Dd])?"
    r"(?:[Tt](?:(\d{1,9})[Hh])?(?:(\d{1,9})[Mm])?(?:(\d{1,9})[Ss])?)?",
    re.ASCII,
)
_DAY = 86_400
_SECONDS = (365 * _DAY, 30 * _DAY, 7 * _DAY, _DAY, 3600, 60, 1)


def parse_duration(text: str) -> int | None:
    """Seconds of a duration; ``None`` when it is not one.

    The leading ``P`` may be missing and letters may be small, since the service's documentation
    itself writes ``30d`` and ``T16m``. A year counts as 365 days and a month as 30.
    """
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()) or text[-1] in "Tt":
        return None
    return sum(
        int(count) * seconds
        for count, seconds in zip(match.groups(), _SECONDS, strict=True)
        if count is not None
    )
