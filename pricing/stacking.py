"""Which savings go together, and what they save then.

Savings on one thing are shares of what is left after those before: a cache that answers 30% of the
runs leaves 70% for Spot to make cheaper. Of those that exclude each other the set that saves most
is *applied*; the others are alternatives. What is applied adds up and is never more than the cost.

All is done for three figures at once, the low, expected and high cost with the low, expected and
high share. In a run with branches these are not in order for one step; sums are put in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_DOWN, Decimal
from itertools import product

from linter.core.record import field, record
from pricing.model import Saving, Share
from pricing.ranges import ZERO, Range

FIGURES = ("low", "expected", "high")
_CENT = Decimal("1e-10")
ORDER = ("whole", "runs", "hours", "machine", "rate")
"""Groups in the order in which they are applied; of a group one is applied. What replaces the
whole thing goes with nothing else."""
_EXCLUDED = frozenset({("hours", "rate")})
"""Groups that do not go together: what is off at night needs no commitment for all hours."""


@record
class Offer:
    """One way to spend less on one thing, as a share of its cost.

    Attributes:
        group: what it changes, one of :data:`ORDER`.
        share: 0 to 1, of the low, expected and high cost.
        compute: whether it is a share of the compute alone.
    """

    kind: str
    group: str
    share: Share
    how: str
    compute: bool = False


@record
class Owner:
    """What a thing costs in a month, how much of it is compute, and what may be saved on it."""

    name: str
    address: str
    month: Share
    compute: Share
    offers: tuple[Offer, ...] = field(default_factory=tuple)


@record
class Stacked:
    """The savings on some things: first those applied, then the alternatives."""

    savings: tuple[Saving, ...] = ()
    total: Range = ZERO
    after: Range = ZERO


@record
class _Applied:
    owner: Owner
    offer: Offer
    saved: Share


def shared(value: Range) -> Share:
    """The share of a range, figure by figure."""
    return Share(value.low, value.expected, value.high)


def clipped(value: Share) -> Share:
    """Each figure between 0 and 1."""
    return Share(*(min(max(_of(value, name), Decimal(0)), Decimal(1)) for name in FIGURES))


def stack(owners: Sequence[Owner]) -> Stacked:
    """The best consistent set for every owner, and the alternatives to it."""
    applied: list[_Applied] = []
    others: list[Saving] = []
    after = [Decimal(0)] * 3
    for owner in owners:
        chosen = _best(owner)
        applied += _apply(owner, chosen)
        others += _alternatives(owner, chosen)
        after = [a + b for a, b in zip(after, _left(owner, chosen), strict=True)]
    savings = list(_allocated(applied))
    savings.sort(key=lambda item: -item.usd_per_month.expected)
    others.sort(key=lambda item: (-item.usd_per_month.expected, -item.usd_per_month.high))
    saved = [sum((_of(s.usd_per_month, n) for s in savings), Decimal(0)) for n in FIGURES]
    low, expected, high = after
    return Stacked(
        (*savings, *others),
        Range(*saved),
        Range(min(low, expected), expected, max(expected, high)),
    )


def _of(value: Share | Range, name: str) -> Decimal:
    amount: Decimal = getattr(value, name)
    return amount


def _best(owner: Owner) -> tuple[Offer, ...]:
    """The offers that go together and are expected to save most."""
    groups: dict[str, list[Offer]] = {}
    for offer in owner.offers:
        if offer.share.expected > 0:
            groups.setdefault(offer.group, []).append(offer)
    if not groups:
        return ()
    best = [
        max(groups[name], key=lambda offer: offer.share.expected)
        for name in ORDER
        if name in groups
    ]
    found: tuple[Offer, ...] = ()
    most = Decimal(-1)
    for choice in product((True, False), repeat=len(best)):
        taken = tuple(offer for offer, on in zip(best, choice, strict=True) if on)
        if not _consistent(taken):
            continue
        saved = sum((item.saved.expected for item in _apply(owner, taken)), Decimal(0))
        if saved > most:
            found, most = taken, saved
    return found


def _consistent(taken: Sequence[Offer]) -> bool:
    names = {offer.group for offer in taken}
    if "whole" in names and len(names) > 1:
        return False
    return not any(a in names and b in names for a, b in _EXCLUDED)


def _apply(owner: Owner, offers: Iterable[Offer]) -> list[_Applied]:
    """What each saves of what those before it leave."""
    compute, rest = _parts(owner)
    found: list[_Applied] = []
    for offer in offers:
        share = [_of(offer.share, name) for name in FIGURES]
        saved = [c * s for c, s in zip(compute, share, strict=True)]
        compute = [c - v for c, v in zip(compute, saved, strict=True)]
        if not offer.compute:
            more = [r * s for r, s in zip(rest, share, strict=True)]
            rest = [r - v for r, v in zip(rest, more, strict=True)]
            saved = [a + b for a, b in zip(saved, more, strict=True)]
        found.append(_Applied(owner, offer, Share(*saved)))
    return found


def _parts(owner: Owner) -> tuple[list[Decimal], list[Decimal]]:
    compute = [_of(owner.month, name) * _of(owner.compute, name) for name in FIGURES]
    rest = [_of(owner.month, n) - c for n, c in zip(FIGURES, compute, strict=True)]
    return compute, rest


def _left(owner: Owner, offers: Iterable[Offer]) -> list[Decimal]:
    """What is left: at least when all save most, at most when all save least."""
    compute, rest = _parts(owner)
    for offer in offers:
        shares = [_of(offer.share, name) for name in FIGURES]
        for index, share in enumerate((max(shares), offer.share.expected, min(shares))):
            compute[index] *= 1 - share
            if not offer.compute:
                rest[index] *= 1 - share
    return [a + b for a, b in zip(compute, rest, strict=True)]


def _alternatives(owner: Owner, chosen: Sequence[Offer]) -> Iterator[Saving]:
    for offer in owner.offers:
        if offer in chosen:
            continue
        alone = _alone(owner, offer)
        if alone.high > 0:
            instead = next((other.kind for other in chosen if _excludes(offer, other)), "")
            yield Saving(
                offer.kind, owner.name, alone, offer.how, owner.address, False, instead, alone
            )


def _excludes(offer: Offer, other: Offer) -> bool:
    a, b = offer.group, other.group
    return a == b or "whole" in (a, b) or (a, b) in _EXCLUDED or (b, a) in _EXCLUDED


def _alone(owner: Owner, offer: Offer) -> Range:
    saved = _apply(owner, (offer,))[0].saved
    low, expected, high = (min(_cut(_of(saved, name)), _of(owner.month, name)) for name in FIGURES)
    return Range(min(low, expected), expected, max(expected, high))


def _allocated(applied: Sequence[_Applied]) -> Iterator[Saving]:
    """Each applied saving as a range, so that the ranges' ends add up to those of the whole.

    What is saved at most of a cost by several is not the sum of what each saves at most: the whole
    spread is divided among them by their own spreads.
    """
    sums = [sum((_of(item.saved, name) for item in applied), Decimal(0)) for name in FIGURES]
    low, expected, high = min(sums[0], sums[1]), sums[1], max(sums[2], sums[1])
    downs = [max(item.saved.expected - item.saved.low, Decimal(0)) for item in applied]
    ups = [max(item.saved.high - item.saved.expected, Decimal(0)) for item in applied]
    down, up = sum(downs, Decimal(0)), sum(ups, Decimal(0))
    for item, below, above in zip(applied, downs, ups, strict=True):
        middle = _cut(item.saved.expected)
        if not middle and not above:
            continue
        least = middle - (below * (expected - low) / down if down else 0)
        most = middle + (above * (high - expected) / up if up else 0)
        owner, offer = item.owner, item.offer
        yield Saving(
            offer.kind,
            owner.name,
            Range(min(max(_cut(least), Decimal(0)), middle), middle, max(_cut(most), middle)),
            offer.how,
            owner.address,
            True,
            "",
            _alone(owner, offer),
        )


def _cut(amount: Decimal) -> Decimal:
    """To ten decimals, never up: parts must not add up to more than the whole."""
    return amount.quantize(_CENT, ROUND_DOWN).normalize() + 0
