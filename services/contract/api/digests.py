"""Responses of canonical JSON, byte for byte, with their digests."""

import base64
from typing import Any, Final

from fastapi import Response

DIGESTS: Final = {
    "ETag": {
        "description": "The SHA-256, in hexadecimal.",
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{64}"$', "maxLength": 66},
        "example": '"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"',
    },
    "Repr-Digest": {
        "description": "The same, as RFC 9530 has it: in base64.",
        "schema": {"type": "string", "pattern": "^sha-256=:[A-Za-z0-9+/]{43}=:$", "maxLength": 54},
        "example": "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:",
    },
}
"""Headers of such a response."""


def canonical_json(example: dict[str, Any]) -> dict[str, Any]:
    """Return the documentation of such a response."""
    return {
        "description": "Canonical JSON (RFC 8785), byte for byte; its SHA-256 in `Repr-Digest` (RFC 9530).",
        "content": {"application/json": {"schema": {"type": "object"}, "example": example}},
        "headers": DIGESTS,
    }


def with_digests(body: bytes, sha256: str) -> Response:
    """Return a stored body with its digests."""
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    headers = {"ETag": f'"{sha256}"', "Repr-Digest": f"sha-256=:{digest}:"}
    return Response(body, media_type="application/json", headers=headers)
