"""One instance of a module: its variables, locals, resources, outputs, evaluated on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from linter.core.identity import Root
from linter.core.values import Unknown
from linter.readers.settings import DEFAULT, RootSettings
from linter.readers.terraform.config import ModuleConfig
from linter.readers.terraform.cty.convert import convert
from linter.readers.terraform.cty.errors import ConversionError, EvaluationError
from linter.readers.terraform.cty.types import DYNAMIC, STRING_TYPE, Type
from linter.readers.terraform.cty.value import NULL, UNKNOWN, Value, null, string, unknown
from linter.readers.terraform.evaluation.budget import LocatedError
from linter.readers.terraform.evaluation.evaluator import Evaluator
from linter.readers.terraform.evaluation.faults import FaultLog
from linter.readers.terraform.files import ModuleFiles
from linter.readers.terraform.references import (
    module_reference,
    place_of,
    resource_reference,
    undeclared,
)
from linter.readers.terraform.repetition import (
    Instance,
    Repetition,
    find_repetition,
    most_instances,
    unknown_repetition,
)
from linter.readers.terraform.scope import Scope, Step
from linter.readers.terraform.syntax.tree import Block, Node, Origin
from linter.readers.terraform.typeexpr import parse_type

if TYPE_CHECKING:
    from linter.readers.terraform.program import Program
    from linter.readers.terraform.providers import Providers

MAX_DEPTH = 150
"""Levels of references through locals, variables, outputs and modules."""

META_ARGUMENTS = frozenset(
    {"count", "for_each", "provider", "depends_on", "providers", "source", "version"}
)


_WORKSPACE = "terraform.workspace"


class _InProgress:
    pass


_IN_PROGRESS = _InProgress()


class Module:
    """Evaluates one module instance; implements ``scope.Roots``.

    Args:
        program: the whole scan.
        config: the directory's blocks.
        path: names of the module calls that lead here, with instance keys: ``("ml[0]",)``.
        arguments: input values by name, from the module call, each evaluated when it is asked
            for: calls may use each other's outputs, where these do not lead back. ``None`` for a
            root.
        calls: header of each module call on the way, for related locations.
        caller: the module that calls this one; ``None`` for a root module.
        settings: what a root module is evaluated with.
        problems: where a root module reports; the modules it calls report there, too.
    """

    def __init__(
        self,
        program: Program,
        config: ModuleConfig,
        path: tuple[str, ...],
        arguments: Mapping[str, Callable[[], Value]] | None,
        calls: tuple[tuple[str, Origin], ...] = (),
        caller: Module | None = None,
        *,
        settings: RootSettings = DEFAULT[0],
        problems: FaultLog | None = None,
    ) -> None:
        self.program = program
        self.config = config
        self.path = path
        self.calls = calls
        self.caller = caller
        self.root: Module = caller.root if caller is not None else self
        self.settings: RootSettings = settings if caller is None else caller.settings
        self.problems: FaultLog = (
            caller.problems
            if caller is not None
            else program.problems
            if problems is None
            else problems
        )
        self.identity: Root = (
            caller.identity
            if caller is not None
            else Root("terraform", config.directory or ".", settings.variant)
        )
        """The root module and variant that everything in here belongs to."""
        self._arguments = arguments
        self.evaluator = Evaluator(self, program.budget, self.problems)
        self.functions = ModuleFiles(program.access, self.root.config.directory, program.budget)
        self._memo: dict[tuple[str, str], Value | _InProgress] = {}
        self._faults: dict[tuple[str, str], set[int]] = {}
        self._repetitions: dict[str, Repetition] = {}
        self._children: dict[str, list[tuple[Instance, Module]] | None] = {}
        self.call: tuple[Block, Instance] | None = None
        """The module block that makes it, and which of its instances; ``None`` for a root."""
        self.instances = 1
        """How many instances it is one of, those of the modules that call it included."""

    @cached_property
    def providers(self) -> Providers:
        """The provider configurations that its resources can use."""
        from linter.readers.terraform.providers import Providers

        return Providers(self)

    @property
    def prefix(self) -> str:
        """What stands in front of addresses: ``module.a.module.b.``, or nothing."""
        return "".join(f"module.{name}." for name in self.path)

    @property
    def key(self) -> str:
        """Names the module instance: its root with the variant, and the path of calls to it."""
        return f"{self.identity}//{self.prefix}"

    def traverse(
        self, name: str, steps: list[Step], node: Node, evaluator: Evaluator, scope: Scope
    ) -> tuple[Value, int] | None:
        """See ``scope.Roots``."""
        if name == "var":
            return self._named(steps, node, "variable", self.config.variables, self.variable)
        if name == "local":
            return self._named(steps, node, "local value", self.config.locals, self.local)
        if name == "module":
            return module_reference(self, steps, node)
        if name == "path":
            return self._path(steps, node), min(1, len(steps))
        if name == "terraform":
            return self._terraform(steps, node), min(1, len(steps))
        if name in ("each", "count", "self"):
            raise EvaluationError(_misplaced(name))
        if name == "data":
            return resource_reference(self, steps, node, "data.", evaluator, scope)
        if name == "ephemeral":
            return resource_reference(self, steps, node, "ephemeral.", evaluator, scope)
        if name == "resource" and steps:
            return resource_reference(self, steps, node, "", evaluator, scope)
        if steps:
            shifted: list[Step] = [("attribute", name, node), *steps]
            value, used = resource_reference(self, shifted, node, "", evaluator, scope)
            return value, used - 1
        return None

    def _named(
        self, steps: list[Step], node: Node, what: str, table: Mapping[str, Any], get: Any
    ) -> tuple[Value, int]:
        if not steps or steps[0][0] != "attribute":
            root = "var" if what == "variable" else "local"
            raise EvaluationError(
                f'Invalid reference: The "{root}" object cannot be accessed directly. Instead, '
                "access one of its attributes."
            )
        name = str(steps[0][1])
        if name not in table:
            words = partial(undeclared, what, name, self.config)
            raise LocatedError(words, place_of(node, steps[0]))
        value: Value = get(name)
        return value, 1

    def variable(self, name: str) -> Value:
        """An input variable's value, converted to its type."""
        return self._once("variable", name, self._marked_variable)

    def local(self, name: str) -> Value:
        return self._once("local", name, self._local)

    def output(self, name: str) -> Value:
        return self._once("output", name, self._output)

    def _once(self, kind: str, name: str, compute: Any) -> Value:
        found = self._memo.get((kind, name))
        faults = self.problems
        if isinstance(found, Value):
            faults.recall(self._faults.get((kind, name), ()))
            return found
        if found is not None:
            self._report_cycle(kind, name)
            return unknown(f"{_word(kind)}.{name} refers to itself", (f"{_word(kind)}.{name}",))
        self._memo[(kind, name)] = _IN_PROGRESS
        self.program.depth += 1
        gathered: set[int] = set()
        try:
            with faults.gathering() as gathered:
                value = (
                    compute(name) if self.program.depth <= MAX_DEPTH else self._too_deep(kind, name)
                )
        except RecursionError:
            value = self._too_deep(kind, name)
        finally:
            self.program.depth -= 1
        self._memo[(kind, name)] = value
        if gathered:
            self._faults[(kind, name)] = gathered
        return value

    def _origin(self, kind: str, name: str) -> Origin:
        if kind == "local":
            return self.config.locals[name].origin
        table = {"variable": self.config.variables, "output": self.config.outputs}.get(
            kind, self.config.modules
        )
        return table[name].origin

    def _too_deep(self, kind: str, name: str) -> Value:
        word = f"{_word(kind)}.{name}"
        message = f"References are nested more than {MAX_DEPTH} levels deep at {word}"
        self.evaluator.report(message, self._origin(kind, name))
        return unknown(f"{word} is nested too deeply to be evaluated", (word,))

    def _report_cycle(self, kind: str, name: str) -> None:
        names = [f"{_word(k)}.{n}" for (k, n), v in self._memo.items() if v is _IN_PROGRESS]
        start = f"{_word(kind)}.{name}"
        if start in names:
            names = names[names.index(start) :]
        origin = self._origin(kind, name)
        self.evaluator.report("Cycle: " + " → ".join([*names, start]), origin)

    def _local(self, name: str) -> Value:
        return self.evaluator.evaluate(self.config.locals[name].expression)

    def _output(self, name: str) -> Value:
        block = self.config.outputs[name]
        definition = block.body.attributes.get("value") if block.body else None
        if definition is None:
            return null()
        return self.evaluator.evaluate(definition.expression)

    def _marked_variable(self, name: str) -> Value:
        value = self._variable(name)
        sensitive, ephemeral = self._flag(name, "sensitive"), self._flag(name, "ephemeral")
        if not (sensitive or ephemeral):
            return value
        return value.replaced(
            sensitive=sensitive or value.sensitive, ephemeral=ephemeral or value.ephemeral
        )

    def _flag(self, name: str, flag: str) -> bool:
        body = self.config.variables[name].body
        definition = body.attributes.get(flag) if body else None
        return (
            definition is not None and self.evaluator.evaluate(definition.expression).data is True
        )

    def _variable(self, name: str) -> Value:
        block = self.config.variables[name]
        body = block.body
        assert body is not None
        of = self.variable_type(name)
        reference = f"var.{name}"
        given = self._given(name, of)
        definition = body.attributes.get("default")
        if (
            given is not None
            and given.kind is NULL
            and definition is not None
            and not self._nullable(block)
        ):
            given = None
        if given is None:
            if definition is None:
                where = " and its module call gives none" if self.path else ""
                return unknown(
                    f"{reference} has no default{where}",
                    (reference,),
                    of,
                    origin=block.origin,
                    not_null=not self._nullable(block),
                )
            given = self.evaluator.evaluate(definition.expression)
        return self._converted(given, of, name, block)

    def _converted(self, value: Value, of: Type, name: str, block: Block) -> Value:
        try:
            made = convert(value, of)
        except ConversionError as error:
            origin = value.origin if isinstance(value.origin, Origin) else block.origin
            self.evaluator.report(
                "Invalid value for input variable: The given value is not suitable for "
                f"var.{name}: {error}",
                origin,
            )
            return unknown(f"the value of var.{name} does not fit its type", (f"var.{name}",), of)
        if made.kind is UNKNOWN and not made.data.references:
            return made.replaced(
                data=Unknown(made.data.reason, (f"var.{name}",), made.data.alternatives)
            )
        return made

    def _nullable(self, block: Block) -> bool:
        definition = block.body.attributes.get("nullable") if block.body else None
        if definition is None:
            return True
        value = self.evaluator.evaluate(definition.expression)
        return value.data is not False

    def variable_type(self, name: str) -> Type:
        """The declared type of a variable; ``any`` when none or an invalid one is declared."""
        block = self.config.variables[name]
        definition = block.body.attributes.get("type") if block.body else None
        if definition is None:
            return DYNAMIC
        try:
            return parse_type(definition.expression, self.evaluator.evaluate)
        except EvaluationError as error:
            self.evaluator.report(error.message, definition.expression.origin)
            return DYNAMIC

    def _given(self, name: str, of: Type) -> Value | None:
        if self._arguments is not None:
            argument = self._arguments.get(name)
            return None if argument is None else argument()
        return self.program.given_value(self, name, of)

    def _path(self, steps: list[Step], node: Node) -> Value:
        name = str(steps[0][1]) if steps and steps[0][0] == "attribute" else ""
        root = self.root.config.directory
        if name == "module":
            return string(_relative(self.config.directory, root), node.origin)
        if name == "root":
            return string(".", node.origin)
        if name == "cwd":
            return unknown("path.cwd is where Terraform will run", ("path.cwd",))
        raise EvaluationError(
            'Invalid "path" attribute: The "path" object does not have an attribute named '
            f'"{name}".'
        )

    def _terraform(self, steps: list[Step], node: Node) -> Value:
        name = str(steps[0][1]) if steps and steps[0][0] == "attribute" else ""
        if name == "workspace":
            given = self.program.workspace_of(self)
            if given is not None:
                return string(given, node.origin)
            why = Unknown("terraform.workspace is chosen when Terraform runs", (_WORKSPACE,))
            return unknown(why, of=STRING_TYPE, not_null=True)
        if name == "applying":
            return unknown("terraform.applying is known in an apply", ("terraform.applying",))
        raise EvaluationError(
            'Invalid "terraform" attribute: The terraform object does not have an attribute named '
            f'"{name}".'
        )

    def repetition(self, address: str, block: Block) -> Repetition:
        """How often a resource, data source or module call exists."""
        found = self._repetitions.get(address)
        faults = self.problems
        if found is not None:
            faults.recall(self._faults.get(("repetition", address), ()))
            return found
        self._repetitions[address] = unknown_repetition(
            Unknown(f"{address} depends on itself", (address,)), "count"
        )
        with faults.gathering() as gathered:
            found = self._repetitions[address] = find_repetition(
                self.evaluator, address, block, most_instances(self.instances)
            )
        self._faults[("repetition", address)] = gathered
        return found

    def children(self, name: str) -> list[tuple[Instance, Module]] | None:
        """The instances of a module call; ``None`` when its source cannot be read."""
        if name in self._children:
            self.problems.recall(self._faults.get(("module", name), ()))
            return self._children[name]
        self._children[name] = None
        with self.problems.gathering() as gathered:
            self._children[name] = self.program.load_children(self, name)
        self._faults[("module", name)] = gathered
        return self._children[name]


def _word(kind: str) -> str:
    return {"variable": "var", "local": "local", "output": "output"}.get(kind, kind)


def _misplaced(name: str) -> str:
    if name == "each":
        return (
            'Reference to "each" in context without for_each: The "each" object can be used only '
            'in "module" or "resource" blocks, and only when the "for_each" argument is set.'
        )
    if name == "count":
        return (
            'Reference to "count" in non-counted context: The "count" object can only be used in '
            '"module", "resource", and "data" blocks, and only when the "count" argument is set.'
        )
    return 'Invalid "self" reference: The "self" object is not available in this context.'


def _relative(directory: str, root: str) -> str:
    import posixpath

    if directory == root:
        return "."
    return posixpath.relpath(directory or ".", root or ".")
