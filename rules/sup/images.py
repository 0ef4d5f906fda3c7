"""SUP001: images of containers and how they are pinned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Path
from linter.core.values import Choice, Template, Unknown
from linter.domain.pipeline import Step
from linter.policy.helpers import display, fail, unknown, walk
from linter.policy.model import Context, Outcome, Severity, Subject

IMAGE_KEYS = frozenset({"ImageUri", "TrainingImage", "Image"})


def images(step: Step) -> Iterator[tuple[Path, Any]]:
    """Every image a step names: (path below the step, value)."""
    for path, value in walk(step.arguments):
        if path and path[-1] in IMAGE_KEYS and not isinstance(value, dict):
            yield ("Arguments", *path), value


def pinned(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    step = subject.domain
    assert isinstance(step, Step)
    for at, value in images(step):
        for option in value.values if isinstance(value, Choice) else (value,):
            yield from _judge(subject, at, option)


def _judge(subject: Subject, at: Path, image: Any) -> Iterator[Outcome]:
    if isinstance(image, Unknown):
        yield unknown(image, at)
        return
    if not isinstance(image, str | Template):
        return
    # Only the text behind the last slash can hold the tag; a port stands before it.
    text = image if isinstance(image, str) else image.suffix
    name, slash, _ = text.rpartition("/")
    last = text[len(name) + len(slash) :]
    if isinstance(image, Template) and not slash and ":" not in last and "@" not in last:
        yield unknown(image, at)
        return
    if "@" in last:
        return
    _, colon, tag = last.rpartition(":")
    if not colon:
        yield fail(
            at, f"{subject.title} runs {display(image)}, which has no tag and so means latest"
        )
    elif tag == "latest":
        yield fail(at, f"{subject.title} runs {display(image)}: latest is whatever was pushed last")
    elif tag.isdecimal() and len(tag) < 3 and _first_party(text):
        yield fail(
            at,
            f"{subject.title} runs {display(image)}, which fixes only the major version",
            severity=Severity.MEDIUM,
        )


def _first_party(text: str) -> bool:
    """Built-in algorithms are published as ``…/xgboost:1``."""
    name = text.rpartition("/")[2].partition(":")[0]
    return name in {
        "xgboost",
        "linear-learner",
        "kmeans",
        "pca",
        "ntm",
        "lda",
        "blazingtext",
        "factorization-machines",
        "forecasting-deepar",
        "image-classification",
        "ipinsights",
        "knn",
        "object-detection",
        "object2vec",
        "randomcutforest",
        "semantic-segmentation",
        "seq2seq",
    }
