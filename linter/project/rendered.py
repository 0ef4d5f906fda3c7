"""A script and the definition that was rendered from it are one pipeline.

The definition says what the values are, the script where they are written. They belong together
where the definition holds nothing that the script contradicts; a definition that is older than its
script stays a pipeline of its own.
"""

from __future__ import annotations

from typing import Any

from linter.core.documents import Document, Embedded, Path
from linter.core.values import MISSING, Choice, OpenDict, Rest, Template, Unknown, lookup
from linter.discovery.walk import SCRIPTS


def at_their_scripts(documents: list[Document]) -> list[Document]:
    """Definitions with the places of their scripts, and scripts without a definition."""
    scripts = [d for d in documents if d.kind == "pipeline" and d.path.endswith(SCRIPTS)]
    if not scripts or len(scripts) == len(documents):
        return documents
    told: set[int] = set()
    by_names: dict[tuple[str, ...], list[tuple[Document, Path, Any]]] = {}
    for document in documents:
        if not document.path.endswith(SCRIPTS):
            for path, definition in _definitions(document):
                by_names.setdefault(_names(definition), []).append((document, path, definition))
    for script in scripts:
        ((place, written),) = script.embedded.items()
        candidates = by_names.get(_names(written.value), []) if _names(written.value) else []
        found = [one for one in candidates if _agrees(written.value, one[2])]
        alone: list[Any] = []
        for document, _, definition in found:
            if document.kind != "pipeline":
                continue
            if definition in alone:  # a copy of another file
                told.add(id(document))
            else:
                alone.append(definition)
        for document, path, definition in found:
            if id(document) in told:
                continue
            if document.kind == "pipeline" and len(alone) == 1:
                # What is known of it stands in the file, everything else in the script.
                script.embedded[place] = Embedded(definition, written.locator)
                told.add(id(document))
                continue
            # It is used elsewhere, or is one of several that were made for several environments.
            told.add(id(script))
            if path:
                old = document.embedded[path]
                document.embedded[path] = Embedded(definition, written.locator, old.problem)
            else:
                document.locator = written.locator
    return [document for document in documents if id(document) not in told]


def _definitions(document: Document) -> list[tuple[Path, Any]]:
    found: list[tuple[Path, Any]] = [
        (path, embedded.value)
        for path, embedded in document.embedded.items()
        if isinstance(lookup(embedded.value, "Steps"), list)
    ]
    if document.kind == "pipeline" and isinstance(lookup(document.value, "Steps"), list):
        found.append(((), document.value))
    return found


def _names(definition: Any) -> tuple[str, ...]:
    """The names of its steps, as far as they are known."""
    steps = lookup(definition, "Steps")
    names = [lookup(step, "Name") for step in steps] if isinstance(steps, list) else []
    return tuple(name for name in names if isinstance(name, str))


def _agrees(partial: Any, whole: Any) -> bool:
    """Whether nothing that is known on one side contradicts the other."""
    pending = [(partial, whole)]
    while pending:
        left, right = pending.pop()
        if isinstance(left, Unknown | Choice) or isinstance(right, Unknown | Choice):
            continue
        if isinstance(left, Template) or isinstance(right, Template):
            template, text = (left, right) if isinstance(left, Template) else (right, left)
            if isinstance(text, str) and not template.may_equal(text):
                return False
            continue
        if isinstance(left, dict) and isinstance(right, dict):
            for key in {*left, *right}:
                one, other = (_member(side, key) for side in (left, right))
                if MISSING in (one, other):
                    return False
                pending.append((one, other))
        elif isinstance(left, list) and isinstance(right, list):
            if any(isinstance(item, Rest) for item in (*left, *right)):
                continue
            if len(left) != len(right):
                return False
            pending += zip(left, right, strict=True)
        elif left != right:
            return False
    return True


def _member(container: dict[str, Any], key: str) -> Any:
    if key in container:
        return container[key]
    return container.rest if isinstance(container, OpenDict) else MISSING
