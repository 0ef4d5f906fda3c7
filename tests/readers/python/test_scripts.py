"""Scripts as people write them: what is found, and where it points."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from linter.core.documents import Document
from linter.core.sources import Source
from linter.core.values import MISSING, Rest, Template, Unknown, lookup
from linter.project.load import load_texts
from linter.readers.python.reader import read_python
from tests.e2e.running import pipewarden

IMPORT = "from sagemaker.workflow.pipeline import Pipeline\n"
SCRIPT = """\
import os
import boto3
import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.workflow.parameters import ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import CacheConfig, TrainingStep

BASE = os.path.dirname(os.path.realpath(__file__))


def get_pipeline(region, role=None, bucket=None, instance="ml.m5.xlarge", name="Train"):
    session = PipelineSession(boto3.Session(region_name=region), default_bucket=bucket)
    if role is None:
        role = sagemaker.session.get_execution_role(session)
    kind = ParameterString(name="Kind", default_value=instance)
    estimator = Estimator(
        image_uri=sagemaker.image_uris.retrieve("xgboost", region, version="1.7-1"),
        role=role,
        instance_type=kind,
        instance_count=2,
        volume_size=900,
        sagemaker_session=session,
        output_path=f"s3://{bucket}/models",
    )
    estimator.set_hyperparameters(depth=5, objective="reg:linear")
    step = TrainingStep(
        name="Fit",
        step_args=estimator.fit({"train": TrainingInput(s3_data=f"s3://{bucket}/train")}),
        cache_config=CacheConfig(enable_caching=True, expire_after="P7D"),
    )
    return Pipeline(name=name, parameters=[kind], steps=[step], sagemaker_session=session)
"""


HARMLESS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/k"}],
}


def pipelines(texts: dict[str, str]) -> list[Document]:
    scripts = [Source(p, t) for p, t in texts.items() if "Pipeline(" in t]
    others = [Source(p, t) for p, t in texts.items() if p.endswith(".py") and "Pipeline(" not in t]
    result = read_python(scripts, others, texts=texts)
    assert [p.message for p in result.problems] == []
    return result.documents


def definition(document: Document) -> Any:
    (embedded,) = document.embedded.values()
    return embedded.value


def written(document: Document, text: str, *path: str | int) -> str:
    """The text that a path of the definition points at."""
    (embedded,) = document.embedded.values()
    span = embedded.locator.locate(path).span
    lines = text.split("\n")[span.start_line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    return "\n".join(lines)[span.start_column - 1 :]


def test_a_function_is_called_with_its_defaults() -> None:
    (document,) = pipelines({"pipeline.py": SCRIPT})
    value = definition(document)
    (step,) = value["Steps"]
    arguments = step["Arguments"]
    assert value["Parameters"] == [
        {"Name": "Kind", "Type": "String", "DefaultValue": "ml.m5.xlarge"}
    ]
    assert (step["Name"], step["Type"]) == ("Fit", "Training")
    assert step["CacheConfig"] == {"Enabled": True, "ExpireAfter": "P7D"}
    assert arguments["ResourceConfig"] == {
        "VolumeSizeInGB": 900,
        "InstanceCount": 2,
        "InstanceType": {"Get": "Parameters.Kind"},
    }
    assert arguments["HyperParameters"] == {"depth": "5", "objective": "reg:linear"}
    path = arguments["OutputDataConfig"]["S3OutputPath"]
    assert isinstance(path, Template)
    assert (path.prefix, path.suffix) == ("s3://", "/models")
    assert isinstance(arguments["RoleArn"], Unknown)
    assert lookup(document.value, "PipelineName") == "Train"
    assert "VpcConfig" not in arguments


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("Steps", 0), "TrainingStep"),
        (("Steps", 0, "Name"), 'name="Fit"'),
        (("Steps", 0, "CacheConfig", "ExpireAfter"), 'expire_after="P7D"'),
        (("Steps", 0, "Arguments", "ResourceConfig", "VolumeSizeInGB"), "volume_size=900"),
        (("Steps", 0, "Arguments", "ResourceConfig", "InstanceCount"), "instance_count=2"),
        (("Steps", 0, "Arguments", "VpcConfig"), "Estimator"),
        (("Steps", 0, "Arguments", "HyperParameters", "depth"), "depth=5"),
        (("Parameters", 0, "DefaultValue"), "default_value=instance"),
    ],
)
def test_values_point_at_the_keyword_and_what_is_missing_at_the_call(
    path: tuple[str | int, ...], text: str
) -> None:
    (document,) = pipelines({"pipeline.py": SCRIPT})
    assert written(document, SCRIPT, *path) == text


def test_a_caller_in_the_tree_says_what_it_is_called_with() -> None:
    run = (
        "import sagemaker\nfrom pipeline import get_pipeline\n"
        'p = get_pipeline("eu-west-1", role="arn:aws:iam::111122223333:role/r", '
        'bucket="b", instance="ml.c5.xlarge")\n'
        'p.upsert(role_arn="arn:aws:iam::111122223333:role/p", '
        'parallelism_config={"MaxParallelExecutionSteps": 4})\n'
    )
    (document,) = pipelines({"pipeline.py": SCRIPT, "run.py": run})
    value = definition(document)
    assert value["Parameters"][0]["DefaultValue"] == "ml.c5.xlarge"
    arguments = value["Steps"][0]["Arguments"]
    assert arguments["RoleArn"] == "arn:aws:iam::111122223333:role/r"
    assert arguments["OutputDataConfig"]["S3OutputPath"] == "s3://b/models"
    assert document.value["RoleArn"] == "arn:aws:iam::111122223333:role/p"
    assert document.value["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 4}
    assert document.path == "pipeline.py"


def test_modules_and_settings_of_the_tree_are_read() -> None:
    texts = {
        "ml/pipeline.py": SCRIPT.replace(
            'instance="ml.m5.xlarge"', 'instance=settings.TYPES["big"]'
        )
        .replace(
            "import boto3\n",
            "import boto3, json, yaml\nfrom ml import settings\nfrom .more import NAME\n"
            "with open(os.path.join(os.path.dirname(__file__), 'config.json')) as f:\n"
            "    CONFIG = json.load(f)\nLIMITS = yaml.safe_load(open('ml/limits.yaml'))\n",
        )
        .replace("volume_size=900", 'volume_size=CONFIG["volume"], max_run=LIMITS["hours"] * 3600')
        .replace('name="Fit"', "name=NAME"),
        "ml/settings.py": 'TYPES = {"big": "ml.m5.4xlarge"}\n',
        "ml/more.py": 'from ml.settings import TYPES\nNAME = f"Fit-{len(TYPES)}"\n',
        "ml/config.json": '{"volume": 50}',
        "ml/limits.yaml": "hours: 2\n",
    }
    (document,) = pipelines(texts)
    value = definition(document)
    assert value["Parameters"][0]["DefaultValue"] == "ml.m5.4xlarge"
    (step,) = value["Steps"]
    assert step["Name"] == "Fit-1"
    assert step["Arguments"]["ResourceConfig"]["VolumeSizeInGB"] == 50
    assert step["Arguments"]["StoppingCondition"] == {"MaxRuntimeInSeconds": 7200}


BUILDER = """\
import click
from dataclasses import dataclass
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.fail_step import FailStep


