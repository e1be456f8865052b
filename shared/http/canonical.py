"""The one writing of a request in which SIRENs may be written in several ways."""

from fastapi import Request

from shared.events.codes import canonical


def canonical_path(request: Request) -> str:
    """Return the path of a request with each SIREN in its nine digits."""
    return "/".join(map(canonical, request.url.path.split("/")))
