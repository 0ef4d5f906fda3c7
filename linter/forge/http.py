"""Requests to one host, with a token that goes nowhere else and is never shown."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

from linter.core.printable import printable

TIMEOUT = 30
"""Seconds for one request."""
MAX_ANSWER = 16 << 20
"""Bytes of an answer that are read; a page of a hundred long comments is smaller."""
MAX_PAGES = 100


class ForgeError(Exception):
    """The comment was not written; the message is one line. ``status`` is HTTP's, or 0."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def checked_url(url: str, variable: str) -> str:
    """The address of an API without a slash at its end.

    The token is sent there, so it is HTTPS; a host of this machine may do without.

    Raises:
        ForgeError: it is no such address.
    """
    from urllib.parse import urlsplit

    shown = printable(url, 120)
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        host, port_is_valid = "", False
    if not host or not port_is_valid or printable(url) != url or " " in url:
        raise ForgeError(f"{variable} is no address of an API: {shown}")
    if parts.username is not None or parts.query or parts.fragment:
        raise ForgeError(f"{variable} must hold no user, query or fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise ForgeError(f"{variable} must begin with https://, because a token is sent: {shown}")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Api:
    """JSON over HTTP with one API. Redirects are not followed: the token would go along."""

    def __init__(self, base: str, headers: dict[str, str], needs: str) -> None:
        """``needs`` says what the token must allow, for the message when it does not."""
        if not all(value.isascii() and value.isprintable() for value in headers.values()):
            raise ForgeError("the token holds characters that no token has")
        self._base = base
        self._headers = headers
        self._needs = needs

    def get(self, path: str) -> Any:
        """Raises: ForgeError."""
        return self._send("GET", path, None)

    def send(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """Raises: ForgeError."""
        return self._send(method, path, body)

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        import http.client
        from urllib.error import HTTPError, URLError
        from urllib.request import Request, build_opener

        data = None if body is None else json.dumps(body).encode()
        headers = {"User-Agent": "pipewarden", "Content-Type": "application/json", **self._headers}
        request = Request(self._base + path, data, headers, method=method)  # noqa: S310 – checked
        try:
            with build_opener(_no_redirects()).open(request, timeout=TIMEOUT) as answer:
                text = answer.read(MAX_ANSWER + 1)
        except HTTPError as error:
            error.close()
            raise self._refused(method, path, error) from None
        except (URLError, OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise ForgeError(
                f"{self._base} cannot be reached: {printable(str(reason), 200)}"
            ) from None
        if len(text) > MAX_ANSWER:
            raise ForgeError(f"{method} {self._base}{path}: the answer is too long")
        try:
            return json.loads(text) if text else None
        except (ValueError, RecursionError):
            raise ForgeError(f"{method} {self._base}{path}: the answer is no JSON") from None

    def _refused(self, method: str, path: str, error: Any) -> ForgeError:
        status = int(error.code)
        later = printable(str(error.headers.get("Retry-After") or ""), 40)
        limited = error.headers.get("X-RateLimit-Remaining") == "0"
        if status == 429 or (status == 403 and (limited or later)):
            when = f" after {later} seconds" if later.isdigit() else " later"
            said = f"too many requests; run it again{when}"
        elif status == 401:
            said = "the token is not valid, or no longer"
        elif status == 403:
            said = f"the token may not do this; it needs {self._needs}"
        elif status == 404:
            said = f"not found, or not visible to the token, which needs {self._needs}"
        elif 300 <= status < 400:
            said = "redirected, which is not followed; give the API's own address"
        else:
            said = "the server refused or failed"
        return ForgeError(f"{method} {self._base}{path}: HTTP {status}: {said}", status)


def _no_redirects() -> Any:
    from urllib.request import HTTPRedirectHandler

    class NoRedirects(HTTPRedirectHandler):
        def redirect_request(self, *arguments: Any, **named: Any) -> None:
            return None

    return NoRedirects()
