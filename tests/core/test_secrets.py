"""What looks like a secret is starred, and nothing else is."""

from __future__ import annotations

import io
import json

import pytest

from linter.core.printable import printable
from linter.core.secrets import MaskingStream, masked, named_secret
from linter.policy.messages import display
from tests.hanging import ends

TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
GENERATED = "kq8Zr1vT0pXw3LmN7yBd"


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"https://bob:{TOKEN}@github.com/x/y.git",
        f"git::https://{TOKEN}@github.com/x.git",
        "AKIAQ3EGRIQ7ZB5WXYZA",
        "hf_abcdefghijKLMNOPqrstuvWXYZabcdefgh",
    ],
)
@pytest.mark.parametrize("around", ["{}", "see {} there", '"{}"', "a\n{}\nb", "x={};"])
def test_a_token_is_masked_wherever_it_stands(text: str, around: str) -> None:
    whole = around.format(text)
    shown = masked(whole)
    assert TOKEN not in shown
    assert text.rpartition(":")[2].partition("@")[0] not in shown
    assert (len(shown), shown.count("\n")) == (len(whole), whole.count("\n"))
    assert masked(shown) == shown


def test_only_the_password_of_an_address_is_masked() -> None:
    assert masked("postgres://svc:hT7qkq92Lm@db/x") == "postgres://svc:**********@db/x"


@pytest.mark.parametrize("newline", ["\n", "\\n"])
def test_a_private_key_is_masked_whole(newline: str) -> None:
    body = f"MIIEowIBAAKCAQEA7{newline}b3kP+/9=={newline}"
    key = f"-----BEGIN RSA PRIVATE KEY-----{newline}{body}-----END RSA PRIVATE KEY-----"
    shown = masked(f'"{key}" and more')
    assert "MIIE" not in shown
    assert "b3kP" not in shown
    assert shown.endswith(" and more")


@pytest.mark.parametrize(
    "text",
    [
        f'"DB_PASSWORD": "{GENERATED}"',
        f'\\"DB_PASSWORD\\": \\"{GENERATED}\\"',
        f'DB_PASSWORD = "{GENERATED}"',
        f"db_password: {GENERATED}",
        f"export API_TOKEN={GENERATED}",
        f'"djangoSecretKey":"{GENERATED}"',
        f"'DB_PASS': '{GENERATED}'",
    ],
)
def test_a_value_under_a_telling_name(text: str) -> None:
    assert masked(text) == text.replace(GENERATED, "*" * len(GENERATED))


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "postgres://user:password@db/x",
        "https://example.com/a:b@c",
        '"TOKEN_LIMIT": "4096abc-1xyz"',
        '"SECRET_NAME": "prod/db-1-x2"',
        f'"commit": "{GENERATED}"',
        '"password": "changeme"',
        '"kms_key": "arn:aws:kms:us-east-1:111122223333:key/1234abcd"',
        '"ENCRYPTION_KEY": "1234abcd-12ab-34cd-56ef-1234567890ab"',
        '"OPTIMIZER_PASS": "loop-unroll-2"',
        "arn:aws:iam::111122223333:role/passes-token",
        "sha256:" + "0123456789abcdef" * 4,
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("DJANGO_SECRET_KEY", GENERATED, True),
        ("HMAC_KEY", GENERATED, True),
        ("DB_PASS", GENERATED, True),
        ("DB_PASS", "two-words-2024", False),
        ("PARTITION_KEY", GENERATED, False),
        ("COMPASS", GENERATED, False),
        ("MONKEY", GENERATED, False),
    ],
)
def test_names(name: str, value: str, secret: bool) -> None:
    assert named_secret(name, value) is secret


@pytest.mark.parametrize("before", range(0, 120, 7))
def test_half_a_secret_is_not_shown_either(before: int) -> None:
    text = "x" * before + f" {TOKEN} " + "y" * 60
    for shown in (display(text), printable(text, 80), printable(text, 50)):
        assert "0123" not in shown.replace("…", "")
        assert "ghp_" not in shown


def test_a_stream_masks_what_is_written_to_it() -> None:
    inner = io.StringIO()
    stream = MaskingStream(inner)
    stream.write(f"a {TOKEN}\n")
    stream.writelines([TOKEN, "\n"])
    assert TOKEN not in inner.getvalue()


def test_bytes_are_masked_as_well() -> None:
    raw = io.BytesIO()
    stream = MaskingStream(io.TextIOWrapper(raw, encoding="utf-8"))
    stream.buffer.write(f"ä {TOKEN} ".encode() + b"\xff\n")
    stream.buffer.flush()
    assert TOKEN.encode() not in raw.getvalue()
    assert raw.getvalue().endswith(b"\xff\n")


@pytest.mark.parametrize(
    "text",
    [
        "a" * 400_000,
        "key:" * 100_000,
        'token="' * 60_000,
        "://a:" * 80_000,
        "eyJ" * 130_000,
        "-----BEGIN PRIVATE KEY-----" * 15_000,
        json.dumps({"password": "\\" * 200_000}),
    ],
    ids=["letters", "names", "open quotes", "addresses", "web tokens", "keys", "backslashes"],
)
def test_time_is_linear(text: str) -> None:
    with ends():
        masked(text * 4)
