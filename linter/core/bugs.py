"""A bug of ours, contained: it costs the one thing that was worked on, by name, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from linter.core.documents import Problem
from linter.core.sources import Span


def bug(error: Exception, what: str, span: Span, address: str = "") -> Problem:
    """What an unforeseen exception cost, as a problem; the command ends with the code for bugs."""
    import os

    if os.environ.get("PIPEWARDEN_DEBUG"):
        import traceback

        traceback.print_exception(error)
    words = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return Problem(
        f"{what} could not be looked at because of a bug in pipewarden: {words}",
        span,
        rule="",
        hint="Please report it; PIPEWARDEN_DEBUG=1 prints the trace.",
        address=address,
        bug=True,
    )


@contextmanager
def contained(problems: list[Problem], what: str, span: Span, address: str = "") -> Iterator[None]:
    """Turns whatever goes wrong inside into a problem, so that everything else is still done."""
    try:
        yield
    except Exception as error:  # the boundary: a bug in one place must not hide the others
        problems.append(bug(error, what, span, address))
