"""The installed command on inputs as found in the wild: whole outputs."""

from __future__ import annotations

import json

import pytest

from tests.e2e.running import pipewarden, same_as_stored

_SELECTED = (
    *("SYN", "NET001", "NET002", "NET003", "NET004", "ENC001", "ENC003", "CACHE001"),
    *("IAM002", "IAM003", "IAM004", "IAM016", "APPR001", "APPR020"),
    *("COST001", "COST005", "COST007"),
)
RULES = [word for rule in _SELECTED for word in ("--select", rule)]
"""Named, so that a new rule does not change the stored outputs."""


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("check-broken.txt", ["check", "broken"], 1),
        ("check-broken-quiet.txt", ["check", "broken", "-q"], 1),
        ("check-broken-unknown.txt", ["check", "broken", "--show-unknown", "--exit-zero"], 0),
        ("check-mixed.txt", ["check", "mixed"], 1),
        ("check-mixed.json", ["check", "mixed", "--format", "json"], 1),
        ("check-cfn.txt", ["check", "cfn"], 1),
    ],
)
def test_check(name: str, arguments: list[str], code: int) -> None:
    ran = pipewarden(*arguments, *RULES)
    assert (ran.code, ran.err) == (code, "")
    same_as_stored(ran.out, name)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("broken-cost.txt", ["cost", "broken"]),
        ("mixed-cost.txt", ["cost", "mixed"]),
        ("mixed-cost.json", ["cost", "mixed", "--format", "json"]),
        ("cfn-cost.txt", ["cost", "cfn", "--runs-per-month", "4"]),
    ],
)
def test_cost(name: str, arguments: list[str]) -> None:
    ran = pipewarden(*arguments)
    assert (ran.code, ran.err) == (0, "")
    same_as_stored(ran.out, name)


@pytest.mark.parametrize(
    ("name", "said"),
    [("broken", "broken/main.tf:4:34 Invalid single-argument block definition\n"), ("cfn", "")],
)
def test_inspect(name: str, said: str) -> None:
    ran = pipewarden("inspect", name, "--format", "json")
    assert (ran.code, ran.err) == (0, said)
    same_as_stored(ran.out, f"{name}-inspect.json")


def test_nothing_of_a_file_that_does_not_parse_is_lost() -> None:
    found = json.loads(pipewarden("check", "broken", "--format", "json").out)["findings"]
    places = {(f["rule"], f["start"]["line"], f["start"]["column"]) for f in found}
    assert {
        ("SYN013", 4, 34),
        ("IAM004", 19, 37),
        ("IAM003", 20, 37),
        ("NET002", 33, 14),
        ("NET004", 33, 14),
        ("CACHE001", 33, 14),
        ("ENC003", 37, 11),
        ("APPR020", 32, 5),
    } <= places
    assert next(f for f in found if f["rule"] == "APPR020")["severity"] == "info"


def test_every_rule_runs_without_a_crash_on_every_input() -> None:
    ran = pipewarden("check", ".", "--select", "ALL", "--show-unknown")
    assert "crashed" not in ran.out
    assert ran.code == 1


def test_standard_input_is_one_document() -> None:
    policy = (
        b'{"Version": "2012-10-17", "Statement": '
        b'[{"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}]}'
    )
    ran = pipewarden("check", "-", "--select", "IAM002", "-q", stdin=policy)
    assert ran.code == 1
    assert ran.out.splitlines()[0] == "<stdin>"


def test_colour_only_where_it_is_wanted() -> None:
    assert "\x1b[" not in pipewarden("check", "broken").out
    assert "\x1b[" in pipewarden("check", "broken", "--color", "always").out
    assert "\x1b[" not in pipewarden("check", "broken", NO_COLOR="1").out


def test_a_misspelt_command_or_rule_is_named_with_the_nearest() -> None:
    assert "Did you mean 'check'?" in pipewarden("chek").err
    ran = pipewarden("check", "broken", "--select", "NOVPC")
    assert ran.code == 2
    assert "NOVPC" in ran.err
