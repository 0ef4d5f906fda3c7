"""Regular expressions that could backtrack are refused; what is accepted is fast."""

from __future__ import annotations

import pytest

from linter.policy.regexes import RegexError, compile_safe
from tests.hanging import ends

ECR = (
    r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/[a-z0-9._/-]+(:[\w.-]+)?"
    r"(@sha256:[0-9a-f]{64})?"
)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(a*)*",
        r"(a|a)*",
        r"(a|ab)+c",
        r"(a?b?)*",
        r".*a.*b",
        r"x*x*y",
        r"[a-z]+[a-m]+",
        r"(?=a)b",
        r"(?!a)b",
        r"(a)\1",
        r"(?i)a",
        r"(?i:a)",
        r"a{1,100000}",
        r"(?:[a-z]+/)*[a-z]+",
        r"[",
        "(" * 300 + ")" * 300,
        "a" * 501,
        "(aa|b)" * 20,
    ],
)
def test_refused(pattern: str) -> None:
    with pytest.raises(RegexError):
        compile_safe(pattern)


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"[a-z]+-[0-9]{1,3}", "abc-12", "abc-1234"),
        (r".*latest.*", "x:latest-1", "x:1"),
        (ECR, "123456789012.dkr.ecr.us-east-1.amazonaws.com/a/b:1.0", "a/b:1.0"),
        (r"s3://[^/]+/.*", "s3://bucket/key\nnext", "s3://bucket"),
        (r"(ab|cd)+x", "abcdx", "abc"),
        (r"P(\d+D)?(T(\d+H)?(\d+M)?)?", "P1DT2H", "1D"),
        (r"\d+", "12", "١٢"),
    ],
)
def test_accepted_and_matched_whole(pattern: str, good: str, bad: str) -> None:
    compiled = compile_safe(pattern)
    assert compiled.fullmatch(good)
    assert not compiled.fullmatch(bad)


@pytest.mark.parametrize(
    "pattern", [r"[a-z]+-[0-9]{1,3}", r".*latest.*", ECR, r"s3://[^/]+/.*", r"(ab|cd)+x"]
)
@pytest.mark.parametrize("piece", ["a", "ab", "0", "latest", "/", "a-", "-", "123456789012."])
def test_accepted_patterns_end_on_long_texts(pattern: str, piece: str) -> None:
    compiled = compile_safe(pattern)
    text = piece * (200_000 // len(piece)) + "!"
    with ends(5):
        compiled.fullmatch(text)


def test_case_is_folded_before_overlaps_are_looked_for() -> None:
    compile_safe("[a-z]+[A-Z]+")
    with pytest.raises(RegexError):
        compile_safe("[a-z]+[A-Z]+", ignore_case=True)
