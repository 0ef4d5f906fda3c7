"""Which resources a value denotes: by reference with its instance key, else by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from linter.core.documents import Document
from linter.core.values import MISSING, Template, make_string, references_of
from linter.domain.pipeline import Pipeline
from linter.project.model import Project, local_address

_ARN = ":pipeline/"


def _chosen(reference: str, document: Document, group: list[Document]) -> list[Document]:
    """The instances of one resource that a reference means, as its keys say."""
    wanted = _segments(reference)
    if len(group) == 1:
        own = _segments(group[0].address)[-1]
        return [] if any(_is_other(segment, own) for segment in wanted) else group
    home = _module_path(_segments(document.address))
    absolute = [wanted] if wanted[0] == "module" else [home + wanted, wanted]
    for path in absolute:
        exact = [item for item in group if path[: _depth(item)] == _segments(item.address)]
        if exact:
            return exact
    may = [item for item in group if any(_may_be(path, item) for path in absolute)]
    return [item for item in may if _module_path(_segments(item.address)) == home] or may


def _with_key_of(document: Document, group: list[Document]) -> list[Document]:
    """The instances with the document's own key: plans leave out the key of ``x[each.key]``."""
    key = _segments(document.address)[-1].partition("[")[2]
    return [i for i in group if key and _segments(i.address)[-1].partition("[")[2] == key]


def _may_be(path: list[str], item: Document) -> bool:
    """Whether a path with keys that are not known, or left out, may lead to an instance."""
    own = _segments(item.address)
    return len(path) >= len(own) and all(
        a == b or (a.partition("[")[0] == b.partition("[")[0] and not _literal_key(a))
        for a, b in zip(path, own, strict=False)
    )


def _is_other(segment: str, own: str) -> bool:
    """Whether a part of a reference names another instance of the same resource."""
    same = segment.partition("[")[0] == own.partition("[")[0]
    return same and segment != own and _literal_key(segment) and _literal_key(own)


def _literal_key(segment: str) -> bool:
    key = segment.partition("[")[2].removesuffix("]")
    return key.isdecimal() or (key.startswith('"') and "${" not in key)


def _depth(item: Document) -> int:
    return len(_segments(item.address))


def _module_path(segments: list[str]) -> list[str]:
    depth = 0
    while segments[depth : depth + 1] == ["module"]:
        depth += 2
    return segments[:depth]


def _segments(address: str) -> list[str]:
    """An address or reference at its dots; keys stay with what they belong to."""
    out: list[str] = [""]
    depth, quoted = 0, False
    for character in address:
        if character == '"':
            quoted = not quoted
        elif not quoted:
            depth += (character == "[") - (character == "]")
        if character == "." and not quoted and depth == 0:
            out.append("")
        else:
            out[-1] += character
    return out


class Names:
    """The resources of a project, by what others write of them."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._groups: dict[tuple[str, str], list[Document]] = defaultdict(list)
        for document in project.documents:
            self._groups[_group(document)].append(document)
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

        The flag says whether it is certainly this one. A key that a reference names chooses its
        instance; without one, or with one that is not known, every instance may be meant, inside
        the referring module's own instance where there is one.
        """
        exact: dict[tuple[str, str], list[Document]] = {}
        loose: dict[tuple[str, str], list[Document]] = {}
        for reference in references_of(value):
            for named in self._project.find_all((reference,), document.module):
                if named.type in types:
                    group = _group(named)
                    chosen = _chosen(reference, document, self._groups[group])
                    if len(chosen) > 1 and "[" not in reference:
                        chosen = _with_key_of(document, chosen) or chosen
                    sort = exact if len(chosen) == 1 else loose
                    sort.setdefault(group, []).extend(chosen)
        found = [(item, True) for chosen in exact.values() for item in chosen]
        found += [(i, False) for group in loose if group not in exact for i in loose[group]]
        return list({id(item): (item, certain) for item, certain in found}.values())

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
            if not differs and _home(pipeline.document) == _home(document):
                yield pipeline

    def near(self, document: Document, others: Iterable[Document]) -> list[Document]:
        """Those of the same module; where there are none, those of the same root."""
        listed = list(others)
        same = [other for other in listed if other.module == document.module]
        return same or [other for other in listed if _home(other) == _home(document)]

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
        near = [p for p in same if _home(p.document) == _home(document)]
        chosen = near or same
        return [(pipeline, len(chosen) == 1) for pipeline in chosen]


def _group(document: Document) -> tuple[str, str]:
    """What all instances of one resource have in common."""
    return document.module, local_address(document)


def _home(document: Document) -> str:
    return document.module.partition("//")[0]


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
