"""What is claimed with some variables unknown is what any values of them give; nothing crashes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linter.core.values import Unknown
from linter.readers.terraform.cty.errors import EvaluationError
from linter.readers.terraform.cty.value import is_wholly_known, plain
from linter.readers.terraform.evaluate import evaluate_expression
from linter.readers.terraform.evaluation import budget
from tests.hanging import ends
from tests.terraform.functions.covering import covers
from tests.terraform.reading import read

_LEAVES = [
    "var.s",
    "var.t",
    "var.n",
    "var.b",
    "var.list",
    "var.map",
    "var.obj",
    '"lit"',
    '"a"',
    "1",
    "0",
    "true",
    "false",
    "null",
    "[]",
    "{}",
    "var.z",
]

_FORMS = [
    "[{0}, {1}]",
    "{{ a = {0}, b = {1} }}",
    "{{ ({0}) = {1} }}",
    '"x${{{0}}}y"',
    '"${{{0}}}${{{1}}}"',
    "({0} ? {1} : {2})",
    "({0} == {1})",
    "({0} != {1})",
    "({0} && {1})",
    "({0} || {1})",
    "!({0})",
    "({0} + {1})",
    "({0} < {1})",
    "concat({0}, {1})",
    "merge({0}, {1})",
    "try({0}, {1})",
    "can({0})",
    "jsonencode({0})",
    "jsondecode(jsonencode({0}))",
    "length({0})",
    "[for x in {0} : x]",
    "[for x in {0} : {1} if x != {2}]",
    "{{ for k, v in {0} : k => v }}",
    "{{ for k, v in {0} : v => k... }}",
    "{0}[*]",
    "{0}[0]",
    '{0}["a"]',
    "try({0}.a, {1})",
    "coalesce({0}, {1})",
    "toset({0})",
    "tolist({0})",
    "join({0}, {1})",
    "keys({0})",
    "values({0})",
    "contains({0}, {1})",
    "lookup({0}, {1}, {2})",
    "flatten([{0}, {1}])",
    "distinct({0})",
    'format("%s-%s", {0}, {1})',
    "element({0}, 0)",
    "slice({0}, 0, 1)",
    "reverse({0})",
    "compact({0})",
    "one({0})",
    "zipmap({0}, {1})",
    "lower({0})",
    "replace({0}, {1}, {2})",
    "split({0}, {1})",
    "tostring({0})",
    "tonumber({0})",
    "[for x in {0} : [for y in {1} : x]]",
    '"%{{if {0}}}p%{{else}}q%{{endif}}"',
    '"%{{for x in {0}}}<${{x}}>%{{endfor}}"',
    "try({0}[{1}], {2})",
    "setunion({0}, {1})",
    "max({0}, {1})",
    "sort({0})",
    "({0})[{1}]",
]


_TYPED: dict[str, list[tuple[str, str]]] = {
    "t": [  # text
        ("var.s", ""),
        ("var.t", ""),
        ('"a"', ""),
        ('"lit"', ""),
        ('"x${{{0}}}y"', "t"),
        ('"${{{0}}}-${{{1}}}"', "tn"),
        ("({0} ? {1} : {2})", "btt"),
        ("jsonencode({0})", "l"),
        ("jsonencode({0})", "m"),
        ("join({0}, {1})", "tl"),
        ("upper({0})", "t"),
        ("replace({0}, {1}, {2})", "ttt"),
        ("tostring({0})", "n"),
        ("try({0}[{1}], {2})", "lnt"),
        ("lookup({0}, {1}, {2})", "mtt"),
        ('coalesce({0}, {1}, "c")', "tt"),
        ("var.obj.a", ""),
        ('"%{{if {0}}}p${{{1}}}%{{else}}q%{{endif}}"', "bt"),
        ("try({0}.a, {1})", "mt"),
        ('"%{{for x in {0}}}<${{x}}>%{{endfor}}"', "l"),
        ('format("%s:%s", {0}, {1})', "tn"),
        ("jsondecode(jsonencode({{ k = {0} }})).k", "t"),
        ("{{ a = {0}, ({1}) = {2} }}.a", "ttt"),
    ],
    "n": [  # number
        ("var.n", ""),
        ("1", ""),
        ("0", ""),
        ("var.obj.n", ""),
        ("({0} + {1})", "nn"),
        ("length({0})", "l"),
        ("length({0})", "m"),
        ("length({0})", "t"),
        ("max({0}, {1})", "nn"),
        ("({0} ? {1} : {2})", "bnn"),
        ("-({0})", "n"),
        ("try(tonumber({0}), {1})", "tn"),
    ],
    "b": [  # truth
        ("var.b", ""),
        ("true", ""),
        ("({0} == {1})", "tt"),
        ("({0} != {1})", "ll"),
        ("({0} == {1})", "mm"),
        ("({0} < {1})", "nn"),
        ("({0} && {1})", "bb"),
        ("({0} || {1})", "bb"),
        ("!({0})", "b"),
        ("can({0}[{1}])", "ln"),
        ("can({0}.a)", "m"),
        ("contains({0}, {1})", "lt"),
        ("(var.z == null)", ""),
    ],
    "l": [  # list of text
        ("var.list", ""),
        ("[]", ""),
        ("[{0}, {1}]", "tt"),
        ("concat({0}, {1})", "ll"),
        ("[for x in {0} : x]", "l"),
        ("[for x in {0} : upper(x) if x != {1}]", "lt"),
        ("[for k, v in {0} : k]", "m"),
        ("keys({0})", "m"),
        ("values({0})", "m"),
        ("tolist(toset({0}))", "l"),
        ("distinct({0})", "l"),
        ("compact({0})", "l"),
        ("reverse({0})", "l"),
        ("sort({0})", "l"),
        ("flatten([{0}, [{1}]])", "lt"),
        ("split({0}, {1})", "tt"),
        ("({0} ? {1} : {2})", "bll"),
        ("{0}[*]", "l"),
        ("[for x in {0} : {1}]", "lt"),
        ("try({0}, {1})", "ll"),
        ("[{0}][*]", "t"),
        ("setunion({0}, {1})", "ll"),
        ("[for x in setsubtract({0}, {1}) : x]", "ll"),
    ],
    "m": [  # map of text
        ("var.map", ""),
        ("{{}}", ""),
        ("{{ a = {0}, b = {1} }}", "tt"),
        ("merge({0}, {1})", "mm"),
        ("{{ ({0}) = {1} }}", "tt"),
        ("{{ for k, v in {0} : k => upper(v) }}", "m"),
        ("{{ for k, v in {0} : k => v if v != {1} }}", "mt"),
        ("{{ a = {0}, ({1}) = {2} }}", "ttt"),
        ("({0} ? {1} : {2})", "bmm"),
        ("{{ for x in toset({0}) : x => x }}", "l"),
        ("zipmap(distinct({0}), distinct({0}))", "l"),
        ("tomap({0})", "m"),
    ],
}
"""Forms by the type of the result, with the types of what is put in: these are seldom refused."""


@st.composite
def _typed(draw: st.DrawFn, kind: str = "", depth: int = 3) -> str:
    kind = kind or draw(st.sampled_from("tnblm"))
    forms = _TYPED[kind] if depth else [form for form in _TYPED[kind] if not form[1]]
    form, inner = draw(st.sampled_from(forms))
    return form.format(*[draw(_typed(each, depth - 1)) for each in inner])


@st.composite
def _expressions(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 3 and draw(st.integers(0, 3)):
        return draw(_typed())
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(_LEAVES))
    form = draw(st.sampled_from(_FORMS))
    return form.format(*[draw(_expressions(depth - 1)) for _ in range(3)])


_TEXTS = st.sampled_from(["", "a", "b", "lit", "1", "true"])
_CONCRETE = st.fixed_dictionaries(
    {
        "s": _TEXTS,
        "t": _TEXTS,
        "n": st.integers(-1, 3),
        "b": st.booleans(),
        "list": st.lists(_TEXTS, max_size=3),
        "map": st.dictionaries(st.sampled_from(["a", "b", "k"]), _TEXTS, max_size=2),
        "obj": st.fixed_dictionaries({"a": _TEXTS, "n": st.integers(0, 2)}),
        "z": st.one_of(st.none(), _TEXTS, st.lists(st.integers(0, 2), max_size=2)),
    }
)


_OTHERS: list[dict[str, Any]] = [
    {
        "s": "a",
        "t": None,
        "n": 2,
        "b": True,
        "list": [],
        "map": {},
        "obj": {"a": "x"},
        "z": {"k": [1]},
    },
    {
        "s": 1,
        "t": "b",
        "n": "1",
        "b": None,
        "list": ["a", "b", "q"],
        "map": {"a": "1", "k": "2", "q": "3"},
        "obj": {"a": "y", "n": "2", "o": True},
        "z": "w",
    },
]


def _hidden(name: str, value: Any, others: dict[str, Any] | None) -> Unknown:
    """A variable of which nothing is known, or only that it is one of two values."""
    options = () if others is None else (others[name], value)
    return Unknown(f"var.{name}", (f"var.{name}",), options)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    _expressions(),
    _CONCRETE,
    st.sets(st.sampled_from("s t n b list map obj z".split())),
    st.sampled_from((None, *_OTHERS)),
)
def test_claims_hold_for_any_values(
    expression: str, values: dict[str, Any], hidden: set[str], others: dict[str, Any] | None
) -> None:
    partly = {
        name: _hidden(name, value, others) if name in hidden else value
        for name, value in values.items()
    }
    try:
        found = evaluate_expression(expression, values)
    except EvaluationError:
        return  # nothing is claimed of a configuration Terraform refuses
    if not is_wholly_known(found):
        return  # the type of an empty list may stay open: then even this is a claim
    claim = evaluate_expression(expression, partly)
    assert covers(claim, found), (plain(claim), plain(found))


_SAMPLE = """\
locals {
  a = [for x in ["p", "q"] : "${x}-%{if x == "p"}1%{else}2%{endif}"]
}
resource "aws_iam_policy" "p" {
  for_each = toset(local.a)
  policy = jsonencode({ Statement = [{ Action = each.key, Effect = "Allow" }] })
  dynamic "b" {
    for_each = { a = 1 }
    content { c = b.value }
  }
}
data "aws_iam_policy_document" "d" {
  statement {
    actions = ["s3:*"]
    principals { type = "AWS", identifiers = ["*"] }
  }
}
output "t" { value = <<-EOT
    x ${local.a[0]}
  EOT
}
"""


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_mangled_files_never_crash(data: st.DataObject) -> None:
    text = _SAMPLE
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 12))
        letters = st.sampled_from('{}[]()"$%=.,;:\n<-E~*?! a1\\\u0000é#/')
        new = data.draw(st.text(letters, max_size=4))
        text = text[:at] + new + text[at + length :]
    result = read(text)
    for document in result.documents:
        assert document.value is not None or document.kind != "terraform.resource"
        document.locate()
        for embedded in document.embedded.values():
            embedded.locator.locate(())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('locals {\n a = local.b\n b = local.a\n}\noutput "o" { value = local.a }', "Cycle"),
        ('output "o" { value = lower([]) }', "Invalid function argument"),
        ('output "o" { value = [1][3] }', "Invalid index"),
        ('output "o" { value = file("missing.txt") }', "no file exists"),
        ('output "o" { value = nosuch(1) }', "no function named"),
        ('output "o" { value = local.nothing }', "undeclared local value"),
        ('module "m" { source = "./" }', "Module cycle"),
        (f'output "o" {{ value = {"(" * 10_000}1{")" * 10_000} }}', "nested deeper"),
        (
            'output "o" { value = [for a in range(999) : [for b in range(999) : [a, b]]] }',
            "evaluation steps",
        ),
    ],
)
def test_what_cannot_be_evaluated_is_named(
    text: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "MAX_STEPS", 200_000)
    with ends():
        result = read(text)
    assert words in " ".join(problem.message for problem in result.problems)


def test_try_does_not_hide_that_evaluation_was_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_STEPS", 200_000)
    bomb = "[for a in range(999) : [for b in range(999) : [a, b]]]"
    result = read(f'output "o" {{ value = try({bomb}, "claimed") }}')
    assert isinstance(result.documents[0].value, Unknown)


def test_long_chains_of_locals_end() -> None:
    chain = "\n".join(f"  a{n} = local.a{n + 1}" for n in range(3_000))
    result = read(f'locals {{\n{chain}\n  a3000 = 1\n}}\noutput "o" {{ value = local.a0 }}\n')
    assert [d.address for d in result.documents] == ["output.o"]
