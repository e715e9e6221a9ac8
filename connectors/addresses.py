"""Addresses: which may be asked, and what a request to one is."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlsplit, urlunsplit

from connectors.answers import shown
from contract.errors import SkipPage

if TYPE_CHECKING:
    from requests import PreparedRequest

_GLOBAL = IPv6Network("2000::/3")
"""RFC 4291: all that IANA gives out to be reached from anywhere."""
_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address."""


def is_this_machine(host: str) -> bool:
    """Return whether a host's name or address is of the machine this runs on, loopback."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_public(address: str) -> bool:
    """Return whether the IP address is reachable from anywhere: not private, loopback, link-local.

    An IPv4 address inside an IPv6 address (mapped, NAT64, 6to4, Teredo) is judged itself.
    """
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        ip = _ipv4_within(ip) or ip
    is_given_out = isinstance(ip, IPv4Address) or ip in _GLOBAL
    return is_given_out and ip.is_global and not ip.is_multicast


def _ipv4_within(ip: IPv6Address) -> IPv4Address | None:
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip.teredo:
        return ip.teredo[1]
    return ip.ipv4_mapped or ip.sixtofour


def asked_address(url: str, params: Mapping[str, Any] | None = None) -> str:
    """Return the whole address without user and fragment; secrets never stand in an address."""
    try:
        prepared = request_to(urldefrag(url).url, params=params).url or ""
        parts = urlsplit(prepared)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SkipPage(f"{shown(prepared)}: not an address of http or https")
    except ValueError as error:
        raise SkipPage(f"not an address that can be asked: {type(error).__name__}") from None
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def request_to(url: str, method: str = "GET", **said: Any) -> "PreparedRequest":
    """Return a request, ready to be sent; raises ValueError where the address is none."""
    # Loaded by who asks: what is landed is read without it.
    from requests import Request

    return Request(method, url, **said).prepare()
