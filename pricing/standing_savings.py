"""Ways to spend less on what stands. Each is an alternative: they do not add up."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from linter.domain.instances import parse
from pricing.book import NoPrice, PriceBook
from pricing.choices import newer, smaller
from pricing.model import HOURS_IN_MONTH, Saving, StandingEstimate
from pricing.ranges import Range
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
    resource: StandingResource, found: StandingEstimate, stated: StandingUsage, book: PriceBook
) -> tuple[Saving, ...]:
    """Every saving on one priced resource, the surest first."""
    if not found.usd_per_month.high or not found.hourly.high:
        return ()
    if found.idle:
        how = "it answers no calls: delete it, or create it when needed"
        if resource.kind != "endpoint":
            how = "it is not used: stop it, or delete it with its volume"
        return tuple(_made(resource, "idle-endpoint", found.usd_per_month, how))
    always = stated.hours_per_month is None or stated.hours_per_month.low >= 700
    return (
        *_serverless(resource, found, stated, book),
        *(_scheduled(resource, found) if always else ()),
        *_newer(resource, found, book),
        *_smaller(resource, found, book),
        *(_plan(resource, found) if always else ()),
    )


def _made(resource: StandingResource, kind: str, amount: Range, how: str) -> Iterator[Saving]:
    if amount.high > 0:
        yield Saving(kind, resource.name, amount.as_money(), how, resource.address)


def _serverless(
    resource: StandingResource, found: StandingEstimate, stated: StandingUsage, book: PriceBook
) -> Iterator[Saving]:
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
    left = Range(month.low - price.high, month.expected - price.expected, month.high - price.low)
    how = f"serverless inference with {memory:f} GB would cost ${price.expected:.2f} for its calls"
    yield from _made(resource, "idle-endpoint", left, how)


def _scheduled(resource: StandingResource, found: StandingEstimate) -> Iterator[Saving]:
    """Off outside working hours; low counts that it must stay on."""
    share = 1 - WORKING_HOURS / HOURS_IN_MONTH
    month = found.hourly * HOURS_IN_MONTH
    how = (
        f"on for 10 hours on 22 days instead of {HOURS_IN_MONTH} hours: {share * 100:.0f}% less"
        " compute; low counts that it must stay on"
    )
    amount = Range(Decimal(0), month.expected * share, month.high * share)
    yield from _made(resource, "scheduled-stop", amount, how)


def _newer(
    resource: StandingResource, found: StandingEstimate, book: PriceBook
) -> Iterator[Saving]:
    component = COMPONENTS.get(resource.kind)
    choice = newer(book, component, found.instance_type or "") if component else None
    if choice is None:
        return
    compute = found.compute
    amount = compute * choice.share
    how = f"{choice.name} has the same processors and memory for {choice.share * 100:.0f}% less"
    if not choice.same_speed:
        amount = Range(Decimal(0), amount.expected, amount.high)
        how += "; its GPU has the same memory and is not equally fast: measure first"
    yield from _made(resource, "right-size", amount, how)


def _smaller(
    resource: StandingResource, found: StandingEstimate, book: PriceBook
) -> Iterator[Saving]:
    """Nothing says how much of the machine is used, so nothing is expected of a smaller one."""
    component = COMPONENTS.get(resource.kind)
    choice = smaller(book, component, found.instance_type or "") if component else None
    if choice is None:
        return
    most = found.compute.high * choice.share
    how = f"{choice.name} costs {choice.share * 100:.0f}% less, if its memory and processors do"
    yield from _made(resource, "smaller-instance", Range(Decimal(0), Decimal(0), most), how)


def _plan(resource: StandingResource, found: StandingEstimate) -> Iterator[Saving]:
    """A commitment covers what always runs: the least number of instances."""
    floor = found.hourly.low * HOURS_IN_MONTH
    how = (
        "a SageMaker Savings Plan for what always runs: AWS says up to 64%, the one rate known here"
        " is 32%; low is a commitment that is not used"
    )
    yield from _made(resource, "savings-plan", SAVINGS_PLAN * floor, how)
