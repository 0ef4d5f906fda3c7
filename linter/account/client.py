"""Calls to AWS that only read: retried, paged, and with one kind of error for each thing to do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

ATTEMPTS = 10
WORKERS = 8
MAX_PAGES = 20_000
SESSION_NAME = "pipewarden-pull"


Tell = Callable[[str, int, int], None]


class PullError(Exception):
    """Why an account or a region could not be pulled, as one line."""


class DeniedError(PullError):
    """The caller may not make a call; the rest goes on."""


class GoneError(PullError):
    """What was asked for does not exist (any more)."""


_DENIED = ("AccessDenied", "UnauthorizedOperation", "AuthorizationError", "Forbidden")
_NOT_OFFERED = ("UnknownOperation", "InvalidAction", "NotImplemented")
"""The service has no such operation in this region or partition."""
_EXPIRED = ("ExpiredToken", "RequestExpired", "InvalidClientTokenId", "SignatureDoesNotMatch")
_NOT_ENABLED = ("OptInRequired", "UnrecognizedClient", "AuthFailure", "InvalidRegion")
_GONE = ("ResourceNotFound", "NoSuch", "NotFound", "RecordNotFound", "NotFoundException")
_GONE_MESSAGES = ("could not find", "does not exist", "not found", "no such")


@dataclass(slots=True)
class Refusal:
    """A call that was denied, for the manifest."""

    operation: str
    what: str
    message: str


@dataclass(slots=True)
class Account:
    """One account seen in one region; ``region`` is ``""`` for what has none.

    ``session`` is boto3's. ``refused`` gathers what was denied. ``tell`` hears how far a stage is:
    its name, how many are done, and of how many.
    """

    session: Any
    id: str
    partition: str
    region: str
    tell: Tell | None = None
    refused: list[Refusal] = field(default_factory=list)
    _clients: dict[str, Any] = field(default_factory=dict)
    _denied: set[str] = field(default_factory=set)

    def client(self, service: str) -> Any:
        if service not in self._clients:  # made before threads share it
            region = self.region or home_region(self.partition)
            self._clients[service] = make_client(self.session, service, region)
        return self._clients[service]

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """One answer. Raises :class:`DeniedError`, :class:`GoneError` or :class:`PullError`."""
        try:
            answer: dict[str, Any] = getattr(self.client(service), operation)(**arguments)
        except Exception as error:
            raise self.translated(error, f"{service}:{operation}") from error
        return answer

    def pages(
        self, service: str, operation: str, key: str, **arguments: Any
    ) -> Iterator[dict[str, Any]]:
        """What a list operation lists, page after page. Raises as :meth:`call` does.

        A page that repeats its token would never end: it is an error.
        """
        client = self.client(service)
        try:
            pages: Any
            if client.can_paginate(operation):
                pages = client.get_paginator(operation).paginate(**arguments)
            else:
                pages = [getattr(client, operation)(**arguments)]
            for number, page in enumerate(pages):
                if number >= MAX_PAGES:
                    raise PullError(f"{service}:{operation} has more than {MAX_PAGES:,} pages")
                yield from page.get(key) or ()
        except (DeniedError, GoneError, PullError):
            raise
        except Exception as error:
            raise self.translated(error, f"{service}:{operation}") from error

    def listed(self, service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
        """All that a list operation lists; empty where it is denied (and noted) or of nothing."""
        try:
            return list(self.pages(service, operation, key, **arguments))
        except GoneError:
            return []
        except DeniedError as error:
            self.note(f"{service}:{operation}", "", error)
            return []

    def asked(self, service: str, operation: str, what: str, **arguments: Any) -> dict[str, Any]:
        """One answer; empty where it is denied (and noted) or there is none."""
        try:
            return self.call(service, operation, **arguments)
        except DeniedError as error:
            self.note(f"{service}:{operation}", what, error)
        except GoneError:
            pass
        return {}

    def each(self, stage: str, work: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        """The results of ``work`` for each item, in order, a few at a time.

        The first error ends it. boto3's clients may be used by several threads, once made.
        """
        from concurrent.futures import ThreadPoolExecutor

        if not items:
            return []
        with ThreadPoolExecutor(WORKERS) as pool:
            futures = [pool.submit(work, item) for item in items]
            results = []
            try:
                for done, future in enumerate(futures):
                    if self.tell is not None:
                        self.tell(stage, done, len(items))
                    results.append(future.result())
                return results
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def was_denied(self, *operations: str) -> bool:
        """Whether one of these (``sagemaker:list_tags``) was ever denied in this area."""
        return any(operation in self._denied for operation in operations)

    def note(self, operation: str, what: str, error: DeniedError) -> None:
        """Remember what was denied: each operation once, with the first thing asked of it."""
        if operation not in self._denied:
            self._denied.add(operation)
            self.refused.append(Refusal(operation, what, str(error)))

    def translated(self, error: Exception, operation: str) -> Exception:
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            EndpointConnectionError,
            NoCredentialsError,
        )

        if isinstance(error, PullError):
            return error
        if isinstance(error, ClientError):
            return _of_client(error, operation)
        if isinstance(error, NoCredentialsError):
            return PullError("no AWS credentials were found: log in, or give --profile")
        if isinstance(error, EndpointConnectionError):
            return PullError(
                f"{operation}: no connection; is {self.region} enabled? {_line(error)}"
            )
        if isinstance(error, BotoCoreError):
            return PullError(f"{operation}: {_line(error)}")
        if isinstance(error, AttributeError | TypeError | ValueError):
            # botocore's parsers fail so on an answer that is cut off.
            return PullError(f"{operation}: the answer cannot be read: {_line(error)}")
        return error


def make_client(session: Any, service: str, region: str) -> Any:
    """A client whose retries slow down when AWS throttles. Raises :class:`PullError`.

    ``AWS_RETRY_MODE`` and ``AWS_MAX_ATTEMPTS`` say otherwise, as they do for the AWS CLI.
    """
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    retries: dict[str, Any] = {}
    if "AWS_RETRY_MODE" not in os.environ:
        retries["mode"] = "adaptive"
    if "AWS_MAX_ATTEMPTS" not in os.environ:
        retries["max_attempts"] = ATTEMPTS
    config = Config(
        retries=retries,
        connect_timeout=10,
        read_timeout=60,
        user_agent_extra="pipewarden",
        max_pool_connections=20,
    )
    try:
        client = session.client(service, region_name=region, config=config)
    except (BotoCoreError, ValueError) as error:
        raise PullError(_line(error)) from error
    client.meta.events.register("after-call", _whole)
    return client


def _whole(http_response: Any, model: Any, **_: Any) -> None:
    """Refuse an answer that is shorter than it said: botocore reads it as one without members."""
    stated = http_response.headers.get("content-length", "")
    if not stated.isdecimal() or model.has_streaming_output:
        return
    if len(http_response.content) < int(stated):
        raise PullError(f"{model.name}: the connection broke in the middle of an answer")


def home_region(partition: str) -> str:
    """The region in which a partition's global services answer."""
    return {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}.get(partition, "us-east-1")


def _of_client(error: Any, operation: str) -> Exception:
    found = error.response.get("Error", {})
    code, message = str(found.get("Code", "")), str(found.get("Message", ""))
    line = _line(f"{operation}: {code}: {message}")
    if any(word in code for word in (*_DENIED, *_NOT_OFFERED)):
        return DeniedError(line)
    if any(word in code for word in _EXPIRED):
        return PullError(f"the credentials are not accepted ({code}): log in again")
    if any(word in code for word in _NOT_ENABLED):
        return PullError(f"the region does not accept the credentials ({code}): is it enabled?")
    if any(word in code for word in _GONE) or (
        code == "ValidationException" and any(word in message.lower() for word in _GONE_MESSAGES)
    ):
        return GoneError(line)
    if "Throttl" in code or "TooManyRequests" in code or code == "SlowDown":
        return PullError(f"{operation}: AWS throttles; pull again later to go on ({code})")
    return PullError(line)


def _line(error: Any) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
