"""Definitions and policies that stand inside something else, or as JSON text in a string.

``json.dump(pipeline.definition(), file)`` writes the text of a definition as one string; deploy
scripts keep several definitions, or a definition beside its name, in one file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document, Embedded, Locator, Path, Problem, ReadResult, SubLocator
from linter.core.identity import Root
from linter.core.jsontext import JsonDocument, JsonLocator, parse_json
from linter.core.record import record, replace
from linter.core.sources import Source
from linter.discovery.detect import is_policy
from linter.domain.pipeline import looks_like_definition
from linter.readers.json_documents import decode_string

MAX_DEPTH = 4
"""Levels around a definition or a policy."""
MAX_ITEMS = 10_000
"""Values that are looked at."""


@record
class _Found:
    path: Path
    value: Any
    locator: Locator
    problem: Problem | None = None


def read_wrapped(source: Source, parsed: JsonDocument) -> ReadResult:
    """One document for each definition and policy in a JSON value that is neither itself."""
    result = ReadResult()
    if not isinstance(parsed.locator, JsonLocator):
        return result
    found = list(_find(source, parsed.value, parsed.locator))
    for item in found:
        kind = "iam.policy" if is_policy(item.value) else "pipeline"
        around = item.path[:-1]
        container: Any = parsed.value
        for key in around:
            container = container[key]
        document = Document(
            kind,
            "",
            _shown(item.path) if len(found) > 1 else "",
            source,
            container,
            SubLocator(parsed.locator, around),
            source.path,
            root=Root("file", source.path),
        )
        document.embedded[item.path[-1:]] = Embedded(item.value, item.locator, item.problem)
        result.documents.append(document)
        if item.problem is not None:
            result.problems.append(replace(item.problem, address=document.address))
    return result


def _find(source: Source, value: Any, locator: JsonLocator) -> Iterator[_Found]:
    pending: list[tuple[Path, Any]] = [((), value)]
    for _ in range(MAX_ITEMS):
        if not pending:
            return
        path, item = pending.pop()
        if isinstance(item, str):
            inner = _decoded(source, path, item, locator)
            if inner is not None:
                yield inner
        elif path and (looks_like_definition(item) or is_policy(item)):
            yield _Found(path, item, SubLocator(locator, path))
        elif len(path) < MAX_DEPTH:
            members: Iterable[tuple[str | int, Any]] = ()
            if isinstance(item, dict | list):
                members = item.items() if isinstance(item, dict) else enumerate(item)
            pending.extend([((*path, key), each) for key, each in members][::-1])


def _shown(path: Path) -> str:
    """``pipelines[0].definition``."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return text.removeprefix(".")


def _decoded(source: Source, path: Path, text: str, locator: JsonLocator) -> _Found | None:
    """The definition or policy whose text a string is."""
    if not text.lstrip().startswith("{") or not ('"Steps"' in text or '"Statement"' in text):
        return None
    start, end = locator.offsets(path)
    inner = parse_json(decode_string(locator.mapped, source, start, end))
    if looks_like_definition(inner.value) or is_policy(inner.value):
        return _Found(path, inner.value, inner.locator, inner.problem)
    return None
