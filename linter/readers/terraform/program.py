"""A whole scan: root modules, what they call, and what resources' attributes evaluate to."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from linter.core.documents import Problem
from linter.core.sources import Source, Span
from linter.core.values import Unknown
from linter.readers.terraform.config import (
    SUFFIXES,
    ModuleConfig,
    Parsed,
    build,
    in_force,
    literal_text,
    parse_source,
)
from linter.readers.terraform.cty.types import Type
from linter.readers.terraform.cty.value import Value, object_of, unknown
from linter.readers.terraform.evaluation.budget import Budget, BudgetExceededError
from linter.readers.terraform.evaluation.faults import FaultLog
from linter.readers.terraform.files import FileAccess
from linter.readers.terraform.module import META_ARGUMENTS, Module
from linter.readers.terraform.repetition import Instance, instance_suffix
from linter.readers.terraform.roots import RootGiven, problems_of_variants
from linter.readers.terraform.scope import Scope
from linter.readers.terraform.syntax.tree import Block
from linter.readers.terraform.variables import GivenVariables, from_text, given_variables

MAX_MODULE_DEPTH = 20


_REMOTE_HINT = "Run terraform init, which fills .terraform/modules, or scan a plan."
_LOCAL_HINT = "Scan the directory that holds both, or a plan: nothing outside of the scan is read."


class Program:
    """Everything one scan shares.

    Args:
        files: every source of a configuration file by display path.
        tfvars: every ``.tfvars`` source by display path.
        access: reads files for functions, and module directories outside ``files``.
        environment, options: what root modules are given; of the options, files of variables
            and (name, text), the later wins.
        given: what single root modules are given, and the workspace.
    """

    def __init__(
        self,
        files: Mapping[str, Source],
        tfvars: Mapping[str, Source],
        access: FileAccess,
        environment: Mapping[str, str],
        options: Sequence[Source | tuple[str, str]],
        given: RootGiven,
    ) -> None:
        self.access = access
        self.budget = Budget()
        self.placement_problems: set[tuple[int, int, str]] = set()
        """What is wrong with providers and regions, reported for one instance of a module."""
        self.absent: list[str] = []
        """Addresses of resources and module calls of which there are none: ``count`` is 0."""
        self.problems = FaultLog()
        self._faults: dict[tuple[int, str, Any, str], set[int]] = {}
        self.depth = 0
        self._files = files
        self._tfvars: dict[str, dict[str, Source]] = {}
        for path, source in tfvars.items():
            self._tfvars.setdefault(posixpath.dirname(path), {})[path] = source
        self._options = options
        self._environment = environment
        self._root_given = given
        self._given: dict[tuple[str, str], GivenVariables] = {}
        self._variant_problems: dict[str, dict[str, FaultLog]] = {}
        self._unread: dict[tuple[str, str], str] = {}
        self._attributes: dict[tuple[int, str, Any, str], Value] = {}
        self._running: set[tuple[int, str, Any, str]] = set()
        self._manifests: dict[str, dict[str, str]] = {}
        self.configs: dict[str, ModuleConfig] = {}
        self._roots: dict[str, Module] = {}
        self._build_configs()
        self._named_sources: set[str] = set()
        self._stand_ins: dict[int, ModuleConfig | None] = {}

    def _build_configs(self) -> None:
        directories: dict[str, list[Parsed]] = {}
        for source in self._files.values():
            self.access.adopt(source)
        for path in in_force(self._files):
            source = self._files[path]
            directories.setdefault(posixpath.dirname(path), []).append(parse_source(source))
        for directory, parsed in directories.items():
            self._add_config(directory, parsed)

    def _add_config(self, directory: str, parsed: list[Parsed]) -> ModuleConfig:
        config = self.configs[directory] = build(directory, parsed)
        self.problems.extend(config.problems)
        return config

    # --- modules -----------------------------------------------------------------------------

    def roots(self) -> list[Module]:
        """Module instances for each directory that no other scanned directory calls.

        One for each variant that the configuration names. A directory that it calls a root is one
        although it is called.
        """
        called = {
            target
            for directory, config in self.configs.items()
            for block in config.modules.values()
            if (target := self._local_target(config, self._source_of(config, block))) is not None
            and target != directory
        }
        roots = [
            config
            for directory, config in list(self.configs.items())
            if directory not in called or self._root_given.declared(directory)
        ]
        if not roots:  # directories that call each other in a circle
            roots = list(self.configs.values())
        return [
            Module(
                self,
                config,
                (),
                None,
                settings=settings,
                problems=self._problems_of(config.directory, settings.variant),
            )
            for config in roots
            for settings in self._root_given.settings(config.directory)
        ]

    def _problems_of(self, directory: str, variant: str) -> FaultLog:
        """Where a root reports: what holds only in some of its variants is told apart."""
        if not variant:
            return self.problems
        return self._variant_problems.setdefault(directory, {}).setdefault(variant, FaultLog())

    def logs(self) -> Iterator[FaultLog]:
        """Where roots report."""
        yield self.problems
        for variants in self._variant_problems.values():
            yield from variants.values()

    def every_problem(self) -> list[Problem]:
        """What has been reported, of all roots."""
        return [*self.problems, *problems_of_variants(self._variant_problems)]

    def workspace_of(self, module: Module) -> str | None:
        """The workspace a module is evaluated in; ``None`` where nobody says."""
        return self._root_given.workspace(module.root.settings) or None

    def _source_of(self, config: ModuleConfig, block: Block) -> str | None:
        """A module's source: a text, or (in OpenTofu) what variables and locals make of it."""

        def root() -> Module:
            if config.directory not in self._roots:
                self._roots[config.directory] = Module(self, config, (), None)
            return self._roots[config.directory]

        return self._evaluated_source(root, block)

    @staticmethod
    def _evaluated_source(module: Callable[[], Module], block: Block) -> str | None:
        definition = block.body.attributes.get("source") if block.body else None
        if definition is None:
            return None
        text = literal_text(definition)
        if text is not None:
            return text
        value = module().evaluator.evaluate(definition.expression)
        return value.data if isinstance(value.data, str) else None

    @staticmethod
    def _local_target(config: ModuleConfig, source: str | None) -> str | None:
        if source is None or not source.startswith(("./", "../")):
            return None
        target = posixpath.normpath(posixpath.join(config.directory, source))
        return "" if target == "." else target

    def load_children(self, module: Module, name: str) -> list[tuple[Instance, Module]] | None:
        """The instances of a module call; ``None``, with a problem, when it cannot be read."""
        block = module.config.modules[name]
        config = self._child_config(module, name, block)
        if config is None:
            return None
        if len(module.path) >= MAX_MODULE_DEPTH or self._calls_itself(module, config):
            reason = (
                f"module.{name} calls itself"
                if self._calls_itself(module, config)
                else f"modules are nested deeper than {MAX_MODULE_DEPTH} levels"
            )
            self._unread[(module.key, name)] = reason
            module.evaluator.report(f"Module cycle: {reason}", block.origin)
            return None
        repetition = module.repetition(f"module.{name}", block)
        try:
            self.budget.add_modules(block.origin, len(repetition.instances))
        except BudgetExceededError as error:
            module.evaluator.give_up(error)
            self._unread[(module.key, name)] = f"module.{name} was not read: {error.message}"
            return None
        children: list[tuple[Instance, Module]] = []
        for instance in repetition.instances:
            step = name + instance_suffix(instance)
            call = (f"called as {module.prefix}module.{step}", block.origin)
            arguments = self._arguments(module, block, instance, config)
            child = Module(
                self, config, (*module.path, step), arguments, (*module.calls, call), module
            )
            child.call = (block, instance)
            child.instances = module.instances * len(repetition.instances)
            children.append((instance, child))
        return children

    def _calls_itself(self, module: Module, config: ModuleConfig) -> bool:
        if config.stands_in:
            return False
        return config is module.config or any(
            config.directory == directory for directory in module_directories(module)
        )

    def _arguments(
        self, module: Module, block: Block, instance: Instance, config: ModuleConfig
    ) -> dict[str, Callable[[], Value]]:
        scope = Scope(instance.names)
        attributes = block.body.attributes if block.body else {}
        arguments: dict[str, Callable[[], Value]] = {}
        for name, definition in attributes.items():
            if name in META_ARGUMENTS:
                continue
            if name not in config.variables:
                if config.stands_in:
                    continue
                module.evaluator.report(
                    f'Unsupported argument: An argument named "{name}" is not expected here.',
                    definition.origin,
                )
                continue
            arguments[name] = partial(module.evaluator.evaluate, definition.expression, scope)
        return arguments

    def _child_config(self, module: Module, name: str, block: Block) -> ModuleConfig | None:
        source = self._evaluated_source(lambda: module, block)
        if source is None:
            return self._not_read(module, name, block, "its source is not known", "")
        target = self._local_target(module.config, source)
        if target is None:
            target = self._installed(module, name)
            config = None if target is not None else self._standing_in(module, name, block, source)
            if config is not None:
                return config
            if target is None:
                return self._not_read(
                    module, name, block, f"its source {source} is not on disk", source
                )
        config = self.configs.get(target)
        if config is None:
            config = self._read_directory(target)
        if config is None and self._is_missing(module, source, target):
            self._unread[(module.key, name)] = f"module.{name} was not read: it is not there"
            module.evaluator.report(
                f"Unreadable module directory: {source} has no Terraform files",
                block.body.attributes["source"].expression.origin if block.body else block.origin,
            )
            return None
        if config is None:
            return self._not_read(
                module,
                name,
                block,
                f"its source {source} is not a scanned directory with Terraform files",
                source,
            )
        return config

    def _standing_in(
        self, module: Module, name: str, block: Block, source: str
    ) -> ModuleConfig | None:
        """What stands for a well-known module of the registry that is not on disk."""
        if id(block) not in self._stand_ins:
            from linter.readers.terraform.stand_ins import stand_in

            found = self._stand_ins[id(block)] = stand_in(source, module.config.directory, block)
            if found is not None:
                self._named_sources.add(source)
                self.problems.append(
                    Problem(
                        f"The module {name} is read from its arguments: {source} is not on disk",
                        block.origin.span,
                        "SYN015",
                        hint=_REMOTE_HINT,
                        lost=False,
                        notice=True,
                        address=f"{module.prefix}module.{name}",
                    )
                )
        return self._stand_ins[id(block)]

    def _is_missing(self, module: Module, source: str, target: str) -> bool:
        """Whether a local module is certainly not there: Terraform would stop, too."""
        if self._local_target(module.config, source) is None:
            return False
        names = self.access.listing(target) if self.access.reads_disk else None
        return names is not None and not any(
            "/" not in name and name.endswith(SUFFIXES) for name in names
        )

    def _read_directory(self, directory: str) -> ModuleConfig | None:
        """A module directory inside the scanned tree that the walk did not list."""
        names = self.access.listing(directory)
        parsed: list[Parsed] = []
        here = (n for n in names or () if "/" not in n and n.endswith(SUFFIXES))
        for name in in_force(name for name in here if not name.startswith(".")):
            from linter.readers.terraform.cty.errors import EvaluationError

            try:
                source = self.access.source(posixpath.join(directory, name))
            except EvaluationError as error:
                path = posixpath.join(directory, name)
                message = f"not read: {error.message}"
                self.problems.append(Problem(message, Span(path, 1, 1, 1, 1), rule=""))
                continue
            parsed.append(parse_source(source))
        return self._add_config(directory, parsed) if parsed else None

    def _installed(self, module: Module, name: str) -> str | None:
        """Where ``terraform init`` has put a module, by ``.terraform/modules/modules.json``."""
        root = module.root.config.directory
        manifest = self._manifests.get(root)
        if manifest is None:
            manifest = self._manifests[root] = self._read_manifest(root)
        key = ".".join([*(step.split("[")[0] for step in module.path), name])
        found = manifest.get(key)
        return None if found is None else posixpath.normpath(posixpath.join(root, found))

    def _read_manifest(self, root: str) -> dict[str, str]:
        import json

        from linter.readers.terraform.cty.errors import EvaluationError

        try:
            text = self.access.source(posixpath.join(root, ".terraform/modules/modules.json")).text
            entries = json.loads(text)["Modules"]
            return {str(entry["Key"]): str(entry["Dir"]) for entry in entries}
        except (EvaluationError, ValueError, KeyError, TypeError):
            return {}

    def _not_read(
        self, module: Module, name: str, block: Block, reason: str, source: str
    ) -> ModuleConfig | None:
        self._unread[(module.key, name)] = f"module.{name} was not read: {reason}"
        key = source or f"{module.key}{name}"
        if key not in self._named_sources:
            self._named_sources.add(key)
            definition = block.body.attributes.get("source") if block.body else None
            origin = definition.expression.origin if definition else block.origin
            self.problems.append(
                Problem(
                    f"The module {name} was not read: {reason}",
                    origin.span,
                    "SYN015",
                    hint=_LOCAL_HINT if source.startswith((".", "/")) else _REMOTE_HINT,
                    lost=False,
                    address=f"{module.prefix}module.{name}",
                )
            )
        return None

    def unread_reason(self, module: Module, name: str) -> str:
        return self._unread.get((module.key, name), f"module.{name} was not read")

    # --- variables ---------------------------------------------------------------------------

    def given_value(self, module: Module, name: str, of: Type) -> Value | None:
        """What a root module's variable is given from outside; ``None`` when nothing."""
        directory = module.config.directory
        settings = module.settings
        given = self._given.get((directory, settings.variant))
        if given is None:
            given = self._given[directory, settings.variant] = given_variables(
                directory,
                self._tfvars.get(directory, {}),
                self._environment,
                [
                    *self._root_given.files(settings),
                    *settings.variables.items(),
                    *self._options,
                ],
                module.problems,
            )
        node = given.expressions.get(name)
        if node is not None:
            return module.evaluator.evaluate(node)
        text = given.texts.get(name)
        if text is None:
            return None
        place = module.config.variables[name].origin
        return from_text(text[0], text[1], of, place, module.problems, self.budget)

    # --- resources ---------------------------------------------------------------------------

    def attribute(
        self, module: Module, local: str, block: Block, instance: Instance, name: str
    ) -> Value:
        """``type.name.attribute`` as far as the configuration says it."""
        key = (id(module), local, _instance_key(instance), name)
        found = self._attributes.get(key)
        if found is not None:
            module.problems.recall(self._faults.get(key, ()))
            return found
        reference = self.reference(module, local, instance, name)
        if key in self._running:
            module.evaluator.report(f"Cycle: {reference} refers to itself", block.origin)
            return unknown(f"{reference} refers to itself", (reference,))
        self._running.add(key)
        try:
            with module.problems.gathering() as faults:
                value = self._attribute(module, local, block, instance, name, reference)
        finally:
            self._running.discard(key)
        if faults:
            self._faults[key] = faults
        self._attributes[key] = value
        return value

    @staticmethod
    def reference(module: Module, local: str, instance: Instance, name: str) -> str:
        """How other parts of the configuration name an attribute."""
        return f"{module.prefix}{local}{instance_suffix(instance)}.{name}"

    def _attribute(
        self,
        module: Module,
        local: str,
        block: Block,
        instance: Instance,
        name: str,
        reference: str,
    ) -> Value:
        from linter.readers.terraform import resources

        definition = block.body.attributes.get(name) if block.body else None
        if definition is not None and name not in META_ARGUMENTS:
            value = module.evaluator.evaluate(definition.expression, Scope(instance.names))
            return resources.configured(value, reference)
        computed = resources.computed(self, module, local, block, instance, name)
        if computed is not None:
            return resources.linked(computed, reference)
        when = "read" if local.startswith("data.") else "known"
        return unknown(f"{reference} is {when} when the plan is applied", (reference,))

    def whole(self, module: Module, local: str, block: Block, instance: Instance) -> Value:
        """A resource as an object: what is configured, and more that is not known."""
        written = block.body.attributes if block.body else ()
        names = [name for name in written if name not in META_ARGUMENTS]
        attributes = {name: self.attribute(module, local, block, instance, name) for name in names}
        reference = f"{module.prefix}{local}{instance_suffix(instance)}"
        rest = Unknown(f"{reference} is known when the plan is applied", (reference,))
        return object_of(attributes, rest, origin=block.origin)


def module_directories(module: Module) -> list[str]:
    """Directories of the modules on the way from the root to a module, itself included."""
    found = [module.config.directory]
    at: Module | None = module
    while at is not None:
        at = at.caller
        if at is not None:
            found.append(at.config.directory)
    return found


def _instance_key(instance: Instance) -> Any:
    return (
        instance.key if instance.key is not None else id(instance.names) if instance.names else None
    )
