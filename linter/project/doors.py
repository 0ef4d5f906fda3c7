"""What is found by several doors is one: its places are those of the source.

A definition in a JSON file that Terraform reads with ``file()`` is the resource's definition and
not another pipeline; a plan beside its configuration says what that configuration becomes; a
template that was built of another one is not a second stack.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable

from linter.core.documents import Document, Embedded
from linter.core.identity import Root, without_keys
from linter.core.record import replace
from linter.core.values import Unknown
from linter.project.rendered import at_their_scripts

_RESOURCES = ("terraform.resource", "terraform.data")
_LONE = ("pipeline", "iam.policy")
_BUILD_DIRECTORIES = frozenset(
    {"cdk.out", ".aws-sam", ".serverless", "build", "dist", "out", "target", "generated"}
)
_BUILD_NAME = re.compile(
    r"(?:^|[-_.])(?:packaged|generated|rendered|transformed|output)(?:[-_.]|$)"
)
_SHARE = 0.5
"""Of a plan's resources, how many a configuration must have to be the plan's."""


def seen_once(documents: list[Document]) -> list[Document]:
    """The documents without those that others stand for."""
    documents = at_their_scripts(_without_read_files(documents))
    roots = {document.root.kind for document in documents}
    if "plan" in roots and "terraform" in roots:
        documents = _with_plans(documents)
    if "cloudformation" in roots:
        documents = _without_built_templates(documents)
    return documents


# --- files that a resource reads ------------------------------------------------------------------


def _without_read_files(documents: list[Document]) -> list[Document]:
    lone = {d.path for d in documents if d.kind in _LONE and d.root.kind == "file"}
    if not lone:
        return documents
    read = {
        path
        for document in documents
        if document.kind not in _LONE
        for embedded in document.embedded.values()
        if (path := _path_of(embedded)) in lone
    }
    return [d for d in documents if d.kind not in _LONE or d.path not in read]


def _path_of(embedded: Embedded) -> str:
    """The file that an embedded document stands in; ``""`` where nothing of it is known."""
    return "" if isinstance(embedded.value, Unknown) else embedded.locator.locate(()).span.path


# --- plans ----------------------------------------------------------------------------------------


def _with_plans(documents: list[Document]) -> list[Document]:
    """Resources as the plans have them, at the places where the configuration writes them."""
    by_root: dict[Root, list[Document]] = defaultdict(list)
    for document in documents:
        by_root[document.root].append(document)
    configurations = [root for root in by_root if root.kind == "terraform"]
    pairs: dict[Root, list[Root]] = defaultdict(list)
    for root in by_root:
        if root.kind == "plan":
            home = _configuration_of(root, configurations, by_root)
            if home is not None:
                pairs[home].append(root)
    for home, plans in pairs.items():
        written = by_root[home]
        planned = {
            without_keys(document.address)
            for plan in plans
            for document in by_root[plan]
            if document.kind in _RESOURCES
        }
        sources: dict[str, Document] = {}
        for document in written:
            if document.kind in _RESOURCES:
                sources.setdefault(document.address, document)
                sources.setdefault(without_keys(document.address), document)
        for plan in plans:
            root = home if len(plans) == 1 else replace(home, variant=plan.path)
            for document in by_root[plan]:
                _at_source(document, root, sources)
            by_root[plan] = [d for d in by_root[plan] if d.kind in _RESOURCES or len(plans) > 1]
        by_root[home] = [
            document
            for document in written
            if document.kind not in _RESOURCES
            or not (without_keys(document.address) in planned or document.maybe)
        ]
    return [document for found in by_root.values() for document in found]


def _configuration_of(
    plan: Root, configurations: list[Root], by_root: dict[Root, list[Document]]
) -> Root | None:
    """The configuration that a plan is of: it has the plan's resources; the nearest of several."""
    wanted = _addresses(by_root[plan])
    if not wanted:
        return None
    directory = posixpath.dirname(plan.path) or "."
    found = [
        (_distance(directory, root.path), -share, root)
        for root in configurations
        if (share := len(wanted & _addresses(by_root[root])) / len(wanted)) >= _SHARE
    ]
    found.sort(key=lambda item: item[:2])
    if len(found) > 1 and found[0][:2] == found[1][:2]:
        return None  # which of them it is of cannot be told
    return found[0][2] if found else None


def _addresses(documents: Iterable[Document]) -> set[str]:
    return {without_keys(d.address) for d in documents if d.kind == "terraform.resource"}


def _distance(directory: str, other: str) -> int:
    """How many steps lead from one directory to another."""
    way = posixpath.relpath(other or ".", directory or ".")
    return 0 if way == "." else way.count("/") + 1


def _at_source(document: Document, root: Root, sources: dict[str, Document]) -> None:
    """Make a plan's document one of the configuration's root, placed where it is written."""
    document.root = root
    source = sources.get(document.address) or sources.get(without_keys(document.address))
    if source is None:
        return
    document.source, document.locator = source.source, source.locator
    document.module = _module_of(source.module, document.address)
    for path, embedded in list(document.embedded.items()):
        written = source.embedded.get(path)
        if written is not None:
            document.embedded[path] = Embedded(embedded.value, written.locator, embedded.problem)


def _module_of(written: str, address: str) -> str:
    """The module instance of an address: the root's directory and the calls, with their keys."""
    directory = written.partition("//")[0]
    calls = re.match(r'(?:module\.[^.\[]+(?:\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\])?\.)*', address)
    return f"{directory}//{calls[0] if calls else ''}"


# --- templates ------------------------------------------------------------------------------------


def _without_built_templates(documents: list[Document]) -> list[Document]:
    by_root: dict[Root, list[Document]] = defaultdict(list)
    for document in documents:
        if document.kind == "cloudformation.resource":
            by_root[document.root].append(document)
    if len(by_root) < 2:
        return documents
    alike: dict[frozenset[tuple[str, str]], list[Root]] = defaultdict(list)
    for root, found in by_root.items():
        alike[frozenset((d.address, d.type) for d in found)].append(root)
    dropped: set[Root] = set()
    for roots in alike.values():
        sources = [root for root in roots if not _is_built(root.path)]
        if sources and len(sources) < len(roots):
            dropped.update(set(roots) - set(sources))
        dropped.update(_converted(sources, by_root))
    return [document for document in documents if document.root not in dropped]


def _is_built(path: str) -> bool:
    *directories, name = path.split("/")
    return not _BUILD_DIRECTORIES.isdisjoint(directories) or bool(_BUILD_NAME.search(name.lower()))


def _converted(roots: list[Root], by_root: dict[Root, list[Document]]) -> Iterable[Root]:
    """Of a template in YAML and the same one in JSON beside it, the JSON."""
    values: dict[str, list[object]] = {}
    for root in roots:
        stem, extension = posixpath.splitext(root.path)
        if extension.lower() in (".yaml", ".yml"):
            values[stem] = [document.value for document in by_root[root]]
    for root in roots:
        stem, extension = posixpath.splitext(root.path)
        same = values.get(stem)
        if extension.lower() == ".json" and same == [d.value for d in by_root[root]]:
            yield root