@dataclass
class Settings:
    name: str = "nightly"
    count: int = 2


class Builder:
    def __init__(self, settings: Settings):
        self.settings = settings
        self.steps = []

    def step(self, name, *after):
        made = FailStep(name=name, depends_on=list(after) or None)
        self.steps.append(made)
        return made

    def build(self):
        last = None
        for index in range(self.settings.count):
            last = self.step(f"s{index}", *([last] if last else []))
        return Pipeline(name=self.settings.name, steps=self.steps)


@click.command()
@click.option("--count", default=3)
def main(count):
    pipeline = Builder(Settings(count=count)).build()
    pipeline.upsert(role_arn="arn:aws:iam::111122223333:role/r")


if __name__ == "__main__":
    main()
"""


def test_classes_and_commands() -> None:
    (document,) = pipelines({"build.py": BUILDER})
    steps = definition(document)["Steps"]
    assert [step["Name"] for step in steps] == ["s0", "s1", "s2"]
    assert [step.get("DependsOn") for step in steps] == [None, ["s0"], ["s1"]]
    assert document.value["PipelineName"] == "nightly"


def test_several_pipelines_and_alternatives() -> None:
    text = """\
import sys
from sagemaker.workflow.pipeline import Pipeline as P
from sagemaker.workflow.fail_step import FailStep
made = {}
for env in ["dev", "prod"]:
    steps = [FailStep(name="a")]
    if env == "prod":
        steps.append(FailStep(name="b"))
    if sys.argv:
        steps.append(FailStep(name="maybe"))
    for extra in sys.argv:
        steps.append(FailStep(name=f"x-{extra}"))
    made[env] = P(name=f"p-{env}", steps=steps)  # Pipeline(
"""
    found = pipelines({"p.py": text})
    assert [d.value["PipelineName"] for d in found] == ["p-dev", "p-prod"]
    steps = definition(found[1])["Steps"]
    assert [lookup(step, "Name") for step in steps[:2]] == ["a", "b"]
    assert [type(step) for step in steps[2:]] == [Rest, Rest]
    (maybe, none) = steps[2].alternatives
    assert (maybe["Name"], none) == ("maybe", None)


def test_functions_under_step_are_training_jobs() -> None:
    text = """\
from sagemaker.workflow.function_step import step
from sagemaker.workflow.pipeline import Pipeline

