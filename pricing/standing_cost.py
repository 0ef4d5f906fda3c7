"""What standing resources cost in a month."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from linter.core.values import MISSING
from linter.domain.instances import parse
from pricing.book import NoPrice, PriceBook
from pricing.model import CostOptions, Saving, StandingEstimate
from pricing.ranges import ZERO, Range, total
from pricing.resolve import number_range, options_of, why_unknown
from pricing.standing import StandingResource, Variant
from pricing.usage import StandingUsage, Usage

NOTEBOOK_VOLUME_GB = 5
"""CreateNotebookInstance: "The default value is 5 GB"."""

_NEEDS_USAGE = {
    "studio-domain": "apps are billed while they run; state each space or app, or usd_per_month,"
    " in the usage file",
    "feature-store": "Feature Store is billed by reads, writes and storage, for which the book has"
    " no prices; state usd_per_month in the usage file",
    "mlflow": "the book has no price of an MLflow tracking server; state usd_per_month in the"
    " usage file",
    "training-plan": "a training plan is paid once, when it is bought; state usd_per_month in the"
    " usage file",
    "cluster": "the book has no prices of HyperPod clusters; state usd_per_month in the usage file",
}
WORKING_HOURS = Decimal(10) * 22
"""Ten hours on 22 working days: what a scheduled stop leaves."""


def price_standing(
    resource: StandingResource, book: PriceBook, usage: Usage, options: CostOptions
) -> StandingEstimate:
    """Price one resource for a month."""
    stated = usage.of_standing(resource.address, resource.name)
    found = _by_kind(resource, book, stated, options)
    if stated.usd_per_month is not None:
        found = replace(found, usd_per_month=stated.usd_per_month, unpriced="", usd_per_hour=None)
        found = _noting(found, "the amount is the usage file's")
    if resource.instances > 1:
        found = replace(found, usd_per_month=found.usd_per_month * resource.instances)
        found = _noting(found, f"{resource.instances} of them")
    if resource.maybe:
        month = found.usd_per_month
        found = replace(found, usd_per_month=Range(Decimal(0), month.expected, month.high))
        found = _noting(found, "it may not exist: low counts that")
    idle = stated.idle is True or (
        stated.invocations_per_month is not None and stated.invocations_per_month.high == 0
    )
    if idle:
        found = _noting(replace(found, idle=True), "idle, by the usage file")
    if options.with_savings:
        found = replace(found, savings=tuple(_savings(resource, found, stated, book)))
    return found


def _noting(found: StandingEstimate, *notes: str) -> StandingEstimate:
    return replace(found, notes=(*found.notes, *notes))


def _by_kind(
    resource: StandingResource, book: PriceBook, stated: StandingUsage, options: CostOptions
) -> StandingEstimate:
    empty = StandingEstimate(resource.kind, resource.address, resource.path, ZERO, resource.name)
    if resource.problem:
        return replace(empty, unpriced=resource.problem)
    if resource.kind == "endpoint":
        return _endpoint(resource, empty, book, stated, options)
    if resource.kind == "endpoint-configuration":
        found = _endpoint(resource, empty, book, stated, options)
        month = found.usd_per_month.expected
        return replace(
            empty,
            instance_type=found.instance_type,
            notes=(
                "a configuration costs nothing by itself; an endpoint of it costs about"
                f" ${month:.2f} a month",
            ),
        )
    if resource.kind == "notebook":
        return _instance(resource, empty, book, stated, "Notebook", NOTEBOOK_VOLUME_GB)
    if resource.kind in ("studio-app", "studio-space") and (stated.hours_per_month is not None):
        return _instance(resource, empty, book, stated, "Studio-JupyterLab", 0)
    if resource.kind in ("studio-app", "studio-space"):
        return replace(
            empty, unpriced="billed while it runs; state hours_per_month in the usage file"
        )
    if resource.kind == "monitoring-schedule":
        if stated.hours_per_month is not None:
            return _instance(resource, empty, book, stated, "Processing", 0)
        return replace(
            empty, unpriced="its jobs' time is not known; state hours_per_month in the usage file"
        )
    return replace(empty, unpriced=_NEEDS_USAGE[resource.kind])


def _hours(stated: StandingUsage, options_hours: Decimal) -> Range:
    return stated.hours_per_month or Range.exactly(options_hours)


def _instance(
    resource: StandingResource,
    empty: StandingEstimate,
    book: PriceBook,
    stated: StandingUsage,
    component: str,
    volume: int,
) -> StandingEstimate:
    """Instances of one type for so many hours, with a volume that is billed all month."""
    kind = stated.instance_type or resource.instance_type
    options = options_of(kind, None)
    name = options.expected if options is not None else None
    if not isinstance(name, str):
        return replace(empty, unpriced=why_unknown(kind, "instance type"))
    price = book.price(component, name)
    if isinstance(price, NoPrice):
        return replace(empty, instance_type=name, unpriced=price.described)
    hours = _hours(stated, Decimal(730))
    count = stated.instance_count or number_range(resource.count, None) or Range.exactly(1)
    month = hours * count * price.usd_per_hour
    notes = [f"{hours.expected.normalize():f} hours a month"]
    if stated.hours_per_month is None:
        notes.append("on all month: no hours are stated")
    size = number_range(resource.volume_gb, None)
    if size is None and volume:
        size = Range.exactly(volume)
    unpriced = ""
    if size is not None and size.high:
        rate = book.rate("storage-gb-month:Notebook")
        if isinstance(rate, NoPrice):
            unpriced = rate.described
        else:
            month = month + size * rate.usd_per_hour
            notes.append(
                f"volume {size.expected.normalize():f} GB, billed while the instance is stopped too"
            )
    return replace(
        empty,
        usd_per_month=month.as_money(),
        instance_type=name,
        instance_count=count,
        usd_per_hour=price.usd_per_hour,
        price_source=price.described,
        price_observed=price.observed,
        unpriced=unpriced,
        notes=tuple(notes),
    )


def _endpoint(
    resource: StandingResource,
    empty: StandingEstimate,
    book: PriceBook,
    stated: StandingUsage,
    options: CostOptions,
) -> StandingEstimate:
    if not resource.variants:
        return replace(empty, unpriced="its production variants are not known")
    months: list[Range] = []
    missing: list[str] = []
    notes: list[str] = []
    types: list[str] = []
    counts = ZERO
    sources: list[str] = []
    observed: list[bool] = []
    hourly: list[Decimal] = []
    for variant in resource.variants:
        if variant.serverless:
            month, problem, note = _serverless(variant, book, stated)
            types.append("serverless")
            notes.append(note)
        else:
            month, problem, said, price = _variant(resource, variant, book, stated, options)
            notes += said
            if price is not None:
                types.append(price[0])
                counts = counts + price[1]
                hourly.append(price[2])
                sources.append(price[3])
                observed.append(price[4])
        months.append(month)
        missing += [problem] if problem else []
    if resource.data_capture:
        notes.append("data capture's S3 storage and requests are not in the price")
    if stated.data_gb_per_month is not None:
        rate = book.rate("hosting-data-gb:in")
        if isinstance(rate, NoPrice):
            missing.append(rate.described)
        else:
            months.append((stated.data_gb_per_month * rate.usd_per_hour).as_money())
    return replace(
        empty,
        usd_per_month=total(months),
        instance_type=" + ".join(dict.fromkeys(types)) or None,
        instance_count=counts if counts.high else None,
        usd_per_hour=hourly[0] if len(hourly) == 1 else None,
        price_source="; ".join(dict.fromkeys(sources)),
        price_observed=all(observed) if observed else None,
        unpriced="; ".join(dict.fromkeys(missing)),
        notes=tuple(dict.fromkeys(filter(None, notes))),
    )


def _variant(
    resource: StandingResource,
    variant: Variant,
    book: PriceBook,
    stated: StandingUsage,
    options: CostOptions,
) -> tuple[Range, str, list[str], tuple[str, Range, Decimal, str, bool] | None]:
    """The month of one variant on instances; (month, what is missing, notes, price)."""
    kind = stated.instance_type or variant.instance_type
    known = options_of(kind, None)
    name = known.expected if known is not None else None
    if not isinstance(name, str):
        return ZERO, why_unknown(kind, "instance type"), [], None
    price = book.price("AsyncInf" if resource.asynchronous else "Hosting", name)
    if isinstance(price, NoPrice):
        return ZERO, price.described, [], None
    count, notes = _instances(resource, variant, stated)
    hours = _hours(stated, Decimal(730))
    month = hours * count * price.usd_per_hour
    problem = ""
    size = number_range(variant.volume_gb, None)
    instance = parse(name)
    if size is not None and size.high and not (instance is not None and instance.local_storage):
        rate = book.rate("storage-gb-month:Hosting")
        if isinstance(rate, NoPrice):
            problem = rate.described
        else:
            per_hour = rate.usd_per_hour / options.hours_in_month
            month = month + size * count * hours * per_hour
            notes.append(f"volume {size.expected.normalize():f} GB an instance")
    elif size is None:
        notes.append("no volume size is given: its storage is not in the price")
    if stated.hours_per_month is None:
        notes.append("on all month, 730 hours")
    return (
        month.as_money(),
        problem,
        notes,
        (name, count, price.usd_per_hour, price.described, price.observed),
    )


def _instances(
    resource: StandingResource, variant: Variant, stated: StandingUsage
) -> tuple[Range, list[str]]:
    """How many instances: the usage file's, else from autoscaling, else the initial count."""
    if stated.instance_count is not None:
        return stated.instance_count, []
    initial = number_range(variant.count, None)
    low, high = resource.scaling.get(variant.name, (MISSING, MISSING))
    if low is MISSING and variant.managed_min is not MISSING:
        low, high = variant.managed_min, variant.managed_max
    least, most = number_range(low, None), number_range(high, None)
    if least is not None or most is not None:
        bottom = least.low if least is not None else Decimal(0)
        top = max(most.high if most is not None else bottom, bottom)
        # What traffic needs is not known; autoscaling goes back to the minimum without any.
        start = least.expected if least is not None else Decimal(1)
        if initial is not None and least is None:
            start = initial.expected
        middle = min(max(start, bottom), top)
        return (
            Range(bottom, middle, top),
            [f"autoscaling from {bottom:f} to {top:f} instances; the minimum is expected"],
        )
    if initial is not None:
        return initial, []
    return Range.exactly(1), [why_unknown(variant.count, "number of instances") + "; 1 assumed"]


