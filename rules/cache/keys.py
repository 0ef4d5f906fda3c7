"""CACHE006, CACHE007: what the key of the step cache is made of."""

from __future__ import annotations

from collections.abc import Iterable

from linter.domain.caching import changing
from linter.domain.pipeline import Step
from linter.policy.helpers import display, fail, known_values, select
from linter.policy.model import Confidence, Context, Outcome, Subject

_IMAGES = (
    "$.AppSpecification.ImageUri",
    "$.AlgorithmSpecification.TrainingImage",
    "$.TrainingJobDefinition.AlgorithmSpecification.TrainingImage",
    "$.TrainingJobDefinitions[*].AlgorithmSpecification.TrainingImage",
)


def changes_every_time(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """CACHE006: what no later execution can match in the key."""
    step = subject.domain
    assert isinstance(step, Step)
    for found in changing(step):
        what = (
            f"{subject.title} can never be reused from the cache: {found.path[1]} holds "
            f"{found.reference.text}, which "
        )
        if found.source is None:
            yield fail(
                (*found.path, "Get"),
                f"{what}differs in every execution",
                detail=found.reference.text,
            )
        else:
            yield fail(
                (*found.path, "Get"),
                f"{what}is new in every execution, in which step {found.source.name} runs",
                confidence=Confidence.MEDIUM,
                detail=found.reference.text,
            )


def moving_image(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """CACHE007: an image without a tag, or tagged latest, in the key."""
    step = subject.domain
    assert isinstance(step, Step)
    for match in (match for path in _IMAGES for match in select(step.arguments, path)):
        for image in known_values(match.value):
            if not isinstance(image, str) or "@" in image:
                continue
            _, colon, tag = image.rpartition("/")[2].rpartition(":")
            if not colon or tag == "latest":
                yield fail(
                    ("Arguments", *match.path),
                    f"{subject.title} is reused from the cache although {display(image)} may be "
                    "another image by now",
                )
