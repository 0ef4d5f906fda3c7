"""Files of prices: the embedded book's, the user's cache's, and negotiated rates.

One JSON object per region, in this form::

    {"format": 1, "region": "us-east-1", "date": "2026-09-22",
     "sources": [["S1-…", "2026-09-22", true], …],            code, date, observed
     "rates": {"storage-gb-month:Training": "0.14 3", …},      price, number of its source
     "spot": {"date": …, "source": …, "median": 64, "saving_percent": {"m5.xlarge": 66, …}},
     "prices": {"Hosting": {"m5.xlarge": "0.23 0", …}, …}}     component → type → price, source

Types stand without ``ml.``. Prices stay text until they are asked for, so that loading a region
is one JSON decode.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from linter.core.regex import lazy_regex

FORMAT = 1
MAX_BYTES = 8_000_000
_DATA = Path(__file__).parent / "data"
_REGION = lazy_regex(r"[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-\d{1,2}(?:-[a-z]{3}-\d{1,2})?")
_NUMBER = lazy_regex(r"\d{1,9}(?:\.\d{1,15})?")


class PriceFileError(ValueError):
    """A file of prices that cannot be used, with the reason, as one line."""


def is_region(text: str) -> bool:
    """Whether the text has the form of a region's name, or of a local zone group's."""
    return _REGION.fullmatch(text) is not None


def embedded_index() -> dict[str, Any]:
    """Regions with their dates and numbers of prices, and the book's date."""
    data: dict[str, Any] = json.loads((_DATA / "index.json").read_text("utf-8"))
    return data


def embedded_region(region: str) -> dict[str, Any] | None:
    """One region's data, ``None`` for a region that is not in the book."""
    if not is_region(region):
        return None
    try:
        data: dict[str, Any] = json.loads((_DATA / f"{region}.json").read_text("utf-8"))
    except FileNotFoundError:
        return None
    return data


def parse_amount(value: Any) -> Decimal | None:
    """A price as a number or plain decimal text; ``None`` for anything else, negatives included."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    text = str(value).strip()
    if isinstance(value, float):
        text = format(Decimal(text), "f") if value == value and abs(value) < 1e9 else ""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def validate(data: Any, name: str) -> dict[str, Any]:
    """The data of one region, checked in full. Raises :class:`PriceFileError`."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise PriceFileError(f"{name}: not a price file of format {FORMAT}")
    if not isinstance(data.get("region"), str) or not is_region(data["region"]):
        raise PriceFileError(f"{name}: no valid region")
    sources = data.get("sources")
    if not isinstance(sources, list) or not all(
        isinstance(s, list)
        and len(s) == 3
        and isinstance(s[0], str)
        and isinstance(s[1], str)
        and isinstance(s[2], bool)
        for s in sources
    ):
        raise PriceFileError(f"{name}: the list of sources is malformed")
    tables = [("rates", data.get("rates", {}))]
    prices = data.get("prices")
    if not isinstance(prices, dict) or not prices:
        raise PriceFileError(f"{name}: no prices")
    tables += list(prices.items())
    for table, entries in tables:
        if not isinstance(entries, dict):
            raise PriceFileError(f"{name}: {table} is malformed")
        for key, entry in entries.items():
            parts = entry.split(" ") if isinstance(entry, str) else []
            if (
                len(parts) != 2
                or parse_amount(parts[0]) is None
                or not parts[1].isdecimal()
                or int(parts[1]) >= len(sources)
            ):
                raise PriceFileError(f"{name}: the price of {table} {key} is malformed")
    if not isinstance(data.get("date", ""), str):
        raise PriceFileError(f"{name}: the date is malformed")
    _validate_spot(data.get("spot"), name)
    return data


def _validate_spot(spot: Any, name: str) -> None:
    if spot is None:
        return
    savings = spot.get("saving_percent") if isinstance(spot, dict) else None
    if not isinstance(savings, dict) or not all(
        isinstance(v, int) and not isinstance(v, bool) and 0 <= v <= 100 for v in savings.values()
    ):
        raise PriceFileError(f"{name}: the Spot savings are malformed")


def decode(text: str, name: str) -> dict[str, Any]:
    """A region's file as read from disk, checked. Raises :class:`PriceFileError`."""
    if len(text) > MAX_BYTES:
        raise PriceFileError(f"{name}: larger than {MAX_BYTES} bytes")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise PriceFileError(f"{name}: not valid JSON") from None
    return validate(data, name)
