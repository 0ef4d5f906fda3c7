"""Source maps that are hostile, stale or right: one line for each, never a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.core.sources import Location, Source
from linter.project.load import load_paths
from linter.readers.source_map import MapLocator, digest, mapped

SCRIPT = Source("a/pipeline.py", "one\ntwo = 2\nthree\n")
DEFINITION = Source("a/out/p.json", '{"Steps": []}')


class Own:
    knows_missing = True

    def locate(self, _path: Any) -> Location:
        return Location(DEFINITION.span(0, 1))

    locate_key = locate


def written(**changes: Any) -> dict[str, Any]:
    return {
        "PipewardenSourceMap": 1,
        "definition": digest(DEFINITION.text),
        "sources": {"../pipeline.py": digest(SCRIPT.text)},
        "places": [{"path": ["Steps", 0], "file": "../pipeline.py", "span": [2, 1, 2, 4]}],
        **changes,
    }


def read(text: str) -> tuple[Any, list[Source], Any]:
    return mapped(DEFINITION, Own(), text, {SCRIPT.path: SCRIPT}.get)


def test_a_map_points_into_its_script() -> None:
    locator, scripts, problem = read(json.dumps(written()))
    assert problem is None
    assert scripts == [SCRIPT]
    assert locator.locate(("Steps", 0, "Name")).span == ("a/pipeline.py", 2, 1, 2, 4)
    assert locator.locate(()).span.path == DEFINITION.path


def place(**changes: Any) -> str:
    entry = {"path": [], "file": "../pipeline.py", "span": [1, 1, 1, 2], **changes}
    return json.dumps(written(places=[entry]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read"),
        ("[]", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        (json.dumps(written(sources=[])), "cannot be read"),
        (json.dumps(written(PipewardenSourceMap=2)), "another version"),
        (json.dumps(written(definition="0")), "definition was changed"),
        (json.dumps(written(sources={"../pipeline.py": "0"})), "a/pipeline.py was changed"),
        (json.dumps(written(sources={"../../../etc/passwd": "0"})), "is not in the tree"),
        (json.dumps(written(places={})), "no list of places"),
        (json.dumps(written(places=[3])), "cannot be read"),
        (json.dumps(written(places=[{}] * 200_001)), "more than 200,000 places"),
        (place(file="other.py"), "not among its sources"),
        (place(file=3), "not among its sources"),
        (place(path="Steps"), "no path"),
        (place(path=[None]), "no path"),
        (place(path=[1.5]), "no path"),
        (place(span=[1, 1, 1]), "not four whole numbers"),
        (place(span=3), "not four whole numbers"),
        (place(span=[1, 1, True, 2]), "not four whole numbers"),
        (place(span=[1, 1, 1.5, 2]), "not four whole numbers"),
        (place(span=[1, 1, float("inf"), 2]), "not four whole numbers"),
        (place(span=[float("nan"), 1, 1, 2]), "not four whole numbers"),
        (place(span=[0, 1, 1, 2]), "not inside of a/pipeline.py"),
        (place(span=[1, 1, 5, 1]), "not inside of a/pipeline.py"),
        (place(span=[1, 1, 1, 5]), "not inside of a/pipeline.py"),
        (place(span=[2, 1, 1, 1]), "not inside of a/pipeline.py"),
        (place(span=[1, 1, 10**4000, 1]), "not inside of a/pipeline.py"),
        (place(span=[1]).replace("[1]", "[" + "9" * 5000 + ", 1, 1, 1]"), "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_map_is_said(text: str, said: str) -> None:
    locator, scripts, problem = read(text)
    assert isinstance(locator, Own)
    assert not scripts
    assert said in problem.message
    assert not problem.bug


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("PipewardenSourceMap", "sources", "places"), JSON)
    ),
    st.fixed_dictionaries({}, optional=dict.fromkeys(("path", "file", "span"), JSON)),
)
def test_no_map_raises(top: dict[str, Any], inner: dict[str, Any]) -> None:
    entry = {"path": [], "file": "../pipeline.py", "span": [1, 1, 1, 2], **inner}
    locator, _, problem = read(json.dumps({**written(places=[entry]), **top}))
    assert (problem is None) is isinstance(locator, MapLocator)


HEAD = "from sagemaker.workflow.pipeline import Pipeline\nexec('x = 1')\n"


def test_only_what_is_mapped_wholly_is_no_longer_named(tmp_path: Path) -> None:
    definition = '{"Version": "2020-12-01", "Steps": [{"Name": "a", "Type": "Fail"}]}'

    def problems(script: str, line: int) -> list[str]:
        (tmp_path / "pipeline.py").write_text(script)
        (tmp_path / "p.json").write_text(definition)
        entry = {"path": [], "file": "pipeline.py", "span": [line, 1, line, 9]}
        text = {
            "PipewardenSourceMap": 1,
            "definition": digest(definition),
            "sources": {"pipeline.py": digest(script)},
            "places": [entry],
        }
        (tmp_path / "p.json.map").write_text(json.dumps(text))
        project = load_paths(["."], working_directory=tmp_path)
        return [p.message for p in project.problems if p.span.path == "pipeline.py"]

    hidden = "def make():\n    return [Pipeline(name='b') for _ in weird()]\n"
    mapped_only = HEAD + "while True:\n    pass\nPipeline(name='a')\n"
    assert not problems(mapped_only, 5)
    assert problems(mapped_only, 4)  # another place than where the pipeline is made
    assert problems(mapped_only + hidden, 5)
