"""Webhooks may connect to addresses of the public internet only, never to an internal network (SSRF).

The settings may allow some private networks, for a platform that stands inside one.

`why_not` checks the IP address of each connection, because a name may resolve to another address each time.
`refuse_literal` checks the URL when a subscription is made or changed, and refuses one that can never work.
"""

import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from services.notification.errors import AddressRefused
from shared.problem import FieldError

SPECIAL_IPV4: Final = {
    IPv4Network(network): meaning
    for network, meaning in {
        "0.0.0.0/8": "unspecified",
        "10.0.0.0/8": "private",
        "100.64.0.0/10": "shared (carrier-grade NAT)",
        "127.0.0.0/8": "loopback",
        "168.63.129.16/32": "a cloud's metadata",
        "169.254.0.0/16": "link-local",
        "172.16.0.0/12": "private",
        "192.0.0.0/24": "reserved",
        "192.0.2.0/24": "documentation",
        "192.31.196.0/24": "reserved",
        "192.52.193.0/24": "reserved",
        "192.88.99.0/24": "reserved",
        "192.168.0.0/16": "private",
        "192.175.48.0/24": "reserved",
        "198.18.0.0/15": "benchmarking",
        "198.51.100.0/24": "documentation",
        "203.0.113.0/24": "documentation",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved",
    }.items()
}
"""IANA registry of special-purpose addresses; Python's own list differs between versions."""

GLOBAL_IPV6: Final = IPv6Network("2000::/3")
SPECIAL_IPV6: Final = {
    IPv6Network(network): meaning
    for network, meaning in {
        "2001::/32": "Teredo",
        "2001::/23": "reserved",
        "2001:db8::/32": "documentation",
        "3fff::/20": "documentation",
        "2620:4f:8000::/48": "reserved",
    }.items()
}
METADATA_IPV6: Final = IPv6Network("fd00:ec2::/32")
"""Metadata of a cloud, at a private address: never allowed."""
LOOPBACK_IPV4: Final = IPv4Network("127.0.0.0/8")
LOOPBACK_IPV6: Final = IPv6Address("::1")
MAPPED: Final = IPv6Network("::ffff:0:0/96")
NAT64: Final = IPv6Network("64:ff9b::/96")
SIX_TO_FOUR: Final = IPv6Network("2002::/16")
ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})

LABEL: Final = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
NAME: Final = re.compile(rf"(?:{LABEL}\.)+(?=[a-z])(?!0x){LABEL}", re.ASCII)
LOOPBACK_NAME: Final = ".localhost"
LOCAL_NAMES: Final = (LOOPBACK_NAME, ".local", ".internal", ".home.arpa", ".lan", ".intranet", ".corp", ".home")
TARGET: Final = re.compile(r"(?:[a-z0-9._~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*", re.ASCII | re.IGNORECASE)
"""Path and query of a URI (RFC 3986)."""
Networks = Collection[IPv4Network | IPv6Network]
HTTPS: Final = 443
FIRST_FREE_PORT: Final = 1024


