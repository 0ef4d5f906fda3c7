"""Notebooks: which lines of their cells are Python, and where they stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from linter.core.sources import Source
from linter.core.values import Unknown
from linter.readers.python.magics import as_python
from linter.readers.python.reader import read_python
from tests.e2e.running import pipewarden

IMPORTS = "from sagemaker.workflow.pipeline import Pipeline\n"


def notebook(*cells: str) -> str:
    made = [
        {"cell_type": "code", "source": cell.splitlines(keepends=True), "outputs": []}
        for cell in cells
    ]
    return json.dumps({"cells": made, "nbformat": 4, "metadata": {}}, indent=1)


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%matplotlib inline\nx = 1", "\nx = 1"),
        ("!pip install -q x\nx = 1", "\nx = 1"),
        ("!pip install \\\n  x \\\n  y\nx = 1", "\n\n\nx = 1"),
        ("!echo 'un\n!echo (\n%env A=\"\nx = 1", "\n\n\nx = 1"),
        ("?help\nx?\nx.y??\nx = 1", "\n\n\nx = 1"),
        ("x = 7 \\\n    % 4", "x = 7 \\\n    % 4"),
        ("x = (7\n    % 4\n    != 2)", "x = (7\n    % 4\n    != 2)"),
        ('x = """\n%s\n!a\n"""', 'x = """\n%s\n!a\n"""'),
        ("if a:\n    !ls\nx = 1", "if a:\n    pass\nx = 1"),
        ("for a in b:\n    %cd {a}\n    x = a", "for a in b:\n    pass\n    x = a"),
        ("x = !ls\ny = 1", "x = __what_ipython_gives__\ny = 1"),
        ("x, y = %sql select 1\nz = 1", "x, y = __what_ipython_gives__\nz = 1"),
        ("a['k'] = !ls", "a['k'] = __what_ipython_gives__"),
        ("%%time\nx = 1", "\nx = 1"),
        ("\n%%capture out\n!ls\nx = 1", "\n\n\nx = 1"),
        ("%%timeit -n 3\nx = 1", "\nx = 1"),
        ("%%bash\nls", "\n"),
        ("%%writefile a.py\nx = 1", "\n"),
        ("%%html\n<b>", "\n"),
        ("await x", "await x"),
        ("", ""),
        ("\n  \n", "\n  \n"),
    ],
)
def test_what_is_no_python_is_taken_out(cell: str, python: str) -> None:
    assert as_python(cell.split("\n")) == python.split("\n")


@pytest.mark.parametrize("cell", ["x = (", "def f(:", "if a:\nx", "x = 1 !", "print 'a'", "\x00"])
def test_what_is_broken_is_no_python(cell: str) -> None:
    assert as_python(cell.split("\n")) is None


def test_many_magics_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert as_python(["!ls"] * 150) == [""] * 150
    assert as_python(["!ls"] * 1_000) is None


def test_a_pipeline_in_a_cell_that_is_timed_is_read() -> None:
    text = notebook("%%time\n" + IMPORTS, '%%capture\n!ls\nPipeline(name="p", steps=[])\n')
    result = read_python([Source("nb.ipynb", text)])
    (document,) = result.documents
    assert document.value["PipelineName"] == "p"
    assert not result.problems
    span = document.locate(("PipelineName",)).span
    assert text.splitlines()[span.start_line - 1][span.start_column - 1 :].startswith('name=\\"p')


def test_what_a_command_gives_is_unknown() -> None:
    text = notebook(IMPORTS, "name = !whoami\nPipeline(name=name, steps=[])\n")
    (document,) = read_python([Source("nb.ipynb", text)]).documents
    assert isinstance(document.value["PipelineName"], Unknown)


def test_a_notebook_whose_pictures_come_before_its_code_is_found(tmp_path: Path) -> None:
    value = json.loads(notebook("1", IMPORTS + "Pipeline(name='p', steps=[])\n"))
    value["cells"][0]["outputs"] = [{"data": {"image/png": "A" * 1_000_000}}]
    (tmp_path / "nb.ipynb").write_text(json.dumps(value))
    assert "PipelineName: p" in pipewarden("inspect", ".", cwd=tmp_path).out