def _serverless(variant: Variant, book: PriceBook, stated: StandingUsage) -> tuple[Range, str, str]:
    """GB-seconds of the calls that the usage file states; provisioned concurrency on top."""
    memory = number_range(variant.memory_mb, None)
    if stated.memory_mb is not None:
        memory = Range.exactly(stated.memory_mb)
    provisioned = number_range(variant.provisioned, None)
    problems: list[str] = []
    if memory is None:
        return ZERO, why_unknown(variant.memory_mb, "memory size"), ""
    gigabytes = memory * (Decimal(1) / 1024)
    month = ZERO
    calls, seconds = stated.invocations_per_month, stated.seconds_per_invocation
    if calls is not None and (seconds is not None or not calls.high):
        rate = book.rate("serverless-gb-second")
        if isinstance(rate, NoPrice):
            problems.append(rate.described)
        else:
            month = month + calls * (seconds or ZERO) * gigabytes * rate.usd_per_hour
    else:
        problems.append(
            "serverless inference is billed by use: state invocations_per_month and"
            " seconds_per_invocation in the usage file"
        )
    if provisioned is not None and provisioned.high:
        rate = book.rate("serverless-provisioned-gb-second")
        if isinstance(rate, NoPrice):
            problems.append(
                "the book has no price of provisioned concurrency: put the rate"
                " 'serverless-provisioned-gb-second' in a price file"
            )
        else:
            hours = _hours(stated, Decimal(730))
            month = month + hours * provisioned * gigabytes * (rate.usd_per_hour * 3600)
    return month.as_money(), "; ".join(problems), f"serverless, {memory.expected:f} MB"