@step(name="Prepare", instance_type="ml.m5.large", keep_alive_period_in_seconds=300)
def prepare(path):
    return path

@step(name="Train", instance_type="ml.g5.xlarge")
def train(data):
    return data

pipeline = Pipeline(name="p", steps=[train(prepare("s3://b/x"))])
"""
    (document,) = pipelines({"p.py": text})
    steps = {step["Name"]: step for step in definition(document)["Steps"]}
    assert set(steps) == {"Train", "Prepare"}
    assert {step["Type"] for step in steps.values()} == {"Training"}
    assert steps["Prepare"]["Arguments"]["ResourceConfig"]["InstanceType"] == "ml.m5.large"


def test_a_definition_rendered_from_a_script_is_the_same_pipeline() -> None:
    (document,) = pipelines({"pipeline.py": SCRIPT})
    exact = json.loads(json.dumps(definition(document), default=lambda _: "known"))
    exact["Steps"][0]["Arguments"]["OutputDataConfig"]["S3OutputPath"] = "s3://b/models"
    exact["Steps"][0]["Arguments"]["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = (
        "s3://b/train"
    )
    for path, key in (("DebugHookConfig", "S3OutputPath"), ("ProfilerConfig", "S3OutputPath")):
        exact["Steps"][0]["Arguments"][path][key] = "s3://b/models"
    arguments = exact["Steps"][0]["Arguments"]
    arguments["AlgorithmSpecification"]["TrainingImage"] = "1.dkr.ecr.eu-west-1.amazonaws.com/x:1"
    project = load_texts({"pipeline.py": SCRIPT, "pipeline.json": json.dumps(exact)})
    (pipeline,) = project.pipelines
    assert pipeline.path == "pipeline.py"
    assert pipeline.steps[0].get("OutputDataConfig", "S3OutputPath") == "s3://b/models"
    assert pipeline.steps[0].locate("Name").span.path == "pipeline.py"
    arguments["ResourceConfig"]["InstanceCount"] = 9  # the script says 2: it is an older one
    project = load_texts({"pipeline.py": SCRIPT, "pipeline.json": json.dumps(exact)})
    assert len(project.pipelines) == 2


def test_definitions_for_several_environments_are_pipelines_of_their_own() -> None:
    text = """\
import sys
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.fail_step import FailStep
for env in sys.argv:
    Pipeline(name=f"p-{env}", steps=[FailStep(name="a", error_message=env)])
