"""SQL over results, by DuckDB: what it sees are the datasets, and nothing else of the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from linter.core.printable import printable
from linter.core.record import record
from linter.fleet.store import read_run
from linter.fleet.tables import TABLES, arrow_schema


class QueryError(Exception):
    """Why a question is not answered; one line."""


@record
class Question:
    """A usual question, ready-made."""

    about: str
    sql: str


QUESTIONS: Mapping[str, Question] = {
    "costs-by-team": Question(
        "USD a month of each team, from low to high, and what could be saved",
        """SELECT team, sum(usd_month_low) AS low, sum(usd_month_expected) AS expected,
           sum(usd_month_high) AS high, sum(saving_month_expected) AS saving,
           count(*) AS things FROM costs GROUP BY team ORDER BY expected DESC, team""",
    ),
    "costs-by-environment": Question(
        "USD a month of each environment",
        """SELECT environment, sum(usd_month_low) AS low, sum(usd_month_expected) AS expected,
           sum(usd_month_high) AS high FROM costs GROUP BY environment
           ORDER BY expected DESC, environment""",
    ),
    "costs-by-tag": Question(
        "USD a month by each tag of the manifest",
        """SELECT tag.key AS tag, tag.value AS value, sum(usd_month_expected) AS expected
           FROM (SELECT unnest(map_entries(tags)) AS tag, usd_month_expected FROM roots)
           GROUP BY ALL ORDER BY tag, expected DESC, value""",
    ),
    "pipelines": Question(
        "The dearest pipelines",
        """SELECT team, repository, name, steps, runs_month, usd_run_expected AS usd_run,
           usd_month_expected AS usd_month, usd_month_high, saving_month_expected AS saving
           FROM pipelines ORDER BY usd_month DESC, team, repository, name LIMIT 50""",
    ),
    "standing": Question(
        "What costs although nothing runs: endpoints, notebooks …",
        """SELECT team, repository, kind, name, instance_type, idle,
           usd_month_expected AS usd_month
           FROM costs WHERE kind <> 'pipeline'
           ORDER BY usd_month DESC, repository, name LIMIT 50""",
    ),
    "rules": Question(
        "How often each rule fails, and in how many repositories",
        """SELECT rule, name, severity, count(*) AS findings,
           count(DISTINCT repository) AS repositories, sum(saving_month_expected) AS saving
           FROM findings WHERE verdict = 'fail' AND NOT suppressed AND NOT baselined
           GROUP BY rule, name, severity ORDER BY findings DESC, rule, severity""",
    ),
    "findings-by-team": Question(
        "Open findings of each team by severity",
        """SELECT team, count(*) AS roots, sum(critical) AS critical, sum(high) AS high,
           sum(medium) AS medium, sum(low) AS low, sum(info) AS info, sum(undecided) AS undecided
           FROM roots GROUP BY team ORDER BY critical DESC, high DESC, medium DESC, team""",
    ),
    "worst": Question(
        "The roots with the most severe findings",
        """SELECT team, repository, path, critical, high, medium, usd_month_expected AS usd_month
           FROM roots WHERE findings > 0
           ORDER BY critical DESC, high DESC, medium DESC, repository, path LIMIT 50""",
    ),
    "savings": Question(
        "What could be saved, by what is done; these go together and add up",
        """SELECT kind, count(*) AS places, count(DISTINCT team) AS teams,
           sum(usd_month_low) AS low, sum(usd_month_expected) AS expected,
           sum(usd_month_high) AS high
           FROM savings WHERE applied GROUP BY kind ORDER BY expected DESC, kind""",
    ),
    "uncached": Question(
        "Steps that could be cached and are not, the dearest first",
        """SELECT team, repository, pipeline, step, type, usd_month_expected AS usd_month
           FROM steps WHERE cacheable AND NOT cached
           ORDER BY usd_month DESC, repository, pipeline, step LIMIT 100""",
    ),
    "on-demand": Question(
        "Training that is not on Spot, the dearest first",
        """SELECT team, repository, pipeline, step, instance_type, usd_month_expected AS usd_month
           FROM steps WHERE type IN ('Training', 'Tuning') AND NOT spot
           ORDER BY usd_month DESC, repository, pipeline, step LIMIT 100""",
    ),
    "failures": Question(
        "What was not read, and why",
        """SELECT stage, kind, team, repository, path, line, message FROM failures
           ORDER BY stage, kind, repository, path, line""",
    ),
    "coverage": Question(
        "What was read of each team, partly, and not",
        """SELECT team, count(*) AS roots, count(*) FILTER (status = 'read') AS read,
           count(*) FILTER (status = 'partly') AS partly, count(*) FILTER (status = 'not') AS "not",
           sum(unpriced) AS unpriced, sum(undecided) AS undecided
           FROM roots GROUP BY team ORDER BY team""",
    ),
    "slowest": Question(
        "The roots that took longest",
        """SELECT repository, path, kind, seconds, cpu_seconds, peak_mb, attempt FROM timings
           ORDER BY seconds DESC, repository, path LIMIT 50""",
    ),
}


@record
class Answer:
    """The columns and rows of an answer; values as DuckDB gives them, money as ``Decimal``."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


def connect(folder: Path) -> Any:
    """A connection that sees the datasets of a folder and no file, no network, no extension.

    Raises:
        StoreError: the folder holds no results that this version reads.
        QueryError: a part of them is damaged.
    """
    import duckdb
    import pyarrow as pa
    import pyarrow.dataset as ds

    read_run(folder)
    connection = duckdb.connect(":memory:")
    for table in TABLES:
        files = [str(path) for path in sorted((folder / table).glob("part-*.parquet"))]
        try:
            source: Any = (
                ds.dataset(files, schema=arrow_schema(table), format="parquet")
                if files
                else arrow_schema(table).empty_table()
            )
            connection.register(table, source)
        except (pa.ArrowException, OSError, duckdb.Error) as error:
            raise QueryError(f"{printable(str(folder), 200)}/{table}: {_line(error)}") from None
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET lock_configuration = true")
    return connection


def ask(connection: Any, sql: str) -> Answer:
    """The answer to one statement. Raises :class:`QueryError`."""
    import duckdb
    import pyarrow as pa

    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1:
            raise QueryError(f"one statement is answered at a time; this is {len(statements)}")
        kind = statements[0].type
        if kind not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
            raise QueryError("only SELECT is answered: results are not changed by a query")
        cursor = connection.execute(sql)
        columns = [column[0] for column in cursor.description or ()]
        return Answer(columns, cursor.fetchall())
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise QueryError(_line(error)) from None


def _line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("LINE ", "^"))]
    return printable("; ".join(kept[:3]) or type(error).__name__, 400)
