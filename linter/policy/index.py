"""The compiled index of the built-in rules: one file of JSON lines instead of hundreds of YAML.

Its first line says what each rule is selected by and looks at, the others hold one rule each, which
is decoded when it is asked for more.

A wheel carries a frozen index, which is trusted. In a checkout the index is refreshed whenever a
rule file's name, size or time differs, file by file, and written back if that is possible.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from linter.policy.rule import Rule
from linter.policy.yamltext import RuleFileError

FORMAT = 2
INDEX_NAME = "compiled.jsonl"
PACKAGE = "rules"

Entry = list[Any]
"""``[size, mtime in ns, head, body]`` of one rule file, see :meth:`Rule.to_index`."""


def rules_root() -> Path:
    """The directory of the built-in rules."""
    import rules

    return Path(next(iter(rules.__path__)))


def load_builtin(root: Path | None = None) -> tuple[list[Rule], list[RuleFileError]]:
    """The built-in rules by id, and what is wrong with their files (only in a checkout)."""
    root = root or rules_root()
    index = _read(root / INDEX_NAME)
    if index is not None and index.get("frozen"):
        return _rules(index["files"], root), []
    writable = root / INDEX_NAME
    if index is None:
        index = _read(_cache_path(root))
    stamp = _code_stamp()
    known: dict[str, Entry] = index["files"] if index and index.get("code") == stamp else {}
    files, errors, changed = _refresh(root, known)
    if changed or len(files) != len(known):
        data = {"format": FORMAT, "frozen": False, "code": stamp, "files": files}
        if not _write(writable, data):
            _write(_cache_path(root), data)
    return _rules(files, root), errors


def build_frozen(root: Path, destination: Path) -> int:
    """Write the index that a wheel carries; how many rules it has. Raises ``RuleFileError``."""
    files, errors, _ = _refresh(root, {})
    if errors:
        raise errors[0]
    frozen = {name: [0, 0, *entry[2:]] for name, entry in files.items()}
    data = {"format": FORMAT, "frozen": True, "code": "", "files": frozen}
    destination.parent.mkdir(parents=True, exist_ok=True)
    destination.write_text(_dump(data), encoding="utf-8", newline="\n")
    return len(frozen)


def rule_files(root: Path) -> list[tuple[str, os.stat_result]]:
    """The YAML files one level below a directory, by name: (``area/file``, its stat)."""
    found: list[tuple[str, os.stat_result]] = []
    with os.scandir(root) as areas:
        for area in areas:
            if not area.is_dir() or area.name.startswith((".", "_")):
                continue
            with os.scandir(area.path) as files:
                found.extend(
                    (f"{area.name}/{file.name}", file.stat())
                    for file in files
                    if file.name.endswith(".yaml") and not file.name.startswith(".")
                )
    return sorted(found, key=lambda item: item[0])


def _refresh(
    root: Path, known: dict[str, Entry]
) -> tuple[dict[str, Entry], list[RuleFileError], bool]:
    files: dict[str, Entry] = {}
    errors: list[RuleFileError] = []
    changed = False
    for name, stat in rule_files(root):
        entry = known.get(name)
        if entry is not None and entry[0] == stat.st_size and entry[1] == stat.st_mtime_ns:
            files[name] = entry
            continue
        changed = True
        try:
            files[name] = [stat.st_size, stat.st_mtime_ns, *compile_file(root, name)]
        except RuleFileError as error:
            errors.append(error)
        except OSError as error:
            errors.append(RuleFileError(str(root / name), 1, 1, f"cannot be read: {error}"))
    return files, errors, changed


def compile_file(root: Path, name: str) -> tuple[list[Any], str]:
    """Head and body of one built-in rule file."""
    from linter.policy.rulefile import parse_rule

    path = root / name
    text = path.read_text(encoding="utf-8", errors="replace")
    rule, _ = parse_rule(str(path), text)
    return rule.to_index()


def _rules(files: dict[str, Entry], root: Path) -> list[Rule]:
    base = str(root)
    rules = [
        Rule.from_index(head, body, f"{base}/{name}", f"{PACKAGE}.{name.partition('/')[0]}")
        for name, (_, _, head, body) in files.items()
    ]
    rules.sort(key=lambda rule: rule.id)
    return rules


def _read(path: Path) -> dict[str, Any] | None:
    """The first line as a mapping, with each rule's own line put back into its entry."""
    try:
        first, *bodies = path.read_bytes().decode().split("\n")
        data = json.loads(first)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            return None
        if sum(map(len, bodies)) != data["length"]:
            return None
        for entry, body in zip(data["files"].values(), bodies, strict=True):
            entry.append(body)
    except (OSError, ValueError, KeyError, AttributeError):
        return None
    return data


def _dump(data: dict[str, Any]) -> str:
    files = data["files"]
    bodies = [entry[3] for entry in files.values()]
    heads = {name: entry[:3] for name, entry in files.items()}
    first = {**data, "length": sum(map(len, bodies)), "files": heads}
    return "\n".join((json.dumps(first, ensure_ascii=False, separators=(",", ":")), *bodies))


def _write(path: Path, data: dict[str, Any]) -> bool:
    """Write atomically; False when the place cannot be written."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(_dump(data), encoding="utf-8", newline="\n")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        return False
    return True


def _cache_path(root: Path) -> Path:
    from hashlib import sha256

    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")  # noqa: PTH111, PTH118
    digest = sha256(str(root).encode()).hexdigest()[:16]
    return Path(base) / "pipewarden" / f"rules-{digest}.jsonl"


def _code_stamp() -> str:
    """Changes when the modules that turn a file into a record change."""
    here = Path(__file__).parent
    names = (
        "rulefile.py",
        "rulefile_conditions.py",
        "jsonpath.py",
        "rule.py",
        "parameters.py",
        "messages.py",
        "yamltext.py",
    )
    return ";".join(f"{n}:{(here / n).stat().st_mtime_ns}" for n in names if (here / n).exists())
