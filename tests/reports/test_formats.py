"""Every format on one review: whole outputs as stored, and what its consumers demand."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from linter.core.sources import Span
from linter.gate.review import GateResult, Review
from linter.policy.model import LintResult, Severity
from linter.project.model import Project
from linter.reports import github, outputs, sarif
from linter.reports.escape import code, markdown, plain, uri
from tests.reports.shared_review import MAIN, RULES, found, review

GOLDEN = Path(__file__).parent / "golden"
NAMES = {name: f"review.{name}" for name in outputs.FORMATS if name not in ("text", "json")}


@pytest.mark.parametrize("name", NAMES)
def test_whole_output(name: str) -> None:
    """``PIPEWARDEN_GOLDEN=1`` writes the stored outputs anew; read the difference then."""
    file = GOLDEN / NAMES[name]
    text = re.sub(
        r'"((?:semanticV|v)ersion)": "\d+\.\d+\.[^"]*"',
        r'"\1": "VERSION"',
        outputs.render(name, review()),
    )
    text = text.replace('"version": "VERSION",\n  "runs"', '"version": "2.1.0",\n  "runs"')
    if os.environ.get("PIPEWARDEN_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_bytes(text.encode())
    assert text == file.read_bytes().decode()


@pytest.mark.parametrize("name", outputs.FORMATS)
def test_nothing_hostile_survives(name: str) -> None:
    text = outputs.render(name, review())
    text.encode("utf-8")
    if name in ("json", "jsonl"):
        text = text.replace("\u202e", "").replace("\u2066", "")  # JSON carries data as it is
    bad = [c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]
    assert bad == []
    assert "\u202e" not in text
    assert "\u2066" not in text


@pytest.mark.parametrize("name", outputs.FORMATS)
def test_an_empty_review_is_a_valid_output(name: str) -> None:
    empty = Review(Project(), LintResult(), [], [], GateResult(True, (), 0), RULES)
    text = outputs.render(name, empty)
    assert text.endswith("\n")
    if name in ("sarif", "gitlab", "rdjson", "json", "jsonl"):
        json.loads(text)
    if name == "junit":
        assert ElementTree.fromstring(text).get("failures") == "0"


SARIF_TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"minLength": 1}}}
SARIF_LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "message": SARIF_TEXT,
        "logicalLocations": {"type": "array"},
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation", "region"],
            "properties": {
                "artifactLocation": {
                    "required": ["uri"],
                    "properties": {"uri": {"pattern": r"^[A-Za-z0-9._~/%-]+$"}},
                },
                "region": {
                    "required": ["startLine", "startColumn", "endLine", "endColumn"],
                    "additionalProperties": {"type": "integer", "minimum": 1},
                },
            },
        },
    },
}
SARIF_SCHEMA = {
    "required": ["version", "$schema", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "required": ["tool", "results", "invocations", "automationDetails", "columnKind"],
                "properties": {
                    "columnKind": {"const": "unicodeCodePoints"},
                    "results": {
                        "items": {
                            "required": [
                                "ruleId",
                                "ruleIndex",
                                "level",
                                "message",
                                "locations",
                                "partialFingerprints",
                            ],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": SARIF_TEXT,
                                "locations": {"items": SARIF_LOCATION, "maxItems": 1},
                                "relatedLocations": {"items": SARIF_LOCATION},
                                "partialFingerprints": {"additionalProperties": {"type": "string"}},
                            },
                        }
                    },
                    "tool": {
                        "properties": {
                            "driver": {
                                "required": ["name", "semanticVersion", "rules"],
                                "properties": {
                                    "rules": {
                                        "uniqueItems": True,
                                        "items": {
                                            "required": [
                                                "id",
                                                "name",
                                                "shortDescription",
                                                "fullDescription",
                                                "help",
                                            ],
                                            "properties": {
                                                "shortDescription": SARIF_TEXT,
                                                "fullDescription": {
                                                    "properties": {"text": {"maxLength": 1024}}
                                                },
                                                "help": {"required": ["text", "markdown"]},
                                            },
                                        },
                                    }
                                },
                            }
                        }
                    },
                },
            },
        },
    },
}
"""What GitHub asks of a SARIF file beyond the standard's schema."""


