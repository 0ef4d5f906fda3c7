"""A run: every entry opened, every root scanned, on Dask; what is known is not scanned again."""

from __future__ import annotations

import json
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from typing import Any

from linter.core.digest import sha256
from linter.core.printable import printable
from linter.core.record import entity, field, record
from linter.fleet import work
from linter.fleet.manifest import Entry
from linter.fleet.rows import failure_row, who
from linter.fleet.store import Reusable, Store
from linter.fleet.tables import SCHEMA
from linter.fleet.work import Limits, Outcome
from linter.version import __version__

_AGAIN = frozenset({"time", "memory", "crash"})
"""Failures that may have been the worker's; what is tried once more, elsewhere if there is one."""
_ASK_EVERY = 5.0
"""Seconds between two questions for the number of threads of the cluster."""
_FLUSH_EVERY = 30.0
"""Seconds of work that a coordinator which is killed loses at most."""


class EngineError(Exception):
    """Why nothing could be run, or no more; one line."""


@record
class Options:
    """How a fleet is scanned.

    Args:
        settings: the options of :class:`linter.cli.session.Session`, for every root.
        settings_digest: tells them, and the files that they name, from others.
        workers: processes of the local cluster, one thread each.
        scheduler: the address of a Dask scheduler to use instead; ``""`` for none.
        fresh: scan what is known as well.
        pages: write each root's own report.
        work: where fetched folders go on each machine.
        today: the day by which results that end are out of date.
    """

    settings: Mapping[str, Any]
    settings_digest: str
    limits: Limits
    workers: int
    work: str
    today: date
    scheduler: str = ""
    fresh: bool = False
    pages: bool = False


@entity
class Counts:
    """How a run went."""

    entries: int = 0
    roots: int = 0
    scanned: int = 0
    reused: int = 0
    failed: int = 0
    partly: int = 0
    bugs: int = 0
    gates: int = 0
    """Roots whose gate failed, of those that were scanned or reused."""
    ended: bool = False


@record
class Failure:
    """For people: what failed, and why."""

    where: str
    message: str


@entity
class _Task:
    """What is under way: opening an entry, or scanning one of its roots."""

    entry: Entry
    root: Mapping[str, Any] | None = None
    opened: Mapping[str, Any] = field(default_factory=dict)
    result: str = ""
    attempt: int = 1


Tell = Callable[[Counts, int], None]
"""Is given the counts, and how many tasks are known to be left."""


def new_run_id() -> str:
    """Sorts by time, and differs between two that start at once."""
    import secrets

    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def root_id(entry: str, kind: str, path: str) -> str:
    """A root's id: the same from run to run."""
    return _digest(entry, kind, path)[:16]


