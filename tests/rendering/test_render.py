"""Definitions by running a script: with a small SDK made here, and the real one where it is."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import Ran, pipewarden

SDK = {
    "botocore/__init__.py": "",
    "botocore/client.py": """
class BaseClient:
    def _make_api_call(self, name, given):
        raise RuntimeError("a call left the machine")
""",
    "sagemaker/__init__.py": "",
    "sagemaker/workflow/__init__.py": "",
    "sagemaker/workflow/steps.py": """
class Step:
    def __init__(self, name, step_type="Training", cache_config=None):
        self.name, self.step_type, self.cache_config = name, step_type, cache_config

class TrainingStep(Step):
    def __init__(self, name, estimator, cache_config=None):
        super().__init__(name, "Training", cache_config)
        self.estimator = estimator
""",
    "sagemaker/estimator.py": """
class EstimatorBase:
    def __init__(self, **given):
        self.given = given

class Estimator(EstimatorBase):
    pass
""",
    "sagemaker/workflow/pipeline.py": """
import json
from botocore.client import BaseClient

class Pipeline:
    def __init__(self, name, steps=()):
        self.name, self.steps = name, steps

    def definition(self):
        account = BaseClient()._make_api_call("GetCallerIdentity", {})["Account"]
        steps = [
            {"Name": s.name, "Type": s.step_type, "Arguments": {
                "ResourceConfig": {"InstanceType": s.estimator.given["instance_type"],
                                   "InstanceCount": 1, "VolumeSizeInGB": 900},
                "RoleArn": f"arn:aws:iam::{account}:role/r",
                "StoppingCondition": {"MaxRuntimeInSeconds": 3600}}}
            for s in self.steps
        ]
        return json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": steps})
""",
}
SCRIPT = """\
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.steps import TrainingStep
from sagemaker.estimator import Estimator

made = {}
exec("made['kind'] = 'ml.m5.' + 'xlarge'")


def get_pipeline(name, count=1):
    steps = [
        TrainingStep(
            name=f"Train{number}",
            estimator=Estimator(
                instance_type=made["kind"],
            ),
        )
        for number in range(count)
    ]
    return Pipeline(name=name, steps=steps)