def why_not(address: str, *, loopback_allowed: bool = False, networks: Networks = ()) -> str | None:
    """Return why a webhook may not connect to an IP address, in a few words; None if it may.

    `networks` are the private networks that the settings allow.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        # Octal, shortened or hexadecimal: the system would accept it, and may read another address.
        return "not a plain address"
    if isinstance(parsed, IPv6Address) and parsed.scope_id:
        return "in a zone"
    if loopback_allowed and (parsed == LOOPBACK_IPV6 or parsed in LOOPBACK_IPV4):
        return None
    # As itself alone, not embedded in an IPv6 address.
    if parsed not in METADATA_IPV6 and any(parsed in network for network in networks):
        return None
    return _why_not_ipv4(parsed) if isinstance(parsed, IPv4Address) else _why_not_ipv6(parsed)


def _why_not_ipv4(address: IPv4Address) -> str | None:
    return next((meaning for network, meaning in SPECIAL_IPV4.items() if address in network), None)


def _why_not_ipv6(address: IPv6Address) -> str | None:
    """Check an IPv6 address, and the IPv4 address that it embeds (mapped, NAT64, 6to4, ISATAP)."""
    value = int(address)
    last = IPv4Address(value & 0xFFFFFFFF)
    if address in MAPPED or address in NAT64:
        return _why_not_ipv4(last)
    if address == LOOPBACK_IPV6:
        return "loopback"
    if address not in GLOBAL_IPV6:
        return "not global unicast"
    if address in SIX_TO_FOUR:
        return _why_not_ipv4(IPv4Address(value >> 80 & 0xFFFFFFFF))
    special = next((meaning for network, meaning in SPECIAL_IPV6.items() if address in network), None)
    if special is None and (value >> 32) & 0xFFFFFFFF in ISATAP:
        return _why_not_ipv4(last)
    return special


def refuse_literal(url: str, *, loopback_allowed: bool = False, networks: Networks = ()) -> None:
    """Refuse a URL to which no webhook can be sent; names are not resolved here."""
    host, parts = _read(url)
    if loopback_allowed and _is_loopback(host):
        if parts.scheme not in ("http", "https"):
            raise _refused("Give a URL that begins with https://.")
        return
    if parts.scheme != "https":
        raise _refused("Give a URL that begins with https://.")
    port = HTTPS if parts.port is None else parts.port
    if port != HTTPS and port < FIRST_FREE_PORT:
        raise _refused(f"Use port {HTTPS}, or a port from {FIRST_FREE_PORT} on.")
    if (reason := _why_not_host(host, networks)) is not None:
        raise _refused(f"{host} is {reason}: give an address of the public internet.")


def _read(url: str) -> tuple[str, SplitResult]:
    """Return the host and the parts of a URL; refuse one that parsers read differently."""
    if not url.isascii() or re.search(r"[\x00-\x20\x7f\\<>\"^`{|}]", url):
        raise _refused(
            "Write the URL in ASCII, without spaces or backslashes; write a name with accents in its xn-- form."
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused("This is not a URL: give one that begins with https://.") from None
    # Brackets may contain an IPv6 address only: RFC 3986 also reserves IPvFuture, which nobody uses.
    if not host or port == 0 or parts.netloc.endswith(":") or ("[" in parts.netloc and ":" not in host):
        raise _refused("Give a URL with a host, and either no port or a valid one.")
    if "@" in parts.netloc:
        raise _refused("Remove the user name and password from the URL: the signature authenticates the sender.")
    if "%" in parts.netloc:
        raise _refused("Write the host without percent signs.")
    if "#" in url:
        raise _refused("Remove the fragment (# and after) from the URL.")
    _refuse_target(parts.path, parts.query, url)
    return host, parts


def _refuse_target(path: str, query: str, url: str) -> None:
    """Refuse a path or query that is no URI: it could not be called as it was registered."""
    if not TARGET.fullmatch(path) or not TARGET.fullmatch(query):
        raise _refused(
            "This path or query is no URI (RFC 3986): write `%` only before two hexadecimal digits (`%25` for the"
            " sign itself), and percent-encode what a URI does not allow, such as `[` as `%5B`."
        )
    if url.endswith("?") and not query:
        # The client would leave it out.
        raise _refused("Remove the question mark at the end of the URL: no query follows it.")


def _why_not_host(host: str, networks: Networks) -> str | None:
    if ":" in host or re.fullmatch(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}", host):
        return why_not(host, networks=networks)
    # In a private network such names are usual; the address that they lead to is checked at each connection.
    if host == "localhost" or host.endswith(LOOPBACK_NAME if networks else LOCAL_NAMES):
        return "a local name"
    return None if is_name(host) else "neither a full name nor a plain address"


def is_name(host: str) -> bool:
    """Return whether a host is a full name, and no address in any notation."""
    return len(host) <= 253 and NAME.fullmatch(host.lower()) is not None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    return why_not(host, loopback_allowed=True) is None and why_not(host) is not None


def _refused(detail: str) -> AddressRefused:
    return AddressRefused(detail, errors=[FieldError(pointer="/url", detail=detail)])
