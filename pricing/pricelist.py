"""Records of the AWS Price List for SageMaker, and the prices in them.

A record is one product with its terms, as GetProducts gives it: ``product`` (``productFamily``,
``attributes``, ``sku``), ``terms.OnDemand``, ``version`` and ``publicationDate``. Most products
are not what a job is billed by (reservation fees, free tiers, clusters, surcharges, Outposts), and
some have no price; they are counted and left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from linter.core.record import entity, field
from pricing.bookfile import FORMAT, parse_amount

SERVICE = "AmazonSageMaker"
SOURCE = "aws-price-list"

_COMPONENTS = {
    "training": "Training",
    "processing": "Processing",
    "batchtransform": "BatchTransform",
    "hosting": "Hosting",
    "asyncinf": "AsyncInf",
    "notebook": "Notebook",
    "studio-notebook": "Studio-Notebook",
    "studio-jupyterlab": "Studio-JupyterLab",
}
"""The component attribute, in lower case (AWS writes ``studio-jupyterlab`` so), to the book's."""

_PREFIXES = {
    "Train": "Training",
    "Processing": "Processing",
    "Tsform": "BatchTransform",
    "Host": "Hosting",
    "AsyncInf": "AsyncInf",
    "Notebk": "Notebook",
    "Studio": "Studio",
}
"""What a usage type of each component begins with behind its region: ``USE1-Train:ml.m5.xlarge``.

Reservation fees (``TrainingPlanUpfrontFee``), Spot (``TrSpt``) and free tiers
(``TrainDebugFreeTier``, ``MonitorFreeTier``) have other prefixes."""

_VOLUMES = ("Training", "Processing", "Hosting", "Notebook")


@entity
class Prices:
    """What the records of one region say; amounts are USD."""

    region: str
    hourly: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    rates: dict[str, Decimal] = field(default_factory=dict)
    published: str = ""
    version: str = ""
    records: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    _exact: set[tuple[str, str]] = field(default_factory=set)

    def add(self, record: Any) -> None:
        """Take one decoded record; what it is not good for is counted in ``left_out``."""
        self.records += 1
        product = _mapping(record, "product")
        attributes = _mapping(product, "attributes")
        if not attributes:
            self.left_out["malformed"] += 1
            return
        self.published = max(self.published, _text(_mapping(record), "publicationDate")[:10])
        self.version = max(self.version, _text(_mapping(record), "version"))
        if _text(attributes, "locationType") not in ("AWS Region", ""):
            self.left_out["not in a region"] += 1
            return
        if _text(attributes, "regionCode") not in (self.region, ""):
            self.left_out["another region"] += 1
            return
        unit, amount = _on_demand(record)
        if amount is None:
            self.left_out["without a price"] += 1
            return
        if not self._take(_text(product, "productFamily"), attributes, unit, amount):
            self.left_out["another meter"] += 1

    def _take(self, family: str, attributes: Mapping[str, Any], unit: str, amount: Decimal) -> bool:
        if not amount:
            return False  # free tiers are not prices
        usage = _text(attributes, "usagetype")
        if family == "ML Instance":
            return self._instance(attributes, usage, unit, amount)
        if family == "Storage" and unit == "GB-Mo":
            kind = _text(attributes, "volumeType").removeprefix("General Purpose-")
            return kind in _VOLUMES and self._rate(f"storage-gb-month:{kind}", amount)
        if family == "ML Serverless" and unit.lower() == "seconds":
            return self._serverless(attributes, usage, amount)
        if family == "Data Transfer" and unit == "GB":
            for end, way in ((":Data-Bytes-In", "in"), (":Data-Bytes-Out", "out")):
                if usage.endswith(f"Hst{end}"):
                    return self._rate(f"hosting-data-gb:{way}", amount)
        return False

    def _instance(
        self, attributes: Mapping[str, Any], usage: str, unit: str, amount: Decimal
    ) -> bool:
        component = _COMPONENTS.get(_text(attributes, "component").lower())
        prefix = _usage_prefix(usage)
        if component is None or unit not in ("Hrs", "hours", "Hours"):
            return False
        if _text(attributes, "operation") not in ("RunInstance", ""):
            return False
        if usage and not component.startswith(_PREFIXES.get(prefix, "?")):
            return False
        kind = _type_of(attributes, usage)
        if not kind:
            return False
        key = (component, kind)
        # Surcharges share the component of what they are added to; the platform's own name of
        # the meter tells them apart.
        meter = _text(attributes, "platoinstancetype")
        if meter and meter.lower() != component.lower():
            return False
        exact = bool(meter)
        known = self.hourly.get(key)
        if known is not None and (key in self._exact, known) >= (exact, amount):
            return True
        self.hourly[key] = amount
        if exact:
            self._exact.add(key)
        return True

    def _serverless(self, attributes: Mapping[str, Any], usage: str, amount: Decimal) -> bool:
        memory = parse_amount(_text(attributes, "memorygb").removesuffix("GB").strip())
        if not memory or ":Mem-" not in usage:
            return False
        return self._rate("serverless-gb-second", amount / memory)

    def _rate(self, name: str, amount: Decimal) -> bool:
        self.rates[name] = max(self.rates.get(name, amount), amount)
        return True

    def to_book(self) -> dict[str, Any]:
        """The region's data in the form of :mod:`pricing.bookfile`."""
        tables: dict[str, dict[str, str]] = {}
        for (component, kind), amount in sorted(self.hourly.items()):
            tables.setdefault(component, {})[kind.removeprefix("ml.")] = _entry(amount)
        return {
            "format": FORMAT,
            "region": self.region,
            "date": self.published,
            "sources": [[f"{SOURCE} {self.version}".strip(), self.published, True]],
            "rates": {name: _entry(amount) for name, amount in sorted(self.rates.items())},
            "prices": tables,
        }


def read_records(region: str, records: Iterable[Any]) -> Prices:
    """The prices of a region in decoded records."""
    prices = Prices(region)
    for record in records:
        prices.add(record)
    return prices


def _entry(amount: Decimal) -> str:
    return f"{amount.normalize():f} 0"


def _mapping(value: Any, *path: str) -> Mapping[str, Any]:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _usage_prefix(usage: str) -> str:
    """``Train`` of ``USE1-Train:ml.m5.xlarge`` and of ``Train:ml.m5.xlarge``."""
    name = usage.partition(":")[0]
    return name.rpartition("-")[2]


def _type_of(attributes: Mapping[str, Any], usage: str) -> str:
    """The instance type: its own attribute, else one that holds it with a suffix, else the usage
    type behind the colon."""
    for text in (
        _text(attributes, "instanceName"),
        _text(attributes, "instanceType"),
        usage.partition(":")[2],
    ):
        start = text.find("ml.")
        if start < 0:
            continue
        # "ml.m5.xlarge-Training"; a size has no upper case letter, a component begins with one.
        name = text[start:]
        for index, char in enumerate(name):
            if char == "-" and name[index + 1 : index + 2].isupper():
                name = name[:index]
                break
        if name.count(".") == 2 and name.islower():
            return name
    return ""


def _on_demand(record: Any) -> tuple[str, Decimal | None]:
    """Unit and amount of the first tier of the on-demand term; ``None`` without one in USD."""
    for term in _mapping(record, "terms", "OnDemand").values():
        for dimension in _mapping(term, "priceDimensions").values():
            if not isinstance(dimension, dict):
                continue
            begin = parse_amount(_text(dimension, "beginRange") or "0")
            amount = parse_amount(_mapping(dimension, "pricePerUnit").get("USD"))
            if amount is not None and not begin:
                return _text(dimension, "unit"), amount
    return "", None
