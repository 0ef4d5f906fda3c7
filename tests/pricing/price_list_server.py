"""A server that speaks as much of the AWS Price List API as GetProducts needs.

Its records have the form of the real ones: products as JSON text, attributes spelled as AWS does,
and the rows that must not be taken for a price among those that must.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PUBLISHED = "2030-03-01T12:00:00Z"


def product(
    sku: str,
    price: str | None,
    *,
    family: str = "ML Instance",
    unit: str = "Hrs",
    region: str = "us-east-1",
    **attributes: Any,
) -> str:
    """One entry of ``PriceList``. ``price`` may be ``None``: a product without terms."""
    terms: dict[str, Any] = {}
    if price is not None:
        dimension = {
            "unit": unit,
            "beginRange": "0",
            "endRange": "Inf",
            "description": f"${price} per something",
            "appliesTo": [],
            "rateCode": f"{sku}.JRTCKXETXF.6YS6EN2CT7",
            "pricePerUnit": {"USD": price},
        }
        terms = {
            "OnDemand": {
                f"{sku}.JRTCKXETXF": {
                    "priceDimensions": {f"{sku}.JRTCKXETXF.6YS6EN2CT7": dimension},
                    "sku": sku,
                    "effectiveDate": "2030-03-01T00:00:00Z",
                    "offerTermCode": "JRTCKXETXF",
                    "termAttributes": {},
                }
            }
        }
    return json.dumps(
        {
            "product": {
                "productFamily": family,
                "attributes": {
                    "regionCode": region,
                    "locationType": "AWS Region",
                    "servicecode": "AmazonSageMaker",
                    "servicename": "Amazon SageMaker",
                    **attributes,
                },
                "sku": sku,
            },
            "serviceCode": "AmazonSageMaker",
            "terms": terms,
            "version": "20300301120000",
            "publicationDate": PUBLISHED,
        }
    )


def instance(
    sku: str, component: str, prefix: str, name: str, price: str | None, **more: Any
) -> str:
    """A row that prices an hour of an instance, as AWS writes it."""
    attributes = {
        "instanceName": name,
        "instanceType": f"{name}-{component}",
        "component": component,
        "platoinstancetype": component,
        "platoinstancename": name.split(".")[1],
        "usagetype": f"USE1-{prefix}:{name}",
        "operation": "RunInstance",
        **more,
    }
    return product(sku, price, **attributes)


@dataclass
class PriceList:
    """What the server answers: products in pages, and trouble before them.

    ``trouble`` is asked with the number of the request (from 1); it returns ``""`` for a true
    answer, ``throttle``, ``cut-body``, ``cut-json``, ``cut-product``, ``denied``, ``error`` or
    ``loop``.
    """

    products: list[str]
    page: int = 3
    trouble: Callable[[int], str] = lambda number: ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving(content: PriceList) -> Iterator[PriceList]:
    """Serve on a free port of this machine; ``content.url`` is the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            body = json.loads(self.rfile.read(length) or b"{}")
            content.requests.append({"target": self.headers.get("X-Amz-Target", ""), **body})
            self._answer(body, content.trouble(len(content.requests)))

        def _answer(self, body: dict[str, Any], trouble: str) -> None:
            if trouble == "throttle":
                self._error(400, "ThrottlingException", "Rate exceeded")
            elif trouble == "denied":
                self._error(400, "AccessDeniedException", "User is not authorized")
            elif trouble == "error":
                self._error(500, "InternalErrorException", "try again")
            else:
                self._page(body, trouble)

        def _page(self, body: dict[str, Any], trouble: str) -> None:
            start = int(body.get("NextToken", "0"))
            end = start + min(content.page, body["MaxResults"])
            answer: dict[str, Any] = {
                "FormatVersion": body["FormatVersion"],
                "PriceList": content.products[start:end],
            }
            if trouble == "cut-product":
                answer["PriceList"] = [content.products[start][:50]]
            if end < len(content.products):
                answer["NextToken"] = str(end)
            if trouble == "loop":
                answer["NextToken"] = "0"
            text = json.dumps(answer).encode()
            if trouble == "cut-json":
                text = text[: len(text) // 2]
            self._send(200, text, whole=trouble != "cut-body")

        def _error(self, status: int, code: str, message: str) -> None:
            body = {"__type": f"com.amazonaws.pricing#{code}", "message": message}
            self._send(status, json.dumps(body).encode())

        def _send(self, status: int, text: bytes, whole: bool = True) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text if whole else text[: len(text) // 2])
            if not whole:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    content.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield content
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
