"""Data files as scripts read them: what is claimed is what the script's own library gives."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.readers.python.agreeing import evaluated, fits

WRITTEN = [
    *("yes", "No", "on", "OFF", "y", "true", "~", "null", "Null", "''", "010", "0o10", "0x1F"),
    *("1_000", "1e3", "1.0e+3", ".5", ".inf", "-.INF", ".nan", "12:30:45", "190:20:30.15"),
    *("2020-01-02", "2020-01-02T03:04:05Z", "2020-13-45", "=", "<<", "'yes'", '"010"', "a: b"),
    *("- a\n- b", "[a, 1, yes]", "{a: 1, a: 2}", "{1: a, true: b}", "? [a]\n: b", "!!set {a, b}"),
    *("!!str 1", "!!int '3'", "!!binary YQ==", "!x y", "&a [1, *a]", "[&a {x: 1}, *a]"),
    *(
        "<<: {a: 1}\nb: 2",
        "a: &x {k: 1}\nb:\n  <<: *x\n  k: 2",
        "a\n---\nb",
        "",
        "# c",
        "|\n a\n b",
    ),
    *(">-\n a\n b", "@x", "%TAG", "[", "a: 'x", "\t- a", "key: [unclosed", "- - - a", "1: {2: 3}"),
]


@pytest.mark.parametrize("text", WRITTEN)
def test_yaml_is_read_as_pyyaml_reads_it(text: str) -> None:
    _same("yaml.safe_load", text, yaml.safe_load, yaml.YAMLError)


@given(st.text("ab01:-_.\n []{},&*!|>#'\"~<= yesnoffNTx", max_size=30))
def test_any_text_as_yaml(text: str) -> None:
    _same("yaml.safe_load", text, yaml.safe_load, yaml.YAMLError)


@pytest.mark.parametrize(
    "text", ["[1, NaN, Infinity]", '{"a": 1, "a": 2}', "[1e400]", "1", "{", ""]
)
def test_json_is_read_as_json_reads_it(text: str) -> None:
    _same("json.loads", text, json.loads, ValueError)


@pytest.mark.parametrize("text", ["a = 1\n[b]\nc = [1, 2]", "a = 2020-01-02", "a = inf", "a = "])
def test_toml_is_read_as_tomllib_reads_it(text: str) -> None:
    _same("tomllib.loads", text, tomllib.loads, ValueError)


def test_a_text_that_grows_without_end_is_given_up() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    text = "\n".join(lines)
    with pytest.raises(Exception, match="") as given_up:
        evaluated(f"import yaml\nr = yaml.safe_load({text!r})\n")
    assert type(given_up.value).__name__ == "Exhausted"


def _same(function: str, text: str, load: Any, error: type[Exception]) -> None:
    module = function.split(".", 1)[0]
    try:
        real = load(text)
    except (error, ValueError, TypeError, KeyError, RecursionError):
        return
    found = evaluated(f"import {module}\nr = {function}({text!r})\n").names["r"]
    try:
        assert fits(found, real), (found.value, real)
    except RecursionError:
        assert "&" in text
