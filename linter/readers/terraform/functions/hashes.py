"""Hashes and identifiers. What is random or needs a private key is unknown."""

from __future__ import annotations

import base64
import hashlib
import uuid as uuids
from collections.abc import Callable

from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.types import STRING_TYPE
from linter.readers.terraform.cty.value import Value, string, unknown
from linter.readers.terraform.functions.signature import Function, amount, text


def hex_digest(raw: bytes, algorithm: str) -> str:
    return hashlib.new(algorithm, raw, usedforsecurity=False).hexdigest()


def base64_digest(raw: bytes, algorithm: str) -> str:
    digest = hashlib.new(algorithm, raw, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode("ascii")


def _hash(make: Callable[[bytes, str], str], algorithm: str) -> Function:
    def run(source: Value) -> Value:
        return string(make(source.data.encode("utf-8", "surrogatepass"), algorithm))

    return Function(run, (text("str"),), returns=STRING_TYPE)


_NAMESPACES = {
    "dns": uuids.NAMESPACE_DNS,
    "url": uuids.NAMESPACE_URL,
    "oid": uuids.NAMESPACE_OID,
    "x500": uuids.NAMESPACE_X500,
}


def uuidv5(namespace: Value, name: Value) -> Value:
    space = _NAMESPACES.get(namespace.data)
    if space is None:
        try:
            space = uuids.UUID(namespace.data)
        except ValueError:
            raise FunctionError("uuidv5() doesn't support namespace " + namespace.data) from None
    return string(str(uuids.uuid5(space, name.data)))


def _never_known(reason: str) -> Callable[..., Value]:
    def run(*_: Value) -> Value:
        return unknown(reason, of=STRING_TYPE, not_null=True)

    return run


FUNCTIONS = {
    "md5": _hash(hex_digest, "md5"),
    "sha1": _hash(hex_digest, "sha1"),
    "sha256": _hash(hex_digest, "sha256"),
    "sha512": _hash(hex_digest, "sha512"),
    "base64sha256": _hash(base64_digest, "sha256"),
    "base64sha512": _hash(base64_digest, "sha512"),
    "uuidv5": Function(uuidv5, (text("namespace"), text("name")), returns=STRING_TYPE),
    "uuid": Function(_never_known("uuid() is random"), (), returns=STRING_TYPE),
    "bcrypt": Function(
        _never_known("bcrypt() is salted at random"),
        (text("str"),),
        amount("cost"),
        returns=STRING_TYPE,
    ),
    "rsadecrypt": Function(
        _never_known("rsadecrypt() is not evaluated"),
        (text("ciphertext"), text("privatekey")),
        returns=STRING_TYPE,
    ),
}
