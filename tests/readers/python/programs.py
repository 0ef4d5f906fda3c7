"""Small programs made at random, of what scripts for pipelines are made of."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

NAMES = ("a", "b", "c", "items", "table")
START = """\
import sys
a = 3
b = "x-1"
c = 2.5
items = [1, "two", 3]
table = {"k": 1, "sizes": ["s", "m"]}
"""

_ATOMS = ("1", "0", '"x"', '"ml.m5.xlarge"', "True", "None", "2.5", "a", "b", "c", "len(items)")
_OPERATORS = ("+", "-", "*", "/", "//", "%", "==", "!=", "<", "and", "or")


def _expressions(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, st.sampled_from(_OPERATORS), inner)
    return st.one_of(
        two.map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map("f'<{{{}}}>'".format),
        inner.map("str({})".format),
        inner.map("[{}, 1]".format),
        inner.map("not {}".format),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        inner.map("'%s/%s' % ({}, b)".format),
        inner.map("'{{}}-{{}}'.format({}, a)".format),
    )


expressions = st.recursive(
    st.one_of(
        st.sampled_from(_ATOMS),
        st.sampled_from(
            [
                "items[0]",
                "items[-1]",
                "items[1:]",
                "table['k']",
                "table.get('k', 5)",
                "table.get('none', 'd')",
                "table['sizes'][0]",
                "[str(i) + '!' for i in items if i != 3]",
                "{k: 1 for k in table}",
                "b.upper()",
                "b.split('-')",
                "'/'.join(['s', b])",
                "b.replace('x', 'yy')",
                "sorted(table)",
                "sum([1, 2, a])",
                "max(a, 2)",
                "any(items)",
                "list(zip(items, 'ab'))",
                "list(enumerate(items))",
                "dict(table, z=1)",
                "{**table, 'k': 2}",
                "isinstance(b, str)",
                "'x' in b",
                "len(sys.argv)",
                "(len(sys.argv) > 0)",
                "(len(sys.argv) > 99)",
                "sys.argv[:2]",
                "(a if len(sys.argv) > 0 else b)",
                "table.get(b)",
                "table[b]",
                "items[a]",
                "table.pop('k', 0)",
                "items.pop()",
                "next(iter(items))",
                "list(x for x in items)",
                "{a, c, 3}",
                "list(map(str, items))",
                "list(counted(items))",
                "twice(a)",
                "Box(a).double()",
            ]
        ),
    ),
    _expressions,
    max_leaves=6,
)


_KINDS = (
    *("assign", "assign", "if", "for", "append", "set", "try", "while", "unless", "break"),
    *("raise", "del", "alias", "many"),
)


@st.composite
def statements(draw: Any, depth: int = 2) -> list[str]:
    """A few statements, each a list of lines."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(_KINDS))
        value = draw(expressions)
        name = draw(st.sampled_from(NAMES[:3]))
        if kind == "append":
            lines.append(f"items.append({value})")
        elif kind == "set":
            lines.append(f"table[{draw(st.sampled_from(_KEYS))}] = {value}")
        elif kind == "del":
            lines.append(draw(st.sampled_from(["del items[0]", "del table['k']", "items.clear()"])))
        elif kind == "alias":
            lines += ["shared = items", f"shared += [{value}]"]
        elif kind == "raise":
            lines += [f"if {value}:", "    raise ValueError"]
        elif kind == "assign" or depth == 0:
            lines.append(f"{name} = {value}")
        else:
            body = [f"    {line}" for line in draw(statements(depth=depth - 1))]
            if kind == "if":
                lines += [f"if {value}:", *body, "else:", f"    {name} = 7"]
            elif kind == "unless":
                lines += ["if len(sys.argv) > 0:", *body, "else:", f"    {name} = 7"]
            elif kind == "while":
                lines += ["turns = 0", "while turns < 3:", "    turns += 1", *body]
            elif kind == "many":
                lines += ["for _ in sys.argv[:2]:", *body]
            elif kind == "break":
                lines += ["for one in list(items)[:3]:", *body, f"    if {value}:", "        break"]
                lines += ["else:", f"    {name} = 'through'"]
            elif kind == "for":
                lines += ["for one in list(items)[:3]:", f"    {name} = one", *body]
            else:
                lines += ["try:", *body, "except Exception:", f"    {name} = 'caught'"]
    return lines


_KEYS = ('"n"', '"k"', "a", "b", "str(len(sys.argv))")

HEAD = """\
def twice(value, factor=2):
    if value is None:
        return "nothing"
    return value * factor


def counted(values):
    for number, value in enumerate(values):
        if number > 2:
            return
        yield f"{number}:{value}"


class Box:
    size = 4

    def __init__(self, value):
        self.value = value

    def double(self):
        return [self.value, self.size]


"""


@st.composite
def programs(draw: Any) -> str:
    return HEAD + START + "\n".join(draw(statements())) + "\n"