"""
    (document,) = pipelines({"pipeline.py": text})
    exact = json.loads(json.dumps(definition(document), default=lambda _: "?"))
    texts = {"pipeline.py": text}
    for env in ("dev", "prod"):
        exact["Steps"][0]["Arguments"]["ErrorMessage"] = env
        texts[f"{env}.json"] = json.dumps(exact)
    found = load_texts(texts).pipelines
    assert {p.path for p in found} == {"dev.json", "prod.json"}
    said = {p.path: p.steps[0].get("ErrorMessage") for p in found}
    assert said == {"dev.json": "dev", "prod.json": "prod"}
    assert {p.steps[0].locate("Name").span.path for p in found} == {"pipeline.py"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("class A:\n    class B:\n        def f(self):\n            Pipeline(name='q')\n", 5),
        ("async def f():\n    Pipeline(name='q')\n", 3),
        ("def f():\n    def g():\n        Pipeline(name='q')\n", 4),
        ("f = lambda: Pipeline(name='q')\n", 2),
    ],
)
def test_one_of_several_that_is_not_followed_is_named(text: str, line: int) -> None:
    result = read_python([Source("p.py", IMPORT + text + "Pipeline(name='p', steps=[])\n")])
    assert [d.value["PipelineName"] for d in result.documents] == ["p"]
    (problem,) = result.problems
    assert problem.lost
    assert problem.span.start_line == line


def test_what_is_behind_a_condition_is_no_pipeline_that_is_not_followed() -> None:
    text = "def f(env='dev'):\n    if env == 'prod':\n        return Pipeline(name='q', steps=[])\n"
    text += "    return Pipeline(name='p', steps=[])\nf()\n"
    result = read_python([Source("p.py", IMPORT + text)])
    assert [d.value["PipelineName"] for d in result.documents] == ["p"]
    assert not result.problems


def test_findings_speak_the_sdks_language_and_are_suppressed_in_place(tmp_path: Path) -> None:
    (tmp_path / "pipeline.py").write_text(SCRIPT)
    ran = pipewarden("check", "-v", "--select", "NET001,COST013,ENC001", ".", cwd=tmp_path)
    assert "19:17" in ran.out
    assert "volume_kms_key=" in ran.out
    assert "security_group_ids=" in ran.out
    text = SCRIPT.replace(
        "    estimator = Estimator(",
        "    # pipewarden: ignore[NET001, ENC001] -- a sandbox\n    estimator = Estimator(",
    ).replace("volume_size=900,", "volume_size=900,  # pipewarden: ignore[COST013] -- large inputs")
    (tmp_path / "pipeline.py").write_text(text)
    ran = pipewarden("check", "--select", "NET001,COST013,ENC001", ".", cwd=tmp_path)
    assert ran.code == 0
    assert "No findings" in ran.out or "0 findings" in ran.out
    (tmp_path / "pipeline.py").write_text(text.replace("-- large inputs", ""))
    ran = pipewarden("check", "--select", "META001", ".", cwd=tmp_path)
    assert "META001" in ran.out


def test_an_unknown_keyword_is_named_once(tmp_path: Path) -> None:
    text = SCRIPT.replace("instance_count=2,", "instance_count=2, instance_cuont=3,")
    result = read_python([Source("pipeline.py", text)])
    (problem,) = result.problems
    assert "instance_cuont" in problem.message
    assert not problem.lost


@pytest.mark.parametrize(
    "text",
    [
        "from sagemaker.workflow.pipeline import Pipeline\n",
        "from sagemaker.workflow.pipeline import Pipeline\ndef show(p: Pipeline): ...\n",
        "import sagemaker.workflow.pipeline as p\n",
        "# from sagemaker.workflow.pipeline import Pipeline(\n",
        "from sagemaker.workflow.parameters import ParameterString\n",
        "from sklearn.pipeline import Pipeline\nimport sagemaker\np = Pipeline([])\n",
        "import sagemaker\n",
        f"{IMPORT}from typing import cast\nx = cast(Pipeline, None)\nisinstance(x, Pipeline)\n",
        f"{IMPORT}def f(p: 'Pipeline | None' = None, *, q: list[Pipeline] = ()) -> Pipeline: ...\n",
        f"{IMPORT}__all__ = ['Pipeline']\n",
        f"{IMPORT}from unittest.mock import MagicMock\nm = MagicMock(spec=Pipeline)\n",
        f"{IMPORT}Pipelines = list[Pipeline]\nx: dict[str, Pipeline] = {{}}\n",
        f"{IMPORT}import sklearn.pipeline\nother = sklearn.pipeline.Pipeline\n",
    ],
)
def test_scripts_that_make_no_pipeline_are_nobodys_business(tmp_path: Path, text: str) -> None:
    (tmp_path / "policy.json").write_text(json.dumps(HARMLESS))
    (tmp_path / "script.py").write_text(text)
    assert pipewarden("check", ".", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    "text",
    [
        f"{IMPORT}class Mine(Pipeline):\n    pass\n",
        f"{IMPORT}import x\nx.register(Pipeline)\n",
        f"{IMPORT}import x\nx.register(kind=Pipeline)\n",
        f"{IMPORT}def pick(kind=Pipeline): ...\n",
        f"{IMPORT}kinds = {{'p': Pipeline}}\n",
        f"{IMPORT}def kind():\n    return Pipeline\n",
        f"{IMPORT}make = lambda: Pipeline\n",
        "import sagemaker.workflow.pipeline as p\nimport x\nx.register(p.Pipeline)\n",
        "import sagemaker.workflow.pipeline as p\nimport x\nx.make(getattr(p, 'Pipeline'))\n",
        "from sagemaker import workflow\nimport x\nx.make(workflow.pipeline.Pipeline)\n",
    ],
)
def test_a_class_of_pipelines_that_is_handed_on_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "policy.json").write_text(json.dumps(HARMLESS))
    (tmp_path / "script.py").write_text(text)
    ran = pipewarden("check", ".", cwd=tmp_path)
    assert ran.code == 3
    assert "in a way that is not followed" in ran.out + ran.err


@pytest.mark.parametrize(
    "text",
    [
        f"{IMPORT}kind = Pipeline\nkind(name='p', steps=[])\n",
        f"{IMPORT}import functools\nfunctools.partial(Pipeline, name='p')(steps=[])\n",
        f"{IMPORT}kinds = {{'p': Pipeline}}\nkinds['p'](name='p', steps=[])\n",
        f"{IMPORT}def make(kind=Pipeline):\n    return kind(name='p', steps=[])\nmake()\n",
        "from sagemaker import workflow\nworkflow.pipeline.Pipeline(name='p', steps=[])\n",
        "import sagemaker.workflow.pipeline as p\ngetattr(p, 'Pipeline')(name='p', steps=[])\n",
    ],
)
def test_a_class_of_pipelines_under_another_name_is_followed(tmp_path: Path, text: str) -> None:
    (tmp_path / "script.py").write_text(text)
    ran = pipewarden("inspect", ".", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "PipelineName: p" in ran.out


def test_a_pipeline_made_in_a_way_that_is_not_followed_is_named(tmp_path: Path) -> None:
    text = "from sagemaker.workflow.pipeline import Pipeline\nimport x\nclass A:\n"
    text += "    class B:\n        def make(self):\n            return Pipeline(name='p')\n"
    (tmp_path / "pipeline.py").write_text(text)
    (tmp_path / "policy.json").write_text(json.dumps(HARMLESS))
    for command in ("check", "cost"):
        ran = pipewarden(command, ".", cwd=tmp_path)
        assert ran.code == 3
        assert "in a way that is not followed" in ran.out + ran.err
    assert pipewarden("check", ".", "--exclude", "*.py", cwd=tmp_path).code == 0


def test_a_hook_reads_scripts(tmp_path: Path) -> None:
    (tmp_path / "pipeline.py").write_text(SCRIPT)
    ran = pipewarden("check", "--hook", "--select", "COST013", "--", "pipeline.py", cwd=tmp_path)
    assert "COST013" in ran.out


def test_a_hook_reads_the_scripts_that_use_a_changed_file(tmp_path: Path) -> None:
    text = SCRIPT.replace("volume_size=900", "volume_size=limits.VOLUME").replace(
        "import boto3\n", "import boto3\nimport limits\n"
    )
    (tmp_path / "pipeline.py").write_text(text)
    (tmp_path / "limits.py").write_text("VOLUME = 900\n")
    (tmp_path / "other.py").write_text("X = 1\n")
    ran = pipewarden("check", "--hook", "--select", "COST013", "--", "limits.py", cwd=tmp_path)
    assert "COST013" in ran.out
    ran = pipewarden("check", "--hook", "--select", "COST013", "--", "other.py", cwd=tmp_path)
    assert ran.code == 0
    assert "COST013" not in ran.out


@pytest.mark.parametrize("after", ["", "\nINFO done\n"])
def test_a_definition_is_found_among_what_was_logged(after: str) -> None:
    logged = "sagemaker.config INFO - Not applying\n{'not': json}\n{\"a\": 1}\n"
    value = {"Version": "2020-12-01", "Steps": [{"Name": "T", "Type": "Training", "Arguments": {}}]}
    text = logged + json.dumps(value) + after
    ran = pipewarden("check", "-", "--select", "COST005", stdin=text.encode())
    assert "4:" in ran.out
    assert "COST005" in ran.out
    request = json.dumps({"PipelineName": "p", "PipelineDefinition": json.dumps(value)}, indent=1)
    ran = pipewarden("check", "-", "--select", "COST005", stdin=(logged + request).encode())
    assert "6:" in ran.out
    nothing = pipewarden("check", "-", stdin=logged.encode())
    assert nothing.code == 3


def test_prices_are_those_of_the_definition(tmp_path: Path) -> None:
    script, exact = tmp_path / "a", tmp_path / "b"
    script.mkdir()
    exact.mkdir()
    text = SCRIPT.replace(
        "(region, role=None, bucket=None,", "(region='eu-west-1', role='a/b', bucket='b',"
    )
    (script / "pipeline.py").write_text(text)
    (document,) = pipelines({"pipeline.py": text})
    plain = json.dumps(definition(document), default=lambda _: "x")
    (exact / "pipeline.json").write_text(plain)
    one, other = (
        json.loads(
            pipewarden("cost", "--format", "json", "--region", "eu-west-1", ".", cwd=place).out
        )["pipelines"][0]["per_run_usd"]
        for place in (script, exact)
    )
    assert one == other
    assert one["expected"] > 0


@pytest.mark.parametrize(("bucket", "prefix"), [("None", "p-sagemaker-"), ("'mine'", "p-mine")])
def test_the_bucket_of_a_session_is_asked_of_it_also_where_one_was_given(
    bucket: str, prefix: str
) -> None:
    text = IMPORT + "import sagemaker\n"
    text += "def make(bucket):\n    session = sagemaker.Session(default_bucket=bucket)\n"
    text += (
        f"    return Pipeline(name=f'p-{{session.default_bucket()}}', steps=[])\nmake({bucket})\n"
    )
    (document,) = read_python([Source("pipeline.py", text)]).documents
    name = document.value["PipelineName"]
    assert (name.prefix if isinstance(name, Template) else name) == prefix


# --- what may be given is not what the SDK does by default ----------------------------------------

ESTIMATOR = """\
from elsewhere import hidden
from sagemaker import image_uris, model_uris
from sagemaker.estimator import Estimator
from sagemaker.pytorch import PyTorch
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.function_step import step
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import TrainingStep, TransformStep
from sagemaker.tuner import HyperparameterTuner
given = dict(
    image_uri="1.dkr.ecr.eu-west-1.amazonaws.com/x:1", role="arn:aws:iam::111122223333:role/r",
    instance_type="ml.m5.xlarge", instance_count=1, sagemaker_session=PipelineSession(),
)
"""


def arguments_of(lines: str) -> Any:
    """The arguments of the one step that is made."""
    (document,) = pipelines({"p.py": ESTIMATOR + lines + "\nPipeline(name='p', steps=[made])\n"})
    (step,) = definition(document)["Steps"]
    return step["Arguments"]


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ("e = Estimator(**given, **hidden())", ("StoppingCondition", "MaxRuntimeInSeconds")),
        ("e = Estimator(**given, **hidden())", ("VpcConfig",)),
        ("e = Estimator(**given, **hidden())", ("CheckpointConfig",)),
        ("e = Estimator(**given); e.set_hyperparameters(**hidden())", ("HyperParameters", "depth")),
        ("e = Estimator(**given, model_uri=hidden())", ("InputDataConfig",)),
        (
            "e = Estimator(**given, disable_output_compression=hidden())",
            ("OutputDataConfig", "CompressionType"),
        ),
        (
            "e = Estimator(**given, entry_point=hidden())",
            ("HyperParameters", "sagemaker_program"),
        ),
        (
            "e = Estimator(**given, max_retry_attempts=hidden())",
            ("RetryStrategy", "MaximumRetryAttempts"),
        ),
        ("e = Estimator(**given, instance_groups=hidden())", ("ResourceConfig", "InstanceType")),
        ("e = Estimator(**given, debugger_hook_config=hidden())", ("DebugHookConfig",)),
        ("e = Estimator(**given, subnets=hidden(), security_group_ids=['sg-1'])", ("VpcConfig",)),
    ],
)
def test_what_may_be_given_is_unknown(lines: str, path: tuple[str, ...]) -> None:
    made = "\nmade = TrainingStep(name='T', step_args=e.fit())"
    value: Any = arguments_of(lines + made)
    for key in path:
        value = lookup(value, key)
    assert isinstance(value, Unknown)
    plain = arguments_of("e = Estimator(**given)" + made)
    assert not isinstance(plain, Unknown)
    assert plain["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400}
    assert lookup(plain, "VpcConfig") is MISSING


def test_what_one_of_two_branches_gives_is_one_of_two() -> None:
    made = "\nmade = TrainingStep(name='T', step_args=e.fit())"
    value = arguments_of("e = Estimator(**given, max_run=60 if hidden() else None)" + made)
    limit = value["StoppingCondition"]["MaxRuntimeInSeconds"]
    assert set(limit.alternatives) == {60, None, 86400}
    value = arguments_of(
        "e = Estimator(**given, max_retry_attempts=2 if hidden() else None)" + made
    )
    found = lookup(value, "RetryStrategy")
    assert found.alternatives == ({"MaximumRetryAttempts": 2}, None)


def test_arguments_of_methods_go_by_their_own_tables() -> None:
    lines = """
