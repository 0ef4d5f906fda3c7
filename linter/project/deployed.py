"""Which of a project's pipelines exist: each definition counts once."""

from __future__ import annotations

from collections.abc import Sequence

from linter.domain.pipeline import Pipeline


def deployed(pipelines: Sequence[Pipeline]) -> list[Pipeline]:
    """The pipelines without the files that others are made of.

    A definition in a JSON file that Terraform or CloudFormation reads is found twice: as that
    resource's pipeline, and by itself. Only the first will run, and is paid for.
    """
    sources = {
        pipeline.locate().span.path
        for pipeline in pipelines
        if pipeline.resource is not None and isinstance(pipeline.definition, dict)
    }
    return [
        pipeline
        for pipeline in pipelines
        if pipeline.resource is not None or pipeline.path not in sources
    ]
