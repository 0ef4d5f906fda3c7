"""``pipewarden lsp``, asked by a client on its pipes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from linter.cli.editor.analysis import Analysis, Units, changes
from tests.config.running import pipeline, run
from tests.e2e.lsp_client import Client

pytest.importorskip("pygls")
ROOT = Path(__file__).parent.parent.parent
STEP = {
    "Name": "T",
    "Type": "Training",
    "Arguments": {
        "ResourceConfig": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        }
    },
}
DEFINITION = {"Version": "2020-12-01", "Steps": [STEP]}
TEMPLATE = f"""\
Resources:
  P:
    Type: AWS::SageMaker::Pipeline
    Properties:
      PipelineName: p
      RoleArn: arn:aws:iam::111122223333:role/x
      PipelineDefinition:
        PipelineDefinitionBody: '{json.dumps(DEFINITION)}'
"""
SCRIPTS = sorted((ROOT / "docs" / "examples" / "python").glob("*.py"))[:1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work space é"
    (folder / ".git").mkdir(parents=True)
    (folder / "main.tf").write_text(pipeline(), "utf-8")
    (folder / "p.json").write_text(json.dumps(DEFINITION, indent=2), "utf-8")
    (folder / "t.yaml").write_text(TEMPLATE, "utf-8")
    [script] = SCRIPTS
    (folder / "pipeline.py").write_text(script.read_text("utf-8"), "utf-8")
    return folder


@pytest.fixture
def client(folder: Path) -> Iterator[Client]:
    client = Client(folder)
    yield client
    client.kill()


def codes(diagnostics: list[dict[str, object]]) -> set[object]:
    return {one.get("code") for one in diagnostics}


MONEY = re.compile(r"\$[\d,.]+")


@pytest.mark.parametrize("name", ["main.tf", "p.json", "t.yaml", "pipeline.py"])
def test_findings_prices_and_hovers_of_every_kind_of_file(client: Client, name: str) -> None:
    found = client.open(name)
    checked = run("check", str(client.folder / name), "--format", "json").json["findings"]
    expected = {item["rule"] for item in checked if item["verdict"] == "fail"}
    assert codes(found) == expected
    for one in found:
        assert one["source"] == "pipewarden"
        assert client.marked(name, one["range"]) != ""
    lenses = client.lenses(name)
    assert any(MONEY.search(title) and " a run" in title for _, title in lenses), lenses
    [step, *_] = [place for place, title in lenses if not re.match(r"[\w-]+: ", title)]
    said = client.hover(name, step)
    assert "**Step " in said
    assert "a run" in said
    assert "hours" in said
    assert client.close()[0] == 0


def test_a_hover_explains_the_rule(client: Client) -> None:
    found = client.open("main.tf")
    [one] = [item for item in found if item["code"] == "CACHE001"]
    said = client.hover("main.tf", client.marked("main.tf", one["range"]))
    rule = run("rules", "show", "CACHE001", "--format", "json").json
    assert "**CACHE001 step-without-cache**" in said
    assert rule["remediation"].strip()[:40] in said
    assert client.hover("main.tf", 'resource "aws') == "" or "**Step" not in client.hover(
        "main.tf", 'resource "aws'
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_columns_are_counted_as_the_client_counts(folder: Path, encoding: str) -> None:
    text = pipeline().replace('Name = "T"', 'Description = "🚀🚀 é", Name = "T"')
    client = Client(folder, (encoding,))
    try:
        found = client.open("main.tf", text)
        assert client.encoding == encoding
        marked = {client.marked("main.tf", one["range"]) for one in found}
        assert '"ml.m5.xlarge"' in marked or '"T"' in marked, marked
        client.change("main.tf", "🚀 é", "é🚀🚀")
        again = client.diagnostics("main.tf")
        assert {client.marked("main.tf", one["range"]) for one in again} == marked
    finally:
        client.kill()


def most(client: Client) -> float:
    """The highest amount above the lines of main.tf."""
    titles = [title for _, title in client.lenses("main.tf")]
    return max(float(m[0][1:].replace(",", "")) for t in titles for m in MONEY.finditer(t))


def test_what_is_typed_counts_before_it_is_saved(client: Client) -> None:
    client.open("main.tf")
    client.change("main.tf", '"ml.m5.xlarge"', '"ml.p3.16xlarge"')
    assert "COST009" in codes(client.diagnostics("main.tf"))
    dear = most(client)
    client.change("main.tf", '"ml.p3.16xlarge"', '"ml.m5.xlarge"')
    assert "COST009" not in codes(client.diagnostics("main.tf"))
    cheap = most(client)
    assert dear > cheap * 10
    client.change("main.tf", "jsonencode({", "jsonencode({{")
    assert any(one["severity"] == 1 for one in client.diagnostics("main.tf"))


def test_a_change_in_a_module_shows_in_the_root_that_calls_it(client: Client) -> None:
    module = client.folder / "module"
    module.mkdir()
    (module / "main.tf").write_text(pipeline("q", "var.kind") + 'variable "kind" {}\n')
    (client.folder / "root").mkdir()
    root = 'module "m" {\n  source = "../module"\n  kind   = "ml.m5.xlarge"\n}\n'
    (client.folder / "root" / "main.tf").write_text(root)
    client.open("root/main.tf")
    assert "COST009" not in codes(client.open("module/main.tf"))
    client.change("root/main.tf", "ml.m5.xlarge", "ml.p3.16xlarge")
    client.until("root/main.tf", "COST009")  # the value is written there
    client.change("root/main.tf", "ml.p3.16xlarge", "ml.m5.xlarge")
    client.change("module/main.tf", "var.kind", '"ml.p3.16xlarge"')
    client.until("module/main.tf", "COST009")


def test_a_fix_is_an_edit_that_mends_it(client: Client) -> None:
    found = client.open("main.tf")
    [one] = [item for item in found if item["code"] == "CACHE001"]
    actions = client.actions("main.tf", one["range"])
    titles = [title for title in actions if title.startswith("Fix CACHE001")]
    assert len(titles) == 1
    edit = actions[titles[0]]["edit"]["changes"]
    text = client.applied("main.tf", edit[client.uri("main.tf")])
    assert "CacheConfig" in text
    (client.folder / "fixed.tf").write_text(text)
    assert "CACHE001" not in codes(client.open("fixed.tf"))


def test_a_suppression_is_a_comment_with_a_reason_to_fill_in(client: Client) -> None:
    found = client.open("t.yaml")
    actions = client.actions("t.yaml", found[0]["range"])
    [title] = [t for t in actions if t.startswith(f"Suppress {found[0]['code']} ")]
    text = client.applied("t.yaml", actions[title]["edit"]["changes"][client.uri("t.yaml")])
    assert re.search(rf"# pipewarden: ignore\[{found[0]['code']}\] -- TODO", text)


def test_json_is_suppressed_in_the_configuration(client: Client) -> None:
    found = client.open("p.json")
    actions = client.actions("p.json", found[0]["range"])
    [title] = [t for t in actions if t.startswith(f"Suppress {found[0]['code']} ")]
    create, edit = actions[title]["edit"]["documentChanges"]
    assert create == {"kind": "create", "uri": client.uri("pipewarden.toml")}
    [text] = edit["edits"]
    (client.folder / "pipewarden.toml").write_text(text["newText"])
    client.notify("textDocument/didSave", {"textDocument": {"uri": client.uri("p.json")}})
    assert found[0]["code"] not in codes(client.diagnostics("p.json"))


def test_all_safe_fixes_at_once(client: Client) -> None:
    lambda_step = {
        "Name": "L",
        "Type": "Lambda",
        "FunctionArn": "f",
        "CacheConfig": {"Enabled": True},
        "Arguments": {},
    }
    definition = json.dumps({"Version": "2020-12-01", "Steps": [lambda_step]}, indent=2)
    (client.folder / "l.json").write_text(definition)
    found = client.open("l.json")
    everything = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    for kind in ("source.fixAll", "source.fixAll.pipewarden"):
        [action] = client.actions("l.json", everything, [kind]).values()
        text = client.applied("l.json", action["edit"]["changes"][client.uri("l.json")])
        json.loads(text)
        assert text != definition
    assert found
    assert client.actions("l.json", everything, ["refactor"]) == {}


def test_bad_settings_are_said_once_and_do_not_end_it(client: Client) -> None:
    (client.folder / "pipewarden.toml").write_text('fail-on = "most"\n')
    assert client.open("main.tf") == []
    client.change("main.tf", "ml.m5.xlarge", "ml.m5.2xlarge")
    client.diagnostics("main.tf")
    assert len(client.shown) == 1
    assert "pipewarden.toml:1" in client.shown[0]
    (client.folder / "pipewarden.toml").unlink()
    changed = {"uri": client.uri("pipewarden.toml"), "type": 3}
    client.notify("workspace/didChangeWatchedFiles", {"changes": [changed]})
    assert client.diagnostics("main.tf") != []


def test_files_of_others_cost_nothing_and_closing_clears(client: Client) -> None:
    (client.folder / "package.json").write_text('{"name": "x"}')
    assert client.open("package.json") == []
    assert client.lenses("package.json") == []
    assert client.open("main.tf") != []
    document = {"uri": client.uri("main.tf")}
    client.notify("textDocument/didClose", {"textDocument": document})
    assert client.diagnostics("main.tf") == []


def test_a_secret_is_not_repeated(client: Client) -> None:
    secret = "AKIA" + "ABCDEFGHIJKLMNOP"
    text = pipeline().replace('Name = "T"', f'Name = "T", Description = "{secret}"')
    for one in client.open("main.tf", text):
        assert secret not in json.dumps(one)


def test_only_units_that_a_change_touches_are_looked_at_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    for name in ("a", "b"):
        (folder / name).mkdir()
        (folder / name / "main.tf").write_text(pipeline(name))
    units = Units()
    for name in ("a/main.tf", "b/main.tf"):
        units.changed(name, (folder / name).read_text())
    first, second = units.analysis("a/main.tf"), units.analysis("b/main.tf")
    assert first is not None
    assert second is not None
    assert units.analysis("a/main.tf") is first
    assert units.changed("a/main.tf", pipeline("a", '"ml.p3.16xlarge"')) == ["a/main.tf"]
    assert units.analysis("a/main.tf") is not first
    assert units.analysis("b/main.tf") is second
    assert units.closed("a/main.tf") == []
    assert units.analysis("a/main.tf") is None


def test_a_look_that_a_change_overtakes_is_of_no_use(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    units = Units()
    units.changed("main.tf", pipeline())
    looked: list[str] = []

    class Overtaken(Analysis):
        def __init__(self, path: str, texts: Mapping[str, str]) -> None:
            super().__init__(path, texts)
            looked.append(texts[path])
            if len(looked) == 1:
                units.changed(path, pipeline("p", '"ml.p3.16xlarge"'))

    monkeypatch.setattr("linter.cli.editor.analysis.Analysis", Overtaken)
    found = units.analysis("main.tf")
    assert found is not None
    assert len(looked) == 2
    assert "COST009" in {finding.rule for finding in found.findings}


def test_changes_by_lines_give_the_text() -> None:
    for before, after in (
        ("a\nb\nc\n", "a\nx\nc\n"),
        ("a", "a\nb"),
        ("", "x\n"),
        ("a\r\nb\r\n", "b\r\n"),
        ("é🚀\n", "🚀é\n"),
    ):
        text = before
        for edit in reversed(changes("p", before, after)):
            text = text[: edit.start] + edit.text + text[edit.end :]
        assert text == after


def test_without_the_extra_it_says_so_in_one_line() -> None:
    code = (
        "import sys; sys.modules['pygls'] = None\nfrom linter.cli.main import run\nrun(['lsp'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "pipewarden[lsp]" in done.stderr


def test_other_commands_do_not_load_it() -> None:
    code = (
        "import sys\nfrom linter.cli.main import cli\n"
        "cli.main(['check', 'docs/examples/churn'], standalone_mode=False)\n"
        "cli.main(['--help'], standalone_mode=False)\n"
        "assert not {'pygls', 'lsprotocol'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)