transformer = Estimator(**given).transformer(
    2, "ml.m5.large", "MultiRecord", "Line", "s3://b/out", None, "text/csv")
made = TransformStep(name="T", step_args=transformer.transform("s3://b/in"))
"""
    value = arguments_of(lines)
    assert value["BatchStrategy"] == "MultiRecord"
    assert value["TransformOutput"] == {
        "S3OutputPath": "s3://b/out",
        "AssembleWith": "Line",
        "Accept": "text/csv",
    }
    more = arguments_of(lines.replace('"text/csv")', '"text/csv", **hidden())'))
    assert isinstance(lookup(more, "Environment"), Unknown)
    assert isinstance(lookup(more, "MaxPayloadInMB"), Unknown)


def test_only_images_are_images() -> None:
    made = "made = TrainingStep(name='T', step_args=Estimator(**given).fit(%s))"
    model = arguments_of(made % "model_uris.retrieve('x', model_version='1', model_scope='a')")
    assert isinstance(lookup(model, "InputDataConfig"), Unknown)
    image = 'given["image_uri"] = image_uris.retrieve("xgboost", "eu-west-1")\n'
    found = arguments_of(image + made % "")["AlgorithmSpecification"]["TrainingImage"]
    assert found.may_equal("1.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1")
    assert not found.may_equal("s3://b/k")


def test_settings_of_a_function_that_are_spread_are_not_lost() -> None:
    text = """
