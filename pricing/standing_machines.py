"""What standing machines cost in a month: notebooks, Studio's apps and spaces, monitoring."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from linter.core.documents import Document
from linter.core.record import replace
from linter.core.values import MISSING, Template, Unknown
from pricing.book import NoPrice, Price, PriceBook
from pricing.model import ASSUMED, DECLARED, HOURS_IN_MONTH, MEASURED, StandingEstimate
from pricing.ranges import ZERO, Range
from pricing.resolve import counted, known_items, number_range, options_of, why_unknown
from pricing.standing import StandingResource
from pricing.standing_details import get, properties
from pricing.standing_details import stated as stated_property
from pricing.times import ASSUMED_MINUTES
from pricing.usage import StandingUsage

_FREE_APPS = ("JupyterServer",)
"""Apps that Studio Classic runs on its own machines at no charge."""
_APPS_WITHOUT_PRICE = ("Canvas", "RStudioServerPro", "TensorBoard", "RSessionGateway")


def time_basis(stated: StandingUsage, otherwise: str) -> str:
    """What the hours of a thing rest on."""
    return MEASURED if stated.hours_per_month is not None else otherwise


def hours_of(stated: StandingUsage) -> Range:
    """Hours a month in which it is on: the usage file's, else all of them."""
    return stated.hours_per_month or Range.exactly(HOURS_IN_MONTH)


def studio_month(
    resource: StandingResource, empty: StandingEstimate, book: PriceBook, stated: StandingUsage
) -> StandingEstimate:
    """An app is billed until it is deleted; a space only by its volume, until an app runs in it."""
    if resource.detail in _FREE_APPS:
        return replace(empty, notes=(f"a {resource.detail} app is free of charge",))
    if resource.detail in _APPS_WITHOUT_PRICE:
        reason = (
            f"the book has no price of {resource.detail}; state usd_per_month in the usage file"
        )
        return replace(empty, unpriced=reason)
    if resource.kind == "studio-app" or stated.hours_per_month is not None:
        return machine_month(resource, empty, book, stated, "Studio-JupyterLab", 0, "Studio")
    nothing = replace(stated, hours_per_month=ZERO)
    found = machine_month(resource, empty, book, nothing, "Studio-JupyterLab", 0, "Studio")
    reason = "its apps are billed while they run; state hours_per_month in the usage file"
    return replace(found, unpriced="; ".join(filter(None, (reason, found.unpriced))))


def schedule_month(
    resource: StandingResource, empty: StandingEstimate, book: PriceBook, stated: StandingUsage
) -> StandingEstimate:
    """A monitoring schedule's processing jobs: so many a month, each of an assumed time."""
    if stated.hours_per_month is not None:
        return machine_month(resource, empty, book, stated, "Processing", 0, "")
    runs = runs_per_month(resource.detail)
    if runs is None:
        reason = why_unknown(resource.detail, "schedule")
        return replace(empty, unpriced=f"{reason}; state hours_per_month in the usage file")
    low, middle, high = (Decimal(text) for text in ASSUMED_MINUTES["QualityCheck"])
    hours = (Range(low, middle, high) * (runs / 60)).capped(HOURS_IN_MONTH)
    assumed = replace(stated, hours_per_month=hours)
    found = machine_month(resource, empty, book, assumed, "Processing", 0, "")
    found = replace(found, time_basis=ASSUMED if found.time_basis else "")
    return found.noting(
        f"{runs:.0f} runs a month; time assumed: {low} to {high} minutes, {middle} expected"
    )


