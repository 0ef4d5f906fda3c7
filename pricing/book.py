"""The price book of one region: what an hour of an instance costs, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date as Date  # noqa: N812
from decimal import Decimal
from typing import Any

from linter.core.record import record, replace
from linter.core.regions import is_region, nearest
from pricing import bookfile

MAX_AGE_DAYS = 180
DEFAULT_SPOT_SAVING = {"us": Decimal("0.60"), "": Decimal("0.55")}
"""Where the Spot Advisor's table has nothing: about its medians of 2025, by part of the world."""

COMPONENTS = ("Training", "Processing", "BatchTransform", "Hosting", "Notebook")

_FALLBACK = {
    # Pairs billed at the same rate under another meter.
    "Training-WarmPool": "Training",
    "AsyncInf": "Hosting",
    "Studio-JupyterLab": "Studio-Notebook",
    "Studio-Notebook": "Notebook",
}


@record
class Price:
    """USD per hour (or the unit of a rate), with its provenance.

    ``observed`` is true for a price that AWS lists for exactly this region, component and type;
    a price computed from another one is never observed.
    """

    usd_per_hour: Decimal
    observed: bool
    source: str
    date: str

    @property
    def described(self) -> str:
        """``observed 2026-09-24, S4-…`` for people and reports."""
        word = "observed" if self.observed else "derived"
        return " ".join(part for part in (word, self.date) if part) + f", {self.source}"


@record
class NoPrice:
    """Why there is no price; ``nearest`` are names of the same component that have one."""

    reason: str
    nearest: tuple[str, ...] = ()

    @property
    def described(self) -> str:
        hint = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        return self.reason + hint


