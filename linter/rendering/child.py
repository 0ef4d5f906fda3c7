"""Runs one script and writes the definitions of its pipelines. Started by ``render`` only.

It runs in the user's interpreter, which need not have pipewarden: nothing but the standard library
and the SDK is used. What is refused here (sockets, processes, writing) keeps an honest script from
doing by accident what rendering must not do; it is no sandbox against a hostile one.
"""

import importlib.util
import inspect
import json
import logging
import os
import runpy
import sys
import warnings

HARMLESS_SOCKETS = ("socket.__new__", "socket.gethostname", "socket.getservbyname")
"""Making a socket is no sending, and libraries make one to see what the machine has."""
REFUSED = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "os.kill",
    "os.killpg",
    "pty.spawn",
    "signal.pthread_kill",
    "syslog.syslog",
)
CHANGES = {
    "os.chflags": ((0, None),),
    "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),),
    "os.link": ((0, 2), (1, 3)),
    "os.mkdir": ((0, 2),),
    "os.remove": ((0, 1),),
    "os.removexattr": ((0, None),),
    "os.rename": ((0, 2), (1, 3)),
    "os.rmdir": ((0, 1),),
    "os.setxattr": ((0, None),),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, None),),
    "os.utime": ((0, 3),),
    "sqlite3.connect": ((0, None),),
}
"""Events that change files: where among the arguments a path is, and what it is relative to."""
WITHOUT_EVENTS = (("os", "mkfifo"), ("os", "mknod"), ("_posixsubprocess", "fork_exec"))
OF_NAMES = ("os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink")
"""Those that do not follow a link."""
RECORDED = {
    "sagemaker.workflow.steps": ("Step",),
    "sagemaker.workflow.step_collections": ("StepCollection",),
    "sagemaker.workflow.pipeline": ("Pipeline",),
    "sagemaker.estimator": ("EstimatorBase",),
    "sagemaker.processing": ("Processor",),
    "sagemaker.transformer": ("Transformer",),
    "sagemaker.tuner": ("HyperparameterTuner",),
    "sagemaker.model": ("Model",),
    "sagemaker.mlops.workflow.steps": ("Step",),
    "sagemaker.mlops.workflow.step_collections": ("StepCollection",),
    "sagemaker.mlops.workflow.pipeline": ("Pipeline",),
    "sagemaker.core.processing": ("Processor",),
    "sagemaker.train.model_trainer": ("ModelTrainer",),
}


def opened(descriptor):
    """The path of an open directory; the private one where the system does not tell."""
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        pass
    try:
        import fcntl

        return os.fsdecode(fcntl.fcntl(descriptor, 50, b"\0" * 1024).rstrip(b"\0"))  # F_GETPATH
    except (ImportError, OSError):
        return os.environ["TMPDIR"]


