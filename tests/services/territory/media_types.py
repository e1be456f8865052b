"""Media types of answers, as the addresses describe them."""

from fastapi.routing import APIRoute

from services.territory.app import service


def media_types_of(path: str) -> set[str]:
    """Return the media types of the answer of an address, beside JSON."""
    return {*_described()[path]}


def answering(media_type: str) -> set[str]:
    """Return the addresses that answer with a media type."""
    return {path for path, found in _described().items() if media_type in found}


def _described() -> dict[str, set[str]]:
    return {
        route.path: {*route.responses.get(200, {}).get("content", {})}
        for route in service.router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    }
