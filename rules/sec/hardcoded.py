"""SEC007: account ids and regions that are written into a pipeline's definition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

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
_REGION = lazy_regex(
    r"\barn:aws[a-z-]{0,12}:[a-z0-9-]{2,40}:([a-z]{2}(?:-[a-z]{3,10}){1,2}-\d):(?!aws:)"
    r"|\.([a-z]{2}(?:-[a-z]{3,10}){1,2}-\d)\.amazonaws\.com\b"
)


def accounts(subject: Subject, context: Context) -> Iterable[Outcome]:
    """One outcome per account and region, at the first place that names it.

    A region beside an account that is reported is the same thing to put right, and is left out.
    """
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    if pipeline.document.root.kind == "account":
        return  # what is deployed is somewhere; the code is what has to move
    shared = {str(item) for item in context.parameters["accounts"]}
    known = shared | aws_accounts()
    places: Counter[str] = Counter()
    first: dict[str, Path] = {}
    regions: dict[str, Path] = {}
    covered: set[str] = set()
    for path, value in subject.raw_nodes:
        if path[:1] == ("Parameters",):
            continue  # a default may be replaced at the start
        if not isinstance(value, str | Template):
            continue
        found = [one for one in _accounts(value) if _is_written(pipeline, path, one)]
        for account in found:
            places[account] += 1
            first.setdefault(account, path)
        if found and known.issuperset(found):
            continue  # an image of AWS's is addressed by region
        for region in filter(partial(_is_written, pipeline, path), _regions(value)):
            if found:
                covered.add(region)
            else:
                regions.setdefault(region, path)
    for account, path in first.items():
        if account in known:
            continue
        count = places[account]
        where = "in one place" if count == 1 else f"in {count} places"
        yield fail(
            path,
            f"{subject.title} names the account {account} {where}: the definition runs nowhere "
            "else",
            detail=account,
        )
    for region, path in regions.items():
        if region in covered:
            continue
        yield fail(
            path,
            f"{subject.title} names the region {region}: the definition runs in no other",
            detail=region,
        )


def _is_written(pipeline: Pipeline, path: Path, text: str) -> bool:
    """Whether a text stands where its value is written, and was not put together from variables.

    Other files and escaped texts are not looked into: what is in them is written.
    """
    source, span = pipeline.document.source, pipeline.locate(*path).span
    if span.path != source.path:
        return True
    lines = range(span.start_line, span.end_line + 1)
    written = "\n".join(source.line(number) for number in lines)
    return text in written or "${" not in written


def _regions(value: object) -> Iterator[str]:
    """Regions in ARNs and in addresses of services, also where the account is not written."""
    for part in value.parts if isinstance(value, Template) else (value,):
        if isinstance(part, str) and ("arn:" in part or ".amazonaws." in part):
            for found in _REGION.finditer(part[:20_000]):
                yield found[1] or found[2]


def _accounts(value: object) -> Iterator[str]:
    parts = value.parts if isinstance(value, Template) else (value,)
    for part in parts:
        if isinstance(part, str) and (":" in part or ".dkr" in part):
            for found in _ACCOUNT.finditer(part[:20_000]):
                yield found[1] or found[2] or found[3]
