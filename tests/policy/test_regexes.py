"""Regular expressions of rules: what is not linear in time is refused, with the reason."""

from __future__ import annotations

import pytest

from linter.core.linear import PatternError, compiled, why_refused
from linter.core.truth import Truth
from linter.policy.predicates import matches
from tests.hanging import ends

ECR = (
    r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/[a-z0-9._/-]+(:[\w.-]+)?"
    r"(@sha256:[0-9a-f]{64})?"
)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"(?=a)b", "look-around ((?=…) is not allowed: it is not linear in time"),
        (r"(?!a)b", "look-around ((?!…) is not allowed: it is not linear in time"),
        (r"a(?<=a)", "look-around ((?<=…) is not allowed: it is not linear in time"),
        (r"a(?<!a)", "look-around ((?<!…) is not allowed: it is not linear in time"),
        (r"(a)\1", r"a back-reference (\1) is not allowed: it is not linear in time"),
        (r"(?P<x>a)(?P=x)", ""),
        (r"a{1,100000}", ""),
        (r"[", ""),
        (r"a**", ""),
    ],
)
def test_refused(pattern: str, why: str) -> None:
    with pytest.raises(PatternError) as error:
        compiled(pattern)
    assert why in why_refused(error.value)


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
        (r"(a+)+", "aaa", "b"),
        (r"a|ab", "ab", "abc"),
        (r"é.", "éü", "é"),
    ],
)
def test_accepted_and_matched_whole(pattern: str, good: str, bad: str) -> None:
    assert matches(good, pattern) is True
    assert matches(bad, pattern) is False


@pytest.mark.parametrize(
    ("text", "ignore_case", "result"),
    [("ABC", True, True), ("ABC", False, False), ("\ud800", False, False)],
)
def test_case_and_texts_that_are_none(text: str, ignore_case: bool, result: Truth) -> None:
    assert matches(text, "abc", ignore_case=ignore_case) is result


@pytest.mark.parametrize(
    "pattern", [r"(a+)+b", r"(a*)*b", r"(a|a)*b", r"(a|ab)+c", r".*a.*b", "(x+x+)+y", "(a?){50}b"]
)
def test_none_takes_long(pattern: str) -> None:
    text = "a" * 5_000 + "x" * 5_000
    with ends():
        assert matches(text, pattern) is False
