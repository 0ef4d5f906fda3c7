"""Reader for the files of a snapshot of an account, as ``pipewarden pull`` writes them.

An object is read as the resource of a template with its properties in place: rules and prices do
not tell it from one. What was only observed is in ``Document.attributes``.
"""

from __future__ import annotations

import posixpath
from typing import Any

from linter.core.documents import Document, Embedded, Problem, ReadResult, SubLocator
from linter.core.identity import Placement, Root
from linter.core.jsontext import JsonDocument
from linter.core.printable import printable
from linter.core.sources import Source
from linter.core.values import lookup
from linter.discovery.detect import SNAPSHOT_MARK
from linter.readers.embedded import matches, paths_of

VERSION = 1
"""The schema this version reads; ``linter.account.snapshot`` writes it."""
OWN = "Pipewarden::"
"""Types that are no resource: executions and quotas."""
EXECUTION = "Pipewarden::Execution"
NOT_JUDGED = frozenset(
    f"{service}:{operation}"
    for service, operations in {
        "sagemaker": (
            *("list_tags", "list_pipeline_versions", "list_pipeline_executions"),
            *("describe_pipeline_execution", "list_pipeline_execution_steps"),
            *("describe_training_job", "describe_processing_job", "describe_transform_job"),
            *("describe_hyper_parameter_tuning_job", "describe_auto_ml_job_v2"),
            "list_training_jobs_for_hyper_parameter_tuning_job",
        ),
        "service-quotas": ("list_service_quotas",),
        "cloudwatch": ("get_metric_statistics",),
    }.items()
    for operation in operations
)
"""Operations on whose answers no rule depends: one that was denied leaves nothing unjudged."""
_AGAIN = "Pull the snapshot again."


def read_snapshot(source: Source, parsed: JsonDocument) -> ReadResult:
    """One object, or the manifest, which says what is missing. Never raises."""
    value = parsed.value
    found = value.get(SNAPSHOT_MARK)
    if found != VERSION or isinstance(found, bool):
        said = printable(str(found), 20)
        return _unread(
            parsed,
            f"This snapshot has schema {said}; this version of pipewarden reads {VERSION}",
            SNAPSHOT_MARK,
            "Pull it again with this version.",
        )
    if "Accounts" in value:
        return ReadResult(problems=_gaps(parsed))
    kind = lookup(value, "Type")
    properties = lookup(value, "Properties")
    if kind == EXECUTION and isinstance(properties, dict):
        return ReadResult([_document("account.execution", source, parsed, kind, properties)])
    if isinstance(kind, str) and kind.startswith(OWN):
        return ReadResult()
    if not isinstance(kind, str) or "::" not in kind or not isinstance(properties, dict):
        return _unread(
            parsed, "This object of a snapshot lacks its Type or Properties", "Type", _AGAIN
        )
    return ReadResult([_document("cloudformation.resource", source, parsed, kind, properties)])


def _document(
    as_kind: str, source: Source, parsed: JsonDocument, kind: str, properties: Any
) -> Document:
    value = parsed.value
    account, region, arn = (_text(value, key) for key in ("Account", "Region", "Arn"))
    area = _area(source.path, account, region)
    document = Document(
        as_kind,
        kind,
        arn or posixpath.basename(source.path).removesuffix(".json"),
        source,
        properties,
        SubLocator(parsed.locator, ("Properties",)),
        area,
        root=Root("account", posixpath.dirname(area) or "."),
        placement=Placement(region, (), account, "the snapshot"),
    )
    observed = lookup(value, "Observed")
    document.attributes = {
        "Observed": observed if isinstance(observed, dict) else {},
        "Arn": arn,
    }
    for pattern in paths_of(kind):
        for path, item in matches(properties, pattern):
            document.embedded[path] = Embedded(item, SubLocator(document.locator, path))
    return document


def _area(path: str, account: str, region: str) -> str:
    """The folder of the account's region that a file is in: references resolve in the account."""
    parts = path.split("/")
    for number, part in enumerate(parts[:-1]):
        if part == account and account:
            return "/".join(parts[: number + 2])
    return posixpath.join(posixpath.dirname(path), account or "account", region or "global")


def _text(value: Any, key: str) -> str:
    found = lookup(value, key)
    return found if isinstance(found, str) else ""


def _unread(parsed: JsonDocument, message: str, key: str, hint: str) -> ReadResult:
    span = parsed.locator.locate((key,)).span
    return ReadResult(problems=[Problem(message, span, hint=hint)])


def _gaps(parsed: JsonDocument) -> list[Problem]:
    """What a manifest says was denied or could not be pulled."""
    problems = []
    accounts = parsed.value["Accounts"]
    for account, areas in accounts.items() if isinstance(accounts, dict) else ():
        for region, entry in areas.items() if isinstance(areas, dict) else ():
            where = f"{printable(str(account), 20)} {printable(str(region), 30)}"
            at = ("Accounts", account, region)
            for number, denied in enumerate(_list(entry, "Denied")):
                operation = printable(_text(denied, "Operation"), 80)
                span = parsed.locator.locate((*at, "Denied", number)).span
                message = f"{where}: {operation} was denied when the snapshot was pulled"
                if operation not in NOT_JUDGED:
                    problems.append(Problem(message, span, "", hint=_AGAIN))
            failed = lookup(entry, "Failed")
            if isinstance(failed, dict):
                why = printable(_text(failed, "Why"), 200)
                span = parsed.locator.locate((*at, "Failed")).span
                message = f"{where} was not pulled: {why}"
                problems.append(Problem(message, span, hint=_AGAIN))
    return problems


def _list(value: Any, key: str) -> list[Any]:
    found = lookup(value, key)
    return found if isinstance(found, list) else []