@pytest.mark.parametrize("everything", [False, True])
def test_sarif_is_what_github_takes(everything: bool) -> None:
    options = sarif.SarifOptions(suppressed=everything, unknown=everything)
    log = json.loads(sarif.render(review(), options))
    jsonschema.validate(log, SARIF_SCHEMA)
    official = os.environ.get("PIPEWARDEN_SARIF_SCHEMA")
    if official:
        jsonschema.Draft4Validator(json.loads(Path(official).read_text())).validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted(rule["id"] for rule in rules)
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"])
    assert len(run["results"]) == (8 if everything else 5)
    assert run["invocations"][0]["executionSuccessful"] is False
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 3
    by_rule = {rule["id"]: rule["properties"] for rule in rules}
    assert by_rule["NET001"]["security-severity"] == "9.5"
    assert by_rule["COST001"] == {
        "precision": "high",
        "problem.severity": "warning",
        "tags": ["cost", "sagemaker"],
    }
    uris = [
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]
    ]
    assert uris[0] == "team/infra/main.tf"
    assert "team/infra/a%20b%23%C3%BC%25%3A1.json" in uris


def test_sarif_keeps_the_worst_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_RESULTS", 2)
    log = json.loads(sarif.render(review()))
    assert {r["ruleId"] for r in log["runs"][0]["results"]} == {"NET001", "IAM001"}
    assert "3 of the least severe" in json.dumps(log["runs"][0]["invocations"])


def test_rdjson_counts_utf8_bytes() -> None:
    line = MAIN.split("\n")[4]
    at = line.index('"s3:*"')
    span = Span("infra/main.tf", 5, at + 1, 5, at + 7)
    made = review()
    made.findings = [found("IAM001", span, 1)]
    (diagnostic, *_) = json.loads(outputs.render("rdjson", made))["diagnostics"]
    place = diagnostic["location"]["range"]
    raw = line.encode()
    assert raw[place["start"]["column"] - 1 : place["end"]["column"] - 1] == b'"s3:*"'


def test_junit_counts_agree_with_the_cases() -> None:
    root = ElementTree.fromstring(outputs.render("junit", review()))
    for suite in root.findall("testsuite"):
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases))
        for kind, attribute in (
            ("failure", "failures"),
            ("error", "errors"),
            ("skipped", "skipped"),
        ):
            assert suite.get(attribute) == str(sum(c.find(kind) is not None for c in cases))
        for case in cases:
            assert case.get("name")
            assert case.get("classname")
            assert len(case) <= 1


JENKINS: dict[str, tuple[set[str], set[str]]] = {
    "testsuites": ({"name", "time", "tests", "failures", "disabled", "errors"}, {"testsuite"}),
    "testsuite": (
        {
            "name",
            "tests",
            "failures",
            "errors",
            "time",
            "disabled",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
        },
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "assertions", "time", "classname", "status"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"message"}, set()),
    "system-out": (set(), set()),
}
"""Attributes and children that Jenkins' schema (junit-10.xsd of its xUnit plugin) has."""


def test_junit_has_only_what_the_schema_of_jenkins_has() -> None:
    root = ElementTree.fromstring(outputs.render("junit", review()))
    assert root.tag == "testsuites"
    seen = set()
    for element in root.iter():
        attributes, children = JENKINS[element.tag]
        seen.add(element.tag)
        assert set(element.attrib) <= attributes, element.tag
        assert {child.tag for child in element} <= children, element.tag
        if element.tag in ("testsuite", "testcase"):
            assert element.get("name")
    assert seen == set(JENKINS)


