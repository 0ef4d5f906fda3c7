"""Mutations of bytes, of tokens, and of structure."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from typing import Any

_TOKEN = re.compile(rb"[A-Za-z_:.-]+|\d+|\"[^\"\n]*\"|\s+|.", re.DOTALL)
_ODD = (
    b"", b"{", b"}", b"[", b"]", b"${", b"%{", b'"', b"\\", b"\x00", b"\xff", b"\xef\xbb\xbf",
    b"\n",
    b"null", b"true", b"-1", b"1e999", b"99999999999999999999", b"0.1", b"!Ref", b"<<EOF\n",
    b"*", b"&a", b"\xed\xa0\x80", "\u202e".encode(), b"Fn::If", b"$$", b"/*", b"#", b"[" * 600,
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, 10**30, "", "*", "${x}", [], {}, [[]], {"": ""}, "a" * 300,
    {"Ref": "x"}, {"Get": "Parameters.N"}, {"Fn::If": 1}, ["x"], "\ud800",
)  # fmt: skip


def mutated(random_: random.Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    """One to four mutations, one after the other."""
    for _ in range(random_.choice((1, 1, 1, 2, 2, 3, 4))):
        data = random_.choice((_bytes, _tokens, _tokens, _structure, _structure, _spliced))(
            random_, data, corpus
        )
    return data[:200_000]


def _bytes(random_: random.Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    if not data:
        return random_.choice(_ODD)
    start = random_.randrange(len(data))
    stop = min(len(data), start + random_.choice((0, 1, 1, 4, 30)))
    new = random_.choice((random_.randbytes(random_.randrange(4)), random_.choice(_ODD)))
    return data[:start] + new + data[stop:]


def _tokens(random_: random.Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    tokens = _TOKEN.findall(data)
    if not tokens:
        return data
    at = random_.randrange(len(tokens))
    choice = random_.randrange(5)
    if choice == 0:
        del tokens[at]
    elif choice == 1:
        tokens.insert(at, tokens[random_.randrange(len(tokens))])
    elif choice == 2:
        tokens[at] = random_.choice(_ODD)
    elif choice == 3:
        other = random_.randrange(len(tokens))
        tokens[at], tokens[other] = tokens[other], tokens[at]
    else:
        tokens[at:at] = tokens[at : at + random_.randrange(1, 30)] * random_.randrange(1, 4)
    return b"".join(tokens)


def _structure(random_: random.Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return _tokens(random_, data, corpus)
    places: list[tuple[Any, Any]] = []
    pending = [value]
    while pending:
        item = pending.pop()
        keys = list(item) if isinstance(item, dict) else range(len(item))
        for key in keys:
            places.append((item, key))
            if isinstance(item[key], dict | list):
                pending.append(item[key])
        if len(places) > 5000:
            break
    if not places:
        return data
    holder, key = random_.choice(places)
    choice = random_.randrange(4)
    if choice == 0 and isinstance(holder, dict):
        del holder[key]
    elif choice == 1:
        other, name = random_.choice(places)
        holder[key] = json.loads(json.dumps(other[name])) if name in _keys(other) else None
    elif choice == 2:
        holder[key] = [holder[key]] if random_.random() < 0.5 else {"x": holder[key]}
    else:
        holder[key] = random_.choice(_VALUES)
    try:
        return json.dumps(value).encode()
    except (ValueError, RecursionError):
        return data


def _keys(holder: Any) -> Any:
    return holder if isinstance(holder, dict) else range(len(holder))


def _spliced(random_: random.Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    other = random_.choice(corpus)
    start = random_.randrange(len(other) + 1)
    piece = other[start : start + random_.randrange(1, 200)]
    at = random_.randrange(len(data) + 1)
    return data[:at] + piece + data[at:]
