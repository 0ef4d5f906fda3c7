"""CACHE009: changes between two versions that the key of the step cache does not show."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.documents import Path
from linter.core.values import MISSING, dig, unknown_parts
from linter.domain.caching import KEY_MEMBERS
from linter.domain.pipeline import Step
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Subject

_PROTECTION: dict[str, dict[Path, str]] = {
    "Processing": {
        ("NetworkConfig", "VpcConfig"): "VPC",
        ("NetworkConfig", "EnableNetworkIsolation"): "network isolation",
        ("NetworkConfig", "EnableInterContainerTrafficEncryption"): "encryption between instances",
        ("ProcessingResources", "ClusterConfig", "VolumeKmsKeyId"): "key of the volume",
        ("ProcessingOutputConfig", "KmsKeyId"): "key of the output",
        ("RoleArn",): "role",
    },
    "Training": {
        ("VpcConfig",): "VPC",
        ("EnableNetworkIsolation",): "network isolation",
        ("EnableInterContainerTrafficEncryption",): "encryption between instances",
        ("ResourceConfig", "VolumeKmsKeyId"): "key of the volume",
        ("OutputDataConfig", "KmsKeyId"): "key of the output",
        ("RoleArn",): "role",
    },
    "AutoML": {("OutputDataConfig", "KmsKeyId"): "key of the output", ("RoleArn",): "role"},
    "Transform": {
        ("TransformResources", "VolumeKmsKeyId"): "key of the volume",
        ("TransformOutput", "KmsKeyId"): "key of the output",
    },
}
"""What protects a job and is no part of its cache key; a tuning job's key holds all of it."""

_OFF = (MISSING, None, False, "")


def unnoticed_protection(subject: Subject, context: Context) -> Iterable[Outcome]:
    """CACHE009: protection that was added or changed while every member of the key stayed."""
    step = subject.domain
    assert isinstance(step, Step)
    before = None if context.project.earlier is None else context.project.earlier.step(step)
    if before is None or before.type != step.type:
        return
    if any(before.get(name) != step.get(name) for name in KEY_MEMBERS[step.type]):
        return
    changed: list[str] = []
    first: Path = ()
    undecided = None
    for path, words in _PROTECTION[step.type].items():
        old, new = dig(before.arguments, *path), dig(step.arguments, *path)
        if old == new or new in _OFF:
            continue
        gaps = [*unknown_parts(new), *unknown_parts(old)]
        if gaps:
            undecided = undecided or (path, gaps[0])
            continue
        changed.append(words)
        first = first or path
    if changed:
        listed = " and ".join([", ".join(changed[:-1]), changed[-1]] if changed[1:] else changed)
        yield fail(
            ("Arguments", *first),
            f"{listed} of {subject.title} changed, but its cache key did not: until the cache "
            "expires, the step hands on what the earlier version made",
        )
    elif undecided is not None:
        yield unknown(undecided[1], ("Arguments", *undecided[0]))
