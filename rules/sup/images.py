"""SUP001: images of containers and how they are pinned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Path
from linter.core.values import Template, Unknown
from linter.domain.images import parse
from linter.policy.helpers import display, fail, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from rules.sup.registries import images

_WITHOUT_VERSIONS = frozenset(("sagemaker-model-monitor-analyzer", "sagemaker-debugger-rules"))
"""Images that AWS publishes under one moving tag: there is no other to choose."""


_UNVERSIONED = tuple(_WITHOUT_VERSIONS)


def pinned(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    for at, value in images(subject):
        image = parse(value)
        if image is None and isinstance(value, Template) and value.suffix.endswith(_UNVERSIONED):
            yield unknown(value, at)
            continue
        if image is None or not image.of_aws or image.repository not in _WITHOUT_VERSIONS:
            yield from _judge(subject, at, value)


def _judge(subject: Subject, at: Path, image: Any) -> Iterator[Outcome]:
    if isinstance(image, Unknown):
        yield unknown(image, at)
        return
    if not isinstance(image, str | Template):
        return
    if not image:
        yield unknown("no image is named here: something fills it in later", at)
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
