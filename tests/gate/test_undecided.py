"""One unknown is one thing to find out, however many checks it leaves open."""

from __future__ import annotations

from linter.gate.add_ignores import add_ignores
from linter.gate.undecided import in_words, undecided
from linter.gate.verdict import GateOptions, judge
from linter.policy.model import Finding, Verdict
from tests.gate.gate_helpers import finding, project


def open_check(line: int, rule: str, because: str = "var.x has no default") -> Finding:
    found = finding("main.tf", line, rule, verdict=Verdict.UNKNOWN)
    found.because, found.references = because, ("var.x",) if "var.x" in because else ()
    return found


def test_checks_with_one_cause_are_together() -> None:
    several = [open_check(3, "IAM001"), open_check(4, "NET001"), open_check(4, "IAM001")]
    (group,) = undecided([*several, finding("main.tf", 9)])
    assert group.rules == ("IAM001", "NET001")
    assert group.first.location.span.start_line == 4
    other = open_check(3, "IAM001", "it is read from a file")
    assert len(undecided([*several, other])) == 2


def test_a_reference_is_one_cause_wherever_it_is_used() -> None:
    elsewhere = open_check(3, "IAM001")
    elsewhere.address = "aws_iam_policy.q"
    (group,) = undecided([open_check(3, "IAM001"), elsewhere])
    assert group.addresses == ("aws_iam_role_policy.p", "aws_iam_policy.q")


def test_a_reason_without_a_reference_is_of_its_document() -> None:
    here, elsewhere = (open_check(3, "IAM001", "it is read from a file") for _ in range(2))
    elsewhere.address = "aws_iam_policy.q"
    assert len(undecided([here, elsewhere])) == 2


def test_the_gate_names_the_cause() -> None:
    found = [open_check(3, rule) for rule in ("IAM001", "NET001")]
    strict = GateOptions(strict_unknown=True)
    assert judge(found, [], [], 1, strict).reasons == (
        "1 unknown leaves 2 checks undecided: var.x has no default (--strict-unknown)",
    )
    assert judge(found, [], [], 1, GateOptions()).passed
    many = [open_check(n, "IAM001", f"reason {n}") for n in range(9)]
    assert "and 6 more" in in_words(undecided(many))


def test_what_is_undecided_is_not_suppressed() -> None:
    """It would hide the failure once the value is known."""
    files = project(main_tf='resource "a" "b" {\n}\n')
    result = add_ignores([open_check(1, "IAM001")], files.sources, "why")
    assert (result.count, result.texts, result.entries) == (0, {}, "")
