"""Ways to spend less on what stands; :mod:`pricing.stacking` says which go together."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from linter.domain.instances import parse
from pricing.book import NoPrice, PriceBook
from pricing.choices import newer, smaller
from pricing.model import HOURS_IN_MONTH, Share, StandingEstimate
from pricing.ranges import Range
from pricing.stacking import FIGURES, Offer, Owner, Stacked, clipped, shared, stack
from pricing.standing import StandingResource
from pricing.usage import StandingUsage

WORKING_HOURS = Decimal(10) * 22
"""Ten hours on 22 working days: what a scheduled stop leaves."""

SAVINGS_PLAN = Range(Decimal(0), Decimal("0.32"), Decimal("0.64"))
"""The share that a SageMaker Savings Plan takes off steady compute. AWS says "up to 64%"; the one
rate known here (a year, partly upfront, ml.m4.16xlarge training, 2023) is 32% below list; a
commitment that is not used saves nothing."""

SERVERLESS_MB = Decimal(4096)
COMPONENTS = {
    "endpoint": "Hosting",
    "notebook": "Notebook",
    "studio-app": "Studio-JupyterLab",
    "studio-space": "Studio-JupyterLab",
}


def savings_of(
    resource: StandingResource,
    found: StandingEstimate,
    stated: StandingUsage,
    book: PriceBook,
    *,
    planned: bool = False,
) -> Stacked:
    """Every saving on one priced resource. ``planned`` is whether a commitment covers it."""
    month = shared(found.usd_per_month)
    compute = clipped(
        Share(*(_ratio(getattr(found.compute, n), getattr(month, n)) for n in FIGURES))
    )
    offers = tuple(_offers(resource, found, stated, book, planned=planned))
    return stack([Owner(resource.name, resource.address, month, compute, offers)])


def _offers(
    resource: StandingResource,
    found: StandingEstimate,
    stated: StandingUsage,
    book: PriceBook,
    *,
    planned: bool,
) -> Iterator[Offer]:
    if not found.usd_per_month.high or not found.hourly.high:
        return
    if found.idle:
        how = "it answers no calls: delete it, or create it when needed"
        if resource.kind != "endpoint":
            how = "it is not used: stop it, or delete it with its volume"
        everything = Share(Decimal(1), Decimal(1), Decimal(1))
        yield Offer("idle-endpoint", "whole", everything, how)
        return
    # A schedule's jobs are not on all the time, and a cluster is not switched off at night.
    always = resource.kind in COMPONENTS and (
        stated.hours_per_month is None or stated.hours_per_month.low >= 700
    )
    yield from _serverless(resource, found, stated, book)
    if always:
        yield from _scheduled()
    yield from _newer(resource, found, book)
    yield from _smaller(resource, found, book)
    if always and not planned:
        yield from _plan(found)


def _ratio(part: Decimal, whole: Decimal) -> Decimal:
    return part / whole if whole else Decimal(0)


def _serverless(
    resource: StandingResource, found: StandingEstimate, stated: StandingUsage, book: PriceBook
) -> Iterator[Offer]:
    """The same calls on serverless inference, where the usage file says how many there are."""
    calls, seconds = stated.invocations_per_month, stated.seconds_per_invocation
    rate = book.rate("serverless-gb-second")
    instance = parse(found.instance_type or "")
    if resource.kind != "endpoint" or calls is None or seconds is None:
        return
    if instance is None or instance.accelerated or isinstance(rate, NoPrice):
        return
    memory = (stated.memory_mb or SERVERLESS_MB) / 1024
    price = (calls * seconds * (memory * rate.usd_per_hour)).as_money()
    month = found.usd_per_month
    if price.high >= month.low:
        return
    share = Share(
        _ratio(month.low - price.high, month.low),
        _ratio(month.expected - price.expected, month.expected),
        _ratio(month.high - price.low, month.high),
    )
    how = f"serverless inference with {memory:f} GB would cost ${price.expected:.2f} for its calls"
    yield Offer("idle-endpoint", "whole", clipped(share), how)


def _scheduled() -> Iterator[Offer]:
    """Off outside working hours; low counts that it must stay on."""
    share = 1 - WORKING_HOURS / HOURS_IN_MONTH
    how = (
        f"on for 10 hours on 22 days instead of {HOURS_IN_MONTH} hours: {share * 100:.0f}% less"
        " compute; low counts that it must stay on"
    )
    yield Offer("scheduled-stop", "hours", Share(Decimal(0), share, share), how, compute=True)


def _newer(resource: StandingResource, found: StandingEstimate, book: PriceBook) -> Iterator[Offer]:
    component = COMPONENTS.get(resource.kind)
    choice = newer(book, component, found.instance_type or "") if component else None
    if choice is None:
        return
    how = f"{choice.name} has the same processors and memory for {choice.share * 100:.0f}% less"
    least = choice.share
    if not choice.same_speed:
        least = Decimal(0)
        how += "; its GPU has the same memory and is not equally fast: measure first"
    share = Share(least, choice.share, choice.share)
    yield Offer("right-size", "machine", share, how, compute=True)


def _smaller(
    resource: StandingResource, found: StandingEstimate, book: PriceBook
) -> Iterator[Offer]:
    """Nothing says how much of the machine is used, so nothing is expected of a smaller one."""
    component = COMPONENTS.get(resource.kind)
    choice = smaller(book, component, found.instance_type or "") if component else None
    if choice is None:
        return
    how = f"{choice.name} costs {choice.share * 100:.0f}% less, if its memory and processors do"
    share = Share(Decimal(0), Decimal(0), choice.share)
    yield Offer("smaller-instance", "machine", share, how, compute=True)


def _plan(found: StandingEstimate) -> Iterator[Offer]:
    """A commitment covers what always runs: the least number of instances."""
    floor = found.hourly.low * HOURS_IN_MONTH
    how = (
        "a SageMaker Savings Plan for what always runs: AWS says up to 64%, the one rate known here"
        " is 32%; low is a commitment that is not used"
    )
    share = Share(
        *(
            getattr(SAVINGS_PLAN, n) * min(_ratio(floor, getattr(found.compute, n)), Decimal(1))
            for n in FIGURES
        )
    )
    if floor:
        yield Offer("savings-plan", "rate", clipped(share), how, compute=True)
