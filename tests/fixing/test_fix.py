"""Fixes: every rule's own failing examples put right, and nothing else disturbed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linter.core.sources import Source
from linter.fixing.fix import Fixes, fix_all
from linter.fixing.layout import laid_out
from linter.gate.run import GateOptions, review_project
from linter.policy.engine import lint
from linter.policy.examples import Example
from linter.policy.model import Finding, Verdict
from linter.policy.registry import examples_of, load_rules
from linter.policy.rule import Rule
from linter.policy.selection import Selection
from linter.project.load import load_texts

RULES = load_rules().rules
FIXABLE = [rule for rule in RULES if rule.fixable]


def _can_be_fixed(rule: Rule, example: Example) -> bool:
    """Whether the target that the example is about has a fix; of several, not all need one."""
    selection = Selection((rule.id,), parameters={rule.id: example.parameters})
    found = lint(load_texts(example.files), RULES, selection).findings
    return any(finding.fixable for finding in found)


CASES = [
    pytest.param(rule, example, id=f"{rule.id}-{example.name}")
    for rule in FIXABLE
    for example in examples_of(rule).failing
    if _can_be_fixed(rule, example)
]
BY_PARAMETER = {"APPR001", "APPR014"}
"""Rules that also fail for a parameter's default, which is left to people."""


def fixed(texts: Mapping[str, str], selection: Selection, rules: list[Rule] = RULES) -> Fixes:
    def judged(changed: dict[str, str] | None) -> tuple[list[Finding], Mapping[str, Source]]:
        project = load_texts({**texts, **(changed or {})})
        return lint(project, rules, selection).findings, project.sources

    sources = load_texts(texts).sources
    return fix_all(sources, rules, judged, unsafe=True, parameters=selection.parameters)


def failures(texts: Mapping[str, str], selection: Selection) -> list[Finding]:
    found = lint(load_texts(texts), RULES, selection).findings
    return [f for f in found if f.verdict is Verdict.FAIL]


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_the_rule_passes_afterwards(rule: Rule, example: Example) -> None:
    selection = Selection((rule.id,), parameters={rule.id: example.parameters})
    result = fixed(example.files, selection)
    if result.left:
        assert all(reason for _, reason in result.left)
        if rule.id in BY_PARAMETER or "block" in result.left[0][1] or "object" in result.left[0][1]:
            return
    assert result.texts, result.left
    after = {**example.files, **result.texts}
    assert failures(after, selection) == []
    assert fixed(after, selection).texts == {}


def test_safe_fixes_are_many_and_each_says_why() -> None:
    fixes = [(rule, target.fix) for rule in FIXABLE for target in rule.targets if target.fix]
    silent = {rule.id for rule, fix in fixes if not fix["why"]}
    assert silent == set()
    safe = {rule.id for rule, fix in fixes if fix["safety"] == "safe"}
    assert len(safe) >= 15
    shown = {case.values[0].id for case in CASES}  # type: ignore[union-attr]
    assert safe <= shown, "each has an example that it repairs"


