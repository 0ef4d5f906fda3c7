"""Which globs include others, against the comparison of each with each."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from linter.domain.iam.cover import Cover
from linter.domain.iam.globs import covers, wild

globs = st.lists(st.text("ab*?", max_size=5).map(wild), max_size=8)


@settings(max_examples=400, deadline=None)
@given(globs, st.text("ab*?", max_size=5).map(wild))
def test_includes_what_one_of_them_covers(known: list[str], glob: str) -> None:
    assert Cover(known).includes(glob) is any(covers(one, glob) for one in known)


@settings(max_examples=400, deadline=None)
@given(globs)
def test_of_equal_ones_the_later_is_superfluous(known: list[str]) -> None:
    cover = Cover(known)
    for number, glob in enumerate(known):
        wider = [
            other
            for other, one in enumerate(known)
            if other != number and covers(one, glob) and (other < number or not covers(glob, one))
        ]
        assert cover.wider(number) == min(wider, default=None)


def test_thousands_are_not_compared_with_each_other() -> None:
    """Each is looked for under what it begins with: a few steps, however many there are."""
    known = [wild(f"service{n}:Get*") for n in range(3_000)]
    cover = Cover(known)
    compared = sum(len(list(cover._candidates(glob))) for glob in known)
    assert compared <= 4 * len(known)