@step(name="F", **%s)
def f():
    return 1
made = f()
"""
    known = arguments_of(text % '{"instance_type": "ml.m5.large"}')["ResourceConfig"]
    assert (known["InstanceType"], known["VolumeSizeInGB"]) == ("ml.m5.large", 30)
    unsure = arguments_of(text % "hidden()")
    assert isinstance(unsure["ResourceConfig"]["VolumeSizeInGB"], Unknown)
    assert isinstance(lookup(unsure, "VpcConfig"), Unknown)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("p.upsert(role_arn='arn:aws:iam::1:role/a')", MISSING),
        ("p.upsert('arn:aws:iam::1:role/a', **hidden())", Unknown),
        ("p.create('arn:aws:iam::1:role/a', parallelism_config=hidden())", Unknown),
        (
            "p.upsert('arn:aws:iam::1:role/a', "
            "parallelism_config={'MaxParallelExecutionSteps': 3})",
            {"MaxParallelExecutionSteps": 3},
        ),
        (
            "if hidden():\n    p.upsert('arn:aws:iam::1:role/a', "
            "parallelism_config={'MaxParallelExecutionSteps': 3})",
            Unknown,
        ),
        ("", Unknown),
    ],
)
def test_what_is_sent_beside_the_definition(call: str, expected: Any) -> None:
    text = ESTIMATOR + f"p = Pipeline(name='p', steps=[])\n{call}\n"
    (document,) = pipelines({"p.py": text})
    found = lookup(document.value, "ParallelismConfiguration")
    assert isinstance(found, Unknown) if expected is Unknown else found == expected
    sure = call and not call.startswith("if")
    assert (document.value["RoleArn"] == "arn:aws:iam::1:role/a") is bool(sure)


CHECK = """
from sagemaker.model_monitor import DatasetFormat
from sagemaker.workflow.check_job_config import CheckJobConfig
from sagemaker.workflow.clarify_check_step import ClarifyCheckStep
from sagemaker.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep
job = CheckJobConfig(role="arn:aws:iam::111122223333:role/r", env=%s)
"""


def test_variables_that_a_check_may_be_given() -> None:
    made = """
