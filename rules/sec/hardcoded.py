"""SEC007: account ids that are written into a pipeline's definition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from linter.core.documents import Path
from linter.core.regex import lazy_regex
from linter.core.values import Template
from linter.domain.images import aws_accounts
from linter.domain.pipeline import Pipeline
from linter.policy.helpers import fail
from linter.policy.model import Context, Outcome, Subject

_ACCOUNT = lazy_regex(
    r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}):"
    r"|(?<![0-9])(\d{12})\.dkr[.-]ecr"
    r"|s3://[a-z0-9.-]{0,50}-(\d{12})(?=[/-]|$)"
)


def accounts(subject: Subject, context: Context) -> Iterable[Outcome]:
    """One outcome per account, at the first place that names it."""
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    shared = {str(item) for item in context.parameters["accounts"]}
    places: Counter[str] = Counter()
    first: dict[str, Path] = {}
    for path, value in subject.raw_nodes:
        if path[:1] == ("Parameters",):
            continue  # a default may be replaced at the start
        for account in _accounts(value):
            places[account] += 1
            first.setdefault(account, path)
    for account, path in first.items():
        if account in shared or account in aws_accounts():
            continue
        count = places[account]
        where = "in one place" if count == 1 else f"in {count} places"
        yield fail(
            path,
            f"{subject.title} names the account {account} {where}: the definition runs nowhere "
            "else",
            detail=account,
        )


def _accounts(value: object) -> Iterator[str]:
    parts = value.parts if isinstance(value, Template) else (value,)
    for part in parts:
        if isinstance(part, str):
            for found in _ACCOUNT.finditer(part[:20_000]):
                yield found[1] or found[2] or found[3]
