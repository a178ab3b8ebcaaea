"""Which addresses a webhook may reach: strictly read, resolved once, judged before the connection.

A name can resolve to anything, and to something else a moment later. So an address is read by a
strict parser, resolved once, each answer judged, and the connection goes to an answer that passed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from shared.errors import DomainError, Kind

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
MAX_URL_CHARS: Final = 2000
_URL: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?:\[(?P<six>[0-9A-Fa-f:.]{2,45})\]|(?P<host>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?\.?))"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>(?:/[!$%&'()*+,\-./0-9:;=@A-Z_a-z~]*)?(?:\?[!$%&'()*+,\-./0-9:;=?@A-Z_a-z~]*)?)"
)
_NUMERIC: Final = re.compile(r"(?:0[xX][0-9A-Fa-f]*|[0-9]+)")
_LOCAL_NAMES: Final = ("localhost", "local", "internal", "home.arpa", "onion")
# Not for the public although some of them count as global in some version of the registry.
_SPECIAL: Final[tuple[Network, ...]] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
_EMBEDDING: Final = (ip_network("64:ff9b::/96"), ip_network("::/96"))


class AddressRefusedError(DomainError):
    """A webhook may not go there."""

    code = "webhook-address-refused"
    kind = Kind.INVALID
    title = "A webhook may not go there"


@dataclass(frozen=True, slots=True)
class Policy:
    """What an administrator allows beyond public addresses on the usual port."""

    networks: tuple[Network, ...] = ()
    ports: tuple[int, ...] = (443,)


@dataclass(frozen=True, slots=True)
class Target:
    """An address as read: ``host`` without brackets and trailing dot, ``path`` with the query."""

    scheme: str
    host: str
    port: int
    path: str
    literal: Address | None


def read_url(text: str) -> Target:
    """Read a webhook's address strictly: ASCII, http or https, no user, no fragment.

    Raises:
        AddressRefusedError: it is anything else, or a number that only looks like an address.
    """
    match = _URL.fullmatch(text) if len(text) <= MAX_URL_CHARS else None
    if match is None:
        raise _refused(
            "An address is https://host[:port][/path][?query] in ASCII, without user or fragment."
        )
    scheme = match["scheme"]
    port = int(match["port"]) if match["port"] else (443 if scheme == "https" else 80)
    if not 1 <= port <= 65535:
        raise _refused("A port is a number from 1 to 65535.")
    host = (match["six"] or match["host"]).removesuffix(".").lower()
    literal = _literal(host, bracketed=match["six"] is not None)
    return Target(scheme, host, port, match["target"] or "/", literal)


def _literal(host: str, *, bracketed: bool) -> Address | None:
    if bracketed:
        try:
            return IPv6Address(host)
        except ValueError as error:
            raise _refused("Between brackets stands an IPv6 address.") from error
    labels = host.split(".")
    if not all(0 < len(label) <= 63 for label in labels):
        raise _refused("The host is not a name.")
    if not _NUMERIC.fullmatch(labels[-1]):
        return None
    # Resolvers read 127.1, 0177.0.0.1, 0x7f000001 and 2130706433 as addresses; we do not.
    try:
        return IPv4Address(host)
    except ValueError as error:
        raise _refused("The host is neither a name nor four decimal numbers.") from error


def judge_at_registration(target: Target, policy: Policy) -> None:
    """Refuse what can be refused before anything is resolved.

    Raises:
        AddressRefusedError: a literal address that is not allowed, a name of this machine or
            this network, plain HTTP or an unusual port while no network is allowed.
    """
    if target.literal is not None:
        judge(target, [target.literal], policy)
        return
    if not policy.networks:
        labels = f".{target.host}"
        if "." not in target.host or any(labels.endswith(f".{name}") for name in _LOCAL_NAMES):
            raise _refused("The host is not a public name.")
        _require_usual(target, policy)


def judge(target: Target, answers: Sequence[Address], policy: Policy) -> Sequence[Address]:
    """Return the addresses to connect to, in their order, if every answer for the host passes.

    Raises:
        AddressRefusedError: there is no answer, one is neither public nor allowed, or scheme or
            port are for allowed networks only.
    """
    if not answers:
        raise _refused("The host has no address.")
    for answer in answers:
        if _within(answer, policy.networks) or _within(plain(answer), policy.networks):
            continue
        if not is_public(answer):
            raise _refused("The host has an address that is not public.")
        _require_usual(target, policy)
    return answers


def _require_usual(target: Target, policy: Policy) -> None:
    if target.scheme != "https":
        raise _refused("Use https.")
    if target.port not in policy.ports:
        listed = ", ".join(str(port) for port in policy.ports)
        raise _refused(f"The port may be {listed}.")


def is_public(address: Address) -> bool:
    """Tell whether an address is globally routable, an IPv4 address inside an IPv6 one unpacked."""
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False
    inner = plain(address)
    return inner.is_global and not inner.is_multicast and not _within(inner, _SPECIAL)


def plain(address: Address) -> Address:
    """Return the IPv4 address inside a mapped, compatible or NAT64 address, else the address."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if _within(address, _EMBEDDING):
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == one.version and address in one for one in networks)


def read_answers(texts: Iterable[str]) -> list[Address]:
    """Return a resolver's answers as addresses, each once, in their order."""
    return list(dict.fromkeys(ip_address(text) for text in texts))


def _refused(detail: str) -> AddressRefusedError:
    return AddressRefusedError(detail, pointer="/url")
