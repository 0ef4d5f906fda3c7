"""Clusters of equal instances: what an hour of one costs."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from linter.core.record import record
from linter.core.values import MISSING
from linter.domain.instances import parse
from linter.domain.pipeline import Step
from pricing.book import NoPrice, Price
from pricing.context import Context
from pricing.ranges import ZERO, Range
from pricing.resolve import counted, options_of, why_unknown


@record
class Cluster:
    """Some instances of one type.

    Attributes:
        count: zero where it is not known: such a cluster has no price.
        label: the instance type, or the types it may be joined with `` | ``.
        usd_per_hour: of one instance; ``None`` when no possible type has a price.
        per_hour: of the whole cluster.
        volume: GB on every instance; zero where the type brings its own disks.
        unpriced: what has no price, ``""`` when everything has one.
    """

    label: str | None
    count: Range
    usd_per_hour: Decimal | None
    per_hour: Range
    volume_per_hour: Range
    source: str
    observed: bool | None
    expected_type: str = ""
    unpriced: str = ""
    notes: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()


def cluster_of(
    ctx: Context,
    step: Step,
    component: str,
    kind: Any,
    count: Any,
    volume: Any = MISSING,
    *,
    storage: str = "",
    default_count: bool = True,
) -> Cluster:
    """Price a cluster from the values that describe it, as far as they are known.

    ``storage`` is the component whose GB-month rate the volume is billed at, ``""`` for none.
    """
    notes: list[str] = []
    missing: list[str] = []
    forced_kind, forced_count = ctx.override(step)
    if forced_kind is not None:
        kind = forced_kind
    if forced_count is not None:
        count = forced_count
    number, problem = counted(count, ctx.pipeline)
    if number is not None and problem and not (default_count and count in (MISSING, None)):
        missing.append(problem)
    options = options_of(kind, ctx.pipeline)
    names = [item for item in options.values if isinstance(item, str)] if options else []
    if options is None or not names:
        return Cluster(
            None,
            number or ZERO,
            None,
            ZERO,
            ZERO,
            "",
            None,
            unpriced=why_unknown(kind, "instance type"),
            notes=tuple(notes),
        )
    names = list(dict.fromkeys(names))
    if number is None:
        return Cluster(" | ".join(names), ZERO, None, ZERO, ZERO, "", None, unpriced=problem)
    expected = options.expected if isinstance(options.expected, str) else names[0]
    if options is not None and len(names) < len(options.values):
        missing.append("not every instance type that it may have is known")
    return _priced(ctx, component, names, expected, number, volume, storage, notes, missing)


def _priced(
    ctx: Context,
    component: str,
    names: list[str],
    expected: str,
    count: Range,
    volume: Any,
    storage: str,
    notes: list[str],
    missing: list[str],
) -> Cluster:
    found: dict[str, Price] = {}
    volumes: dict[str, Range] = {}
    for name in names:
        price = ctx.book.price(component, name)
        if isinstance(price, NoPrice):
            missing.append(price.described)
            continue
        found[name] = price
        volumes[name], problem = volume_per_hour(ctx, name, volume, storage, notes)
        if problem:
            missing.append(problem)
    if not found:
        return Cluster(
            " | ".join(names),
            count,
            None,
            ZERO,
            ZERO,
            "",
            None,
            unpriced="; ".join(dict.fromkeys(missing)),
            notes=tuple(dict.fromkeys(notes)),
        )
    if expected not in found:
        expected = max(found, key=lambda name: found[name].usd_per_hour)
    if len(names) > 1:
        notes.append(f"one of {', '.join(names)}; {expected} expected")
    price = found[expected]
    hourly = Range.around((p.usd_per_hour for p in found.values()), price.usd_per_hour)
    return Cluster(
        " | ".join(names),
        count,
        price.usd_per_hour,
        hourly * count,
        Range(
            min(item.low for item in volumes.values()),
            volumes[expected].expected,
            max(item.high for item in volumes.values()),
        )
        * count,
        price.described,
        price.observed,
        expected,
        "; ".join(dict.fromkeys(missing)),
        tuple(dict.fromkeys(notes)),
        tuple(dict.fromkeys(p.date for p in found.values())),
    )


def volume_per_hour(
    ctx: Context, name: str, volume: Any, storage: str, notes: list[str]
) -> tuple[Range, str]:
    """USD an hour for the volume of one instance of a type, and what has no price.

    ``storage`` is the component whose GB-month rate counts, ``""`` for no volume. Notes are added.
    """
    if not storage or volume is MISSING or volume is None:
        return ZERO, ""
    instance = parse(name)
    if instance is not None and instance.local_storage:
        notes.append(f"{name} has local NVMe disks: no volume is provisioned or billed")
        return ZERO, ""
    size = ctx.number(volume)
    if size is None:
        return ZERO, "storage: " + why_unknown(volume, "volume size")
    rate = ctx.book.rate(f"storage-gb-month:{storage}")
    if isinstance(rate, NoPrice):
        return ZERO, rate.described
    notes.append(
        f"volume {_text(size)} GB at ${rate.usd_per_hour.normalize():f} per GB-month"
        f" ({'observed' if rate.observed else 'derived'})"
    )
    return size * (rate.usd_per_hour / ctx.options.hours_in_month), ""


def _text(size: Range) -> str:
    if size.low == size.high:
        return f"{size.expected.normalize():f}"
    return f"{size.low.normalize():f} to {size.high.normalize():f}"


def all_of(clusters: Iterable[Cluster]) -> Cluster:
    """Several clusters that run together, as one: labels joined with `` + ``."""
    items = list(clusters)
    if len(items) == 1:
        return items[0]
    priced = [item for item in items if item.usd_per_hour is not None]
    per_hour = volume = count = ZERO
    for item in items:
        per_hour, volume = per_hour + item.per_hour, volume + item.volume_per_hour
        count = count + item.count
    return Cluster(
        " + ".join(item.label for item in items if item.label) or None,
        count,
        None if len(priced) != 1 else priced[0].usd_per_hour,
        per_hour,
        volume,
        "; ".join(dict.fromkeys(item.source for item in priced)),
        all(item.observed for item in priced) if priced else None,
        priced[0].expected_type if priced else "",
        "; ".join(dict.fromkeys(item.unpriced for item in items if item.unpriced)),
        tuple(dict.fromkeys(note for item in items for note in item.notes)),
        tuple(dict.fromkeys(date for item in items for date in item.dates)),
    )


def one_of(clusters: Iterable[Cluster]) -> Cluster:
    """Clusters of which AWS takes one, the first one expected."""
    items = list(clusters)
    if len(items) == 1:
        return items[0]
    priced = [item for item in items if item.usd_per_hour is not None]
    if not priced:
        return items[0]
    # Without a price for the first choice the dearest known one is expected.
    first = items[0] if items[0] in priced else max(priced, key=lambda c: c.per_hour.expected)

    def span(pick: Any) -> Range:
        ranges = [pick(item) for item in priced]
        return Range(min(r.low for r in ranges), pick(first).expected, max(r.high for r in ranges))

    return Cluster(
        " | ".join(dict.fromkeys(item.label for item in items if item.label)),
        span(lambda c: c.count),
        first.usd_per_hour,
        span(lambda c: c.per_hour),
        span(lambda c: c.volume_per_hour),
        first.source,
        first.observed,
        first.expected_type,
        "; ".join(dict.fromkeys(item.unpriced for item in items if item.unpriced)),
        tuple(dict.fromkeys(note for item in items for note in item.notes)),
        tuple(dict.fromkeys(date for item in items for date in item.dates)),
    )
