"""``cidrhost`` and its like."""

from __future__ import annotations

import ipaddress

from linter.core.regex import lazy_regex
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.numbers import exact, is_integer
from linter.readers.terraform.cty.types import STRING_TYPE
from linter.readers.terraform.cty.value import Value, string
from linter.readers.terraform.functions.signature import Function, amount, text
from linter.readers.terraform.functions.support import STRINGS, string_list, whole

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_ZEROS = lazy_regex(r"(?<![0-9])0+(?=[0-9])")


def _network(prefix: Value, index: int | None = None) -> Network:
    """The network; leading zeros in IPv4 are decimal, as in older Go."""
    source = prefix.data
    address, slash, size = source.partition("/")
    if slash and size.isdecimal() and size.isascii():
        if ":" not in address:
            address = _ZEROS.sub("", address)
        try:
            return ipaddress.ip_network(f"{address}/{size}", strict=False)
        except ValueError:
            pass
    raise FunctionError(f"invalid CIDR expression: invalid CIDR address: {source}", index)


def _address(network: Network, number: int) -> str:
    kind = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
    return str(kind(number))


def _big(value: Value, index: int) -> int:
    if not is_integer(value.data):
        raise FunctionError("value must be a whole number", index)
    return int(exact(value.data))


def cidrhost(prefix: Value, hostnum: Value) -> Value:
    network, number = _network(prefix), _big(hostnum, 1)
    size = network.num_addresses
    if number >= size or -number > size:
        raise FunctionError(
            f"prefix of {network.prefixlen} does not accommodate a host numbered {number}"
        )
    base = int(network.network_address)
    return string(_address(network, base + number if number >= 0 else base + size + number))


def cidrnetmask(prefix: Value) -> Value:
    network = _network(prefix)
    if network.version != 4:
        raise FunctionError(f"IPv6 addresses cannot have a netmask: {prefix.data}")
    return string(str(network.netmask))


def cidrsubnet(prefix: Value, newbits: Value, netnum: Value) -> Value:
    network, bits, number = _network(prefix), whole(newbits, 1), _big(netnum, 2)
    longer = network.prefixlen + bits
    if bits < 0 or longer > network.max_prefixlen:
        raise FunctionError(
            f"insufficient address space to extend prefix of {network.prefixlen} by {bits}"
        )
    if number < 0:
        number += 1 << bits
    if not 0 <= number < 1 << bits:
        raise FunctionError(
            f"prefix extension of {bits} does not accommodate a subnet numbered {netnum.data}"
        )
    start = int(network.network_address) + (number << (network.max_prefixlen - longer))
    return string(f"{_address(network, start)}/{longer}")


def cidrsubnets(prefix: Value, *newbits: Value) -> Value:
    network = _network(prefix, 0)
    limit = network.max_prefixlen
    position = int(network.network_address)
    end = position + network.num_addresses
    found: list[str] = []
    for index, bits_value in enumerate(newbits, 1):
        bits = whole(bits_value, index)
        if bits < 1:
            raise FunctionError("must extend prefix by at least one bit", index)
        if bits > 32:
            raise FunctionError("may not extend prefix by more than 32 bits", index)
        length = network.prefixlen + bits
        if length > limit:
            raise FunctionError(
                f"would extend prefix to {length} bits, which is too long for an"
                f" IPv{network.version} address",
                index,
            )
        size = 1 << (limit - length)
        start = -(-position // size) * size
        if start + size > end:
            after = found[-1] if found else str(network)
            raise FunctionError(
                f"not enough remaining address space for a subnet with a prefix of {length} bits"
                f" after {after}",
                index,
            )
        found.append(f"{_address(network, start)}/{length}")
        position = start + size
    return string_list(found)


_PREFIX = text("prefix")

FUNCTIONS = {
    "cidrhost": Function(cidrhost, (_PREFIX, amount("hostnum")), returns=STRING_TYPE),
    "cidrnetmask": Function(cidrnetmask, (_PREFIX,), returns=STRING_TYPE),
    "cidrsubnet": Function(
        cidrsubnet, (_PREFIX, amount("newbits"), amount("netnum")), returns=STRING_TYPE
    ),
    "cidrsubnets": Function(cidrsubnets, (_PREFIX,), amount("newbits"), returns=STRINGS),
}