if __name__ == "__main__":
    import sys

    get_pipeline("main", len(sys.argv))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a small SDK that every interpreter finds: beside the script."""
    root = tmp_path / "project"
    for name, text in {**SDK, "pipeline.py": SCRIPT}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def render(root: Path, *arguments: str, **environment: str) -> Ran:
    return pipewarden("render", "--python", sys.executable, *arguments, cwd=root, **environment)


def test_a_function_is_called_and_its_definition_written_with_a_map(project: Path) -> None:
    ran = render(project, "pipeline.py:get_pipeline", "--arg", "name=nightly", "--arg", "count=2")
    assert ran.code == 0, ran
    definition = json.loads((project / "nightly.json").read_text())
    assert [step["Name"] for step in definition["Steps"]] == ["Train0", "Train1"]
    assert definition["Steps"][0]["Arguments"]["RoleArn"] == "arn:aws:iam::${account}:role/r"
    found = pipewarden("check", "--select", "COST013,NET001", ".", cwd=project)
    assert "pipeline.py\n" in found.out
    assert "13:23" in found.out  # Estimator
    (project / "pipeline.py").write_text(SCRIPT + "# changed\n")
    found = pipewarden("check", ".", cwd=project)
    assert "source map" in found.out + found.err
    assert "pipeline.py was changed since" in found.out + found.err


def test_the_script_itself_is_run(project: Path) -> None:
    ran = render(
        project, "pipeline.py", "-o", "out", "--account", "111122223333", "--", "one", "two"
    )
    assert ran.code == 0, ran
    definition = json.loads((project / "out" / "main.json").read_text())
    assert len(definition["Steps"]) == 3
    assert definition["Steps"][0]["Arguments"]["RoleArn"] == "arn:aws:iam::111122223333:role/r"
    places = json.loads((project / "out" / "main.json.map").read_text())
    assert list(places["sources"]) == ["../pipeline.py"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "render refuses socket"),
        ("import subprocess; subprocess.run(['true'])", "render refuses subprocess.Popen"),
        ("import os; os.system('true')", "render refuses os.system"),
        ("open('written', 'w')", "render refuses to write"),
        ("import os; os.remove('pipeline.py')", "render refuses os.remove"),
        ("import socket; socket.getaddrinfo('localhost', 1)", "render refuses socket"),
        ("import socket; socket.gethostbyaddr('127.0.0.1')", "render refuses socket"),
        ("import os; os.kill(1, 0)", "render refuses os.kill"),
        ("import os; os.symlink('pipeline.py', ROOT + '/written')", "render refuses os.symlink"),
        ("import os; os.link('x', ROOT + '/written')", "render refuses os.link"),
        ("import os; os.utime(ROOT + '/pipeline.py')", "render refuses os.utime"),
        ("import os; os.chmod(ROOT + '/pipeline.py', 0)", "render refuses os.chmod"),
        ("import os; os.chown(ROOT + '/pipeline.py', 1, 1)", "render refuses os.chown"),
        ("import os; os.truncate(ROOT + '/pipeline.py', 0)", "render refuses os.truncate"),
        ("import os; os.mkdir(ROOT + '/written')", "render refuses os.mkdir"),
        ("import os; os.rename('x', ROOT + '/written')", "render refuses os.rename"),
        ("import shutil; shutil.rmtree(ROOT)", "render refuses os."),
        ("import sqlite3; sqlite3.connect(ROOT + '/written')", "render refuses sqlite3"),
        (
            "import multiprocessing.util as m; m.spawnv_passfds(b'/bin/true', [b'true'], ())",
            "render refuses _posixsubprocess.fork_exec",
        ),
        ("import os; os.mkfifo(ROOT + '/written')", "render refuses os.mkfifo"),
        ("import io, pathlib; io.FileIO(pathlib.Path(ROOT, 'written'), 'w')", "refuses to write"),
        ("import os; os.open(ROOT + '/pipeline.py', os.O_TRUNC)", "render refuses to write"),
        ("import syslog; syslog.syslog('x')", "render refuses syslog"),
        ("raise ValueError('no')", "pipeline.py:22: ValueError: no"),
        ("import sys; sys.exit(4)", "the script ends with 4"),
        ("import os; os._exit(0)", "ended without a result"),
        ("import nothing_here", "ModuleNotFoundError"),
        ("while True: pass", "ran for 2 s and was stopped"),
    ],
)
def test_what_a_script_must_not_do(project: Path, line: str, said: str) -> None:
    line = line.replace("ROOT", repr(str(project)))
    body = f"{SCRIPT.partition('if __name__')[0]}{line}\n"
    (project / "pipeline.py").write_text(body)
    ran = render(project, "pipeline.py", "--timeout", "2")
    assert ran.code == 2
    assert said in ran.err
    assert not (project / "written").exists()
    assert (project / "pipeline.py").read_text() == body


def test_much_output_is_not_kept(project: Path) -> None:
    line = "for _ in range(30): print('x' * 1_000_000)\nraise ValueError('at the end')\n"
    (project / "pipeline.py").write_text(line)
    ran = render(project, "pipeline.py")
    assert ran.code == 2
    assert "ValueError: at the end" in ran.err
    assert len(ran.err) < 20_000


def test_files_of_its_own_directory_are_its_own(project: Path) -> None:
    own = "import os, sqlite3, tempfile\n"
    own += "with tempfile.TemporaryDirectory() as at:\n    open(at + '/x', 'w').write('1')\n"
    own += "    os.rename(at + '/x', at + '/y')\n    os.chmod(at + '/y', 0o600)\n"
    own += "    os.symlink('/etc/hosts', at + '/z')\n    sqlite3.connect(at + '/d').close()\n"
    own += "sqlite3.connect(':memory:').close()\n"
    (project / "pipeline.py").write_text(own + SCRIPT)
    assert render(project, "pipeline.py").code == 0


def test_the_environment_is_not_handed_on(project: Path) -> None:
    line = (
        "import os; raise ValueError(sorted(k for k in os.environ if 'SECRET_OF' in k or k == 'X'))"
    )
    (project / "pipeline.py").write_text(line + "\n")
    ran = render(project, "pipeline.py", "--env", "X=1", SECRET_OF_MINE="1", AWS_PROFILE="prod")
    assert "ValueError: ['X']" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.py"], "is not a file"),
        (["pipeline.py:get_pipeline"], "--arg name=..."),
        (["pipeline.py:get_pipeline", "--arg", "name"], "is not NAME=VALUE"),
        (["pipeline.py:nothing"], "AttributeError"),
        (["pipeline.py", "--python", "/nowhere/python"], "cannot be started"),
    ],
)
def test_bad_input(project: Path, arguments: list[str], said: str) -> None:
    ran = render(project, *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_what_somebody_else_wrote_is_not_replaced(project: Path) -> None:
    (project / "main.json").write_text("{}")
    ran = render(project, "pipeline.py")
    assert ran.code == 2
    assert "--force" in ran.err
    assert (project / "main.json").read_text() == "{}"
    assert render(project, "pipeline.py", "--force").code == 0
    assert render(project, "pipeline.py").code == 0  # its own files it replaces


def test_check_never_runs_a_script_and_no_configuration_can_make_it(project: Path) -> None:
    (project / "pipeline.py").write_text(f"open('{project}/ran', 'w')\n{SCRIPT}")
    for name in ("check", "cost"):
        pipewarden(name, ".", cwd=project)
    assert not (project / "ran").exists()
    (project / "pipewarden.toml").write_text('[render]\nfile = "pipeline.py"\n')
    ran = pipewarden("check", ".", cwd=project)
    assert ran.code == 2
    assert "render" in ran.err


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update(PipewardenSourceMap=9),
        lambda m: m.update(definition="x"),
        lambda m: m.update(sources={"../../outside.py": "x"}),
        lambda m: m.update(places=[{"path": 3}]),
        lambda m: m.update(places=[{"path": ["Steps"], "file": "x", "span": ["a"]}]),
        lambda m: m.clear(),
        lambda m: m["places"].append({"path": [], "file": "pipeline.py", "span": [1, 1, 1]}),
        lambda m: m["places"].append({"path": [], "file": "pipeline.py", "span": [0, 1, 1, 1]}),
        lambda m: m["places"].append({"path": [], "file": "pipeline.py", "span": [1, 1, 999, 1]}),
        lambda m: m["places"].append({"path": [], "file": "pipeline.py", "span": [1, 1, 1, 999]}),
        lambda m: m["places"].append({"path": [], "file": "pipeline.py", "span": [2, 1, 1, 1]}),
        lambda m: m["places"].append({"path": [], "file": "other.py", "span": [1, 1, 1, 1]}),
        lambda m: m["places"].append({"path": [], "file": "pipeline.py", "span": [True] * 4}),
        lambda m: m["places"].append({"path": [], "file": "pipeline.py", "span": [1e400] * 4}),
        lambda m: m["places"].append({"path": {"a": 1}, "file": "x", "span": None}),
        lambda m: m["places"].append([]),
        lambda m: m.update(places={"a": 1}),
        lambda m: m.update(places=[m["places"][0]] * 200_001),
        lambda m: m.update(sources=["pipeline.py"]),
        lambda m: m.update(sources={"\0": "x"}),
    ],
)
def test_maps_that_do_not_fit_are_said_and_not_used(project: Path, change: Any) -> None:
    assert render(project, "pipeline.py:get_pipeline", "--arg", "name=p").code == 0
    path = project / "p.json.map"
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))
    ran = pipewarden("check", ".", cwd=project)
    assert "source map" in ran.out + ran.err
    assert "p.json" in ran.out
    assert ran.code in (0, 1, 3)
    assert "bug" not in ran.out + ran.err


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "[" * 100_000, '{"a": ' + "9" * 5_000 + "}", "\ud800", "1e999"]
)
def test_what_is_no_map_is_said(project: Path, text: str) -> None:
    assert render(project, "pipeline.py:get_pipeline", "--arg", "name=p").code == 0
    (project / "p.json.map").write_bytes(text.encode("utf-8", "surrogatepass"))
    ran = pipewarden("check", ".", cwd=project)
    assert ran.code in (0, 1, 3)
    assert "bug" not in ran.out + ran.err


def test_a_script_of_which_only_one_pipeline_was_rendered_is_still_named(project: Path) -> None:
    lost = (
        "\n\nclass A:\n    class B:\n        def f(self):\n            return Pipeline(name='q')\n"
    )
    path = project / "pipeline.py"
    path.write_text(path.read_text().replace("\n\nif __name__", f"{lost}\n\nif __name__"))
    assert render(project, "pipeline.py").code == 0
    ran = pipewarden("check", ".", cwd=project)
    assert ran.code == 3
    assert "in a function that nothing here calls" in ran.out
    path.write_text(path.read_text().replace(lost, ""))
    assert render(project, "pipeline.py").code == 0
    assert pipewarden("check", ".", cwd=project).code == 1


REAL = """\
from sagemaker.estimator import Estimator
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import TrainingStep

session = PipelineSession()
estimator = Estimator(
    image_uri="111122223333.dkr.ecr.eu-west-1.amazonaws.com/x:1",
    role="arn:aws:iam::111122223333:role/r",
    instance_type="ml.m5.xlarge",
    instance_count=1,
    volume_size=900,
    sagemaker_session=session,
)
step = TrainingStep(name="Train", step_args=estimator.fit({"train": "s3://b/t"}))
pipeline = Pipeline(name="real", steps=[step], sagemaker_session=session)
"""


def test_with_the_real_sdk(tmp_path: Path) -> None:
    interpreter = os.environ.get("PIPEWARDEN_TEST_SDK2")
    if not interpreter:
        pytest.skip("PIPEWARDEN_TEST_SDK2 names no interpreter with the SDK")
    (tmp_path / "pipeline.py").write_text(REAL)
    ran = pipewarden("render", "pipeline.py", "--python", interpreter, cwd=tmp_path)
    assert ran.code == 0, ran
    found = pipewarden("check", "--select", "COST013,CACHE001", ".", cwd=tmp_path)
    assert "12:5" in found.out
    assert "15:8" in found.out
