"""The folder that ``pull`` writes: one JSON file for each object, and a manifest.

::

    snapshot/
      manifest.json                          what was asked, when, what was denied
      111122223333/global/roles/churn.json
      111122223333/eu-west-1/pipelines/churn.json
      111122223333/eu-west-1/executions/churn/0abc123.json

An object's file holds :data:`MARK` (the version of this schema), ``Type`` (CloudFormation's name of
what it is, or a name of our own), ``Arn``, ``Account``, ``Region``, ``Properties`` in
CloudFormation's words and ``Observed``: what no template says, such as times and states. Keys are
sorted and what changes with every call is left out, so that two pulls of an unchanged account are
equal to the byte.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from linter.discovery.detect import SNAPSHOT_MARK

MARK = SNAPSHOT_MARK
VERSION = 1
MANIFEST = "manifest.json"
STAGING = ".pulling"
"""Where an account's region is put together; it takes the old one's place when it is whole."""

EXECUTION = "Pipewarden::Execution"
QUOTAS = "Pipewarden::Quotas"
COSTS = "Pipewarden::Costs"
INCOMPLETE = "Incomplete"
"""In ``Observed``: a part was denied, so the next pull asks for the object again."""


_SAFE = re.compile(r"[^A-Za-z0-9._+=@-]")


class SnapshotError(Exception):
    """Why a folder is no snapshot that can be used or written, as one line."""


@dataclass(slots=True)
class Object:
    """One object of an account, as its file holds it."""

    type: str
    arn: str
    account: str
    region: str
    properties: dict[str, Any]
    observed: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            MARK: VERSION,
            "Type": self.type,
            "Arn": self.arn,
            "Account": self.account,
            "Region": self.region,
            "Properties": self.properties,
            "Observed": self.observed,
        }


def file_name(name: str) -> str:
    """A name as a file may be called on every system; what had to be changed is told apart.

    A name that differs from another in case only gets a file of its own as well.
    """
    safe = _SAFE.sub("_", name).strip(".")[:120]
    if safe == name and safe == safe.lower():
        return f"{safe}.json"
    return f"{safe}.{hashlib.sha256(name.encode()).hexdigest()[:8]}.json"


def plain(value: Any) -> Any:
    """An answer of AWS as JSON: times in UTC, numbers kept, what no file can hold as text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        from datetime import UTC

        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if value is None or isinstance(value, str | int | float | bool | Decimal):
        return value
    return str(value)


def without_secrets(value: Any, name: str = "") -> Any:
    """The value with stars for what looks like a secret, by its form or by the name it has."""
    from linter.core.secrets import masked, named_secret

    if isinstance(value, dict):
        return {key: without_secrets(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        if all(isinstance(item, dict) and "Name" in item for item in value):
            return [
                {
                    key: without_secrets(inner, str(item["Name"]) if key == "Value" else str(key))
                    for key, inner in item.items()
                }
                for item in value
            ]
        return [without_secrets(item, name) for item in value]
    if isinstance(value, str):
        return "*" * 8 if name and named_secret(name, value) else masked(value)
    return value


def text_of(data: dict[str, Any]) -> str:
    """The text of a file: sorted, indented, one object."""
    from linter.core.jsonwrite import dumps

    return dumps(_sorted(data)) + "\n"


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def write_file(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8", newline="\n")
    os.replace(part, path)  # noqa: PTH105 - says what is meant


class Area:
    """One account's region, or its ``global`` part, being put together.

    Files go to a staging folder. :meth:`commit` puts it in the old one's place; when a pull is
    cut short the old one stays, and the next pull takes from the staging folder what it holds of
    things that do not change any more.
    """

    def __init__(self, root: Path, account: str, region: str) -> None:
        self.account, self.region = account, region
        self.home = root / account / (region or "global")
        self.staging = root / account / f"{STAGING}-{region or 'global'}"
        self.kept = 0
        self._written: set[Path] = set()
        self._old = self.home.with_name(f".old-{self.home.name}")
        if self._old.exists() and not self.home.exists():
            self._old.rename(self.home)  # an earlier pull was cut short between two names

    def put(self, folder: str, name: str, made: Object) -> None:
        """Write an object. Raises ``OSError``."""
        self._write(Path(folder) / file_name(name), made)

    def _write(self, where: Path, made: Object) -> None:
        data = without_secrets(plain(made.to_json()))
        write_file(self.staging / where, text_of(data))
        self._written.add(where)

    def known(self, folder: str, name: str) -> dict[str, Any] | None:
        """What the last pull, or one that was cut short, holds of an object."""
        where = Path(folder) / file_name(name)
        for base in (self.staging, self.home):
            found = read_object(base / where)
            if found is not None:
                return found
        return None

    def keep(self, folder: str, name: str) -> None:
        """Take an object over as it is known. Raises ``OSError``."""
        where = Path(folder) / file_name(name)
        self._written.add(where)
        self.kept += 1
        if not (self.staging / where).exists():
            (self.staging / where).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.home / where, self.staging / where)

    def commit(self) -> None:
        """Put what was gathered in the place of what was there. Raises ``OSError``."""
        self.staging.mkdir(parents=True, exist_ok=True)
        for path in sorted(self.staging.rglob("*.json")):
            if path.relative_to(self.staging) not in self._written:
                path.unlink()
        if self._old.exists():
            shutil.rmtree(self._old)
        if self.home.exists():
            self.home.rename(self._old)
        self.staging.rename(self.home)
        if self._old.exists():
            shutil.rmtree(self._old)

    def __len__(self) -> int:
        return len(self._written)


def read_object(path: Path) -> dict[str, Any] | None:
    """An object's file; ``None`` where there is none that this version understands."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.get(MARK) != VERSION or "Type" not in data:
        return None
    whole = all(isinstance(data.get(part), dict) for part in ("Properties", "Observed"))
    return data if whole else None


def objects_in(folder: Path, kind: str) -> Iterator[dict[str, Any]]:
    """The objects of a type below a snapshot's folder, in the order of their paths."""
    for path in sorted(folder.rglob("*.json")):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        data = read_object(path)
        if data is not None and data["Type"] == kind:
            yield data


def prepare(root: Path) -> None:
    """Make the folder, or refuse one that holds something else. Raises :class:`SnapshotError`."""
    if root.exists() and not root.is_dir():
        raise SnapshotError(f"{root} is a file; name a folder")
    if root.is_dir() and not (root / MANIFEST).exists() and any(_visible(root)):
        raise SnapshotError(f"{root} is not a snapshot; name a new folder or an existing snapshot")
    manifest = read_manifest(root)
    if manifest is not None and manifest.get(MARK) != VERSION:
        raise SnapshotError(
            f"{root} was written by another version of pipewarden; name a new folder"
        )
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SnapshotError(f"{root} cannot be made: {error.strerror}") from error


def _visible(root: Path) -> Iterator[Path]:
    """What stands in a folder, without the accounts of a first pull that was cut short."""
    for path in root.iterdir():
        if not (path.is_dir() and re.fullmatch(r"\d{12}", path.name)):
            yield path


def read_manifest(root: Path) -> dict[str, Any] | None:
    """The manifest of a snapshot, ``None`` where the folder has none that is JSON."""
    try:
        data = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None
