"""What a check reads and cannot know is noted, unless it names something or has an answer."""

from __future__ import annotations

import pytest

from linter.core import reads
from linter.core.values import OpenDict, Rest, Template, Unknown, dig, lookup
from linter.policy.helpers import is_set, known_values, like, select

VAR = Unknown("var.x has no default", ["var.x"])


def test_what_a_look_up_gives_is_noted() -> None:
    with reads.watching() as found:
        assert lookup({"A": VAR}, "A") is VAR
        lookup({"A": "known"}, "A")
        lookup({"A": {"B": VAR}}, "A")  # what is below was not asked for
    assert found.unknowns == [VAR]


@pytest.mark.parametrize(
    "value",
    [
        {"A": [1, Rest("more", ["var.x"])]},
        {"A": Template(["a", VAR])},
        {"A": OpenDict({}, VAR)},
        OpenDict({"B": 1}, VAR),
        VAR,
    ],
)
def test_every_form_of_an_unknown_is_noted(value: object) -> None:
    with reads.watching() as found:
        lookup(value, "A")
    assert found.unknowns


def test_nothing_is_noted_where_nobody_watches() -> None:
    with reads.watching() as outer:
        with reads.unwatched():
            lookup({"A": VAR}, "A")
        with reads.watching() as inner:
            lookup({"A": VAR}, "A")
    lookup({"A": VAR}, "A")
    assert (len(outer.unknowns), len(inner.unknowns)) == (0, 1)


@pytest.mark.parametrize(
    ("reference", "anything"),
    [
        ("var.x", True),
        ("local.x", True),
        ("Parameters.X", True),
        ("ParameterOfATemplate", True),
        ("data.aws_ssm_parameter.p.value", True),
        ("data.aws_kms_key.k.arn", False),
        ("aws_iam_role.r.arn", False),
        ("Role.Arn", False),
        ("AWS::AccountId", False),
        ("Steps.Train.ModelArtifacts.S3ModelArtifacts", False),
    ],
)
def test_a_reference_to_a_thing_names_something(reference: str, anything: bool) -> None:
    assert reads.may_be_anything([reference]) is anything


def test_an_answer_settles_what_was_read() -> None:
    with reads.watching() as found:
        assert is_set(lookup({"A": VAR}, "A")) is True
        template = lookup({"A": Template(["arn:", VAR])}, "A")
        assert like(template, "arn:*") is True
    assert found.unknowns == []


def test_what_stands_in_an_unknown_is_not_set_by_it() -> None:
    assert is_set(VAR) is True
    assert is_set(dig({"A": VAR}, "A", "B")) is None
    assert is_set(lookup(OpenDict({}, VAR), "A")) is None


def test_helpers_note_what_they_leave_out() -> None:
    with reads.watching() as found:
        assert known_values(VAR) == ()
    assert found.unknowns == [VAR]
    with reads.watching() as found:
        select({"A": [{"B": VAR}]}, "$.A[*].B")
    assert found.unknowns == [VAR]
