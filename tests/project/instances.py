"""Configurations of which every resource has two instances, in each form that Terraform has.

A configuration is a list of :class:`Block`; what differs between a good and a bad instance stands
in a :class:`By`. ``write`` renders it in one of :data:`FORMS`, with a variant for each instance.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

KEYS = ("a", "b")
GOOD, BAD = "good", "bad"


@dataclass(frozen=True)
class Ref:
    """An attribute of the same instance of another block: ``aws_iam_role.r``, ``arn``."""

    block: str
    attribute: str


@dataclass(frozen=True)
class By:
    """What a good instance has, and what a bad one has."""

    good: Any
    bad: Any


@dataclass(frozen=True)
class Named:
    """A name with the instance's key at its end."""

    prefix: str


@dataclass(frozen=True)
class Text:
    """A string of several parts."""

    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Json:
    """A document as text."""

    value: Any


@dataclass(frozen=True)
class Nested:
    """A nested block."""

    body: Mapping[str, Any]


@dataclass(frozen=True)
class Block:
    """A resource, or a data source where ``type`` begins with ``data.``."""

    type: str
    name: str
    body: Mapping[str, Any]

    @property
    def address(self) -> str:
        return f"{self.type}.{self.name}"


@dataclass(frozen=True)
class _Scope:
    """How expressions of a block say who they are."""

    key: str
    variant: str
    reference: Callable[[Ref], str]
    same_names: bool = False
    text: Callable[[str], str] = field(default=lambda key: "${" + key + "}")

    def name(self, prefix: str) -> str:
        return prefix if self.same_names else f"{prefix}-{self.text(self.key)}"


def expression(value: Any, scope: _Scope) -> str:
    """HCL that gives the value."""
    match value:
        case Ref():
            return scope.reference(value)
        case By():
            good, bad = expression(value.good, scope), expression(value.bad, scope)
            return f"{{ good = {good}, bad = {bad} }}[{scope.variant}]"
        case Named():
            return f'"{scope.name(value.prefix)}"'
        case Text():
            return '"' + "".join(_part(part, scope) for part in value.parts) + '"'
        case Json():
            return f"jsonencode({expression(value.value, scope)})"
        case dict():
            items = (f"{json.dumps(k)} = {expression(v, scope)}" for k, v in value.items())
            return "{ " + ", ".join(items) + " }"
        case list():
            return "[" + ", ".join(expression(item, scope) for item in value) + "]"
        case _:
            return json.dumps(value)


def _part(part: Any, scope: _Scope) -> str:
    return part if isinstance(part, str) else "${" + expression(part, scope) + "}"


def _body(body: Mapping[str, Any], scope: _Scope, indent: str = "  ") -> Iterator[str]:
    for key, value in body.items():
        if isinstance(value, Nested):
            yield f"{indent}{key} {{"
            yield from _body(value.body, scope, indent + "  ")
            yield f"{indent}}}"
        else:
            yield f"{indent}{key} = {expression(value, scope)}"


def _resource(block: Block, scope: _Scope, repeat: str = "", suffix: str = "") -> str:
    data = block.type.startswith("data.")
    head = f'data "{block.type[5:]}"' if data else f'resource "{block.type}"'
    lines = [f'{head} "{block.name}{suffix}" {{', *([f"  {repeat}"] if repeat else ())]
    return "\n".join([*lines, *_body(block.body, scope), "}", ""])


def _locals(variants: Sequence[str]) -> str:
    return f'locals {{\n  v = {{ a = "{variants[0]}", b = "{variants[1]}" }}\n}}\n'


def _each(same_names: bool = False) -> _Scope:
    return _Scope(
        "each.key", "each.value", lambda r: f"{r.block}[each.key].{r.attribute}", same_names
    )


def for_each(blocks: Sequence[Block], variants: Sequence[str], same: bool) -> dict[str, str]:
    parts = [_resource(block, _each(same), "for_each = local.v") for block in blocks]
    return {"main.tf": _locals(variants) + "".join(parts)}


