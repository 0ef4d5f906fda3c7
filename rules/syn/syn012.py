"""SYN012: pipelines of which nothing could be checked."""

from __future__ import annotations

from collections.abc import Iterable

from linter.domain.pipeline import Pipeline
from linter.policy.helpers import fail
from linter.policy.model import Context, Outcome, Subject


def check(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    if pipeline.not_read:
        yield fail((), f"{subject.title} was not linted or priced: {pipeline.not_read}")
