"""The configuration of one directory: its blocks, overrides applied, nothing evaluated."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from functools import cached_property

from linter.core.documents import Problem
from linter.core.record import entity, field
from linter.core.sources import Source
from linter.readers.terraform.nearest import did_you_mean
from linter.readers.terraform.syntax.parser import parse_file
from linter.readers.terraform.syntax.tree import (
    AttributeDefinition,
    Block,
    Body,
    Origin,
    Template,
    TextPart,
)

SUFFIXES = (".tf", ".tf.json", ".tofu", ".tofu.json")

RESOURCE_MODES = {"resource": "", "data": "data.", "ephemeral": "ephemeral."}


@entity
class Parsed:
    """One parsed file."""

    source: Source
    body: Body
    problems: list[Problem]


@entity
class ModuleConfig:
    """What the files of one directory declare.

    ``directory`` is relative to the scanned root, ``""`` for the root itself. Resources are keyed
    ``type.name``, data sources ``data.type.name``.
    """

    directory: str
    resources: dict[str, Block] = field(default_factory=dict)
    variables: dict[str, Block] = field(default_factory=dict)
    outputs: dict[str, Block] = field(default_factory=dict)
    modules: dict[str, Block] = field(default_factory=dict)
    providers: list[Block] = field(default_factory=list)
    settings: list[Block] = field(default_factory=list)
    """The ``terraform`` blocks."""
    locals: dict[str, AttributeDefinition] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    stands_in: bool = False
    """Whether it stands for a module of the registry (:mod:`stand_ins`), of which it has a part."""
    declared: dict[str, int] = field(default_factory=dict, repr=False)
    """How often each thing is declared."""
    _hints: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    def did_you_mean(self, name: str, table: str) -> str:
        """A hint at the nearest name of ``variables``, ``locals``, …; worked out once for each."""
        key = (name, table)
        if key not in self._hints:
            self._hints[key] = did_you_mean(name, getattr(self, table))
        return self._hints[key]

    @cached_property
    def resource_types(self) -> frozenset[str]:
        return frozenset(
            key.split(".")[0] for key in self.resources if not key.startswith(("data.", "eph"))
        )


def is_override(path: str) -> bool:
    name = posixpath.basename(path)
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            stem = name.removesuffix(suffix)
            return stem == "override" or stem.endswith("_override")
    return False


def parse_source(source: Source) -> Parsed:
    """Parse one configuration file, in HCL or JSON."""
    if source.path.endswith(".json"):
        from linter.readers.terraform.syntax.json_syntax import parse_json_file

        return Parsed(source, *parse_json_file(source))
    return Parsed(source, *parse_file(source))


def in_force(paths: Iterable[str]) -> list[str]:
    """The configuration files that are read: ``x.tofu`` stands in the place of ``x.tf``."""
    found = list(paths)
    names = set(found)
    return [path for path in found if _replacement(path) not in names]


def _replacement(path: str) -> str:
    if path.endswith(".tf"):
        return path.removesuffix(".tf") + ".tofu"
    return path.removesuffix(".tf.json") + ".tofu.json" if path.endswith(".tf.json") else ""


def build(directory: str, files: Iterable[Parsed]) -> ModuleConfig:
    """One directory's configuration; override files last, in the order of their names."""
    config = ModuleConfig(directory)
    ordered = sorted(files, key=lambda parsed: parsed.source.path)
    for parsed in ordered:
        config.sources.append(parsed.source)
        config.problems.extend(parsed.problems)
        if not is_override(parsed.source.path):
            for block in parsed.body.blocks:
                _add(config, block)
    for parsed in ordered:
        if is_override(parsed.source.path):
            for block in parsed.body.blocks:
                _override(config, block)
    return config


def _table(config: ModuleConfig, block: Block) -> tuple[dict[str, Block] | None, str]:
    mode = RESOURCE_MODES.get(block.type)
    if mode is not None:
        if len(block.labels) != 2:
            return None, ""
        return config.resources, f"{mode}{block.labels[0]}.{block.labels[1]}"
    tables: Mapping[str, dict[str, Block]] = {
        "variable": config.variables,
        "output": config.outputs,
        "module": config.modules,
    }
    table = tables.get(block.type)
    if table is None or len(block.labels) != 1:
        return None, ""
    return table, block.labels[0]


def _add(config: ModuleConfig, block: Block) -> None:
    body = block.body or Body()
    if block.type == "locals":
        for name, definition in body.attributes.items():
            free = _free(config, f'local value "{name}"', name, definition.origin)
            config.locals[free] = definition
        return
    if block.type == "provider":
        config.providers.append(block)
        return
    if block.type == "terraform":
        config.settings.append(block)
        return
    table, key = _table(config, block)
    if table is None:
        return
    table[_free(config, f'{block.type} "{key}"', key, block.origin)] = block


def _free(config: ModuleConfig, what: str, key: str, origin: Origin) -> str:
    """The name itself; of one that is declared again, a name that no reference can have.

    The fault is one problem for a name, however often it is declared.
    """
    count = config.declared[what] = config.declared.get(what, 0) + 1
    if count == 1:
        return key
    if count == 2:
        config.problems.append(
            Problem(
                f"Duplicate configuration: {what} is declared more than once in this module",
                origin.span,
                hint="Names are unique per type in each module. References mean the first; all are "
                "checked.",
                lost=False,
            )
        )
    return f"{key} ({count})"


def _override(config: ModuleConfig, block: Block) -> None:
    """An override file's block replaces arguments, and nested blocks by type, of the original."""
    body = block.body or Body()
    if block.type == "locals":
        config.locals.update(body.attributes)
        return
    if block.type == "terraform":
        config.settings.append(block)
        return
    if block.type == "provider":
        _override_provider(config, block)
        return
    table, key = _table(config, block)
    if table is None:
        return
    original = table.get(key)
    table[key] = block if original is None else _merged(original, body)


def _override_provider(config: ModuleConfig, block: Block) -> None:
    """Provider blocks are the same where name and alias are."""
    for index, original in enumerate(config.providers):
        if (original.labels, _alias(original)) == (block.labels, _alias(block)):
            config.providers[index] = _merged(original, block.body or Body())
            return
    config.providers.append(block)


def _alias(block: Block) -> str | None:
    return literal_text(block.body.attributes.get("alias") if block.body else None)


def _merged(original: Block, body: Body) -> Block:
    base = original.body or Body()
    types = {inner.type for inner in body.blocks}
    return Block(
        original.type,
        original.labels,
        original.source,
        original.start,
        original.header_end,
        original.end,
        original.body_start,
        Body(
            {**base.attributes, **body.attributes},
            [inner for inner in base.blocks if inner.type not in types] + body.blocks,
        ),
    )


def literal_text(definition: AttributeDefinition | None) -> str | None:
    """The text of an argument that is a plain quoted string."""
    if definition is None or not isinstance(definition.expression, Template):
        return None
    parts = definition.expression.parts
    if any(not isinstance(part, TextPart) for part in parts):
        return None
    return "".join(part.text for part in parts)
