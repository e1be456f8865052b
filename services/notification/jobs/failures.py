"""Reasons why a receiver gave no response, in our own words, by class of error and errno.

The text of a library may hold the whole URL, with a secret of its owner, or bytes that the receiver chose.
"""

import errno
import ssl
from collections.abc import Mapping, Sequence
from typing import Final

import aiohttp

from services.notification.jobs.connections import ConnectionLost, NoPublicAddress
from services.notification.jobs.proxies import ProxyFailed

CONNECT_TIMEOUT: Final = 5.0
"""Seconds to connect, TLS included."""
NO_ADDRESS: Final = "no connection: the host has no address of the public internet"
NOT_HTTP: Final = "no response: what came is no valid HTTP/1.1 or HTTP/1.0"
CLOSED: Final = "no response: the receiver closed the connection before a whole status and headers"
UNKNOWN: Final = "no response"

BY_CLASS: Final[Sequence[tuple[type[BaseException], str]]] = (
    (aiohttp.ConnectionTimeoutError, f"no connection within {CONNECT_TIMEOUT:g} s"),
    (ConnectionLost, CLOSED),
    (aiohttp.ClientConnectionResetError, CLOSED),
    # Internal names, unknown names and name servers that do not answer must look alike.
    (NoPublicAddress, NO_ADDRESS),
    (aiohttp.ClientConnectorDNSError, NO_ADDRESS),
    (aiohttp.InvalidURL, NO_ADDRESS),
    (aiohttp.ClientConnectorSSLError, "no connection: TLS failed"),
    (aiohttp.ClientResponseError, NOT_HTTP),
)
CERTIFICATE: Final = "no connection: the certificate {}"
CERTIFICATES: Final[Mapping[int, str]] = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed",
    19: "has an issuer that is not trusted",
    20: "has an issuer that is not trusted, or an intermediate certificate is missing",
    21: "has an issuer that is not trusted, or an intermediate certificate is missing",
    62: "is not valid for this host",
    64: "is not valid for this IP address",
}
"""Meaning of the verification codes of OpenSSL (X509_V_ERR_…)."""
BY_ERRNO: Final[Mapping[int | None, str]] = {
    errno.ECONNREFUSED: "the host refuses connections on this port",
    errno.ECONNRESET: "the host cut the connection",
    errno.ECONNABORTED: "the host cut the connection",
    errno.EPIPE: "the host cut the connection",
    errno.ENETUNREACH: "the network of the host is unreachable",
    errno.EHOSTUNREACH: "the host is unreachable",
    errno.ETIMEDOUT: "the host does not answer",
    errno.EMFILE: "the platform has too many open files",
    errno.ENFILE: "the platform has too many open files",
}


def describe(error: BaseException, *, timeout: float) -> str:
    """Return the reason for the owner of the subscription. `timeout` is the limit in seconds for a response."""
    if isinstance(error, ProxyFailed):
        detail = BY_ERRNO.get(getattr(error.__cause__, "errno", None))
        return f"{error.reason}: {detail}" if detail else error.reason
    cause = getattr(error, "os_error", None) or error
    for each in (error, cause):
        if found := next((text for kind, text in BY_CLASS if isinstance(each, kind)), None):
            return found
    if isinstance(error, TimeoutError):
        return f"no response within {timeout:g} s"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return CERTIFICATE.format(CERTIFICATES.get(cause.verify_code, "is not valid"))
    if isinstance(cause, OSError):
        return f"no connection: {text}" if (text := BY_ERRNO.get(cause.errno)) else "no connection"
    return UNKNOWN
