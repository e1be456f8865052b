"""Forms of answers, as the addresses describe them."""

from fastapi.routing import APIRoute

from services.territory.app import service


def forms_of(path: str) -> set[str]:
    """Return the media types of the answer of an address, beside JSON."""
    return {*_described()[path]}


def answering(media_type: str) -> set[str]:
    """Return the addresses with a form."""
    return {path for path, forms in _described().items() if media_type in forms}


def _described() -> dict[str, set[str]]:
    return {
        route.path: {*route.responses.get(200, {}).get("content", {})}
        for route in service.router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    }
