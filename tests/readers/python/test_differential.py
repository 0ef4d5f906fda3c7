"""What is claimed as known is what the SDK writes: scripts made at random, run by the real SDK.

``PIPEWARDEN_TEST_SDK2`` and ``PIPEWARDEN_TEST_SDK3`` name interpreters that have version 2 and 3 of
the SDK; without one there is nothing to compare with.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.python_reader import compare
from linter.core.sources import Source
from linter.core.values import Rest, walk
from linter.readers.python.reader import read_python
from tests.readers.python import sdk_listed, sdk_scripts
from tests.readers.python.sdk_hiding import hide

RUNNER = Path(__file__).with_name("sdk_runner.py")


class Sdk:
    """The real SDK in a process of its own."""

    def __init__(self, interpreter: str) -> None:
        self.process = subprocess.Popen(
            [interpreter, str(RUNNER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def run(self, script: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(script) + "\n")
        self.process.stdin.flush()
        said: dict[str, Any] = json.loads(self.process.stdout.readline())
        return said


def _sdk(variable: str) -> Iterator[Sdk]:
    interpreter = os.environ.get(variable)
    if not interpreter:
        pytest.skip(f"{variable} names no interpreter with the SDK")
    sdk = Sdk(interpreter)
    yield sdk
    sdk.process.kill()


@pytest.fixture(scope="module")
def sdk2() -> Iterator[Sdk]:
    yield from _sdk("PIPEWARDEN_TEST_SDK2")


@pytest.fixture(scope="module")
def sdk3() -> Iterator[Sdk]:
    yield from _sdk("PIPEWARDEN_TEST_SDK3")


def wrong(script: str, written: Any) -> list[Any]:
    result = read_python([Source("pipeline.py", script)])
    assert [p for p in result.problems if p.lost] == []
    (document,) = result.documents
    (embedded,) = document.embedded.values()
    found: list[tuple[str, str, Any, Any]] = []
    compare(embedded.value, written, "", found)
    return [entry for entry in found if entry[1] == "wrong"]


SETTINGS = settings(
    max_examples=int(os.environ.get("PIPEWARDEN_TEST_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def agree(sdk: Sdk, script: str) -> None:
    said = sdk.run(script)
    if "error" in said:
        return  # the SDK refuses it: there is no definition
    (written,) = said["definitions"]
    assert wrong(script, written) == []


@SETTINGS
@given(script=sdk_scripts.scripts())
def test_what_is_known_is_what_version_2_writes(sdk2: Sdk, script: str) -> None:
    agree(sdk2, script)


@SETTINGS
@given(script=sdk_scripts.scripts3())
def test_what_is_known_is_what_version_3_writes(sdk3: Sdk, script: str) -> None:
    agree(sdk3, script)


@SETTINGS
@given(script=sdk_scripts.scripts(), seed=st.integers(0, 2**32))
def test_what_is_known_holds_where_version_2_is_given_more(
    sdk2: Sdk, script: str, seed: int
) -> None:
    agree(sdk2, hide(script, Random(seed)))


@SETTINGS
@given(script=sdk_scripts.scripts3(), seed=st.integers(0, 2**32))
def test_what_is_known_holds_where_version_3_is_given_more(
    sdk3: Sdk, script: str, seed: int
) -> None:
    agree(sdk3, hide(script, Random(seed)))


SEEDS = range(int(os.environ.get("PIPEWARDEN_TEST_EXAMPLES", "60")) // 10)


def agree_however_given(sdk: Sdk, script: str) -> None:
    """Whole, and with some of it known only when it runs; the SDK takes it at least whole."""
    assert "error" not in sdk.run(script)
    agree(sdk, script)
    for seed in SEEDS:
        agree(sdk, hide(script, Random(seed)))


@pytest.mark.parametrize("name", sdk_listed.SCRIPTS_2)
def test_listed_scripts_are_what_version_2_writes(sdk2: Sdk, name: str) -> None:
    agree_however_given(sdk2, sdk_listed.SCRIPTS_2[name])


@pytest.mark.parametrize("name", sdk_listed.SCRIPTS_3)
def test_listed_scripts_are_what_version_3_writes(sdk3: Sdk, name: str) -> None:
    agree_however_given(sdk3, sdk_listed.SCRIPTS_3[name])


@pytest.mark.parametrize("script", [*sdk_listed.SCRIPTS_2.values(), *sdk_listed.SCRIPTS_3.values()])
def test_every_listed_script_is_read(script: str) -> None:
    result = read_python([Source("pipeline.py", script)])
    assert [p.message for p in result.problems] == []
    (document,) = result.documents
    (embedded,) = document.embedded.values()
    for step in embedded.value["Steps"]:
        assert isinstance(step, Rest) or isinstance(step["Arguments"], dict)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(script=st.one_of(sdk_scripts.scripts(), sdk_scripts.scripts3()))
def test_every_generated_script_is_read(script: str) -> None:
    result = read_python([Source("pipeline.py", script)])
    assert [p.message for p in result.problems] == []
    (document,) = result.documents
    (embedded,) = document.embedded.values()
    assert embedded.value["Steps"]
    for path, _ in walk(embedded.value):
        line = embedded.locator.locate(path).span.start_line
        assert 1 <= line <= script.count("\n") + 1