def _savings(
    resource: StandingResource, found: StandingEstimate, stated: StandingUsage, book: PriceBook
) -> list[Saving]:
    """Ways to spend less on one resource."""
    month = found.usd_per_month
    if not month.high or found.usd_per_hour is None:
        return []
    address = resource.address
    savings: list[Saving] = []

    def add(kind: str, amount: Range, how: str) -> None:
        if amount.high > 0:
            savings.append(Saving(kind, resource.name, amount.as_money(), how, address))

    if resource.kind == "endpoint" and found.idle:
        add("idle-endpoint", month, "it answers no calls: delete it, or create it when needed")
        return savings
    calls, seconds = stated.invocations_per_month, stated.seconds_per_invocation
    rate = book.rate("serverless-gb-second")
    instance = parse(found.instance_type or "")
    plain = instance is not None and not instance.accelerated
    if (
        resource.kind == "endpoint"
        and calls is not None
        and seconds is not None
        and plain
        and not isinstance(rate, NoPrice)
    ):
        memory = (stated.memory_mb or Decimal(4096)) / 1024
        serverless = (calls * seconds * (memory * rate.usd_per_hour)).as_money()
        if serverless.high < month.low:
            add(
                "idle-endpoint",
                Range(
                    month.low - serverless.high,
                    month.expected - serverless.expected,
                    month.high - serverless.low,
                ),
                f"serverless inference with {memory:f} GB would cost"
                f" ${serverless.expected:.2f} for these calls",
            )
    always = stated.hours_per_month is None or stated.hours_per_month.low >= 700
    if resource.kind in ("notebook", "endpoint") and always:
        share = 1 - WORKING_HOURS / 730
        compute = (found.instance_count or Range.exactly(1)) * (
            found.usd_per_hour * Decimal(730) * share
        )
        add(
            "scheduled-stop",
            Range(Decimal(0), compute.expected, compute.high),
            f"on for 10 hours on 22 days instead of 730 hours: {share * 100:.0f}% less compute;"
            " low counts that it must stay on",
        )
    return savings


def labels(resources: list[StandingResource]) -> list[str]:
    """Names by which a usage file may speak of the resources."""
    names: list[Any] = [name for r in resources for name in (r.address, r.name)]
    return [name for name in dict.fromkeys(names) if name]
