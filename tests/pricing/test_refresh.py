"""``prices refresh`` over HTTP, against a server that answers as the Price List API does."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pricing import refresh
from pricing.book import NoPrice, Price, load_book
from pricing.cache import read_cached, write_cached
from pricing.pricelist import read_records
from pricing.refresh import RefreshError, api_client, refresh_region
from tests.e2e.running import pipewarden
from tests.pricing.price_list_server import PriceList, instance, product, serving

REGION = "me-west-1"
"""In no embedded book, so that a handful of prices is a whole answer."""


def in_region(texts: list[str]) -> list[str]:
    return [text.replace('"us-east-1"', f'"{REGION}"') for text in texts]


GOOD = in_region(
    [
        instance("A1", "Training", "Train", "ml.m5.xlarge", "0.2500000000"),
        instance("A2", "Processing", "Processing", "ml.m5.xlarge", "0.2600000000"),
        instance("A3", "BatchTransform", "Tsform", "ml.m5.xlarge", "0.2700000000"),
        instance("A4", "Hosting", "Host", "ml.m5.xlarge", "0.2800000000"),
        instance("A5", "Notebook", "Notebk", "ml.m5.xlarge", "0.2900000000"),
        instance("A6", "AsyncInf", "AsyncInf", "ml.m5.xlarge", "0.3000000000"),
        # The type only in instanceType, behind a component; only in the usage type; and AWS's
        # lower case component with a bare type.
        instance("A7", "Training", "Train", "ml.c5.large", "0.1020000000", instanceName="NA"),
        instance(
            "A8", "Hosting", "Host", "ml.c5.large", "0.1030000000", instanceName="", instanceType=""
        ),
        instance(
            "A9",
            "studio-jupyterlab",
            "Studio:JupyterLab-",
            "ml.g6.24xlarge",
            "8.3440000000",
            platoinstancetype="Studio-JupyterLab",
            usagetype="APN2-Studio:JupyterLab-ml.g6.24xlarge",
            instanceType="ml.g6.24xlarge",
        ),
        instance(
            "A10",
            "Studio-Notebook",
            "Studio:KernelGateway-",
            "ml.t3.medium",
            "0.0500000000",
            instanceType="ml.t3.medium-Notebook",
        ),
        product(
            "B1",
            "0.1400000000",
            family="Storage",
            unit="GB-Mo",
            volumeType="General Purpose-Training",
            usagetype="USE1-Train:VolumeUsage.gp2",
            operation="CreateVolume-Gp2",
        ),
        product(
            "B2",
            "0.0000600000",
            family="ML Serverless",
            unit="Seconds",
            memorygb="3",
            usagetype="USE1-ServerlessInf:Mem-3GB",
            operation="Serverless",
        ),
        product(
            "B3",
            "0.0160000000",
            family="Data Transfer",
            unit="GB",
            usagetype="USE1-Hst:Data-Bytes-In",
            operation="Invoke-Endpoint",
        ),
    ]
)

TRAPS = in_region(
    [
        # Dearer rows of the same type that stand first: a cluster's, and a surcharge.
        instance("T1", "Cluster", "Cluster", "ml.m5.xlarge", "25.9100000000"),
        instance(
            "T2",
            "Processing",
            "Processing",
            "ml.m5.xlarge",
            "9.9900000000",
            platoinstancetype="Processing_Geo",
        ),
        # A reservation fee: no component, another unit.
        product(
            "T3",
            "13.5700000000",
            unit="Quantity",
            instanceName="ml.m5.xlarge",
            usagetype="USE1-TrainingPlanUpfrontFee:ml.m5.xlarge",
            operation="RunInstance",
        ),
        # Free tiers, Spot, and a price of nothing.
        instance("T4", "Training", "TrainDebugFreeTier", "ml.m5.xlarge", "0.0000000000"),
        instance(
            "T5",
            "Training",
            "TrSpt",
            "ml.m5.xlarge",
            "0.0700000000",
            platoinstancetype="SpotTraining",
        ),
        product(
            "T6",
            "0.0000000000",
            family="Storage",
            unit="GB-Mo",
            volumeType="General Purpose-TrainDebugFreeTier",
        ),
        # No terms; terms in another currency; a local zone; another region.
        instance("T7", "Training", "Train", "ml.nowhere.large", None),
        instance("T8", "Training", "Train", "ml.yuan.large", "1.0").replace('"USD"', '"CNY"'),
        instance("T9", "Training", "Train", "ml.zone.large", "1.0", locationType="AWS Local Zone"),
        instance("T10", "Training", "Train", "ml.else.large", "1.0", regionCode="eu-west-9"),
        json.dumps({"product": "not one"}),
    ]
)
PRODUCTS = [*TRAPS, *GOOD]


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))


def fetched(
    content: PriceList, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> refresh.Refreshed:
    with serving(content) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", server.url)
        return refresh_region(REGION, api_client(REGION), directory)


def usd(book: Any, component: str, name: str) -> Decimal | None:
    found = book.price(component, name)
    return found.usd_per_hour if isinstance(found, Price) else None


def test_all_pages_are_read_and_every_trap_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = PriceList(PRODUCTS)
    done = fetched(content, tmp_path, monkeypatch)
    assert (done.prices, done.rates, done.date) == (10, 3, "2030-03-01")
    assert done.pages == len(content.requests) == -(-len(PRODUCTS) // 3)
    asked = content.requests[0]
    assert asked["target"] == "AWSPriceListService.GetProducts"
    assert asked["ServiceCode"] == "AmazonSageMaker"
    assert asked["Filters"] == [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": REGION}]
    assert done.left_out["without a price"] == 2
    assert done.left_out["not in a region"] == done.left_out["another region"] == 1
    book = load_book(REGION, cache_dir=tmp_path)
    assert (book.origin, book.known_region, book.date) == ("refreshed", True, "2030-03-01")
    wanted = {
        "Training": "0.25",
        "Processing": "0.26",
        "BatchTransform": "0.27",
        "Hosting": "0.28",
        "Notebook": "0.29",
        "AsyncInf": "0.3",
    }
    assert {name: usd(book, name, "ml.m5.xlarge") for name in wanted} == {
        name: Decimal(price) for name, price in wanted.items()
    }
    assert usd(book, "Training", "ml.c5.large") == Decimal("0.102")
    assert usd(book, "Hosting", "ml.c5.large") == Decimal("0.103")
    assert usd(book, "Studio-JupyterLab", "ml.g6.24xlarge") == Decimal("8.344")
    assert usd(book, "Studio-Notebook", "ml.t3.medium") == Decimal("0.05")
    for name in ("ml.nowhere.large", "ml.yuan.large", "ml.zone.large", "ml.else.large"):
        assert usd(book, "Training", name) is None
    rates = {
        "storage-gb-month:Training": "0.14",
        "serverless-gb-second": "0.00002",
        "hosting-data-gb:in": "0.016",
    }
    for name, amount in rates.items():
        rate = book.rate(name)
        assert isinstance(rate, Price) and rate.usd_per_hour == Decimal(amount)


def test_the_order_of_the_products_does_not_matter() -> None:
    forward = read_records(REGION, map(json.loads, PRODUCTS))
    backward = read_records(REGION, map(json.loads, reversed(PRODUCTS)))
    assert forward.to_book() == backward.to_book()


def test_throttling_is_waited_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = PriceList(PRODUCTS, page=50, trouble=lambda n: {1: "throttle", 2: "error"}.get(n, ""))
    assert fetched(content, tmp_path, monkeypatch).prices == 10
    assert len(content.requests) == 3


@pytest.mark.parametrize("trouble", ["cut-body", "cut-json"])
def test_a_page_that_is_cut_off_is_asked_for_again(
    trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = PriceList(PRODUCTS, page=8, trouble=lambda n: trouble if n == 2 else "")
    assert fetched(content, tmp_path, monkeypatch).prices == 10
    assert len(content.requests) == 4


@pytest.mark.parametrize(
    ("trouble", "wanted"),
    [
        ("throttle", "AWS answers ThrottlingException: Rate exceeded"),
        ("denied", "AccessDeniedException: User is not authorized (the permission is pricing:"),
        ("cut-body", ""),
        ("cut-json", "the answer is cut off"),
        ("cut-product", "the answer is cut off: a product is not valid JSON"),
        ("loop", "repeats a page"),
    ],
)
def test_what_fails_keeps_the_old_cache(
    trouble: str, wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "ATTEMPTS", 1)
    fetched(PriceList(PRODUCTS), tmp_path, monkeypatch)
    before, _ = read_cached(REGION, tmp_path)
    content = PriceList(PRODUCTS, trouble=lambda n: trouble if n > 1 or trouble == "loop" else "")
    with pytest.raises(RefreshError) as caught:
        fetched(content, tmp_path, monkeypatch)
    assert wanted in str(caught.value) and "\n" not in str(caught.value)
    after, problem = read_cached(REGION, tmp_path)
    assert after == before and before is not None and problem == ""
    assert [file.name for file in tmp_path.glob("*.json*")] == [f"{REGION}.json"]


def test_nothing_and_too_little_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RefreshError, match="has no AmazonSageMaker products in me-west-1"):
        fetched(PriceList([]), tmp_path, monkeypatch)
    with pytest.raises(RefreshError, match="none of 11 products has a price"):
        fetched(PriceList(TRAPS), tmp_path, monkeypatch)
    fetched(PriceList(PRODUCTS), tmp_path, monkeypatch)
    with pytest.raises(RefreshError, match="only 2 prices came, 10 are known"):
        fetched(PriceList(GOOD[:2]), tmp_path, monkeypatch)


def test_a_corrupt_cache_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / f"{REGION}.json").write_text("{broken", encoding="utf-8")
    assert fetched(PriceList(PRODUCTS), tmp_path, monkeypatch).prices == 10
    assert read_cached(REGION, tmp_path)[1] == ""


def test_no_connection_and_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "ATTEMPTS", 1)
    monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", "http://127.0.0.1:1")
    with pytest.raises(RefreshError, match="Could not connect"):
        refresh_region(REGION, api_client(REGION), tmp_path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(RefreshError, match="credentials"):
        refresh_region(REGION, api_client(REGION), tmp_path)
    with pytest.raises(RefreshError, match="not the name of a region"):
        refresh_region("../x", api_client(REGION), tmp_path)


@pytest.mark.parametrize(
    ("region", "wanted"),
    [("us-east-2", "us-east-1"), ("eu-west-1", "eu-central-1"), ("ap-east-1", "ap-south-1")],
)
def test_the_nearest_of_the_three_api_regions_is_asked(region: str, wanted: str) -> None:
    assert api_client(region).meta.region_name == wanted


def test_the_command_from_refresh_to_a_price_offline(tmp_path: Path) -> None:
    """Refresh over HTTP, then everything else without a network."""
    cache = {"XDG_CACHE_HOME": str(tmp_path)}
    account = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with serving(PriceList(PRODUCTS, trouble=lambda n: "throttle" if n == 1 else "")) as server:
        done = pipewarden(
            "prices",
            "refresh",
            "--region",
            REGION,
            cwd=tmp_path,
            AWS_ENDPOINT_URL_PRICING=server.url,
            **cache,
            **account,
        )
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "me-west-1: 10 prices and 3 rates of 2030-03-01, from 24 products on 8 pages\n"
    )
    shown = pipewarden("prices", "show", "ml.m5.xlarge", "--region", REGION, cwd=tmp_path, **cache)
    assert shown.code == 0 and "observed 2030-03-01, aws-price-list 20300301120000" in shown.out
    facts = pipewarden("prices", "info", "--format", "json", cwd=tmp_path, **cache)
    mine = next(r for r in json.loads(facts.out)["regions"] if r["region"] == REGION)
    assert (mine["source"], mine["refreshed"], mine["date"]) == ("refreshed", 10, "2030-03-01")
    failed = pipewarden(
        "prices",
        "refresh",
        "--region",
        REGION,
        cwd=tmp_path,
        AWS_ENDPOINT_URL_PRICING="http://127.0.0.1:1",
        AWS_MAX_ATTEMPTS="1",
        **cache,
        **account,
    )
    assert failed.code == 3 and failed.out == ""
    assert failed.err.startswith("me-west-1: not refreshed: Could not connect")
    assert failed.err.endswith("; keeping the old prices\n")
    again = pipewarden("prices", "show", "ml.m5.xlarge", "--region", REGION, cwd=tmp_path, **cache)
    assert again.out == shown.out


def test_an_old_book_is_warned_of(tmp_path: Path) -> None:
    old = {
        "format": 1,
        "region": REGION,
        "date": "2001-01-01",
        "sources": [["x", "2001-01-01", True]],
        "rates": {},
        "prices": {"Training": {"m5.xlarge": "1 0"}},
    }
    write_cached(old, tmp_path / "pipewarden" / "prices")
    shown = pipewarden(
        "prices",
        "show",
        "m5.xlarge",
        "--region",
        REGION,
        cwd=tmp_path,
        XDG_CACHE_HOME=str(tmp_path),
    )
    assert shown.code == 0
    assert shown.err.startswith("warning: the prices are of 2001-01-01, ")
    assert "`pipewarden prices refresh` gets new ones" in shown.err


def test_a_halved_price_shows_in_what_was_derived_from_it(tmp_path: Path) -> None:
    """Processing of ml.r5.xlarge is derived, in the book from EC2; Training's new price is half."""
    before = load_book("us-east-1", use_cache=False)
    old = before.price("Training", "ml.r5.xlarge")
    derived = before.price("Processing", "ml.r5.xlarge")
    assert isinstance(old, Price) and isinstance(derived, Price) and not derived.observed
    halved = f"{old.usd_per_hour / 2:f}"
    data = {
        "format": 1,
        "region": "us-east-1",
        "date": "2026-11-01",
        "sources": [["price-list-api", "2026-11-01", True]],
        "rates": {},
        "prices": {"Training": {"r5.xlarge": f"{halved} 0"}},
    }
    write_cached(data, tmp_path)
    after = load_book("us-east-1", cache_dir=tmp_path)
    for component in ("Training", "Processing", "Notebook"):
        found = after.price(component, "ml.r5.xlarge")
        assert isinstance(found, Price) and found.usd_per_hour == Decimal(halved)
        assert found.date == "2026-11-01" and found.observed == (component == "Training")
    # What AWS lists for the component itself is not touched, nor is another type.
    listed = before.price("Hosting", "ml.r5.xlarge")
    assert isinstance(listed, Price) and listed.observed
    assert after.price("Hosting", "ml.r5.xlarge") == listed
    assert after.price("Processing", "ml.r5.2xlarge") == before.price("Processing", "ml.r5.2xlarge")
    assert after.newest == "2026-11-01"


@pytest.mark.parametrize("kind", ["ml.p5e.48xlarge", "ml.trn2.48xlarge", "ml.p6e-gb200.36xlarge"])
def test_a_missing_price_is_named_with_the_newest_date(kind: str) -> None:
    found = load_book("us-east-1", use_cache=False).price("Training", kind)
    assert isinstance(found, NoPrice)
    assert f"no Training price of {kind} in us-east-1" in found.described
    assert "its newest prices are of 2026-09-27" in found.described
