"""The key that a fix can use: the one that the pipeline uses elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from linter.core.documents import Path
from linter.core.regex import lazy_regex
from linter.core.values import MISSING, Unknown, walk
from linter.domain.pipeline import Pipeline, Step
from linter.policy.model import CannotFixError, Expression, Subject

_MEMBERS = frozenset({"VolumeKmsKeyId", "KmsKeyId", "OutputKmsKeyId"})
_REFERENCE = lazy_regex(r"(?!module\.)[a-z][a-z0-9_]*(?:\.[A-Za-z0-9_-]+)+")


def key_in_use(subject: Subject, at: Path, parameters: Mapping[str, Any]) -> Any:  # noqa: ARG001
    """The one key that other members of the pipeline name, as it is written.

    Raises:
        CannotFixError: there is none, there are several, or it is not written in one piece.
    """
    step = subject.domain
    if not isinstance(step, Step):
        raise CannotFixError("only steps of pipelines can take over a key")
    found = _keys(step.pipeline)
    if len(found) != 1:
        how = "several keys are used" if found else "no key is used"
        raise CannotFixError(f"{how} in the pipeline, so which to use is not known")
    return _written(found[0])


_found: WeakKeyDictionary[Pipeline, list[Any]] = WeakKeyDictionary()


def _keys(pipeline: Pipeline) -> list[Any]:
    """The keys that a pipeline names anywhere, each once; looked for once."""
    found = _found.get(pipeline)
    if found is None:
        found = _found[pipeline] = []
        for path, value in walk(pipeline.definition):
            used = path and path[-1] in _MEMBERS and value not in (None, "", MISSING)
            if used and value not in found:
                found.append(value)
    return found


def _written(key: Any) -> Any:
    if isinstance(key, str) or (isinstance(key, dict) and set(key) == {"Get"}):
        return key
    references = key.references if isinstance(key, Unknown) else ()
    if len(references) == 1 and _REFERENCE.fullmatch(references[0]):
        return Expression(references[0])
    raise CannotFixError("the key of the pipeline is not written in one piece")
