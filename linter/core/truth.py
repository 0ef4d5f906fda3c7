"""Kleene's three-valued logic: ``True``, ``False``, and ``None`` for what cannot be known."""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | None


def kleene_not(truth: Truth) -> Truth:
    return None if truth is None else not truth


def kleene_and(*truths: Truth) -> Truth:
    return conjunction(truths)


def kleene_or(*truths: Truth) -> Truth:
    return disjunction(truths)


def conjunction(truths: Iterable[Truth]) -> Truth:
    """False wins, then unknown; true of nothing."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def disjunction(truths: Iterable[Truth]) -> Truth:
    """True wins, then unknown; false of nothing."""
    result: Truth = False
    for truth in truths:
        if truth is True:
            return True
        if truth is None:
            result = None
    return result


def agreement(truths: Iterable[Truth]) -> Truth:
    """What all of them say; unknown when they differ."""
    result: Truth = None
    first = True
    for truth in truths:
        if first:
            result, first = truth, False
        elif truth is not result:
            return None
    return result
