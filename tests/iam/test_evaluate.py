"""Policy evaluation: AWS's documented cases, and properties on random policies."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linter.core.truth import Truth
from linter.core.values import Choice, OpenDict, Rest, Template, Unknown
from linter.domain.iam.evaluate import Permissions, allowed, statements_of
from linter.domain.iam.globs import GAP, covers, holds_one, may_meet, plain, wild
from linter.domain.iam.operators import holds_for
from linter.domain.iam.request import Request

OBJECT = "arn:aws:s3:::data/train/a.csv"
SOME = Unknown("var.x has no default", ("var.x",))


def policy(*statements: Any, version: Any = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def allow(action: Any = "s3:GetObject", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "s3:GetObject", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def asked(
    *policies: Any, action: str = "s3:GetObject", resource: Any = OBJECT, **more: Any
) -> Truth:
    context = more.pop("context", {})
    return allowed(
        Permissions(statements_of(*policies), **more),
        Request(action, resource, context=context, complete=True),
    )


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], False),
        ([allow()], True),
        ([allow("S3:getobject")], True),
        ([allow("s3:Get*")], True),
        ([allow("s3:Get?bject")], True),
        ([allow("s3:Put*")], False),
        ([allow("*")], True),
        ([allow(resource="arn:aws:s3:::data/*")], True),
        ([allow(resource="arn:aws:s3:::DATA/*")], False),
        ([allow(resource="arn:aws:s3")], True),
        ([allow(resource=["arn:aws:s3:::other/*", "arn:aws:s3:::data/train/?.csv"])], True),
        ([allow(), deny()], False),
        ([deny(), allow()], False),
        ([allow(), deny("s3:*", "arn:aws:s3:::data/secret/*")], True),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], True),
        ([{"Effect": "Allow", "NotAction": ["s3:Get*"], "Resource": "*"}], False),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::data/*"}], False),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::other/*"}], True),
        ([allow(), {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}], True),
        ([allow(), {"Effect": "Deny", "NotAction": "sagemaker:*", "Resource": "*"}], False),
        # What is not known stays so, and decides only what it can decide.
        ([allow(SOME)], None),
        ([allow(["s3:GetObject", SOME])], True),
        ([allow(resource=SOME)], None),
        ([allow(resource=Template(("arn:aws:s3:::", SOME, "/*")))], None),
        ([allow(resource=Template(("arn:aws:s3:::other-", SOME)))], False),
        ([allow(resource=Template((SOME, "/train/a.parquet")))], False),
        ([allow(resource=Choice(["arn:aws:s3:::data/*", "*"]))], True),
        ([allow(resource=Choice(["arn:aws:s3:::data/*", "arn:aws:s3:::x"]))], None),
        ([allow(resource=["arn:aws:s3:::x", Rest("more")])], None),
        ([allow(), deny(SOME)], None),
        ([allow(), deny(resource=Template(("arn:aws:s3:::other-", SOME)))], True),
        ([{**allow(), "Effect": SOME}], None),
        ([allow(), SOME], None),
        ([SOME, deny()], False),
        ([OpenDict(allow())], None),
        ([allow(Condition=SOME)], None),
        ([Choice([allow(), deny()])], None),
        ([deny(), Choice([allow(), allow("s3:*")])], False),
        ([allow(), deny(resource=Template(("arn:aws:s3:::data/", SOME, "e}")))], None),
        ([allow(), deny(resource=Template(("arn:aws:s3:::$", SOME, "/train/a.csv")))], None),
        ([allow("s3:Put*", Condition=SOME)], False),
    ],
)
def test_statements_together(statements: list[Any], expected: Truth) -> None:
    assert asked(policy(*statements)) is expected


def test_any_resource_is_a_question_too() -> None:
    assert asked(policy(allow()), resource=SOME) is True
    assert asked(policy(allow(resource="arn:aws:s3:::data/*")), resource=SOME) is None
    assert asked(policy(allow(), deny(resource="arn:aws:s3:::x")), resource=SOME) is None
    assert asked(policy(allow(), deny()), resource=SOME) is False


def test_several_policies_and_a_boundary() -> None:
    all_of_s3 = policy(allow("s3:*"))
    reading = statements_of(policy(allow("s3:Get*")))
    assert asked(policy(), all_of_s3) is True
    assert asked(all_of_s3, boundary=reading) is True
    assert asked(all_of_s3, boundary=reading, action="s3:DeleteObject") is False
    assert asked(policy(), boundary=reading) is False
    assert asked(all_of_s3, boundary=statements_of(SOME)) is None
    assert asked(all_of_s3, boundary=statements_of(policy(allow("*"), deny("s3:*")))) is False
    assert asked(Choice([all_of_s3, policy()])) is None
    assert asked(all_of_s3, Choice([all_of_s3, policy(deny("s3:*"))])) is None
    assert asked(policy(), complete=False) is None
    assert asked(policy(deny()), complete=False) is False


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": "arn:aws:iam::111122223333:role/jobs"}, True),
        ({"AWS": "arn:aws:iam::111122223333:role/other"}, False),
        ({"AWS": ["111122223333"]}, None),
        ({"AWS": "arn:aws:iam::111122223333:root"}, None),
        ({"AWS": "arn:aws:iam::444455556666:root"}, False),
        ({"Service": "sagemaker.amazonaws.com"}, False),
        ({"AWS": SOME}, None),
        (SOME, None),
    ],
)
def test_principals_of_a_resource_policy(principal: Any, expected: Truth) -> None:
    statement = {**allow(), "Principal": principal}
    request = Request(
        "s3:GetObject", OBJECT, principal="arn:aws:iam::111122223333:role/jobs", complete=True
    )
    found = allowed(Permissions(resource=statements_of(policy(statement))), request)
    assert found is expected
    turned = {**deny(), "NotPrincipal": principal}
    both = Permissions(statements_of(policy(allow())), resource=statements_of(policy(turned)))
    assert allowed(both, request) is expected


def test_principals_that_may_be_this_one() -> None:
    either = {**allow(), "Principal": Choice(["*", {"Service": "x.amazonaws.com"}])}
    session = "arn:aws:sts::111122223333:assumed-role/jobs/run-1"
    named = {**allow(), "Principal": {"AWS": "arn:aws:iam::111122223333:role/team/jobs"}}
    other = {**allow(), "Principal": {"AWS": "arn:aws:iam::111122223333:role/team/other"}}

    def by(statement: Any, principal: Any) -> Truth:
        request = Request("s3:GetObject", OBJECT, principal=principal, complete=True)
        return allowed(Permissions(resource=statements_of(policy(statement))), request)

    assert by(either, "arn:aws:iam::111122223333:role/jobs") is None
    assert by(named, session) is None
    assert by(other, session) is False


def test_a_boundary_bounds_some_of_what_a_resource_policy_allows() -> None:
    """An implicit denial bounds roles, and neither users nor sessions that are named."""
    statement = {**allow(), "Principal": "*"}
    resource = statements_of(policy(statement))
    request = Request("s3:GetObject", OBJECT, "arn:aws:iam::111122223333:user/u", complete=True)
    silent, explicit = statements_of(policy()), statements_of(policy(deny()))
    assert allowed(Permissions(boundary=silent, resource=resource), request) is None
    assert allowed(Permissions(boundary=explicit, resource=resource), request) is False


def test_who_may_assume_a_role() -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
    }
    permissions = Permissions(resource=statements_of(policy(trust)))

    def by(service: str, account: str | None) -> Truth:
        context = {"aws:sourceaccount": account}
        request = Request("sts:AssumeRole", "*", service, context, complete=True)
        return allowed(permissions, request)

    assert by("sagemaker.amazonaws.com", "111122223333") is True
    assert by("sagemaker.amazonaws.com", "444455556666") is False
    assert by("sagemaker.amazonaws.com", None) is False
    assert by("lambda.amazonaws.com", "111122223333") is False


ARN = "arn:aws:sns:us-east-1:111122223333:topic"
ONE_VALUE: list[tuple[str, Any, Any, Truth]] = [
    ("StringEquals", "a*", "a*", True),
    ("StringEquals", "a*", "ab", False),
    ("StringEquals", ["x", "a"], "a", True),
    ("StringEquals", "a", "A", False),
    ("StringEqualsIgnoreCase", "a", "A", True),
    ("StringNotEquals", ["x", "a"], "a", False),
    ("StringNotEquals", ["x", "y"], "a", True),
    ("StringNotEqualsIgnoreCase", "A", "a", False),
    ("StringLike", "a?c*", "abcd", True),
    ("StringNotLike", "a*", "abc", False),
    ("stringequals", "a", "a", True),
    ("NumericLessThan", "5", 4, True),
    ("NumericLessThanEquals", 5, "5.0", True),
    ("NumericGreaterThan", 5, "5", False),
    ("NumericEquals", "1e1", "10", True),
    ("NumericNotEquals", "10", "10", False),
    ("NumericEquals", "ten", "10", None),
    ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", True),
    ("DateLessThan", "2026-01-01", "2026-06-01T00:00:00Z", False),
    ("DateEquals", "1767225600", "2026-01-01T00:00:00Z", True),
    ("DateGreaterThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", True),
    ("Bool", "true", "true", True),
    ("Bool", True, "TRUE", True),
    ("Bool", "true", "false", False),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
    ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
    ("IpAddress", "203.0.113.9", "203.0.113.10", False),
    ("NotIpAddress", ["10.0.0.0/8", "203.0.113.0/24"], "203.0.113.9", False),
    ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
    ("IpAddress", "2001:db8::/32", "203.0.113.9", False),
    ("ArnLike", "arn:aws:sns:*:111122223333:*", ARN, True),
    ("ArnEquals", "arn:aws:sns:*:111122223333:topic", ARN, True),
    ("ArnLike", "arn:aws:sns:*:topic", ARN, None),
    ("ArnLike", "arn:aws:s*:us-east-1:*:topic", ARN, True),
    ("ArnNotLike", "arn:aws:sns:*:111122223333:*", ARN, False),
    ("ArnLike", "arn:aws:sqs:*:*:*", ARN, False),
    ("Null", "true", "x", False),
    ("Null", "false", "x", True),
    ("Null", Template(("f", SOME)), "x", None),
    ("NoSuchOperator", "a", "a", None),
    ("StringEquals", SOME, "a", None),
    ("StringNotEquals", ["a", SOME], "a", False),
    ("StringEquals", Template(("b-", SOME)), "a", False),
    ("StringLike", "*", [SOME], True),
    ("StringEquals", "a", Template((SOME, "b")), False),
    ("StringEquals", ["a", Rest("more")], "a", True),
]


@pytest.mark.parametrize(("operator", "wanted", "value", "expected"), ONE_VALUE)
def test_operators(operator: str, wanted: Any, value: Any, expected: Truth) -> None:
    request = Request("s3:GetObject", context={"aws:key": value}, complete=True)
    assert holds_for(operator, "AWS:Key", wanted, request) is expected
    assert holds_for(f"{operator}IfExists", "aws:key", wanted, request) is (
        None if operator == "Null" else expected
    )


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("StringEqualsIfExists", True),
        ("ArnNotLike", True),
        ("NumericLessThan", False),
        ("IpAddress", False),
        ("NotIpAddress", True),
        ("ForAllValues:StringEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", None),
    ],
)
def test_a_key_that_is_absent(operator: str, expected: Truth) -> None:
    absent = Request("s3:GetObject", context={"aws:key": None})
    assert holds_for(operator, "aws:Key", "a", absent) is expected
    assert holds_for("Null", "aws:Key", "true", absent) is True
    assert holds_for("Null", "aws:Key", "false", absent) is False
    not_known = Request("s3:GetObject")
    assert holds_for(operator, "aws:Key", "a", not_known) is None
    assert holds_for("Null", "aws:Key", "true", not_known) is None


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "c"], False),
        ("ForAllValues:StringNotEquals", ["c", "d"], True),
        ("ForAllValues:StringNotEquals", ["a", "d"], False),
        ("ForAnyValue:StringEquals", ["a", "c"], True),
        ("ForAnyValue:StringEquals", ["c"], False),
        ("ForAnyValue:StringNotEquals", ["a", "c"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], False),
        ("ForAllValues:StringEquals", ["a", SOME], None),
        ("ForAllValues:StringEquals", ["c", SOME], False),
        ("ForAnyValue:StringEquals", ["a", SOME], True),
        ("ForAllValues:StringEquals", [], True),
        ("ForAnyValue:StringEquals", [], False),
    ],
)
def test_keys_with_several_values(operator: str, values: list[Any], expected: Truth) -> None:
    request = Request("s3:GetObject", context={"aws:tagkeys": values})
    assert holds_for(operator, "aws:TagKeys", ["a", "b"], request) is expected


HOME = "arn:aws:s3:::home/${aws:username}/*"


@pytest.mark.parametrize(
    ("resource", "context", "object_", "expected"),
    [
        (HOME, {"aws:username": "ann"}, "arn:aws:s3:::home/ann/x", True),
        (HOME, {"aws:username": "ann"}, "arn:aws:s3:::home/bob/x", False),
        (HOME, {"aws:username": None}, "arn:aws:s3:::home/ann/x", False),
        (HOME, {"aws:username": SOME}, "arn:aws:s3:::home/ann/x", None),
        (HOME, {"aws:username": SOME}, "arn:aws:s3:::work/ann/x", False),
        (HOME, {"aws:username": "*"}, "arn:aws:s3:::home/ann/x", False),
        (HOME.replace("username", "username, 'guest'"), {}, "arn:aws:s3:::home/guest/x", True),
        ("arn:aws:s3:::a${*}b${?}${$}", {}, "arn:aws:s3:::a*b?$", True),
        ("arn:aws:s3:::a${*}b", {}, "arn:aws:s3:::axb", False),
        (Template(("arn:aws:s3:::${aws:user", SOME)), {}, "arn:aws:s3:::x", None),
    ],
)
def test_policy_variables(
    resource: Any, context: dict[str, Any], object_: str, expected: Truth
) -> None:
    assert asked(policy(allow(resource=resource)), resource=object_, context=context) is expected


def test_what_a_variable_without_value_excludes_is_not_said() -> None:
    """AWS documents what such a variable does not match, not what it does not exclude."""
    context = {"aws:username": None}
    excluding = {"Effect": "Allow", "Action": "s3:*", "NotResource": HOME}
    assert asked(policy(excluding), context=context) is None
    condition = {"StringNotEquals": {"aws:k": "${aws:username}"}}
    assert asked(policy(allow(Condition=condition)), context={"aws:k": "v", **context}) is None


def test_variables_are_text_in_policies_of_the_first_version() -> None:
    old = policy(allow(resource=HOME), version="2008-10-17")
    context = {"aws:username": "ann"}
    assert asked(old, resource="arn:aws:s3:::home/ann/x", context=context) is False
    assert asked(old, resource="arn:aws:s3:::home/${aws:username}/x") is True
    unsaid = policy(allow(resource=HOME), version=SOME)
    assert asked(unsaid, resource="arn:aws:s3:::home/ann/x", context=context) is None


def test_variables_in_conditions() -> None:
    condition = {"StringLike": {"s3:prefix": ["${aws:username}/*"]}}
    statement = allow("s3:ListBucket", Condition=condition)
    context = {"aws:username": "ann", "s3:prefix": "ann/2026"}
    assert asked(policy(statement), action="s3:ListBucket", context=context) is True
    context["s3:prefix"] = "bob/2026"
    assert asked(policy(statement), action="s3:ListBucket", context=context) is False


# Properties.

LETTERS = st.text(alphabet="ab:/", max_size=6)
GLOBS = st.text(alphabet="ab:/*?", max_size=8)
ACTIONS = st.sampled_from(["s3:GetObject", "s3:PutObject", "sagemaker:CreateModel", "iam:PassRole"])
ACTION_PATTERNS = st.sampled_from(
    ["*", "s3:*", "s3:Get*", "S3:PUTOBJECT", "sagemaker:*", "iam:PassRole", "s3:?etObject"]
)
RESOURCES = st.sampled_from([f"arn:aws:s3:::{b}/{k}" for b in "ab" for k in ("x", "y/z")])
RESOURCE_PATTERNS = st.sampled_from(
    ["*", "arn:aws:s3:::a/*", "arn:aws:s3:::?/x", "arn:aws:s3:::b/y/z", "arn:aws:s3:::*/z"]
)
CONDITIONS = st.sampled_from(
    [
        {},
        {"StringEquals": {"aws:k": "v"}},
        {"StringNotLike": {"aws:k": ["v*", "w"]}},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"ForAllValues:StringEquals": {"aws:k": ["v", "w"]}, "Null": {"aws:k": "false"}},
        {"NumericLessThanEqualsIfExists": {"aws:n": "3"}},
    ]
)


@st.composite
def statements(draw: st.DrawFn, effect: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Effect": effect or draw(st.sampled_from(["Allow", "Deny"])),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(
            st.lists(ACTION_PATTERNS, min_size=1, max_size=3)
        ),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): draw(
            st.lists(RESOURCE_PATTERNS, min_size=1, max_size=3)
        ),
    }
    condition = draw(CONDITIONS)
    return {**found, "Condition": condition} if condition else found


@st.composite
def requests(draw: st.DrawFn) -> Request:
    context = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "aws:k": st.sampled_from(["v", "w", "x", ["v", "w"], ["v", "x"]]),
                "aws:n": st.sampled_from(["2", "4"]),
                "aws:securetransport": st.sampled_from(["true", "false"]),
            },
        )
    )
    return Request(draw(ACTIONS), draw(RESOURCES), context=context, complete=True)


@given(GLOBS, LETTERS)
def test_matching_agrees_with_regular_expressions(glob: str, text: str) -> None:
    written = {"*": ".*", "?": "."}
    reference = "".join(written.get(c, re.escape(c)) for c in glob)
    expected = re.fullmatch(reference, text, re.DOTALL) is not None
    assert holds_one(wild(glob), plain(text)) is expected
    assert may_meet(wild(glob), plain(text)) is expected


@given(GLOBS, st.lists(LETTERS, min_size=1, max_size=3), st.lists(LETTERS, min_size=3, max_size=3))
def test_gaps_are_matched_soundly(glob: str, pieces: list[str], fillings: list[str]) -> None:
    filled = "".join(p + f for p, f in zip(pieces, fillings, strict=False))
    with_gaps = "".join(plain(p) + GAP for p in pieces)
    assert holds_one(wild(glob), with_gaps) in (None, holds_one(wild(glob), plain(filled)))
    if covers(wild(glob), with_gaps):
        assert holds_one(wild(glob), plain(filled)) is True
    assert holds_one(with_gaps, plain(glob)) in (None, holds_one(wild(filled), plain(glob)))


def decided(items: list[Any], request: Request) -> Truth:
    return allowed(Permissions(statements_of(policy(*items))), request)


@given(st.lists(statements(), max_size=4), statements("Allow"), requests())
def test_an_allow_never_shrinks_what_a_role_may_do(
    before: list[Any], added: Any, request: Request
) -> None:
    if decided(before, request) is True:
        assert decided([*before, added], request) is True
    if decided([*before, added], request) is False:
        assert decided(before, request) is False


@given(st.lists(statements(), max_size=4), statements("Deny"), requests())
def test_a_deny_never_grows_what_a_role_may_do(
    before: list[Any], added: Any, request: Request
) -> None:
    if decided(before, request) is False:
        assert decided([*before, added], request) is False
    if decided([*before, added], request) is True:
        assert decided(before, request) is True


@given(st.lists(statements(), max_size=3), st.lists(statements(), max_size=3), requests())
def test_a_boundary_never_grows_what_a_role_may_do(
    items: list[Any], limits: list[Any], request: Request
) -> None:
    identity = statements_of(policy(*items))
    bounded = Permissions(identity, boundary=statements_of(policy(*limits)))
    if allowed(bounded, request) is True:
        assert allowed(Permissions(identity), request) is True
        assert allowed(Permissions(statements_of(policy(*limits))), request) is True


OTHERS = st.sampled_from(["*", "s3:*", "Deny", [], {}, {"AWS": "*"}, "arn:aws:s3:::a/*"])


def hidden(value: Any, draw: st.DrawFn) -> Any:
    """The value with some of its parts unknown."""
    if draw(st.integers(0, 9)) == 0:
        return Unknown("hidden")
    if draw(st.integers(0, 9)) == 0:
        return Choice(draw(st.permutations([value, draw(OTHERS)])))
    if isinstance(value, dict):
        return {key: hidden(item, draw) for key, item in value.items()}
    if isinstance(value, list):
        items = [hidden(item, draw) for item in value]
        if len(items) > 1 and draw(st.integers(0, 4)) == 0:
            return [*items[:-1], Rest("hidden")]
        return items
    if isinstance(value, str) and len(value) > 3 and draw(st.integers(0, 4)) == 0:
        cut = draw(st.integers(1, len(value) - 2))
        return Template((value[:cut], Unknown("hidden"), value[cut + 1 :]))
    return value


@settings(max_examples=300)
@given(st.data(), st.lists(statements(), min_size=1, max_size=3), requests())
def test_what_is_decided_with_unknowns_holds_for_every_value(
    data: st.DataObject, items: list[Any], request: Request
) -> None:
    def draw(strategy: st.SearchStrategy[Any]) -> Any:
        return data.draw(strategy)

    known = decided(items, request)
    unclear = [hidden(item, draw) for item in items]  # type: ignore[arg-type]
    assert decided(unclear, request) in (None, known)
    asked_unclearly = Request(
        request.action,
        hidden(request.resource, draw),
        context=request.context,
        complete=True,  # type: ignore[arg-type]
    )
    assert decided(items, asked_unclearly) in (None, known)
    partly = Request(request.action, request.resource, context={}, complete=False)
    assert decided(items, partly) in (None, known)