def _digest(*parts: object) -> str:
    text = "\x00".join(str(part) for part in parts)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Run:
    """One run over the entries of a manifest.

    Args:
        say: is given each failure as it happens.
        tell: is given how far it is.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        store: Store,
        options: Options,
        say: Callable[[Failure], None],
        tell: Tell | None = None,
    ) -> None:
        self._entries, self._store, self._options = iter(entries), store, options
        self._say, self._tell = say, tell
        self.counts = Counts(entries=len(entries))
        self._known: dict[str, Reusable] = store.known()
        self._met: set[str] = set()
        self._ready: deque[_Task] = deque()
        self._active: dict[Any, _Task] = {}
        self._opening = 0
        self._number = 0
        self._flushed = time.monotonic()
        self._window, self._asked = 8, -_ASK_EVERY

    def run(self) -> None:
        """Do it. What is done is kept whatever happens.

        Raises:
            EngineError: the cluster cannot be used, or was lost.
            KeyboardInterrupt: somebody stopped it.
            StoreError: the results cannot be written.
        """
        with _client(self._options) as client:
            try:
                self._loop(client)
                self.counts.ended = True
            finally:
                with suppress(Exception):
                    client.cancel(list(self._active))
                self._store.flush()
                self._store.settle(self._met if self.counts.ended else None)
                with suppress(Exception):
                    client.run(shutil.rmtree, self._options.work, ignore_errors=True)

    def _loop(self, client: Any) -> None:
        from distributed import as_completed
        from distributed.client import FutureCancelledError

        done = as_completed()
        while True:
            self._fill(client, done)
            if self._tell is not None:
                self._tell(self.counts, len(self._ready) + len(self._active))
            if not self._active:
                return
            future = next(done)
            task = self._active.pop(future)
            if task.root is None:
                self._opening -= 1
            try:
                outcome = future.result()
            except FutureCancelledError:
                raise EngineError("the Dask scheduler is gone; what was done is kept") from None
            except Exception as error:  # the worker was ended more often than Dask tries
                outcome = work.failed("crash", f"its worker was lost: {type(error).__name__}")
            future.release()
            self._take(task, outcome, client, done)
            if time.monotonic() - self._flushed > _FLUSH_EVERY:
                self._store.flush()
                self._flushed = time.monotonic()

    def _fill(self, client: Any, done: Any) -> None:
        """Keep so much under way that no worker waits, and no more."""
        if time.monotonic() > self._asked + _ASK_EVERY:  # workers come and go
            self._window = max(8, 4 * _threads(client))
            self._asked = time.monotonic()
        window = self._window
        while len(self._active) < window:
            if self._ready:
                self._submit(client, done, self._ready.popleft())
                continue
            entry = next(self._entries, None)
            if entry is None:
                return
            self._opening += 1
            self._submit(client, done, _Task(entry))

    def _submit(self, client: Any, done: Any, task: _Task, avoid: str = "") -> None:
        options = self._options
        said: dict[str, Any] = {
            "entry": task.entry.to_json(),
            "work": options.work,
            "limits": options.limits.to_json(),
            "options": dict(options.settings),
        }
        function = work.open_entry
        if task.root is not None:
            function = work.scan_root
            said |= {
                "root": dict(task.root),
                "revision": task.opened["revision"],
                "page": options.pages,
            }
        others: list[str] = []
        if avoid:
            every = client.scheduler_info(n_workers=-1)["workers"]
            others = [one for one in every if one != avoid]
        self._number += 1
        future = client.submit(
            function,
            said,
            key=f"{function.__name__}-{self._store.run}-{self._number}",
            pure=False,
            workers=others or None,
            allow_other_workers=bool(others),
        )
        self._active[future] = task
        done.add(future)

    def _take(self, task: _Task, outcome: Outcome, client: Any, done: Any) -> None:
        if outcome["failed"] is not None:
            kind, message = outcome["failed"]
            if kind in _AGAIN and task.attempt == 1:
                task.attempt = 2
                if task.root is None:
                    self._opening += 1
                self._submit(client, done, task, avoid=outcome["worker"])
                return
            self._failed(task, kind, message, outcome)
        elif task.root is None:
            self._opened(task.entry, outcome)
        else:
            self._scanned(task, outcome)

    def _opened(self, entry: Entry, outcome: Outcome) -> None:
        body = outcome["body"]
        opened = {"revision": outcome["revision"], "content": body["content"]}
        roots = body["roots"]
        if not roots:
            message = "nothing was found to scan" if body["files"] else "it is empty"
            self._failed(_Task(entry), "missing", message, outcome)
            return
        for root in roots:
            name = root_id(entry.name, root["kind"], root["path"])
            result = _digest(
                SCHEMA,
                __version__,
                self._options.settings_digest,
                entry.digest,
                opened["content"],
                json.dumps(root, sort_keys=True),
            )[:24]
            self.counts.roots += 1
            self._met.add(name)
            if self._is_known(name, result):
                self.counts.reused += 1
            else:
                self._ready.append(_Task(entry, root, opened, result))

    def _is_known(self, name: str, result: str) -> bool:
        known = self._known.get(name)
        return (
            not self._options.fresh
            and known is not None
            and known.result == result
            and known.status != "not"
            and known.valid_until is not None
            and known.valid_until >= self._options.today
        )

    def _scanned(self, task: _Task, outcome: Outcome) -> None:
        assert task.root is not None
        name = root_id(task.entry.name, task.root["kind"], task.root["path"])
        first = who(task.entry.to_json(), name, task.result)
        rows = {
            table: [{**first, **row} for row in own]
            for table, own in outcome["body"]["rows"].items()
        }
        (row,) = rows["roots"]
        row |= self._root_row(task)
        rows["timings"] = [self._timing(task, outcome)]
        if "page" in outcome["body"]:
            self._store.write_page(name, outcome["body"]["page"])
        self._store.add(rows)
        self.counts.scanned += 1
        if row["status"] == "partly":
            self.counts.partly += 1
        if row["status"] == "not":
            self.counts.failed += 1
        for failure in rows["failures"]:
            self.counts.bugs += failure["kind"] == "bug"

    def _failed(self, task: _Task, kind: str, message: str, outcome: Outcome) -> None:
        root = task.root or {"kind": "repository", "path": ".", "paths": ["."], "files": 0}
        name = root_id(task.entry.name, root["kind"], root["path"])
        result = task.result or _digest(task.entry.digest, "not opened")[:24]
        first = who(task.entry.to_json(), name, result)
        stage = "open" if task.root is None else "scan"
        whole = _Task(task.entry, root, task.opened or {"revision": "", "content": ""}, result)
        whole.attempt = task.attempt
        row = {
            **first,
            **self._root_row(whole),
            "status": "not",
            "files": root["files"],
            "judged": self._options.today.isoformat(),
        }
        self._met.add(name)
        self._store.add(
            {
                "roots": [row],
                "failures": [{**first, **failure_row(stage, kind, root["path"], message)}],
                "timings": [self._timing(whole, outcome)],
            }
        )
        self.counts.failed += 1
        self.counts.bugs += kind == "bug"
        where = task.entry.name if task.root is None else f"{task.entry.name}: {root['path']}"
        self._say(Failure(where, message))

    def _root_row(self, task: _Task) -> dict[str, Any]:
        """What is known of a root before it is scanned."""
        assert task.root is not None
        entry = task.entry
        return {
            "owner": entry.owner,
            "tags": dict(entry.tags),
            "source": entry.source,
            "revision": task.opened["revision"],
            "kind": task.root["kind"],
            "path": task.root["path"],
            "paths": list(task.root["paths"]),
            "tool": __version__,
            "settings": self._options.settings_digest,
            "content": task.opened["content"],
        }

    def _timing(self, task: _Task, outcome: Outcome) -> dict[str, Any]:
        assert task.root is not None
        name = root_id(task.entry.name, task.root["kind"], task.root["path"])
        return {
            **who(task.entry.to_json(), name, task.result),
            "kind": task.root["kind"],
            "path": task.root["path"],
            "attempt": task.attempt,
            "seconds": str(outcome["seconds"]),
            "cpu_seconds": str(outcome["cpu"]),
            "peak_mb": outcome["peak_mb"],
        }


def _threads(client: Any) -> int:
    return sum(client.nthreads().values()) or 1


@contextmanager
def _client(options: Options) -> Iterator[Any]:
    """A client of the given scheduler, or of a cluster of this machine's own."""
    import logging

    import dask
    from distributed import Client, LocalCluster

    dask.config.set(
        {
            "distributed.comm.timeouts.connect": "20s",
            "distributed.worker.profile.enabled": False,
            "distributed.admin.system-monitor.interval": "5s",
        }
    )
    if options.scheduler:
        _reach(options.scheduler)
        try:
            client = Client(options.scheduler, timeout=20)
        except (OSError, TimeoutError, ValueError) as error:
            said = printable(str(error).partition("\n")[0] or type(error).__name__, 200)
            address = printable(options.scheduler, 100)
            raise EngineError(f"no Dask scheduler answers at {address}: {said}") from None
        with client:
            _check_workers(client, options)
            yield client
        return
    scratch = f"{options.work}-dask"
    try:
        with (
            LocalCluster(
                n_workers=options.workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
                host="127.0.0.1",
                # The limits are each root's own; a worker itself holds nothing.
                memory_limit=0,
                local_directory=scratch,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _reach(address: str) -> None:
    """Refuse at once an address at which nothing listens; Dask would try for long."""
    import socket
    from urllib.parse import urlsplit

    shown = printable(address, 100)
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise EngineError(f"--scheduler {shown} is no address such as tcp://host:8786")
    try:
        socket.create_connection((host, port), timeout=10).close()
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise EngineError(f"no Dask scheduler answers at {shown}: {said}") from None


def _check_workers(client: Any, options: Options) -> None:
    """Refuse workers that would give other results, or none."""
    address = printable(options.scheduler, 100)
    try:
        client.wait_for_workers(1, timeout=20)
        found = client.run(work.version, on_error="return")
    except TimeoutError:
        raise EngineError(f"the scheduler at {address} has no workers") from None
    for worker, version in found.items():
        if version != __version__:
            has = f"pipewarden {version}" if isinstance(version, str) else "no pipewarden[fleet]"
            raise EngineError(f"the worker {worker} has {has}; install {__version__} there")
