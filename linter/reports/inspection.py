"""What ``inspect`` shows: documents with their evaluated values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from linter.core.documents import Locator
from linter.core.identity import NO_ROOT, Placement, Root
from linter.core.printable import printable
from linter.core.values import to_json
from linter.domain.starts import started
from linter.project.model import Project
from linter.project.placement import placement_of


def documents_of(
    project: Project, *, addresses: Sequence[str] = (), kinds: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """Every document as plain data, in the order of the scan.

    A definition or policy inside a resource follows it as a document of its own, of kind
    ``pipeline`` or ``iam.policy``, with the resource's address.
    """
    inner: dict[int, list[tuple[str, Any, Locator]]] = {}
    pipelines = {id(pipeline.document): pipeline for pipeline in project.pipelines}
    for pipeline in project.pipelines:
        if pipeline.resource is not None:
            inner.setdefault(id(pipeline.document), []).append(
                ("pipeline", pipeline.definition, pipeline.locator)
            )
    for policy in project.policies:
        if policy.document.kind != "iam.policy":
            inner.setdefault(id(policy.document), []).append(
                ("iam.policy", policy.value, policy.locator)
            )
    for document in project.documents:
        entries = [(document.kind, document.value, document.locator)]
        entries.extend(inner.get(id(document), ()))
        for kind, value, locator in entries:
            if not _matches(document.address, addresses) or not _matches(kind, kinds):
                continue
            span = locator.locate(()).span
            found: dict[str, Any] = {
                "kind": kind,
                "type": document.type if kind == document.kind else "",
                "address": document.address,
                "path": span.path,
                "start": {"line": span.start_line, "column": span.start_column},
                "instances": document.instances,
                "maybe": document.maybe,
                "root": None if document.root == NO_ROOT else _root(document.root),
                **_place(placement_of(pipelines.get(id(document), document), project)),
                "value": to_json(value),
            }
            if kind == "pipeline":
                found["starts"] = [s.to_json() for s in pipelines[id(document)].starts]
                if pipelines[id(document)].overrides:
                    found["parameters"] = to_json(pipelines[id(document)].overrides)
                found["runs"] = started(pipelines[id(document)].starts).said
            yield found


def _root(root: Root) -> dict[str, str]:
    return {"kind": root.kind, "path": root.path, "variant": root.variant}


def _place(place: Placement) -> dict[str, Any]:
    """``null`` for what is not known; ``region_source`` says why, and why not."""
    return {
        "region": place.region or None,
        "regions": list((place.region,) if place.region else place.regions),
        "region_source": place.because or None,
        "account": place.account or None,
    }


def _matches(text: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)


def as_text(documents: Sequence[dict[str, Any]]) -> str:
    """For people: a heading per document, its value as YAML-like lines."""
    lines: list[str] = []
    for document in documents:
        place = f"{document['path']}:{document['start']['line']}:{document['start']['column']}"
        title = document["address"] or document["path"]
        notes = []
        if document["instances"] != 1:
            notes.append(f"× {document['instances']}")
        if document["maybe"]:
            notes.append("may not exist")
        suffix = f" ({', '.join(notes)})" if notes else ""
        lines.append(f"{document['kind']} {printable(title)}{suffix}  {printable(place)}")
        lines.extend(f"  # {printable(line, 400)}" for line in _identity(document))
        for name, fixed in document.get("parameters", {}).items():
            lines.append(f"  # --param {printable(name)} = {printable(str(fixed), 400)}")
        if document.get("runs"):
            lines.append(f"  # {printable(document['runs'])}")
        _write(document["value"], lines, "  ")
        lines.append("")
    return "\n".join(lines) + ("\n" if lines else "")


def _identity(document: dict[str, Any]) -> Iterator[str]:
    """What it is deployed with, and where it runs, with the reason; nothing where none is said."""
    root = document["root"]
    if root is not None:
        variant = f" ({root['variant']})" if root["variant"] else ""
        yield f"root: {root['kind']} {root['path']}{variant}"
    source = document["region_source"]
    if document["regions"] or source:
        region = " or ".join(document["regions"]) or "not known"
        yield f"region: {region}" + (f" ({source})" if source else "")
    if document["account"]:
        yield f"account: {document['account']}"


def _write(value: Any, lines: list[str], indent: str) -> None:
    if isinstance(value, dict) and value and not _special(value):
        for key, item in value.items():
            _member(f"{indent}{printable(str(key))}:", item, lines, indent)
    elif isinstance(value, list) and value:
        for item in value:
            _member(f"{indent}-", item, lines, indent)
    else:
        lines.append(f"{indent}{_scalar(value)}")


def _member(lead: str, item: Any, lines: list[str], indent: str) -> None:
    if isinstance(item, dict | list) and item and not _special(item):
        lines.append(lead)
        _write(item, lines, indent + "  ")
    else:
        lines.append(f"{lead} {_scalar(item)}")


def _special(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and len(value) == 1
        and next(iter(value)) in ("$unknown", "$template", "$choice", "$rest")
    )


def _scalar(value: Any) -> str:
    if _special(value):
        key, body = next(iter(value.items()))
        if key == "$template":
            parts = (p if isinstance(p, str) else "${" + _reference(p) + "}" for p in body)
            return printable("".join(parts))
        if key == "$choice":
            return "one of " + ", ".join(_scalar(item) for item in body)
        return f"{'? more: ' if key == '$rest' else '? '}{printable(body['because'])}"
    if isinstance(value, str):
        return printable(value) if value else '""'
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list):
        return "[]"
    return str(value)


def _reference(part: Any) -> str:
    body = part.get("$unknown", {}) if isinstance(part, dict) else {}
    return ", ".join(body.get("references", [])) or "?"
