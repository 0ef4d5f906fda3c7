"""What parliament and cloudsplaining find in IAM policies, and which of our rules say it.

    python benchmarks/iam_peers.py DIRECTORY [--write docs/iam-peers.md]

``DIRECTORY`` holds policies as JSON, bare or as ``aws iam get-policy-version`` prints them. Every
finding of a peer at error level is either matched by findings of ours in the same file (of every
action that it names, in a statement that allows it), or explained in
``iam_peers_explained.json``; exit code 1 when one is neither. The peers run in an environment of
their own, made beside this file on first use (or ``BENCHMARK_IAM_PEERS``).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import venv
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linter.policy.model import Finding

HERE = Path(__file__).parent
ENVIRONMENT = Path(os.environ.get("BENCHMARK_IAM_PEERS", HERE / ".iam-peers")).absolute()
PEERS = ("parliament", "cloudsplaining")
EXPLAINED = HERE / "iam_peers_explained.json"

_WILDCARDS = "IAM001 IAM002 IAM003 IAM004 IAM005 IAM006 IAM012"
_ESCALATION = " ".join(f"IAM{n:03d}" for n in range(20, 33)) + " IAM016 " + _WILDCARDS
ANSWERS = {
    "DataExfiltration": f"IAM033 {_WILDCARDS}",
    "ResourceExposure": f"IAM035 IAM016 IAM020 IAM036 {_WILDCARDS}",
    "CredentialsExposure": f"IAM034 IAM028 IAM029 IAM069 {_WILDCARDS}",
    "ServiceWildcard": f"IAM010 IAM069 {_WILDCARDS}",
    "InfrastructureModification": f"IAM037 IAM007 IAM035 IAM016 IAM020 IAM033 {_WILDCARDS}",
    "CREDENTIALS_EXPOSURE": f"IAM034 IAM028 IAM029 IAM069 {_WILDCARDS}",
    "INVALID_ARN": "IAM051",
    "MALFORMED": "IAM058",
    "MISMATCHED_TYPE": "IAM052",
    "NOTRESOURCE_WITH_ALLOW": "IAM010",
    "NOTPRINCIPAL_WITH_ALLOW": "IAM011",
    "PERMISSIONS_MANAGEMENT_ACTIONS": f"IAM035 IAM016 IAM020 IAM036 {_WILDCARDS}",
    "PRIVILEGE_ESCALATION": _ESCALATION,
    "RESOURCE_MISMATCH": "IAM050",
    "RESOURCE_POLICY_PRIVILEGE_ESCALATION": f"IAM077 IAM035 IAM036 {_WILDCARDS}",
    "UNKNOWN_ACTION": "IAM049",
    "UNKNOWN_CONDITION_FOR_ACTION": "IAM048 IAM061",
}
"""A peer's issue → our rules that say the same; cloudsplaining's named paths are escalations."""

Key = tuple[str, str]
"""(peer, issue)"""


def peers_python() -> Path:
    """The interpreter of the peers' environment; installs them on first use."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        print(f"installing {', '.join(PEERS)} into {ENVIRONMENT} …", file=sys.stderr)
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PEERS], check=True)
    return python


def theirs(files: Iterable[Path]) -> dict[str, dict[Key, set[str]]]:
    """File name → what the peers say of it at error level (parliament: medium and above).

    With the actions that it is said of, in lower case, where the peer names them.
    """
    done = subprocess.run(
        [str(peers_python()), str(HERE / "iam_peers_worker.py")],
        input="\n".join(map(str, files)),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, dict[Key, set[str]]] = {}
    for name, findings in json.loads(done.stdout).items():
        said = found[Path(name).name] = {}
        for peer, issue, severity, detail in findings:
            if severity != "LOW":
                said.setdefault((peer, issue), set()).update(_actions(peer, issue, detail))
    return found


def _actions(peer: str, issue: str, detail: str) -> Iterable[str]:
    if peer != "cloudsplaining" or issue == "CRASH":
        return
    for word in detail.lower().split(", "):
        yield f"{word}:*" if issue == "ServiceWildcard" else word


@dataclass(frozen=True, slots=True)
class Said:
    """A finding of ours: its rule, and the action patterns of the statement it is about."""

    rule: str
    patterns: tuple[str, ...]


def ours(files: Iterable[Path]) -> dict[str, list[Said]]:
    """File name → what our IAM rules say of it."""
    from linter.policy.engine import lint
    from linter.policy.model import Verdict
    from linter.policy.registry import load_rules
    from linter.policy.selection import Selection
    from linter.project.load import load_texts

    rules, selection = load_rules().rules, Selection(("IAM",))
    found: dict[str, list[Said]] = {}
    for file in files:
        project = load_texts({file.name: file.read_text(encoding="utf-8")})
        found[file.name] = [
            Said(finding.rule, tuple(_patterns(finding)))
            for finding in lint(project, rules, selection).findings
            if finding.verdict is Verdict.FAIL
        ]
    return found


