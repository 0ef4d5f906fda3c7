"""Which pipelines, and what calls them, a value denotes: by reference, else by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from linter.core.documents import Document
from linter.core.values import MISSING, Template, make_string
from linter.domain.pipeline import Pipeline
from linter.project.model import Project

_ARN = ":pipeline/"


class Names:
    """The resources of a project, by what others write of them."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._of_document: dict[int, list[Pipeline]] = defaultdict(list)
        self._by_name: dict[Any, list[Pipeline]] = defaultdict(list)
        for pipeline in project.pipelines:
            self._of_document[id(pipeline.document)].append(pipeline)
            if isinstance(pipeline.name, str | Template):
                self._by_name[_folded(pipeline.name)].append(pipeline)
        self._types = {p.document.type for p in project.pipelines if p.resource is not None}

    def instances(
        self, value: Any, document: Document, types: Collection[str]
    ) -> list[tuple[Document, bool]]:
        """The resources of some types that a value in a document refers to.

        The flag says whether it is certainly this one, and not one of several.
        """
        found = [item for item in self._project.linked(value, document) if item.type in types]
        return [(item, len(found) == 1) for item in found]

    def pipelines(self, name: Any, document: Document) -> list[tuple[Pipeline, bool]]:
        """The pipelines that a name, written in a document, denotes; an ARN is a name as well."""
        if isinstance(name, str | Template) and _ARN in str(name):
            return self.pipelines_of_arn(name, document)
        return self._referred(name, document) or self._named(name, document)

    def pipelines_of_arn(self, arn: Any, document: Document) -> list[tuple[Pipeline, bool]]:
        """The pipelines that an ARN denotes: by what it refers to, else by the name at its end."""
        found = self._referred(arn, document)
        return found or self._named(_end_of_arn(arn), document)

    def possible(self, name: Any, document: Document) -> Iterator[Pipeline]:
        """The pipelines of the same root that a name, or a pipeline's ARN, may denote."""
        if isinstance(name, str | Template) and _ARN in str(name):
            name = _end_of_arn(name)
        if isinstance(name, str):
            return
        for pipeline in self._project.pipelines:
            own = pipeline.name
            differs = (
                isinstance(name, Template) and isinstance(own, str) and not name.may_equal(own)
            )
            if not differs and pipeline.document.root == document.root:
                yield pipeline

    def near(self, document: Document, others: Iterable[Document]) -> list[Document]:
        """Those of the same module; where there are none, those of the same root."""
        listed = list(others)
        same = [other for other in listed if other.module == document.module]
        return same or [other for other in listed if other.root == document.root]

    def _referred(self, value: Any, document: Document) -> list[tuple[Pipeline, bool]]:
        found = [
            (pipeline, certain)
            for item, certain in self.instances(value, document, self._types)
            for pipeline in self._of_document[id(item)]
        ]
        return found if len(found) == 1 else [(pipeline, False) for pipeline, _ in found]

    def _named(self, name: Any, document: Document) -> list[tuple[Pipeline, bool]]:
        if not isinstance(name, str | Template) or not name:
            return []
        same = self._by_name.get(_folded(name), [])
        near = [p for p in same if p.document.root == document.root]
        chosen = near or same
        return [(pipeline, len(chosen) == 1) for pipeline in chosen]


def _folded(name: str | Template) -> Any:
    """ARNs of pipelines may be in lower case."""
    return name.lower() if isinstance(name, str) else name


def _end_of_arn(arn: Any) -> Any:
    """The name in a pipeline's ARN, as far as it is known; ``MISSING`` for what is no such ARN."""
    parts = arn.parts if isinstance(arn, Template) else (arn,)
    for index, part in enumerate(parts):
        if isinstance(part, str) and _ARN in part:
            return make_string((part.partition(_ARN)[2], *parts[index + 1 :]))
    return MISSING
