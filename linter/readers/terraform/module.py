"""One instance of a module: its variables, locals, resources, outputs, evaluated on demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from linter.core.record import record
from linter.core.values import Unknown
from linter.readers.terraform.config import ModuleConfig
from linter.readers.terraform.cty.convert import convert
from linter.readers.terraform.cty.errors import ConversionError, EvaluationError
from linter.readers.terraform.cty.types import DYNAMIC, Type
from linter.readers.terraform.cty.value import (
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
    null,
    number,
    object_of,
    reasons_of,
    string,
    tuple_of,
    unknown,
)
from linter.readers.terraform.evaluation.budget import LocatedError
from linter.readers.terraform.evaluation.evaluator import Evaluator
from linter.readers.terraform.files import ModuleFiles
from linter.readers.terraform.scope import Scope, Step
from linter.readers.terraform.syntax.tree import Block, Node, Origin
from linter.readers.terraform.typeexpr import parse_type

if TYPE_CHECKING:
    from linter.readers.terraform.program import Program

MAX_DEPTH = 150
"""Levels of references through locals, variables, outputs and modules."""

MAX_INSTANCES = 64
"""Instances of one block that are evaluated one by one; of more, one stands for all."""

META_ARGUMENTS = frozenset(
    {"count", "for_each", "provider", "depends_on", "providers", "source", "version"}
)


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


_ONCE = Repetition((Instance(None, {}),))


class _InProgress:
    pass


_IN_PROGRESS = _InProgress()


class Module:
    """Evaluates one module instance; implements ``scope.Roots``.

    Args:
        program: the whole scan.
        config: the directory's blocks.
        path: names of the module calls that lead here, with instance keys: ``("ml[0]",)``.
        arguments: input values by name, from the module call or the root's given variables.
        calls: header of each module call on the way, for related locations.
        caller: the module that calls this one; ``None`` for a root module.
    """

    def __init__(
        self,
        program: Program,
        config: ModuleConfig,
        path: tuple[str, ...],
        arguments: Mapping[str, Value] | None,
        calls: tuple[tuple[str, Origin], ...] = (),
        caller: Module | None = None,
    ) -> None:
        self.program = program
        self.config = config
        self.path = path
        self.calls = calls
        self.caller = caller
        self.root: Module = caller.root if caller is not None else self
        self._arguments = arguments
        self.evaluator = Evaluator(self, program.budget, program.problems)
        self.functions = ModuleFiles(program.access, self.root.config.directory, program.budget)
        self._memo: dict[tuple[str, str], Value | _InProgress] = {}
        self._repetitions: dict[str, Repetition] = {}
        self._children: dict[str, list[tuple[Instance, Module]] | None] = {}

    @property
    def prefix(self) -> str:
        """What stands in front of addresses: ``module.a.module.b.``, or nothing."""
        return "".join(f"module.{name}." for name in self.path)

    @property
    def key(self) -> str:
        """Names the set of documents in which references resolve."""
        names = "".join(f"module.{name.split('[')[0]}." for name in self.path)
        return f"{self.root.config.directory or '.'}//{names}"

    # --- names -------------------------------------------------------------------------------

    def traverse(
        self, name: str, steps: list[Step], node: Node, evaluator: Evaluator, scope: Scope
    ) -> tuple[Value, int] | None:
        """See ``scope.Roots``."""
        if name == "var":
            return self._named(steps, node, "variable", self.config.variables, self.variable)
        if name == "local":
            return self._named(steps, node, "local value", self.config.locals, self.local)
        if name == "module":
            return self._module_reference(steps, node)
        if name == "path":
            return self._path(steps, node), min(1, len(steps))
        if name == "terraform":
            return self._terraform(steps, node), min(1, len(steps))
        if name in ("each", "count", "self"):
            raise EvaluationError(_misplaced(name))
        if name == "data":
            return self._resource(steps, node, "data.", evaluator, scope)
        if name == "ephemeral":
            return self._resource(steps, node, "ephemeral.", evaluator, scope)
        if name == "resource" and steps:
            return self._resource(steps, node, "", evaluator, scope)
        if steps:
            shifted: list[Step] = [("attribute", name, node), *steps]
            value, used = self._resource(shifted, node, "", evaluator, scope)
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
            raise LocatedError(_undeclared(what, name, table), _place(node, steps[0]))
        value: Value = get(name)
        return value, 1

    def variable(self, name: str) -> Value:
        """An input variable's value, converted to its type."""
        return self._once("variable", name, self._variable)

    def local(self, name: str) -> Value:
        return self._once("local", name, self._local)

    def output(self, name: str) -> Value:
        return self._once("output", name, self._output)

    def _once(self, kind: str, name: str, compute: Any) -> Value:
        found = self._memo.get((kind, name))
        if isinstance(found, Value):
            return found
        if found is not None:
            self._report_cycle(kind, name)
            return unknown(f"{_word(kind)}.{name} refers to itself", (f"{_word(kind)}.{name}",))
        self._memo[(kind, name)] = _IN_PROGRESS
        self.program.depth += 1
        try:
            value = compute(name) if self.program.depth <= MAX_DEPTH else self._too_deep(kind, name)
        except RecursionError:
            value = self._too_deep(kind, name)
        finally:
            self.program.depth -= 1
        self._memo[(kind, name)] = value
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
            self.evaluator.report(error.message.rstrip("."), definition.expression.origin)
            return DYNAMIC

    def _given(self, name: str, of: Type) -> Value | None:
        if self._arguments is not None:
            return self._arguments.get(name)
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
            return string(self.program.workspace, node.origin)
        if name == "applying":
            return unknown("terraform.applying is known in an apply", ("terraform.applying",))
        raise EvaluationError(
            'Invalid "terraform" attribute: The terraform object does not have an attribute named '
            f'"{name}".'
        )

    # --- repetition --------------------------------------------------------------------------

    def repetition(self, address: str, block: Block) -> Repetition:
        """How often a resource, data source or module call exists."""
        found = self._repetitions.get(address)
        if found is None:
            self._repetitions[address] = _unknown_repetition(
                Unknown(f"{address} depends on itself", (address,)), "count"
            )
            found = self._repetitions[address] = self._find_repetition(address, block)
        return found

    def _find_repetition(self, address: str, block: Block) -> Repetition:
        attributes = block.body.attributes if block.body else {}
        if "count" in attributes:
            return self._count(address, attributes["count"].expression)
        if "for_each" in attributes:
            return self._for_each(address, attributes["for_each"].expression)
        return _ONCE

    def _count(self, address: str, node: Node) -> Repetition:
        value = self.evaluator.evaluate(node)
        if value.kind is NULL:
            self.evaluator.report(
                'Invalid count argument: The given "count" argument value is null. An integer is '
                "required.",
                node.origin,
            )
            return _unknown_repetition(Unknown("count is null"), "count")
        from linter.readers.terraform.cty.types import NUMBER_TYPE

        try:
            amount = convert(value, NUMBER_TYPE)
        except ConversionError as error:
            self.evaluator.report(
                f'Invalid count argument: The given "count" argument value is unsuitable: {error}',
                node.origin,
            )
            return _unknown_repetition(Unknown("count is not a number"), "count")
        if amount.kind is not NUMBER:
            return _unknown_repetition(reasons_of(amount), "count", address)
        total = int(amount.data)
        if total < 0 or total != amount.data:
            self.evaluator.report(
                'Invalid count argument: The given "count" argument value is unsuitable: must be '
                "greater than or equal to zero"
                if total < 0
                else "Invalid count argument: The "
                'given "count" argument value is unsuitable: must be a whole number',
                node.origin,
            )
            return _unknown_repetition(Unknown("count is not valid"), "count")
        if total > MAX_INSTANCES:
            why = Unknown(f"{address} has {total} instances")
            return Repetition((_any_instance("count", why),), keyed="count", total=total, why=why)
        instances = tuple(
            Instance(index, {"count": object_of({"index": number(index)})})
            for index in range(total)
        )
        return Repetition(instances, keyed="count", total=total)

    def _for_each(self, address: str, node: Node) -> Repetition:
        value = self.evaluator.evaluate(node)
        kind = value.kind
        if kind is UNKNOWN:
            return _unknown_repetition(reasons_of(value), "for_each", address)
        if kind in MAPPINGS:
            pairs = [(key, value.data[key]) for key in sorted(value.data)]
        elif kind is SET or (kind in SEQUENCES and kind is not SET and _is_set_like(value)):
            pairs = [
                (item.data, item)
                for item in value.data
                if item.kind is STRING and isinstance(item.data, str)
            ]
        else:
            self.evaluator.report(
                'Invalid for_each argument: The given "for_each" argument value is unsuitable: the '
                '"for_each" argument must be a map, or set of strings',
                node.origin,
            )
            return _unknown_repetition(Unknown("for_each is not a map or set"), "for_each")
        open_ended = value.has_rest or (
            kind in SEQUENCES and not all(map(is_wholly_known, value.data))
        )
        why = reasons_of(value) if open_ended else None
        if len(pairs) > MAX_INSTANCES:
            why = Unknown(f"{address} has {len(pairs)} instances")
            return Repetition(
                (_any_instance("for_each", why),), keyed="for_each", total=len(pairs), why=why
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
                return _unknown_repetition(why, "for_each", address)
            instances.append(_any_instance("for_each", why))
        return Repetition(
            tuple(instances), maybe=False, keyed="for_each", total=len(instances), why=why
        )

    # --- resources ---------------------------------------------------------------------------

    def _resource(
        self, steps: list[Step], node: Node, mode: str, evaluator: Evaluator, scope: Scope
    ) -> tuple[Value, int]:
        names = [str(s[1]) for s in steps[:2] if s[0] == "attribute"]
        if len(names) < 2:
            raise EvaluationError(
                f"Invalid reference: A reference to a resource type must be followed by at least "
                f'one attribute access, specifying the resource name ("{mode}'
                f'{names[0] if names else ""}").'
            )
        local = f"{mode}{names[0]}.{names[1]}"
        block = self.config.resources.get(local)
        if block is None:
            raise LocatedError(
                self._undeclared_resource(local, mode, names), _place(node, steps[1])
            )
        used = 2
        repetition = self.repetition(local, block)
        if not repetition.keyed:
            if used < len(steps) and steps[used][0] == "attribute":
                name = str(steps[used][1])
                return self.program.attribute(
                    self, local, block, repetition.instances[0], name
                ), used + 1
            return self.program.whole(self, local, block, repetition.instances[0]), used
        if used < len(steps) and steps[used][0] == "index":
            key_node = steps[used][1]
            assert isinstance(key_node, Node)
            key = evaluator.eval(key_node, scope)
            return self._indexed_resource(steps, used, local, block, repetition, key)
        return self._all_instances(local, block, repetition), used

    def _undeclared_resource(self, local: str, mode: str, names: list[str]) -> str:
        from difflib import get_close_matches

        what = {"data.": "data", "": "managed", "ephemeral.": "ephemeral"}[mode]
        where = f'module "{".".join(self.path)}"' if self.path else "the root module"
        near = get_close_matches(local, self.config.resources, 1)
        hint = f' Did you mean "{near[0]}"?' if near else ""
        return (
            f'Reference to undeclared resource: A {what} resource "{names[0]}" "{names[1]}" has '
            f"not been declared in {where}.{hint}"
        )

    def _indexed_resource(
        self,
        steps: list[Step],
        used: int,
        local: str,
        block: Block,
        repetition: Repetition,
        key: Value,
    ) -> tuple[Value, int]:
        instance = _instance_for(repetition, key)
        if instance is None and repetition.why is None and is_wholly_known(key):
            raise LocatedError(
                "Invalid index: The given key does not identify an element in this collection "
                "value.",
                steps[used][2].origin,
            )
        if instance is None:
            instance = _any_instance(repetition.keyed, reasons_of(key))
            self.evaluator.doubts += 1
        after = used + 1
        if after < len(steps) and steps[after][0] == "attribute":
            name = str(steps[after][1])
            return self.program.attribute(self, local, block, instance, name), after + 1
        return self.program.whole(self, local, block, instance), after

    def _all_instances(self, local: str, block: Block, repetition: Repetition) -> Value:
        if repetition.why is not None or not _all_keyed(repetition):
            why = repetition.why or Unknown(f"{local} is repeated")
            return unknown(Unknown(why.reason, (f"{self.prefix}{local}",)), not_null=True)
        values = [
            self.program.whole(self, local, block, instance) for instance in repetition.instances
        ]
        if repetition.keyed == "count":
            return tuple_of(values)
        keys = [str(instance.key) for instance in repetition.instances]
        return object_of(dict(zip(keys, values, strict=True)))

    # --- modules -----------------------------------------------------------------------------

    def children(self, name: str) -> list[tuple[Instance, Module]] | None:
        """The instances of a module call; ``None`` when its source cannot be read."""
        if name not in self._children:
            self._children[name] = None
            self._children[name] = self.program.load_children(self, name)
        return self._children[name]

    def all_children(self) -> Iterator[tuple[Instance, Module]]:
        for name in self.config.modules:
            yield from self.children(name) or ()

    def _module_reference(self, steps: list[Step], node: Node) -> tuple[Value, int]:
        if not steps or steps[0][0] != "attribute":
            raise EvaluationError(
                'Invalid reference: The "module" object cannot be accessed directly. Instead, '
                "access one of its attributes."
            )
        name = str(steps[0][1])
        if name not in self.config.modules:
            raise LocatedError(
                _undeclared("module call", name, self.config.modules), _place(node, steps[0])
            )
        reference = f"{self.prefix}module.{name}"
        children = self.children(name)
        if children is None:
            reason = self.program.unread_reason(self, name)
            return unknown(reason, (reference,)), 1
        repetition = self.repetition(f"module.{name}", self.config.modules[name])
        if not repetition.keyed:
            module = children[0][1]
            if len(steps) > 1 and steps[1][0] == "attribute":
                return self._module_output(module, str(steps[1][1]), steps[1], node), 2
            return _outputs(module), 1
        if repetition.why is not None or not _all_keyed(repetition):
            why = repetition.why or Unknown(f"module.{name} is repeated")
            return unknown(Unknown(why.reason, (reference,))), 1
        values = [_outputs(module) for _, module in children]
        if repetition.keyed == "count":
            return tuple_of(values), 1
        keys = [str(instance.key) for instance, _ in children]
        return object_of(dict(zip(keys, values, strict=True))), 1

    @staticmethod
    def _module_output(module: Module, name: str, step: Step, node: Node) -> Value:
        if name not in module.config.outputs:
            raise LocatedError(
                f'Unsupported attribute: This object does not have an attribute named "{name}".',
                _place(node, step),
            )
        return module.output(name)


def _outputs(module: Module) -> Value:
    return object_of({name: module.output(name) for name in module.config.outputs})


def _word(kind: str) -> str:
    return {"variable": "var", "local": "local", "output": "output"}.get(kind, kind)


def _place(node: Node, step: Step) -> Origin:
    return Origin(node.source, node.start, step[2].end)


def _undeclared(what: str, name: str, table: Mapping[str, Any]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, table, 1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    title = {"variable": "input variable", "local value": "local value", "module call": "module"}[
        what
    ]
    if what == "variable":
        return (
            f'Reference to undeclared input variable: An input variable with the name "{name}" has '
            f"not been declared.{hint}"
        )
    return (
        f'Reference to undeclared {title}: A {what} with the name "{name}" has not been '
        f"declared.{hint}"
    )


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


def _any_instance(keyed: str, why: Unknown) -> Instance:
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


def _unknown_repetition(why: Unknown, keyed: str, address: str = "") -> Repetition:  # noqa: ARG001
    return Repetition((_any_instance(keyed, why),), maybe=True, keyed=keyed, why=why)


def _all_keyed(repetition: Repetition) -> bool:
    return all(instance.key is not None for instance in repetition.instances)


def _instance_for(repetition: Repetition, key: Value) -> Instance | None:
    wanted: str | int | None = None
    if key.kind is NUMBER and key.data == int(key.data):
        wanted = int(key.data)
    elif key.kind is STRING and isinstance(key.data, str):
        wanted = key.data
    if wanted is None:
        return None
    for instance in repetition.instances:
        if instance.key is not None and str(instance.key) == str(wanted):
            return instance
    return None


def _is_set_like(value: Value) -> bool:
    """A tuple or list of texts is refused by Terraform, unless a ``REST`` hides what it is."""
    return bool(value.has_rest and value.kind is not OBJECT)


def _origin_of(value: Value, key: str) -> Any:
    if value.kind in MAPPINGS:
        return (value.key_origins or {}).get(key)
    return next((item.origin for item in value.data if item.data == key), None)
