"""Where the resources of a module run: by its provider configurations and those it is given."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from linter.core.arns import account_in
from linter.core.identity import NO_PLACEMENT, Placement
from linter.core.record import record, replace
from linter.core.regions import is_region, no_region
from linter.core.values import Template, Unknown
from linter.readers.terraform.cty.value import NULL, Value, plain
from linter.readers.terraform.lazy import Once, evaluated
from linter.readers.terraform.possible import possible_texts
from linter.readers.terraform.repetition import Instance, Repetition, instance_for
from linter.readers.terraform.requirements import (
    Reference,
    passed_by,
    reference_of,
    requirements_of,
    text_of,
)
from linter.readers.terraform.scope import EMPTY, Scope
from linter.readers.terraform.syntax.tree import AttributeDefinition, Block, Body, Node

if TYPE_CHECKING:
    from linter.readers.terraform.module import Module

_AWS = ("aws", "awscc")
"""Providers whose configurations say a region and an account, from whatever namespace."""


def is_aws(source: str) -> bool:
    return source.rpartition("/")[2] in _AWS


@record
class _Configured:
    """A provider block: where it leads, by the keys of its ``for_each``."""

    places: tuple[Placement, ...]
    repetition: Repetition | None = None


class Providers:
    """The provider configurations that one instance of a module can use.

    Nothing is evaluated before a resource asks, and each configuration once.
    """

    def __init__(self, module: Module) -> None:
        self._module = module
        self._requirements = requirements_of(module.config)
        self._blocks = {
            (self._requirements.source(block.labels[0]), _alias(block)): block
            for block in reversed(module.config.providers)
            if block.labels
        }
        self._found: dict[tuple[str, str], _Configured | None] = {}
        self._passed: dict[tuple[str, str], tuple[Reference, Node]] | None = None

    def placement(self, block: Block, instance: Instance, value: Value | Once) -> Placement:
        """Where an instance of a resource or data block runs; ``value`` are its arguments."""
        attributes = block.body.attributes if block.body else {}
        definition = attributes.get("provider")
        reference: Reference | None = Reference(block.labels[0].partition("_")[0])
        if definition is not None:
            reference = reference_of(definition.expression)
        if reference is None:
            return Placement(because="its provider argument names no provider configuration")
        if not is_aws(self._requirements.source(reference.name)):
            return NO_PLACEMENT
        scope = Scope(instance.names)
        at = None if definition is None else definition.expression
        found = self._resolve(reference, scope, at)
        own = attributes.get("region")
        if own is None or evaluated(value).data["region"].kind is NULL:
            return found
        there = self._region(own, scope, "its own region argument", checked=True)
        return replace(there, account=found.account)

    def check(self) -> None:
        """Report what is wrong with this module's configurations though nothing may use them."""
        for source, alias in self._blocks:
            if is_aws(source):
                self._configured(source, alias)
        for call in self._module.config.modules.values():
            for _, here, node in passed_by(call):
                source = self._requirements.source(here.name)
                if here.alias and is_aws(source) and self._configured(source, here.alias) is None:
                    self._undeclared(here, source, node)

    def _resolve(self, reference: Reference, scope: Scope, at: Node | None) -> Placement:
        """Where the configuration leads that a reference of this module names."""
        source = self._requirements.source(reference.name)
        found = self._configured(source, reference.alias)
        if found is None:
            if at is not None and reference.alias:
                self._undeclared(reference, source, at)
                return Placement(because=f"the provider {reference} is not declared")
            return NO_PLACEMENT
        if reference.key is None or found.repetition is None:
            return found.places[0] if len(found.places) == 1 else _one_of(found.places, reference)
        key = self._module.evaluator.evaluate(reference.key, scope)
        instance = instance_for(found.repetition, key)
        if instance is None:
            return _one_of(found.places, reference)
        return found.places[found.repetition.instances.index(instance)]

    def _configured(self, source: str, alias: str) -> _Configured | None:
        """A configuration that can be used here: given, declared, or inherited if default."""
        key = (source, alias)
        if key not in self._found:
            self._found[key] = None  # a circle finds nothing
            self._found[key] = self._find(key)
        return self._found[key]

    def _find(self, key: tuple[str, str]) -> _Configured | None:
        module = self._module
        passed = self._given().get(key)
        if passed is not None and module.call is not None and module.caller is not None:
            scope = Scope(module.call[1].names)
            reference, node = passed
            return _Configured((module.caller.providers._resolve(reference, scope, node),))
        block = self._blocks.get(key)
        if block is not None:
            return self._of_block(block, key[1])
        if key in self._requirements.given:
            return _Configured((self._not_given(f"{key[0].rpartition('/')[2]}.{key[1]}"),))
        if not key[1] and module.caller is not None:
            return module.caller.providers._configured(*key)
        return None

    def _not_given(self, name: str) -> Placement:
        """What a module requires of its caller, which is not in the scan, or does not give it."""
        module = self._module
        if module.call is None or module.caller is None:
            because = f"provider {name} is given by the caller, which is not in the scan"
            return Placement(because=because)
        module.caller.providers._report(
            "Missing required provider configuration: the module requires a configuration for "
            f"{name}, and its call passes none",
            module.call[0],
            f"Add an entry for {name} to the providers of the module block.",
        )
        return Placement(because=f"the module call passes no provider {name}")

    def _given(self) -> dict[tuple[str, str], tuple[Reference, Node]]:
        """What the module call passes, by what it is here."""
        if self._passed is None:
            call = self._module.call
            self._passed = {
                (self._requirements.source(inside.name), inside.alias): (here, node)
                for inside, here, node in (passed_by(call[0]) if call is not None else ())
            }
        return self._passed

    # --- provider blocks -----------------------------------------------------------------------

    def _of_block(self, block: Block, alias: str) -> _Configured:
        name = f"{block.labels[0]}.{alias}" if alias else block.labels[0]
        body = block.body or Body()
        if "for_each" not in body.attributes:
            return _Configured((self._place(body, EMPTY, f"provider {name}"),))
        repetition = self._module.repetition(f"provider.{name}", block)
        places = tuple(
            self._place(body, Scope(instance.names), f"provider {name}{_shown(instance)}")
            for instance in repetition.instances
        )
        return _Configured(places or (NO_PLACEMENT,), repetition)

    def _place(self, body: Body, scope: Scope, title: str) -> Placement:
        account = self._account(body, scope)
        definition = body.attributes.get("region")
        if definition is None:
            return Placement("", (), account, f"{title} sets no region")
        skipped = body.attributes.get("skip_region_validation")
        checked = skipped is None or self._value(skipped.expression, scope) is not True
        return replace(self._region(definition, scope, title, checked=checked), account=account)

    def _region(
        self, definition: AttributeDefinition, scope: Scope, because: str, *, checked: bool
    ) -> Placement:
        """What a ``region`` argument says; a name that is no region is a problem at its place."""
        node = definition.expression
        names = possible_texts(node, self._module, scope)
        if names == ("",):
            return Placement("", (), "", f"{because} sets no region")
        if "" in names:
            names = ()  # then it is set elsewhere
        if checked:
            for name in names:
                if not is_region(name):
                    message = f"Invalid AWS Region: {no_region(name)}"
                    self._report(message, node, "Write the region's code, as in us-east-1.")
        if len(names) == 1:
            return Placement(names[0], (), "", because)
        value = self._value(node, scope)
        if value is None:
            return Placement("", (), "", f"{because} sets no region")
        reason = value.reason if isinstance(value, Unknown | Template) else "it is not a text"
        return Placement("", names, "", f"{because}: {reason}")

    def _account(self, body: Body, scope: Scope) -> str:
        """The account of the role that is assumed last, else the only one that is allowed."""
        found = ""
        for block in body.blocks:
            if block.type in ("assume_role", "assume_role_with_web_identity"):
                role = block.body.attributes.get("role_arn") if block.body else None
                found = account_in(self._value(role.expression, scope)) if role is not None else ""
        if found:
            return found
        allowed = body.attributes.get("allowed_account_ids")
        ids = self._value(allowed.expression, scope) if allowed is not None else None
        if isinstance(ids, list) and len(ids) == 1 and isinstance(ids[0], str):
            return ids[0] if len(ids[0]) == 12 and ids[0].isdecimal() else ""
        return ""

    def _value(self, node: Node, scope: Scope) -> Any:
        return plain(self._module.evaluator.evaluate(node, scope))

    def _undeclared(self, reference: Reference, source: str, at: Node) -> None:
        """Terraform: "Provider configuration not present"."""
        module = self._module
        if any(problem.lost for problem in module.config.problems) or self._more_files():
            return  # its block may be among what could not be read
        from difflib import get_close_matches

        aliases = [alias for (of, alias) in self._blocks if of == source and alias]
        near = get_close_matches(reference.alias, aliases, 1)
        hint = f"; did you mean {reference.name}.{near[0]}?" if near else ""
        self._report(
            f'Provider configuration not present: no provider "{reference.name}" block of this '
            f'module has alias = "{reference.alias}"{hint}',
            at,
            "Declare it, or name it in configuration_aliases and pass it from the module call.",
        )

    def _more_files(self) -> bool:
        """Whether the directory has configuration that is not in the scan, or that Terragrunt adds.

        Provider blocks are what is generated most often, and generated files are mostly ignored.
        """
        config = self._module.config
        known = {posixpath.basename(source.path) for source in config.sources}
        return any(
            "/" not in name
            and name not in known
            and (name.endswith((".tf", ".tf.json")) or name == "terragrunt.hcl")
            for name in self._module.program.access.listing(config.directory) or ()
        )

    def _report(self, message: str, at: Node | Block, hint: str) -> None:
        """Report once for all instances of the module."""
        key = (id(at.source), at.start, message)
        if key not in self._module.program.placement_problems:
            self._module.program.placement_problems.add(key)
            self._module.evaluator.report(message, at.origin, hint)


def _alias(block: Block) -> str:
    definition = block.body.attributes.get("alias") if block.body else None
    return (text_of(definition.expression) if definition is not None else None) or ""


def _shown(instance: Instance) -> str:
    return f'["{instance.key}"]' if instance.key is not None else "[…]"


def _one_of(places: Iterable[Placement], reference: Reference) -> Placement:
    """What is certain of a reference that may lead to any of these."""
    every = list(places)
    regions: dict[str, None] = {}
    for place in every:
        regions.update(dict.fromkeys((place.region,) if place.region else place.regions))
    known = all(place.region or place.regions for place in every)
    accounts = {place.account for place in every}
    because = f"provider {reference}, of which it is not known with which key"
    one = known and len(regions) == 1
    return Placement(
        next(iter(regions)) if one else "",
        tuple(regions) if known and not one else (),
        accounts.pop() if len(accounts) == 1 else "",
        because,
    )
