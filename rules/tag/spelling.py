"""TAG004: tags whose key or value is not one of those that were agreed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from linter.core.documents import Path
from linter.core.values import Choice, Template, Unknown, lookup
from linter.domain.pipeline import Step
from linter.policy.helpers import display, fail, unknown
from linter.policy.model import Context, Outcome, Subject


def agreed(subject: Subject, context: Context) -> Iterable[Outcome]:
    wanted: Mapping[str, Any] = context.parameters["tags"]
    if not wanted:
        return
    for key_at, value_at, key, value in _tags(subject):
        if not isinstance(key, str):
            continue
        if key not in wanted:
            meant = next((known for known in wanted if _misspelt(key, known)), None)
            if meant is not None:
                yield fail(
                    key_at,
                    f"{subject.title} has the tag {display(key)}, which looks like {meant}",
                    key=key_at == value_at,
                    detail=key,
                )
            continue
        yield from _value(subject, value_at, key, value, _globs(wanted[key]))


def _value(
    subject: Subject, at: Path, key: str, value: Any, allowed: list[str]
) -> Iterator[Outcome]:
    for option in value.values if isinstance(value, Choice) else (value,):
        if not allowed:
            return
        if isinstance(option, Unknown | Template):
            yield unknown(option, at)
        elif not any(fnmatchcase(str(option), glob) for glob in allowed):
            yield fail(
                at,
                f"{subject.title} has {display(option)} for the tag {key}, which is none of "
                f"{', '.join(allowed)}",
            )


def _globs(allowed: Any) -> list[str]:
    return [str(item) for item in (allowed if isinstance(allowed, list) else [allowed])]


def _tags(subject: Subject) -> Iterator[tuple[Path, Path, Any, Any]]:
    """(where the key is, where the value is, key, value) of every tag that a subject names."""
    if subject.kind == "terraform":
        tags = lookup(subject.value, "tags")
        for key, value in tags.items() if isinstance(tags, dict) else ():
            yield ("tags", key), ("tags", key), key, value
        return
    base: Path = ("Arguments", "Tags") if isinstance(subject.domain, Step) else ("Tags",)
    tags = subject.value
    for name in base:
        tags = lookup(tags, name)
    for index, tag in enumerate(tags if isinstance(tags, list) else ()):
        at = (*base, index)
        yield (*at, "Key"), (*at, "Value"), lookup(tag, "Key"), lookup(tag, "Value")


def _misspelt(key: str, known: str) -> bool:
    """Whether a key is a known one in other case, or one letter away from it."""
    a, b = key.casefold(), known.casefold()
    if a == b:
        return True
    if min(len(a), len(b)) < 4 or abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    if start is None:
        return True  # one letter more at the end
    rest_a, rest_b = a[start:], b[start:]
    swapped = len(a) == len(b) and rest_a[:2] == rest_b[:2][::-1] and rest_a[2:] == rest_b[2:]
    replaced = len(a) == len(b) and rest_a[1:] == rest_b[1:]
    return swapped or replaced or rest_a[1:] == rest_b or rest_a == rest_b[1:]
