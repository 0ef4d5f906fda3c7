"""Suppression comments and entries: what they cover, and what is said about them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.config.entries import IgnoreEntry
from linter.core.sources import Source
from linter.gate.comments import layout_of
from linter.gate.directives import directives_of
from linter.gate.suppressions import SuppressionOptions, apply_suppressions
from linter.policy.model import Finding
from tests.gate.gate_helpers import RULES, finding, project

TODAY = date(2026, 11, 23)

BLOCK = """\
# pipewarden: ignore[IAM001] until=2027-03-31 -- reviewed
resource "aws_iam_role_policy" "p" {
  policy = <<EOF
  # pipewarden: ignore[NET001] -- text of a heredoc
  "}"
EOF
  name = "a # pipewarden: ignore[NET001] -- text of a string ${"}"}"
}
resource "aws_iam_role_policy" "q" {
  policy = "*" // pipewarden: ignore[wildcard-action] -- legacy
  other  = "*" /* pipewarden: ignore[IAM001] -- legacy too */
}
"""


def run(text: str, *found: Finding, name: str = "main_tf", **options: object) -> list[str]:
    result = apply_suppressions(
        project(**{name: text}),
        found,
        SuppressionOptions(TODAY, RULES, **options),  # type: ignore[arg-type]
    )
    return [f.rule for f in result.findings]


def test_block_line_and_trailing_comments_in_hcl() -> None:
    found = [finding("main.tf", line) for line in (2, 4, 7, 8, 9, 10, 11, 12)]
    assert run(BLOCK, *found) == []
    assert [f.location.span.start_line for f in found if not f.suppressed] == [9, 12]
    assert found[0].suppression_reason == "reviewed"
    assert found[5].suppression_reason == "legacy"


def test_a_marker_in_a_string_or_heredoc_is_text() -> None:
    source = Source("main.tf", BLOCK)
    lines = [d.span.start_line for d in directives_of(source, layout_of(source))]
    assert lines == [1, 10, 11]


def test_stacked_and_joined_directives_keep_their_own_reasons() -> None:
    text = (
        "# pipewarden: ignore[IAM001] -- first\n"
        "# pipewarden: ignore[no-vpc] -- second\n"
        'x = "*" # checkov:skip=1 pipewarden: ignore[IAM001] -- third; pipewarden: ignore[NET001]\n'
    )
    one, two = finding("main.tf", 3), finding("main.tf", 3, "NET001")
    assert run(text, one, two) == ["META001"]
    assert (one.suppression_reason, two.suppression_reason) == ("first", "second")


YAML = """\
Resources:
  # pipewarden: ignore[IAM001] -- the whole resource
  Role:
    Type: AWS::IAM::Role
    Note: |
      # pipewarden: ignore[NET001] -- text of a block scalar
    Other: "a # pipewarden: ignore[NET001] -- text"
  Next:
    Policies:  # pipewarden: ignore[no-vpc] -- the list
    - Name: a
    - Name: b
    Last: 1
