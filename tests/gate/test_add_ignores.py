"""Written suppressions suppress, and leave the rest of the text as it was."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from linter.core.sources import Source
from linter.gate.add_ignores import add_ignores
from linter.gate.suppressions import SuppressionOptions, apply_suppressions
from linter.policy.model import Finding
from tests.gate.gate_helpers import RULES, finding, project

HCL = """\
resource "a" "b" {
  policy = <<EOF
{
  "Action": "*"
}
EOF
  other = "*"
}
"""
YAML = "a:\r\n  - b: |\r\n      text\r\n      more\r\n    c: 1\r\n"


def covered(path: str, text: str, found: list[Finding], edited: str) -> None:
    """Every finding, moved down by the lines put in above it, is suppressed in the new text."""
    old, new = text.splitlines(), edited.splitlines()
    assert [line for line in new if "pipewarden:" not in line] == old
    rows = [number for number, line in enumerate(new, 1) if "pipewarden:" not in line]
    moved = [finding(path, rows[f.location.span.start_line - 1], f.rule) for f in found]
    result = apply_suppressions(
        project(**{path.replace(".", "_"): edited}),
        moved,
        SuppressionOptions(date(2026, 11, 23), RULES),
    )
    assert result.findings == []
    assert all(f.suppressed for f in moved)


@pytest.mark.parametrize(("path", "text"), [("main.tf", HCL), ("t.yaml", YAML)])
def test_each_line_alone_and_all_together(path: str, text: str) -> None:
    lines = range(1, len(text.splitlines()) + 1)
    for chosen in (*([n] for n in lines), list(lines)):
        found = [finding(path, n, rule) for n in chosen for rule in ("IAM001", "NET001")]
        result = add_ignores(found, {path: Source(path, text)}, "legacy,\n see the ticket")
        edited = result.texts[path]
        assert "-- legacy, see the ticket" in edited
        assert ("\r\n" in edited) == ("\r\n" in text)
        if len(chosen) == 1:
            covered(path, text, found, edited)


def test_json_gets_entries() -> None:
    found = [finding("a.json", 1, object_='Steps["x"].Arguments'), finding("a.json", 2)]
    result = add_ignores(found, {"a.json": Source("a.json", "{}")}, "r\x1b", date(2027, 1, 2))
    assert result.texts == {}
    assert result.count == 2
    (one, two) = tomllib.loads(result.entries)["ignore"]
    assert one == {
        "rule": "IAM001",
        "path": "a.json",
        "address": 'Steps["x"].Arguments',
        "reason": "r\\x1b",
        "until": date(2027, 1, 2),
    }
    assert two["address"] == "policy"
