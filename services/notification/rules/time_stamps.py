"""Time stamps of RFC 3161: the request to an authority, and its response."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asn1crypto import algos, tsp

GRANTED: Final = ("granted", "granted_with_mods")

MAX_TOKEN: Final = 15_000
"""Maximum size of a time stamp, in bytes: an event carries it."""


class TimeStampRefused(Exception):
    """The response of the authority holds no time stamp of the statement."""


@dataclass(frozen=True)
class TimeStamp:
    """A time stamp."""

    token: bytes
    at: datetime
    """Moment that the authority states."""


def request_of(statement: str, nonce: int) -> bytes:
    """Return the request for a time stamp of a statement, with the certificate of the authority."""
    algorithm = algos.DigestAlgorithm({"algorithm": "sha256"})
    imprint = tsp.MessageImprint({"hash_algorithm": algorithm, "hashed_message": _digest(statement)})
    request = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True})
    content: bytes = request.dump()
    return content


def read_response(content: bytes, statement: str, nonce: int) -> TimeStamp:
    """Return the time stamp in a response. Raises TimeStampRefused."""
    try:
        response = tsp.TimeStampResp.load(content, strict=True)
        if response["status"]["status"].native not in GRANTED:
            raise TimeStampRefused("the authority has refused the request")
        token: bytes = response["time_stamp_token"].dump()
        if len(token) > MAX_TOKEN:
            raise TimeStampRefused("the time stamp is too large")
        stamp, stamped_nonce = _read(token, statement)
    except (ValueError, TypeError, KeyError):
        raise TimeStampRefused("the response cannot be read") from None
    if stamped_nonce != nonce:
        raise TimeStampRefused("the response answers another request")
    return stamp


def read_token(token: bytes, statement: str) -> TimeStamp:
    """Return a stored time stamp, if it is one of the statement. Raises TimeStampRefused."""
    try:
        return _read(token, statement)[0]
    except (ValueError, TypeError, KeyError):
        raise TimeStampRefused("the token cannot be read") from None


def _read(token: bytes, statement: str) -> tuple[TimeStamp, int | None]:
    """Read a token, and the nonce in it. Its signature is checked by whoever trusts an authority."""
    signed = tsp.ContentInfo.load(token, strict=True)["content"]
    info = signed["encap_content_info"]["content"].parsed
    imprint = info["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != "sha256":
        raise TimeStampRefused("the time stamp has another digest")
    if imprint["hashed_message"].native != _digest(statement):
        raise TimeStampRefused("the time stamp is one of another statement")
    return TimeStamp(token, info["gen_time"].native), info["nonce"].native


def _digest(statement: str) -> bytes:
    return hashlib.sha256(statement.encode()).digest()
