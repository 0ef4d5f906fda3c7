"""All documents of a scan: resources, data sources, outputs, variables, module calls."""

from __future__ import annotations

from collections.abc import Iterator

from linter.core.documents import Document
from linter.core.identity import Root, without_keys
from linter.readers.terraform.config import ModuleConfig
from linter.readers.terraform.cty.value import Value
from linter.readers.terraform.lazy import LazyDocument
from linter.readers.terraform.locating import Context, ValueLocator
from linter.readers.terraform.module import Module
from linter.readers.terraform.program import Program
from linter.readers.terraform.resources import block_value, resource_documents
from linter.readers.terraform.scope import EMPTY
from linter.readers.terraform.syntax.tree import Block, Body


def documents_of(program: Program) -> list[Document]:
    """Every document, roots in order of their directories.

    Resources and data sources are one per instance. Outputs, variables, module calls and providers
    have no identity of their own in AWS: what is equal in several instances of a module is one.
    """
    documents: list[Document] = []
    by_block: dict[tuple[int, int, Root], list[Document]] = {}
    for module in _modules(program):
        root = module.identity
        for document, block in _module_documents(module):
            document.root = root
            if document.kind in ("terraform.resource", "terraform.data"):
                documents.append(document)
                continue
            same = by_block.setdefault((id(block.source), block.start, root), [])
            if not _merged(same, document):
                same.append(document)
                documents.append(document)
    return documents


def _merged(earlier: list[Document], document: Document) -> bool:
    """Whether an equal document of the same block, from another module instance, took it in."""
    for other in earlier:
        alike = other.maybe == document.maybe and other.placement.where == document.placement.where
        if alike and other.value == document.value:
            other.instances += document.instances
            other.address = without_keys(other.address)
            locator = other.locator
            if isinstance(locator, ValueLocator) and isinstance(document.locator, ValueLocator):
                calls = dict.fromkeys([*locator.context.calls, *document.locator.context.calls])
                locator.context = Context(
                    other.address, locator.context.block, locator.context.body_end, tuple(calls)
                )
            return True
    return False


def _modules(program: Program) -> Iterator[Module]:
    pending = list(reversed(program.roots()))
    while pending:
        module = pending.pop()
        yield module
        pending.extend(reversed([child for _, child in module.all_children()]))


def _module_documents(module: Module) -> Iterator[tuple[Document, Block]]:
    config: ModuleConfig = module.config
    for local, block in config.resources.items():
        if local.startswith("ephemeral."):
            continue
        found = resource_documents(module, local, block)
        if not found and not local.startswith("data."):
            module.program.absent.append(f"{module.prefix}{local}")
        for document in found:
            yield document, block
    for name, block in config.outputs.items():
        value = module.output(name)
        yield _simple(module, "terraform.output", f"output.{name}", block, value), block
    for name, block in config.variables.items():
        value = module.variable(name)
        yield _simple(module, "terraform.variable", f"var.{name}", block, value), block
    for name, block in config.modules.items():
        if not module.repetition(f"module.{name}", block).instances:
            module.program.absent.append(f"{module.prefix}module.{name}")
        value = (
            block_value(module, _without_providers(block.body or Body()), EMPTY, block.origin)
            if not (
                block.body
                and ("count" in block.body.attributes or "for_each" in block.body.attributes)
            )
            else _call_value(module, block)
        )
        yield _simple(module, "terraform.module", f"module.{name}", block, value), block
    module.providers.check()
    for block in config.providers:
        name = block.labels[0] if block.labels else ""
        value = block_value(module, block.body or Body(), EMPTY, block.origin)
        yield _simple(module, "terraform.provider", f"provider.{name}", block, value), block


def _without_providers(body: Body) -> Body:
    """Provider configurations are no values: ``aws.west`` is not a resource."""
    kept = {name: item for name, item in body.attributes.items() if name != "providers"}
    return Body(kept, body.blocks)


def _call_value(module: Module, block: Block) -> Value:
    """A repeated module call: only what says where the module comes from."""
    body = block.body or Body()
    kept = {k: v for k, v in body.attributes.items() if k in ("source", "version")}
    return block_value(module, Body(kept, []), EMPTY, block.origin)


def _simple(module: Module, kind: str, local: str, block: Block, value: Value) -> Document:
    address = f"{module.prefix}{local}"
    context = Context(address, block.origin, block.end, module.calls)
    return LazyDocument(
        kind,
        block.labels[0] if kind == "terraform.provider" and block.labels else "",
        address,
        block.source,
        value,
        ValueLocator(value, context, block.origin),
        module.key,
        root=module.identity,
    )
