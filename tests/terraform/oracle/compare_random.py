"""Compares random expressions with terraform: what it finds of each, and what is found here.

A developer's tool, not part of the tests: ``python -m tests.terraform.oracle.compare_random
--count 10000 --seed 7`` with terraform 1.11 on the path. Prints the share that is equal, and every
expression that is not. ``--store FILE`` writes a sample of the answers, which the tests read.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path
from typing import Any

from linter.readers.terraform.cty.errors import EvaluationError
from linter.readers.terraform.cty.json_text import encode
from linter.readers.terraform.cty.types import type_to_json
from linter.readers.terraform.evaluate import evaluate_expression
from tests.terraform.oracle.generate import answers

BATCH = 1_000
"""Expressions in one configuration; terraform starts slowly and then is fast."""

_TEXTS = (
    '""',
    '"a"',
    '"A b"',
    '"a,b,,c"',
    '"true"',
    '"12"',
    '"1.50"',
    '"-0"',
    '" x "',
    '"café"',
    '"cafe\\u0301"',
    '"İıß"',
    '"中文"',
    '"👩\\u200d👧"',
    '"a/b/c.txt"',
    '"x\\ny\\n"',
    '"\\t\\"q\\" \\\\"',
    '"$${x} %%{y}"',
    '"2024-02-29T12:30:00Z"',
    '"10.1.2.0/24"',
    '"aGk="',
    '"[1,{\\"a\\":null}]"',
    '"k: v\\nl: [1, x]\\n"',
    '"arn:aws:s3:::b/*"',
    '"<&>"',
)
_NUMBERS = (
    "0",
    "1",
    "2",
    "-1",
    "3.5",
    "0.1",
    "1e3",
    "1e21",
    "123456789012345678901234567890",
    "1e-7",
    "255",
    "-0.5",
)

_FORMS: dict[str, list[tuple[str, str]]] = {
    "t": [
        *((text, "") for text in _TEXTS),
        ('"${{{0}}}-${{{1}}}"', "tn"),
        ('"%{{if {0}}}p${{{1}}}%{{else}}q%{{endif}}"', "bt"),
        ('"%{{for x in {0}}}<${{x}}>%{{endfor}}"', "l"),
        ("({0} ? {1} : {2})", "btt"),
        ("upper({0})", "t"),
        ("lower({0})", "t"),
        ("title({0})", "t"),
        ("strrev({0})", "t"),
        ("trimspace({0})", "t"),
        ("trim({0}, {1})", "tt"),
        ("trimprefix({0}, {1})", "tt"),
        ("trimsuffix({0}, {1})", "tt"),
        ("chomp({0})", "t"),
        ("indent({0}, {1})", "it"),
        ("replace({0}, {1}, {2})", "ttt"),
        ('replace({0}, "/[a-c]+/", "<$0>")', "t"),
        ("substr({0}, {1}, {2})", "tii"),
        ("join({0}, {1})", "tl"),
        ("jsonencode({0})", "*"),
        ("jsonencode({0})", "o"),
        ("yamlencode({0})", "*"),
        ("yamlencode({0})", "o"),
        ("base64encode({0})", "t"),
        ("urlencode({0})", "t"),
        ("md5({0})", "t"),
        ("base64sha256({0})", "t"),
        ("sha1({0})", "t"),
        ('format("%s|%5s|%-4s|%q", {0}, {1}, {2}, {3})', "tttt"),
        ('format("%d %05d %x", {0}, {1}, {2})', "iii"),
        ('format("%.2f %e %g %v", {0}, {1}, {2}, {3})', "nnnn"),
        ('format("%t %v %#v", {0}, {1}, {2})', "blo"),
        ("tostring({0})", "n"),
        ("tostring({0})", "b"),
        ("coalesce({0}, {1})", "tt"),
        ("try({0}[{1}], {2})", "lit"),
        ("lookup({0}, {1}, {2})", "mtt"),
        ("try({0}.a, {1})", "ot"),
        ("element({0}, {1})", "Li"),
        ("{0}[0]", "L"),
        ("basename({0})", "t"),
        ("dirname({0})", "t"),
        ('try(formatdate("DD MMM YYYY hh:mm", {0}), {1})', "tt"),
        ('try(cidrhost({0}, {1}), "none")', "ti"),
        ('try(base64decode({0}), "none")', "t"),
        ('try(regex("[a-z]+", {0}), "none")', "t"),
        ("one([{0}])", "t"),
        ("<<EOT\nx ${{{0}}}\n  y\nEOT\n", "t"),
        ("nonsensitive({0})", "t"),
    ],
    "n": [
        *((number, "") for number in _NUMBERS),
        ("({0} + {1})", "nn"),
        ("({0} - {1})", "nn"),
        ("({0} * {1})", "nn"),
        ("({0} / 7)", "n"),
        ("try({0} % {1}, {1})", "nn"),
        ("-({0})", "n"),
        ("abs({0})", "n"),
        ("ceil({0})", "n"),
        ("floor({0})", "n"),
        ("signum({0})", "i"),
        ("max({0}, {1})", "nn"),
        ("min({0}, {1})", "nn"),
        ("length({0})", "t"),
        ("length({0})", "l"),
        ("length({0})", "o"),
        ("sum(concat([{0}], {1}))", "nN"),
        ("try(tonumber({0}), {1})", "tn"),
        ("try(index({0}, {1}), {2})", "ltn"),
        ("({0} ? {1} : {2})", "bnn"),
        ("parseint(substr(md5({0}), 0, 4), 16)", "t"),
        ("pow({0}, 2)", "i"),
        ("log({0} + 1, 3)", "i"),
    ],
    "i": [("0", ""), ("1", ""), ("2", ""), ("3", ""), ("length({0})", "l")],
    "b": [
        ("true", ""),
        ("false", ""),
        ("({0} == {1})", "tt"),
        ("({0} == {1})", "**"),
        ("({0} != {1})", "ll"),
        ("({0} == {1})", "oo"),
        ("({0} < {1})", "nn"),
        ("({0} >= {1})", "nn"),
        ("({0} && {1})", "bb"),
        ("({0} || {1})", "bb"),
        ("!({0})", "b"),
        ("contains({0}, {1})", "lt"),
        ("startswith({0}, {1})", "tt"),
        ("endswith({0}, {1})", "tt"),
        ("strcontains({0}, {1})", "tt"),
        ("can({0}[{1}])", "li"),
        ("can({0}.a)", "o"),
        ("can(tonumber({0}))", "t"),
        ('can(regex("^[a-z]*$", {0}))', "t"),
        ("alltrue([{0}, {1}])", "bb"),
        ("anytrue([{0}, {1}])", "bb"),
        ("tobool({0})", "b"),
    ],
    "L": [  # never empty
        ("[{0}]", "t"),
        ("[{0}, {1}]", "tt"),
        ("tolist([{0}, {1}])", "tt"),
        ("concat([{0}], {1})", "tl"),
    ],
    "l": [
        ("[]", ""),
        ("{0}", "L"),
        ("concat({0}, {1})", "ll"),
        ("[for x in {0} : upper(x)]", "l"),
        ("[for i, x in {0} : x if i != {1}]", "li"),
        ("[for k, v in {0} : k]", "o"),
        ("keys({0})", "o"),
        ("values({0})", "m"),
        ("distinct({0})", "l"),
        ("compact({0})", "l"),
        ("reverse({0})", "l"),
        ("sort({0})", "l"),
        ("flatten([{0}, [{1}]])", "lt"),
        ("split({0}, {1})", "tt"),
        ("tolist(toset({0}))", "l"),
        ("try(slice({0}, 0, {1}), {0})", "li"),
        ("try(chunklist({0}, {1})[0], {0})", "li"),
        ('formatlist("%s-x", {0})', "l"),
        ("({0} ? {1} : {2})", "bLL"),
        ("{0}[*]", "L"),
        ("{0}[*]", "t"),
        ("[for x in setproduct({0}, [{1}]) : join({1}, x)]", "Lt"),
        ("try(coalescelist({0}, {1}), [])", "ll"),
        ("matchkeys({0}, {0}, [{1}])", "Lt"),
        ('regexall("[a-z]", {0})', "t"),
    ],
    "N": [("[{0}]", "n"), ("[{0}, {1}]", "nn"), ("range({0})", "i"), ("tolist([{0}, 1])", "n")],
    "S": [
        ("toset({0})", "l"),
        ("setunion({0}, {1})", "LL"),
        ("setintersection({0}, {1})", "LL"),
        ("setsubtract({0}, {1})", "LL"),
        ("toset({0})", "N"),
    ],
    "m": [  # maps of text
        ("{{}}", ""),
        ("{{ a = {0} }}", "t"),
        ("{{ a = {0}, ({1}) = {2} }}", "ttt"),
        ("tomap({{ a = {0}, b = {1} }})", "tt"),
        ("merge({0}, {1})", "mm"),
        ("{{ for k, v in {0} : upper(k) => v... }}", "m"),
        ("{{ for x in toset({0}) : x => upper(x) }}", "l"),
        ("zipmap(distinct({0}), distinct({0}))", "L"),
        ("{{ for k, v in {0} : k => v if v != {1} }}", "mt"),
    ],
    "o": [
        ("{0}", "m"),
        ("{{ a = {0}, b = {1} }}", "*n"),
        ("{{ a = {0}, null = {1} }}", "lb"),
        ("merge({0}, {{ c = {1} }})", "o*"),
        ("transpose({{ a = {0} }})", "L"),
        ("try(jsondecode({0}), {{}})", "t"),
        ("jsondecode(jsonencode({0}))", "o"),
        ("yamldecode(yamlencode({0}))", "o"),
    ],
    "*": [
        ("null", ""),
        ("{0}", "t"),
        ("{0}", "n"),
        ("{0}", "b"),
        ("{0}", "l"),
        ("{0}", "N"),
        ("{0}", "S"),
        ("{0}", "o"),
        ("[{0}, {1}]", "**"),
        ("({0} ? {1} : {2})", "bnt"),
        ("try(tolist([{0}, {1}]), {0})", "tn"),
        ("try({0}, {1})", "**"),
    ],
}
"""Forms by what they give, with what is put into them."""


def expression(chance: random.Random, kind: str = "*", depth: int = 4) -> str:
    """A random expression; most are accepted by terraform, some are not."""
    forms = _FORMS[kind]
    if depth <= 0:
        forms = [form for form in forms if not form[1]] or forms
    form, inner = chance.choice(forms)
    if not inner:
        return form.replace("{{}}", "{}")
    if chance.random() < 0.01:
        inner = "".join(chance.choice("tnblo*") for _ in inner)
    parts = []
    for each in inner:
        part = expression(chance, each, depth - 1)
        while "EOT" in part:  # a heredoc stands alone
            part = expression(chance, each, depth - 1)
        parts.append(part)
    if "EOT" in form and depth < 4:
        return expression(chance, kind, depth)
    return form.format(*parts)


def found_here(text: str) -> dict[str, Any]:
    """The answer in the form in which terraform's is kept."""
    try:
        value = evaluate_expression(text)
        text_of = None if value.is_unknown else encode(value)
        return {
            "json": text_of if isinstance(text_of, str) else None,
            "type": type_to_json(value.type),
        }
    except EvaluationError as error:
        return {"error": error.message}


