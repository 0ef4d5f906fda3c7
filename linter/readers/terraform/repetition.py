"""``count`` and ``for_each``: how often a block exists."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from linter.core.identity import quoted_key
from linter.core.record import record
from linter.core.values import PossibleKeys, Unknown
from linter.readers.terraform.cty.alternatives import has_options, joined
from linter.readers.terraform.cty.convert import convert
from linter.readers.terraform.cty.errors import ConversionError
from linter.readers.terraform.cty.value import (
    BOOL,
    MAPPINGS,
    NULL,
    NUMBER,
    OBJECT,
    SEQUENCES,
    SET,
    STRING,
    UNKNOWN,
    Value,
    is_wholly_known,
    number,
    object_of,
    reasons_of,
    string,
    unknown,
)
from linter.readers.terraform.syntax.tree import Block, Node

if TYPE_CHECKING:
    from linter.readers.terraform.evaluation.evaluator import Evaluator

MAX_COUNT = (1 << 63) - 1
"""Terraform takes no greater number."""

MAX_INSTANCES = 1024
"""Instances of one block that are evaluated one by one; of more, one stands for all."""

MAX_IN_INSTANCES = 64
"""The same for a block of a module that has many instances itself."""


def most_instances(of_module: int) -> int:
    """How many instances of a block are evaluated in each of so many instances of a module."""
    return max(MAX_IN_INSTANCES, MAX_INSTANCES // of_module)


@record
class Instance:
    """One instance of a repeated block: its key (``None`` when not repeated) and its names."""

    key: str | int | None
    names: Mapping[str, Value]


@record
class Repetition:
    """How often a block exists.

    ``instances`` are those known; ``maybe`` says that they may not exist or that there may be
    others; ``keyed`` is ``count``, ``for_each`` or ``""``.
    """

    instances: tuple[Instance, ...]
    maybe: bool = False
    keyed: str = ""
    total: int = 1
    why: Unknown | None = None

    @cached_property
    def by_key(self) -> dict[str, Instance]:
        """The instances whose keys are known, by those as text."""
        return {str(item.key): item for item in self.instances if item.key is not None}


_ONCE = Repetition((Instance(None, {}),))


def find_repetition(
    evaluator: Evaluator, address: str, block: Block, most: int = MAX_INSTANCES
) -> Repetition:
    """How often a block exists, by its ``count`` or ``for_each``; errors are reported.

    Of more than ``most`` instances one stands for all.
    """
    attributes = block.body.attributes if block.body else {}
    if "count" in attributes:
        return _count(evaluator, address, attributes["count"].expression, most)
    if "for_each" in attributes:
        return _for_each(evaluator, address, attributes["for_each"].expression, most)
    for inner in block.body.blocks if block.body else ():
        if inner.type == "lifecycle" and inner.body and "enabled" in inner.body.attributes:
            return _enabled(evaluator, inner.body.attributes["enabled"].expression)
    return _ONCE


def _enabled(evaluator: Evaluator, node: Node) -> Repetition:
    """OpenTofu's switch: what is not enabled does not exist."""
    truth = evaluator.evaluate(node)
    if truth.kind is BOOL:
        return _ONCE if truth.data else Repetition((), total=0)
    return Repetition((Instance(None, {}),), maybe=True)


def _count(evaluator: Evaluator, address: str, node: Node, most: int) -> Repetition:
    value = evaluator.evaluate(node)
    if value.kind is NULL:
        evaluator.report(
            'Invalid count argument: The given "count" argument value is null. An integer is '
            "required.",
            node.origin,
        )
        return unknown_repetition(Unknown("count is null"), "count")
    from linter.readers.terraform.cty.types import NUMBER_TYPE

    try:
        amount = convert(value, NUMBER_TYPE)
    except ConversionError as error:
        evaluator.report(
            f'Invalid count argument: The given "count" argument value is unsuitable: {error}',
            node.origin,
        )
        return unknown_repetition(Unknown("count is not a number"), "count")
    if amount.kind is not NUMBER:
        return unknown_repetition(reasons_of(amount), "count")
    total = int(amount.data)
    if total < 0 or total != amount.data or total > MAX_COUNT:
        wanted = (
            "greater than or equal to zero"
            if total < 0
            else "a whole number"
            if total <= MAX_COUNT
            else f"a whole number, at most {MAX_COUNT}"
        )
        evaluator.report(
            'Invalid count argument: The given "count" argument value is unsuitable: must be '
            f"{wanted}",
            node.origin,
        )
        return unknown_repetition(Unknown("count is not valid"), "count")
    if total > most:
        why = Unknown(f"{address} has {total} instances")
        return Repetition((any_instance("count", why),), keyed="count", total=total, why=why)
    instances = tuple(
        Instance(index, {"count": object_of({"index": number(index)})}) for index in range(total)
    )
    return Repetition(instances, keyed="count", total=total)