def terraform(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["terraform", *arguments], cwd=cwd, capture_output=True, text=True)


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_edits_of_terraform_are_what_fmt_would_write(tmp_path: Path) -> None:
    """Of every example that a fix repairs, laid out by fmt before; definitions as Terraform too."""
    cases: dict[Path, tuple[Rule, Example]] = {}
    for number, case in enumerate(CASES):
        rule, example = case.values
        assert isinstance(rule, Rule)
        assert isinstance(example, Example)
        texts = {name: text for name, text in example.files.items() if name.endswith(".tf")}
        for name, text in example.files.items():
            if name.endswith(".json"):
                texts["p.tf"] = as_terraform(text)
        for name, text in texts.items():
            folder = tmp_path / str(number)
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(text)
            cases[folder] = (rule, example)
    terraform("fmt", "-recursive", ".", cwd=tmp_path)
    changed = 0
    for folder, (rule, example) in cases.items():
        given = {file.name: file.read_text() for file in folder.glob("*.tf")}
        selection = Selection((rule.id,), parameters={rule.id: example.parameters})
        for name, text in fixed(given, selection).texts.items():
            (folder / name).write_text(text)
            changed += 1
    assert changed > 50
    done = terraform("fmt", "-recursive", "-check", "-diff", ".", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def as_terraform(definition: str) -> str:
    """A definition in JSON as a pipeline of Terraform."""
    written = json.dumps(json.loads(definition), indent=2).replace("${", "$${")
    written = re.sub(r'^( *)"([A-Za-z]\w*)": ', r"\1\2 = ", written, flags=re.M)
    head = 'resource "aws_sagemaker_pipeline" "p" {\n  pipeline_definition = jsonencode('
    return f"{head}{written})\n}}\n"


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_what_fmt_wrote_is_laid_out_for_us_too(tmp_path: Path) -> None:
    texts = [
        text
        for rule in RULES
        for example in examples_of(rule).all
        for name, text in example.files.items()
        if name.endswith(".tf")
    ]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "main.tf").write_text(text)
    terraform("fmt", "-recursive", ".", cwd=tmp_path)
    for file in tmp_path.rglob("*.tf"):
        assert laid_out(file.read_text()) == file.read_text()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = 1\nlong = 2\n", "a    = 1\nlong = 2\n"),
        ("a = 1 # one\nlong = 22 # two\n", "a    = 1  # one\nlong = 22 # two\n"),
        ("a = {\n  b = 1\n}\nlong = 2\n", "a = {\n  b = 1\n}\nlong = 2\n"),
        ('a = "x # ${f("}")} y"\nbb = 1\n', 'a  = "x # ${f("}")} y"\nbb = 1\n'),
        ("a = <<E\nx = 1\nlong = 2\nE\n", "a = <<E\nx = 1\nlong = 2\nE\n"),
        ("/*\na = 1\nlong = 2\n*/\n", "/*\na = 1\nlong = 2\n*/\n"),
        ("a = b == c\r\nlong = 1\r\n", "a    = b == c\r\nlong = 1\r\n"),
        ("a = 1\n\nlong = 2\n", "a = 1\n\nlong = 2\n"),
    ],
)
def test_layout(before: str, after: str) -> None:
    assert laid_out(before) == after
    assert laid_out(after) == after


def test_a_file_that_is_laid_out_otherwise_stays_so() -> None:
    text = HCL.replace('pipeline_name = "p"', 'pipeline_name="p"').replace(
        "Name = ", "Name      = "
    )
    result = fixed({"main.tf": text}, Selection(("CACHE001",)))
    assert '        Name      = "Prep"   # first\n' in result.texts["main.tf"]


def test_most_examples_can_be_fixed() -> None:
    done = sum(
        bool(fixed(p.values[1].files, Selection((p.values[0].id,))).texts)  # type: ignore[union-attr]
        for p in CASES
    )
    assert done >= len(CASES) * 0.8


HCL = """\
resource "aws_sagemaker_pipeline" "p" {
  pipeline_name = "p" # the name stays
  pipeline_definition = jsonencode({
    Version = "2020-12-01"
    Steps = [
      {
        Name = "Prep"   # first
        Type = "Processing"
        Arguments = {}
      },
    ]
  })
}
"""


def test_hcl_keeps_its_comments_and_layout() -> None:
    result = fixed({"main.tf": HCL}, Selection(("CACHE001", "CACHE002", "NET004", "COST007")))
    assert result.texts["main.tf"] == HCL.replace(
        "        Arguments = {}\n",
        "        Arguments = { NetworkConfig = { EnableNetworkIsolation = true },"
        " StoppingCondition = { MaxRuntimeInSeconds = 3600 } }\n"
        '        CacheConfig = { Enabled = true, ExpireAfter = "P30D" }\n',
    )
    assert '"p" # the name stays' in result.texts["main.tf"]
    assert failures(result.texts, Selection(("CACHE001", "CACHE002", "NET004", "COST007"))) == []


