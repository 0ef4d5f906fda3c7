"""Make ``data/managed_policies.bin``: the documents of AWS's managed policies.

    python -m linter.domain.tools.build_managed_policies

They come with moto (a development dependency, Apache-2.0), which takes them from AWS's
``iam:GetPolicyVersion``. Policies of service-linked roles are left out: nobody attaches them.

The file is an index of a line of JSON (the newest change in it, and for each name where its
document begins and ends), a dictionary of words that many documents share, and the documents, each
deflated with the dictionary: one is read without the others.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

from linter.domain.iam.managed import FILE

WORDS = 3_000
DICTIONARY_BYTES = 30_000
_FRAME = (
    b'{"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Allow","Action":["","Resource":"*",'
    b'"Resource":"arn:aws:"],"Condition":{"StringEquals":{"aws:ResourceAccount":"'
    b'${aws:PrincipalAccount}"}}},'
)


def documents() -> tuple[dict[str, Any], str]:
    """Documents by the name of the policy, and the day of the newest change."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    found: dict[str, Any] = json.loads(aws_managed_policies_data)
    attachable = {
        name: entry
        for name, entry in found.items()
        if not entry["Path"].startswith("/aws-service-role/")
    }
    newest = max(entry["UpdateDate"] for entry in attachable.values())[:10]
    return {name: attachable[name]["Document"] for name in sorted(attachable)}, newest


def build() -> bytes:
    """The whole file."""
    found, newest = documents()
    dictionary = _dictionary(found)
    index: dict[str, list[int]] = {}
    body = b""
    for name, document in found.items():
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, dictionary)
        packed = deflate.compress(text) + deflate.flush()
        index[name] = [len(body), len(body) + len(packed)]
        body += packed
    head = json.dumps(
        {"newest": newest, "dictionary": len(dictionary), "policies": index}, separators=(",", ":")
    )
    return head.encode() + b"\n" + dictionary + body


def _dictionary(found: dict[str, Any]) -> bytes:
    """Actions in the order of how often they occur, the commonest last: zlib likes it so."""
    seen: Counter[str] = Counter()
    for document in found.values():
        statements = document["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            for key in ("Action", "NotAction"):
                actions = statement.get(key, [])
                seen.update([actions] if isinstance(actions, str) else actions)
    words = [word for word, _ in sorted(seen.items(), key=lambda item: (-item[1], item[0]))]
    return '","'.join(reversed(words[:WORDS])).encode()[-DICTIONARY_BYTES:] + _FRAME


if __name__ == "__main__":
    Path(FILE).write_bytes(build())
