"""A folder of results: part files of each dataset, written whole or not at all.

::

    results/
      run.json                         the last run: its id, when, with what, how it ended
      runs/<id>.json                   the runs before, for trends
      roots/part-<run>-00001.parquet   written last of a batch: what it lists is all there
      findings/… pipelines/… steps/… costs/… savings/… failures/… timings/…
      reports/<root>.html              with --root-reports

A batch is written under a hidden name and then renamed, ``roots`` last. What a run that was killed
left of a batch without its ``roots`` is removed by the next one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from linter.core.files import WriteError, write_atomic, write_report
from linter.core.printable import printable
from linter.core.record import record
from linter.fleet.tables import SCHEMA, TABLES, arrow_schema, arrow_table

RUN = "run.json"
ROWS_IN_PART = 20_000
"""A batch is written when one of its datasets has so many rows."""
ROOTS_IN_PART = 2_000
_MARK = "pipewarden fleet"
_LOCK = ".lock"


class StoreError(Exception):
    """Why a folder is not used; one line."""


@record
class Reusable:
    """What is known of a root from a run before."""

    result: str
    valid_until: Any
    status: str
    part: str
    """The name of the part files that hold it."""


def read_run(folder: Path) -> dict[str, Any]:
    """What ``run.json`` says.

    Raises:
        StoreError: it is not there, or of another version.
    """
    shown = printable(str(folder), 200)
    try:
        data = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StoreError(f"{shown} holds no results of a fleet: it has no {RUN}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no JSON"
        raise StoreError(f"{shown}/{RUN} cannot be read: {str(reason).lower()}") from None
    if not isinstance(data, dict) or data.get("kind") != _MARK:
        raise StoreError(f"{shown}/{RUN} is not what pipewarden fleet writes")
    if data.get("schema") != SCHEMA:
        raise StoreError(
            f"{shown} has results of schema {printable(str(data.get('schema')), 20)}, by pipewarden"
            f" {printable(str(data.get('tool')), 40)}; this version reads schema {SCHEMA}:"
            " scan into a new folder"
        )
    return data


def earlier_runs(folder: Path) -> list[dict[str, Any]]:
    """The runs of a folder, oldest first, the last one included; what is damaged is left out."""
    found: dict[str, dict[str, Any]] = {}
    for path in [*sorted((folder / "runs").glob("*.json")), folder / RUN]:
        with suppress(OSError, ValueError):
            data = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(data, dict) and data.get("kind") == _MARK:
                found[str(data.get("run"))] = data
    return sorted(found.values(), key=lambda run: str(run.get("started")))


class Store:
    """The results of one run, being written.

    Args:
        folder: made where it is not there; one that holds something else is refused.
        run: the run's id.

    Raises:
        StoreError: the folder cannot be used.
    """

    def __init__(self, folder: Path, run: str) -> None:
        self.folder, self.run = folder, run
        self._rows: dict[str, list[Mapping[str, Any]]] = {name: [] for name in TABLES}
        self._number = 0
        self._prepare()

    def _prepare(self) -> None:
        shown = printable(str(self.folder), 200)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            there = {path.name for path in self.folder.iterdir()}
            if there - {_LOCK} and RUN not in there:
                raise StoreError(f"{shown} holds something else: name a new folder")
            if there - {_LOCK}:
                read_run(self.folder)
            self._lock = self._locked()
            for name in (*TABLES, "runs"):
                (self.folder / name).mkdir(exist_ok=True)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise StoreError(f"{shown} cannot be written: {reason}") from None
        self._drop_halves()

    def _locked(self) -> IO[str]:
        """Hold the folder for as long as this run writes to it."""
        import fcntl

        file = (self.folder / _LOCK).open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            shown = printable(str(self.folder), 200)
            raise StoreError(f"{shown} is being written by another scan") from None
        return file

    def _drop_halves(self) -> None:
        """Remove what a run that was killed left of a batch that it did not finish."""
        whole = {path.name for path in (self.folder / "roots").glob("part-*.parquet")}
        for name in TABLES:
            for path in (self.folder / name).iterdir():
                half = path.suffix == ".parquet" and path.name not in whole
                if half or path.name.startswith(".part-"):
                    path.unlink(missing_ok=True)

    def write_run(self, facts: Mapping[str, Any]) -> None:
        """What is known of the run so far. Raises :class:`StoreError`."""
        body = {"kind": _MARK, "schema": SCHEMA, "run": self.run, **facts}
        text = json.dumps(body, indent=2, ensure_ascii=False) + "\n"
        try:
            write_atomic(self.folder / RUN, text)
            if facts.get("ended"):
                write_atomic(self.folder / "runs" / f"{self.run}.json", text)
        except WriteError as error:
            raise StoreError(str(error)) from error

    def known(self) -> dict[str, Reusable]:
        """The newest result of each root, by the root's id."""
        import pyarrow.parquet as pq

        found: dict[str, Reusable] = {}
        for path in self._parts("roots"):
            columns = ["root", "result", "valid_until", "status"]
            for row in pq.read_table(path, columns=columns).to_pylist():
                found[row["root"]] = Reusable(
                    row["result"], row["valid_until"], row["status"], path.name
                )
        return found

    def _parts(self, table: str) -> list[Path]:
        """The part files of a dataset, oldest first: a run's id begins with its time."""
        return sorted((self.folder / table).glob("part-*.parquet"))

    def add(self, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
        """Take the rows of one root, all of them or none. Raises :class:`StoreError`."""
        for name, more in rows.items():
            self._rows[name].extend(more)
        full = any(len(own) >= ROWS_IN_PART for own in self._rows.values())
        if full or len(self._rows["roots"]) >= ROOTS_IN_PART:
            self.flush()

    def flush(self) -> None:
        """Write what was taken. Raises :class:`StoreError`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not any(self._rows.values()):
            return
        self._number += 1
        name = f"part-{self.run}-{self._number:05d}.parquet"
        order = [*(table for table in TABLES if table != "roots"), "roots"]
        try:
            for table in order:
                # A dataset has a file from the start, so that whoever reads it finds its columns.
                if self._rows[table] or table == "roots" or not self._parts(table):
                    made = arrow_table(table, self._rows[table])
                    pq.write_table(made, self.folder / table / f".{name}", compression="zstd")
            for table in order:
                hidden = self.folder / table / f".{name}"
                if hidden.exists():
                    os.replace(hidden, self.folder / table / name)  # noqa: PTH105
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            shown = printable(str(self.folder), 200)
            raise StoreError(f"{shown} cannot be written: {reason}") from error
        self._rows = {table: [] for table in TABLES}
        pa.default_memory_pool().release_unused()

    def write_page(self, root: str, text: str) -> None:
        """The report of a root. Raises :class:`StoreError`."""
        folder = self.folder / "reports"
        try:
            folder.mkdir(exist_ok=True)
            write_report(folder / f"{root}.html", text)
        except (OSError, WriteError) as error:
            raise StoreError(str(error)) from error

    def settle(self, met: Container[str] | None) -> None:
        """Leave one result of each root: the newest.

        Args:
            met: the roots that are still there; ``None`` where the run did not come to its end,
                so that nobody knows.
        """
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        in_part: dict[str, list[str]] = {}
        for root, one in self.known().items():
            if met is None or root in met:
                in_part.setdefault(one.part, []).append(root)
        for table in (*(name for name in TABLES if name != "roots"), "roots"):
            for path in self._parts(table):
                wanted = pa.array(in_part.get(path.name, []), pa.string())
                rows = pq.read_table(path, schema=arrow_schema(table))
                left = rows.filter(pc.is_in(rows["root"], wanted))
                if left.num_rows == rows.num_rows:
                    continue
                if left.num_rows == 0 and (table == "roots" or len(self._parts(table)) > 1):
                    path.unlink()
                    continue
                hidden = path.with_name(f".{path.name}")
                pq.write_table(left, hidden, compression="zstd")
                os.replace(hidden, path)  # noqa: PTH105


def rows_of(folder: Path, table: str, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a dataset, part by part."""
    import pyarrow.parquet as pq

    for path in sorted((folder / table).glob("part-*.parquet")):
        yield from pq.read_table(path, columns=columns).to_pylist()
