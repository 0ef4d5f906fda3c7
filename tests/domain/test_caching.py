"""What makes a step's cache useless, over whole pipelines."""

from __future__ import annotations

import json
from typing import Any

from linter.domain.caching import changing
from linter.domain.pipeline import Pipeline
from linter.project.load import load_texts

ON = {"Enabled": True, "ExpireAfter": "P30D"}


def pipeline(*steps: dict[str, Any], **more: Any) -> Pipeline:
    text = json.dumps({"Version": "2020-12-01", "Steps": steps, **more})
    return load_texts({"p.json": text}).pipelines[0]


def training(name: str, after: str = "", cache: Any = None) -> dict[str, Any]:
    source = {"Get": f"Steps.{after}.ModelArtifacts.S3ModelArtifacts"} if after else "s3://b/k"
    made = {"Name": name, "Type": "Training", "Arguments": {"InputDataConfig": [{"S3Uri": source}]}}
    return made if cache is None else {**made, "CacheConfig": cache}


def told(item: Pipeline, **options: bool) -> dict[str, list[tuple[str, str | None]]]:
    """Step → (reference, step that makes it new)."""
    return {
        step.name: [
            (found.reference.text, found.source and found.source.name)
            for found in changing(step, **options)
        ]
        for step in item.steps
    }


def test_what_is_new_is_new_for_every_step_behind_it() -> None:
    item = pipeline(training("A"), training("B", "A", ON), training("C", "B", ON))
    assert told(item) == {
        "A": [],
        "B": [("Steps.A.ModelArtifacts.S3ModelArtifacts", "A")],
        "C": [("Steps.B.ModelArtifacts.S3ModelArtifacts", "B")],
    }
    assert told(item, all_cached=True) == {"A": [], "B": [], "C": []}


def test_a_cache_that_may_be_on_decides_nothing() -> None:
    maybe = {"Enabled": {"Get": "Parameters.Cache"}}
    parameter = {"Name": "Cache", "Type": "Boolean"}
    item = pipeline(training("A", cache=maybe), training("B", "A", ON), Parameters=[parameter])
    assert told(item)["B"] == []
    either = {**parameter, "DefaultValue": True, "EnumValues": [True, False]}
    item = pipeline(training("A", cache=maybe), training("B", "A", ON), Parameters=[either])
    assert told(item)["B"] == []
    off = {**parameter, "DefaultValue": False}
    item = pipeline(training("A", cache=maybe), training("B", "A", ON), Parameters=[off])
    assert told(item)["B"] != []


def test_the_name_of_a_model_no_cache_keeps() -> None:
    model = {"Name": "M", "Type": "Model", "Arguments": {}}
    batch = {
        "Name": "T",
        "Type": "Transform",
        "Arguments": {"ModelName": {"Get": "Steps.M.ModelName"}},
        "CacheConfig": ON,
    }
    assert told(pipeline(model, batch), all_cached=True)["T"] == [("Steps.M.ModelName", "M")]


def test_steps_that_wait_for_each_other_end() -> None:
    item = pipeline(training("A", "B", ON), training("B", "A", ON))
    assert told(item) == {"A": [], "B": []}


def test_a_long_chain_is_walked_once() -> None:
    chain = [training(f"S{n}", f"S{n - 1}" if n else "", ON) for n in range(3_000)]
    assert not any(told(pipeline(*chain)).values())
