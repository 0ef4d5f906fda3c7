"""A service with pull requests on loopback, as its API answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Service:
    """``comments`` are what a pull request has; ``refusals`` maps a method and path's end to the
    status (and headers) that it gets."""

    def __init__(self, user: dict[str, Any] | None, *, wrapped: bool = False) -> None:
        self.user = user
        self.wrapped = wrapped
        self.comments: list[dict[str, Any]] = []
        self.refusals: dict[tuple[str, str], tuple[int, dict[str, str]]] = {}
        self.seen: list[tuple[str, str]] = []
        self.written: list[tuple[str, str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""

    def answer(self, method: str, target: str, data: Any) -> tuple[int, dict[str, str], Any]:
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        self.seen.append((method, path))
        for (verb, end), (status, headers) in self.refusals.items():
            if verb == method and path.endswith(end):
                return status, headers, {"message": "refused"}
        if path == "/user":
            return (200, {}, self.user) if self.user else (403, {}, {})
        if method != "GET":
            self.written.append((method, path, data))
            return 201 if method == "POST" else 200, {}, {"id": 1}
        size = int((query.get("per_page") or query["pagelen"])[0])
        first = (int(query["page"][0]) - 1) * size
        part = self.comments[first : first + size]
        if not self.wrapped:
            return 200, {}, part
        more = {"next": "http://elsewhere.example/"} if first + size < len(self.comments) else {}
        return 200, {}, {"values": part, **more}


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """Serve it on a port of loopback; ``service.url`` is its address."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            data = json.loads(self.rfile.read(length)) if length else None
            service.headers.append(dict(self.headers))
            status, headers, body = service.answer(self.command, self.path, data)
            text = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = _any  # noqa: N815

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
