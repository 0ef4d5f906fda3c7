"""Scripts that want to hang, crash or mislead the reader: a clear line, and an end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from linter.core.sources import Source
from linter.core.values import Unknown, is_known
from linter.project.load import load_texts
from linter.readers.python import machine
from linter.readers.python.reader import read_python
from tests.e2e.running import pipewarden
from tests.hanging import ends

HEAD = """\
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.steps import TrainingStep
from sagemaker.estimator import Estimator
"""
STEP = """
step = TrainingStep(name="Train", step_args=Estimator(
    image_uri="i", role="r", instance_type="ml.m5.xlarge", instance_count=1).fit())
"""
MAKE = '\npipeline = Pipeline(name="p", steps=[step])\n'
ENDLESS = {
    "loop": "while True:\n    pass\n",
    "growing": "x = 'a'\nwhile True:\n    x = x + x\n",
    "list": "x = [1]\nwhile True:\n    x += x\n",
    "repeated": "x = 'a' * 10 ** 12\ny = [0] * 10 ** 10\nz = 10 ** 10 ** 10\nw = 1 << 10 ** 9\n",
    "padded": "x = 'a'.ljust(10 ** 12)\ny = '%1000000000000d' % 1\nz = f'{1:1000000000000}'\n",
    "recursion": "def f(x):\n    return f(x + 1)\nf(0)\n",
    "mutual": "def f(x):\n    return g(x)\ndef g(x):\n    return f(x)\nf(0)\n",
    "both": "import sys\ndef f():\n    if sys.argv:\n        f()\n    f()\nf()\n",
    "tree": "def f(n):\n    return [f(n), f(n)]\nf(0)\n",
    "lambda": "f = lambda x: x(x)\nf(f)\n",
    "self": "x = []\nx.append(x)\ny = {}\ny['y'] = y\nz = str(x) + str(y)\n",
    "deep": "x = []\n" + "x = [x]\n" * 3_000,
    "nested": "x = " + "[" * 80 + "]" * 80 + "\n",
    "sums": "x = " + "+".join(["1"] * 3_000) + "\n",
    "attributes": "x = a" + ".b" * 3_000 + "\n",
    "ifs": "import sys\nx = 0\n" + "if sys.argv:\n    x = x + 1\n" * 300,
    "product": "x = [(a, b, c) for a in range(999) for b in range(999) for c in range(999)]\n",
    "iterating": "x = [1]\nfor i in x:\n    x.append(i)\n",
    "replace": "x = 'a' * 1000\nfor i in range(50):\n    x = x.replace('a', 'aa' * 100)\n",
    "import": "import pipeline\nfrom pipeline import *\n",
}


@pytest.mark.parametrize("name", sorted(ENDLESS))
def test_what_does_not_end_is_given_up(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "MAX_STEPS_A_FILE", 50_000)
    for text in (HEAD + STEP + MAKE + ENDLESS[name], HEAD + ENDLESS[name] + STEP + MAKE):
        with ends():
            result = read_python([Source("pipeline.py", text)])
        assert not [p for p in result.problems if p.bug], [p.message for p in result.problems]
        found = len(result.documents) == 1
        said = any(p.lost for p in result.problems)
        assert found or said


@pytest.mark.parametrize(
    "text",
    [
        "print 'python 2'\n",
        "def f(:\n",
        "\x00",
        "x = '\ud800'",
        "\ufeffx = 1\n y = 2\n",
        "(" * 500,
        "x = " + "-" * 5_000 + "1",
        "# coding: utf-7\n+AGE-",
        "if True:\n\tx = 1\n        y = 2\n",
        "x" * 1_200_000,
        "x = [" + "1," * 600_000 + "]",
    ],
)
def test_what_is_no_script_is_named_with_its_place(text: str) -> None:
    with ends():
        result = read_python([Source("pipeline.py", HEAD + text + MAKE)])
    assert not [p for p in result.problems if p.bug]
    if not result.documents:
        (problem,) = result.problems
        assert problem.lost
        assert problem.span.path == "pipeline.py"
        assert problem.message


def definition(text: str, path: str = "pipeline.py") -> dict[str, object]:
    result = read_python([Source(path, text)])
    assert not [p for p in result.problems if p.bug]
    (document,) = result.documents
    (embedded,) = document.embedded.values()
    value: dict[str, object] = embedded.value
    return value


@pytest.mark.parametrize(
    "before",
    [
        "Estimator = make()\n",
        "def Estimator(**k):\n    return object()\n",
        "class Estimator:\n    pass\n",
        "import sagemaker.estimator as e\ne.Estimator = make()\n"
        "from sagemaker.estimator import Estimator\n",
        "exec('Estimator = 3')\nfrom other import Estimator\n",
        "from somewhere import *\nfrom other import Estimator\n",
        "import sys\nif sys.argv:\n    from other import Estimator\n",
        "class Meta(type):\n    pass\n"
        "class Mine(Estimator, metaclass=Meta):\n    pass\nEstimator = Mine\n",
    ],
)
def test_names_that_mean_something_else_are_not_the_sdks(before: str) -> None:
    value = definition(HEAD + before + STEP + MAKE)
    (step,) = value["Steps"]  # type: ignore[misc]
    assert not is_known(step)


@pytest.mark.parametrize(
    "after",
    [
        "import other\nother.change(step)\n",
        "import sys\nif sys.argv:\n    step.cache_config = other()\n",
        "setattr(step, name(), 1)\n",
    ],
)
def test_steps_that_may_have_been_changed_are_not_wholly_known(after: str) -> None:
    value = definition(HEAD + STEP + after + MAKE)
    (step,) = value["Steps"]  # type: ignore[misc]
    assert not is_known(step)


def test_a_script_that_exits_at_import_still_has_its_functions() -> None:
    text = (
        HEAD + "import sys\ndef get_pipeline():\n" + "    step = 1\n    return Pipeline(name='q')\n"
    )
    value = definition(text + "sys.exit(1)\n")
    assert value["Steps"] == []


def test_statements_that_fail_are_passed_over() -> None:
    value = definition(HEAD + "{}['x']\n1 / 0\n[][3]\n" + STEP + MAKE)
    assert len(value["Steps"]) == 1  # type: ignore[arg-type]


def test_a_notebook_with_magics_and_a_broken_cell() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Pipeline(\n"]},
        {"cell_type": "code", "source": ["%pip install x\n", "!ls\n", HEAD]},
        {"cell_type": "code", "source": "%%bash\necho Pipeline(\n"},
        {"cell_type": "code", "source": ["def broken(:\n"]},
        {"cell_type": "code", "source": STEP.splitlines(keepends=True)},
        {"cell_type": "code", "source": ['é = "ü\\n"; ', MAKE.strip()]},
    ]
    text = json.dumps({"cells": cells, "nbformat": 4}, indent=1)
    result = read_python([Source("nb.ipynb", text)])
    (document,) = result.documents
    (embedded,) = document.embedded.values()
    span = embedded.locator.locate(("Steps", 0)).span
    assert text.split("\n")[span.start_line - 1][span.start_column - 1 :].startswith("TrainingStep")
    assert any("cell" in problem.message for problem in result.problems)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', '{"cells": [1, {"source": 2}]}'])
def test_what_is_no_notebook(text: str) -> None:
    result = read_python([Source("nb.ipynb", text)])
    assert not [p for p in result.problems if p.bug]


def test_nothing_outside_of_the_tree_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('{"type": "ml.p4d.24xlarge"}')
    (tmp_path / "evil.py").write_text("TYPE = 'ml.p4d.24xlarge'\n")
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "linked.json").symlink_to(tmp_path / "secret.json")
    for read in (
        "json.load(open('../secret.json'))['type']",
        f"json.load(open('{tmp_path}/secret.json'))['type']",
        "json.load(open(os.path.join(os.path.dirname(__file__), '..', 'secret.json')))['type']",
        "json.load(open('linked.json'))['type']",
        "__import__('evil').TYPE",
    ):
        script = f"import json, os\nfrom .. import evil\n{HEAD}KIND = {read}\n{STEP}{MAKE}"
        text = script.replace('"ml.m5.xlarge"', "KIND")
        (tree / "pipeline.py").write_text(text)
        result = read_python([Source("pipeline.py", text)], boundary=tree, base=tree)
        (document,) = result.documents
        (embedded,) = document.embedded.values()
        resources = embedded.value["Steps"][0]["Arguments"]["ResourceConfig"]
        assert isinstance(resources["InstanceType"], Unknown), read


def test_what_could_not_be_read_is_exit_3(tmp_path: Path) -> None:
    (tmp_path / "pipeline.py").write_text(HEAD + "print 'x'\n" + MAKE)
    ran = pipewarden("check", ".", cwd=tmp_path)
    assert ran.code == 3
    assert "pipeline.py" in ran.out
    assert "Python 3" in ran.out


def test_hostile_text_in_a_script_is_escaped(tmp_path: Path) -> None:
    name = 'Pipeline(name="\\x1b[31mred\\u202e", steps=[step])'
    (tmp_path / "pipeline.py").write_text(HEAD + STEP + f"p = {name}\n")
    for command in ("check", "cost", "graph"):
        ran = pipewarden(command, ".", cwd=tmp_path)
        assert "\x1b[31mred" not in ran.out
        assert "\u202e" not in ran.out


def test_texts_are_read_without_a_disk() -> None:
    project = load_texts({"pipeline.py": HEAD + STEP + MAKE})
    assert [p.name for p in project.pipelines] == ["p"]