config = DataQualityCheckConfig(
    baseline_dataset="s3://b/d", dataset_format=DatasetFormat.csv(header=hidden()))
made = QualityCheckStep(name="Q", check_job_config=job, quality_check_config=config)
"""
    possible = "{'A': 'b', **({'C': 'd'} if hidden() else {})}"
    for env in (possible, "hidden()"):
        variables = arguments_of(CHECK % env + made)["Environment"]
        assert isinstance(lookup(variables, "C"), Unknown)
        assert variables["output_path"] == "/opt/ml/processing/output"
        assert isinstance(variables["dataset_format"], Unknown)
    known = arguments_of((CHECK % "{'A': 'b'}" + made).replace("hidden()", "False"))["Environment"]
    assert lookup(known, "C") is MISSING
    assert known["dataset_format"] == (
        '{"csv": {"header": false, "output_columns_position": "START"}}'
    )


@pytest.mark.parametrize("config", ["hidden()", "None", "hidden() if hidden() else None"])
def test_a_check_of_what_is_not_known(config: str) -> None:
    made = f"""
made = ClarifyCheckStep(name="C", check_job_config=job, clarify_check_config={config})
"""
    value = arguments_of(CHECK % "None" + made)
    assert isinstance(value["ProcessingInputs"], Unknown)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('s3_path_join("s3://", "/b/", "x//y/")', "s3://b/x/y"),
        ('s3_path_join("s3://b", "", None, "x", with_end_slash=True)', "s3://b/x/"),
        ('s3_path_join("b/", "/x")', "b/x"),
        ('s3_path_join("s3://", hidden(), "x")', Template),
    ],
)
def test_addresses_are_joined_as_the_sdk_does(call: str, expected: Any) -> None:
    head = "from sagemaker.s3 import s3_path_join\n"
    made = f"made = TrainingStep(name='T', step_args=Estimator(**given, output_path={call}).fit())"
    found = arguments_of(head + made)["OutputDataConfig"]["S3OutputPath"]
    if expected is Template:
        assert found.may_equal("s3://b/x")
        assert found.may_equal("s3://x")
        assert not found.may_equal("s3://b/y")
    else:
        assert found == expected


ENDPOINT = """\
from sagemaker.workflow.endpoint_step import EndpointConfigStep, EndpointStep
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
session = PipelineSession()
config = EndpointConfigStep(name="Config", step_args=session.create_endpoint_config(
    name="serving", model_name="m", initial_instance_count=2, instance_type="ml.g5.xlarge"))
endpoint = EndpointStep(name="Serve", step_args=session.create_endpoint(
    endpoint_name="serving", config_name=config.properties.EndpointConfigName))