def refuse(job):
    """An audit hook that lets nothing out of the private directory."""
    allowed = os.path.realpath(job["private"]) + os.sep
    real = os.path.realpath

    def inside(path, directory=None, itself=False):
        if isinstance(path, bytes) or hasattr(path, "__fspath__"):
            path = os.fsdecode(path)
        if not isinstance(path, str) or path in (os.devnull, ":memory:"):
            return True
        if isinstance(directory, int) and directory >= 0:
            path = os.path.join(opened(directory), path)
        # What names a link itself is where the link is, not where it leads.
        at = os.path.join(real(os.path.dirname(path)), "x") if itself else real(path)
        return (at + os.sep).startswith(allowed)

    def hook(event, arguments):
        sends = event.startswith("socket.") and event not in HARMLESS_SOCKETS
        if sends or event in REFUSED:
            raise PermissionError(f"render refuses {event}: nothing is sent or started")
        if event == "open":
            path, mode, flags = arguments
            writes = isinstance(mode, str) and set(mode) & set("wax+")
            writes = writes or (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            if writes and not inside(path):
                raise PermissionError(f"render refuses to write {path!r}")
        elif event in CHANGES and not all(
            inside(arguments[at], None if by is None else arguments[by], event in OF_NAMES)
            for at, by in CHANGES[event]
        ):
            raise PermissionError(f"render refuses {event}: nothing outside is changed")

    sys.addaudithook(hook)
    for module, name in WITHOUT_EVENTS:
        try:
            owner = importlib.import_module(module)
        except ImportError:
            continue
        if hasattr(owner, name):
            setattr(owner, name, refused(f"{module}.{name}"))


def refused(name):
    """In the place of a function that starts or makes something and raises no audit event."""

    def function(*arguments, **more):
        raise PermissionError(f"render refuses {name}: nothing is started or made outside")

    return function


def answer(self, operation, parameters):
    """What AWS would say, as far as putting a pipeline together needs it."""
    said = {"ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}}}
    account = os.environ["PIPEWARDEN_RENDER_ACCOUNT"]
    role = f"arn:aws:iam::{account}:role/"
    answers = {
        "GetCallerIdentity": {
            "Account": account,
            "Arn": f"arn:aws:sts::{account}:assumed-role/ExecutionRole/render",
            "UserId": "render",
        },
        "GetRole": {"Role": {"Arn": role + str(parameters.get("RoleName", "ExecutionRole"))}},
        "ListBuckets": {"Buckets": []},
        "ListObjectsV2": {"KeyCount": 0, "Contents": []},
        "ListTags": {"Tags": []},
    }
    return {**said, **answers.get(operation, {})}


def place(root):
    """Where the nearest frame of the tree is in its file."""
    frame = sys._getframe(2)
    while frame is not None:
        name = os.path.realpath(frame.f_code.co_filename)
        own = frame.f_globals.get("__name__") or ""
        packaged = os.sep + "site-packages" + os.sep in name or own.startswith("sagemaker")
        if name.startswith(root) and not packaged:
            positions = getattr(frame.f_code, "co_positions", None)
            found = (frame.f_lineno, None, None, None)
            if positions is not None:
                found = list(positions())[frame.f_lasti // 2]
                found = (found[0], found[1], found[2], found[3])
            return [name, *found]
        frame = frame.f_back
    return None


def record(root):
    """Note where objects of the SDK are made, the first time each is."""
    made = {}
    keep = []

    def wrap(cls):
        own = cls.__init__

        def init(self, *args, **kwargs):
            if id(self) not in made:
                keep.append(self)
                made[id(self)] = (self, place(root))
            return own(self, *args, **kwargs)

        init.__signature__ = inspect.signature(own)
        init.__wrapped__ = own
        cls.__init__ = init

    for module, names in RECORDED.items():
        try:
            loaded = importlib.import_module(module)
        except Exception:
            continue
        for name in names:
            cls = getattr(loaded, name, None)
            if cls is not None:
                wrap(cls)
    return made


def job_of(step):
    """The object that a step's job is made of."""
    arguments = getattr(step, "step_args", None)
    functions = getattr(arguments, "func_args", None)
    if functions:
        return functions[0]
    for name in ("estimator", "processor", "transformer", "tuner", "model"):
        found = getattr(step, name, None) or getattr(arguments, name, None)
        if found is not None:
            return found
    return None


def run(job):
    """Run the script, or call a function of it; gives what a module-level name may hold."""
    if not job["callable"]:
        return list(runpy.run_path(job["file"], run_name="__main__").values())
    name = os.path.splitext(os.path.basename(job["file"]))[0]
    spec = importlib.util.spec_from_file_location(name, job["file"])
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    function = module
    for part in job["callable"].split("."):
        function = getattr(function, part)
    missing = [
        one.name
        for one in inspect.signature(function).parameters.values()
        if one.default is one.empty
        and one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
        and one.name not in job["arguments"]
    ]
    if missing:
        given = " ".join(f"--arg {name}=..." for name in missing)
        raise TypeError(f"{job['callable']}() needs {', '.join(missing)}: give {given}")
    return [function(**job["arguments"])]


def main():
    with open(sys.argv[1], encoding="utf-8") as stream:
        job = json.load(stream)
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    root = os.path.realpath(job["root"]) + os.sep
    sys.path[:0] = [os.path.dirname(job["file"]), job["root"]]
    os.chdir(job["root"])
    said = {"pipelines": []}
    try:
        refuse(job)
        import botocore.client

        botocore.client.BaseClient._make_api_call = answer
        made = record(root)
        sys.argv = [job["file"], *job["command_line"]]
        try:
            run(job)
        except SystemExit as stop:
            if not any(type(one).__name__ == "Pipeline" for one, _ in made.values()):
                raise RuntimeError(f"the script ends with {stop.code!r}") from None
        objects = list(made.values())
        for one, where in objects:
            if type(one).__name__ != "Pipeline" or not hasattr(one, "definition"):
                continue
            entry = {"name": one.name, "definition": one.definition(), "place": where}
            entry["steps"] = [
                {
                    "name": step.name,
                    "place": at,
                    "job": made.get(id(job_of(step)), (None, None))[1],
                }
                for step, at in objects
                if hasattr(step, "step_type") or hasattr(step, "request_dicts")
            ]
            said["pipelines"].append(entry)
    except BaseException as error:
        import traceback

        frames = traceback.extract_tb(error.__traceback__)
        own = [f for f in frames if os.path.realpath(f.filename).startswith(root)]
        said["error"] = f"{type(error).__name__}: {error}"
        if own:
            said["at"] = [own[-1].filename, own[-1].lineno]
    with open(job["result"], "w", encoding="utf-8") as stream:
        json.dump(said, stream)


main()
