"""AWS on loopback: moto, and what moto lacks answered from a table in the documented shape."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

from moto.core.config import default_user_config  # noqa: F401 - moto sets itself up
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

Answer = Callable[[dict[str, Any]], Any]
JSON_11 = "application/x-amz-json-1.1"


@dataclass
class Fake:
    """The server: ``answers`` are tried before moto, by ``Service.Operation``.

    An answer is JSON, or a :class:`Failure`. ``calls`` is what was asked, in order.
    """

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    fail: Callable[[str], Failure | None] = lambda operation: None

    def count(self, operation: str) -> int:
        return sum(name == operation for name, _ in self.calls)


@dataclass
class Failure:
    """An error as AWS's JSON protocol words it; ``cut`` closes the connection instead."""

    code: str = ""
    message: str = ""
    status: int = 400
    cut: bool = False


@contextmanager
def aws() -> Iterator[Fake]:
    fake = Fake()
    inner = DomainDispatcherApplication(_backend)

    def application(environ: Any, start: Any) -> Any:
        data = Request(environ).get_data(cache=True)
        environ["wsgi.input"] = BytesIO(data)
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        operation = target or _query_operation(environ, data)
        body = _json(data) if target else {}
        if operation:
            fake.calls.append((operation, body))
        failure = fake.fail(operation)
        found = failure if failure is not None else fake.answers.get(operation)
        if callable(found):
            found = found(body)
        if isinstance(found, Failure):
            return _failed(found, environ, start)
        if found is not None:
            return Response(json.dumps(found), content_type=JSON_11)(environ, start)
        environ["wsgi.input"] = BytesIO(data)
        try:
            return inner(environ, start)
        except NotImplementedError:
            return _failed(Failure("UnknownOperationException", "moto lacks it"), environ, start)

    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _backend(service: str) -> Any:
    app = create_backend_app(service)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app


def _query_operation(environ: Any, data: bytes) -> str:
    """``query.ListRoles``, or the method and path of a REST call."""
    if b"Action=" in data[:2000]:
        return "query." + parse_qs(data.decode())["Action"][0]
    return f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ.get('QUERY_STRING', '')}"


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        pass


def _failed(failure: Failure, environ: Any, start: Any) -> Any:
    if failure.cut:
        # Announces more than it sends: the client sees the connection break in the middle.
        start("200 OK", [("Content-Type", JSON_11), ("Content-Length", "1000")])
        return [b'{"Pipeline']
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if not target:
        text = (
            f"<ErrorResponse><Error><Code>{failure.code}</Code>"
            f"<Message>{failure.message}</Message></Error></ErrorResponse>"
        )
        return Response(text, failure.status, content_type="text/xml")(environ, start)
    body = {"__type": failure.code, "message": failure.message}
    response = Response(json.dumps(body), failure.status, content_type=JSON_11)
    response.headers["x-amzn-errortype"] = failure.code
    return response(environ, start)


def _json(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