def agree(asked: dict[str, Any], found: dict[str, Any]) -> bool:
    """Errors agree whatever their words; an unknown result agrees with one of any type."""
    if "error" in asked or "error" in found:
        return "error" in asked and "error" in found
    return asked["json"] == found["json"] and (
        asked["json"] is None or asked["type"] == found["type"]
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--sample", type=int, default=300)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    asked: dict[str, None] = {}
    while len(asked) < options.count:
        asked[expression(chance)] = None
    texts = list(asked)
    given: dict[str, dict[str, Any]] = {}
    different = 0
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        given |= answers(batch)
        for text in batch:
            ours = found_here(text)
            if text in given and not agree(given[text], ours):
                different += 1
                print(json.dumps({"expression": text, "terraform": given[text], "here": ours}))
        print(f"{start + len(batch)} asked, {different} different", file=sys.stderr)
    print(f"{len(given)} answers, {1 - different / len(given):.3%} equal", file=sys.stderr)
    if options.store is not None:
        sample = chance.sample([t for t in texts if t in given], options.sample)
        lines = ",\n".join(
            json.dumps({"expression": text, **given[text]}, ensure_ascii=False) for text in sample
        )
        options.store.write_text(f"[\n{lines}\n]\n", "utf-8")


if __name__ == "__main__":
    main()
