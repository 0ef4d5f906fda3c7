"""Cheaper machines for the same work: newer generations, and the next smaller size."""

from __future__ import annotations

from decimal import Decimal

from linter.core.record import record
from linter.domain.instances import Instance, parse
from pricing.book import NoPrice, PriceBook

_GENERAL = frozenset("mcr")
"""Families of which the same size has the same processors and memory in every generation
(EC2's instance types page: m 4 GB, c 2 GB, r 8 GB a vCPU)."""

_SAME_SHAPE = {"g5": ("g6",)}
"""GPU families of which every size has the same vCPUs, memory, number of GPUs and GPU memory in
another one (EC2: A10G and L4, 24 GB each). Their GPUs are not equally fast."""


WORTHWHILE = Decimal("0.02")
"""Less than 2% is the list's rounding, not a reason to change a machine."""


@record
class Choice:
    """Another instance type and the share of the price it saves, 0 to 1."""

    name: str
    share: Decimal
    same_speed: bool = True


def newer(book: PriceBook, component: str, kind: str) -> Choice | None:
    """The cheapest later generation of the same class, size and architecture, if it costs less."""
    key = ("newer", component, kind)
    if key not in book.memo:
        book.memo[key] = _newer(book, component, kind)
    found: Choice | None = book.memo[key]
    return found


def smaller(book: PriceBook, component: str, kind: str) -> Choice | None:
    """The next smaller size of the same family: the dearest one that costs less."""
    key = ("smaller", component, kind)
    if key not in book.memo:
        book.memo[key] = _smaller(book, component, kind)
    found: Choice | None = book.memo[key]
    return found


def _newer(book: PriceBook, component: str, kind: str) -> Choice | None:
    old = parse(kind)
    price = book.price(component, kind)
    if old is None or isinstance(price, NoPrice) or not price.usd_per_hour:
        return None
    best, lowest, same = "", price.usd_per_hour, True
    for name in book.types(component):
        new = parse(name)
        if new is None or new.size != old.size or not _replaces(old, new):
            continue
        other = book.price(component, name)
        if not isinstance(other, NoPrice) and other.usd_per_hour < lowest:
            best, lowest, same = name, other.usd_per_hour, not old.accelerated
    share = 1 - lowest / price.usd_per_hour
    return Choice(best, share, same) if best and share >= WORTHWHILE else None


def _smaller(book: PriceBook, component: str, kind: str) -> Choice | None:
    old = parse(kind)
    price = book.price(component, kind)
    if old is None or isinstance(price, NoPrice):
        return None
    best, highest = "", Decimal(0)
    for name in book.types(component):
        new = parse(name)
        if new is None or new.family != old.family:
            continue
        other = book.price(component, name)
        if isinstance(other, NoPrice):
            continue
        if highest < other.usd_per_hour < price.usd_per_hour:
            best, highest = name, other.usd_per_hour
    return Choice(best, 1 - highest / price.usd_per_hour) if best else None


def _replaces(old: Instance, new: Instance) -> bool:
    """Whether a family has the shape of another: m4 → m5, m6i, m7i on Intel; g5 → g6."""
    if new.family in _SAME_SHAPE.get(old.family, ()):
        return True
    a, b = old.family, new.family
    if a[0] not in _GENERAL or a[0] != b[0] or len(a) < 2 or len(b) < 2:
        return False
    if not (a[1].isdigit() and b[1].isdigit()) or b[1] <= a[1]:
        return False
    return a[2:] in ("", "i") and b[2:] in ("", "i")
