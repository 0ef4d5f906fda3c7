"""Write the table of the SageMaker SDK's classes, from an installed SDK.

    python linter/readers/python/sdk/build_table.py sagemaker2.json

Run it with the interpreter that has the SDK, and with a region (``AWS_DEFAULT_REGION``), which
version 3 needs to be imported; nothing of it is needed to read scripts. The table
holds names, defaults that are plain values, and what inherits from what: no code.
"""

from __future__ import annotations

import enum
import functools
import importlib
import importlib.metadata
import inspect
import json
import math
import pkgutil
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOTS = {
    2: ("sagemaker",),
    3: ("sagemaker.mlops", "sagemaker.train", "sagemaker.serve", "sagemaker.core"),
}
SKIPPED = (
    *(".cli", ".remote_function", ".local", ".airflow", ".jumpstart", ".telemetry", ".utils."),
    *(".experiments", ".feature_store", ".content_types", ".hyperpod", ".ai_registry"),
    *(".tools", ".evaluate", ".modules.", ".serve.model_server", ".serve.detector"),
    *(".core.resources", ".core.serializers", ".core.deserializers", ".core.code_injection"),
    *(".core.helper.", ".amtviz", ".git_utils", ".vpc_utils", ".analytics", ".edge"),
)
METHODS = (
    *("fit", "run", "register", "create", "transform", "transformer", "create_model", "deploy"),
    *("upsert", "update", "start", "put_triggers", "set_hyperparameters", "add_depends_on"),
    *("default_bucket", "get_run_args", "train", "build", "tune", "process", "create_endpoint"),
    *(
        "create_endpoint_config",
        "create_inference_component",
        "csv",
        "json",
        "add_retry_policy",
        "prepare_workspace",
    ),
)
DYNAMIC = {"__dynamic__": True}
TEMPORARY = tempfile.gettempdir()


def plain(value: Any, depth: int = 0) -> Any:
    """A default as JSON; what is no plain value is marked."""
    if isinstance(value, enum.Enum):
        return plain(value.value, depth)
    if isinstance(value, str) and value.startswith(f"{TEMPORARY}/"):
        return DYNAMIC  # made when the module was imported, and another one the next time
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else DYNAMIC
    if isinstance(value, list | tuple) and depth < 3:
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, dict) and depth < 3 and all(isinstance(key, str) for key in value):
        return {key: plain(item, depth + 1) for key, item in value.items()}
    return DYNAMIC


def parameters(function: Any, owner: type | None = None) -> tuple[list[list[Any]], bool]:
    """``[[name], [name, default], ...]`` in order, and whether more keywords are taken."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return [], True
    found: list[list[Any]] = []
    more = False
    for index, (name, parameter) in enumerate(signature.parameters.items()):
        if index == 0 and name in ("self", "cls"):
            continue
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            more = True
        elif parameter.kind is not inspect.Parameter.VAR_POSITIONAL:
            empty = parameter.default is inspect.Parameter.empty
            found.append([name] if empty else [name, plain(parameter.default)])
    return found, more


def described(cls: type) -> dict[str, Any]:
    ancestors = [base for base in cls.__mro__ if base.__module__.startswith("sagemaker")]
    fields = getattr(cls, "model_fields", None)
    takes_more = False
    if isinstance(fields, dict):
        init = []
        for name, info in fields.items():
            default = info.get_default(call_default_factory=False)
            init.append([name] if info.is_required() else [name, plain(default)])
        more = False
    else:
        init, more = parameters(getattr(cls, "__init__"))  # noqa: B009 - of the class itself
        takes_more = more
        for base in ancestors[1:]:
            if not more:
                break
            known = {item[0] for item in init}
            further, more = parameters(getattr(base, "__init__"))  # noqa: B009
            init += [[*item, "keyword"][:2] for item in further if item[0] not in known]
    entry: dict[str, Any] = {"init": init}
    if more or (takes_more and any(base.__name__ == "StepCollection" for base in ancestors)):
        entry["more"] = True
    if len(ancestors) > 1:
        entry["bases"] = [base.__name__ for base in ancestors[1:]]
    methods = {}
    for name in METHODS:
        method = getattr(cls, name, None)
        if (callable(method) and name != "register") or (
            "Model" in cls.__name__ and callable(method)
        ):
            methods[name] = parameters(inspect.unwrap(method))[0]
    if methods:
        entry["methods"] = methods
    framework = getattr(cls, "_framework_name", None)
    constants = {"_framework_name": framework} if isinstance(framework, str) else {}
    values = {
        key: value.value
        for key, value in vars(cls).items()
        if isinstance(value, enum.Enum) or (issubclass(cls, enum.Enum) and not key.startswith("_"))
        if isinstance(getattr(value, "value", None), str)
    }
    if constants:
        entry["constants"] = constants
    if values:
        entry["values"] = values
    return entry


def partially(value: functools.partial[Any]) -> dict[str, Any]:
    """A class with some of its arguments given."""
    made: Any = value.func
    entry = described(made)
    given = {key: plain(item) for key, item in value.keywords.items()}
    entry["init"] = [[i[0], given[i[0]]] if i[0] in given else i for i in entry["init"]]
    entry["bases"] = [made.__name__, *entry.get("bases", [])]
    return entry


def modules_of(root: str) -> list[str]:
    package = importlib.import_module(root)
    names = [root]
    for found in pkgutil.walk_packages(package.__path__, f"{root}.", onerror=lambda name: None):
        if not any(part in f"{found.name}." for part in SKIPPED):
            names.append(found.name)
    return names


def table(version: int) -> dict[str, Any]:
    classes: dict[str, Any] = {}
    places: dict[str, dict[str, str]] = {}
    for root in ROOTS[version]:
        for name in modules_of(root):
            try:
                module = importlib.import_module(name)
            except Exception:
                print("left out", name, file=sys.stderr)
                continue
            for key, value in sorted(vars(module).items()):
                if isinstance(value, functools.partial) and inspect.isclass(value.func):
                    own = f"{name}.{key}"
                    places.setdefault(name, {})[key] = own
                    classes[own] = partially(value)
                    continue
                if key.startswith("_") or not inspect.isclass(value):
                    continue
                while "<locals>" in value.__qualname__:  # a wrapper that warns
                    value = value.__mro__[1]
                module_name = value.__module__
                if not module_name.startswith("sagemaker.") or ".resources" in module_name:
                    continue
                if issubclass(value, BaseException):
                    continue
                own = f"{value.__module__}.{value.__qualname__}"
                places.setdefault(name, {})[key] = own
                if own not in classes:
                    classes[own] = described(value)
    used = {own for names in places.values() for own in names.values()}
    return {
        "sdk": importlib.metadata.version("sagemaker"),
        "modules": places,
        "classes": {own: entry for own, entry in sorted(classes.items()) if own in used},
    }


def main() -> None:
    version = int(importlib.metadata.version("sagemaker").split(".")[0])
    text = json.dumps(table(version), sort_keys=True, separators=(",", ":"))
    Path(sys.argv[1]).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
