"""What costs money beside SageMaker: networks, storage, logs, keys, other clusters.

Most of it is billed by use that no code states, and the book has few of its prices. What cannot be
priced is counted and named; it is in no total and leaves no budget undecided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from linter.core.record import record, replace
from pricing.book import NoPrice, PriceBook
from pricing.model import ASSUMED, DECLARED, HOURS_IN_MONTH, MEASURED, SeenKind, StandingEstimate
from pricing.ranges import Range
from pricing.resolve import known_items
from pricing.standing import StandingResource
from pricing.standing_details import get, properties
from pricing.usage import StandingUsage


@record
class Kind:
    """One kind of thing.

    Attributes:
        service: its name for people, of several.
        hourly: the rate by which it is billed while it exists, ``""`` for none.
        gigabyte: the rate of a GB, ``""`` for none.
        supported: whether there is a price model, given rates and use.
    """

    service: str
    hourly: str = ""
    gigabyte: str = ""
    supported: bool = True


BESIDE = {
    "nat-gateway": Kind("NAT gateways", "nat-gateway-hour", "nat-gateway-gb"),
    "interface-endpoint": Kind(
        "VPC interface endpoints", "interface-endpoint-hour", "interface-endpoint-gb"
    ),
    "s3-bucket": Kind("S3 buckets", "", "s3-gb-month"),
    "ecr-repository": Kind("ECR repositories", "", "ecr-gb-month"),
    "emr-cluster": Kind("EMR clusters and fleets", supported=False),
    "lambda-concurrency": Kind("Lambda provisioned concurrency settings", supported=False),
    "log-group": Kind("CloudWatch log groups", supported=False),
    "kms-key": Kind("KMS keys, with their requests", supported=False),
}


def beside_month(
    resource: StandingResource, empty: StandingEstimate, book: PriceBook, stated: StandingUsage
) -> StandingEstimate:
    """The month of one such thing, as far as rates and the usage file go."""
    kind = BESIDE[resource.kind]
    if not kind.supported:
        return replace(empty, supported=False, unpriced=_why(kind))
    month = Range.exactly(0)
    dates: list[str] = []
    sources: list[str] = []
    observed: list[bool] = []
    missing: list[str] = []
    gigabytes = stated.storage_gb if not kind.hourly else stated.data_gb_per_month
    for name, amount in ((kind.hourly, _hours(resource)), (kind.gigabyte, gigabytes)):
        if not name or amount is None:
            continue
        rate = book.rate(name)
        if isinstance(rate, NoPrice):
            missing.append(f"{rate.described}: put the rate {name!r} in a price file")
            continue
        month = month + amount * rate.usd_per_hour
        dates.append(rate.date)
        sources.append(rate.described)
        observed.append(rate.observed)
    if gigabytes is None and not kind.hourly:
        missing.append(_why(kind))
    notes = (
        ["data that passes through it is not in the price"] if kind.hourly and not gigabytes else []
    )
    return replace(
        empty,
        usd_per_month=month.as_money(),
        unpriced="; ".join(missing),
        price_dates=tuple(dates),
        price_source="; ".join(dict.fromkeys(sources)),
        price_observed=all(observed) if observed else None,
        time_basis=(MEASURED if gigabytes is not None else DECLARED if kind.hourly else ASSUMED)
        if sources
        else "",
        notes=tuple(notes if sources else ()),
    )


def _hours(resource: StandingResource) -> Range:
    """Hours of a month, once for each subnet of an interface endpoint."""
    hours = Range.exactly(HOURS_IN_MONTH)
    if resource.kind != "interface-endpoint" or resource.of is None:
        return hours
    subnets, more = known_items(get(properties(resource.of), "SubnetIds"))  # type: ignore[arg-type]
    zones = max(len(subnets), 1)
    return hours * Range.of(zones, zones, zones + 1 if more else zones)


def _why(kind: Kind) -> str:
    if not kind.supported:
        return "there is no price model; usd_per_month in the usage file counts"
    if kind.hourly:
        return f"the book has no price: put the rate {kind.hourly!r} in a price file"
    return "billed by what is stored: state storage_gb in the usage file"


def left_out_of(items: Iterable[StandingEstimate]) -> tuple[SeenKind, ...]:
    """The things of which nothing is known to cost, counted by kind."""
    counts: Counter[str] = Counter(item.kind for item in items)
    return tuple(
        SeenKind(BESIDE[kind].service, counts[kind], BESIDE[kind].supported, _why(BESIDE[kind]))
        for kind in BESIDE
        if counts[kind]
    )


def is_left_out(item: StandingEstimate) -> bool:
    """Whether a thing is only counted: nothing of it has a price."""
    return item.kind in BESIDE and bool(item.unpriced) and item.usd_per_month.is_zero
