"""Build the embedded price book from tables of prices.

    python -m pricing.tools.build_book --prices prices.csv --other other_prices.csv \
        --spot spot_advisor.csv --multipliers region_multipliers.csv --out pricing/data

One file is written per region (see ``pricing.bookfile`` for the format) and ``index.json`` with
the regions and the dates. The tables' columns are those of the header lines named below.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from statistics import median_low
from typing import Any

PRICE_COLUMNS = "region,component,instance_type,usd_per_hour,observed_or_derived,source,source_date"
STORAGE_KINDS = ("Training", "Processing", "Hosting", "Notebook")
_ITEMS = {
    "hosting-data-processed": "hosting-data-gb",
    "training-plan-upfront": "training-plan-hour",
    "lambda-duration-x86": "lambda-gb-second-x86",
    "lambda-duration-arm": "lambda-gb-second-arm",
    "lambda-requests": "lambda-request",
    "emr-serverless-vcpu": "emr-serverless-vcpu-hour",
    "emr-serverless-memory": "emr-serverless-gb-hour",
    "savings-plan": "savings-plan-hour",
    "s3-standard-first50TB": "s3-gb-month",
    "ecr-storage": "ecr-gb-month",
}


class _Sources:
    """The numbered sources of one region: ``[code, date, observed]``."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []
        self._numbers: dict[tuple[str, str, bool], int] = {}

    def number(self, code: str, date: str, observed: bool) -> int:
        key = (code, date, observed)
        if key not in self._numbers:
            self._numbers[key] = len(self.rows)
            self.rows.append([code, date, observed])
        return self._numbers[key]