def test_windows_line_ends_stay() -> None:
    text = HCL.replace("\n", "\r\n")
    result = fixed({"main.tf": text}, Selection(("CACHE001",)))
    assert result.texts["main.tf"].count("\n") == result.texts["main.tf"].count("\r\n")


def test_a_value_from_elsewhere_is_left_with_the_reason() -> None:
    text = HCL.replace("Arguments = {}", "Arguments = local.arguments").replace(
        "resource", 'locals {\n  arguments = merge({}, { RoleArn = "r" })\n}\nresource', 1
    )
    result = fixed({"main.tf": text}, Selection(("NET004",)))
    assert result.texts == {} or failures(result.texts, Selection(("NET004",))) == []


def test_a_plan_is_not_edited() -> None:
    resource = {
        "address": "aws_sagemaker_notebook_instance.n",
        "mode": "managed",
        "type": "aws_sagemaker_notebook_instance",
        "name": "n",
        "values": {"name": "n", "root_access": "Enabled"},
    }
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.11.0",
        "planned_values": {"root_module": {"resources": [resource]}},
    }
    result = fixed({"plan.json": json.dumps(plan)}, Selection(("SEC008",)))
    assert result.texts == {}
    assert [reason for _, reason in result.left] == [
        "a plan is what Terraform wrote; fix the configuration"
    ]


_names = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
_scalars = st.one_of(_names, st.integers(-5, 5), st.booleans(), st.none())
_values = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(_names, inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(_names, _values, max_size=4),
    st.sampled_from(["Processing", "Training"]),
    st.sampled_from([None, 0, 2, "\t"]),
)
def test_no_json_is_broken(
    arguments: dict[str, object], kind: str, indent: int | str | None
) -> None:
    definition = {
        "Version": "2020-12-01",
        "Steps": [{"Name": "S", "Type": kind, "Arguments": arguments}],
    }
    text = json.dumps(definition, indent=indent, ensure_ascii=False)
    selection = Selection(("CACHE001", "CACHE002", "NET003", "NET004", "COST007"))
    result = fixed({"p.json": text}, selection)
    if result.texts:
        after = json.loads(result.texts["p.json"])
        step = after["Steps"][0]
        for name, value in arguments.items():
            if name not in ("NetworkConfig", "StoppingCondition", "EnableNetworkIsolation"):
                assert step["Arguments"][name] == value
        assert fixed(result.texts, selection).texts == {}


def test_what_no_edit_can_put_right_is_not_called_fixable() -> None:
    status = {"Get": "Parameters.Status"}
    step = {"Name": "R", "Type": "RegisterModel", "Arguments": {"ModelApprovalStatus": status}}
    parameter = {"Name": "Status", "Type": "String", "DefaultValue": "Approved"}
    text = {"Version": "2020-12-01", "Parameters": [parameter], "Steps": [step]}
    literal = {**text, "Steps": [{**step, "Arguments": {"ModelApprovalStatus": "Approved"}}]}
    found = {}
    for name, definition in (("get", text), ("literal", literal)):
        project = load_texts({"p.json": json.dumps(definition)})
        review = review_project(project, RULES, Selection(("APPR001", "APPR002")), GateOptions())
        found[name] = [(f.fixable, f.unfixable) for f in review.findings]
    assert found["literal"] == [(True, "")]
    assert found["get"]
    assert all(not fixable for fixable, _ in found["get"])


def test_at_least_fifteen_rules_have_safe_fixes_and_none_costs_money() -> None:
    safety = {
        rule.id: {target.fix["safety"] for target in rule.targets if target.fix} for rule in RULES
    }
    assert sum("safe" in kinds for kinds in safety.values()) >= 15
    # Rotations add to the price of a key; users of a domain may not be allowed to tag.
    for one in ("ENC029", "TAG007"):
        assert safety[one] == {"unsafe"}
