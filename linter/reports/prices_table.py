"""``prices show`` and ``prices info`` for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from linter.core.printable import printable
from linter.reports.style import Painter
from linter.reports.table import table
from pricing import bookfile
from pricing.book import COMPONENTS, MAX_AGE_DAYS, NoPrice, Price, PriceBook
from pricing.cache import cache_directory, cached_regions, read_cached
from pricing.ranges import plain

_EXTRA = ("AsyncInf", "Studio-Notebook", "Studio-JupyterLab", "Training-WarmPool")
HOURS_IN_MONTH = 730


def of_type(book: PriceBook, name: str) -> dict[str, Price]:
    """Component → price of an instance type, for those that have one."""
    found: dict[str, Price] = {}
    for component in (*COMPONENTS, *_EXTRA):
        price = book.price(component, name)
        if isinstance(price, Price):
            found[component] = price
    return found


def nearest(book: PriceBook, name: str) -> tuple[str, ...]:
    """Names like the given one that have a price."""
    if not book.known_region:
        missing = book.price("Training", name)
        return missing.nearest if isinstance(missing, NoPrice) else ()
    names = [near for component in COMPONENTS for near in book.nearest(component, name)]
    return tuple(dict.fromkeys(names))[:3]


def type_text(book: PriceBook, name: str, found: dict[str, Price], paint: Painter) -> str:
    """The prices of a type as a table."""
    rows = [
        (
            component,
            f"{price.usd_per_hour.normalize():f}",
            f"{price.usd_per_hour * HOURS_IN_MONTH:,.2f}",
            price.described,
        )
        for component, price in found.items()
    ]
    lines = [f"{paint(printable(name), 'bold')} in {book.region}, USD before tax"]
    headings = ("component", "$/hour", f"$/{HOURS_IN_MONTH} hours", "from")
    lines += table(headings, rows, paint, right=(1, 2), longest=90)
    share, source = book.spot_saving(name)
    if "Training" in found:
        lines.append(f"  managed Spot training: {share * 100:.0f}% less, {source}")
    return "\n".join(lines) + "\n"


def type_json(book: PriceBook, name: str, found: dict[str, Price]) -> dict[str, Any]:
    share, source = book.spot_saving(name)
    return {
        "instance_type": name,
        "region": book.region,
        "currency": "USD",
        "price_book": {"source": book.origin, "date": book.date},
        "prices": [
            {
                "component": component,
                "usd_per_hour": plain(price.usd_per_hour),
                "observed": price.observed,
                "source": price.source,
                "date": price.date,
            }
            for component, price in found.items()
        ],
        "spot_saving": {"share": plain(Decimal(share)), "source": source},
    }


def facts(regions: Sequence[str], today: date) -> dict[str, Any]:
    """What the book covers and how old it is. ``regions`` limits the list; empty for all."""
    index = bookfile.embedded_index()
    cached = {name: read_cached(name) for name in cached_regions()}
    names = regions or [*index["regions"], *(n for n in cached if n not in index["regions"])]
    return {
        "embedded_date": index["date"],
        "age_days": _age(index["date"], today),
        "warn_after_days": MAX_AGE_DAYS,
        "cache": str(cache_directory()),
        "regions": [_region(name, index, cached.get(name), today) for name in names],
    }


def _region(name: str, index: dict[str, Any], cached: Any, today: date) -> dict[str, Any]:
    embedded = index["regions"].get(name, {})
    data, problem = cached or (None, "")
    old = embedded.get("date", "")
    newer = data is not None and data.get("date", "") >= old
    shown = data["date"] if data is not None and newer else old
    return {
        "region": name,
        "date": shown,
        "age_days": _age(shown, today),
        "source": "refreshed" if newer else "embedded" if embedded else "none",
        "observed": embedded.get("observed", 0),
        "derived": embedded.get("derived", 0),
        "refreshed": _count(data) if newer else 0,
        "problem": problem or None,
    }


def _count(data: Any) -> int:
    return sum(len(entries) for entries in data["prices"].values())


def _age(text: str, today: date) -> int | None:
    try:
        return (today - date.fromisoformat(text)).days
    except ValueError:
        return None


def info_text(found: dict[str, Any], paint: Painter) -> str:
    """The facts as text."""
    rows = found["regions"]
    observed, derived = (sum(row[key] for row in rows) for key in ("observed", "derived"))
    lines = [
        f"{paint('Price book', 'bold')} of {found['embedded_date']}, {found['age_days']} days old:"
        f" {len(rows)} regions, {observed:,} observed and {derived:,} derived prices.",
        f"New prices are kept in {printable(found['cache'], 300)}",
        "",
    ]
    cells = [
        (
            row["region"],
            row["date"] or "no prices",
            "" if row["age_days"] is None else f"{row['age_days']} days",
            f"{row['observed']:,}",
            f"{row['derived']:,}",
            f"{row['refreshed']:,} refreshed" if row["refreshed"] else row["problem"] or "",
        )
        for row in rows
    ]
    headings = ("region", "date", "age", "observed", "derived", "")
    lines += table(headings, cells, paint, right=(2, 3, 4), longest=90)
    return "\n".join(lines) + "\n"
