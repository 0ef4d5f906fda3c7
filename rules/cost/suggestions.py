"""What a fix needs to know about Spot: whether it may be used, and how long it may wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linter.core.documents import Path
from linter.core.values import MISSING, dig, lookup
from linter.policy.model import CannotFixError, Subject


def spot_on(subject: Subject, at: Path, parameters: Mapping[str, Any]) -> bool:  # noqa: ARG001
    """``True`` where an interrupted job can go on. Raises :class:`CannotFixError`."""
    if lookup(dig(subject.value, *at[:-1]), "CheckpointConfig") in (MISSING, None):
        raise CannotFixError("without a CheckpointConfig an interruption would lose everything")
    return True


def wait_time(subject: Subject, at: Path, parameters: Mapping[str, Any]) -> int:  # noqa: ARG001
    """Twice the limit of the run, in seconds: as long to wait as to run.

    Raises:
        CannotFixError: there is no limit, or it is not known.
    """
    limit = dig(subject.value, *at[:-1], "MaxRuntimeInSeconds")
    if not isinstance(limit, int) or isinstance(limit, bool) or limit <= 0:
        raise CannotFixError("there is no MaxRuntimeInSeconds to derive the wait time from")
    return 2 * limit