def test_junit_fails_for_what_fails_the_gate_and_lists_the_rest() -> None:
    made = review()
    span = Span("infra/main.tf", 5, 39, 5, 43)
    made.findings = [found("IAM001", span, 1), found("TAG001", span, 2)]
    root = ElementTree.fromstring(outputs.render("junit", made))
    cases = {case.get("name", "").split()[0]: case for case in root.iter("testcase")}
    assert cases["IAM001"].find("failure") is not None
    assert cases["TAG001"].find("failure") is None
    text = cases["TAG001"].findtext("system-out") or ""
    assert "infra/main.tf:5:39 info: TAG001 says so" in text
    (suite,) = [s for s in root.findall("testsuite") if s.get("name") == "infra/main.tf"]
    assert suite.get("failures") == "1"


def test_gitlab_issues_have_what_gitlab_requires() -> None:
    issues = json.loads(outputs.render("gitlab", review()))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 8
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["path"].startswith("team/infra/")
        assert issue["location"]["lines"]["begin"] >= 1


def test_annotations_are_limited_and_the_worst_come_first() -> None:
    made = review()
    made.findings = [
        found("IAM001", Span("a.tf", n, 1, n, 2), n, severity=Severity(n % 5))
        for n in range(1, 101)
    ]
    lines = github.render(made).splitlines()
    commands = [line for line in lines if line.startswith("::")]
    levels = [line.split(" ")[0] for line in commands]
    assert levels == ["::error"] * 10 + ["::warning"] * 10 + ["::notice"] * 10
    assert "73 more" in lines[-2]
    assert all(re.fullmatch(r"::\w+ [^:]*::.*", line) for line in commands)


def test_an_annotation_over_several_lines_has_no_columns() -> None:
    lines = github.render(review()).splitlines()
    (several,) = [line for line in lines if "COST001 no-caching" in line]
    assert "line=2,endLine=7," in several
    assert "col" not in several.split("::")[1]


def test_the_summary_keeps_its_budget_and_says_what_was_cut() -> None:
    made = review()
    made.findings = [found("IAM001", Span("a.tf", n, 1, n, 2), n) for n in range(1, 2001)]
    text = github.step_summary(made, 10_000)
    assert len(text.encode()) <= 10_000
    assert re.search(r"\d{4} more rows do not fit here", text)
    assert text.startswith(github.MARKER)


def test_escaping() -> None:
    assert plain("a\x1b[0m\n") == "a\\x1b[0m\\n"
    assert len(plain("x" * 5000)) == 1000
    assert markdown("<b> [a](b) @me") == "&lt;b&gt; \\[a\\]\\(b\\) @\u200bme"
    assert code("a`b") == "`` a`b ``"
    assert uri("a:b/ü c") == "a%3Ab/%C3%BC%20c"
    assert uri("bad\udcff") == "bad%FF"


def test_output_specs(tmp_path: Path) -> None:
    assert outputs.parse_output_spec("sarif:C:\\x.sarif").path == "C:\\x.sarif"
    for wrong, why in (("sarf:x", "did you mean sarif"), ("sarif:", "file's name")):
        with pytest.raises(outputs.OutputError, match=why):
            outputs.parse_output_spec(wrong)
    with pytest.raises(outputs.OutputError, match="standard output"):
        outputs.parse_output_specs(["json", "github:-"])
    shown: list[str] = []
    specs = outputs.parse_output_specs(
        [f"json:{tmp_path}/no/such/x.json", f"junit:{tmp_path}/x.xml", "jsonl"]
    )
    (error,) = outputs.write_outputs(specs, review(), lambda text, _: shown.append(text))
    assert "cannot be written: no such file or directory" in str(error)
    assert (tmp_path / "x.xml").read_text().startswith("<?xml")
    assert len(shown) == 1


def test_the_step_summary_is_appended(tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    file.write_text("before\n")
    outputs.append_step_summary(review(), {"GITHUB_STEP_SUMMARY": str(file)})
    outputs.append_step_summary(review(), {})
    assert file.read_text().startswith("before\n" + github.MARKER)