def _for_each(evaluator: Evaluator, address: str, node: Node, most: int) -> Repetition:
    value = evaluator.evaluate(node)
    kind = value.kind
    if has_options(value):
        return _one_of_several(value, most)
    if kind is UNKNOWN:
        return unknown_repetition(reasons_of(value), "for_each")
    if kind in MAPPINGS:
        pairs = [(key, value.data[key]) for key in sorted(value.data)]
    elif kind is SET or (kind in SEQUENCES and kind is not SET and _is_set_like(value)):
        pairs = [
            (item.data, item)
            for item in value.data
            if item.kind is STRING and isinstance(item.data, str)
        ]
    else:
        evaluator.report(
            'Invalid for_each argument: The given "for_each" argument value is unsuitable: the '
            '"for_each" argument must be a map, or set of strings',
            node.origin,
        )
        return unknown_repetition(Unknown("for_each is not a map or set"), "for_each")
    open_ended = value.has_rest or (kind in SEQUENCES and not all(map(is_wholly_known, value.data)))
    why = reasons_of(value) if open_ended else None
    if len(pairs) > most:
        why = Unknown(f"{address} has {len(pairs)} instances")
        return Repetition(
            (any_instance("for_each", why),), keyed="for_each", total=len(pairs), why=why
        )
    instances = [
        Instance(
            key,
            {"each": object_of({"key": string(key, _origin_of(value, key)), "value": item})},
        )
        for key, item in pairs
    ]
    if why is not None:
        if not instances:
            return unknown_repetition(why, "for_each")
        instances.append(any_instance("for_each", why))
    return Repetition(
        tuple(instances), maybe=False, keyed="for_each", total=len(instances), why=why
    )


def _one_of_several(value: Value, most: int) -> Repetition:
    """``for_each = var.on ? { a = … } : {}``: the keys are known, but not that they are there."""
    why = reasons_of(value)
    found = _keys_of_several(value)
    if not found or len(found) > most:
        return unknown_repetition(why, "for_each")
    instances = tuple(
        Instance(key, {"each": object_of({"key": string(key, found[key][0]), "value": item})})
        for key, (_, item) in sorted(found.items())
    )
    return Repetition(instances, maybe=True, keyed="for_each", total=len(instances), why=why)


def _keys_of_several(value: Value) -> dict[str, tuple[Any, Value]] | None:
    """Key → (its place, element) of all that may be there; ``None`` when that is not known."""
    if all(option.kind is SET and is_wholly_known(option) for option in value.options):
        items = [item for option in value.options for item in option.data]
        return {item.data: (item.origin, item) for item in items if isinstance(item.data, str)}
    together = joined(value)
    if together is None or together.kind not in MAPPINGS:
        return None
    rest = together.rest
    if rest is not None and not isinstance(rest, PossibleKeys):
        return None
    found = together.data | (rest.possible if rest is not None else {})
    return {key: (_origin_of(together, key), item) for key, item in found.items()}


def any_instance(keyed: str, why: Unknown) -> Instance:
    """An instance that stands for those that are not known one by one."""
    if keyed == "count":
        index = unknown(Unknown(why.reason, ("count.index",)))
        return Instance(None, {"count": object_of({"index": index})})
    names = object_of(
        {
            "key": unknown(Unknown(why.reason, ("each.key",))),
            "value": unknown(Unknown(why.reason, ("each.value",))),
        }
    )
    return Instance(None, {"each": names})


def instance_suffix(instance: Instance) -> str:
    """What an address says of an instance: ``["a"]``, ``[0]``, ``[…]`` for a key that is not known.

    Nothing for a block that is not repeated. Keys are quoted as Terraform's addresses quote them.
    """
    if isinstance(instance.key, int):
        return f"[{instance.key}]"
    if isinstance(instance.key, str):
        return f"[{quoted_key(instance.key)}]"
    return "[…]" if instance.names else ""


def unknown_repetition(why: Unknown, keyed: str) -> Repetition:
    """A block that may exist any number of times, as far as is known."""
    return Repetition((any_instance(keyed, why),), maybe=True, keyed=keyed, why=why)


def all_keyed(repetition: Repetition) -> bool:
    """Whether every instance is known by its key."""
    return all(instance.key is not None for instance in repetition.instances)


def instance_for(repetition: Repetition, key: Value) -> Instance | None:
    """The instance that an index names; ``None`` when it is none of those known."""
    wanted: str | int | None = None
    if key.kind is NUMBER and key.data == int(key.data):
        wanted = int(key.data)
    elif key.kind is STRING and isinstance(key.data, str):
        wanted = key.data
    if wanted is None:
        return None
    return repetition.by_key.get(str(wanted))


def _is_set_like(value: Value) -> bool:
    """A tuple or list of texts is refused by Terraform, unless a ``REST`` hides what it is."""
    return bool(value.has_rest and value.kind is not OBJECT)


def _origin_of(value: Value, key: str) -> Any:
    if value.kind in MAPPINGS:
        return (value.key_origins or {}).get(key)
    return next((item.origin for item in value.data if item.data == key), None)
