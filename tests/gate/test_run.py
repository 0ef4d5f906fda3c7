"""Suppressions and baselines on findings of the real rules in real texts."""

from __future__ import annotations

from datetime import date

from linter.config.entries import IgnoreEntry
from linter.gate import baseline
from linter.gate.add_ignores import add_ignores
from linter.gate.review import Review
from linter.gate.run import Accepted, review_project
from linter.gate.verdict import GateOptions
from linter.policy.registry import load_rules
from linter.policy.selection import Selection
from linter.project.load import LoadOptions, load_texts

TODAY = date(2026, 11, 23)
MAIN = """\
resource "aws_iam_role_policy" "p" {
  role = "x"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "A"
      Effect = "Allow"
      Action = "s3:*"
      Resource = "*"
    }]
  })
}
"""
POLICY = """\
{"Version": "2012-10-17", "Statement": [
  {"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
"""


def review(text: str, path: str = "main.tf", accepted: Accepted | None = None) -> Review:
    found = load_rules(())
    return review_project(
        load_texts({path: text}, LoadOptions()),
        found.rules,
        Selection(("IAM",)),
        GateOptions(),
        accepted=accepted or Accepted(TODAY),
    )


def test_ignores_written_for_everything_leave_nothing_to_fail() -> None:
    before = review(MAIN)
    assert before.gate.exit_code == 1
    written = add_ignores(before.findings, before.project.sources, "legacy")
    after = review(written.texts["main.tf"])
    assert after.visible_findings == []
    assert after.gate.exit_code == 0
    assert len(after.findings) == len(before.findings) == written.count
    again = review(written.texts["main.tf"], accepted=Accepted(TODAY, ignores=False))
    assert again.gate.exit_code == 1
    assert [f.fingerprint for f in again.findings] == [f.fingerprint for f in before.findings]


def test_json_is_suppressed_by_entries() -> None:
    before = review(POLICY, "policy.json")
    assert before.gate.exit_code == 1
    entries = [
        IgnoreEntry(f.rule, path="policy.json", address=f.object, reason="r")
        for f in before.findings
    ]
    assert review(POLICY, "policy.json", Accepted(TODAY, entries)).gate.exit_code == 0


def test_a_baseline_passes_and_one_new_violation_alone_fails() -> None:
    made = baseline.create(review(MAIN).findings)
    same = review("# moved down\n\n" + MAIN, accepted=Accepted(TODAY, baseline=made))
    assert same.gate.exit_code == 0
    assert same.stale == []
    second = MAIN.replace(
        "}]\n", '}, {\n Sid = "B"\n Effect = "Allow"\n Action = "s3:*"\n Resource = "*"\n}]\n'
    )
    more = review(second, accepted=Accepted(TODAY, baseline=made))
    assert more.gate.exit_code == 1
    assert {f.object.split(".")[0] for f in more.visible_findings} == {"Statement[B]"}
    gone = review(MAIN.replace("s3:*", "s3:GetObject"), accepted=Accepted(TODAY, baseline=made))
    assert gone.stale


def test_a_suppression_at_the_resource_covers_it_and_expires() -> None:
    names = ", ".join(sorted({f.rule for f in review(MAIN).findings}))
    text = f"# pipewarden: ignore[{names}] until=2026-12-01 -- r\n{MAIN}"
    held = review(text)
    assert held.visible_findings == []
    assert set(held.expiring) == {date(2026, 12, 1)}
    late = review(text, accepted=Accepted(date(2026, 12, 2)))
    assert "META002" in {f.rule for f in late.visible_findings}
    assert late.gate.exit_code == 1