class Builder:
    """Collects the tables' rows by region."""

    def __init__(self) -> None:
        self.sources: dict[str, _Sources] = defaultdict(_Sources)
        self.prices: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
        self.rates: dict[str, dict[str, str]] = defaultdict(dict)
        self.spot: dict[str, dict[str, tuple[str, int]]] = defaultdict(dict)
        self.spot_date: dict[str, str] = {}

    def add_prices(self, path: Path) -> None:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if ",".join(rows.fieldnames or ()) != PRICE_COLUMNS:
                raise SystemExit(f"{path}: the columns must be {PRICE_COLUMNS}")
            for row in rows:
                region = row["region"]
                price = Decimal(row["usd_per_hour"])
                if price <= 0 or row["observed_or_derived"] not in ("observed", "derived"):
                    raise SystemExit(f"{path}: no valid price: {row}")
                number = self.sources[region].number(
                    row["source"],
                    row["source_date"].rstrip("~"),
                    row["observed_or_derived"] == "observed",
                )
                kind = row["instance_type"].removeprefix("ml.")
                self.prices[region][row["component"]][kind] = f"{price.normalize():f} {number}"

    def add_other(self, path: Path) -> None:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                self._other(row)

    def _other(self, row: dict[str, str]) -> None:
        # Some rows name a region with words around it: "us-east-1 (x86, as quoted)".
        region = row["region"].split()[0].rstrip(",") if row["region"] else ""
        if not row["value"] or not region.count("-") >= 2:
            return
        item, detail = row["item"], row["detail"]
        observed = row["observed_or_derived"] == "observed"
        names: list[str] = []
        if item == "ml-storage":
            kind = {"Studio-space(gp3)": "Studio", "Training/Hosting/Notebook": ""}.get(
                detail, detail
            )
            kinds = (kind,) if kind else ("Training", "Hosting", "Notebook")
            names = [f"storage-gb-month:{name}" for name in kinds]
        elif item == "serverless-inference":
            if detail == "Mem-1GB":
                names = ["serverless-gb-second"]
        elif item == "training-plan-upfront":
            names = [f"training-plan-hour:{detail}"]
        elif item == "savings-plan":
            names = [f"savings-plan-hour:{detail.split(':', 1)[-1]}"]
        elif item == "hosting-data-processed":
            names = [f"hosting-data-gb:{name.lower()}" for name in detail.split("/")]
        elif item in _ITEMS:
            names = [_ITEMS[item]]
        number = self.sources[region].number(
            row["source"] or row["note"], row["source_date"], observed
        )
        value = format(Decimal(row["value"]).normalize(), "f")
        for name in names:
            if name not in self.rates[region]:
                self.rates[region][name] = f"{value} {number}"

    def add_spot(self, path: Path) -> None:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                known = self.spot[row["region"]].get(row["instance_type"])
                if known is None or known[0] < row["source_date"]:
                    self.spot[row["region"]][row["instance_type"]] = (
                        row["source_date"],
                        int(row["savings_pct"]),
                    )

    def fill_storage(self, path: Path) -> None:
        """Volume prices for regions without one: us-east-1's × the region's CPU price level.

        Marked as derived, with that rule as their source.
        """
        base = {
            kind: Decimal(self.rates["us-east-1"][f"storage-gb-month:{kind}"].split()[0])
            for kind in STORAGE_KINDS
        }
        with path.open(encoding="utf-8", newline="") as file:
            levels = {row["region"]: row["cpu_median_vs_us_east_1"] for row in csv.DictReader(file)}
        for region, prices in self.prices.items():
            level = Decimal(levels.get(region) or 1) if prices else Decimal(1)
            source = f"storage us-east-1 x {level} (the region's CPU price level)"
            for kind in STORAGE_KINDS:
                name = f"storage-gb-month:{kind}"
                if name not in self.rates[region]:
                    number = self.sources[region].number(source, "", False)
                    value = (base[kind] * level).quantize(Decimal("0.0001")).normalize()
                    self.rates[region][name] = f"{value:f} {number}"

    def fill_lambda(self) -> None:
        """Lambda's rates for regions without one: us-east-1's, marked as derived."""
        for name in ("lambda-gb-second-x86", "lambda-gb-second-arm", "lambda-request"):
            value = self.rates["us-east-1"][name].split()[0]
            for region in self.prices:
                if name not in self.rates[region]:
                    number = self.sources[region].number(f"{name} of us-east-1", "", False)
                    self.rates[region][name] = f"{value} {number}"

    def write(self, out: Path) -> None:
        out.mkdir(parents=True, exist_ok=True)
        index: dict[str, Any] = {"format": 1, "regions": {}}
        for region in sorted(self.prices):
            rows = self.sources[region].rows
            prices = self.prices[region]
            dates = [row[1] for row in rows if row[2] and len(row[1]) == 10]
            # The book is as old as the bulk of its observed prices, not as its latest quote.
            main = _main_date(rows, prices) or max(dates, default="")
            named = {
                kind.removeprefix("ml."): saving
                for kind, (_, saving) in sorted(self.spot.get(region, {}).items())
                if any(kind in types for types in prices.values())
            }
            spot_dates = [date for date, _ in self.spot.get(region, {}).values()]
            data = {
                "format": 1,
                "region": region,
                "date": main,
                "sources": rows,
                "rates": dict(sorted(self.rates[region].items())),
                "spot": {
                    "date": median_low(spot_dates) if spot_dates else "",
                    "source": "EC2 Spot Advisor, Linux",
                    "median": median_low(named.values()) if named else None,
                    "saving_percent": named,
                },
                "prices": {name: dict(sorted(prices[name].items())) for name in sorted(prices)},
            }
            index["regions"][region] = {
                "date": main,
                "observed": _count(rows, prices, True),
                "derived": _count(rows, prices, False),
            }
            (out / f"{region}.json").write_text(
                json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8"
            )
        index["date"] = max(item["date"] for item in index["regions"].values())
        (out / "index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


def _count(rows: list[list[Any]], prices: dict[str, dict[str, str]], observed: bool) -> int:
    return sum(
        rows[int(text.split()[1])][2] is observed
        for types in prices.values()
        for text in types.values()
    )


def _main_date(rows: list[list[Any]], prices: dict[str, dict[str, str]]) -> str:
    counts: dict[str, int] = defaultdict(int)
    for types in prices.values():
        for text in types.values():
            row = rows[int(text.split()[1])]
            if row[2] and len(row[1]) == 10:
                counts[row[1]] += 1
    return max(counts, key=lambda date: (counts[date], date), default="")


def main() -> None:
    """Read the tables named on the command line and write the book."""
    parser = argparse.ArgumentParser(description="Build the embedded price book.")
    for name in ("prices", "other", "spot", "multipliers", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    builder = Builder()
    builder.add_prices(args.prices)
    builder.add_other(args.other)
    builder.add_spot(args.spot)
    builder.fill_storage(args.multipliers)
    builder.fill_lambda()
    builder.write(args.out)


if __name__ == "__main__":
    main()