"""


def test_yaml_blocks_and_scalars() -> None:
    found = [finding("t.yaml", line) for line in (3, 4, 7, 8)]
    listed = [finding("t.yaml", line, "NET001") for line in (9, 11, 12)]
    assert run(YAML, *found, *listed, name="t_yaml") == []
    assert [f.suppressed for f in found] == [True, True, True, False]
    assert [f.suppressed for f in listed] == [True, True, False]


def test_yaml_with_a_byte_order_mark_and_a_syntax_error() -> None:
    comment = "# pipewarden: ignore[IAM001]"
    text = f"\ufeffa: 'x {comment}'\nb: 1 {comment} -- r\nc: }}\n"
    assert run(text, finding("t.yaml", 2), name="t_yaml") == []


@pytest.mark.parametrize(
    ("comment", "rules"),
    [
        ("ignore[IAM001]", ["META001"]),
        ("ignore[IAM001] --", ["META001"]),
        ("ignore[IAM001] until=2026-11-22 -- late", ["META002"]),
        ("ignore[IAM001] until=2026-11-23 -- last day", []),
        ("ignore[IAM001] until=2026-13-01 -- x", ["META004"]),
        ("ignore[IAM01] -- x", ["META004"]),
        ("ignore[] -- x", ["META004"]),
        ("ignore IAM001 -- x", ["META004"]),
        ("ingore[IAM001] -- x", ["META004"]),
        ("ignore[IAM001 -- x", ["META004"]),
        ("ignore[IAM001] because", ["META004"]),
        ("ignore[IAM001, no-vpc] -- x", ["META003"]),
        ("see the manual", ["META004"]),
    ],
)
def test_faults(comment: str, rules: list[str]) -> None:
    one = finding("main.tf", 2)
    assert run(f"# pipewarden: {comment}\nx = 1\n", one) == rules
    assert one.suppressed == ("META002" not in rules and "META004" not in rules)


def test_the_finding_names_the_nearest_rule_and_the_place() -> None:
    text = "a = 1\n  # pipewarden: ignore[no-vcp] -- x\nb = 2\n"
    result = apply_suppressions(project(main_tf=text), [], SuppressionOptions(TODAY, RULES))
    (only,) = result.findings
    assert "did you mean no-vpc" in only.message
    assert only.location.span[1:3] == (2, 5)
    assert only.fingerprint


def test_prose_that_mentions_the_tool_is_left_alone() -> None:
    assert run("# we use pipewarden: it is good\nx = 1\n") == []


def test_a_rule_that_did_not_run_is_not_called_unneeded() -> None:
    text = "# pipewarden: ignore[NET001] -- x\nx = 1\n"
    assert run(text, ran=lambda rule, _: rule == "IAM001") == []
    assert run(text, ran=lambda rule, _: rule == "NET001") == ["META003"]
    assert run(text, ran=lambda rule, _: rule == "NET001", muted={"META003"}) == []


def test_reasons_and_dates_can_be_required() -> None:
    one = finding("main.tf", 2)
    assert run("# pipewarden: ignore[IAM001]\nx = 1\n", one, require_reason=True) == ["META001"]
    assert not one.suppressed
    assert run("# pipewarden: ignore[IAM001] -- r\nx = 1\n", one, max_days=90) == ["META004"]
    text = "# pipewarden: ignore[IAM001] until=2027-01-01 -- r\nx = 1\n"
    assert run(text, one, max_days=90) == []
    assert one.suppressed


def test_entries_match_by_path_and_address() -> None:
    entries = [
        IgnoreEntry("IAM001", path="snap/*.json", reason="r"),
        IgnoreEntry("no-vpc", address="Steps[[]Train]*", reason="r"),
        IgnoreEntry("no-vpc", address="x.Steps[Train]*", reason="r"),
    ]
    one = finding("snap/a.json", 1)
    two = finding("b.json", 1, "NET001", address="x", object_="Steps[Train].Arguments")
    three = finding("snap/deep/a.json", 1)
    assert run("", one, two, three, entries=entries) == ["META003"]
    assert [one.suppressed, two.suppressed, three.suppressed] == [True, True, False]


def test_expiring_soon_is_counted() -> None:
    text = "# pipewarden: ignore[IAM001] until=2026-12-05 -- r\nx = 1\n"
    result = apply_suppressions(
        project(main_tf=text), [finding("main.tf", 2)], SuppressionOptions(TODAY, RULES)
    )
    assert result.expiring == [date(2026, 12, 5)]
    assert result.used == 1


@given(st.text(alphabet='#/*"{}[]$%<EOF\n -:apipewarden: ignore[IAM001]\\', max_size=200))
def test_no_text_disturbs_the_scanners(text: str) -> None:
    for path in ("main.tf", "t.yaml", "x.json"):
        run(text, name=path.replace(".", "_"))
