"""JSON writing keeps money exact and text safe."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.core.jsonwrite import dumps

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN, st.sampled_from([None, 2]))
def test_reads_back_as_written(value: object, indent: int | None) -> None:
    assert json.loads(dumps(value, indent=indent)) == value


def test_decimal_keeps_its_digits() -> None:
    assert dumps({"usd": Decimal("0.2300000000")}, indent=None) == '{"usd": 0.2300000000}'
    assert dumps(Decimal("1E+3")) == "1000"


def test_lone_surrogate_can_be_encoded() -> None:
    assert dumps("\ud800").encode("utf-8") == b'"\\ud800"'


def test_other_types_are_refused() -> None:
    with pytest.raises(TypeError, match="set has no JSON form"):
        dumps({1, 2})
