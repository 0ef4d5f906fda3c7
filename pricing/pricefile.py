"""Negotiated rates: a file of the user's own prices and discounts.

::

    version: 1
    discount_percent: 12            # off every list price
    regions:
      us-east-1:                    # or "*"
        discount_percent: 15
        prices:
          Training: {ml.m5.xlarge: 0.19}
          "*": {ml.g5.xlarge: 1.1}
        rates: {"storage-gb-month:Training": 0.12}
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from linter.core.record import entity, field
from linter.core.regions import has_prices_of_its_own, no_region
from pricing.yamlfile import Item, Reading, is_version, read_file, read_yaml

COMPONENTS = (
    "*",
    "Training",
    "Processing",
    "BatchTransform",
    "Hosting",
    "AsyncInf",
    "Notebook",
    "Studio-Notebook",
    "Studio-JupyterLab",
    "Training-WarmPool",
    "Cluster",
)
MAX_USD_PER_HOUR = 10_000
FILE_KEYS = ("version", "discount_percent", "regions")
REGION_KEYS = ("discount_percent", "prices", "rates")


@entity
class CustomPrices:
    """What the file says for one region. ``discount`` is a share, 0 to 1, off list prices."""

    name: str
    discount: Decimal = Decimal(0)
    prices: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    rates: dict[str, Decimal] = field(default_factory=dict)


def read_price_file(path: str, region: str) -> CustomPrices:
    """Read the file from disk. Raises :class:`~pricing.yamlfile.UserFileError`."""
    return parse_price_file(read_file(path), path, region)


def parse_price_file(text: str, path: str, region: str) -> CustomPrices:
    """Decode the text; every region in it is checked, the asked one returned."""
    root = read_yaml(path, text)
    reading = Reading(path)
    custom = CustomPrices(Path(path).name)
    members = reading.mapping(root, "a price file", FILE_KEYS)
    reading.finish_unless_mapping(root)
    if "version" not in members or not is_version(members["version"].value):
        reading.wrong(members.get("version", root), "a price file starts with `version: 1`")
    custom.discount = _discount(reading, members, Decimal(0))
    regions = reading.mapping(members.get("regions", Item(None, 1, 1)), "regions")
    for name in sorted(regions, key=lambda name: name != "*"):
        if name != "*" and not has_prices_of_its_own(name):
            reading.wrong(regions[name], no_region(name))
            continue
        body = reading.mapping(regions[name], name, REGION_KEYS)
        wanted = name in ("*", region)
        share = _discount(reading, body, custom.discount)
        prices, rates = _prices(reading, body), _rates(reading, body)
        if wanted:
            custom.discount = share
            custom.prices.update(prices)
            custom.rates.update(rates)
    reading.finish()
    return custom


def _discount(reading: Reading, members: dict[str, Item], default: Decimal) -> Decimal:
    item = members.get("discount_percent")
    if item is None:
        return default
    percent = reading.number(item, "discount_percent", 0, 100)
    return default if percent is None else percent / 100


def _prices(reading: Reading, body: dict[str, Item]) -> dict[tuple[str, str], Decimal]:
    from pricing.known import type_problem

    found: dict[tuple[str, str], Decimal] = {}
    tables = reading.mapping(body.get("prices", Item(None, 1, 1)), "prices", COMPONENTS)
    for component, table in tables.items():
        for kind, item in reading.mapping(table, component).items():
            problem = type_problem(kind)
            if problem:
                reading.wrong(item, problem)
                continue
            price = reading.number(item, f"the price of {kind}", 0, MAX_USD_PER_HOUR)
            if price is not None:
                found[component, kind.removeprefix("ml.")] = price
    return found


def _rates(reading: Reading, body: dict[str, Item]) -> dict[str, Decimal]:
    from pricing.known import rate_problem

    found: dict[str, Decimal] = {}
    for name, item in reading.mapping(body.get("rates", Item(None, 1, 1)), "rates").items():
        problem = rate_problem(name)
        if problem:
            reading.wrong(item, problem)
            continue
        rate = reading.number(item, f"the rate {name}", 0, MAX_USD_PER_HOUR)
        if rate is not None:
            found[name] = rate
    return found