class PriceBook:
    """Prices of one region.

    Build one with :func:`load_book` (embedded book, user's cache, negotiated rates) or
    :meth:`of_prices`. ``discount`` is the share taken off every price, 0 to 1.
    """

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        origin: str = "embedded",
        custom: Mapping[tuple[str, str], Decimal] | None = None,
        discount: Decimal = Decimal(0),
        rates: Mapping[str, Decimal] | None = None,
        custom_name: str = "",
        known_region: bool = True,
        warnings: tuple[str, ...] = (),
    ) -> None:
        self._data = data
        self.region: str = data.get("region", "")
        self.origin = origin
        self.date: str = data.get("date", "")
        self.known_region = known_region
        self.warnings = warnings
        self._custom = dict(custom or {})
        self._custom_rates = dict(rates or {})
        self._custom_name = custom_name or "price file"
        self._factor = 1 - discount
        self._found: dict[tuple[str, str], Price | NoPrice] = {}
        self.memo: dict[Any, Any] = {}
        """What is derived from the book's prices, which do not change; by whom derived it."""

    @property
    def empty(self) -> bool:
        """Whether nothing has a price: neither a list nor the user's own rates know the region."""
        return not self.known_region and not self._custom and not self._custom_rates

    @classmethod
    def of_prices(
        cls,
        region: str,
        prices: Mapping[tuple[str, str], Decimal],
        *,
        rates: Mapping[str, Decimal] | None = None,
        date: str = "",
        source: str = "given",
    ) -> PriceBook:
        """A book that holds just these prices: (component, instance type) → USD per hour."""
        tables: dict[str, dict[str, str]] = {}
        for (component, kind), amount in prices.items():
            tables.setdefault(component, {})[kind.removeprefix("ml.")] = f"{amount:f} 0"
        data = {
            "format": bookfile.FORMAT,
            "region": region,
            "date": date,
            "sources": [[source, date, True]],
            "rates": {name: f"{amount:f} 0" for name, amount in (rates or {}).items()},
            "prices": tables,
        }
        return cls(data, origin=source)

    def without(self, component: str, instance_type: str) -> PriceBook:
        """The same book lacking one price. For what-if questions and tests."""
        kind = instance_type.removeprefix("ml.")
        tables = {
            name: {k: v for k, v in table.items() if not (name == component and k == kind)}
            for name, table in self._data.get("prices", {}).items()
        }
        return PriceBook({**self._data, "prices": tables}, origin=self.origin)

    def price(self, component: str, instance_type: str) -> Price | NoPrice:
        """What an hour of one instance costs for a component (``Training``, ``Hosting`` …)."""
        key = (component, instance_type)
        if key not in self._found:
            self._found[key] = self._look_up(component, instance_type)
        return self._found[key]

    def _look_up(self, component: str, instance_type: str) -> Price | NoPrice:
        kind = instance_type.removeprefix("ml.")
        for name in (component, "*"):
            own = self._custom.get((name, kind))
            if own is not None:
                return Price(own, True, f"negotiated: {self._custom_name}", "")
        if not self.known_region:
            return self._no_region()
        tables: Mapping[str, Mapping[str, str]] = self._data.get("prices", {})
        asked: str | None = component
        while asked is not None:
            entry = tables.get(asked, {}).get(kind)
            if entry is not None:
                found = self._priced(entry)
                if asked != component:
                    found = replace(
                        found, observed=False, source=f"component-equal:{asked}:{found.source}"
                    )
                return found
            asked = _FALLBACK.get(asked)
        newest = f"; its newest prices are of {self.newest}" if self.newest else ""
        return NoPrice(
            f"no {component} price of {instance_type} in {self.region}{newest}",
            self.nearest(component, instance_type),
        )

    @property
    def newest(self) -> str:
        """The date of the newest price of the book, ``""`` where none has a date."""
        if "newest" not in self.memo:
            dates = [date for _, date, _ in self._data.get("sources", ()) if len(date) == 10]
            self.memo["newest"] = max(dates, default=self.date)
        found: str = self.memo["newest"]
        return found

    def rate(self, name: str) -> Price | NoPrice:
        """A price that is not of an instance: ``storage-gb-month:Training`` and the like."""
        own = self._custom_rates.get(name)
        if own is not None:
            return Price(own, True, f"negotiated: {self._custom_name}", "")
        if not self.known_region:
            return self._no_region()
        entry = self._data.get("rates", {}).get(name)
        if entry is None:
            return NoPrice(f"no {name} rate in {self.region}")
        return self._priced(entry)

    def types(self, component: str) -> list[str]:
        """Instance types with a price for a component, with ``ml.``."""
        return [f"ml.{kind}" for kind in self._data.get("prices", {}).get(component, {})]

    def nearest(self, component: str, instance_type: str) -> tuple[str, ...]:
        from difflib import get_close_matches

        kind = instance_type.removeprefix("ml.")[:60].lower()
        table = self._data.get("prices", {}).get(component, {})
        family, _, size = kind.partition(".")
        same = [name for name in table if name.split(".")[0] == family]
        found = get_close_matches(kind, same or list(table), 3, 0.5)
        if not found and size:
            found = get_close_matches(kind, list(table), 3, 0.4)
        return tuple(f"ml.{name}" for name in found)

    def spot_saving(self, instance_type: str) -> tuple[Decimal, str]:
        """The share Spot takes off, and where the figure comes from. An assumption, always."""
        spot = self._data.get("spot") or {}
        percent = (spot.get("saving_percent") or {}).get(instance_type.removeprefix("ml."))
        if percent is not None and percent > 0:
            return (
                Decimal(percent) / 100,
                f"assumed from {spot.get('source', 'Spot Advisor')} {spot.get('date', '')}".strip(),
            )
        part = "us" if self.region.startswith("us-") else ""
        return DEFAULT_SPOT_SAVING[part], "assumed: the median of EC2's Spot Advisor"

    def age_warning(self, today: Date) -> str:
        """One line when the book is older than :data:`MAX_AGE_DAYS`, else ``""``."""
        try:
            written = Date.fromisoformat(self.date)
        except ValueError:
            return ""
        age = (today - written).days
        if age <= MAX_AGE_DAYS:
            return ""
        return (
            f"the prices are of {self.date}, {age} days old; `pipewarden prices refresh` gets new"
            " ones"
        )

    def _priced(self, entry: str) -> Price:
        amount, number = entry.split(" ")
        code, date, observed = self._data["sources"][int(number)]
        return Price(Decimal(amount) * self._factor, observed, code, date)

    def _no_region(self) -> NoPrice:
        if is_region(self.region):
            return NoPrice(f"no prices of region {self.region}: put rates of it in a price file")
        near = nearest(self.region)
        reason = f"no prices of region {self.region or '(none)'}, which does not exist"
        return NoPrice(reason, (near,) if near else ())


