"""Read the certificates of the authorities once: each client of a test would read them, for 25 ms of processor time."""

import ssl
from functools import lru_cache
from typing import Any

import httpx

_make = ssl.create_default_context
_made = lru_cache(_make)


def shared(*purpose: ssl.Purpose, **files: Any) -> ssl.SSLContext:
    """Return the same context for the same file of authorities; nobody changes it. Any other context is a new one."""
    return _made(*purpose, **files) if files.get("cafile") else _make(*purpose, **files)


def share() -> None:
    """Share them among the clients of this process, and of those that it forks."""
    ssl.create_default_context = shared
    httpx.create_ssl_context()
