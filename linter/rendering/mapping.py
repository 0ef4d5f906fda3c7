"""From where objects were made to a source map: paths of the definition, places of the script."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from linter.core.sources import Source
from linter.domain.pipeline import BRANCH_KEYS
from linter.readers.python.files import PythonFile, parsed, python_file
from linter.readers.source_map import VERSION, digest

_STEP = {
    "name": ("Name",),
    "cache_config": ("CacheConfig",),
    "retry_policies": ("RetryPolicies",),
    "depends_on": ("DependsOn",),
    "display_name": ("DisplayName",),
    "description": ("Description",),
    "property_files": ("PropertyFiles",),
    "conditions": ("Arguments", "Conditions"),
    "error_message": ("Arguments", "ErrorMessage"),
}
_TRAINING = {
    "image_uri": ("AlgorithmSpecification", "TrainingImage"),
    "training_image": ("AlgorithmSpecification", "TrainingImage"),
    "instance_type": ("ResourceConfig", "InstanceType"),
    "instance_count": ("ResourceConfig", "InstanceCount"),
    "volume_size": ("ResourceConfig", "VolumeSizeInGB"),
    "volume_kms_key": ("ResourceConfig", "VolumeKmsKeyId"),
    "keep_alive_period_in_seconds": ("ResourceConfig", "KeepAlivePeriodInSeconds"),
    "compute": ("ResourceConfig",),
    "networking": ("VpcConfig",),
    "role": ("RoleArn",),
    "max_run": ("StoppingCondition", "MaxRuntimeInSeconds"),
    "max_wait": ("StoppingCondition", "MaxWaitTimeInSeconds"),
    "stopping_condition": ("StoppingCondition",),
    "use_spot_instances": ("EnableManagedSpotTraining",),
    "output_path": ("OutputDataConfig", "S3OutputPath"),
    "output_kms_key": ("OutputDataConfig", "KmsKeyId"),
    "checkpoint_s3_uri": ("CheckpointConfig", "S3Uri"),
    "subnets": ("VpcConfig", "Subnets"),
    "security_group_ids": ("VpcConfig", "SecurityGroupIds"),
    "enable_network_isolation": ("EnableNetworkIsolation",),
    "encrypt_inter_container_traffic": ("EnableInterContainerTrafficEncryption",),
    "hyperparameters": ("HyperParameters",),
    "environment": ("Environment",),
    "tags": ("Tags",),
}
_PROCESSING = {
    "image_uri": ("AppSpecification", "ImageUri"),
    "instance_type": ("ProcessingResources", "ClusterConfig", "InstanceType"),
    "instance_count": ("ProcessingResources", "ClusterConfig", "InstanceCount"),
    "volume_size_in_gb": ("ProcessingResources", "ClusterConfig", "VolumeSizeInGB"),
    "volume_kms_key": ("ProcessingResources", "ClusterConfig", "VolumeKmsKeyId"),
    "output_kms_key": ("ProcessingOutputConfig", "KmsKeyId"),
    "max_runtime_in_seconds": ("StoppingCondition", "MaxRuntimeInSeconds"),
    "role": ("RoleArn",),
    "network_config": ("NetworkConfig",),
    "env": ("Environment",),
    "tags": ("Tags",),
}
_TRANSFORM = {
    "instance_type": ("TransformResources", "InstanceType"),
    "instance_count": ("TransformResources", "InstanceCount"),
    "volume_kms_key": ("TransformResources", "VolumeKmsKeyId"),
    "output_kms_key": ("TransformOutput", "KmsKeyId"),
    "output_path": ("TransformOutput", "S3OutputPath"),
    "env": ("Environment",),
    "tags": ("Tags",),
}
_JOBS = {"Training": _TRAINING, "Processing": _PROCESSING, "Transform": _TRANSFORM}


class _Files:
    """Scripts by their absolute path, with the calls in them."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._files: dict[str, tuple[PythonFile, ast.Module] | None] = {}
        self.digests: dict[str, str] = {}

    def name(self, path: str) -> str:
        return Path(os.path.relpath(path, self._base)).as_posix()

    def call(self, place: list[Any] | None) -> tuple[PythonFile, ast.Call] | None:
        """The call at a recorded place; the first of its line where only the line is known."""
        if not place:
            return None
        found = self._read(str(place[0]))
        if found is None:
            return None
        file, tree = found
        line, *rest = place[1:]
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        for node in calls:
            own = (node.end_lineno, node.col_offset, node.end_col_offset)
            if node.lineno == line and own == tuple(rest):
                return file, node
        for node in calls:
            if node.lineno == line and rest[0] is None:
                return file, node
        return None

    def _read(self, path: str) -> tuple[PythonFile, ast.Module] | None:
        if path not in self._files:
            self._files[path] = None
            try:
                data = Path(path).read_bytes()
                source = Source(self.name(path), data.decode("utf-8-sig"))
            except (OSError, ValueError):
                return None
            file, _ = python_file(source, "")
            tree, _ = parsed(file)
            if tree is not None:
                self._files[path] = (file, tree)
                self.digests[source.path] = digest(source.text)
        return self._files[path]


def source_map(
    pipeline: Mapping[str, Any], definition: Any, text: str, base: Path
) -> dict[str, Any]:
    """The map of a definition that is written as ``text`` into the directory ``base``."""
    files = _Files(base)
    places: list[dict[str, Any]] = []

    def add(path: tuple[Any, ...], file: PythonFile, node: Any) -> None:
        span = file.span(node)
        places.append({"path": list(path), "file": span.path, "span": list(span[1:])})

    def keywords(path: tuple[Any, ...], call: Any, table: Mapping[str, tuple[str, ...]]) -> None:
        file, node = call
        for keyword in node.keywords:
            if keyword.arg in table:
                add((*path, *table[keyword.arg]), file, keyword)

    own = files.call(pipeline.get("place"))
    if own is not None:
        add((), own[0], own[1].func)
    made = {step["name"]: step for step in pipeline.get("steps", ())}
    for path, step in _steps(definition):
        found = _made_as(step.get("Name"), made)
        call = files.call(found.get("place")) if found else None
        if found is None or call is None:
            continue
        add(path, call[0], call[1].func)
        keywords(path, call, _STEP)
        job = files.call(found.get("job"))
        if job is not None:
            add((*path, "Arguments"), job[0], job[1].func)
            keywords((*path, "Arguments"), job, _JOBS.get(str(step.get("Type")), {}))
    return {
        "PipewardenSourceMap": VERSION,
        "definition": digest(text),
        "sources": dict(sorted(files.digests.items())),
        "places": places,
    }


def _made_as(name: Any, made: Mapping[str, Any]) -> Any:
    """The step, or the collection of steps that this one is of."""
    if name in made:
        return made[name]
    text = str(name)
    while "-" in text:
        text = text.rpartition("-")[0]
        if text in made:
            return made[text]
    return None


def _steps(definition: Any) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    pending: list[tuple[tuple[Any, ...], Any]] = [(("Steps",), definition.get("Steps"))]
    while pending:
        path, steps = pending.pop()
        for index, step in enumerate(steps if isinstance(steps, list) else []):
            if not isinstance(step, dict):
                continue
            yield (*path, index), step
            arguments = step.get("Arguments")
            for key in BRANCH_KEYS.get(str(step.get("Type")), ()):
                if isinstance(arguments, dict) and key in arguments:
                    pending.append(((*path, index, "Arguments", key), arguments[key]))