def count(blocks: Sequence[Block], variants: Sequence[str], same: bool) -> dict[str, str]:
    scope = _Scope(
        "count.index",
        "local.v[count.index]",
        lambda r: f"{r.block}[count.index].{r.attribute}",
        same,
    )
    head = f"locals {{\n  v = {json.dumps(list(variants))}\n}}\n"
    parts = [_resource(block, scope, "count = length(local.v)") for block in blocks]
    return {"main.tf": head + "".join(parts)}


_INPUTS = 'variable "key" {}\nvariable "variant" {}\n'
_CALL = """module "m" {
  source   = "./m"
  for_each = local.v
  key      = each.key
  variant  = each.value
"""


def _inner(same: bool) -> _Scope:
    return _Scope("var.key", "var.variant", lambda r: f"{r.block}.{r.attribute}", same)


def module(blocks: Sequence[Block], variants: Sequence[str], same: bool) -> dict[str, str]:
    inner = "".join(_resource(block, _inner(same)) for block in blocks)
    return {"main.tf": f"{_locals(variants)}{_CALL}}}\n", "m/main.tf": _INPUTS + inner}


def into_module(blocks: Sequence[Block], variants: Sequence[str], same: bool) -> dict[str, str]:
    """The first block outside; the others in a module that is given what they refer to."""
    crossing = [r for r in _refs(blocks[1:]) if r.block == blocks[0].address]
    own = {block.address for block in blocks[1:]}

    def reference(r: Ref) -> str:
        return f"{r.block}.{r.attribute}" if r.block in own else f"var.{_flat(r)}"

    scope = _Scope("var.key", "var.variant", reference, same)
    passed = "".join(f"  {_flat(r)} = {r.block}[each.key].{r.attribute}\n" for r in crossing)
    outer = _resource(blocks[0], _each(same), "for_each = local.v")
    inputs = _INPUTS + "".join(f'variable "{_flat(r)}" {{}}\n' for r in crossing)
    return {
        "main.tf": f"{_locals(variants)}{outer}{_CALL}{passed}}}\n",
        "m/main.tf": inputs + "".join(_resource(block, scope) for block in blocks[1:]),
    }


def out_of_module(blocks: Sequence[Block], variants: Sequence[str], same: bool) -> dict[str, str]:
    """The first block in a module that gives away what the others, outside, refer to."""
    crossing = [r for r in _refs(blocks[1:]) if r.block == blocks[0].address]

    def reference(r: Ref) -> str:
        crosses = r.block == blocks[0].address
        return f"module.m[each.key].{_flat(r)}" if crosses else f"{r.block}[each.key].{r.attribute}"

    scope = _Scope("each.key", "each.value", reference, same)
    outer = "".join(_resource(block, scope, "for_each = local.v") for block in blocks[1:])
    outputs = "".join(
        f'output "{_flat(r)}" {{\n  value = {r.block}.{r.attribute}\n}}\n' for r in crossing
    )
    return {
        "main.tf": f"{_locals(variants)}{_CALL}}}\n{outer}",
        "m/main.tf": _INPUTS + _resource(blocks[0], _inner(same)) + outputs,
    }


def explicit(blocks: Sequence[Block], variants: Sequence[str], same: bool) -> dict[str, str]:
    """The first block repeated; the others written out, with the key of the instance they name."""
    parts = [_locals(variants), _resource(blocks[0], _each(same), "for_each = local.v")]
    for key, variant in zip(KEYS, variants, strict=True):

        def reference(r: Ref, key: str = key) -> str:
            if r.block == blocks[0].address:
                return f'{r.block}["{key}"].{r.attribute}'
            return f"{r.block}_{key}.{r.attribute}"

        scope = _Scope(key, f'"{variant}"', reference, same, lambda key: key)
        parts += [_resource(block, scope, suffix=f"_{key}") for block in blocks[1:]]
    return {"main.tf": "".join(parts)}


def tf_json(blocks: Sequence[Block], variants: Sequence[str], same: bool) -> dict[str, str]:
    """``for_each`` in Terraform's JSON syntax."""
    scope = _each(same)

    def body(values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: [body(value.body)]
            if isinstance(value, Nested)
            else "${" + expression(value, scope) + "}"
            for key, value in values.items()
        }

    made: dict[str, Any] = {"locals": {"v": dict(zip(KEYS, variants, strict=True))}}
    for block in blocks:
        kind = "data" if block.type.startswith("data.") else "resource"
        of_type = made.setdefault(kind, {}).setdefault(block.type.removeprefix("data."), {})
        of_type[block.name] = {"for_each": "${local.v}", **body(block.body)}
    return {"main.tf.json": json.dumps(made)}