def cluster_month(
    resource: StandingResource, empty: StandingEstimate, book: PriceBook, stated: StandingUsage
) -> StandingEstimate:
    """A HyperPod cluster's groups of instances, which are on until the cluster is deleted.

    Its machines are billed under a component of their own, of which the book has few prices.
    """
    value = properties(resource.of) if isinstance(resource.of, Document) else MISSING
    groups, more = known_items(get(value, "InstanceGroups"))
    missing = ["more instance groups may follow"] if more or not groups else []
    hourly = count = ZERO
    names: list[str] = []
    found: list[Price] = []
    for group in groups:
        kind = get(group, "InstanceType")
        if not isinstance(kind, str):
            missing.append(why_unknown(kind, "instance type"))
            continue
        names.append(kind)
        price = book.price("Cluster", kind)
        if isinstance(price, NoPrice):
            missing.append(f"{price.reason}: put prices of Cluster in a price file")
            continue
        number, problem = counted(get(group, "InstanceCount"), None, least=0)
        if problem:
            missing.append(f"{kind}: {problem}")
        if number is None:
            continue
        hourly, count = hourly + number * price.usd_per_hour, count + number
        found.append(price)
    if missing:
        missing.append("or state usd_per_month in the usage file")
    compute = (hourly * hours_of(stated)).as_money()
    return replace(
        empty,
        usd_per_month=compute,
        instance_type=" + ".join(dict.fromkeys(names)) or None,
        instance_count=count if found else None,
        usd_per_hour=found[0].usd_per_hour if len(found) == 1 else None,
        price_source="; ".join(dict.fromkeys(price.described for price in found)),
        price_observed=all(price.observed for price in found) if found else None,
        price_dates=tuple(dict.fromkeys(price.date for price in found)),
        time_basis=time_basis(stated, DECLARED) if found else "",
        unpriced="; ".join(dict.fromkeys(missing)),
        notes=("its volumes are not in the price",) if found else (),
        hourly=hourly,
        compute=compute,
    )


def runs_per_month(expression: Any) -> Decimal | None:
    """How often a monitoring schedule's expression runs: hourly, every so many hours, daily, once.

    AWS allows no others (CreateMonitoringSchedule, ScheduleExpression).
    """
    import re

    days = HOURS_IN_MONTH / 24
    if expression == "NOW":
        return Decimal(1)
    if not isinstance(expression, str):
        return None
    match = re.fullmatch(r"cron\(\d{1,2} (\*|\d{1,2})(?:/(\d{1,2}))? [^)]{1,40}\)", expression)
    if match is None:
        return None
    start, step = match[1], match[2]
    if step is not None:
        if not 1 <= int(step) <= 24:
            return None
        hours = range(0 if start == "*" else int(start), 24, int(step))
        return len(hours) * days
    return HOURS_IN_MONTH if start == "*" else days


def offline_only(online: Any) -> bool:
    """Whether a feature group has no online store, as far as its settings are known."""
    if not stated_property(online):
        return True
    enabled = get(online, "EnableOnlineStore")
    return enabled is False or enabled == "false"


def machine_month(
    resource: StandingResource,
    empty: StandingEstimate,
    book: PriceBook,
    stated: StandingUsage,
    component: str,
    volume: int,
    storage: str,
) -> StandingEstimate:
    """Instances of one type for so many hours, with a volume that is billed all month.

    ``volume`` is its size where none is given; ``storage`` the rate's component, ``""`` for none.
    """
    kind = stated.instance_type or resource.instance_type
    options = options_of(kind, None)
    name = options.expected if options is not None else None
    if not isinstance(name, str):
        return replace(empty, unpriced=why_unknown(kind, "instance type"))
    price = book.price(component, name)
    if isinstance(price, NoPrice):
        return replace(empty, instance_type=name, unpriced=price.described)
    hours = hours_of(stated)
    count, problem = stated.instance_count, ""
    if count is None and resource.count in (MISSING, None):
        count = Range.exactly(1)
    elif count is None:
        count, problem = counted(resource.count, None)
    if count is None:
        return replace(empty, instance_type=name, unpriced=problem)
    problems = [problem] if problem else []
    hourly = count * price.usd_per_hour
    month = compute = hours * hourly
    notes = [f"{hours.expected.normalize():f} hours a month"] if hours.high else []
    if stated.hours_per_month is None:
        notes.append("on all month: no hours are stated")
    size = number_range(resource.volume_gb, None) if storage else None
    if size is None and volume:
        size = Range.exactly(volume)
        if isinstance(resource.volume_gb, Unknown | Template):
            why = why_unknown(resource.volume_gb, "volume size")
            problems.append(f"storage: {why}; {volume} GB are counted")
    if size is not None and size.high:
        rate = book.rate(f"storage-gb-month:{storage}")
        if isinstance(rate, NoPrice):
            problems.append(rate.described)
        else:
            month = month + size * rate.usd_per_hour
            notes.append(f"volume {size.expected.normalize():f} GB, billed while nothing runs too")
    return replace(
        empty,
        usd_per_month=month.as_money(),
        instance_type=name,
        instance_count=count,
        usd_per_hour=price.usd_per_hour,
        price_source=price.described,
        price_observed=price.observed,
        price_dates=(price.date,),
        time_basis=time_basis(stated, ASSUMED),
        unpriced="; ".join(problems),
        notes=tuple(notes),
        hourly=hourly,
        compute=compute.as_money(),
    )
