"""References to resources and to modules, as far as a module's configuration declares them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from linter.core.values import Unknown
from linter.readers.terraform.cty.errors import EvaluationError
from linter.readers.terraform.cty.value import (
    Value,
    is_wholly_known,
    null,
    object_of,
    reasons_of,
    tuple_of,
    unknown,
)
from linter.readers.terraform.evaluation.budget import LocatedError
from linter.readers.terraform.repetition import Repetition, all_keyed, any_instance, instance_for
from linter.readers.terraform.scope import Scope, Step
from linter.readers.terraform.syntax.tree import Block, Node, Origin

if TYPE_CHECKING:
    from linter.readers.terraform.config import ModuleConfig
    from linter.readers.terraform.evaluation.evaluator import Evaluator
    from linter.readers.terraform.module import Module


def resource_reference(
    module: Module, steps: list[Step], node: Node, mode: str, evaluator: Evaluator, scope: Scope
) -> tuple[Value, int]:
    """What ``type.name…`` stands for, and how many of ``steps`` that took."""
    names = [str(s[1]) for s in steps[:2] if s[0] == "attribute"]
    if len(names) < 2:
        raise EvaluationError(
            f"Invalid reference: A reference to a resource type must be followed by at least "
            f'one attribute access, specifying the resource name ("{mode}'
            f'{names[0] if names else ""}").'
        )
    local = f"{mode}{names[0]}.{names[1]}"
    block = module.config.resources.get(local)
    if block is None:
        words = partial(_undeclared_resource, module, local, mode, names)
        raise LocatedError(words, place_of(node, steps[1]))
    used = 2
    repetition = module.repetition(local, block)
    if not repetition.keyed and not repetition.instances:
        return null(), used  # switched off
    if not repetition.keyed:
        if used < len(steps) and steps[used][0] == "attribute":
            name = str(steps[used][1])
            return module.program.attribute(
                module, local, block, repetition.instances[0], name
            ), used + 1
        return module.program.whole(module, local, block, repetition.instances[0]), used
    if used < len(steps) and steps[used][0] == "index":
        key_node = steps[used][1]
        assert isinstance(key_node, Node)
        key = evaluator.eval(key_node, scope)
        return _indexed_resource(module, steps, used, local, block, repetition, key)
    return _all_instances(module, local, block, repetition), used


def _undeclared_resource(module: Module, local: str, mode: str, names: list[str]) -> str:
    what = {"data.": "data", "": "managed", "ephemeral.": "ephemeral"}[mode]
    where = f'module "{".".join(module.path)}"' if module.path else "the root module"
    hint = module.config.did_you_mean(local, "resources")
    return (
        f'Reference to undeclared resource: A {what} resource "{names[0]}" "{names[1]}" has '
        f"not been declared in {where}.{hint}"
    )


def _indexed_resource(
    module: Module,
    steps: list[Step],
    used: int,
    local: str,
    block: Block,
    repetition: Repetition,
    key: Value,
) -> tuple[Value, int]:
    instance = instance_for(repetition, key)
    if instance is None and repetition.why is None and is_wholly_known(key):
        raise LocatedError(
            "Invalid index: The given key does not identify an element in this collection value.",
            steps[used][2].origin,
        )
    if instance is None:
        instance = any_instance(repetition.keyed, reasons_of(key))
        module.evaluator.doubts += 1
    after = used + 1
    if after < len(steps) and steps[after][0] == "attribute":
        name = str(steps[after][1])
        return module.program.attribute(module, local, block, instance, name), after + 1
    return module.program.whole(module, local, block, instance), after


def _all_instances(module: Module, local: str, block: Block, repetition: Repetition) -> Value:
    if repetition.why is not None or not all_keyed(repetition):
        why = repetition.why or Unknown(f"{local} is repeated")
        return unknown(Unknown(why.reason, (f"{module.prefix}{local}",)), not_null=True)
    values = [
        module.program.whole(module, local, block, instance) for instance in repetition.instances
    ]
    if repetition.keyed == "count":
        return tuple_of(values)
    keys = [str(instance.key) for instance in repetition.instances]
    return object_of(dict(zip(keys, values, strict=True)))


def module_reference(module: Module, steps: list[Step], node: Node) -> tuple[Value, int]:
    """What ``module.name…`` stands for, and how many of ``steps`` that took."""
    if not steps or steps[0][0] != "attribute":
        raise EvaluationError(
            'Invalid reference: The "module" object cannot be accessed directly. Instead, '
            "access one of its attributes."
        )
    name = str(steps[0][1])
    if name not in module.config.modules:
        words = partial(undeclared, "module call", name, module.config)
        raise LocatedError(words, place_of(node, steps[0]))
    reference = f"{module.prefix}module.{name}"
    children = module.children(name)
    if children is None:
        reason = module.program.unread_reason(module, name)
        return unknown(reason, (reference,)), 1
    repetition = module.repetition(f"module.{name}", module.config.modules[name])
    if not repetition.keyed and not children:
        return null(), 1  # switched off
    if not repetition.keyed:
        child = children[0][1]
        if len(steps) > 1 and steps[1][0] == "attribute":
            return _module_output(child, str(steps[1][1]), steps[1], node), 2
        return _outputs(child), 1
    if repetition.why is not None or not all_keyed(repetition):
        why = repetition.why or Unknown(f"module.{name} is repeated")
        return unknown(Unknown(why.reason, (reference,))), 1
    values = [_outputs(child) for _, child in children]
    if repetition.keyed == "count":
        return tuple_of(values), 1
    keys = [str(instance.key) for instance, _ in children]
    return object_of(dict(zip(keys, values, strict=True))), 1


def _module_output(module: Module, name: str, step: Step, node: Node) -> Value:
    if name not in module.config.outputs:
        if module.config.stands_in:
            reference = f"{module.key}.{name}"
            return unknown(f"what {reference} gives is not known here", (reference,))
        raise LocatedError(
            f'Unsupported attribute: This object does not have an attribute named "{name}".',
            place_of(node, step),
        )
    return module.output(name)


def _outputs(module: Module) -> Value:
    return object_of({name: module.output(name) for name in module.config.outputs})


def place_of(node: Node, step: Step) -> Origin:
    """From the start of a reference to the end of one of its steps."""
    return Origin(node.source, node.start, step[2].end)


_DECLARED = {
    "variable": ("input variable", "variables"),
    "local value": ("local value", "locals"),
    "module call": ("module", "modules"),
}


def undeclared(what: str, name: str, config: ModuleConfig) -> str:
    """The message for a name that is not declared, with the nearest that is."""
    title, table = _DECLARED[what]
    hint = config.did_you_mean(name, table)
    if what == "variable":
        return (
            f'Reference to undeclared input variable: An input variable with the name "{name}" has '
            f"not been declared.{hint}"
        )
    return (
        f'Reference to undeclared {title}: A {what} with the name "{name}" has not been '
        f"declared.{hint}"
    )
