"""Notebooks: cell magics, line magics, cells that write modules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from linter.core.documents import ReadResult
from linter.core.sources import Source
from linter.core.values import Template, Unknown
from linter.project.load import load_paths
from linter.readers.python import magics
from linter.readers.python.reader import read_python
from tests.e2e.running import pipewarden

IMPORTS = "from sagemaker.workflow.pipeline import Pipeline\n"
MAKE = "Pipeline(name=name, steps=[])\n"


def notebook(*cells: str) -> str:
    made = [{"cell_type": "code", "source": text.splitlines(keepends=True)} for text in cells]
    return json.dumps({"cells": made, "nbformat": 4}, indent=1, ensure_ascii=False)


def read(*cells: str) -> ReadResult:
    return read_python([Source("nb.ipynb", notebook(*cells))])


def name_of(result: ReadResult) -> object:
    (document,) = result.documents
    return document.value["PipelineName"]


@pytest.mark.parametrize(
    "magic", ["%%time", "%%capture", "%%capture --no-stderr", "%%prun -q", "\n%%timeit -n 1"]
)
def test_cells_that_magics_run_as_python_are_read(magic: str) -> None:
    result = read(f"{magic}\n{IMPORTS}name = 'p'\n{MAKE}")
    assert name_of(result) == "p"
    assert not result.problems


@pytest.mark.parametrize("magic", ["%%bash", "%%sh", "%%html", "%%script python", "%%!"])
def test_cells_of_other_languages_are_not_read(magic: str) -> None:
    result = read(IMPORTS + "name = 'p'\n", f"{magic}\nname = 'other'\n", MAKE)
    assert name_of(result) == "p"
    assert not result.problems


def test_a_cell_magic_that_is_not_known_is_named_and_its_names_are_unknown() -> None:
    result = read(IMPORTS, "%%mystery\nname = 'p'\n", MAKE)
    assert isinstance(name_of(result), Unknown)
    (problem,) = result.problems
    assert "%%mystery" in problem.message


@pytest.mark.parametrize(
    "code",
    [
        "name = ('p-%s'\n    % 'x')\n",
        "name = 'p-x' if (1\n    != 2) else 'other'\n",
        "!ls\nname = ('p-%s'\n    % 'x')\n",
        "%matplotlib inline\nname = ('p-%s'\n% 'x')\n",
        "!ls\nname = 'p-x' if (1\n!= 2) else 'other'\n",
        "!pip install \\\n  sagemaker\nname = 'p-x'\n",
        "pip install sagemaker\nname = 'p-x'\n",
        "?print\nprint??\nname = 'p-x'\n",
        "name = 'other'\nif True:\n    !ls\n    name = 'p-x'\n",
        "name = 'other'\nfor name in ['p-x']:\n    %time\n",
        "name = 'other'\ntry:\n    !ls\nfinally:\n    name = 'p-x'\n",
        "files = !ls\nname = 'p-x'\n",
        "a, b = %magic\nname = 'p-x'\n",
        "!ls\ntext = '''\n%name = 'other'\n'''\nname = 'p-' + 'x'\n",
        "!ls\nname = 'p-' + \\\n    'x'  # a comment (\n",
    ],
)
def test_lines_of_magics_leave_the_rest_of_the_cell(code: str) -> None:
    result = read(IMPORTS, code, MAKE)
    assert name_of(result) == "p-x"
    assert not result.problems


@pytest.mark.parametrize(
    "code",
    ["name = !hostname\n", "name = %env NAME\n", "%%capture name\n1\n", "%%bash --out name\nls\n"],
)
def test_what_magics_give_is_unknown(code: str) -> None:
    result = read(IMPORTS + "name = 'p'\n", code, MAKE)
    assert isinstance(name_of(result), Unknown | Template)
    assert not result.problems


def test_a_cell_that_is_python_is_left_as_it_is() -> None:
    lines = ["x = (1", "% 2)", "y = '''", "!ls", "'''"]
    assert magics.cell(lines).lines == tuple(lines)


MODULE = IMPORTS + "def get(name, count=1):\n    return Pipeline(name=name, steps=[])\n"


def test_a_module_that_a_cell_writes_can_be_imported() -> None:
    result = read(
        f"%%writefile pipelines/made.py\n\n{MODULE}",
        "from pipelines.made import get\nget('written')\n",
    )
    (document,) = result.documents
    assert document.value["PipelineName"] == "written"
    assert document.path == "nb.ipynb"
    (embedded,) = document.embedded.values()
    span = embedded.locator.locate(("Steps",)).span
    assert span.path == "nb.ipynb"
    text = document.source.text.split("\n")[span.start_line - 1]
    assert "Pipeline(name=name" in text


def test_cells_append_to_what_cells_wrote() -> None:
    result = read(
        f"%%writefile made.py\n{IMPORTS}",
        "%%writefile -a made.py\nname = 'two'\n" + MAKE,
        "print('a notebook about sagemaker')\n",
    )
    assert name_of(result) == "two"


def test_what_a_cell_writes_does_not_stand_for_a_file_of_the_tree(tmp_path: Path) -> None:
    (tmp_path / "made.py").write_text("NAME = 'tree'\n")
    cells = ("%%writefile made.py\nNAME = 'cell'\n", IMPORTS + "from made import NAME as name\n")
    source = Source("nb.ipynb", notebook(*cells, MAKE))
    assert name_of(read_python([source], boundary=tmp_path, base=tmp_path)) == "tree"


def test_a_notebook_with_large_outputs_before_its_imports_is_found(tmp_path: Path) -> None:
    image = {"cell_type": "code", "source": [], "outputs": [{"data": {"image/png": "A" * 900_000}}]}
    code = {"cell_type": "code", "source": [IMPORTS, "name = 'p'\n", MAKE]}
    (tmp_path / "nb.ipynb").write_text(json.dumps({"cells": [image, code]}))
    project = load_paths(["."], working_directory=tmp_path)
    assert [pipeline.name for pipeline in project.pipelines] == ["p"]


SUPPRESSED = """\
from sagemaker.estimator import Estimator
from sagemaker.workflow.steps import TrainingStep
%time
# pipewarden: ignore[NET001] -- a sandbox without data
estimator = Estimator(
    image_uri="x",
    role="r",
    instance_type="ml.m5.xlarge",
    instance_count=1,
    volume_size=900,  # pipewarden: ignore[COST013] -- large inputs
)
"""
STEP = "name = 'p'\nPipeline(name=name, steps=[TrainingStep(name='Train', estimator=estimator)])\n"


def test_comments_in_cells_suppress_findings(tmp_path: Path) -> None:
    def found(text: str) -> str:
        (tmp_path / "nb.ipynb").write_text(text)
        return pipewarden("check", "--select", "NET001,COST013", ".", cwd=tmp_path).out

    plain = "\n".join(line.partition("# pipewarden")[0] for line in SUPPRESSED.split("\n"))
    out = found(notebook(IMPORTS, plain, STEP))
    assert "NET001" in out
    assert "COST013" in out
    out = found(notebook(IMPORTS, SUPPRESSED, STEP))
    assert "No findings" in out or "0 findings" in out
    out = found(notebook(IMPORTS, SUPPRESSED.replace("COST013", "COST001"), STEP))
    assert "COST013" in out
    assert "NET001" not in out


def test_a_comment_in_a_notebook_on_one_line_covers_nothing(tmp_path: Path) -> None:
    text = json.dumps(json.loads(notebook(IMPORTS, SUPPRESSED, STEP)))
    (tmp_path / "nb.ipynb").write_text(text)
    out = pipewarden("check", "--select", "NET001,COST013", ".", cwd=tmp_path).out
    assert "NET001" in out
    assert "COST013" in out


def test_a_pipeline_in_a_cell_that_is_timed_is_read() -> None:
    text = notebook("%%time\n" + IMPORTS, '%%capture\n!ls\nPipeline(name="p", steps=[])\n')
    result = read_python([Source("nb.ipynb", text)])
    (document,) = result.documents
    assert document.value["PipelineName"] == "p"
    assert not result.problems
    span = document.locate(("PipelineName",)).span
    assert text.splitlines()[span.start_line - 1][span.start_column - 1 :].startswith('name=\\"p')
