"""What is decided of partly known values holds for every value the unknown parts may have.

A document with unknowns is generated together with a way to fill them. Whatever a test, a
condition or a whole rule decides of the partly known document must be what it says of the filled
one; only "unknown" promises nothing.
"""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from linter.core.values import Choice, OpenDict, Rest, Template, Unknown, make_string
from linter.policy.conditions import World, build
from linter.policy.jsonpath import parse_path
from linter.policy.predicates import glob, glob_template

WORDS = ["", "*", "a", "b", "ab", "ml.m5.large", "ml.g5.xlarge", "true", "3", "PT1H", "a/b"]
words = st.sampled_from(WORDS)
PATHS = ["$.A", "$.A.B", "$.L[*]", "$.L[0]", "$.L[*].B", "$..B", '$.L[?(@.B == "a")].A', "$.*"]

tests = st.one_of(
    st.fixed_dictionaries({"set": st.booleans()}),
    st.fixed_dictionaries({"exists": st.booleans()}),
    st.fixed_dictionaries({"equals": words | st.booleans() | st.integers(0, 4)}),
    st.fixed_dictionaries({"not_equals": words}),
    st.fixed_dictionaries({"one_of": st.lists(words, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"none_of": st.lists(words, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"starts_with": st.sampled_from(["a", "ml.", "ab"])}),
    st.fixed_dictionaries({"ends_with": st.sampled_from(["b", "large"])}),
    st.fixed_dictionaries({"contains": st.sampled_from(["a", "m5"])}),
    st.fixed_dictionaries({"like": st.sampled_from(["*", "a*", "*b", "ml.*.large", "a?", "*a*"])}),
    st.fixed_dictionaries({"matches": st.sampled_from(["[a-z]+", "ml[.].*"])}),
    st.fixed_dictionaries({"lte": st.integers(0, 4)}),
    st.fixed_dictionaries({"gt": st.integers(0, 4)}),
    st.fixed_dictionaries({"is": st.sampled_from(["string", "number", "list", "object"])}),
    st.fixed_dictionaries({"length": st.fixed_dictionaries({"lte": st.integers(0, 3)})}),
    st.fixed_dictionaries({"empty": st.booleans()}),
    st.fixed_dictionaries({"subset_of": st.just(["a", "b"])}),
    st.fixed_dictionaries({"superset_of": st.just(["a"])}),
    st.fixed_dictionaries({"disjoint_from": st.just(["a", "*"])}),
    st.fixed_dictionaries({"duration": st.just({"gte": "PT1M"})}),
    st.fixed_dictionaries({"instance": st.just("gpu")}),
)


@st.composite
def simple_conditions(draw: st.DrawFn) -> dict[str, Any]:
    path = draw(st.sampled_from(PATHS))
    found = draw(tests)
    presence = bool({"set", "exists"} & found.keys())
    quantifiers = ["every", "some"] if presence else ["every", "some", "none"]
    return {
        "path": path,
        "steps": parse_path(path),
        "quantifier": draw(st.sampled_from(quantifiers)),
        "tests": found,
        "missing": None if presence else draw(st.sampled_from(["pass", "fail"])),
        "ignore_case": draw(st.booleans()),
    }


conditions = st.recursive(
    simple_conditions(),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=4,
)

# Unknowns that stand for anything have no references: `set` and `exists` promise only that a
# reference is there, which is a policy and not a fact about values.
anything = st.just(0).map(lambda _: Unknown("anything"))
alternatives = st.lists(words | st.none(), min_size=1, max_size=3).map(
    lambda values: Unknown("one of", [], values)
)
templates = st.lists(words | anything, min_size=1, max_size=3).map(make_string)
leaves = words | st.booleans() | st.integers(0, 4) | st.none() | anything | alternatives | templates


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = st.sampled_from(["A", "B", "L"])
    lists = st.lists(inner, max_size=3)
    return st.one_of(
        lists,
        lists.map(lambda items: [*items, Rest("more")]),
        st.dictionaries(keys, inner, max_size=3),
        st.dictionaries(keys, inner, max_size=3).map(OpenDict),
    )


values = st.recursive(leaves, _containers, max_leaves=8)
documents = st.fixed_dictionaries({}, optional={"A": values, "B": values, "L": values})


def fill(value: Any, rng: random.Random) -> Any:
    """A wholly known document that the partly known one may stand for."""
    if isinstance(value, Unknown):
        if value.alternatives:
            return fill(rng.choice(value.alternatives), rng)
        return rng.choice([*WORDS, 3, True, None, [], ["a"], {"B": "a"}, [{"A": "a", "B": "a"}]])
    if isinstance(value, Template):
        return "".join(p if isinstance(p, str) else rng.choice(WORDS) for p in value.parts)
    if isinstance(value, OpenDict):
        known = {key: fill(item, rng) for key, item in value.items()}
        extra = rng.choice(["A", "B", "L", "Z"])
        return {extra: rng.choice(["a", None, ["a"]]), **known} if rng.random() < 0.5 else known
    if isinstance(value, dict):
        return {key: fill(item, rng) for key, item in value.items()}
    if isinstance(value, list):
        out: list[Any] = []
        for item in value:
            if isinstance(item, Rest):
                out.extend(rng.choice(["a", "*", {"B": "a"}]) for _ in range(rng.randrange(3)))
            else:
                out.append(fill(item, rng))
        return out
    return value


@settings(max_examples=1500, deadline=None)
@given(conditions, documents, st.integers(0, 1000))
def test_a_decided_condition_holds_for_every_filling(
    data: dict[str, Any], document: dict[str, Any], seed: int
) -> None:
    node = build(data, {})
    decided = node.eval(World(document, {}, {}))
    if decided is None:
        return
    rng = random.Random(seed)
    for _ in range(4):
        filled = fill(document, rng)
        truth = node.eval(World(filled, {}, {}))
        # A value of a type the test does not understand is unknown, also when it is known.
        assert truth is None or truth is decided, filled


@settings(max_examples=500, deadline=None)
@given(conditions, documents)
def test_evidence_does_not_change_the_truth(data: dict[str, Any], document: Any) -> None:
    node = build(data, {})
    plain = node.eval(World(document, {}, {}))
    world = World(document, {}, {}, evidence=[])
    assert node.eval(world) is plain
    assert world.evidence or plain is not None


@settings(max_examples=600, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b", "ab"]) | anything, min_size=1, max_size=4).map(make_string),
    st.text("ab*?", max_size=6),
    st.lists(st.text("ab", max_size=4), min_size=4, max_size=4),
)
def test_globs_of_templates_agree_with_every_text(
    template: Any, pattern: str, fillings: list[str]
) -> None:
    if not isinstance(template, Template):
        return
    decided = glob_template(template, pattern)
    queue = iter(fillings)
    text = "".join(p if isinstance(p, str) else next(queue) for p in template.parts)
    if decided is not None:
        assert glob(text, pattern) is decided


@settings(max_examples=300, deadline=None)
@given(st.text("ab", max_size=10), st.text("ab*?", max_size=8))
def test_globs_mean_what_fnmatch_means(text: str, pattern: str) -> None:
    import fnmatch

    assert glob(text, pattern) is fnmatch.fnmatchcase(text, pattern)


@settings(max_examples=300, deadline=None)
@given(conditions, st.lists(words, min_size=2, max_size=3, unique=True))
def test_a_choice_is_its_worlds(data: dict[str, Any], allowed: list[str]) -> None:
    """Picking one world of a choice is the same as having its value in the document."""
    choice = Choice(allowed, ["Parameters.P"])
    node = build(data, {})
    for index, value in enumerate(allowed):
        chosen = {(choice.references, len(allowed)): index}
        world = World({"A": choice, "L": [{"B": choice}]}, chosen, {})
        assert node.eval(world) is node.eval(World({"A": value, "L": [{"B": value}]}, {}, {}))
