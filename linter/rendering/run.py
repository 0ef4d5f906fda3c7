"""Starts the process that runs a script, and takes what it wrote."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from linter.core.record import field, record

NO_ACCOUNT = "000000000000"
"""The account in what is rendered where none was given: a placeholder takes its place."""
MAX_RESULT_BYTES = 64 * 1024 * 1024
MAX_OUTPUT = 4_000
"""Characters of what the script printed that are shown when it fails."""
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT")


class RenderError(Exception):
    """The script could not be run, or made no definition; the message is for people."""


@record
class Job:
    """What is to be run.

    ``callable`` is a function of the script, ``""`` for the script itself; ``arguments`` are its
    keyword arguments, ``command_line`` what the script sees in ``sys.argv``. ``seconds`` is the
    limit of its time.
    """

    file: Path
    root: Path
    python: str
    callable: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    command_line: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    region: str = "us-east-1"
    account: str = ""
    """The account that AWS is said to answer; ``""`` for none."""
    seconds: int = 120


def rendered(job: Job) -> list[dict[str, Any]]:
    """The pipelines that the script makes, with definitions. Raises :class:`RenderError`."""
    with tempfile.TemporaryDirectory(prefix="pipewarden-render-") as private:
        result = Path(private, "result.json")
        description = Path(private, "job.json")
        description.write_text(
            json.dumps(
                {
                    "file": str(job.file),
                    "root": str(job.root),
                    "callable": job.callable,
                    "arguments": dict(job.arguments),
                    "command_line": list(job.command_line),
                    "private": private,
                    "result": str(result),
                }
            ),
            "utf-8",
        )
        output = _run(job, private, description)
        try:
            with result.open("rb") as stream:
                data = stream.read(MAX_RESULT_BYTES + 1)
            if len(data) > MAX_RESULT_BYTES:
                raise RenderError(f"what the script made is larger than {MAX_RESULT_BYTES:,} bytes")
            said = json.loads(data)
        except (OSError, ValueError):
            raise RenderError(f"the script ended without a result{_tail(output)}") from None
    if "error" in said:
        at = said.get("at")
        where = f"{_shown(at[0], job.root)}:{at[1]}: " if at else ""
        raise RenderError(f"{where}{said['error']}{_tail(output)}")
    pipelines: list[dict[str, Any]] = said["pipelines"]
    if not pipelines:
        raise RenderError("the script made no pipeline; name the function that does: FILE:FUNCTION")
    return pipelines


def _shown(path: str, root: Path) -> str:
    try:
        return Path(path).resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path


def _tail(output: str) -> str:
    text = output.strip()[-MAX_OUTPUT:]
    return f"\nIt printed:\n{text}" if text else ""


def _run(job: Job, private: str, description: Path) -> str:
    child = Path(__file__).with_name("child.py")
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment.update(
        {
            "HOME": private,
            "TMPDIR": private,
            "AWS_DEFAULT_REGION": job.region,
            "AWS_REGION": job.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": "render",
            "AWS_SECRET_ACCESS_KEY": "render",
            "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **job.environment,
            "PIPEWARDEN_RENDER_ACCOUNT": job.account or NO_ACCOUNT,
        }
    )
    command = [job.python, "-I", "-B", str(child), str(description)]
    printed = Path(private, "printed")
    try:
        with printed.open("wb") as stream:
            process = subprocess.Popen(  # noqa: S603 - this is what the user asked for
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=private,
                start_new_session=True,
                preexec_fn=_limits(job.seconds) if os.name == "posix" else None,
            )
    except OSError as error:
        raise RenderError(f"{job.python} cannot be started: {error.strerror}") from error
    try:
        process.wait(timeout=job.seconds)
    except subprocess.TimeoutExpired:
        _kill(process)
        raise RenderError(
            f"the script ran for {job.seconds} s and was stopped: --timeout"
        ) from None
    except BaseException:
        _kill(process)
        raise
    return _end_of(printed)


def _end_of(file: Path) -> str:
    """The end of what was printed, however much it was."""
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - 4 * MAX_OUTPUT))
        return stream.read().decode("utf-8", "replace")


def _kill(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _limits(seconds: int) -> Any:
    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds + 5, seconds + 10))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))

    return limit


def interpreter(root: Path) -> str:
    """The interpreter of the project: its virtual environment, else the active one, else this."""
    import sys

    names = ("Scripts/python.exe",) if os.name == "nt" else ("bin/python",)
    homes = [root / ".venv", root / "venv"]
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        homes.insert(0, Path(active))
    for home in homes:
        for name in names:
            if (home / name).is_file():
                return str(home / name)
    return sys.executable
