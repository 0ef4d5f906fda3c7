"""A repository full of traps is scanned where no process, socket, write or foreign read may be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.running import pipeline
from tests.config.test_trust import DATA, PYTHON, TRAP
from tests.discovery.test_git import commit, git, trapped

WATCH = """\
import os, sys, sysconfig

ALLOWED = [os.path.realpath(path) for path in {allowed!r}]
WORDS = ("subprocess", "os.exec", "os.fork", "os.posix_spawn", "os.system", "os.spawn", "pty.",
         "socket.", "urllib.", "http.", "ftplib.", "smtplib.", "ctypes.dlopen")
CHANGES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.symlink", "os.link", "os.chmod",
           "os.truncate", "shutil.")
TEMPORARY = {temporary!r}
found = []

def inside(path, roots):
    real = os.path.realpath(os.fsdecode(path))
    return any(real == root or real.startswith(root + os.sep) for root in roots)

def watch(event, arguments):
    if event == "ctypes.dlopen" or event == "socket.__new__" or event.startswith(WORDS):
        found.append((event, repr(arguments)[:200]))
    elif event == "open" and isinstance(arguments[0], (str, bytes)):
        path, mode, flags = arguments
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        if path == os.devnull or os.fsdecode(path).startswith("/proc/self"):
            return
        if writes and not inside(path, [TEMPORARY]):
            found.append(("write", os.fsdecode(path)))
        elif not inside(path, ALLOWED):
            found.append(("read", os.fsdecode(path)))
    elif event.startswith(CHANGES):
        descriptor = arguments[-1] if event in ("os.remove", "os.rmdir") else -1
        if descriptor != -1:  # of a directory that is taken away as a whole
            arguments = (os.readlink(f"/proc/self/fd/{{descriptor}}"),)
        if inside(arguments[0], [TEMPORARY]):
            return
        found.append((event, repr(arguments)[:200]))

from linter.cli.main import cli  # what Python itself loads first is not the scan's
sys.addaudithook(watch)
try:
    code = cli.main(args={arguments!r}, prog_name="pipewarden", standalone_mode=False)
except BaseException as error:
    code = getattr(error, "exit_code", repr(error))
