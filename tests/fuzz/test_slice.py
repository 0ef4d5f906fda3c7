"""A fixed slice of the fuzzer's inputs, and every input that ever crashed."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from tests.fuzz.__main__ import inputs
from tests.fuzz.targets import CORPUS, CRASHERS, run

SLICE = 400


def test_the_same_seed_gives_the_same_inputs() -> None:
    assert list(islice(inputs(7), 50)) == list(islice(inputs(7), 50))
    assert list(islice(inputs(7), 50)) != list(islice(inputs(8), 50))


@pytest.mark.parametrize("part", range(4))
def test_a_slice_does_not_crash(part: int) -> None:
    for name, data in islice(inputs(100 + part), SLICE // 4):
        run(name, data)


@pytest.mark.parametrize("file", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_the_corpus_is_read(file: Path) -> None:
    run(file.name, file.read_bytes())


@pytest.mark.parametrize("file", sorted(CRASHERS.glob("*-*")), ids=lambda path: path.name)
def test_what_crashed_does_not(file: Path) -> None:
    run(file.name.partition("-")[2], file.read_bytes())
