"""Which environment a resource belongs to, as far as its tags, its name and its folder say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document
from linter.core.values import OpenDict, Template, Unknown, lookup
from linter.project.model import Project

_TAG_KEYS = frozenset({"environment", "env", "stage"})
_NAME_KEYS = (
    "name",
    "domain_name",
    "feature_group_name",
    "model_package_group_name",
    "tracking_server_name",
    "cluster_name",
    "EndpointConfigName",
    "DomainName",
    "FeatureGroupName",
    "ModelPackageGroupName",
    "TrackingServerName",
    "ClusterName",
)
_PRODUCTION = frozenset({"prod", "production", "prd", "live"})
_SAME = {
    "develop": "dev",
    "development": "dev",
    "testing": "test",
    "tst": "test",
    "stage": "staging",
    "stg": "staging",
    "pre": "preprod",
    "preproduction": "preprod",
    "sbx": "sandbox",
    **dict.fromkeys(_PRODUCTION, "prod"),
}
_KNOWN = frozenset(("nonprod", "qa", "uat", *_SAME, *_SAME.values())) - {"pre", "live"}
"""Words that name an environment wherever they stand."""
_FOLDERS = frozenset(("env", "envs", "environment", "environments", "stages", "live", "accounts"))
"""Folders that have one folder for each environment."""
_NO_FOLDER = frozenset(("test", "testing", "stage"))
"""Words that as the name of a folder mean something else elsewhere."""
_VARIABLE = re.compile(
    r"(?:.*[._])?(?:env|environment|stage|workspace|env(?:ironment)?_(?:name|prefix|suffix|short))",
    re.IGNORECASE,
)
_VARIABLE_CAMEL = re.compile(r"(?:.*[.a-z_])?(?:Env|Environment|Stage)(?:Name|Prefix|Suffix)?")


def environments_in(text: Any, more: Iterable[str] = ()) -> frozenset[str]:
    """The environments that the words of a text name, each by one of its names.

    ``more`` are names besides those that everybody uses. Of a text that is known in part, the
    known parts are read.
    """
    known = _KNOWN.union(word.lower() for word in more)
    return frozenset(_SAME.get(word, word) for word in _words(text) if word in known)


def environments_of(document: Document, project: Project, name: Any = None) -> frozenset[str]:
    """The environments that a resource belongs to: by its tags, its folder, or its name.

    Usually one or none; several where it says so.
    """
    tagged = frozenset(e for value in _tags(document, project) for e in environments_in(value))
    return tagged or environment_folders(document) or environments_in(name)


def environment_folders(document: Document) -> frozenset[str]:
    """The environment that the folder of a root module, or of a file, is for."""
    where = document.module.partition("//")[0] if "//" in document.module else document.path
    folders = where.split("/")
    if "//" not in document.module:
        folders.pop()
    found: frozenset[str] = frozenset()
    for outer, folder in zip(["", *folders], folders, strict=False):
        named = environments_in(folder)
        alone = folder.lower() in _KNOWN - _NO_FOLDER
        if named and (alone or outer.lower() in _FOLDERS):
            found = named
    return found


def names_environment(reference: str) -> bool:
    """Whether a reference is to what usually holds an environment's name: ``var.environment``."""
    return bool(_VARIABLE.fullmatch(reference) or _VARIABLE_CAMEL.fullmatch(reference))


def is_non_production(document: Document, project: Project, words: Iterable[Any]) -> bool:
    """Whether the resource says that it is of one of the environments that ``words`` name.

    An environment tag decides, the provider's default tags included; without one the words of the
    resource's name do. A resource that says nothing, or that names production too, is none.
    """
    texts = list(_tags(document, project)) or list(_names(document))
    found = {word for text in texts for word in _words(text)}
    return bool(found & {str(word).lower() for word in words}) and not found & _PRODUCTION


def unread_environment(document: Document, project: Project) -> Unknown | None:
    """What may name the environment and is not known; ``None`` when a tag says it, or none can.

    Unknown parts of a name are no words of an environment: tags decide that.
    """
    key = "Tags" if document.type.startswith("AWS::") else "tags"
    own = lookup(document.value, key)
    if isinstance(own, Unknown):
        return own
    for value in _tags(document, project):
        if isinstance(value, Unknown):
            return value
        return Unknown(value.reason, value.references) if isinstance(value, Template) else None
    if isinstance(own, OpenDict):
        return own.rest
    listed = own if isinstance(own, list) else ()
    return next((item for item in listed if isinstance(item, Unknown)), None)


def _words(value: Any) -> list[str]:
    """The words of a text; of a partly known one, those of its known parts."""
    if isinstance(value, Template):
        return [word for part in value.parts if isinstance(part, str) for word in _words(part)]
    if not isinstance(value, str):
        return []
    text = re.sub(r"non[-_ ]?prod(?:uction)?", "nonprod", value[:512].lower())
    return re.split(r"[^a-z]+", text)


def _tags(document: Document, project: Project) -> Iterator[Any]:
    """Values of the environment tags; one of them may be unknown."""
    if document.type.startswith("AWS::"):
        entries = lookup(document.value, "Tags")
        for entry in entries if isinstance(entries, list) else ():
            if str(lookup(entry, "Key")).lower() in _TAG_KEYS:
                yield lookup(entry, "Value")
        return
    own = lookup(document.value, "tags")
    yield from _of_mapping(own)
    if isinstance(own, Unknown):
        return
    home = document.module.partition("//")[0]
    for provider in project.of_type("aws"):
        if provider.kind == "terraform.provider" and provider.module.partition("//")[0] == home:
            blocks = lookup(provider.value, "default_tags")
            for block in blocks if isinstance(blocks, list) else ():
                yield from _of_mapping(lookup(block, "tags"))


def _of_mapping(tags: Any) -> Iterator[Any]:
    if isinstance(tags, dict):
        yield from (value for key, value in tags.items() if str(key).lower() in _TAG_KEYS)


def _names(document: Document) -> Iterator[Any]:
    for key in _NAME_KEYS:
        value = lookup(document.value, key)
        if isinstance(value, str | Template):
            yield value
