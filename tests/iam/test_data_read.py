"""The authorization data is read for the services that occur, and once."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from linter.domain.iam import services
from linter.policy.engine import lint
from linter.policy.registry import load_rules
from linter.project.load import load_texts


@pytest.mark.parametrize(
    ("actions", "named"),
    [
        (["s3:GetObject", "SageMaker:Create*"], {"s3", "sagemaker"}),
        (["kms:*", "kms:Decrypt"], {"kms"}),
        (["nosuch:Thing"], set()),
    ],
)
def test_only_services_that_occur_are_read(
    actions: list[str], named: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    rules = load_rules().rules
    project = load_texts({"policy.json": text})
    for cached in (
        services._table,
        services.actions_of,
        services.resource_types_of,
        services.condition_types_of,
        services.expand,
    ):
        cached.cache_clear()
    read: Counter[tuple[str, str]] = Counter()
    inner = Path.read_text

    def noted(path: Path, *args: Any, **more: Any) -> str:
        text = inner(path, *args, **more)
        if path.parent.parent.name == "data" and path.suffix == ".json":
            read[path.parent.name, path.stem] += 1
        return text

    monkeypatch.setattr(Path, "read_text", noted)
    assert not lint(project, rules).crashes
    assert {service for _, service in read} == named
    assert set(read.values()) <= {1}
