"""Edits of scripts: keywords set and added, the rest kept to the character."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.e2e.running import pipewarden

SCRIPT = '''\
"""A pipeline."""
from sagemaker.estimator import Estimator
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.steps import TrainingStep

KIND = "ml.m5.xlarge"
estimator = Estimator(
    image_uri="111122223333.dkr.ecr.eu-west-1.amazonaws.com/x:1",
    role="arn:aws:iam::111122223333:role/r", instance_count=1,
    instance_type=KIND,  # small
    max_run=3600  # an hour
)
step = TrainingStep("Train", step_args=estimator.fit({"train": "s3://b/é"}))  # trains
pipeline = Pipeline(name="p", steps=[step])
'''


def fixed(tmp_path: Path, text: str, rules: str, *options: str) -> str:
    path = tmp_path / "pipeline.py"
    path.write_bytes(text.encode())
    ran = pipewarden("fix", "--select", rules, *options, ".", cwd=tmp_path)
    assert ran.code in (0, 1), ran
    result = path.read_bytes().decode()
    ast.parse(result)
    again = pipewarden("check", "--select", rules, ".", cwd=tmp_path)
    if result != text:
        assert rules.split(",")[0] not in again.out
    return result


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_keywords_are_added_in_the_layout_of_the_call(tmp_path: Path, newline: str) -> None:
    text = SCRIPT.replace("\n", newline)
    result = fixed(tmp_path, text, "CACHE001,CACHE002,NET003", "--unsafe")
    assert result == text.replace(
        f"    max_run=3600  # an hour{newline}",
        f"    max_run=3600,{newline}    enable_network_isolation=True  # an hour{newline}",
    ).replace(
        '"s3://b/é"}))',
        '"s3://b/é"}), cache_config=CacheConfig(enable_caching=True, expire_after="P30D"))',
    ).replace(
        f"import TrainingStep{newline}",
        f"import TrainingStep{newline}from sagemaker.workflow.steps import CacheConfig{newline}",
    )


def test_a_comma_and_what_is_said_behind_it_stay(tmp_path: Path) -> None:
    text = SCRIPT.replace("max_run=3600  # an hour", "max_run=3600,  # an hour")
    result = fixed(tmp_path, text, "NET003", "--unsafe")
    kept = "    max_run=3600,  # an hour\n"
    assert result == text.replace(kept, f"{kept}    enable_network_isolation=True,\n")


def test_a_literal_is_replaced(tmp_path: Path) -> None:
    text = SCRIPT.replace("KIND,", "KIND, enable_network_isolation=False,")
    result = fixed(tmp_path, text, "NET003", "--unsafe")
    assert result == text.replace("isolation=False", "isolation=True")


def test_what_comes_from_elsewhere_is_left_to_people(tmp_path: Path) -> None:
    text = SCRIPT.replace("KIND,", "KIND, enable_network_isolation=OFF,").replace(
        "KIND = ", "OFF = False\nKIND = "
    )
    assert fixed(tmp_path, text, "NET003", "--unsafe") == text
    ran = pipewarden("fix", "--unsafe", "--diff", "--select", "NET003", ".", cwd=tmp_path)
    assert "not written as a literal" in ran.out + ran.err


def test_a_keyword_is_removed(tmp_path: Path) -> None:
    text = """\
from sagemaker.lambda_helper import Lambda
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.lambda_step import LambdaStep
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.steps import CacheConfig, ProcessingStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.condition_step import ConditionStep

step = LambdaStep(
    name="Call",
    lambda_func=Lambda(function_arn="arn:aws:lambda:eu-west-1:111122223333:function:f:1"),
    cache_config=CacheConfig(enable_caching=True, expire_after="P7D"),
)
pipeline = Pipeline(name="p", steps=[step])
"""
    result = fixed(tmp_path, text, "CACHE005")
    line = '    cache_config=CacheConfig(enable_caching=True, expire_after="P7D"),\n'
    assert result in (text, text.replace(line, ""))


def test_a_notebook_is_left_to_people(tmp_path: Path) -> None:
    import json

    cells = [{"cell_type": "code", "source": SCRIPT.splitlines(keepends=True)}]
    (tmp_path / "nb.ipynb").write_text(json.dumps({"cells": cells}))
    ran = pipewarden("fix", "--unsafe", "--diff", "--select", "NET003", ".", cwd=tmp_path)
    assert "a notebook is left to people" in ran.out + ran.err
