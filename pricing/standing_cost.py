"""What standing resources cost in a month."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from linter.core.record import replace
from linter.core.values import MISSING, Unknown
from linter.domain.instances import parse
from pricing.beside import BESIDE, beside_month
from pricing.book import NoPrice, Price, PriceBook
from pricing.model import DECLARED, MEASURED, CostOptions, StandingEstimate
from pricing.observed import observed_usage
from pricing.ranges import ZERO, Range, money, total
from pricing.resolve import (
    counted,
    number_range,
    options_of,
    why_unknown,
)
from pricing.standing import StandingResource, Variant
from pricing.standing_machines import (
    cluster_month,
    hours_of,
    machine_month,
    offline_only,
    schedule_month,
    studio_month,
    time_basis,
)
from pricing.standing_savings import savings_of
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
}


def price_standing(
    resource: StandingResource, book: PriceBook, usage: Usage, options: CostOptions
) -> StandingEstimate:
    """Price one resource for a month."""
    stated, seen = observed_usage(resource, usage.of_standing(resource.address, resource.name))
    found = _by_kind(resource, book, stated, options)
    if stated.usd_per_month is not None:
        found = replace(
            found,
            usd_per_month=stated.usd_per_month,
            unpriced="",
            usd_per_hour=None,
            time_basis=MEASURED,
        )
        found = found.noting("the amount is the usage file's")
    if resource.instances > 1:
        found = replace(
            found,
            usd_per_month=found.usd_per_month * resource.instances,
            hourly=found.hourly * resource.instances,
            compute=found.compute * resource.instances,
        )
        found = found.noting(f"{resource.instances} of them")
    if resource.maybe:
        month = found.usd_per_month
        found = replace(
            found,
            usd_per_month=Range(Decimal(0), month.expected, month.high),
            hourly=replace(found.hourly, low=Decimal(0)),
            compute=replace(found.compute, low=Decimal(0)),
        )
        found = found.noting("it may not exist: low counts that")
    idle = stated.idle is True or (
        stated.invocations_per_month is not None and stated.invocations_per_month.high == 0
    )
    if idle:
        found = replace(found, idle=True).noting(seen or "idle, by the usage file")
    elif seen:
        found = found.noting(seen)
    if options.with_savings:
        made = savings_of(resource, found, stated, book, planned=options.plan is not None)
        found = replace(
            found, savings=made.savings, savings_total=made.total, after_savings=made.after
        )
    else:
        found = replace(found, after_savings=found.usd_per_month)
    if resource.root.variant:
        name = found.name or found.address
        found = replace(found, name=f"{name} ({resource.root.variant})")
    return found


def _one_of(found: list[StandingEstimate]) -> StandingEstimate:
    """What one of several costs, where it is not known which: from the least to the most."""
    made = found[0]
    gap = next((item.unpriced for item in found if item.unpriced), "")
    same = all(item.usd_per_month == made.usd_per_month for item in found)
    if same and not gap:
        return made
    priced = [item for item in found if not item.unpriced] or found  # missing is not zero

    def over(ranges: list[Range]) -> Range:
        known = [r for r, item in zip(ranges, found, strict=True) if item in priced]
        mean = money(sum((item.expected for item in known), Decimal(0)) / len(known))
        return Range(min(r.low for r in ranges), mean, max(r.high for r in ranges))

    kinds = {item.instance_type for item in found}
    return replace(
        made,
        usd_per_month=over([item.usd_per_month for item in found]),
        hourly=over([item.hourly for item in found]),
        compute=over([item.compute for item in found]),
        instance_type=made.instance_type if len(kinds) == 1 else None,
        instance_count=None,
        usd_per_hour=None,
        unpriced=f"it is one of {len(found)} configurations, one of which: {gap}" if gap else "",
    ).noting(f"one of {len(found)} configurations: which is not known; expected is their mean")


def _by_kind(
    resource: StandingResource, book: PriceBook, stated: StandingUsage, options: CostOptions
) -> StandingEstimate:
    empty = StandingEstimate(
        resource.kind, resource.address, resource.path, ZERO, resource.name, root=resource.root
    )
    if resource.problem:
        return replace(empty, unpriced=resource.problem)
    if resource.alternatives:
        return _one_of([_by_kind(item, book, stated, options) for item in resource.alternatives])
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
        return machine_month(
            resource, empty, book, stated, "Notebook", NOTEBOOK_VOLUME_GB, "Notebook"
        )
    if resource.kind in ("studio-app", "studio-space"):
        return studio_month(resource, empty, book, stated)
    if resource.kind == "monitoring-schedule":
        return schedule_month(resource, empty, book, stated)
    if resource.kind == "feature-store" and offline_only(resource.detail):
        return replace(
            empty, notes=("an offline store costs what S3 and Glue do; it is not in the price",)
        )
    if resource.kind == "cluster":
        return cluster_month(resource, empty, book, stated)
    if resource.kind in BESIDE:
        return beside_month(resource, empty, book, stated)
    return replace(empty, unpriced=_NEEDS_USAGE[resource.kind])


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
    dates: list[str] = []
    observed: list[bool] = []
    hourly: list[Decimal] = []
    per_hour = ZERO
    for variant in resource.variants:
        if variant.serverless:
            month, problem, note = _serverless(resource, variant, book, stated)
            types.append("serverless")
            notes.append(note)
        else:
            month, problem, said, price = _variant(resource, variant, book, stated, options)
            notes += said
            if price is not None:
                types.append(price[0])
                counts = counts + price[1]
                hourly.append(price[2])
                per_hour = per_hour + price[1] * price[2]
                sources.append(price[3].described)
                dates.append(price[3].date)
                observed.append(price[3].observed)
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
        price_dates=tuple(dict.fromkeys(dates)),
        time_basis=time_basis(stated, DECLARED),
        unpriced="; ".join(dict.fromkeys(missing)),
        notes=tuple(dict.fromkeys(filter(None, notes))),
        hourly=per_hour,
        compute=(per_hour * hours_of(stated)).as_money(),
    )


def _variant(
    resource: StandingResource,
    variant: Variant,
    book: PriceBook,
    stated: StandingUsage,
    options: CostOptions,
) -> tuple[Range, str, list[str], tuple[str, Range, Decimal, Price] | None]:
    """The month of one variant on instances; (month, what is missing, notes, price)."""
    kind = stated.instance_type or variant.instance_type
    known = options_of(kind, None)
    name = known.expected if known is not None else None
    if not isinstance(name, str):
        return ZERO, why_unknown(kind, "instance type"), [], None
    price = book.price("AsyncInf" if resource.asynchronous else "Hosting", name)
    if isinstance(price, NoPrice):
        return ZERO, price.described, [], None
    count, notes, problem = _instances(resource, variant, stated)
    if count is None:
        return ZERO, problem, notes, None
    hours = hours_of(stated)
    month = hours * count * price.usd_per_hour
    problems = [problem]
    size = number_range(variant.volume_gb, None)
    instance = parse(name)
    if size is not None and size.high and not (instance is not None and instance.local_storage):
        rate = book.rate("storage-gb-month:Hosting")
        if isinstance(rate, NoPrice):
            problems.append(rate.described)
        else:
            per_hour = rate.usd_per_hour / options.hours_in_month
            month = month + size * count * hours * per_hour
            notes.append(f"volume {size.expected.normalize():f} GB an instance")
    elif size is None and isinstance(variant.volume_gb, Unknown):
        problems.append("storage: " + why_unknown(variant.volume_gb, "volume size"))
    elif size is None:
        notes.append("no volume size is given: its storage is not in the price")
    if stated.hours_per_month is None:
        notes.append("on all month, 730 hours")
    return (
        month.as_money(),
        "; ".join(filter(None, problems)),
        notes,
        (name, count, price.usd_per_hour, price),
    )


def _instances(
    resource: StandingResource, variant: Variant, stated: StandingUsage
) -> tuple[Range | None, list[str], str]:
    """How many instances: the usage file's, else from autoscaling, else the initial count.

    With notes, and why there may be more than that. ``None`` where the count is impossible.
    """
    if stated.instance_count is not None:
        return stated.instance_count, [], ""
    initial, problem = counted(variant.count, None)
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
            ""
            if most is not None
            else "the most instances of its autoscaling are not known: "
            + why_unknown(high, "limit"),
        )
    if variant.count is MISSING or variant.count is None:
        return Range.exactly(1), ["no number of instances is given; 1 assumed"], ""
    return initial, [], problem


def _serverless(
    resource: StandingResource, variant: Variant, book: PriceBook, stated: StandingUsage
) -> tuple[Range, str, str]:
    """GB-seconds of the calls that the usage file states; provisioned concurrency on top."""
    memory = number_range(variant.memory_mb, None)
    if stated.memory_mb is not None:
        memory = Range.exactly(stated.memory_mb)
    provisioned = number_range(variant.provisioned, None)
    if variant.name in resource.scaling:
        provisioned, _, _ = _instances(
            resource, replace(variant, count=variant.provisioned), stated
        )
    problems: list[str] = []
    if memory is None:
        return ZERO, why_unknown(variant.memory_mb, "memory size"), ""
    gigabytes = memory / 1024
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
            hours = hours_of(stated)
            month = month + hours * provisioned * gigabytes * (rate.usd_per_hour * 3600)
    return month.as_money(), "; ".join(problems), f"serverless, {memory.expected:f} MB"


def labels(resources: list[StandingResource]) -> list[str]:
    """Names by which a usage file may speak of the resources."""
    names: list[Any] = [name for r in resources for name in (r.address, r.name)]
    return [name for name in dict.fromkeys(names) if name]
