"""All documents of a scan: resources, data sources, outputs, variables, module calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from linter.core.bugs import contained
from linter.core.documents import Document
from linter.core.identity import Root, without_keys
from linter.core.record import replace
from linter.core.sources import Span
from linter.core.values import Unknown
from linter.readers.terraform.config import ModuleConfig
from linter.readers.terraform.cty.value import Value
from linter.readers.terraform.lazy import LazyDocument
from linter.readers.terraform.locating import Context, ValueLocator
from linter.readers.terraform.module import Module
from linter.readers.terraform.program import Program
from linter.readers.terraform.repetition import any_instance
from linter.readers.terraform.resources import block_value, resource_documents
from linter.readers.terraform.scope import EMPTY, Scope
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
            with contained(module.problems, document.address, block.origin.span):
                if not _merged(same, document):
                    same.append(document)
                    documents.append(document)
    _mark_notices(program)
    return documents


def _mark_notices(program: Program) -> None:
    """A fault on which nothing depends that the rules judge is only worth a word."""
    for log in program.logs():
        for index, problem in enumerate(log):
            if problem.rule == "SYN014" and index not in log.judged:
                log[index] = replace(problem, notice=True)


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
        children: list[Module] = []
        for name, block in module.config.modules.items():
            with contained(program.problems, f"{module.prefix}module.{name}", block.origin.span):
                children += [child for _, child in module.children(name) or ()]
        pending.extend(reversed(children))


def _module_documents(module: Module) -> Iterator[tuple[Document, Block]]:
    for address, block, make in _makers(module):
        problems = module.problems
        with contained(problems, f"{module.prefix}{address}", block.origin.span, address):
            with problems.gathering() as faults:
                made = list(make())
            if _is_judged(address):
                problems.judged |= faults
            for document in made:
                yield document, block
    with contained(module.problems, module.key, Span(module.config.directory, 1, 1, 1, 1)):
        module.providers.check()


_JUDGED = ("aws_sagemaker_", "aws_iam_", "aws_s3_", "aws_kms_")


def _is_judged(address: str) -> bool:
    """Whether pipelines, their permissions or their buckets are made of it."""
    return address.removeprefix("data.").startswith(_JUDGED)


_Maker = tuple[str, Block, Callable[[], Iterable[Document]]]


def _makers(module: Module) -> Iterator[_Maker]:
    """Every block with the address of what it declares, and what makes its documents."""
    config: ModuleConfig = module.config
    for local, block in config.resources.items():
        if not local.startswith("ephemeral."):
            yield local, block, partial(_resources, module, local, block)
    for name, block in config.outputs.items():
        address = f"output.{name}"
        value = partial(module.output, name)
        yield address, block, _maker(module, "terraform.output", address, block, value)
    for name, block in config.variables.items():
        address = f"var.{name}"
        value = partial(module.variable, name)
        yield address, block, _maker(module, "terraform.variable", address, block, value)
    for name, block in config.modules.items():
        if not module.repetition(f"module.{name}", block).instances:
            module.program.absent.append(f"{module.prefix}module.{name}")
        address = f"module.{name}"
        value = partial(_call_value, module, block)
        yield address, block, _maker(module, "terraform.module", address, block, value)
    for block in config.providers:
        address = f"provider.{block.labels[0] if block.labels else ''}"
        value = partial(_provider_value, module, block)
        yield address, block, _maker(module, "terraform.provider", address, block, value)


def _resources(module: Module, local: str, block: Block) -> list[Document]:
    """The instances of a resource; one of which there is none is remembered."""
    found = resource_documents(module, local, block)
    if not found and not local.startswith("data.") and not module.config.stands_in:
        module.program.absent.append(f"{module.prefix}{local}")
    return found


def _maker(
    module: Module, kind: str, address: str, block: Block, value: Callable[[], Value]
) -> Callable[[], Iterable[Document]]:
    return lambda: (_simple(module, kind, address, block, value()),)


def _without_providers(body: Body) -> Body:
    """Provider configurations are no values: ``aws.west`` is not a resource."""
    kept = {name: item for name, item in body.attributes.items() if name != "providers"}
    return Body(kept, body.blocks)


def _call_value(module: Module, block: Block) -> Value:
    """A module call; of a repeated one, only what says where the module comes from."""
    body = block.body or Body()
    if "count" not in body.attributes and "for_each" not in body.attributes:
        return block_value(module, _without_providers(body), EMPTY, block.origin)
    kept = {k: v for k, v in body.attributes.items() if k in ("source", "version")}
    return block_value(module, Body(kept, []), EMPTY, block.origin)


def _provider_value(module: Module, block: Block) -> Value:
    """A provider's configuration; OpenTofu repeats one with ``for_each``."""
    repetition = module.repetition(f"provider {block.start}", block)
    scope = EMPTY
    if repetition.keyed:
        why = repetition.why or Unknown("the provider is configured once for each key")
        scope = Scope(any_instance(repetition.keyed, why).names)
    body = block.body or Body()
    kept = {name: item for name, item in body.attributes.items() if name != "for_each"}
    return block_value(module, Body(kept, body.blocks), scope, block.origin)


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
