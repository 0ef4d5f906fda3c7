"""A script and the definition that was rendered from it are one pipeline.

The definition says what the values are, the script where they are written. They belong together
where the definition holds nothing that the script contradicts; a definition that is older than its
script stays a pipeline of its own.
"""

from __future__ import annotations

from typing import Any

from linter.core.documents import Document, Embedded, Path
from linter.core.values import MISSING, Choice, OpenDict, Rest, Template, Unknown, lookup

SCRIPTS = (".py", ".ipynb")


def at_their_scripts(documents: list[Document]) -> list[Document]:
    """Definitions with the places of their scripts, and scripts without a definition."""
    scripts = [d for d in documents if d.kind == "pipeline" and d.path.endswith(SCRIPTS)]
    if not scripts or len(scripts) == len(documents):
        return documents
    told: set[int] = set()
    for script in scripts:
        ((place, written),) = script.embedded.items()
        for document in documents:
            if document.path.endswith(SCRIPTS):
                continue
            for path, definition in _definitions(document):
                if not _is_of(written.value, definition):
                    continue
                if document.kind == "pipeline":
                    # What is known of it stands in the file, everything else in the script.
                    script.embedded[place] = Embedded(definition, written.locator)
                    told.add(id(document))
                else:
                    old = document.embedded[path]
                    document.embedded[path] = Embedded(definition, written.locator, old.problem)
                    told.add(id(script))
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


def _is_of(script: Any, definition: Any) -> bool:
    names = _names(definition)
    return bool(names) and names == _names(script) and _agrees(script, definition)


def _names(definition: Any) -> list[str]:
    steps = lookup(definition, "Steps")
    names = [lookup(step, "Name") for step in steps] if isinstance(steps, list) else []
    return [name for name in names if isinstance(name, str)]


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