def _patterns(finding: Finding) -> Iterable[str]:
    """Patterns of the actions of the statement that a finding is about."""
    from linter.core.values import lookup

    statement = finding.subject.value if finding.subject is not None else None
    if "Statement" in finding.at[:1] and len(finding.at) > 1:
        statement = lookup(lookup(statement, "Statement"), finding.at[1])
    actions = lookup(statement, "Action")
    for action in actions if isinstance(actions, list) else ():
        if isinstance(action, str):
            yield action.lower()


def answers(issue: str, actions: set[str], said: Iterable[Said]) -> set[str]:
    """Our rules that say the same: of every action that the peer names, in its statement."""
    from linter.domain.iam.patterns import matches

    fitting = set(ANSWERS.get(issue, _ESCALATION).split())
    same = [one for one in said if one.rule in fitting]
    covered = {
        action
        for action in actions
        if any(action == p or matches(p, action) for one in same for p in one.patterns)
    }
    if covered != actions:
        return set()
    if not actions:
        return {one.rule for one in same}
    return {o.rule for o in same for p in o.patterns for a in actions if p == a or matches(p, a)}


def version_of(peer: str) -> str:
    code = f"import importlib.metadata as m; print(m.version({peer!r}))"
    done = subprocess.run(
        [str(peers_python()), "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--write", type=Path, help="Write the table as Markdown.")
    options = parser.parse_args()
    files = sorted(options.directory.glob("*.json"))
    if not files:
        raise SystemExit(f"{options.directory} holds no JSON files")
    said, found = theirs(files), ours(files)
    explained: dict[str, dict[str, Any]] = json.loads(EXPLAINED.read_text(encoding="utf-8"))
    total: Counter[Key] = Counter()
    matched: Counter[Key] = Counter()
    by_rule: dict[Key, Counter[str]] = defaultdict(Counter)
    neither: list[tuple[Key, str]] = []
    accounted: Counter[Key] = Counter()
    for name, keys in said.items():
        for key, actions in keys.items():
            total[key] += 1
            rules = answers(key[1], actions, found[name])
            if rules:
                matched[key] += 1
                by_rule[key].update(rules)
            elif name in explained.get(key[1], {}).get("files", ()):
                accounted[key] += 1
            else:
                neither.append((key, name))
    page = render(len(files), total, matched, by_rule, accounted, explained)
    print(page, end="")
    if options.write:
        options.write.write_text(page, encoding="utf-8")
    for (peer, issue), name in neither:
        print(f"not matched and not explained: {peer} {issue} in {name}", file=sys.stderr)
    return 1 if neither else 0


def render(
    files: int,
    total: Counter[Key],
    matched: Counter[Key],
    by_rule: dict[Key, Counter[str]],
    accounted: Counter[Key],
    explained: dict[str, dict[str, Any]],
) -> str:
    """The page; counts are of files in which a peer reports an issue."""
    versions = ", ".join(f"{peer} {version_of(peer)}" for peer in PEERS)
    lines = [
        "# What other IAM linters find, and what answers it here",
        "",
        f"{files} policies, most of them AWS's own managed policies, read by {versions} and by",
        "pipewarden with every IAM rule on. A row counts the policies in which the peer reports",
        "the issue at error level (parliament: medium and high), where a rule of ours says the",
        "same, and those that were read by hand and are explained below. cloudsplaining names",
        "actions: of each of them a rule must fail in a statement that allows it. Made by",
        "`python benchmarks/iam_peers.py DIRECTORY --write docs/iam-peers.md`. What a policy",
        "allows is compared with a simulator by `python benchmarks/iam_simulator.py`.",
        "",
        "| peer | issue | policies | matched | explained | by rules (policies) |",
        "|---|---|---|---|---|---|",
    ]
    for key in sorted(total):
        ranked = sorted(by_rule[key].items(), key=lambda item: (-item[1], item[0]))
        rules = ", ".join(f"{rule} {count}" for rule, count in ranked[:4])
        lines.append(
            f"| {key[0]} | {key[1]} | {total[key]} | {matched[key]} | {accounted[key]} | {rules} |"
        )
    whole, same = sum(total.values()), sum(matched.values())
    lines += [
        f"| | **all** | {whole} | {same} | {sum(accounted.values())} | |",
        "",
        "## Where they differ",
        "",
    ]
    for issue, entry in sorted(explained.items()):
        lines += [f"**{issue}** ({len(entry['files'])}). {entry['reason']}", ""]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
