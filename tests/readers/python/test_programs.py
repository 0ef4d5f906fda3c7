"""What is claimed to be known of a program is what Python makes of it."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import example, given, settings

from linter.core.values import Unknown
from linter.readers.python.values import OneOf, Seq
from tests.readers.python.agreeing import evaluated, fits
from tests.readers.python.programs import NAMES, programs


@settings(max_examples=int(os.environ.get("PW_EX", "300")), deadline=None)
@given(programs())
@example("a = 0\nfor i in range(3):\n    a += i\nb = f'{a:03d}'\nc = items = table = 0\n")
@example("x = [1]\ny = x\ny.append(2)\na = x\nb = c = items = table = len(x)\n")
def test_programs(program: str) -> None:
    real: dict[str, Any] = {}
    try:
        exec(compile(program, "p.py", "exec"), real)
    except Exception:
        return  # a statement that fails is left out, and the rest need not be the same
    scope = evaluated(program)
    for name in NAMES:
        assert fits(scope.names[name], real[name]), (name, scope.names[name].value, real[name])


def test_most_of_what_such_programs_make_is_known() -> None:
    """The property above would hold for a reader that knows nothing."""
    text = """
import os, json
from dataclasses import dataclass, field
from enum import Enum

class Env(Enum):
    DEV = "dev"
    PROD = "prod"

@dataclass
class Config:
    name: str
    env: Env = Env.DEV
    sizes: list = field(default_factory=lambda: ["s"])

    @property
    def title(self):
        return f"{self.name}-{self.env.value}"

def outer(n, *rest, scale=2, **more):
    def inner(k):
        return k * scale + n
    return [inner(i) for i in rest] + sorted(more)

config = Config("x", env=Env.PROD)
a = config.title
b = outer(1, 2, 3, z=1, y=2)
c = {k: v for k, v in zip("ab", range(2))}
d = os.environ.get("REGION", "eu-west-1")
e = os.path.join("a", "b", "..", "c")
f = json.dumps({"k": [1, None]})
g = "%s-%d" % ("x", 3) + "{0}{n}".format(1, n=2)
h = [x for x in [1, 2, 3, 4] if x % 2][::-1]
i, *j = [1, 2, 3]
k = (lambda q, r=3: q + r)(4)
m = "b" if len(j) > 1 and not config.sizes == [] else "c"
n = {**c, "z": max(1, 2)}
while i < 5:
    i += 1
try:
    o = n["missing"]
except KeyError:
    o = "caught"
match d:
    case "us-east-1":
        p = 1
    case "eu-west-1" | "eu-west-2":
        p = 2
    case _:
        p = 3
with open("x") as stream:
    q = stream.read()
"""
    scope = evaluated(text)

    def plain(name: str) -> Any:
        from linter.readers.python.operators import literal

        return literal(scope.names[name].value)

    assert plain("a") == "x-prod"
    assert plain("b") == [5, 7, "y", "z"]
    assert plain("c") == {"a": 0, "b": 1}
    assert plain("d") == "eu-west-1"
    assert plain("e") == "a/b/../c"
    assert plain("f") == '{"k": [1, null]}'
    assert plain("g") == "x-312"
    assert plain("h") == [3, 1]
    assert (plain("i"), plain("j"), plain("k"), plain("m")) == (5, [2, 3], 7, "b")
    assert plain("n") == {"a": 0, "b": 1, "z": 2}
    assert (plain("o"), plain("p")) == ("caught", 2)
    assert isinstance(scope.names["q"].value, Unknown)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import sys\nif sys.argv:\n    a = 1\nelse:\n    a = 2\n", {1, 2}),
        ("import os\na = os.environ['X'] or 'd'\n", None),
        (
            "def f(x):\n    if x:\n        return 1\n    return 2\nimport sys\na = f(sys.argv)\n",
            {1, 2},
        ),
        ("import sys\na = 1 if sys.argv else 2\n", {1, 2}),
        ("import sys\na = 1\nfor x in sys.argv:\n    a = 2\n", {1, 2}),
        ("import sys\na = 1\nwhile sys.argv:\n    a = 2\n", {1, 2}),
        ("import x\ntry:\n    a = x.get()\n    a = 1\nexcept ValueError:\n    a = 2\n", {1, 2}),
        ("import sys\nif sys.argv:\n    raise ValueError\na = 1\n", 1),
        ("import sys\nif sys.argv:\n    sys.exit(1)\na = 1\n", 1),
        ("try:\n    import nothing_here\nexcept ImportError:\n    pass\na = 1\n", 1),
    ],
)
def test_what_depends_on_the_unknown_is_one_of_several(text: str, expected: Any) -> None:
    value = evaluated(text).names["a"].value
    if isinstance(expected, set):
        assert isinstance(value, OneOf), value
        assert {cell.value for cell in value.cells} == expected
    elif expected is None:
        assert isinstance(value, Unknown | OneOf)
    else:
        assert value == expected


@pytest.mark.parametrize(
    "text",
    [
        "import sys\na = []\nif sys.argv:\n    a.append(1)\n",
        "import sys\na = []\nfor x in sys.argv:\n    a.append(x)\n",
        "import other\na = []\nother.change(a)\n",
        "import sys\na = [1, 2]\na[sys.argv[0]] = 3\n",
        "def f(l):\n    l.append(2)\n    return l\nimport sys\na = [1]\nif sys.argv:\n    f(a)\n",
        "import sys\na = []\ndef f():\n if sys.argv:\n  a.append(1)\n  return\nf()\n",
    ],
)
def test_lists_that_may_have_changed_are_not_exact(text: str) -> None:
    value = evaluated(text).names["a"].value
    assert isinstance(value, Seq)
    assert not value.exact
