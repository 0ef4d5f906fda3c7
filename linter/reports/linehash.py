"""The line hash by which GitHub follows an alert from one commit to the next.

GitHub's upload action computes it and warns when a file brings another one, so this gives the same
values: a polynomial (base 37, modulo 2**64) over the 100 UTF-16 code units that follow a line's
start, blanks and tabs left out, every line ending one line feed; behind the text stand a 65535 and
zeros. A number tells equal hashes of one file apart. The algorithm is published with that action
(``src/fingerprints.ts``).
"""

from __future__ import annotations

from array import array
from collections import Counter
from itertools import accumulate

_WINDOW = 100
_BASE = 37
_MASK = (1 << 64) - 1
_TOP = pow(_BASE, _WINDOW, 1 << 64)
_END = 65535
_LF = 10


def line_hashes(text: str) -> list[str]:
    """The hash of every line, the first line's first.

    A lone carriage return ends a line here, as it does for GitHub.
    """
    normal = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "")
    units = array("H")
    units.frombytes(normal.encode("utf-16-le", "surrogatepass"))
    if array("H", [1]).tobytes()[0] == 0:
        units.byteswap()
    units.append(_END)
    count = len(units)
    units.extend([0] * _WINDOW)
    prefix = list(accumulate(units, lambda value, unit: (value * _BASE + unit) & _MASK, initial=0))
    starts = [0]
    starts.extend(index + 1 for index in range(count - 1) if units[index] == _LF)
    seen: Counter[int] = Counter()
    hashes: list[str] = []
    for start in starts:
        value = (prefix[start + _WINDOW] - prefix[start] * _TOP) & _MASK
        seen[value] += 1
        hashes.append(f"{value:x}:{seen[value]}")
    return hashes