pipeline = Pipeline(name="deploy", steps=[config, endpoint], sagemaker_session=session)
"""


def test_an_endpoint_that_a_script_makes_is_priced_and_judged(tmp_path: Path) -> None:
    (document,) = pipelines({"p.py": ENDPOINT})
    config, endpoint = definition(document)["Steps"]
    assert config["Arguments"]["ProductionVariants"] == [
        {
            "VariantName": "AllTraffic",
            "ModelName": "m",
            "InitialVariantWeight": 1,
            "InitialInstanceCount": 2,
            "InstanceType": "ml.g5.xlarge",
        }
    ]
    assert lookup(config["Arguments"], "KmsKeyId") is MISSING
    assert endpoint["Arguments"] == {
        "EndpointName": "serving",
        "EndpointConfigName": {"Get": "Steps.Config.EndpointConfigName"},
        "Tags": [],
    }
    (tmp_path / "pipeline.py").write_text(ENDPOINT)
    ran = pipewarden("cost", "--format", "json", "--region", "eu-west-1", ".", cwd=tmp_path)
    (resource,) = json.loads(ran.out)["standing"]
    assert resource["name"] == "serving"
    assert resource["usd_per_month"]["expected"] > 1000
    ran = pipewarden("check", "--select", "APPR008", ".", cwd=tmp_path)
    assert "5:" in ran.out
    assert "APPR008" in ran.out


def test_an_endpoint_of_what_is_not_known_is_unknown() -> None:
    text = ENDPOINT.replace('instance_type="ml.g5.xlarge"', "**hidden()")
    (document,) = pipelines({"p.py": f"from elsewhere import hidden\n{text}"})
    config = definition(document)["Steps"][0]["Arguments"]
    assert isinstance(config["ProductionVariants"], Unknown)
    assert isinstance(lookup(config, "KmsKeyId"), Unknown)
    text = ENDPOINT.replace('"ml.g5.xlarge"', "hidden()")
    (document,) = pipelines({"p.py": f"from elsewhere import hidden\n{text}"})
    (variant,) = definition(document)["Steps"][0]["Arguments"]["ProductionVariants"]
    assert isinstance(lookup(variant, "InstanceType"), Unknown)
    assert variant["InitialInstanceCount"] == 2
    text = ENDPOINT.replace("session.create_endpoint(", "hidden(")
    (document,) = pipelines({"p.py": f"from elsewhere import hidden\n{text}"})
    assert isinstance(definition(document)["Steps"][1]["Arguments"], Unknown)


TRIGGERS = """\
from elsewhere import hidden
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.triggers import PipelineSchedule
p = Pipeline(name="Nightly", steps=[])
%s
"""


@pytest.mark.parametrize(
    ("schedule", "expression", "state", "maybe"),
    [
        ('[PipelineSchedule(rate=(12, "hours"))]', "rate(12 hours)", "ENABLED", False),
        (
            '[PipelineSchedule(name="n", cron="0 9 ? * MON *", enabled=False)]',
            "cron(0 9 ? * MON *)",
            "DISABLED",
            False,
        ),
        ("[PipelineSchedule(at=hidden())]", Unknown, "ENABLED", False),
        ("[PipelineSchedule(**hidden())]", Unknown, Unknown, False),
        (
            "[PipelineSchedule(rate=(1, 'day'))] if hidden() else []",
            "rate(1 day)",
            "ENABLED",
            True,
        ),
        ("hidden()", Unknown, Unknown, True),
    ],
)
def test_schedules_that_a_script_puts_on_its_pipeline(
    schedule: str, expression: Any, state: Any, maybe: bool
) -> None:
    text = TRIGGERS % f"p.put_triggers({schedule}, role_arn='arn:aws:iam::1:role/s')"
    found, made = pipelines({"p.py": text})
    assert found.type == ""
    assert (made.type, made.maybe) == ("AWS::Scheduler::Schedule", maybe)
    for key, expected in (("ScheduleExpression", expression), ("State", state)):
        value = lookup(made.value, key)
        if expected is Unknown:
            assert isinstance(value, Unknown | Template)
        else:
            assert value == expected
    assert made.value["Target"]["Arn"].suffix == ":pipeline/Nightly"
    assert made.value["Target"]["RoleArn"] == "arn:aws:iam::1:role/s"


def test_a_schedule_of_a_script_says_how_often_its_pipeline_runs(tmp_path: Path) -> None:
    script = SCRIPT.replace("    return Pipeline(", "    made = Pipeline(")
    script += "    made.put_triggers([PipelineSchedule(rate=(12, 'hours'))])\n    return made\n"
    script = script.replace(
        "import boto3\n", "import boto3\nfrom sagemaker.workflow.triggers import *\n"
    )
    (tmp_path / "pipeline.py").write_text(script)
    ran = pipewarden("cost", "--format", "json", "--region", "eu-west-1", ".", cwd=tmp_path)
    (pipeline,) = json.loads(ran.out)["pipelines"]
    (start,) = pipeline["schedules"]
    assert start["expression"] == "rate(12 hours)"


def test_one_of_several_dicts_may_be_spread() -> None:
    vpc = "{'subnets': ['subnet-1'], 'security_group_ids': ['sg-1']}"
    made = "\nmade = TrainingStep(name='T', step_args=e.fit())"
    value = arguments_of(f"e = Estimator(**given, **({vpc} if hidden() else {{}}))" + made)
    assert isinstance(lookup(value, "VpcConfig"), Unknown)
    assert value["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400}
    both = "{'max_run': 60} if hidden() else {'max_run': 120}"
    value = arguments_of(f"e = Estimator(**given, **({both}))" + made)
    limit = value["StoppingCondition"]["MaxRuntimeInSeconds"]
    assert set(limit.alternatives) == {60, 120}