def _refs(value: Any) -> list[Ref]:
    return list(dict.fromkeys(item for item in _parts_of(value) if isinstance(item, Ref)))


def _parts_of(value: Any) -> Iterator[Any]:
    """The value and everything in it."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        yield item
        match item:
            case By():
                waiting += [item.good, item.bad]
            case Text():
                waiting += item.parts
            case Json():
                waiting.append(item.value)
            case Nested() | Block():
                waiting.append(item.body)
            case dict():
                waiting += item.values()
            case list() | tuple():
                waiting += item


def _flat(ref: Ref) -> str:
    return f"{ref.block}_{ref.attribute}".replace(".", "_").replace("-", "_")


# Plans


_UNKNOWN = object()


class _Plan:
    """Values, unknown values and expressions of a plan, as Terraform 1.11 writes them."""

    def __init__(self, blocks: Sequence[Block], same: bool, in_module: bool) -> None:
        self.blocks = {block.address: block for block in blocks}
        self.same = same
        self.in_module = in_module

    def value(self, value: Any, key: str, variant: str) -> Any:
        match value:
            case Ref():
                written = self.blocks[value.block].body.get(value.attribute, _UNKNOWN)
                if self.blocks[value.block].type.startswith("data.") and value.attribute == "json":
                    return self.document(self.blocks[value.block], key, variant)
                return _UNKNOWN if written is _UNKNOWN else self.value(written, key, variant)
            case By():
                return self.value(value.good if variant == GOOD else value.bad, key, variant)
            case Named():
                return value.prefix if self.same else f"{value.prefix}-{key}"
            case Text():
                parts = [self.value(part, key, variant) for part in value.parts]
                return _UNKNOWN if _UNKNOWN in parts else "".join(parts)
            case Json():
                inner = self.value(value.value, key, variant)
                return _UNKNOWN if _holds_unknown(inner) else json.dumps(inner)
            case Nested():
                return [self.value(value.body, key, variant)]
            case dict():
                return {k: self.value(v, key, variant) for k, v in value.items()}
            case list():
                return [self.value(item, key, variant) for item in value]
            case _:
                return value

    def document(self, block: Block, key: str, variant: str) -> str:
        """What a policy document data source has read."""
        body = self.value(block.body, key, variant)
        statements = [
            {"Effect": s.get("effect", "Allow"), "Action": s["actions"], "Resource": s["resources"]}
            for s in body["statement"]
        ]
        return json.dumps({"Version": "2012-10-17", "Statement": statements})

    def references(self, value: Any) -> list[str]:
        found: dict[str, None] = {}
        own = "" if self.in_module else "each.key"
        for ref in _refs(value):
            found[f"{ref.block}.{ref.attribute}" if self.in_module else ref.block] = None
            if self.in_module:
                found[ref.block] = None
        if own and found:
            found[own] = None
        for name, kind in (("key", Named), ("variant", By)):
            if _holds(value, kind):
                outside = {"key": "each.key", "variant": "each.value"}[name]
                found[f"var.{name}" if self.in_module else outside] = None
        return list(found)

    def expressions(self, body: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in body.items():
            if isinstance(value, Nested):
                made[key] = [self.expressions(value.body)]
            else:
                references = self.references(value)
                constant = {} if _holds(value, Json) else {"constant_value": value}
                made[key] = {"references": references} if references else constant
        return made


def _holds(value: Any, kind: type) -> bool:
    return any(isinstance(item, kind) for item in _parts_of(value))


def _holds_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_unknown, value.values()))
    if isinstance(value, list):
        return any(map(_holds_unknown, value))
    return value is _UNKNOWN


def _known(value: Any) -> Any:
    """The value without what is unknown: attributes are left out, elements are null."""
    if isinstance(value, dict):
        return {k: _known(v) for k, v in value.items() if v is not _UNKNOWN}
    if isinstance(value, list):
        return [None if v is _UNKNOWN else _known(v) for v in value]
    return value


def _unknown(value: Any) -> Any:
    """The parallel tree that says ``true`` where a value is unknown."""
    if value is _UNKNOWN:
        return True
    if isinstance(value, dict):
        marks = {k: _unknown(v) for k, v in value.items()}
        return {k: v for k, v in marks.items() if v is not False}
    if isinstance(value, list):
        return [_unknown(v) for v in value]
    return False


def _plan(blocks: Sequence[Block], variants: Sequence[str], same: bool, inside: bool) -> str:
    plan = _Plan(blocks, same, inside)
    changes: list[dict[str, Any]] = []
    prior: list[dict[str, Any]] = []
    for block in blocks:
        data = block.type.startswith("data.")
        for key, variant in zip(KEYS, variants, strict=True):
            values = plan.value(dict(block.body), key, variant)
            local = block.address
            item: dict[str, Any] = {
                "address": f'module.m["{key}"].{local}' if inside else f'{local}["{key}"]',
                "mode": "data" if data else "managed",
                "type": block.type.removeprefix("data."),
                "name": block.name,
                "provider_name": "registry.terraform.io/hashicorp/aws",
            }
            if inside:
                item["module_address"] = f'module.m["{key}"]'
            else:
                item["index"] = key
            if data:
                if block.type == "data.aws_iam_policy_document":
                    values["json"] = plan.document(block, key, variant)
                del item["provider_name"]
                prior.append({**item, "values": values})
                continue
            unknown = {**_unknown(values), "id": True, "arn": True}
            change = {"actions": ["create"], "before": None, "after": _known(values)}
            changes.append({**item, "change": {**change, "after_unknown": unknown}})
    repeat = {"for_each_expression": {"references": ["local.v"]}}
    resources = [
        {
            "address": block.address,
            "mode": "data" if block.type.startswith("data.") else "managed",
            "type": block.type.removeprefix("data."),
            "name": block.name,
            "expressions": plan.expressions(block.body),
            **({} if inside else repeat),
        }
        for block in blocks
    ]
    root: dict[str, Any] = {"resources": resources}
    state: dict[str, Any] = {"resources": prior}
    if inside:
        call = {"key": {"references": ["each.key"]}, "variant": {"references": ["each.value"]}}
        variables: dict[str, Any] = {"key": {}, "variant": {}}
        called = {"resources": resources, "variables": variables}
        root = {
            "module_calls": {
                "m": {"source": "./m", "expressions": call, **repeat, "module": called}
            }
        }
        state = {
            "child_modules": [
                {
                    "address": f'module.m["{key}"]',
                    "resources": [
                        {k: v for k, v in item.items() if k != "module_address"}
                        for item in prior
                        if item["module_address"] == f'module.m["{key}"]'
                    ],
                }
                for key in KEYS
            ]
        }
    return json.dumps(
        {
            "format_version": "1.2",
            "terraform_version": "1.11.0",
            "planned_values": {"root_module": {}},
            "resource_changes": changes,
            "prior_state": {"values": {"root_module": state}},
            "configuration": {"root_module": root},
        },
        indent=1,
    )


def plan(blocks: Sequence[Block], variants: Sequence[str], same: bool) -> dict[str, str]:
    return {"plan.json": _plan(blocks, variants, same, inside=False)}


def plan_of_module(blocks: Sequence[Block], variants: Sequence[str], same: bool) -> dict[str, str]:
    return {"plan.json": _plan(blocks, variants, same, inside=True)}


FORMS: dict[str, Callable[[Sequence[Block], Sequence[str], bool], dict[str, str]]] = {
    form.__name__: form
    for form in (
        for_each,
        count,
        module,
        into_module,
        out_of_module,
        explicit,
        tf_json,
        plan,
        plan_of_module,
    )
}


def owner(address: str) -> str:
    """The key of the instance that an address names, ``""`` for a whole block."""
    for number, key in enumerate(KEYS):
        if f'["{key}"]' in address or f"[{number}]" in address or address.endswith(f"_{key}"):
            return key
    return ""