done = list(found)
sys.stderr.write("FOUND " + repr(done) + "\\n")
sys.stderr.write("CODE " + repr(code) + "\\n")
"""
SECRET = "HOSTSECRETVALUE"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("s.tfvars", "secret.json", "secret.tf", "usage.yml"):
        (outside / name).write_text(f'word = "{SECRET}"\n')
    found = tmp_path / "tree"
    git(tmp_path, "init", "-q", "-b", "main", "tree")
    mark = tmp_path / "mark"
    trap = TRAP.format(mark=mark)
    code = {
        f"{name}.py": trap
        for name in (
            "sitecustomize",
            "usercustomize",
            "linter",
            "yaml",
            "json",
            "conftest",
            "setup",
        )
    }
    reads = [
        f'file("{outside}/secret.json")',
        'file("../outside/secret.json")',
        'templatefile("../outside/secret.json", {})',
        'file("/etc/passwd")',
        'file("link.json")',
        'file("pipe")',
        'filebase64("/dev/zero")',
        'fileset("..", "**")',
        'fileset("/etc", "*")',
        'fileexists("/etc/passwd")',
        'file("folder/secret.json")',
    ]
    buckets = "".join(
        f'resource "aws_s3_bucket" "b{n}" {{ bucket = {text} }}\n' for n, text in enumerate(reads)
    )
    commit(
        found,
        {
            "main.tf": pipeline() + buckets,
            "calls.tf": 'module "m" { source = "../outside" }\n'
            'module "g" { source = "git::ext::x" }\n'
            'module "h" { source = "http://169.254.169.254/x" }\n'
            'data "external" "e" { program = ["sh", "-c", "echo"] }\n'
            'data "http" "h" { url = "http://169.254.169.254/" }\n'
            'resource "null_resource" "n" { provisioner "local-exec" { command = "touch x" } }\n',
            ".terraform/modules/modules.json": json.dumps(
                {"Modules": [{"Key": "g", "Dir": "../outside"}, {"Key": "h", "Dir": "/etc"}]}
            ),
            "t.yaml": "Transform: {Name: AWS::Include, Parameters: {Location: s3://x/y}}\n"
            "Resources:\n  S:\n    Type: AWS::CloudFormation::Stack\n"
            "    Properties: {TemplateURL: ../outside/secret.json}\n"
            "  F:\n    Type: AWS::Serverless::Function\n"
            "    Properties: {CodeUri: ../outside, X: !!python/object/apply:os.system [id]}\n",
            "make.py": "from sagemaker.workflow.pipeline import Pipeline\n" + trap,
            "team/ACME001.yaml": DATA,
            ".gitattributes": "* filter=trap diff=trap\n",
            **code,
        },
    )
    commit(found, {"other.tf": pipeline("q")})
    (found / "link.json").symlink_to(outside / "secret.json")
    (found / "folder").symlink_to(outside)
    (found / "linked.tf").symlink_to(outside / "secret.tf")
    (found / "pipewarden-usage.yml").symlink_to(outside / "usage.yml")
    (found / ".gitignore").symlink_to("/dev/zero")
    os.mkfifo(found / "pipe")
    os.mkfifo(found / "pipe.tf")
    trapped(found, mark)
    return found


COMMANDS = [
    ["check", "."],
    ["check", "--no-prices", "--format", "json", "."],
    ["check", "--no-prices", "--changed-since", "main~1", "."],
    ["check", "--no-prices", "--base-config", "main~1", "."],
    ["diff", "main~1"],
    ["graph", "--no-prices"],
    ["inspect"],
    ["iam", "suggest"],
    ["fix", "--diff"],
    ["config", "show"],
]
SETTINGS = ["", 'rules-dirs = ["team"]\n', 'var-files = ["../outside/s.tfvars"]\n']
PYTHON_RULES = 'rules-dirs = ["python"]\n'


def scan(tree: Path, arguments: list[str]) -> tuple[list[tuple[str, str]], str, str]:
    temporary = tree.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    installed = [sys.prefix, sys.base_prefix, str(Path(__file__).parent.parent.parent)]
    # Packages may lie in an environment of their own; a mime table and the clock are the system's.
    installed += [path for path in sys.path if path.endswith("site-packages")]
    allowed = [str(tree), str(temporary), *installed, "/usr/share/zoneinfo", "/etc/localtime"]
    program = WATCH.format(allowed=allowed, temporary=str(temporary), arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", program],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": os.environ["PATH"], "TMPDIR": str(temporary), "HOME": str(temporary)},
    )
    lines = dict(line.split(" ", 1) for line in done.stderr.splitlines()[-2:])
    found: list[tuple[str, str]] = eval(lines["FOUND"])
    return found, lines["CODE"], done.stdout + done.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_nothing_happens(tree: Path, arguments: list[str]) -> None:
    if arguments[:2] == ["check", "."] or arguments[0] == "diff":
        (tree / "pipewarden-usage.yml").unlink()
    found, code, said = scan(tree, arguments)
    assert found == []
    assert code in ("0", "1", "2", "3"), said
    assert SECRET not in said
    assert "root:x:0" not in said
    assert not (tree.parent / "mark").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
@pytest.mark.parametrize("settings", [*SETTINGS, PYTHON_RULES])
def test_nor_by_the_configuration(tree: Path, settings: str) -> None:
    (tree / "pipewarden.toml").write_text(settings)
    (tree / "python").mkdir()
    (tree / "python" / "ACME001.yaml").write_text(PYTHON)
    (tree / "python" / "trap.py").write_text(TRAP.format(mark=tree.parent / "mark"))
    found, code, said = scan(tree, ["check", "--no-prices", "."])
    assert found == []
    assert code == ("2" if "outside" in settings or "python" in settings else "3"), said
    assert SECRET not in said
    assert not (tree.parent / "mark").exists()
