"""New prices of a region through the AWS Price List API, kept in the user's cache.

The cache is replaced only by an answer that was received and understood whole; otherwise the old
one stays, and :class:`RefreshError` says in one line what went wrong.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from linter.core.record import field, record
from linter.core.regions import has_prices_of_its_own, no_region
from pricing import bookfile
from pricing.bookfile import PriceFileError
from pricing.cache import read_cached, write_cached
from pricing.pricelist import SERVICE, Prices

PAGE = 100
"""GetProducts gives at most 100 products a page (botocore's service model)."""
MAX_PAGES = 1_000
ATTEMPTS = 8
TRIES = 3
"""How often a page that arrives damaged is asked for."""
LEAST_SHARE = 0.5
"""An answer with fewer prices than this share of those already known is not believed."""

API_REGIONS = {
    **dict.fromkeys(("eu", "me", "af", "il"), "eu-central-1"),
    "ap": "ap-south-1",
}
"""The Price List API has endpoints in three regions, each with the prices of all; the others ask
us-east-1."""


class RefreshError(Exception):
    """Why there are no new prices, as one line."""


@record
class Refreshed:
    """What one refresh brought."""

    region: str
    date: str
    prices: int
    rates: int
    products: int
    pages: int
    file: Path
    left_out: Counter[str] = field(default_factory=Counter)


def api_client(region: str) -> Any:
    """A client of the Price List API that retries what is throttled or fails in passing.

    Credentials are boto3's usual ones; ``AWS_MAX_ATTEMPTS`` overrides the number of attempts.
    Raises :class:`RefreshError`.
    """
    try:
        import boto3
    except ImportError as error:
        raise RefreshError("it needs boto3: pip install 'pipewarden[aws]'") from error
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    retries: dict[str, Any] = {"mode": "standard"}
    if "AWS_MAX_ATTEMPTS" not in os.environ:
        retries["max_attempts"] = ATTEMPTS
    config = Config(
        retries=retries,
        connect_timeout=10,
        read_timeout=60,
        user_agent_extra="pipewarden",
    )
    try:
        return boto3.session.Session().client(
            "pricing",
            region_name=API_REGIONS.get(region.partition("-")[0], "us-east-1"),
            config=config,
        )
    except BotoCoreError as error:
        raise RefreshError(_one_line(error)) from error


def refresh_region(region: str, client: Any, directory: Path | None = None) -> Refreshed:
    """Fetch a region's prices and replace its cache. Raises :class:`RefreshError`.

    Args:
        client: of boto3's ``pricing``; see :func:`api_client`.
        directory: of the cache, by default the user's.
    """
    if not has_prices_of_its_own(region):
        raise RefreshError(no_region(region))
    prices = Prices(region)
    pages = 0
    for page in _pages(region, client):
        pages += 1
        for text in page:
            prices.add(_decoded(text))
    if not prices.records:
        raise RefreshError(f"the Price List has no {SERVICE} products in {region}")
    _check(prices, directory)
    try:
        file = write_cached(prices.to_book(), directory)
    except PriceFileError as error:
        raise RefreshError(str(error)) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RefreshError(f"the cache cannot be written: {reason}") from error
    return Refreshed(
        region,
        prices.published,
        len(prices.hourly),
        len(prices.rates),
        prices.records,
        pages,
        file,
        prices.left_out,
    )


def _pages(region: str, client: Any) -> Iterator[list[str]]:
    """The products of a region, page after page."""
    token = ""
    seen: set[str] = set()
    for _ in range(MAX_PAGES):
        answer = _page(region, client, token)
        yield answer["PriceList"]
        token = answer.get("NextToken") or ""
        if not token:
            return
        if token in seen:
            raise RefreshError("the Price List repeats a page")
        seen.add(token)
    raise RefreshError(f"the Price List has more than {MAX_PAGES} pages for {region}")


def _page(region: str, client: Any, token: str) -> dict[str, Any]:
    """One page, asked for again when it arrives damaged.

    The parser makes an empty answer of a body that was cut off; every real one has a PriceList.
    """
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    arguments: dict[str, Any] = {
        "ServiceCode": SERVICE,
        "Filters": [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": region}],
        "FormatVersion": "aws_v1",
        "MaxResults": PAGE,
    }
    if token:
        arguments["NextToken"] = token
    problem = ""
    for _ in range(TRIES):
        try:
            answer: dict[str, Any] = client.get_products(**arguments)
        except ClientError as error:
            raise RefreshError(_client_error(error)) from error
        except HTTPClientError as error:
            problem = _one_line(error)
            if "ould not connect" in problem:
                break
            continue
        except BotoCoreError as error:
            raise RefreshError(_one_line(error)) from error
        listed = answer.get("PriceList")
        if isinstance(listed, list) and all(isinstance(item, str) for item in listed):
            return answer
        problem = "the answer is cut off or not a price list"
    raise RefreshError(problem)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise RefreshError("the answer is cut off: a product is not valid JSON") from None


def _check(prices: Prices, directory: Path | None) -> None:
    """Refuse an answer that can hardly be whole."""
    if not prices.hourly:
        raise RefreshError(
            f"none of {prices.records} products has a price: is the Price List's form a new one?"
        )
    known, _ = read_cached(prices.region, directory)
    if known is None:
        known = bookfile.embedded_region(prices.region)
    before = _observed(known)
    if len(prices.hourly) < before * LEAST_SHARE:
        raise RefreshError(
            f"only {len(prices.hourly)} prices came, {before} are known: the answer is not whole"
        )


def _observed(data: dict[str, Any] | None) -> int:
    """How many hourly prices AWS listed in the data; derived ones do not count."""
    if data is None:
        return 0
    return sum(
        data["sources"][int(entry.split(" ")[1])][2]
        for table in data["prices"].values()
        for entry in table.values()
    )


def _client_error(error: Any) -> str:
    found = error.response.get("Error", {})
    code, message = found.get("Code", ""), found.get("Message", "")
    hint = ""
    if "AccessDenied" in code or "UnauthorizedOperation" in code:
        hint = " (the permission is pricing:GetProducts)"
    return _one_line(f"AWS answers {code}: {message}{hint}")


def _one_line(error: Any) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
