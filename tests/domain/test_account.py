"""The account a pipeline runs in, as its roles say."""

from __future__ import annotations

from typing import Any, cast

import pytest

from linter.core.documents import Document, Locator
from linter.core.values import MISSING, Template, Unknown
from linter.domain.pipeline import Pipeline

ROLE = "arn:aws:iam::111122223333:role/ml"
OTHER = "arn:aws:iam::444455556666:role/ml"


def account(role: Any, *steps: Any) -> str | None:
    definition = {
        "Steps": [
            {"Name": f"S{n}", "Type": "Training", "Arguments": {"RoleArn": step}}
            for n, step in enumerate(steps)
        ]
    }
    pipeline = Pipeline("p", cast(Document, None), definition, cast(Locator, None), role)
    return pipeline.account


@pytest.mark.parametrize(
    ("role", "steps", "expected"),
    [
        (ROLE, (), "111122223333"),
        (ROLE, (OTHER,), "111122223333"),
        (MISSING, (OTHER, OTHER), "444455556666"),
        (MISSING, (ROLE, OTHER), None),
        (Template(("arn:aws:iam::111122223333:role/", Unknown("u"))), (), "111122223333"),
        (Unknown("no default"), (ROLE,), "111122223333"),
        (Template((Unknown("u"), ":role/ml")), (), None),
        ("arn:aws:s3:::111122223333:role/ml", (), None),
        ("arn:aws:iam::123:role/ml", (), None),
        (7, (None,), None),
    ],
)
def test_account(role: Any, steps: tuple[Any, ...], expected: str | None) -> None:
    assert account(role, *steps) == expected
