"""The datasets that a fleet's results consist of: their columns, and what each means.

``docs/fleet.md`` lists the same; a test compares the two. Columns are only ever added within a
:data:`SCHEMA`; what is renamed or removed raises it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from linter.core.record import record

SCHEMA = 1
"""The version of the columns; results of another one are refused by name."""

TEXT, TEXTS, COUNT, FLAG, MONEY, NUMBER, DAY, PAIRS = (
    "text",
    "texts",
    "count",
    "flag",
    "money",
    "number",
    "day",
    "pairs",
)
"""Kinds of columns. ``money`` is USD as decimal(38, 10), ``number`` decimal(38, 6), never a float;
``pairs`` a map from text to text."""

_CENT = Decimal("1e-10")
_MILLIONTH = Decimal("1e-6")
_MOST = Decimal(10) ** 27


@record
class Column:
    """One column: its name, its kind (above) and what it says."""

    name: str
    kind: str
    about: str


def _range(name: str, about: str) -> list[Column]:
    return [
        Column(f"{name}_{end}", MONEY, f"{about}, {end}") for end in ("low", "expected", "high")
    ]


_WHO = [
    Column("root", TEXT, "the root: the same from run to run"),
    Column("result", TEXT, "what the row was made of: content, settings and version, as a digest"),
    Column("repository", TEXT, "the manifest's name of it"),
    Column("team", TEXT, "as the manifest says"),
    Column("environment", TEXT, "as the manifest says"),
]

TABLES: Mapping[str, list[Column]] = {
    "roots": [
        *_WHO,
        Column("owner", TEXT, "as the manifest says"),
        Column("tags", PAIRS, "as the manifest says"),
        Column("source", TEXT, "where it comes from, without credentials"),
        Column("revision", TEXT, "the commit that was read; empty for what git does not keep"),
        Column(
            "kind", TEXT, "terraform, plan, cloudformation, definition, policy, python, snapshot"
        ),
        Column("path", TEXT, "the root module's directory, or the file"),
        Column("paths", TEXTS, "what `pipewarden check` is given, at the top of the repository"),
        Column("status", TEXT, "read, partly (something in it was not), not"),
        Column("files", COUNT, "files that were read for it"),
        Column("documents", COUNT, "resources, definitions and policies"),
        Column("pipelines", COUNT, "pipelines"),
        Column("steps", COUNT, "steps of them"),
        Column("findings", COUNT, "checks that failed and are not accepted"),
        *(
            Column(word, COUNT, f"of them {word}")
            for word in ("critical", "high", "medium", "low", "info")
        ),
        Column("undecided", COUNT, "checks that need to know more"),
        Column("suppressed", COUNT, "findings that a comment or the configuration accepts"),
        Column("baselined", COUNT, "findings in the baseline"),
        Column("unread", COUNT, "places that could not be read"),
        Column("gate_passed", FLAG, "what `check` with its nearest configuration decides"),
        Column("gate_reasons", TEXTS, "and why"),
        *_range("usd_month", "USD a month, pipelines and what stands"),
        *_range("saving_month", "USD a month that could be saved together"),
        Column("unpriced", COUNT, "steps and resources without a price; they are in no sum"),
        Column("judged", DAY, "the day by which suppressions were judged"),
        Column("valid_until", DAY, "when a suppression in use ends, at the latest after 30 days"),
        Column("tool", TEXT, "the version of pipewarden"),
        Column("settings", TEXT, "the options and explicit configuration, as a digest"),
        Column("content", TEXT, "the files of the repository, as a digest"),
    ],
    "findings": [
        *_WHO,
        Column("rule", TEXT, "IAM012"),
        Column("name", TEXT, "the rule's name"),
        Column("area", TEXT, "iam, cost, security …"),
        Column("severity", TEXT, "critical, high, medium, low, info"),
        Column("confidence", TEXT, "high, medium, low"),
        Column("verdict", TEXT, "fail, or unknown: it cannot be decided"),
        Column("message", TEXT, "what is wrong"),
        Column("because", TEXT, "of an unknown: what is not known"),
        Column("path", TEXT, "the file, from the top of the repository"),
        Column("line", COUNT, "from 1"),
        Column("column", COUNT, "from 1"),
        Column("address", TEXT, "the resource"),
        Column("object", TEXT, "what in it: Steps[Train]"),
        Column("fingerprint", TEXT, "the same from run to run"),
        Column("suppressed", FLAG, "accepted by a comment or the configuration"),
        Column("suppression_reason", TEXT, "why"),
        Column("baselined", FLAG, "in the baseline"),
        Column("fails", FLAG, "whether the root's gate fails for it"),
        Column("fixable", FLAG, "whether `fix` can put it right"),
        *_range("saving_month", "USD a month that the waste costs"),
    ],
    "pipelines": [
        *_WHO,
        Column("name", TEXT, "the pipeline's"),
        Column("address", TEXT, "the resource"),
        Column("path", TEXT, "the file"),
        Column("variant", TEXT, "the variable files it is applied with"),
        Column("region", TEXT, "where it is priced"),
        Column("steps", COUNT, "inner ones included"),
        Column("runs_month", NUMBER, "expected executions in a month"),
        Column("runs_source", TEXT, "assumption, schedule, usage, history, option"),
        *_range("usd_run", "USD of one execution"),
        *_range("usd_month", "USD a month"),
        *_range("saving_month", "USD a month that could be saved together"),
        Column("hours_expected", NUMBER, "from start to end of an execution"),
        Column("complete", FLAG, "whether all of it has a price"),
        Column("basis", TEXT, "measured or assumed"),
    ],
    "steps": [
        *_WHO,
        Column("pipeline", TEXT, "the pipeline's name"),
        Column("pipeline_address", TEXT, "its resource"),
        Column("variant", TEXT, "of the pipeline"),
        Column("step", TEXT, "the step's name"),
        Column("type", TEXT, "Training, Processing …"),
        Column("instance_type", TEXT, "ml.m5.xlarge; several are joined"),
        Column("instance_count", NUMBER, "expected"),
        Column("spot", FLAG, "whether it runs on Spot"),
        Column("cacheable", FLAG, "whether its type can be cached"),
        Column("cached", FLAG, "whether it is"),
        Column("hours_expected", NUMBER, "billed hours of one instance in a run"),
        Column("hours_source", TEXT, "usage, history, assumption, limit"),
        *_range("usd_when_run", "USD when the step runs"),
        *_range("usd_month", "what it adds to its pipeline's month; adds up to it"),
        Column("price_source", TEXT, "which price"),
        Column("unpriced", TEXT, "why it has no whole price"),
    ],
    "costs": [
        *_WHO,
        Column("kind", TEXT, "pipeline, or what stands: endpoint, notebook …"),
        Column("name", TEXT, "its name"),
        Column("address", TEXT, "the resource"),
        Column("path", TEXT, "the file"),
        Column("region", TEXT, "where it is priced"),
        Column("instance_type", TEXT, "of what stands"),
        *_range("usd_month", "USD a month; the rows add up to all that is spent"),
        *_range("saving_month", "USD a month that could be saved together"),
        Column("idle", FLAG, "whether nothing seems to use it"),
        Column("complete", FLAG, "whether all of it has a price"),
        Column("unpriced", TEXT, "why not"),
    ],
    "savings": [
        *_WHO,
        Column("of", TEXT, "the pipeline or the resource"),
        Column("address", TEXT, "the resource"),
        Column("step", TEXT, "the step, if it is one"),
        Column("kind", TEXT, "spot, caching, right-sizing …"),
        Column("how", TEXT, "what to do"),
        Column("applied", FLAG, "one of the best set that go together; only these add up"),
        *_range("usd_month", "USD a month"),
    ],
    "failures": [
        *_WHO,
        Column("stage", TEXT, "open (the repository), scan (the root), read (a place in it)"),
        Column(
            "kind", TEXT, "missing, revision, time, memory, files, crash, settings, unread, bug"
        ),
        Column("path", TEXT, "the root, or the file"),
        Column("line", COUNT, "of what could not be read; 0 for a whole root"),
        Column("message", TEXT, "what happened"),
    ],
    "timings": [
        *_WHO,
        Column("kind", TEXT, "the root's"),
        Column("path", TEXT, "the root's"),
        Column("attempt", COUNT, "1, or 2 where it was tried again"),
        Column("seconds", NUMBER, "in its process, start included"),
        Column("cpu_seconds", NUMBER, "of a processor"),
        Column("peak_mb", COUNT, "most memory of that process, in MB"),
    ],
}
"""By the name of the folder below the results. ``timings`` is measured, and the only one that
differs between two runs over the same."""

COMPARED = tuple(name for name in TABLES if name != "timings")
"""The datasets that are the same whoever computes them, and in whatever order."""


def arrow_schema(table: str) -> Any:
    """The ``pyarrow.Schema`` of a dataset."""
    import pyarrow as pa

    kinds = {
        TEXT: pa.string(),
        TEXTS: pa.list_(pa.string()),
        COUNT: pa.int64(),
        FLAG: pa.bool_(),
        MONEY: pa.decimal128(38, 10),
        NUMBER: pa.decimal128(38, 6),
        DAY: pa.date32(),
        PAIRS: pa.map_(pa.string(), pa.string()),
    }
    fields = [
        pa.field(one.name, kinds[one.kind], metadata={"about": one.about}) for one in TABLES[table]
    ]
    return pa.schema(fields, metadata={"pipewarden_schema": str(SCHEMA), "table": table})


def arrow_table(table: str, rows: Iterable[Mapping[str, Any]]) -> Any:
    """Rows as a ``pyarrow.Table``; what a row does not say is null."""
    import pyarrow as pa

    schema = arrow_schema(table)
    given = list(rows)
    columns = [
        pa.array([_value(column.kind, row.get(column.name)) for row in given], field.type)
        for column, field in zip(TABLES[table], schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _value(kind: str, value: Any) -> Any:
    """A value as it comes from a worker, in JSON, as the column holds it."""
    if value is None:
        return None
    if kind in (MONEY, NUMBER):
        return _amount(value, _CENT if kind == MONEY else _MILLIONTH)
    if kind == DAY:
        from datetime import date

        return value if isinstance(value, date) else date.fromisoformat(value)
    if kind == TEXTS:
        return [str(item) for item in value]
    if kind == PAIRS:
        return sorted((str(key), str(item)) for key, item in dict(value).items())
    if kind == TEXT:
        return str(value)
    return value


def _amount(value: Any, step: Decimal) -> Decimal | None:
    from decimal import Context

    number = Decimal(str(value))
    if not number.is_finite() or abs(number) >= _MOST:
        return None
    return number.quantize(step, ROUND_HALF_EVEN, Context(prec=38))