def load_book(
    region: str,
    *,
    price_file: str | None = None,
    discount_percent: Decimal = Decimal(0),
    cache_dir: Any = None,
    use_cache: bool = True,
) -> PriceBook:
    """The book of a region: the user's cache if it is newer, else the embedded one.

    ``discount_percent`` (0 to 100) is taken off list prices unless the price file has a discount
    of its own. A cache that cannot be read is a line in ``PriceBook.warnings`` and the embedded
    prices are used. Raises :class:`pricing.yamlfile.UserFileError` for a bad ``price_file``.
    """
    from pricing.cache import read_cached

    warnings: list[str] = []
    data = bookfile.embedded_region(region)
    origin = "embedded"
    if use_cache:
        cached, problem = read_cached(region, cache_dir)
        if problem:
            warnings.append(problem)
        if cached is not None and (data is None or cached.get("date", "") >= data.get("date", "")):
            data, origin = _over(data, cached), "refreshed"
    known = data is not None
    options: dict[str, Any] = {"discount": discount_percent / 100}
    if price_file is not None:
        from pricing.pricefile import read_price_file

        custom = read_price_file(price_file, region)
        options = {
            "custom": custom.prices,
            "rates": custom.rates,
            "discount": custom.discount or discount_percent / 100,
            "custom_name": custom.name,
        }
        origin += f" + {custom.name}"
    return PriceBook(
        data or {"region": region},
        origin=origin,
        known_region=known,
        warnings=tuple(warnings),
        **options,
    )


def _over(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> dict[str, Any]:
    """The new region's data, with what only the old one has (derived prices, rates, Spot)."""
    if old is None:
        return dict(new)
    shift = len(new["sources"])

    def moved(table: Mapping[str, str]) -> dict[str, str]:
        shifted = {}
        for key, entry in table.items():
            amount, number = entry.split(" ")
            shifted[key] = f"{amount} {int(number) + shift}"
        return shifted

    shifted = {name: moved(table) for name, table in old["prices"].items()}
    sources = [*new["sources"], *old["sources"]]
    tables = {
        name: {**shifted.get(name, {}), **new["prices"].get(name, {})}
        for name in dict.fromkeys([*new["prices"], *old["prices"]])
    }
    for name, table in tables.items():
        own = new["prices"].get(name, {})
        for kind, entry in table.items():
            number = entry.split(" ")[1]
            if kind in own or sources[int(number)][2]:
                continue
            renewed = _derived_anew(name, kind, sources[int(number)][0], new)
            if renewed is not None:
                table[kind] = f"{renewed[0]} {len(sources)}"
                sources.append(renewed[1])
    return {
        **old,
        **new,
        "sources": sources,
        "spot": new.get("spot") or old.get("spot"),
        "rates": {**moved(old.get("rates", {})), **new.get("rates", {})},
        "prices": tables,
    }


def _derived_anew(
    component: str, kind: str, source: str, new: Mapping[str, Any]
) -> tuple[str, list[Any]] | None:
    """A price that was derived, from the new list: the amount, and its source.

    It costs what the component costs of which it was derived, else what another one does now: the
    price does not depend on the component. ``None`` where the new list has none of the type.
    """
    tables: Mapping[str, Mapping[str, str]] = new["prices"]
    parts = source.split(":")
    first = parts[1] if parts[0] == "component-equal" and len(parts) > 2 else ""
    for name in dict.fromkeys((first, *COMPONENTS, *tables)):
        entry = tables.get(name, {}).get(kind)
        if entry is None or name == component or name == "Cluster":
            continue
        amount, number = entry.split(" ")
        code, date, _ = new["sources"][int(number)]
        return amount, [f"component-equal:{name}:{code}", date, False]
    return None
