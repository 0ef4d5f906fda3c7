"""The version before a change, for rules that judge the change itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linter.domain.pipeline import Pipeline, Step
    from linter.project.model import Project


class Earlier:
    """The project as it was, and the files that were renamed since (old path → new path)."""

    def __init__(self, project: Project, renames: Mapping[str, str]) -> None:
        self.project = project
        self._renames = renames

    def step(self, step: Step) -> Step | None:
        """The same step of the same pipeline; ``None`` when it is new."""
        before = self._pipelines.get(_key(step.pipeline, {}))
        return None if before is None else before.steps_by_name.get(step.name)

    @cached_property
    def _pipelines(self) -> dict[tuple[str, str], Pipeline]:
        return {_key(pipeline, self._renames): pipeline for pipeline in self.project.pipelines}


def _key(pipeline: Pipeline, renames: Mapping[str, str]) -> tuple[str, str]:
    path = renames.get(pipeline.path, pipeline.path)
    return path, pipeline.address or pipeline.title.replace(pipeline.path, path)
